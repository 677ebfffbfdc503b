//! What a user asks before and beside a check: how to begin, how much is governed, and why.

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
forbid-cycles = true  # today's circles are in `ringfence.baseline`

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
    let listed = shop();
    listed.write("ringfence.baseline", "");
    listed.run(&["init"]).assert_refused(2, &["ringfence.baseline"]);
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
