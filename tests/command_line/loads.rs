//! What an import loads, and whether it works.

use serde_json::{Value, json};

use crate::common::{Answer, Project};

/// A shop in which `orders` and `prices` import each other, and `web` loads more than it says.
const SHOP: &[(&str, &str)] = &[
    ("ringfence.toml", "[modules.shop]\n"),
    (
        "pyproject.toml",
        "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.10\"\ndependencies = [\"requests\"]\n",
    ),
    ("shop/__init__.py", ""),
    ("shop/orders.py", "import json\nfrom shop.prices import VAT\n\nclass Order:\n    vat = VAT\n"),
    ("shop/prices.py", "from shop.orders import Order\n\nVAT = 19\n"),
    ("shop/web/__init__.py", "import requests\nfrom shop.web.pages import *\n"),
    (
        "shop/web/pages.py",
        "import os\nimport shop.settings\nif os.environ.get('DEBUG'):\n    import shop.debug\n",
    ),
    ("shop/settings.py", ""),
    ("shop/debug.py", ""),
];

fn shop(files: &[(&str, &str)]) -> Project {
    let project = Project::new(SHOP);
    for (path, text) in files {
        project.write(path, text);
    }
    project
}

fn lines(answer: &Answer) -> Vec<String> {
    answer.out().lines().map(str::to_string).collect()
}

#[test]
fn an_import_that_works_is_told_with_what_it_loads() {
    let answer = shop(&[]).run(&["loads", "shop.web"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        lines(&answer),
        [
            "`shop.web` works",
            "  shop (a package around)",
            "  shop.web",
            "    shop.web.pages (shop/web/__init__.py:2)",
            "      shop.settings (shop/web/pages.py:2)",
            "      may: shop.debug (shop/web/pages.py:4)",
            "  = shop: 4 certain, 1 may",
            "  = not followed: requests",
        ]
    );
    assert!(answer.stderr.contains("1 import: 1 work, 0 fail, 0 cannot be told"), "{answer:?}");
    // A file stands for its module.
    assert_eq!(shop(&[]).run(&["loads", "shop/web/__init__.py"]).out(), answer.out());
}

#[test]
fn a_circle_may_fail_from_one_entry_and_not_from_the_other() {
    let one = "from shop.two import B\n\nclass A: ...\n";
    let two = "import shop.one\n\nclass B: ...\n\ndef make():\n    return shop.one.A()\n";
    let fine = shop(&[("shop/one.py", one), ("shop/two.py", two)]);
    // `two` begins to run `one`, which asks for what `two` has not made yet.
    let answer = fine.run(&["loads", "shop.two", "shop.one"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert_eq!(
        lines(&answer),
        [
            "`shop.two` fails with ImportError at shop/one.py:1: cannot import name 'B' from partially initialized module \
             'shop.two' (most likely due to a circular import)",
            "  ! `shop.two` is asked for",
            "  ! shop/two.py:1: `shop.two` imports `shop.one`",
            "  ! here `shop.two` has run up to line 1 and binds nothing yet",
            "  shop (a package around)",
            "  = shop: 1 certain",
            "`shop.one` works",
            "  shop (a package around)",
            "  shop.one",
            "    shop.two (shop/one.py:1)",
            "  = shop: 3 certain",
        ]
    );
    assert_eq!(fine.run(&["loads", "shop.one"]).code, 0);
    // What a module has loaded that fails stays loaded; what that module asked for is nothing of depth 0.
    fine.write("shop/three.py", "import shop.settings\nimport shop.nowhere\n");
    let failed = |arguments: &[&str]| lines(&fine.run(&[&["loads", "shop.three"], arguments].concat()));
    let settings = "  shop.settings (shop/three.py:1)".to_string();
    assert!(failed(&[]).contains(&settings) && failed(&["--depth", "1"]).contains(&settings));
    assert!(!failed(&["--depth", "0"]).contains(&settings));
    // Here it fails from both.
    let answer = shop(&[]).run(&["loads", "shop.orders", "shop.prices"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    let out = answer.out();
    assert!(out.contains("here `shop.orders` has run up to line 2 and binds only `json`"), "{out}");
    assert!(out.contains("`shop.prices` fails with ImportError at shop/orders.py:2"), "{out}");
}

#[test]
fn what_cannot_be_told_is_said_with_reasons_and_does_not_fail() {
    let project = shop(&[("shop/odd.py", "import somewhere_else\n")]);
    let answer = project.run(&["loads", "shop.odd"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let lines = lines(&answer);
    assert_eq!(lines[0], "`shop.odd` cannot be told");
    assert!(lines[1].starts_with("  ? shop/odd.py:1: "), "{lines:?}");
    let json = project.run(&["loads", "shop.odd", "--output-format", "json"]).json();
    assert_eq!(json[0]["verdict"], "unknown");
    assert_eq!(
        (&json[0]["reasons"][0]["file"], &json[0]["reasons"][0]["line"]),
        (&json!("shop/odd.py"), &json!(1))
    );
}

#[test]
fn what_is_not_there_is_absent_only_if_nothing_else_may_have_it() {
    let project = shop(&[
        ("shop/missing.py", "import shop.nowhere\n"),
        ("shop/ignored.py", "from shop import _version\n"),
        ("shop/typed.py", "from shop import _speedups\n"),
        ("shop/_speedups.pyi", "def fast(): ...\n"),
        ("shop/tall.py", "import shop.web\nimport shop.settings.below\n"),
        ("shop/built.py", "from shop import _made\n"),
        (".gitignore", "_version.py\n/shop/_made.py\n"),
        ("shop/_version.py", "version = '1'\n"),
    ]);
    project.git_init();
    let verdict = |module: &str| {
        let answer = project.run(&["loads", module, "--output-format", "json"]).json();
        (answer[0]["verdict"].as_str().map(str::to_string), answer[0]["error"].clone())
    };
    let fails = |error: &str| (Some("fails".to_string()), json!(error));
    assert_eq!(verdict("shop.missing"), fails("ModuleNotFoundError"));
    assert_eq!(verdict("shop.tall"), fails("ModuleNotFoundError"));
    assert_eq!(verdict("shop.ignored"), (Some("works".to_string()), Value::Null));
    assert_eq!(verdict("shop.built"), (Some("unknown".to_string()), Value::Null));
    assert_eq!(verdict("shop.typed"), (Some("unknown".to_string()), Value::Null));
}

#[test]
fn every_governed_module_is_asked_for_at_once() {
    let project = shop(&[("shop/__main__.py", "raise SystemExit\n"), ("shop/not-a-name.py", "1 / 0\n")]);
    let answer = project.run(&["loads", "--all", "--output-format", "json", "-q"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert_eq!(answer.stderr, "");
    let json = answer.json();
    let verdicts: Vec<(&str, &str)> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["module"].as_str().unwrap(), it["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(
        verdicts,
        [
            ("shop", "works"),
            ("shop.debug", "works"),
            ("shop.orders", "fails"),
            ("shop.prices", "fails"),
            ("shop.settings", "works"),
            ("shop.web", "works"),
            ("shop.web.pages", "works"),
        ]
    );
    // What share work says the same as each alone, whatever the threads.
    for (module, _) in verdicts {
        let alone = project.run(&["loads", module, "--output-format", "json"]).json();
        let together = json.as_array().unwrap().iter().find(|it| it["module"] == module);
        assert_eq!(Some(&alone[0]), together);
    }
    let threads = project.run(&["loads", "--all", "--output-format", "json", "--threads", "1"]);
    assert_eq!(threads.json(), json);
}

#[test]
fn less_can_be_listed() {
    let project = shop(&[]);
    let modules = |arguments: &[&str]| {
        let answer =
            project.run(&[&["loads", "shop.web", "--output-format", "json"], arguments].concat()).json();
        let loads = answer[0]["loads"].as_array().unwrap();
        loads.iter().map(|load| load["module"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(modules(&["--depth", "0"]), ["shop", "shop.web"]);
    assert_eq!(modules(&["--depth", "1"]), ["shop", "shop.web", "shop.web.pages"]);
    assert_eq!(modules(&["--only", "shop.web.**"]), ["shop.web", "shop.web.pages"]);
    assert_eq!(modules(&["--only", "shop", "--only", "shop.d*"]), ["shop", "shop.debug"]);
    assert_eq!(modules(&["--only", "nothing"]), [""; 0]);
    let answer = project.run(&["loads", "shop.web", "--only", "shop.web.**"]);
    assert_eq!(
        lines(&answer)[1..3],
        ["  shop.web", "    shop.web.pages (shop/web/__init__.py:2)"],
        "{answer:?}"
    );
    project.run(&["loads", "shop.web", "--only", "shop/web"]).assert_refused(2, &["--only", "is a path"]);
}

#[test]
fn programs_read_modules_in_the_order_in_which_they_run() {
    let project = Project::new(&[
        ("ringfence.toml", ""),
        ("a.py", "import b\nimport c\nb.load()\nimport e\n"),
        ("b.py", "def load():\n    import d\n"),
        ("c.py", ""),
        ("d.py", ""),
        ("e.py", ""),
    ]);
    let answer = project.run(&["loads", "a", "--output-format", "json"]).json();
    let order: Vec<&str> =
        answer[0]["loads"].as_array().unwrap().iter().map(|load| load["module"].as_str().unwrap()).collect();
    assert_eq!(order, ["a", "b", "c", "d", "e"]);
    // A reader sees who makes each be loaded.
    let tree = lines(&project.run(&["loads", "a"]));
    assert_eq!(tree[2..5], ["    b (a.py:1)", "      d (b.py:2)", "    c (a.py:2)"]);
}

#[test]
fn what_cannot_be_told_is_listed_as_if_it_worked() {
    let project = Project::new(&[
        ("ringfence.toml", ""),
        ("a.py", "import b\nimport elsewhere\nimport c\n"),
        ("b.py", ""),
        ("c.py", "import elsewhere.below\nclass C(elsewhere.Base):\n    pass\nimport d\n"),
        ("d.py", ""),
    ]);
    let answer = project.run(&["loads", "a", "--output-format", "json"]).json();
    assert_eq!(answer[0]["verdict"], "unknown");
    let loads: Vec<(&str, &str)> = answer[0]["loads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|load| (load["module"].as_str().unwrap(), load["certainty"].as_str().unwrap()))
        .collect();
    // What runs when it fails is taken out again.
    assert_eq!(loads, [("a", "may"), ("b", "certain"), ("c", "may"), ("d", "may")]);
}

#[test]
fn what_a_package_finds_in_its_folder_may_be_loaded() {
    let project = Project::new(&[
        ("ringfence.toml", ""),
        (
            "shop/__init__.py",
            "import importlib\nimport os\nfor name in os.listdir(os.path.dirname(__file__)):\n    if name.endswith('.py') and name[0] != '_':\n        importlib.import_module('.' + name[:-3], __package__)\n",
        ),
        ("shop/orders.py", "import other\n"),
        ("shop/prices.py", ""),
        (
            "star/__init__.py",
            "import glob\nimport os\n__all__ = [os.path.basename(p)[:-3] for p in glob.glob(os.path.dirname(__file__) + '/*.py')]\n",
        ),
        ("star/one.py", ""),
        ("other.py", ""),
        ("main.py", "from star import *\n"),
    ]);
    let loads = |module: &str| {
        let answer = project.run(&["loads", module, "--output-format", "json"]).json();
        assert_eq!(answer[0]["verdict"], "unknown", "{answer}");
        let loads = answer[0]["loads"].as_array().unwrap().iter();
        let told = loads.map(|load| format!("{} {}", load["certainty"], load["module"]).replace('"', ""));
        told.collect::<Vec<_>>()
    };
    assert_eq!(loads("shop"), ["may shop", "may shop.orders", "may other", "may shop.prices"]);
    assert_eq!(loads("main"), ["may main", "certain star", "may star.one"]);
}

#[test]
fn who_makes_a_module_be_loaded_is_told() {
    let project = shop(&[]);
    let answer = project.run(&["loads", "shop.web.pages", "shop.settings", "--inverse", "shop.debug"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        lines(&answer),
        [
            "`shop.web.pages` may load `shop.debug`",
            "  `shop.web` runs first, as a package around what is asked for",
            "  shop/web/__init__.py:2: `shop.web` imports `shop.web.pages`",
            "  shop/web/pages.py:4: `shop.web.pages` imports `shop.debug`",
        ]
    );
    // Without an entry, all are asked; what is not followed can be loaded, too.
    let answer = project.run(&["loads", "--inverse", "requests", "--output-format", "json"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    let json = answer.json();
    let entries: Vec<&str> =
        json.as_array().unwrap().iter().map(|it| it["module"].as_str().unwrap()).collect();
    assert_eq!(entries, ["shop.web", "shop.web.pages"]);
    assert_eq!(
        json[0]["loads"],
        json!([
            { "module": "shop.web", "certainty": "certain", "by": null, "why": "entry", "line": null },
            { "module": "requests", "certainty": "certain", "by": "shop.web", "why": "named", "line": 1 },
        ])
    );
    let answer = project.run(&["loads", "shop.debug", "--inverse", "shop.web"]);
    assert_eq!(lines(&answer), ["no import loads `shop.web`"]);
    project
        .run(&["loads", "--inverse", "shop.setings"])
        .assert_refused(2, &["there is no module `shop.setings`", "did you mean `shop.settings`?"]);
}

#[test]
fn what_is_installed_is_followed_where_the_interpreter_is_named() {
    let project = shop(&[
        ("env/pyvenv.cfg", "home = /nowhere/bin\nversion = 3.12.1\n"),
        ("env/lib/python3.12/site-packages/requests/__init__.py", "import requests.api\n"),
        ("env/lib/python3.12/site-packages/requests/api.py", ""),
        (
            "env/lib/python3.12/site-packages/requests-2.0.dist-info/METADATA",
            "Name: requests\nVersion: 2.0\n",
        ),
        ("shop/odd.py", "import somewhere_else\n"),
    ]);
    let answer =
        project.run(&["loads", "shop.web", "shop.odd", "--python", "env", "--output-format", "json"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    let json = answer.json();
    let modules: Vec<&str> =
        json[0]["loads"].as_array().unwrap().iter().map(|it| it["module"].as_str().unwrap()).collect();
    let expected =
        ["shop", "shop.web", "requests", "requests.api", "shop.web.pages", "shop.settings", "shop.debug"];
    assert_eq!(modules, expected);
    assert_eq!(json[0]["externals"], json!([]));
    // Whatever is not in the environment is not there.
    assert_eq!((&json[1]["verdict"], &json[1]["error"]), (&json!("fails"), &json!("ModuleNotFoundError")));
    project.run(&["loads", "shop", "--python", "nowhere"]).assert_refused(2, &["nowhere"]);
}

#[test]
fn what_programs_read_is_as_its_schema_says() {
    let project = shop(&[("shop/odd.py", "import somewhere_else\n")]);
    let schema = include_str!("../../resources/schema/formats/loads.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let answer = project.run(&["loads", "--all", "--output-format", "json"]).json();
    let verdicts: Vec<&str> =
        answer.as_array().unwrap().iter().map(|it| it["verdict"].as_str().unwrap()).collect();
    for verdict in ["works", "fails", "unknown"] {
        assert!(verdicts.contains(&verdict), "{verdicts:?}");
    }
    let errors: Vec<String> =
        validator.iter_errors(&answer).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, [""; 0]);
    // A schema that takes anything proves nothing.
    for wrong in [
        json!([{ "module": "a" }]),
        json!([{ "module": "a", "verdict": "fails", "loads": [], "externals": [] }]),
        json!([{ "module": "a", "verdict": "unknown", "reasons": [], "loads": [], "externals": [] }]),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn a_wrong_module_is_refused_with_a_suggestion() {
    let project = shop(&[]);
    project.run(&["loads", "shop.ordrs"]).assert_refused(
        2,
        &["there is no module `shop.ordrs` that can be imported; did you mean `shop.orders`?"],
    );
    project.run(&["loads", "shop/nowhere.py"]).assert_refused(2, &["is no file of a module of the project"]);
    project.run(&["loads"]).assert_refused(2, &["MODULE"]);
    project.run(&["loads", "--all", "shop"]).assert_refused(2, &["--all"]);
}
