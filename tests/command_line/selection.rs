//! What is looked at: paths, rules and the exit code.

use crate::common::{A_WITHOUT_B, Project, SHOP_FINDINGS};

#[test]
fn paths_say_what_is_reported() {
    let project = Project::shop(&[]);
    for (paths, expected) in [
        (&[][..], &SHOP_FINDINGS[..]),
        (&["."], &SHOP_FINDINGS),
        (&["shop"], &SHOP_FINDINGS),
        (&["shop/../shop/"], &SHOP_FINDINGS),
        (&["shop/web.py"], &SHOP_FINDINGS[2..]),
        (&["shop/orders.py"], &SHOP_FINDINGS[..2]),
        (&["shop/orders.py", "shop/storage.py"], &SHOP_FINDINGS[..2]),
        (&["shop/orders.py", "shop/web.py", "shop/web.py"], &SHOP_FINDINGS),
        (&["shop/storage.py"], &[]),
        // A path is no prefix of a text.
        (&["shop/__init__.py"], &[]),
    ] {
        assert_eq!(project.findings(paths), expected, "{paths:?}");
        // The same, seen from elsewhere.
        if let Some(path) = paths.first().filter(|_| paths.len() == 1) {
            let absolute = project.path(path);
            let absolute = absolute.to_str().unwrap();
            let call = ["check", "--output-format", "json", absolute];
            let answer = project.call(&call).within("shop").run();
            assert_eq!(answer.findings(project.root()), expected, "{absolute}");
        }
    }
}

#[test]
fn what_is_not_reported_is_known_all_the_same() {
    let project = Project::new(&[
        (
            "ringfence.toml",
            "extend-select = ['RF110']\n[modules.a]\ndepends-on = ['b', 'c']\n[modules.b]\n[modules.c]\n\
             [modules.nothing]\n",
        ),
        ("a/__init__.py", ""),
        ("a/one.py", "import b\n"),
        ("a/two.py", "import b.inner\n"),
        ("b/__init__.py", "import a  # ringfence: ignore[RF102] never needed\n"),
        ("b/inner.py", ""),
        ("c.py", ""),
    ]);
    // That `a` imports `b` is seen in a file that is not asked for; that it does not import `c`, and that there is no
    // module `nothing`, is said of the config whatever is asked for.
    let about_config = ["ringfence.toml:3 RF110", "ringfence.toml:6 RF910"];
    assert_eq!(project.findings(&["a/two.py"]), about_config);
    assert_eq!(project.findings(&["c.py"]), about_config);
    assert_eq!(project.findings(&["b"]), ["b/__init__.py:1 RF901", about_config[0], about_config[1]]);
}

#[test]
fn a_cause_outside_the_paths_is_known() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.a]\ndepends-on = []\n[modules.'b.inner']\n"),
        ("a.py", "from b import inner\n"),
    ]);
    // `inner` is a module, and so of another boundary, only if its file is known.
    assert_eq!(project.findings(&["a.py"]), ["ringfence.toml:3 RF910"]);
    project.write("b/inner.py", "");
    assert_eq!(project.findings(&["a.py"]), ["a.py:1 RF101"]);
}

#[test]
fn a_named_file_is_known_though_it_is_excluded() {
    let project = Project::new(&[
        ("ringfence.toml", &format!("extend-exclude = ['a.py', 'gone']\n{A_WITHOUT_B}")),
        ("a.py", "import b\n"),
        ("b.py", ""),
        ("gone/a.py", "import b\n"),
    ]);
    assert_eq!(project.findings(&[]), ["ringfence.toml:2 RF910"]);
    assert_eq!(project.findings(&["a.py"]), ["a.py:1 RF101"]);
}

#[test]
fn rules_are_selected_by_code_prefix_and_name() {
    let project = Project::shop(&[]);
    let [deprecated, orders, private, web, hidden] = SHOP_FINDINGS;
    // What is hidden is not declared either, which is said if nothing stronger is.
    let undeclared = "shop/web.py:4 RF101";
    for (arguments, expected) in [
        (&["--select", "RF101"][..], vec![orders, web, undeclared]),
        (&["--select", "undeclared-dependency"], vec![orders, web, undeclared]),
        (&["--ignore", "hidden-module-import"], vec![deprecated, orders, private, web, undeclared]),
        (&["--select", "RF2"], vec![private]),
        (&["--select", "RF20"], vec![private]),
        (&["--select", "RF201,hidden-module-import"], vec![private, hidden]),
        (&["--select", "RF201", "--select", "RF104"], vec![private, hidden]),
        (&["--select", " RF201 , RF104 "], vec![private, hidden]),
        (&["--select", "ALL", "--ignore", "RF1"], vec![private]),
        (&["--select", "RF1", "--ignore", "RF10"], vec![]),
        (&["--select", "RF1", "--ignore", "RF1"], vec![]),
        (&["--select", "RF1", "--ignore", "RF101"], vec![deprecated, hidden]),
        // The more specific says more.
        (&["--select", "RF103", "--ignore", "RF1"], vec![deprecated]),
        (&["--ignore", "RF1"], vec![private]),
        (&["--ignore", "private-import", "--ignore", "RF103"], vec![orders, web, hidden]),
        (&["--select", "RF201", "--extend-select", "RF104"], vec![private, hidden]),
        (&["--select", "RF9"], vec![]),
    ] {
        assert_eq!(project.findings(arguments), expected, "{arguments:?}");
    }
}

#[test]
fn the_command_line_wins_over_the_config() {
    let project = Project::shop(&[]);
    let config = project.text("ringfence.toml");
    let [deprecated, orders, private, web, hidden] = SHOP_FINDINGS;
    for (keys, arguments, expected) in [
        ("select = ['RF201']", &[][..], vec![private]),
        ("select = ['RF201']", &["--select", "RF104"], vec![hidden]),
        ("select = ['RF201']", &["--extend-select", "RF104"], vec![private, hidden]),
        ("ignore = ['RF1']", &[], vec![private]),
        ("ignore = ['RF1']", &["--extend-select", "RF103"], vec![deprecated, private]),
        ("ignore = ['RF101']", &["--ignore", "RF201"], vec![deprecated, hidden]),
        ("ignore = ['RF101']", &["--select", "RF101"], vec![orders, web, "shop/web.py:4 RF101"]),
        ("per-file-ignores = { 'shop/web.py' = ['RF1'] }", &[], vec![deprecated, orders, private]),
        ("per-file-ignores = { 'web.py' = ['ALL'], '**/orders.py' = ['RF103'] }", &[], vec![orders]),
        (
            "per-file-ignores = { 'web.py' = ['ALL'] }",
            &["--per-file-ignores", "orders.py:RF103,orders.py:undeclared-dependency"],
            vec![private, web, hidden],
        ),
        (
            "per-file-ignores = { 'web.py' = ['ALL'] }",
            &["--extend-per-file-ignores", "shop/**:RF103"],
            vec![orders],
        ),
    ] {
        project.write("ringfence.toml", format!("{keys}\n{config}"));
        assert_eq!(project.findings(arguments), expected, "{keys} {arguments:?}");
    }
}

#[test]
fn a_config_names_the_versions_that_may_run_with_it() {
    let project = Project::shop(&[]);
    let config = project.text("ringfence.toml");
    let running = env!("CARGO_PKG_VERSION");
    for accepted in [running, &format!("=={running}"), ">=0.0.1", ">=0.0.1,<1", "<9"] {
        project.write("ringfence.toml", format!("required-version = '{accepted}'\n{config}"));
        assert_eq!(project.findings(&[]), SHOP_FINDINGS, "{accepted}");
    }
    for (refused, said) in [
        ("0.0.1", "this config needs ringfence ==0.0.1, and this is"),
        (">=99", "install a version that is >=99"),
        ("", "is not a version specifier"),
        (">> 1", "is not a version specifier"),
    ] {
        project.write("ringfence.toml", format!("required-version = '{refused}'\n{config}"));
        project.run(&["check"]).assert_refused(2, &[said, "ringfence.toml:1:20"]);
    }
}

#[test]
fn kinds_are_for_rules_that_look_at_imports() {
    let project = Project::shop(&[]);
    let config = project.text("ringfence.toml");
    for (kinds, said) in [
        ("['runtime', 'typed']", "`typed`"),
        ("{ RF901 = ['runtime'] }", "`RF901` does not look at imports by their kind"),
        ("{ RF1O1 = ['runtime'] }", "did you mean `RF101`?"),
        ("{ RF101 = 'runtime' }", "RF101"),
        ("['runtime', 'runtime']", "listed twice"),
        ("true", "`kinds`"),
    ] {
        project.write("ringfence.toml", format!("kinds = {kinds}\n{config}"));
        project.run(&["check"]).assert_refused(2, &[said, "ringfence.toml:1:"]);
    }
    project.write("ringfence.toml", format!("kinds = []\n{config}"));
    assert_eq!(project.findings(&[]), [""; 0]);
}

#[test]
fn what_selects_no_rule_is_refused() {
    let project = Project::shop(&[]);
    for option in ["--select", "--extend-select", "--ignore"] {
        for (selector, said) in [
            ("undeclared-dependancy", "did you mean `undeclared-dependency`?"),
            ("RF1O1", "did you mean `RF101`?"),
            ("RF7", "no rule is called so"),
            ("zebra", "`ringfence rule --all` lists the rules"),
            ("", "no rule is called so"),
            ("RF101,,RF102", "no rule is called so"),
        ] {
            let answer = project.run(&["check", option, selector]);
            answer.assert_refused(2, &[said, option]);
        }
    }
}

#[test]
fn exit_codes() {
    let clean = "[modules.shop]\n";
    let warning = "ignore = ['ALL']\nextend-select = ['RF103']\n";
    let project = Project::shop(&[]);
    let config = project.text("ringfence.toml");
    let error_by_config = "severity = { RF103 = 'error' }\n";
    let warnings_by_config =
        "severity = { RF101 = 'warning', RF104 = 'warning', private-import = 'warning' }\n";
    for (text, arguments, expected) in [
        (clean.to_string(), &[][..], 0),
        (clean.to_string(), &["--error-on-warning"], 0),
        (config.clone(), &[], 1),
        (config.clone(), &["--exit-zero"], 0),
        (config.clone(), &["-e", "--error-on-warning"], 0),
        (config.clone(), &["--statistics"], 1),
        (config.clone(), &["shop/storage.py"], 0),
        (format!("{warning}{config}"), &[], 0),
        (format!("{warning}{config}"), &["--error-on-warning"], 1),
        (format!("{warning}{error_by_config}{config}"), &[], 1),
        (format!("{warnings_by_config}{config}"), &[], 0),
        (format!("{warnings_by_config}{config}"), &["--error-on-warning"], 1),
        (config.clone(), &["--no-such-option"], 2),
        (config.clone(), &["--threads", "many"], 2),
        (config.clone(), &["--output-format", "xml"], 2),
        (config.clone(), &["--quiet", "--verbose"], 2),
        (config.clone(), &["no/such/path"], 2),
        (config.clone(), &["--exit-zero", "no/such/path"], 2),
    ] {
        project.write("ringfence.toml", text);
        let answer = project.run(&[&["check"], arguments].concat());
        assert_eq!(answer.code, expected, "{arguments:?}: {answer:?}");
        if expected == 2 {
            answer.assert_refused(2, &[arguments.last().unwrap()]);
        }
    }
    project.run(&[]).assert_refused(2, &["Usage: ringfence"]);
    project.run(&["chekc"]).assert_refused(2, &["check"]);
}

#[test]
fn options_that_change_nothing_of_the_answer() {
    let project = Project::shop(&[]);
    let expected = project.run(&["check"]);
    for arguments in [
        &["--no-cache"][..],
        &["--threads", "1"],
        &["--threads", "7"],
        &["--threads", "0"],
        &["--color", "never"],
        &["--color", "auto"],
        &["--output-format", "full"],
    ] {
        let answer = project.run(&[&["check"], arguments].concat());
        assert_eq!(answer.out(), expected.out(), "{arguments:?}");
        assert_eq!((answer.code, &answer.stderr), (expected.code, &expected.stderr), "{arguments:?}");
    }
}

#[test]
fn rules_about_the_run_are_switched_off_by_name_only() {
    let project = Project::new(&[
        ("ringfence.toml", "select = ['RF1']\n[modules.a]\ndepends-on = ['nope']\n"),
        ("a.py", "import os  # ringfence: ignore[RF1O1]\n"),
    ]);
    project.write("bad.py", b"# \xff\n");
    project.write("broken.py", "from os import\n");
    let all = ["a.py:1 RF904", "bad.py:1 RF905", "broken.py:1 RF900", "ringfence.toml:3 RF910"];
    for arguments in [
        &[][..],
        &["--select", "RF201"],
        &["--ignore", "ALL"],
        &["--ignore", "RF9"],
        &["--per-file-ignores", "*:RF9,*:ALL"],
    ] {
        assert_eq!(project.findings(arguments), all, "{arguments:?}");
    }
    assert_eq!(project.findings(&["--ignore", "RF905,unknown-name-in-config,RF904"]), ["broken.py:1 RF900"]);
    assert_eq!(project.findings(&["--per-file-ignores", "bad.py:RF905"]).len(), 3);
}

#[test]
fn what_git_tracks_is_looked_at_though_a_pattern_ignores_it() {
    let project = Project::new(&[
        ("ringfence.toml", A_WITHOUT_B),
        ("a/__init__.py", ""),
        ("a/hidden/x.py", "import b\n"),
        ("a/gone.py", "import b\n"),
        ("b.py", ""),
    ]);
    project.git_init();
    git(&project, &["add", "-A"]);
    std::fs::remove_file(project.path("a/gone.py")).unwrap();
    project.write(".gitignore", "hidden/\nlocal.py\n");
    project.write("a/hidden/y.py", "import b\n");
    project.write("a/local.py", "import b\n");
    let expected = ["a/hidden/x.py:1 RF101"];
    for version in ["2", "3", "4"] {
        git(&project, &["update-index", "--index-version", version]);
        assert_eq!(project.findings(&[]), expected, "{version}");
        assert_eq!(project.findings(&["--extend-exclude", "hidden"]), [""; 0]);
    }
    project.write(".ignore", "*.py\n");
    assert_eq!(project.findings(&[]), expected);
    std::fs::remove_file(project.path(".ignore")).unwrap();
    // One that cannot be read is said to be so.
    git(&project, &["update-index", "--split-index"]);
    let answer = project.run(&["check", "--error-on-warning", "--verbose"]);
    assert!(answer.stderr.contains("cannot tell which ignored files git tracks"), "{answer:?}");
    assert_eq!(answer.code, 1, "{answer:?}");
}

#[test]
fn what_was_not_looked_at_is_counted() {
    let project = Project::new(&[
        ("ringfence.toml", "source-roots = ['src']\n[modules.shop]\n"),
        ("src/shop/__init__.py", ""),
        ("src/shop/dist/a.py", ""),
        ("src/shop/mine.py", ""),
        ("src/shop/kept_mine.py", ""),
        ("src/shop/scratch/b.py", ""),
        (".gitignore", "!kept_mine.py\n"),
        ("dist/c.py", ""),
    ]);
    project.git_init();
    project.write(".git/info/exclude", "*mine.py\nscratch/\n");
    let answer = project.run(&["check", "--verbose", "--error-on-warning"]);
    let said = "2 files hidden by a personal ignore file, 1 file of a package excluded by default";
    assert!(answer.out().contains(said), "{answer:?}");
    for line in [
        "hidden by a personal ignore file: src/shop/mine.py\n",
        "hidden by a personal ignore file: src/shop/scratch/b.py\n",
        "excluded by default, in a package: src/shop/dist/a.py\n",
        "error: 3 places were not looked at, which `--error-on-warning` does not let pass",
    ] {
        assert!(answer.stderr.contains(line), "{line}: {answer:?}");
    }
    assert_eq!(answer.code, 1);
    assert_eq!(project.run(&["check"]).code, 0);
    assert_eq!(project.run(&["check", "--error-on-warning", "--exit-zero"]).code, 0);
    // What somebody wrote down is meant.
    project.write(".git/info/exclude", "");
    // A `.ignore` file counts as a personal one, unless git tracks it.
    project.write(".ignore", "mine.py\nscratch/\n");
    project.write("src/shop/scratch/.ignore", "!b.py\n");
    let answer = project.run(&["check", "--verbose", "--error-on-warning"]);
    assert!(answer.out().contains(said) && answer.code == 1, "{answer:?}");
    assert!(answer.stderr.contains("personal ignore file: src/shop/scratch/b.py\n"), "{answer:?}");
    git(&project, &["add", ".ignore"]);
    assert!(!project.run(&["check"]).out().contains("personal"));
    std::fs::remove_file(project.path(".ignore")).unwrap();
    std::fs::remove_file(project.path("src/shop/scratch/.ignore")).unwrap();
    assert_eq!(project.run(&["check", "--error-on-warning", "--extend-exclude", "dist"]).code, 0);
    // A file outside of every root.
    project.write("x.py", "");
    assert_eq!(project.run(&["check", "--error-on-warning", "--extend-exclude", "dist"]).code, 1);
}

#[test]
fn importable_folders_that_are_passed_over_are_counted() {
    let project = Project::new(&[("ringfence.toml", A_WITHOUT_B), ("a/__init__.py", ""), ("b.py", "")]);
    // What others wrote, and what is no package.
    project.write("a/node_modules/gyp/x.py", "");
    project.write("node_modules/gyp/x.py", "");
    assert_eq!(project.run(&["check", "--error-on-warning"]).code, 0);
    for name in ["node_modules", "__pypackages__"] {
        project.write(&format!("a/{name}/__init__.py"), "import b\n");
        let answer = project.run(&["check", "--error-on-warning", "--verbose"]);
        let line = format!("excluded by default, in a package: a/{name}/__init__.py\n");
        assert!(answer.code == 1 && answer.stderr.contains(&line), "{answer:?}");
        std::fs::remove_dir_all(project.path(&format!("a/{name}"))).unwrap();
    }
}

#[test]
fn a_run_without_python_files_is_one_that_looked_at_nothing() {
    let project = Project::new(&[
        ("ringfence.toml", A_WITHOUT_B),
        ("a.py", "import b\n"),
        ("b.py", ""),
        ("docs/x.md", ""),
    ]);
    let answer = project.run(&["check", "docs", "--error-on-warning"]);
    assert!(
        answer.code == 1 && answer.stderr.contains("error: no Python files were looked at"),
        "{answer:?}"
    );
    assert_eq!(project.run(&["check", "docs"]).code, 0);
}

#[cfg(unix)]
#[test]
fn links_to_folders_are_counted_and_can_be_asked_for() {
    let project = Project::new(&[
        ("p/ringfence.toml", A_WITHOUT_B),
        ("p/a/__init__.py", ""),
        ("p/a/m.py", "import b\n"),
        ("p/b.py", ""),
        ("out/ext/__init__.py", "import b\n"),
        ("out/data/x.txt", ""),
    ]);
    let link = |target: &str, path: &str| std::os::unix::fs::symlink(target, project.path(path)).unwrap();
    link("../../out/data", "p/a/data");
    assert_eq!(project.call(&["check", "p/b.py", "--error-on-warning"]).run().code, 0);
    link("../../out/ext", "p/a/ext");
    let answer = project.run(&["check", "p/b.py", "--error-on-warning", "--verbose"]);
    assert!(answer.out().contains("1 link to a folder not followed"), "{answer:?}");
    assert!(answer.stderr.contains("a link to a folder, which is not followed: p/a/ext\n"), "{answer:?}");
    assert_eq!(answer.code, 1);
    // What lies behind a link into the project is found where it is.
    link("a", "p/linked");
    link("p/a", "outer");
    for path in ["p/linked", "p/linked/m.py", "p/a/m.py"] {
        assert_eq!(project.findings(&[path]), ["p/a/m.py:1 RF101"], "{path}");
    }
    let arguments = ["check", "--stdin-filename", "p/linked/m.py", "-"];
    let answer = project.call(&arguments).stdin("\nimport b\n").run();
    assert!(answer.code == 1 && answer.out().contains("m.py:2:8"), "{answer:?}");
}

fn git(project: &Project, arguments: &[&str]) {
    let status = std::process::Command::new("git").args(arguments).current_dir(project.root()).status();
    assert!(status.expect("these tests need `git` on the PATH").success());
}
