//! Which config governs what, and what is said of one that is wrong.

use crate::common::{A_WITHOUT_B, Answer, Project, SHOP_FINDINGS};

const PYPROJECT: &str =
    "[project]\nname = 'x'\n[tool.ringfence.modules.a]\ndepends-on = []\n[tool.ringfence.modules.b]\n";

#[test]
fn the_nearest_config_is_found() {
    let import = [("a.py", "import b\n"), ("b.py", "")];
    for (configs, expected) in [
        (&[("ringfence.toml", A_WITHOUT_B)][..], "ringfence.toml"),
        (&[("pyproject.toml", PYPROJECT)], "pyproject.toml"),
        (
            &[("ringfence.toml", A_WITHOUT_B), ("pyproject.toml", "[tool.ringfence]\nselect = []\n")],
            "ringfence.toml",
        ),
        // Of another tool, or of nobody: no config of ours.
        (&[("ringfence.toml", A_WITHOUT_B), ("tach.toml", "modules = []\n")], "ringfence.toml"),
        (&[("ringfence.toml", A_WITHOUT_B), ("pyproject.toml", "[tool.tach]\n")], "ringfence.toml"),
        (&[("pyproject.toml", PYPROJECT), (".importlinter", "[other]\n")], "pyproject.toml"),
    ] {
        let project = Project::new(&[&import[..], configs].concat());
        let answer = project.run(&["check", "--output-format", "json"]);
        assert_eq!(answer.findings(project.root()), ["a.py:1 RF101"], "{configs:?}");
        assert_eq!(answer.stderr, format!("using `{expected}`\n"), "{configs:?}");
    }
}

#[test]
fn a_config_above_the_working_directory_is_found() {
    let project = Project::shop(&[]);
    for (folder, paths, said) in [
        ("shop", &[][..], "ringfence.toml`"),
        ("shop", &["web.py", "orders.py"], "ringfence.toml`"),
        ("shop", &["../shop"], "ringfence.toml`"),
    ] {
        let arguments = [&["check", "--output-format", "json"], paths].concat();
        let answer = project.call(&arguments).within(folder).run();
        assert_eq!(answer.findings(project.root()), SHOP_FINDINGS, "{folder} {paths:?}");
        assert!(answer.stderr.contains(said), "{answer:?}");
    }
    // The nearest folder wins, not the first name.
    project.write(
        "shop/pyproject.toml",
        "[tool.ringfence.modules.'shop.web']\ndepends-on = []\n[tool.ringfence.modules.'shop.orders']\n",
    );
    project.write("shop/web.py", "from . import orders\n");
    let answer = project.call(&["check", "--output-format", "concise", "--quiet"]).within("shop").run();
    assert_eq!(
        answer.out(),
        "web.py:1:15: error[RF101] `shop.web` imports `shop.orders`, but does not declare it\n"
    );
}

#[test]
fn without_a_config_nothing_is_checked() {
    for (files, said) in [
        (&[("a.py", "")][..], "no config found in"),
        (&[("a.py", ""), ("pyproject.toml", "[project]\nname = 'ringfence'\n")], "no config found in"),
        // Another tool's words alone are no config.
        (&[("setup.cfg", "[metadata]\nname = importlinter\n")], "no config found in"),
        (&[("pyproject.toml", "[tool.importlinter]\n")], "no config found in"),
    ] {
        let project = Project::new(files);
        for command in [&["check"][..], &["graph"], &["config", "show"], &["check", "--diff"]] {
            project.run(command).assert_refused(2, &["error: ", said]);
        }
    }
    // What to do about it.
    Project::new(&[]).run(&["check"]).assert_refused(2, &["write a `ringfence.toml`", "--config"]);
}

#[test]
fn the_config_can_be_named() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.a]\n[modules.b]\n"),
        ("strict.toml", A_WITHOUT_B),
        ("venv/pyproject.toml", PYPROJECT),
        ("pair=1.toml", A_WITHOUT_B),
        ("a.py", "import b\n"),
        ("b.py", "import a\n"),
    ]);
    let finding = ["a.py:1 RF101"];
    for (arguments, expected) in [
        (&[][..], &[][..]),
        (&["--config", "strict.toml"], &finding),
        (&["--config", "./strict.toml", "a.py"], &finding),
        (&["--config", "strict.toml", "b.py"], &[]),
        (&["--config", "venv/pyproject.toml"], &finding),
        // A file that is there is a file.
        (&["--config", "pair=1.toml"], &finding),
        (&["--config", "modules.a.depends-on = []"], &finding),
        (&["--config", "modules.a.depends-on=[]", "--config", "select = ['RF2']"], &[]),
        // A later one wins over an earlier one, wherever the file is named.
        (&["--config", "modules.a.depends-on=['b']", "--config", "modules.a.depends-on=[]"], &finding),
        (&["--config", "modules.a.depends-on=['b']", "--config", "strict.toml"], &[]),
        (&["--config", "ignore = ['RF101']", "--config", "strict.toml", "--select", "RF1"], &finding),
    ] {
        assert_eq!(project.findings(arguments), expected, "{arguments:?}");
    }
}

#[test]
fn what_cannot_be_a_config_is_refused() {
    let project = Project::shop(&[("other.toml", ""), ("folder/x", "")]);
    for (arguments, said) in [
        (&["--config", "no-such.toml"][..], "`no-such.toml` does not exist"),
        (&["--config", "folder"], "`folder` is not a file"),
        (&["--config", "ringfence.toml", "--config", "other.toml"], "second file, `other.toml`"),
        (&["--config", "selct = ['RF1']"], "did you mean `select`?"),
        (&["--config", "select = ["], "--config (1)"),
        (&["--config", "select = ['RF1']", "--config", "ignore = 5"], "--config (2)"),
        (&["--config", "select = ['RF777']"], "`RF777` selects no rule"),
        (&["--config", "exclude = ['a[']"], "invalid glob"),
        (&["--config", "tests = ['a[']"], "invalid glob"),
        (&["--isolated", "--config", "ringfence.toml"], "--isolated"),
    ] {
        let answer = project.run(&[&["check"], arguments].concat());
        answer.assert_refused(2, &[said]);
    }
}

#[test]
fn isolated_is_without_any_config() {
    let project = Project::shop(&[("broken/ringfence.toml", "[")]);
    assert_eq!(project.findings(&["--isolated"]), [""; 0]);
    let overrides = [
        "--isolated",
        "--config",
        "modules.'shop.web'.depends-on=[]",
        "--config",
        "modules.'shop.orders'={}",
    ];
    assert_eq!(project.findings(&overrides), ["shop/web.py:1 RF101", "shop/web.py:2 RF101"]);
    let answer = project.run(&["check", "--isolated"]);
    assert_eq!(answer.stderr, "using no config\n");
    // Not even one that is missing is missed.
    assert_eq!(Project::new(&[("a.py", "import a.b\n")]).run(&["check", "--isolated"]).code, 0);
}

#[test]
fn all_mistakes_are_said_at_once() {
    let project = Project::shop(&[]);
    project.write(
        "ringfence.toml",
        "selct = ['RF1']\nlayers = 'web'\nignore = ['RF777']\nexclude = ['a[']\nseverity = { RF1 = 'error' }\n\
         target-version = 'py27'\n[modules.'shop..web']\n[modules.'shop.web']\nlayer = 5\ndepends-on = ['shop.web']\n",
    );
    let answer = project.run(&["check"]);
    answer.assert_refused(
        2,
        &[
            "did you mean `select`?",
            "ringfence.toml:2:",
            "`RF777` selects no rule",
            "invalid glob",
            "`RF1` is not the code or name of one rule",
            "py27",
            "empty segment",
            "wrong type for `layer`",
            "lists itself",
            "9 mistakes in the config; nothing was checked",
        ],
    );
    for command in [&["graph"][..], &["config", "show"], &["check", "--fix"], &["check", "--show-files"]] {
        project.run(command).assert_refused(2, &["9 mistakes in the config"]);
    }
}

/// Three configs: one above, one beside, one inside the tree of the first.
fn monorepo() -> Project {
    Project::new(&[
        ("ringfence.toml", "[modules.app]\ndepends-on = []\n[modules.liba]\n"),
        ("src/app.py", "import liba.core\n"),
        ("packages/a/ringfence.toml", "[modules.'liba.core']\ndepends-on = []\n[modules.'liba.util']\n"),
        ("packages/a/pyproject.toml", "[project]\nname = 'a'\n"),
        ("packages/a/src/liba/core.py", "import liba.util\n"),
        ("packages/a/src/liba/util.py", ""),
        (
            "packages/b/pyproject.toml",
            "[tool.ringfence.modules.libb]\ndepends-on = []\n[tool.ringfence.modules.other]\n",
        ),
        ("packages/b/src/libb.py", "import other\n"),
        ("packages/b/src/other.py", ""),
    ])
}

const MONOREPO_FINDINGS: [&str; 3] =
    ["packages/a/src/liba/core.py:1 RF101", "packages/b/src/libb.py:1 RF101", "src/app.py:1 RF101"];

#[test]
fn each_config_governs_its_own_tree() {
    let project = monorepo();
    assert_eq!(project.findings(&[]), MONOREPO_FINDINGS);
    assert_eq!(project.findings(&["packages"]), MONOREPO_FINDINGS[..2]);
    assert_eq!(project.findings(&["packages/a"]), MONOREPO_FINDINGS[..1]);
    assert_eq!(project.findings(&["src"]), MONOREPO_FINDINGS[2..]);
    assert_eq!(project.findings(&["src/app.py", "packages/b/src/libb.py"]), MONOREPO_FINDINGS[1..]);

    let answer = project.run(&["check"]);
    let names = "using `ringfence.toml`, `packages/a/ringfence.toml`, `packages/b/pyproject.toml`\n";
    assert_eq!(answer.stderr, names);
    assert!(answer.out().contains("5 files, 3 imports, 5 of 5 modules governed"), "{answer:?}");
}

#[test]
fn configs_below_a_folder_without_one_are_found() {
    let project = monorepo();
    std::fs::remove_file(project.path("ringfence.toml")).unwrap();
    assert_eq!(project.findings(&[]), MONOREPO_FINDINGS[..2]);
    assert_eq!(project.findings(&["packages"]), MONOREPO_FINDINGS[..2]);
}

#[test]
fn one_broken_config_of_several_stops_the_run() {
    let project = monorepo();
    project.write("packages/b/pyproject.toml", "[tool.ringfence]\nselct = []\n");
    project.write("packages/a/ringfence.toml", "ignore = 5\n");
    let answer = project.run(&["check"]);
    answer.assert_refused(
        2,
        &["packages/a/ringfence.toml:1:10", "packages/b/pyproject.toml:2:1", "2 mistakes"],
    );
    // Who does not ask for that tree does not hear of it.
    assert_eq!(project.findings(&["src"]), MONOREPO_FINDINGS[2..]);
}

#[test]
fn a_package_can_hold_its_own_config() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.shop]\n"),
        ("shop/__init__.py", ""),
        ("shop/web/__init__.py", "from shop import orders\nfrom shop.orders import hidden\n"),
        ("shop/web/ringfence.module.toml", "depends-on = ['shop']\n"),
        ("shop/orders.py", ""),
        ("shop/orders/__init__.py", "hidden = 1\n"),
        ("shop/orders/inner.py", ""),
        ("shop/orders/ringfence.module.toml", "exposes = []\n[modules.inner]\nvisible-to = []\n"),
        ("shop/cart.py", "from .orders import inner\n"),
    ]);
    assert_eq!(
        project.findings(&[]),
        [
            "shop/cart.py:1 RF104",
            "shop/web/__init__.py:1 RF101",
            "shop/web/__init__.py:2 RF101",
            "shop/web/__init__.py:2 RF201"
        ]
    );
    project.write("shop/web/ringfence.module.toml", "depend-on = ['shop']\nlayers = []\n");
    let answer: Answer = project.run(&["check"]);
    answer.assert_refused(
        2,
        &["did you mean `depends-on`?", "`layers` belongs in `ringfence.toml`", "2 mistakes"],
    );
}

#[test]
fn a_named_config_governs_the_project_around_the_paths() {
    let config = "[modules.\"shop.a\"]\ndepends-on = []\n[modules.\"shop.b\"]\n";
    let project = Project::new(&[
        ("elsewhere/strict.toml", config),
        ("strict.toml", config),
        ("trees/wheel/shop/__init__.py", ""),
        ("trees/wheel/shop/a.py", "from shop import b\n"),
        ("trees/wheel/shop/b.py", ""),
        ("trees/other/setup.py", ""),
    ]);
    let found = |directory: &str, arguments: &[&str]| {
        let arguments = [&["check", "--output-format", "json"], arguments].concat();
        project.call(&arguments).within(directory).run().findings(project.root())
    };
    let expected = ["trees/wheel/shop/a.py:1 RF101"];
    for (directory, path, config) in [
        // A tree unpacked somewhere, named from above, from outside, from inside; and a part of it.
        ("trees", "wheel", "../elsewhere/strict.toml"),
        (".", "trees/wheel", "elsewhere/strict.toml"),
        ("elsewhere", "../trees/wheel", "strict.toml"),
        // The config beside the tree.
        (".", "trees/wheel", "strict.toml"),
        ("trees/wheel", ".", "../../elsewhere/strict.toml"),
        ("trees/wheel", "shop/a.py", "../../elsewhere/strict.toml"),
        (".", "trees/wheel/shop/a.py", "elsewhere/strict.toml"),
    ] {
        assert_eq!(found(directory, &["--config", config, path]), expected, "{path} from {directory}");
    }
}

#[test]
fn a_bad_glob_on_the_command_line_is_no_silence() {
    let project = Project::new(&[("ringfence.toml", ""), ("venv/a.py", "")]);
    let answer = project.run(&["check", "--extend-exclude", "[x"]);
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(answer.stderr.contains("invalid glob in `--extend-exclude`"), "{answer:?}");
    let braces = "{".repeat(300) + "a*" + &"}".repeat(300);
    for (arguments, said) in [
        (["--extend-exclude", braces.as_str()], "invalid glob in `--extend-exclude`"),
        (["--per-file-ignores", &format!("{braces}:RF101")], "invalid glob"),
        (["--extend-per-file-ignores", &format!("{braces}:RF101")], "invalid glob"),
        (["--config", &format!("source-roots = ['{braces}']")], "invalid glob"),
    ] {
        let answer = project.run(&[&["check"], &arguments[..]].concat());
        answer.assert_refused(2, &[said, "nested more than 32 deep"]);
    }
}

#[test]
fn an_override_is_no_file_to_be_fixed() {
    let project =
        Project::new(&[("ringfence.toml", "[modules.a]\n[modules.b]\n"), ("a.py", ""), ("b.py", "")]);
    let arguments =
        ["check", "--config", "modules.a.depends-on = ['b']", "--select", "RF110", "--fix-config"];
    let answer = project.run(&arguments);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.out().contains("`a` declares a dependency on `b`"), "{answer:?}");
    assert!(!answer.out().contains("fixable"), "{answer:?}");
}

#[test]
fn what_lies_beside_a_file_does_not_govern_it() {
    let project = Project::new(&[("x/ringfence.toml", "nonsense"), ("a.py", "")]);
    let answer = project.run(&["check", "a.py"]);
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(answer.stderr.contains("no config found"), "{answer:?}");
}

#[test]
fn a_package_config_outside_every_package_is_a_mistake() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.a]\n"),
        ("ringfence.module.toml", "owner = 'x'"),
        ("a.py", ""),
    ]);
    let answer = project.run(&["check"]);
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(answer.stderr.contains("describes the package that it lies in"), "{answer:?}");
}

#[test]
fn a_config_without_boundary_modules_says_so() {
    let project = Project::new(&[("ringfence.toml", ""), ("a.py", "")]);
    let answer = project.run(&["check"]);
    assert!(answer.stderr.contains("warning: `ringfence.toml` declares no boundary module"), "{answer:?}");
}

#[test]
fn a_mistake_on_the_command_line_is_said_once() {
    let answer = monorepo().run(&["check", "--config", "selct = []"]);
    assert!(answer.stderr.contains("1 mistake in the config"), "{answer:?}");
}

/// Beside other errors the names of layers are checked, too, so that no error comes to light only when another is mended.
#[test]
fn layers_are_checked_beside_other_mistakes() {
    let modules = "[modules.x]\nlayer = \"uii\"\n[modules.y]\nlayer = \"core\"\n";
    for (text, count, said) in [
        // The list under a misspelled key serves.
        (
            "layrs = [\"ui\", \"core\"]\n",
            2,
            &["did you mean `layers`?", "layer `uii` is not in `layers`", "`ui`?"][..],
        ),
        (
            "layers = [\"ui\", { name = \"core\" }]\nselekt = []\n",
            2,
            &["layer `uii` is not in", "did you mean `ui`?"],
        ),
        // Where there is no list, no layer is in it.
        ("selekt = []\n", 3, &["add `\"core\"` to `layers`", "add `\"uii\"` to `layers`"]),
        // What could not be read may name it.
        ("layers = \"ui\"\n", 1, &["wrong type for `layers`"]),
        ("layers = [\"ui\", 3]\n", 1, &["wrong type for an entry of `layers`"]),
        ("layrs = [3]\n", 1, &["unknown key `layrs`"]),
        ("layers = [\"ui\"\n", 1, &["never closed"]),
    ] {
        let project =
            Project::new(&[("ringfence.toml", &format!("{text}{modules}")), ("x.py", ""), ("y.py", "")]);
        let answer = project.run(&["check"]);
        let errors = if count == 1 { "1 mistake in".to_string() } else { format!("{count} mistakes in") };
        answer.assert_refused(2, &[said, &[errors.as_str()]].concat());
    }
    // The file of a package names layers of the main one.
    let project = Project::new(&[
        ("ringfence.toml", "layrs = [\"ui\"]\n"),
        ("x/__init__.py", ""),
        ("x/ringfence.module.toml", "layer = \"uii\"\n"),
    ]);
    project.run(&["check"]).assert_refused(2, &["x/ringfence.module.toml:1:9", "2 mistakes in"]);
    // By itself it is a finding, which may be switched off.
    let project = Project::new(&[("ringfence.toml", modules), ("x.py", ""), ("y.py", "")]);
    assert_eq!(project.findings(&[]), ["ringfence.toml:2 RF910", "ringfence.toml:4 RF910"]);
    project.write("ringfence.toml", format!("ignore = [\"RF910\"]\nselekt = []\n{modules}"));
    project.run(&["check"]).assert_refused(2, &["1 mistake in"]);
}

/// What a contract lacks or has too much of is not known before its type is.
#[test]
fn a_wrong_type_of_a_contract_is_one_mistake() {
    for (kind, said) in
        [("\"forbiden\"", "did you mean `forbidden`?"), ("3", "found an integer"), ("[]", "wrong type")]
    {
        let text =
            format!("[[contracts]]\nname = \"x\"\ntype = {kind}\nsubmodules = true\nlayers = [\"a\"]\n");
        let project = Project::new(&[("ringfence.toml", &text), ("a.py", "")]);
        project.run(&["check"]).assert_refused(2, &[said, "1 mistake in"]);
    }
    let contract = "[importlinter]\nroot_package = a\n\n[importlinter:contract:x]\nname = x\ntype = forbiden\nlayers = a.b\n";
    let project = Project::new(&[(".importlinter", contract), ("a/__init__.py", "")]);
    let answer = project.run(&["check"]);
    assert!(
        answer.out().contains("did you mean `forbidden`?") && answer.out().contains("Found 1 error."),
        "{answer:?}"
    );
}
