//! What a user asks before and beside a check: how to begin, how much is governed, and why.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ringfence_project::{CheckOptions, ConfigFile, ConfigKind, Session, SessionOptions};

use crate::common::Project;

/// A shop without a config, in which `web` and `orders` import each other.
fn shop() -> Project {
    Project::new(&[
        ("src/shop/__init__.py", ""),
        ("src/shop/settings.py", ""),
        ("src/shop/web/__init__.py", "from shop.orders import place\n"),
        ("src/shop/orders/__init__.py", "import shop.storage.rows\n\n\ndef place():\n    import shop.web\n"),
        ("src/shop/storage/__init__.py", ""),
        ("src/shop/storage/rows.py", "from shop import settings\n"),
        ("tests/test_shop.py", "import shop.web, shop.storage\n"),
    ])
}

#[test]
fn init_writes_a_config_that_todays_code_passes() {
    let project = shop();
    let before = project.contents();
    let dry = project.run(&["init", "--dry-run"]);
    assert_eq!(dry.code, 0, "{dry:?}");
    assert_eq!(project.contents(), before);
    assert_eq!(
        dry.out(),
        r#"# Made by `ringfence init`. Every `depends-on` is inferred: it lists what is imported today, not what should be.
forbid-cycles = true  # today's cycles are in `ringfence.baseline`

[modules."shop"]
depends-on = []  # inferred

[modules."shop.orders"]
depends-on = [  # inferred
    "shop.storage",
    "shop.web",
]

[modules."shop.storage"]
depends-on = [  # inferred
    "shop",
]

[modules."shop.web"]
depends-on = [  # inferred
    "shop.orders",
]

# ringfence.baseline
# Known findings; this list may only shrink (`ringfence baseline`).
RF401 shop.orders <-> shop.web
"#
    );
    assert_eq!(project.run(&["init"]).code, 0);
    let answer = project.run(&["check"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.out().contains("1 in the baseline"));
    // What is taken out is reported.
    let config = project.text("ringfence.toml");
    project.write("ringfence.toml", config.replace("    \"shop.storage\",\n", ""));
    assert_eq!(project.findings(&[]), ["src/shop/orders/__init__.py:1 RF101"]);
    // Nothing is written over.
    project.run(&["init"]).assert_refused(2, &["there is a config already"]);
    for (path, text) in [
        ("tach.toml", "modules = []\n"),
        (".importlinter", "[importlinter]\nroot_package = shop\n"),
        ("pyproject.toml", "[tool.ringfence]\n"),
    ] {
        let project = shop();
        project.write(path, text);
        project.run(&["init"]).assert_refused(2, &[path, "there is a config already"]);
    }
    Project::new(&[("notes.txt", "")]).run(&["init"]).assert_refused(2, &["no package found"]);
    // What no baseline can hold is said.
    let broken = shop();
    broken.write("src/shop/beyond.py", "from .....x import y\n");
    let answer = broken.run(&["init"]);
    assert!(
        answer.stderr.contains("`ringfence check` still finds 1 error in files (1 of RF906)"),
        "{answer:?}"
    );
    assert_eq!(broken.run(&["check"]).code, 1);
    let listed = shop();
    listed.write("ringfence.baseline", "");
    listed.run(&["init"]).assert_refused(2, &["ringfence.baseline"]);
}

#[test]
fn init_proposes_only_what_can_be_imported() {
    let project = shop();
    for path in [
        ".github/actions/people/people.py",
        "ui-v2/a/x.py",
        "ui-v2/b/y.py",
        "class/x.py",
        "src/shop/old-parts/x.py",
    ] {
        project.write(path, "import shop.web\n");
    }
    let answer = project.run(&["check"]);
    answer.assert_refused(2, &["no config found", "`ringfence init`"]);
    let answer = project.run(&["init"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stderr.contains("wrote `ringfence.toml` and `ringfence.baseline`"), "{answer:?}");
    let config = project.text("ringfence.toml");
    let modules: Vec<&str> = config.lines().filter(|line| line.starts_with('[')).collect();
    let expected =
        ["shop", "shop.orders", "shop.storage", "shop.web"].map(|name| format!("[modules.\"{name}\"]"));
    assert_eq!(modules, expected);
    // What no name stands for is not asked to have one.
    project.write("ringfence.toml", "strict-ownership = true\n[modules.\"shop.*\"]\n");
    let said = project.run(&["check", "--select", "RF105"]).out().to_string();
    assert!(said.contains("exclude the file, which no name of a module stands for"), "{said}");
    assert!(!said.contains("declare `[modules.\".github"), "{said}");
}

#[test]
fn coverage_tells_what_is_governed_and_what_constrains_nothing() {
    let project = shop();
    project.write(
        "ringfence.toml",
        "layers = [\"top\", \"middle\", \"bottom\"]\n[modules.\"shop.web\"]\nlayer = \"top\"\n[modules.\"shop.orders\"]\nlayer = \"bottom\"\n\
         depends-on = []\n[modules.\"shop.storage\"]\nlayer = \"bottom\"\n\n[[contracts]]\nname = \"idle\"\ntype = \"forbidden\"\nfrom = \
         [\"shop.settings\"]\nto = [\"requests\"]\n",
    );
    let answer = project.run(&["coverage", "-q"]);
    assert_eq!(answer.code, 0);
    for said in [
        "5 of 7 modules governed (71.4 %)",
        "  not governed: shop, tests.test_shop",
        "`depends-on` speaks of 2",
        "`layers` speaks of 2",
        "layers over which no import leads: middle",
        "contracts that constrain no import: idle",
    ] {
        assert!(answer.out().contains(said), "{said}\n{answer:?}");
    }
    assert_eq!(project.run(&["coverage", "--min-coverage", "70"]).code, 0);
    let less = project.run(&["coverage", "--min-coverage", "80"]);
    assert_eq!(less.code, 1);
    assert!(less.stderr.contains("71.4 % of the modules are governed"));
    project.run(&["coverage", "--min-coverage", "800"]).assert_refused(2, &["expected 0 to 100"]);
    let json = project.run(&["coverage", "--output-format", "json"]).json();
    assert_eq!((&json["modules"], &json["governed_modules"]), (&7.into(), &5.into()));
    assert_eq!(json["idle_layers"][0], "middle");
}

#[test]
fn coverage_groups_what_is_not_governed_and_may_leave_tests_out() {
    let project = shop();
    for name in ["a", "b", "c"] {
        project.write(&format!("tests/unit/test_{name}.py"), "");
    }
    project.write("src/shop/storage/deep/one.py", "");
    project.write("src/shop/web/tests.py", "");
    project.write("ringfence.toml", "[modules.\"shop.web\"]\n[modules.\"shop.orders\"]\n");
    let out = project.run(&["coverage", "-q"]).out().to_string();
    assert!(out.contains("not governed: tests.** (4), shop.storage.** (3), shop, shop.settings\n"), "{out}");
    let out = project.run(&["coverage", "-q", "--no-tests"]).out().to_string();
    assert!(out.starts_with("2 of 7 modules governed"), "{out}");
    assert!(out.contains("not governed: shop.storage.** (3), shop, shop.settings\n"), "{out}");
}

#[test]
fn an_interface_that_names_a_module_says_so_of_what_is_in_it() {
    let project = shop();
    project.write(
        "ringfence.toml",
        "[modules.\"shop.web\"]\n[modules.\"shop.storage\"]\nexposes = [\"rows\"]\n",
    );
    project.write("src/shop/web/x.py", "from shop.storage.rows import Row\n");
    let out = project.run(&["check"]).out().to_string();
    assert!(
        out.contains("`rows` in `exposes` of `shop.storage` is that name alone; write `rows.*`"),
        "{out}"
    );
}

#[test]
fn why_tells_the_lines_that_decide() {
    let project = shop();
    project.write(
        "ringfence.toml",
        "[modules.\"shop.web\"]\ndepends-on = [\"shop.orders\"]\n[modules.\"shop.orders\"]\n[modules.\"shop.storage\"]\nvisible-to = \
         [\"shop.orders\"]\nexposes = [\"rows\"]\n",
    );
    let answer = project.run(&["why", "-q", "shop.web", "shop.storage.rows"]);
    assert_eq!(answer.code, 0);
    assert_eq!(
        answer.out(),
        "`shop.web` may not import `shop.storage.rows`\n  `shop.storage.rows` is part of `shop.storage`\n  - RF104: `visible-to` of \
         `shop.storage` does not let it in (ringfence.toml:5)\n  - RF101: `depends-on` of `shop.web` does not list `shop.storage` \
         (ringfence.toml:2)\n  + RF201: `shop.storage` exposes `rows` (ringfence.toml:6)\nit is reached through others:\n  \
         src/shop/web/__init__.py:1: `shop.web` imports `shop.orders`\n  src/shop/orders/__init__.py:1: `shop.orders` imports \
         `shop.storage.rows`\nthe nearest allowed way: `shop.web` -> `shop.orders` -> `shop.storage`\n"
    );
    let allowed = project.run(&["why", "-q", "shop.web", "shop.orders"]);
    assert!(allowed.out().starts_with("`shop.web` may import `shop.orders`\n"));
    assert!(allowed.out().contains("src/shop/web/__init__.py:1: shop.orders.place (runtime)"));
    let json = project.run(&["why", "shop.web", "shop.storage", "--output-format", "json"]).json();
    assert_eq!(json["allowed"], false);
    assert_eq!(json["reasons"][0]["place"]["row"], 5);
    assert_eq!(json["way"].as_array().unwrap().len(), 3);
    project
        .run(&["why", "shop.web", "shop.storag"])
        .assert_refused(2, &["there is no module `shop.storag`", "did you mean `shop.storage`?"]);
}

#[test]
fn why_counts_no_import_inside_of_the_inner_of_two_modules() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.p]\ndepends-on = []\n[modules.\"p.q\"]\ndepends-on = []\n"),
        ("p/__init__.py", "import p.q.x\n"),
        ("p/base.py", ""),
        ("p/q/__init__.py", "from p.q import x\n"),
        ("p/q/x.py", "from p import base\nfrom . import y\n"),
        ("p/q/y.py", "import p.q.x\n"),
    ]);
    let inner = project.run(&["why", "-q", "p.q", "p"]).out().to_string();
    assert!(inner.contains("it is imported:\n  p/q/x.py:1: p.base (runtime): RF101\nno boundary"), "{inner}");
    let outer = project.run(&["why", "-q", "p", "p.q"]).out().to_string();
    assert!(
        outer.contains("it is imported:\n  p/__init__.py:1: p.q.x (runtime): RF101\nno boundary"),
        "{outer}"
    );
}

#[test]
fn why_takes_paths_names_in_modules_and_what_comes_from_elsewhere() {
    let project = shop();
    project.write(
        "ringfence.toml",
        "[modules.\"shop.web\"]\nforbids-externals = [\"requests\"]\n[modules.\"shop.orders\"]\nexposes = [\"cancel\"]\n",
    );
    project.write("src/shop/web/client.py", "import requests.adapters, httpx, os\n");
    let asked =
        |importer: &str, imported: &str| project.run(&["why", "-q", importer, imported]).out().to_string();
    let said = asked("src/shop/web/client.py", "requests");
    for expected in [
        "`shop.web.client` may not import `requests`\n",
        "- RF503: `forbids-externals` of `shop.web` lists `requests` (ringfence.toml:2)",
        "src/shop/web/client.py:1: requests.adapters (runtime): RF503",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert!(asked("shop.web", "httpx").starts_with("`shop.web` may import `httpx`\n"));
    let said = asked("src/shop/web/__init__.py", "shop.orders.place");
    for expected in [
        "`shop.web` may not import `shop.orders.place`\n",
        "- RF201: `shop.orders` exposes only `cancel`",
        "src/shop/web/__init__.py:1: shop.orders.place (runtime): RF201",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert!(asked("shop.web", "src/shop/storage").starts_with("`shop.web` may import `shop.storage`\n"));
    let unwritten = asked("src/nope.py", "shop");
    assert!(unwritten.starts_with("yes: `nope` may import `shop`\n"), "{unwritten}");
    assert!(unwritten.ends_with("nothing of this is written yet\n"), "{unwritten}");
    project.run(&["why", "shop.web", "nowhere"]).assert_refused(2, &["there is no module `nowhere`"]);
}

/// Modules of which some lie in others.
const NESTED: [&str; 7] = ["p", "p.q", "p.q.r", "p.s", "t", "t.u", "v"];

/// A key of the config with entries that stand for some of the modules, or nothing.
fn key(name: &str, chosen: Option<u8>) -> String {
    let Some(chosen) = chosen else { return String::new() };
    let listed = NESTED.iter().enumerate().filter(|(at, _)| chosen & (1 << at) != 0);
    let listed: Vec<String> = listed.map(|(_, name)| format!("\"{name}\"")).collect();
    format!("{name} = [{}]\n", listed.join(", "))
}

/// `why` speaks of a contract where `check` does, and only there.
#[test]
fn why_asks_contracts_what_check_asks_them() {
    let layers = |more: &str| format!("type = \"layers\"\n{more}");
    let protected =
        |more: &str| format!("type = \"protected\"\nmodules = [\"p.a\", \"p.b\"]\nimporters = []\n{more}");
    let forbidden = |more: &str| format!("type = \"forbidden\"\nfrom = [\"p.a\"]\nto = [\"p.b\"]\n{more}");
    let plain = "import p.b\n";
    let typing = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import p.b\n";
    for (contract, head, a, importer, imported, code) in [
        (layers("layers = [\"p.b\", \"p.a\"]"), "", plain, "p.a", "p.b", "RF408"),
        (layers("layers = [\"p.a\", \"p.b\"]"), "", plain, "p.a", "p.b", ""),
        (layers("layers = [\"p.a | p.b\"]"), "", plain, "p.a", "p.b", "RF408"),
        (layers("layers = [\"p.a : p.b\"]"), "", plain, "p.a", "p.b", ""),
        (
            layers("layers = [\"p.a\", { name = \"p.c\", closed = true }, \"p.b\"]"),
            "",
            plain,
            "p.a",
            "p.b",
            "RF408",
        ),
        (layers("containers = [\"p\"]\nlayers = [\"b\", \"a\"]"), "", plain, "p.a", "p.b", "RF408"),
        (layers("containers = [\"p\"]\nlayers = [\"a\", \"b\"]"), "", plain, "p.a", "p.b", ""),
        (protected(""), "", plain, "p.a", "p.b", "RF405"),
        (protected(""), "", "import p.b.x\n", "p.a", "p.b.x", "RF405"),
        (protected("submodules = false"), "", "import p.b.x\n", "p.a", "p.b.x", ""),
        (forbidden(""), "", plain, "p.a", "p.b", "RF403"),
        (forbidden(""), "", "import p.c\n", "p.a", "p.c", ""),
        (forbidden("submodules = false"), "", "import p.b.x\n", "p.a", "p.b.x", ""),
        (forbidden("except = [\"p.a -> p.b\"]"), "", plain, "p.a", "p.b", ""),
        (forbidden("kinds = [\"runtime\"]"), "", typing, "p.a", "p.b", ""),
        (forbidden("kinds = [\"runtime\", \"typing\"]"), "", typing, "p.a", "p.b", "RF403"),
        (forbidden(""), "ignore = [\"RF403\"]", plain, "p.a", "p.b", ""),
        (forbidden(""), "per-file-ignores = { \"p/a.py\" = [\"RF403\"] }", plain, "p.a", "p.b", ""),
        (
            "type = \"independent\"\nmodules = [\"p.a\", \"p.b\", \"p.b.x\"]".to_string(),
            "",
            "import p.b.x\n",
            "p.a",
            "p.b.x",
            "RF404",
        ),
        (
            "type = \"protected\"\nmodules = [\"httpx\"]\nimporters = [\"p.c\"]".to_string(),
            "",
            "import httpx\n",
            "p.a",
            "httpx",
            "RF405",
        ),
        ("type = \"required\"\nfrom = [\"p.a\"]\nto = [\"p.c\"]".to_string(), "", plain, "p.a", "p.b", ""),
        ("type = \"acyclic\"\nmodules = [\"p\"]".to_string(), "", plain, "p.a", "p.b", ""),
    ] {
        let config = format!("{head}\n[[contracts]]\nname = \"it\"\n{contract}\n");
        let project = Project::new(&[
            ("ringfence.toml", &config),
            ("p/__init__.py", ""),
            ("p/a.py", a),
            ("p/b/__init__.py", ""),
            ("p/b/x.py", ""),
            ("p/c.py", ""),
        ]);
        let mut checked = project.findings_in("p/a.py", &[]);
        checked.retain(|found| code.is_empty() || found.ends_with(code));
        assert_eq!(checked.len(), usize::from(!code.is_empty()), "{config}");
        let asked = || project.run(&["why", importer, imported, "--output-format", "json"]).json();
        let said = asked();
        assert_eq!(said["allowed"], code.is_empty(), "{config}{said}");
        if !code.is_empty() {
            assert_eq!(said["reasons"].as_array().unwrap().last().unwrap()["code"], code, "{config}{said}");
        }
        // An import that is not there yet would be told of as the one that is; of which kind it would be nobody knows.
        if !imported.starts_with("httpx") && a != typing {
            project.write("p/a.py", "");
            assert_eq!(asked()["allowed"], code.is_empty(), "{config}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// `why` has an import against it exactly where `check` finds it.
    #[test]
    fn why_agrees_with_check(
        keys in prop::collection::vec(
            (any::<bool>(), prop::option::of(any::<u8>()), prop::option::weighted(0.2, any::<u8>()),
             prop::option::weighted(0.2, any::<u8>()), any::<bool>(), 0_usize..3),
            NESTED.len(),
        ),
        imports in prop::collection::btree_set((0..NESTED.len(), 0..NESTED.len(), any::<bool>(), any::<bool>()), 0..40),
    ) {
        let mut config = "layers = [\"l1\", \"l2\"]\n".to_string();
        let mut declared = Vec::new();
        for (name, (is_there, depends_on, forbids, visible_to, exposes, layer)) in NESTED.iter().zip(&keys) {
            if !is_there {
                continue;
            }
            declared.push(*name);
            config.push_str(&format!("[modules.\"{name}\"]\n"));
            // Nothing is both depended on and forbidden, and nobody depends on itself.
            let position = NESTED.iter().position(|it| it == name).unwrap();
            let without_itself = |it: u8| it & !(1 << position);
            let forbids = forbids.map(without_itself);
            config.push_str(&key("depends-on", depends_on.map(|it| without_itself(it) & !forbids.unwrap_or(0))));
            config.push_str(&key("forbids", forbids));
            config.push_str(&key("visible-to", *visible_to));
            if *exposes {
                config.push_str("exposes = [\"x\"]\n");
            }
            if *layer > 0 {
                config.push_str(&format!("layer = \"l{layer}\"\n"));
            }
        }
        let project = Project::new(&[("ringfence.toml", &config)]);
        for (number, name) in NESTED.iter().enumerate() {
            let of = imports.iter().filter(|(importer, ..)| *importer == number);
            let lines = of.map(|(_, imported, in_submodule, named)| {
                let below = if *in_submodule { ".inner" } else { "" };
                let member = if *named { "x" } else { "y" };
                format!("from {}{below} import {member}\n", NESTED[*imported])
            });
            let folder = name.replace('.', "/");
            let lines: Vec<String> = lines.collect();
            let (first, second) = lines.split_at(lines.len() / 2);
            project.write(&format!("{folder}/__init__.py"), first.concat());
            project.write(&format!("{folder}/inner.py"), second.concat());
        }
        let options = SessionOptions {
            root: project.root().to_path_buf(),
            config: Some(ConfigFile { path: project.path("ringfence.toml"), kind: ConfigKind::Ringfence }),
            ..SessionOptions::default()
        };
        let session = Session::open(options, &|_| {}).unwrap();
        prop_assert!(session.problems().is_empty(), "{config}\n{:?}", session.problems());
        let index = session.graph().index();
        let owner = |name: &str| {
            let owner = session.boundaries().owner(index.get(name)?)?;
            Some(index.name(session.boundaries().get(owner).module))
        };
        let mut found = BTreeSet::new();
        for diagnostic in session.check(&CheckOptions::default()).diagnostics {
            if let (Some(import), "RF1" | "RF2" | "RF3") = (&diagnostic.import, &diagnostic.code[..3]) {
                let pair = (owner(&import.importer).map(str::to_string), owner(&import.imported).map(str::to_string));
                found.insert((pair, diagnostic.file, diagnostic.range.start(), diagnostic.code));
            }
        }
        let mut denied = BTreeSet::new();
        for importer in &NESTED {
            for imported in &NESTED {
                let why = session.why(importer, imported).unwrap();
                for import in &why.imports {
                    let pair = (why.importer_boundary.clone(), why.imported_boundary.clone());
                    let crossing = import.found.iter().filter(|code| ["RF1", "RF2", "RF3"].contains(&&code[..3]));
                    let at = (import.span.file, import.span.range.start());
                    denied.extend(crossing.map(|code| (pair.clone(), at.0, at.1, *code)));
                    // What the keys forbid as such, `check` finds at each import; what they do not, is private to an interface.
                    if why.importer_boundary.is_some() && why.importer_boundary != why.imported_boundary {
                        let by_keys = why.reasons.iter().any(|it| !it.allows && it.code != "RF201");
                        let by_rules = import.found.iter().any(|code| *code != "RF201");
                        prop_assert_eq!(by_keys, by_rules, "{} -> {}: {:?}\n{}", importer, imported, why, config);
                    }
                }
            }
        }
        prop_assert_eq!(found, denied, "{}", config);
    }
}
