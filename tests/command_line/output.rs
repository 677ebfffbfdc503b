//! How findings are printed, and what else is said.

use serde_json::{Value, json};

use crate::common::{Project, SHOP_FINDINGS, assert_snapshot};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// The shop with a finding that can be fixed in the source, one that can be in the config, and one on hidden import
/// kinds.
fn shop_with_fixes() -> Project {
    let project = Project::shop(&[
        ("shop/storage.py", "def connect():\n    import shop.web  # ringfence: ignore[RF101] not needed\n"),
        ("shop/legacy.py", "try:\n    from shop import orders as o\nexcept ImportError:\n    o = None\n"),
    ]);
    let config = project.text("ringfence.toml");
    project.write(
        "ringfence.toml",
        config.replace(
            "[modules.\"shop.legacy\"]\n",
            "[modules.\"shop.legacy\"]\ndepends-on = [\"shop.web\"]\nowner = \"@old\"\n",
        ),
    );
    project
}

#[test]
fn the_formats() {
    let project = shop_with_fixes();
    for format in ["full", "concise", "json"] {
        let answer = project.run(&["check", "--extend-select", "RF110", "--output-format", format]);
        assert_eq!(answer.code, 1);
        assert_snapshot(&format!("shop_{format}"), project.root(), &answer.out());
    }
}

#[test]
fn the_keys_of_the_json() {
    let project = shop_with_fixes();
    let answer = project.run(&["check", "--extend-select", "RF110", "--output-format", "json"]);
    let found = answer.json();
    let found = found.as_array().expect("an array");
    assert_eq!(found.len(), 8);
    for finding in found {
        assert_eq!(
            keys(finding),
            [
                "cell",
                "code",
                "name",
                "severity",
                "message",
                "filename",
                "location",
                "end_location",
                "noqa_row",
                "url",
                "importer",
                "imported",
                "member",
                "kind",
                "help",
                "owner",
                "labels",
                "fix",
            ]
        );
        assert_eq!(finding["cell"], Value::Null);
        assert_eq!(keys(&finding["location"]), ["row", "column"]);
        assert_eq!(keys(&finding["end_location"]), ["row", "column"]);
        assert!(finding["filename"].as_str().unwrap().starts_with(project.root().to_str().unwrap()));
        for label in finding["labels"].as_array().unwrap() {
            assert_eq!(keys(label), ["filename", "location", "end_location", "message"]);
        }
        if finding["fix"] != Value::Null {
            assert_eq!(keys(&finding["fix"]), ["applicability", "message", "edits"]);
            for edit in finding["fix"]["edits"].as_array().unwrap() {
                assert_eq!(keys(edit), ["filename", "content", "location", "end_location"]);
            }
        }
    }
    let of = |place: &str| {
        let position = answer.findings(project.root()).iter().position(|finding| finding == place);
        &found[position.unwrap_or_else(|| panic!("{place}: {answer:?}"))]
    };
    let undeclared = of("shop/legacy.py:2 RF101");
    for (key, expected) in [
        ("name", json!("undeclared-dependency")),
        ("severity", json!("error")),
        ("location", json!({ "row": 2, "column": 22 })),
        ("end_location", json!({ "row": 2, "column": 28 })),
        ("noqa_row", json!(2)),
        ("importer", json!("shop.legacy")),
        ("imported", json!("shop.orders")),
        ("member", Value::Null),
        ("kind", json!("optional")),
    ] {
        assert_eq!(undeclared[key], expected, "{key}");
    }
    assert_eq!(undeclared["fix"]["message"], "Add `shop.orders` to `depends-on` of `shop.legacy`");
    assert_eq!(of("shop/orders.py:1 RF103")["fix"], Value::Null);
    let url = undeclared["url"].as_str().unwrap();
    assert!(url.starts_with("https://") && url.contains("undeclared-dependency"), "{url}");
    assert_eq!(of("shop/orders.py:1 RF103")["severity"], "warning");
    assert_eq!(of("shop/web.py:2 RF201")["member"], "secret");
    assert_eq!(of("shop/storage.py:2 RF901")["fix"]["applicability"], "safe");
    let config = project.path("ringfence.toml");
    assert_eq!(of("ringfence.toml:12 RF110")["fix"]["edits"][0]["filename"], config.to_str().unwrap());

    // Nothing found is still an array, and the closing lines are no part of it.
    let none = project.run(&["check", "--output-format", "json", "--select", "RF302"]);
    assert_eq!(none.out(), "[]\n");
}

#[test]
fn the_format_comes_from_the_command_line_the_environment_or_the_config() {
    let project = Project::shop(&[]);
    let config = format!("output-format = 'json'\n{}", project.text("ringfence.toml"));
    let begins = |text: &str, format: &str| match format {
        "json" => text.starts_with("[\n"),
        "concise" => text.starts_with("shop/orders.py:1:25: warning[RF103] "),
        "full" => text.starts_with("warning[RF103]: `shop.orders`"),
        _ => unreachable!(),
    };
    for (arguments, variable, in_config, expected) in [
        (&["check"][..], "", false, "full"),
        (&["check"], "", true, "json"),
        (&["check"], "concise", true, "concise"),
        (&["check", "--output-format", "full"], "concise", true, "full"),
        (&["check", "--config", "output-format='concise'"], "", true, "concise"),
    ] {
        if in_config {
            project.write("ringfence.toml", &config);
        }
        let mut call = project.call(arguments);
        if !variable.is_empty() {
            call = call.variable("RINGFENCE_OUTPUT_FORMAT", variable);
        }
        let answer = call.run();
        assert!(begins(&answer.out(), expected), "{arguments:?} {variable}: {answer:?}");
    }
}

#[test]
fn findings_go_to_a_file() {
    let project = Project::shop(&[]);
    for format in ["full", "concise", "json"] {
        let expected = project.run(&["check", "--output-format", format]);
        let answer = project.run(&["check", "--output-format", format, "--output-file", "report.txt"]);
        assert_eq!((answer.code, answer.out().as_ref()), (1, ""), "{answer:?}");
        assert_eq!(project.text("report.txt"), expected.out(), "{format}");
    }
    let answer = project.call(&["check", "-q"]).variable("RINGFENCE_OUTPUT_FILE", "other.txt").run();
    assert_eq!(answer.out(), "");
    assert!(project.text("other.txt").contains("RF104"));
    project
        .run(&["check", "-o", "no/such/folder/report.txt"])
        .assert_refused(2, &["cannot write `no/such/folder/report.txt`"]);
}

#[test]
fn statistics_count_by_rule() {
    let project = shop_with_fixes();
    let all = ["check", "--statistics", "--extend-select", "RF110"];
    assert_eq!(
        project.run(&[&all[..], &["--quiet"]].concat()).out(),
        "3\tRF101\t[ ] undeclared-dependency\n1\tRF103\t[ ] deprecated-dependency\n1\tRF104\t[ ] hidden-module-import\n\
         1\tRF110\t[ ] unused-dependency\n1\tRF201\t[ ] private-import\n1\tRF901\t[*] unused-suppression\n"
    );
    assert!(project.run(&all).out().contains("Found 6 errors and 2 warnings."));
    let answer = project.run(&[&all[..], &["--output-format", "json"]].concat());
    let counted = answer.json();
    assert_eq!(counted.as_array().unwrap().len(), 6);
    assert_eq!(
        counted[0],
        json!({ "code": "RF101", "name": "undeclared-dependency", "count": 3, "fixable": false, "fixable_count": 0 })
    );
    let none = project.run(&["check", "--statistics", "--select", "RF302", "--quiet"]);
    assert_eq!((none.code, none.out().as_ref()), (0, ""));
}

#[test]
fn quiet_leaves_the_findings_only() {
    let project = Project::shop(&[]);
    let all = project.run(&["check", "--output-format", "concise"]);
    let quiet = project.run(&["check", "--output-format", "concise", "--quiet"]);
    assert_eq!(quiet.stderr, "");
    assert_eq!(all.stderr, "using `ringfence.toml`\n");
    let (all, quiet) = (all.out().into_owned(), quiet.out().into_owned());
    assert_eq!(quiet.lines().count(), SHOP_FINDINGS.len());
    let closing = "Found 4 errors and 1 warning.\n3 fixable with `--fix-config`.\n5 files, 6 imports, 4 of 5 modules governed\n";
    assert_eq!(all, format!("{quiet}{closing}"));
    let clean = project.run(&["check", "-q", "shop/storage.py"]);
    assert_eq!((clean.code, clean.out().as_ref(), clean.stderr.as_str()), (0, "", ""));
    assert!(project.run(&["check", "shop/storage.py"]).out().starts_with("No findings.\n5 files, "));
    // Errors are said.
    project.run(&["check", "-q", "nowhere"]).assert_refused(2, &["`nowhere` does not exist"]);
}

#[test]
fn verbose_says_what_could_not_be_followed() {
    let project = Project::shop(&[
        (
            "shop/legacy.py",
            "import os, requests\nfrom shop import nope\nimport shop.missing\nfrom shop.gone.deep import x\n\
             from .... import far\nimport importlib\nimportlib.import_module(name)\n",
        ),
        ("shop/orders/__init__.py", ""),
        ("inner/ringfence.toml", ""),
        ("inner/x.py", "import shop.web\n"),
    ]);
    let config = format!("source-roots = ['.']\n{}", project.text("ringfence.toml"));
    project.write("ringfence.toml", config);
    let answer = project.run(&["check", "--verbose"]);
    let said: Vec<&str> = answer.stderr.lines().collect();
    for expected in [
        "source root: .",
        "governed by a config of its own: inner",
        "shadowed, another file is loaded in its place: shop/orders.py",
        "unresolved import: shop/legacy.py:3: shop.missing",
        "unresolved import: shop/legacy.py:4: shop.gone.deep.x",
        "unresolved import: shop/legacy.py:5: ....far",
    ] {
        assert!(said.contains(&expected), "{expected}: {answer:?}");
    }
    // A member may be made at run time; other distributions and the standard library are not ours.
    for unexpected in ["nope", "requests", ": os"] {
        assert!(!answer.stderr.contains(unexpected), "{unexpected}: {answer:?}");
    }
    let closing = answer.out().lines().last().unwrap().to_string();
    for part in ["3 imports unresolved", "1 dynamic import of an unknown module", "1 file shadowed"] {
        assert!(closing.contains(part), "{part}: {closing}");
    }
    // Without the option they are counted, not listed.
    let answer = project.run(&["check"]);
    assert!(
        !answer.stderr.contains("unresolved") && answer.out().ends_with(&format!("{closing}\n")),
        "{answer:?}"
    );
}

#[test]
fn color_is_asked_for() {
    let project = Project::shop(&[]);
    let is_colored = |text: &str| text.contains("\u{1b}[");
    for (arguments, variables, expected) in [
        (&[][..], &[][..], false),
        (&["--color", "always"], &[], true),
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        (&["--color", "always", "--output-format", "concise"], &[], true),
        (&["--color", "always", "--output-format", "json"], &[], false),
    ] {
        let arguments = [&["check"], arguments].concat();
        let mut call = project.call(&arguments);
        for (name, value) in variables {
            call = call.variable(name, value);
        }
        let answer = call.run();
        assert_eq!(is_colored(&answer.out()), expected, "{arguments:?} {variables:?}: {answer:?}");
        // No terminal, no links.
        assert!(!answer.out().contains("\u{1b}]8"), "{arguments:?}");
    }
    project.write("ringfence.toml", "selct = 1\n");
    assert!(is_colored(&project.run(&["check", "--color", "always"]).stderr));
    assert!(!is_colored(&project.run(&["check"]).stderr));
}

#[test]
fn a_source_cannot_write_to_the_terminal() {
    let project = Project::shop(&[(
        "shop/web.py",
        "from shop.orders import secret  # \u{1b}]0;title\u{7}\u{1b}[2J\u{202e}\n",
    )]);
    for format in ["full", "concise"] {
        let answer = project.run(&["check", "--output-format", format]);
        assert!(answer.out().contains("secret"), "{answer:?}");
        assert!(!answer.out().contains(['\u{1b}', '\u{7}', '\u{202e}']), "{answer:?}");
    }
}

/// Of a long line the part around the name is shown, with the place that the name has in the file.
#[test]
fn a_long_line_is_shown_around_what_is_at_fault() {
    let statements: Vec<String> =
        (0..1_000).map(|number| format!("from b import name_{number:03}")).collect();
    let project = Project::new(&[
        ("ringfence.toml", crate::common::A_WITHOUT_B),
        ("a.py", &format!("{}\n", statements.join("; "))),
        ("b.py", ""),
    ]);
    let answer = project.run(&["check", "-q", "--output-format", "full"]);
    let said = answer.out().into_owned();
    assert_eq!(said.matches("error[RF101]").count(), 1_000);
    let of = |number: usize| {
        let place = format!("--> a.py:1:{}\n", 15 + 24 * number);
        let start = said.find(&place).unwrap_or_else(|| panic!("{place}"));
        said[start..].split("\n\n").next().unwrap()
    };
    for number in [0, 20, 60, 380] {
        assert!(of(number).contains(&format!("name_{number:03}")), "{}", of(number));
        assert!(
            of(number).contains("^^^^^^^^ part of `b`") || of(number).contains("^^^^^^^^"),
            "{}",
            of(number)
        );
    }
    let longest = said.lines().map(str::len).max();
    assert!(longest < Some(400), "{longest:?}");
}

/// Names of one statement are one error to a person, and one each to a program.
#[test]
fn names_of_one_statement_are_told_together() {
    let names: Vec<String> = (0..1_000).map(|number| format!("name_{number:03}")).collect();
    let project = Project::new(&[
        ("ringfence.toml", crate::common::A_WITHOUT_B),
        ("a.py", &format!("from b import {}\nfrom b import again\n", names.join(", "))),
        ("b.py", ""),
    ]);
    let said = |format: &str| project.run(&["check", "--output-format", format]).out().into_owned();
    for format in ["full", "concise", "grouped"] {
        let said = said(format);
        assert_eq!(said.matches("but does not declare it").count(), 2, "{said}");
        assert!(said.contains("Found 1,001 errors, shown as 2."), "{said}");
        assert!(said.lines().all(|line| line.len() < 400), "{said}");
    }
    assert!(said("full").contains("and 980 more names of this statement"));
    assert!(said("concise").contains("but does not declare it (1000 names)"));
    assert_eq!(said("json-lines").matches("\"RF101\"").count(), 1_001);
    let counted = project.run(&["check", "--statistics"]).out().into_owned();
    assert!(counted.contains("1001") && !counted.contains("shown as"), "{counted}");
}

#[test]
fn files_that_would_be_checked_are_listed() {
    let project = Project::shop(&[
        ("tool.txt", ""),
        ("shop/gui.pyw", ""),
        ("shop/web.pyi", ""),
        ("shop/_fast.so", ""),
        ("venv/x.py", ""),
        ("z/ringfence.toml", ""),
        ("z/inner.py", ""),
    ]);
    let listed = |arguments: &[&str]| {
        let answer = project.run(&[&["check", "--show-files"], arguments].concat());
        assert_eq!(answer.code, 0, "{answer:?}");
        let text = answer.out().replace(&format!("{}/", project.root().display()), "");
        text.lines().map(ToString::to_string).collect::<Vec<_>>()
    };
    let shop = [
        "shop/__init__.py",
        "shop/gui.pyw",
        "shop/legacy.py",
        "shop/orders.py",
        "shop/storage.py",
        "shop/web.py",
        "shop/web.pyi",
    ];
    assert_eq!(listed(&[]), [&shop[..], &["z/inner.py"]].concat());
    assert_eq!(listed(&["shop"]), shop);
    assert_eq!(listed(&["shop/web.py", "z"]), ["shop/web.py", "z/inner.py"]);
    assert_eq!(
        listed(&["shop", "--extend-exclude", "web.py,*.pyi", "--extend-exclude", "shop/g*"]),
        ["shop/__init__.py", "shop/legacy.py", "shop/orders.py", "shop/storage.py",]
    );
    assert_eq!(listed(&["tool.txt"]), [""; 0]);
}

#[test]
fn settings_in_force_are_shown() {
    let project = Project::shop(&[]);
    let arguments = [
        "check",
        "--show-settings",
        "--select",
        "RF101,RF103,RF201",
        "--config",
        "severity = { RF101 = 'warning' }",
    ];
    let answer = project.run(&arguments);
    assert_eq!(answer.code, 0);
    assert_snapshot("show_settings", project.root(), &answer.out());
}

#[test]
fn help() {
    let project = Project::new(&[]);
    for (name, arguments) in [("help", &["--help"][..]), ("help_check", &["check", "--help"])] {
        let answer = project.run(arguments);
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
        assert_snapshot(name, project.root(), &answer.out());
    }
}

#[test]
fn a_reader_that_stops_has_not_read_all_of_it() {
    use std::process::Stdio;
    let lines: String = (0..20_000).map(|_| "import b\n").collect();
    let project =
        Project::new(&[("ringfence.toml", crate::common::A_WITHOUT_B), ("a.py", &lines), ("b.py", "")]);
    for (arguments, said) in [
        (&["check", "--output-format", "concise"][..], "using `ringfence.toml`\n"),
        (&["check", "--exit-zero", "--output-format", "json"], "using `ringfence.toml`\n"),
        (&["rule", "--all"], ""),
    ] {
        let call = project.call(arguments);
        let mut child = call.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), said);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
