//! `ringfence diff`, and what it shares with `ringfence check --locked-policy`.

use std::process::Command;

use serde_json::{Value, json};

use crate::common::{Answer, Project};

const CONFIG: &str = "[modules.\"shop.web\"]\ndepends-on = [\"shop.orders\"]\n\n\
     [modules.\"shop.orders\"]\ndepends-on = []\n\n\
     [modules.\"shop.storage\"]\nexposes = [\"connect\"]\n\n\
     [[contracts]]\nid = \"apart\"\nname = \"orders know no web\"\ntype = \"forbidden\"\n\
     from = [\"shop.orders\"]\nto = [\"shop.web\"]\n";

/// A path, and what is written there; nothing removes the file.
type Written<'a> = (&'a str, Option<&'a str>);

/// What is written, and what is told of it, by JSON pointer.
type Case<'a> = (&'a [Written<'a>], &'a [(&'a str, Value)]);

/// A shop with three boundary modules, committed.
fn shop() -> Project {
    let project = Project::new(&[
        ("ringfence.toml", CONFIG),
        ("shop/__init__.py", ""),
        ("shop/web.py", "from shop.orders import Order\n"),
        ("shop/orders.py", "import json\n\n\nclass Order: ...\n"),
        ("shop/storage.py", "def connect(): ...\n\n\nsecret = 1\n"),
        ("README.md", "A shop.\n"),
    ]);
    git(&project, &["init", "-q", "-b", "main"]);
    commit(&project);
    project
}

#[track_caller]
fn git(project: &Project, arguments: &[&str]) -> String {
    let command = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "protocol.file.allow=always"];
    let output =
        Command::new("git").args(command).args(arguments).current_dir(project.root()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}

#[track_caller]
fn commit(project: &Project) {
    git(project, &["add", "-A"]);
    git(project, &["commit", "-q", "--allow-empty", "-m", "x"]);
}

fn run(project: &Project, arguments: &[&str]) -> Answer {
    project.run(&[&["diff", "--quiet", "--output-format", "json"], arguments].concat())
}

#[track_caller]
fn diff(project: &Project, arguments: &[&str]) -> Value {
    let answer = run(project, arguments);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{answer:?}");
    answer.json()
}

fn replaced(from: &str, to: &str) -> String {
    assert!(CONFIG.contains(from), "{from}");
    CONFIG.replace(from, to)
}

/// Each kind of change once: the files that are written (nothing removes one), and what is told, by JSON pointer.
#[test]
fn each_change_is_told() {
    let cases: &[Case] = &[
        (
            &[("ringfence.toml", Some(&replaced("depends-on = []", "depends-on = [\"shop.storage\"]")))],
            &[
                ("/policy/newly_allowed", json!([["shop.orders", "shop.storage"]])),
                ("/policy/newly_forbidden", json!([])),
                ("/policy/reasons/0/after/0/text", json!("`shop.orders` declares `shop.storage`")),
                ("/policy/reasons/0/before/0/place", json!({ "path": "ringfence.toml", "row": 5 })),
            ],
        ),
        (
            &[("ringfence.toml", Some(&replaced("[\"shop.orders\"]\n\n", "[]\n\n")))],
            &[
                ("/policy/newly_forbidden", json!([["shop.web", "shop.orders"]])),
                ("/findings/new/0/code", json!("RF101")),
                ("/findings/fixed", json!([])),
            ],
        ),
        (
            &[("ringfence.toml", Some(&["ignore = [\"RF101\"]\n\n", CONFIG].concat()))],
            &[
                (
                    "/policy/newly_allowed",
                    json!([["shop.orders", "shop.storage"], ["shop.web", "shop.storage"]]),
                ),
                ("/policy/rules/removed/0/code", json!("RF101")),
            ],
        ),
        (
            &[(
                "ringfence.toml",
                Some(&CONFIG.replace("exposes = [\"connect\"]", "exposes = [\"connect\", \"secret\"]")),
            )],
            &[
                ("/interfaces/0/module", json!("shop.storage")),
                ("/interfaces/0/wider", json!(true)),
                ("/interfaces/0/narrower", json!(false)),
                ("/interfaces/0/added", json!(["secret"])),
                ("/policy/newly_allowed", json!([])),
            ],
        ),
        (
            &[("ringfence.toml", Some(&[CONFIG, "except = [\"shop.orders -> shop.web\"]\n"].concat()))],
            &[
                ("/policy/exceptions/added/0/text", json!("apart: shop.orders -> shop.web")),
                // `depends-on` forbids it all the same.
                ("/policy/newly_allowed", json!([])),
            ],
        ),
        (
            &[("ringfence.toml", Some(CONFIG.split("[[contracts]]").next().unwrap()))],
            &[("/policy/contracts/removed", json!([{ "config": "ringfence.toml", "id": "apart" }]))],
        ),
        (
            &[("ringfence.toml", Some(&["extend-exclude = [\"web.py\"]\n\n", CONFIG].concat()))],
            &[
                ("/coverage/files/removed", json!(["shop/web.py"])),
                // Nobody checks it any more.
                ("/policy/newly_allowed", json!([["shop.orders", "shop.web"], ["shop.web", "shop.storage"]])),
                ("/policy/exceptions/added/0/key", json!("exclude")),
            ],
        ),
        (
            &[("ringfence.toml", Some(&[CONFIG, "\n[severity]\nRF101 = \"warning\"\n"].concat()))],
            &[(
                "/policy/severities",
                json!([{ "config": "ringfence.toml", "code": "RF101", "before": "error", "after": "warning" }]),
            )],
        ),
        (
            &[("ringfence.toml", Some(&["kinds = [\"runtime\"]\n\n", CONFIG].concat()))],
            &[("/policy/kinds/removed/0", json!("conditional for RF101"))],
        ),
        (
            &[(
                "shop/orders.py",
                Some(
                    "from shop.web import view  # ringfence: ignore[RF101, RF403] for now\n\n\nclass Order: ...\n",
                ),
            )],
            &[
                ("/policy/suppressions/added/0/codes", json!(["RF101", "RF403"])),
                ("/policy/suppressions/added/0/text", json!("from shop.web import view")),
                ("/edges/added/0/from", json!("shop.orders")),
                (
                    "/edges/added/0/imports/0",
                    json!({ "path": "shop/orders.py", "line": 1, "kind": "runtime", "name": "shop.web.view" }),
                ),
                ("/cycles/added", json!([["shop.orders", "shop.web"]])),
                ("/findings/new", json!([])),
            ],
        ),
        (
            &[("shop/orders.py", Some("import shop.web\n\n\nclass Order: ...\n"))],
            &[
                ("/contracts/broken", json!(["apart"])),
                ("/findings/new/0/code", json!("RF101")),
                ("/findings/new/1/code", json!("RF403")),
            ],
        ),
        (
            &[("shop/web.py", Some(""))],
            &[("/edges/removed/0/to", json!("shop.orders")), ("/edges/added", json!([]))],
        ),
        (
            &[("shop/storage.py", Some("import requests\n"))],
            &[("/externals", json!({ "added": ["requests"], "removed": [] }))],
        ),
        (
            &[("shop/storage.py", None), ("shop/database.py", Some("def connect(): ...\n\n\nsecret = 1\n"))],
            &[
                ("/modules/moved", json!([{ "from": "shop.storage", "to": "shop.database" }])),
                ("/modules/added", json!([])),
                ("/modules/removed", json!([])),
                ("/boundaries/removed", json!(["shop.storage"])),
            ],
        ),
        (
            &[
                ("shop/mail.py", Some("")),
                (
                    "ringfence.toml",
                    Some(&[CONFIG, "\n[modules.\"shop.mail\"]\ndepends-on = [\"shop.web\"]\n"].concat()),
                ),
            ],
            &[
                ("/boundaries/added", json!([{ "module": "shop.mail", "may_import": ["shop.web"] }])),
                ("/modules/added", json!(["shop.mail"])),
                ("/policy/newly_allowed", json!([])),
            ],
        ),
        (
            &[(
                "ringfence.baseline",
                Some(
                    "# Known findings; this list may only shrink (`ringfence baseline`).\nRF101 shop.web -> shop.storage\n",
                ),
            )],
            &[
                ("/baseline/added", json!(["RF101 shop.web -> shop.storage"])),
                ("/findings/new/0/code", json!("RF912")),
            ],
        ),
        (
            &[("ringfence.toml", None)],
            &[
                ("/configs/removed", json!(["ringfence.toml"])),
                ("/policy/newly_allowed/1", json!(["shop.orders", "shop.web"])),
            ],
        ),
    ];
    for (edits, expected) in cases {
        let project = shop();
        for (path, text) in *edits {
            match text {
                Some(text) => project.write(path, text),
                None => std::fs::remove_file(project.path(path)).unwrap(),
            }
        }
        let working_tree = diff(&project, &["HEAD"]);
        for (pointer, value) in *expected {
            assert_eq!(working_tree.pointer(pointer), Some(value), "{edits:?} {pointer}: {working_tree:#}");
        }
        // Two commits say the same as a commit and the working tree, and the checkout is left alone.
        commit(&project);
        let status = git(&project, &["status", "--porcelain"]);
        let mut commits = diff(&project, &["HEAD~1", "HEAD"]);
        commits["head"] = working_tree["head"].clone();
        commits["base"] = working_tree["base"].clone();
        assert_eq!(commits, working_tree, "{edits:?}");
        assert_eq!(git(&project, &["status", "--porcelain"]), status);
    }
}

#[test]
fn what_changes_nothing_is_one_line() {
    let project = shop();
    project.write("README.md", "A better shop.\n");
    project
        .write("shop/orders.py", "\"\"\"Orders.\"\"\"\n\nimport json\n\n\nclass Order: ...\n\n\n# later\n");
    for format in ["text", "markdown"] {
        let answer = project.run(&["diff", "HEAD", "--output-format", format]);
        assert_eq!(answer.out().lines().count(), 1, "{answer:?}");
        assert!(answer.out().contains("No change of policy, architecture or findings"), "{answer:?}");
    }
    let answer = project.run(&["diff", "HEAD", "HEAD", "--fail-on", "new-finding,new-edge"]);
    assert_eq!((answer.code, answer.out().lines().count()), (0, 1), "{answer:?}");
}

#[test]
fn all_that_is_told_is_as_its_schema_says() {
    let schema = include_str!("../../resources/schema/formats/diff.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let project = shop();
    project.write("ringfence.toml", replaced("depends-on = []", "depends-on = [\"shop.storage\"]"));
    let comment = "# ringfence: ignore[RF101, RF403] for now";
    let orders = format!("import requests\nimport shop.web  {comment}\n\n\nclass Order: ...\n");
    project.write("shop/orders.py", orders);
    project.write("shop/new.py", "");
    let mut told = diff(&project, &["HEAD"]);
    let errors: Vec<String> =
        validator.iter_errors(&told).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, [""; 0], "{told:#}");
    for pointer in
        ["/edges/added", "/cycles/added", "/policy/suppressions/added", "/policy/reasons", "/modules/added"]
    {
        let list = told.pointer(pointer).and_then(Value::as_array);
        assert!(list.is_some_and(|list| !list.is_empty()), "{pointer}: {told:#}");
    }
    // A schema that takes anything proves nothing.
    told["policy"]["newly_allowed"] = json!([["shop.web"]]);
    assert!(!validator.is_valid(&told));
}

#[test]
fn the_base_is_where_the_branch_began() {
    let project = shop();
    git(&project, &["checkout", "-q", "-b", "topic"]);
    project.write("shop/orders.py", "import shop.storage\n\n\nclass Order: ...\n");
    commit(&project);
    git(&project, &["checkout", "-q", "main"]);
    project.write("shop/storage.py", "import shop.web\n");
    commit(&project);
    git(&project, &["checkout", "-q", "topic"]);
    // Without an upstream branch it is the default branch, which is said.
    let answer = project.run(&["diff"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stderr.contains("where this branch left `main`"), "{answer:?}");
    assert!(answer.out().contains("`shop.orders` imports `shop.storage`"), "{answer:?}");
    // What main did meanwhile is no change of this branch.
    assert!(!answer.out().contains("`shop.storage` imports `shop.web`"), "{answer:?}");
    git(&project, &["branch", "-q", "--set-upstream-to=main"]);
    assert_eq!(project.run(&["diff"]).out(), answer.out());
    // Nothing tells where the only branch began.
    git(&project, &["checkout", "-q", "main"]);
    git(&project, &["branch", "-q", "-D", "topic"]);
    project.run(&["diff"]).assert_refused(2, &["no upstream branch", "`ringfence diff BASE`"]);
}

#[test]
fn a_side_that_cannot_be_read_is_an_error() {
    let project = shop();
    let good = git(&project, &["rev-parse", "HEAD"]);
    run(&project, &["nowhere"]).assert_refused(2, &["there is no revision `nowhere`"]);
    run(&project, &["--", "--all"]).assert_refused(2, &["there is no revision `--all`"]);
    project.write("ringfence.toml", "layer = 1\n");
    commit(&project);
    let bad = git(&project, &["rev-parse", "HEAD"]);
    let side = format!("the config of `{}` cannot be used", &bad[..7]);
    run(&project, &[&good, &bad]).assert_refused(2, &[&side, "1 mistake in the config"]);
    run(&project, &[&bad, &good]).assert_refused(2, &[&side]);
    run(&project, &[&good]).assert_refused(2, &["the config of the working tree cannot be used"]);
    // A config that is no text.
    project.write("ringfence.toml", b"\xff\xfe\x00layers");
    assert_eq!(run(&project, &[&good]).code, 2);
    let elsewhere = Project::shop(&[]);
    assert_eq!(run(&elsewhere, &["HEAD"]).code, 2);
    // Neither side has a config.
    let without = Project::new(&[("a.py", "")]);
    git(&without, &["init", "-q"]);
    commit(&without);
    run(&without, &["HEAD"]).assert_refused(2, &["no config found"]);
}

#[test]
fn a_clone_that_lacks_something_is_an_error() {
    let project = shop();
    project.write("shop/storage.py", "import shop.web\n");
    commit(&project);
    let from = format!("file://{}", project.root().display());
    let clone = Project::new(&[]);
    git(&clone, &["clone", "-q", "--depth", "1", &from, "shallow"]);
    let answer = clone.call(&["diff", "HEAD~1"]).within("shallow").run();
    answer.assert_refused(2, &["there is no revision `HEAD~1`"]);
    git(&project, &["config", "uploadpack.allowFilter", "true"]);
    git(&clone, &["clone", "-q", "--filter=blob:none", &from, "partial"]);
    let answer = clone.call(&["diff", "HEAD~1"]).within("partial").run();
    answer.assert_refused(2, &["`shop/storage.py` of `HEAD~1`", "is not in this clone"]);
}

#[test]
fn it_fails_on_what_it_is_told_to() {
    let project = shop();
    let old = git(&project, &["rev-parse", "HEAD"]);
    project.write("ringfence.toml", replaced("depends-on = []", "depends-on = [\"shop.storage\"]"));
    project.write(
        "shop/orders.py",
        "import shop.storage\nfrom shop.web import x  # ringfence: ignore[RF101, RF403] y\n",
    );
    commit(&project);
    for (condition, code) in
        [("new-edge", 1), ("newly-allowed", 1), ("new-cycle", 1), ("suppression", 1), ("new-finding", 0)]
    {
        let answer = project.run(&["diff", &old, "HEAD", "--fail-on", condition]);
        assert_eq!(answer.code, code, "{condition}: {answer:?}");
        assert_eq!(answer.stderr.contains("error: "), code == 1, "{condition}: {answer:?}");
        // The other way round there is nothing of it.
        let answer = project.run(&["diff", "HEAD", &old, "--fail-on", condition]);
        assert_eq!(answer.code, 0, "{condition}: {answer:?}");
    }
    assert_eq!(project.run(&["diff", &old, "--fail-on=new-finding", "--fail-on=new-edge,new-cycle"]).code, 1);
    project.run(&["diff", &old, "--fail-on", "rain"]).assert_refused(2, &["invalid value 'rain'"]);
}

#[test]
fn a_project_may_lie_in_a_folder_of_the_repository_with_odd_names() {
    let project = Project::new(&[
        ("a b/ringfence.toml", "[modules.a]\ndepends-on = []\n[modules.b]\n"),
        ("a b/a.py", ""),
        ("a b/b.py", ""),
        ("a b/line\nend/c.py", "import a\n"),
        ("other.py", "import b\n"),
    ]);
    git(&project, &["init", "-q", "-b", "main"]);
    commit(&project);
    project.write("a b/a.py", "import b\n");
    project.write("a b/line\nend/c.py", "import b\n");
    commit(&project);
    let answer =
        project.call(&["diff", "-q", "HEAD~1", "HEAD", "--output-format", "json"]).within("a b").run();
    assert_eq!(answer.code, 0, "{answer:?}");
    let told = answer.json();
    assert_eq!(told["edges"]["added"][0]["imports"][0]["path"], "a.py", "{told:#}");
    assert_eq!(told["findings"]["new"][0]["code"], "RF101");
    // What the folder has not been is no side without a config, but one without a folder.
    git(&project, &["checkout", "-q", "--orphan", "empty"]);
    git(&project, &["rm", "-q", "-r", "--cached", "."]);
    git(&project, &["commit", "-q", "--allow-empty", "-m", "x"]);
    let answer = project.call(&["diff", "-q", "empty", "main"]).within("a b").run();
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.out().contains("nothing was checked before"), "{answer:?}");
}

/// What the working tree has in place of a commit's files does not matter.
#[test]
fn the_working_tree_is_no_part_of_two_commits() {
    let project = shop();
    project.write("shop/orders.py", "import shop.storage\n\n\nclass Order: ...\n");
    commit(&project);
    let clean = diff(&project, &["HEAD~1", "HEAD"]);
    // Other contents, no file, a folder in place of a file, files and a config that nobody tracks.
    project.write("shop/web.py", "import nonsense\n");
    std::fs::remove_file(project.path("shop/storage.py")).unwrap();
    std::fs::remove_file(project.path("shop/orders.py")).unwrap();
    project.write("shop/orders.py/x.py", "import shop.web\n");
    project.write("shop/untracked.py", "import shop.web\n");
    project.write("shop/ringfence.toml", "[modules.x]\n");
    assert_eq!(diff(&project, &["HEAD~1", "HEAD"]), clean);
    // Nor what the index has.
    git(&project, &["add", "-A"]);
    assert_eq!(diff(&project, &["HEAD~1", "HEAD"]), clean);
}

#[cfg(unix)]
#[test]
fn links_stand_for_what_they_lead_to_in_their_commit() {
    use std::os::unix::fs::symlink;

    let project = shop();
    std::fs::remove_file(project.path("shop/storage.py")).unwrap();
    project.write("shared/storage.py", "import json\n");
    project.write("shared/other.py", "import shop.web\n");
    symlink("../shared/storage.py", project.path("shop/storage.py")).unwrap();
    symlink("shared", project.path("linked")).unwrap();
    symlink("nowhere.py", project.path("shop/broken.py")).unwrap();
    commit(&project);
    // The target changes, not the link.
    project.write("shared/storage.py", "import shop.web\n");
    commit(&project);
    // Another target.
    std::fs::remove_file(project.path("shop/storage.py")).unwrap();
    symlink("../shared/other.py", project.path("shop/storage.py")).unwrap();
    project.write("shared/other.py", "import shop.orders\n");
    commit(&project);
    let pairs = |told: &Value, key: &str| -> Vec<String> {
        let edges = told["edges"][key].as_array().unwrap();
        edges.iter().map(|edge| format!("{} {}", edge["from"], edge["to"]).replace('"', "")).collect()
    };
    let told = diff(&project, &["HEAD~2", "HEAD~1"]);
    assert_eq!(pairs(&told, "added"), ["shop.storage shop.web"], "{told:#}");
    assert_eq!(told["findings"]["new"], json!([]), "{told:#}");
    for arguments in [&["HEAD~1", "HEAD"][..], &["HEAD~1"]] {
        let told = diff(&project, arguments);
        assert_eq!(pairs(&told, "added"), ["shop.storage shop.orders"], "{told:#}");
        assert_eq!(pairs(&told, "removed"), ["shop.storage shop.web"], "{told:#}");
    }
}

#[test]
fn submodules_are_as_they_lie_there_which_is_said() {
    let project = shop();
    let inner = Project::new(&[("lib.py", "")]);
    git(&inner, &["init", "-q"]);
    commit(&inner);
    git(&project, &["submodule", "add", "-q", inner.root().to_str().unwrap(), "vendored"]);
    commit(&project);
    inner.write("lib.py", "import json\n");
    commit(&inner);
    git(&project, &["submodule", "update", "-q", "--remote"]);
    commit(&project);
    let answer = project.run(&["diff", "HEAD~1", "HEAD"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(
        answer.stderr.contains("what changed in the submodule `vendored` is not looked at"),
        "{answer:?}"
    );
    assert_eq!(answer.out().lines().count(), 1, "{answer:?}");
}

#[test]
fn reports_for_people_are_short() {
    let project = shop();
    let mut edges = String::new();
    for number in 0..60 {
        project.write(&format!("shop/m{number}.py"), "import shop.web\n");
        edges += &format!("[modules.\"shop.m{number}\"]\n");
    }
    project.write("ringfence.toml", [CONFIG, "\n", &edges].concat());
    project.write("shop/storage.py", "import shop.web\n\n\ndef connect(): ...\n");
    let told = diff(&project, &["HEAD"]);
    assert_eq!(told["edges"]["added"].as_array().unwrap().len(), 61);
    for (format, most) in [("text", 260), ("markdown", 120)] {
        let answer = project.run(&["diff", "HEAD", "--output-format", format]);
        assert!(answer.out().lines().count() < most, "{format}: {answer:?}");
        assert!(answer.out().contains("and 31 more") || answer.out().contains("and 51 more"), "{answer:?}");
    }
}

#[test]
fn the_report_goes_to_a_file_and_over_nothing_of_the_project() {
    let project = shop();
    let answer = project.run(&["diff", "HEAD", "-o", "diff.md", "--output-format", "markdown"]);
    assert_eq!((answer.code, answer.out().as_ref()), (0, ""), "{answer:?}");
    assert!(project.text("diff.md").contains("No change"), "{answer:?}");
    let answer = project.run(&["diff", "HEAD", "-o", "shop/web.py"]);
    answer.assert_refused(2, &["cannot write `shop/web.py`"]);
}

#[test]
fn the_page_has_what_came_and_what_went() {
    let project = shop();
    project.write("shop/web.py", "import shop.storage\n");
    project.run(&["diff", "HEAD", "--output-format", "html"]).assert_refused(2, &["`--output-file`"]);
    let answer = project.run(&["diff", "HEAD", "--output-format", "html", "-o", "diff.html"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let page = project.text("diff.html");
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"model\">").unwrap();
    let model: Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
    let schema = include_str!("../../resources/schema/formats/explorer.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let errors: Vec<String> = validator.iter_errors(&model).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    let changes = &model["changes"];
    assert_eq!(
        (&changes["head"], changes["added"].as_array().unwrap().len()),
        (&json!("the working tree"), 1)
    );
    assert_eq!(changes["gone"].as_array().unwrap().len(), 1, "{changes}");
}

#[test]
fn a_locked_policy_may_only_become_stricter() {
    let project = shop();
    let check = |arguments: &[&str]| project.run(&[&["check", "-q", "--locked-policy"], arguments].concat());
    assert_eq!(check(&["HEAD"]).code, 0);
    let said = [
        (
            replaced("depends-on = []", "depends-on = [\"shop.storage\"]"),
            "`shop.orders` may import `shop.storage`: ",
        ),
        (CONFIG.replace("exposes = [\"connect\"]", ""), "`shop.storage` exposes everything"),
        (replaced("[\"connect\"]", "[\"connect\", \"secret\"]"), "`shop.storage` exposes `secret`"),
        (["ignore = [\"RF403\"]\n", CONFIG].concat(), "RF403 `forbidden-chain` is off in `ringfence.toml`"),
        ([CONFIG, "[severity]\nRF101 = \"warning\"\n"].concat(), "RF101 is a warning in `ringfence.toml`"),
        (
            [CONFIG, "except = [\"shop.orders -> shop.web\"]\n"].concat(),
            "`exceptions` has apart: shop.orders -> shop.web (ringfence.toml:16)",
        ),
        (
            CONFIG.split("[[contracts]]").next().unwrap().to_string(),
            "the contract `apart` of `ringfence.toml` is gone",
        ),
        (["kinds = [\"runtime\"]\n", CONFIG].concat(), "imports are not looked at: `conditional` for RF101"),
    ];
    for (config, said) in &said {
        project.write("ringfence.toml", config);
        let answer = check(&["HEAD"]);
        assert_eq!(answer.code, 1, "{said}: {answer:?}");
        let line = answer.stderr.lines().find(|line| line.contains(said));
        let is_whole =
            line.is_some_and(|line| line.starts_with("error: the policy allows more than at `HEAD` ("));
        assert!(is_whole, "{said}: {answer:?}");
        // It is no finding.
        assert_eq!(check(&["HEAD", "--exit-zero"]).code, 1);
    }
    // Stricter, and with new modules.
    project.write("ringfence.toml", replaced("depends-on = [\"shop.orders\"]", "depends-on = []"));
    assert!(!check(&["HEAD"]).stderr.contains("the policy allows more"), "{:?}", check(&["HEAD"]));
    project.write("shop/mail.py", "");
    project.write("ringfence.toml", [CONFIG, "[modules.\"shop.mail\"]\n"].concat());
    assert_eq!(check(&["HEAD"]).code, 0);
    // Of a part that is asked for, and was not there.
    project.write("new/ringfence.toml", "[modules.x]\n");
    project.write("new/x.py", "");
    assert_eq!(check(&["HEAD", "new"]).code, 0);
    std::fs::remove_dir_all(project.path("new")).unwrap();
    // What was locked cannot be read.
    check(&["nowhere"]).assert_refused(2, &["there is no revision `nowhere`"]);
    project.write("ringfence.toml", "layer = 1\n");
    commit(&project);
    project.write("ringfence.toml", CONFIG);
    check(&["HEAD"]).assert_refused(2, &["the config of `HEAD`", "cannot be used"]);
    // Where there was no config, everything was allowed.
    std::fs::remove_file(project.path("ringfence.toml")).unwrap();
    commit(&project);
    project.write("ringfence.toml", CONFIG);
    assert_eq!(check(&["HEAD"]).code, 0);
}
