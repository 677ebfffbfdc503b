//! A config of import-linter's beside another config of the same folder: both are enforced.

use crate::common::Project;

const TACH: &str = "[[modules]]\npath = \"p.a\"\ndepends_on = []\n\n[[modules]]\npath = \"p.b\"\n";
const NATIVE: &str = "[modules.\"p.a\"]\ndepends-on = []\n\n[modules.\"p.b\"]\n";
const CONTRACTS: &str = "[importlinter]\nroot_package = p\n\n[importlinter:contract:no_c]\nname = b knows no c\ntype = \
                         forbidden\nsource_modules = p.b\nforbidden_modules = p.c\n";

fn project(config: (&str, &str)) -> Project {
    Project::new(&[
        config,
        (".importlinter", CONTRACTS),
        ("p/__init__.py", ""),
        ("p/a.py", "import p.b\n"),
        ("p/b.py", "import p.c\n"),
        ("p/c.py", ""),
    ])
}

#[test]
fn both_are_enforced_and_named() {
    for (name, text) in [
        ("tach.toml", TACH),
        ("ringfence.toml", NATIVE),
        ("pyproject.toml", &format!("[tool.tach]\n{}", TACH.replace("[[modules]]", "[[tool.tach.modules]]"))),
    ] {
        let project = project((name, text));
        let answer = project.run(&["check", "--output-format", "json"]);
        assert_eq!(answer.findings(project.root()), ["p/a.py:1 RF101", "p/b.py:1 RF403"], "{name}");
        assert_eq!(answer.stderr, format!("using `{name}`, `.importlinter`\n"));
        // Each says how much it looked at: added up, files would count twice.
        let said = project.run(&["check"]);
        assert!(said.out().contains(&format!("{name}: 4 files")), "{said:?}");
        assert!(said.out().contains(".importlinter: 4 files"), "{said:?}");
    }
}

#[test]
fn a_named_config_governs_alone() {
    let project = project(("tach.toml", TACH));
    assert_eq!(project.findings(&["--config", "tach.toml"]), ["p/a.py:1 RF101"]);
    assert_eq!(project.findings(&["--config", ".importlinter"]), ["p/b.py:1 RF403"]);
}

#[test]
fn what_both_say_is_said_once() {
    let project = project(("ringfence.toml", NATIVE));
    project.write("p/c.py", b"from ... import nothing\n");
    let found = project.findings(&[]);
    assert_eq!(found, ["p/a.py:1 RF101", "p/b.py:1 RF403", "p/c.py:1 RF906"]);
    // An error in one of them is one that keeps the run from passing.
    project.write(".importlinter", b"[importlinter]\n");
    project.run(&["check"]).assert_refused(2, &["needs the key `root_package`"]);
}

#[test]
fn they_have_one_baseline() {
    for config in [("tach.toml", TACH), ("ringfence.toml", NATIVE)] {
        let project = project(config);
        let written = project.run(&["baseline"]);
        assert!(written.out().contains("baseline of 2 findings"), "{written:?}");
        assert_eq!(project.findings(&[]), [""; 0], "{}", config.0);
        project.write("p/c.py", b"import p.a\n");
        project.write("p/a.py", b"");
        // Each knows what is no longer there, and nothing of what the other knows.
        let stale = project.findings(&[]).into_iter().filter(|finding| finding.ends_with("RF912"));
        assert_eq!(stale.count(), 1, "{}", config.0);
    }
}

/// A name is the same name in both, whatever is in it.
#[test]
fn an_odd_name_of_a_baseline_is_known_to_both() {
    let project = project(("ringfence.toml", &format!("baseline = \"a\\u0001 \\\"b\\\".txt\"\n{NATIVE}")));
    let written = project.run(&["baseline"]);
    assert!(written.out().contains("baseline of 2 findings"), "{written:?}");
    assert!(project.path("a\u{1} \"b\".txt").exists());
    assert_eq!(project.findings(&[]), [""; 0]);
}

#[test]
fn questions_are_answered_by_both() {
    let project = project(("tach.toml", TACH));
    for (modules, said) in [(["p.a", "p.b"], "RF101"), (["p.b", "p.c"], "b knows no c")] {
        let answer = project.run(&["why", modules[0], modules[1]]);
        assert!(answer.out().contains("may not import") && answer.out().contains(said), "{answer:?}");
    }
    assert!(project.run(&["contracts"]).out().contains("b knows no c"));
    let shown = project.run(&["config", "show"]);
    assert!(shown.out().contains("# tach.toml") && shown.out().contains("# .importlinter"), "{shown:?}");
    let covered = project.run(&["coverage"]);
    assert!(covered.out().contains("3 of 4 modules governed"), "{covered:?}");
    assert!(covered.out().contains("2 of 2 imports of the project governed"), "{covered:?}");
    // One that does not know all files neither hides what the other governs, nor governs what that one does not.
    project.write("q.py", b"import p.b\n");
    project.write("tach.toml", format!("exclude = [\"p/c.py\", \"p/b.py\"]\n{TACH}"));
    let covered = project.run(&["coverage"]);
    assert!(covered.out().contains("3 of 5 modules governed"), "{covered:?}");
    assert!(covered.out().contains("2 of 3 imports of the project governed"), "{covered:?}");
    let page = project.run(&["explore", "-q", "-o", "-"]).out().into_owned();
    for config in ["tach.toml: 3 files", ".importlinter: 4 files"] {
        assert!(page.contains(config), "{config}");
    }
}

#[test]
fn migrate_takes_both() {
    let comment = "; why b knows no c\n";
    let contracts = CONTRACTS.replace("[importlinter:", &format!("{comment}[importlinter:"));
    let pyproject = |tach: &str| {
        let tach = tach.replace("[[modules]]", "[[tool.tach.modules]]");
        let contract = "[[tool.importlinter.contracts]]\nid = \"no_c\"\nname = \"b knows no c\"\ntype = \"forbidden\"\n\
                        source_modules = [\"p.b\"]\nforbidden_modules = [\"p.c\"]\n";
        format!(
            "[project]\nname = \"p\"  # not about this\n\n# the boundaries\n[tool.tach]\n{tach}\n\
             [tool.importlinter]\nroot_package = \"p\"\n\n# why b knows no c\n{contract}"
        )
    };
    for configs in [
        vec![("tach.toml", format!("# the boundaries\n{TACH}")), (".importlinter", contracts)],
        vec![("pyproject.toml", pyproject(TACH))],
    ] {
        let project = project(("tach.toml", ""));
        for name in ["tach.toml", ".importlinter"] {
            std::fs::remove_file(project.path(name)).expect("it is there");
        }
        for (name, text) in &configs {
            project.write(name, text);
        }
        let both = ["p/a.py:1 RF101", "p/b.py:1 RF403"];
        assert_eq!(project.findings(&[]), both);
        let answer = project.run(&["migrate"]);
        assert_eq!(answer.code, 0, "{answer:?}");
        let said = "the same with the new config as with both old ones: 2 findings, and 2 findings with nothing allowed";
        assert!(answer.stderr.contains(said), "{answer:?}");
        assert!(answer.out().contains("take that of import-linter away"), "{answer:?}");
        let native = project.text("ringfence.toml");
        assert!(native.contains("# the boundaries\n"), "{native}");
        assert!(native.contains("# why b knows no c\n[[contracts]]"), "{native}");
        // Contracts look at imports for type checking there, and boundaries do not.
        assert!(native.contains("kinds = [\"runtime\", \"typing\", "), "{native}");
        assert_eq!(native.matches("why b knows no c").count(), 1, "{native}");
        for (name, _) in &configs {
            std::fs::remove_file(project.path(name)).expect("it is there");
        }
        assert_eq!(project.findings(&[]), both);
        project.write("p/b.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import p.c\n");
        project.write("p/a.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import p.b\n");
        assert_eq!(project.findings(&[]), ["p/b.py:3 RF403"]);
    }
}

#[test]
fn what_is_for_boundaries_alone_leaves_contracts_alone() {
    let tach = format!("{TACH}\n[rules]\nlocal_imports = \"off\"\n");
    let project = project(("tach.toml", &tach));
    project.write("p/a.py", "def f():\n    import p.b\nimport p.b  # tach-ignore\n");
    project.write("p/b.py", "def f():\n    import p.c\nimport p.c  # tach-ignore\n");
    let answer = project.run(&["migrate"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    for name in ["tach.toml", ".importlinter"] {
        std::fs::remove_file(project.path(name)).expect("it is there");
    }
    let found = project.findings(&["--select", "RF1,RF403"]);
    assert_eq!(found, ["p/b.py:2 RF403"]);
    project.write("p/b.py", "import p.c  # tach-ignore\n");
    assert_eq!(project.findings(&["--select", "RF1,RF403"]), ["p/b.py:1 RF403"]);
}

#[test]
fn migrate_refuses_what_cannot_be_one_config() {
    let from_tach = "`--from tach` migrates that config alone";
    // What is looked at.
    let tach = format!("exclude = [\"p/tests\"]\n{TACH}");
    let excluded = project(("tach.toml", &tach));
    excluded.write("p/tests/__init__.py", "");
    excluded.write("p/tests/test_it.py", "import p.c\n");
    let said = "tach.toml:1: what is looked at leaves out `p/tests/__init__.py` and 1 more, which the contracts of \
                `.importlinter` look at";
    excluded.run(&["migrate"]).assert_refused(1, &[said, "nothing was written", from_tach]);
    // What modules are called.
    let tach =
        "source_roots = [\"p\"]\n[[modules]]\npath = \"a\"\ndepends_on = []\n\n[[modules]]\npath = \"b\"\n";
    let renamed = project(("tach.toml", tach));
    renamed.run(&["migrate"]).assert_refused(
        1,
        &[
            "tach.toml:1: with these source roots `p/__init__.py` and 3 more has another name than in the contracts of \
             `.importlinter`: `__init__`, and there `p`",
            from_tach,
        ],
    );
    // What contracts see through.
    let outside = project(("tach.toml", TACH));
    outside.write("tool/__init__.py", "import p.c\n");
    outside.write("p/b.py", "import tool\n");
    assert_eq!(outside.findings(&[]), ["p/a.py:1 RF101"]);
    outside.run(&["migrate"]).assert_refused(
        1,
        &[
            "contract `b knows no c` was kept with 0 findings and is broken with 1 finding",
            ".importlinter:2: the contracts do not look at `tool/__init__.py` now",
            from_tach,
        ],
    );
    // What an import of a module that is not there is.
    let contracts = CONTRACTS.replace("= p.c\n", "= p\nas_packages = False\n");
    let missing = project(("tach.toml", TACH));
    missing.write(
        ".importlinter",
        contracts.replace("root_package = p\n", "root_package = p\ninclude_external_packages = True\n"),
    );
    missing.write("p/b.py", "import p.gone.deep\n");
    missing.run(&["migrate"]).assert_refused(1, &[".importlinter:2: `p.gone.deep` is not there", from_tach]);
    for project in [&excluded, &renamed, &outside, &missing] {
        assert!(!project.path("ringfence.toml").exists());
    }
}

#[test]
fn migrate_takes_one_of_both() {
    let project = project(("tach.toml", TACH));
    project
        .run(&["migrate", "--from", "import-linter"])
        .assert_refused(2, &["whose modules nobody would check then"]);
    let answer = project.run(&["migrate", "--from", "tach"]);
    assert!(answer.stderr.contains("`.importlinter` is not carried over"), "{answer:?}");
    assert_eq!(project.findings(&[]), ["p/a.py:1 RF101", "p/b.py:1 RF403"]);
    std::fs::remove_file(project.path("ringfence.toml")).expect("it is there");
    std::fs::remove_file(project.path(".importlinter")).expect("it is there");
    project.run(&["migrate", "--from", "import-linter"]).assert_refused(2, &["there is no such config in"]);
}

#[test]
fn one_contract_is_checked_alone() {
    let found = ["p/b.py:1 RF403"];
    assert_eq!(project(("tach.toml", TACH)).findings(&["--contract", "no_c"]), found);
    // Of a native config nothing else is looked at, either.
    let contract = "[[contracts]]\nname = \"x\"\ntype = \"forbidden\"\nfrom = [\"p.b\"]\nto = [\"p.c\"]\n";
    let text = format!("layers = [\"gone\"]\n{NATIVE}\n[modules.nope]\n{contract}");
    let project = Project::new(&[
        ("ringfence.toml", &text),
        ("p/__init__.py", ""),
        ("p/a.py", "import p.b\n"),
        ("p/b.py", "import p.c\n"),
        ("p/c.py", ""),
    ]);
    assert!(project.findings(&[]).len() > 1);
    assert_eq!(project.findings(&["--contract", "x"]), found);
}

const FOR_BOTH: &str = "  # ringfence: ignore[RF101, RF403] known";

/// A comment is unused only if no config needs it.
#[test]
fn a_comment_that_one_of_them_needs_is_used() {
    for config in [("tach.toml", TACH), ("ringfence.toml", NATIVE)] {
        let project = project(config);
        // Each is needed by another config, and the last by none.
        project.write("p/a.py", "import p.b  # ringfence: ignore[RF101] known\n");
        project.write("p/b.py", "import p.c  # ringfence: ignore[RF403] known\n");
        project.write("p/d.py", "import p.a  # ringfence: ignore[RF403] known\n");
        let everything: &[&str] = &["--extend-select", "RF901"];
        assert_eq!(project.findings(everything), ["p/d.py:1 RF901"], "{}", config.0);
        // One code of a comment may be needed, and the other not.
        project.write("p/d.py", "");
        project.write("p/a.py", format!("import p.b{FOR_BOTH}\n"));
        project.write("p/b.py", format!("import p.c{FOR_BOTH}\n"));
        let answer = project.run(&["check", "--extend-select", "RF901", "--fix"]);
        assert_eq!(answer.code, 0, "{answer:?}");
        assert_eq!(project.text("p/a.py"), "import p.b  # ringfence: ignore[RF101] known\n");
        assert_eq!(project.text("p/b.py"), "import p.c  # ringfence: ignore[RF403] known\n");
    }
}

/// What one session fixes the other one knows.
#[test]
fn both_are_fixed() {
    let contracts = CONTRACTS.to_string() + "ignore_imports =\n    p.b -> p.gone\n    p.b -> p.c\n";
    let project = project(("ringfence.toml", &format!("{NATIVE}exposes = [\"shown\"]\n")));
    project.write(".importlinter", &contracts);
    project.write("p/_b.py", "shown = 1\n");
    project.write("p/a.py", "");
    // A line that goes moves what the other one needs.
    project.write(
        "p/b.py",
        "# ringfence: ignore[RF101] nothing\nimport os\n\nimport p.c  # ringfence: ignore[RF403] not here\n\n\
         import p.a\n",
    );
    project.write("p/c.py", "");
    let found = project.findings(&[]);
    assert_eq!(found, [".importlinter:10 RF911", "p/b.py:1 RF901", "p/b.py:4 RF901"]);
    project.write(".importlinter", CONTRACTS);
    assert_eq!(project.findings(&[]), ["p/b.py:1 RF901"]);
    let answer = project.run(&["check", "--fix"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        project.text("p/b.py"),
        "import os\n\nimport p.c  # ringfence: ignore[RF403] not here\n\nimport p.a\n"
    );
    assert_eq!(project.findings(&[]), [""; 0]);
    // Each edits its own config.
    project.write(".importlinter", &contracts);
    project.write("p/a.py", "import p.b\n");
    let answer = project.run(&["check", "--fix-config"]);
    assert_eq!(project.text("ringfence.toml").matches("depends-on = [\"p.b\"]").count(), 1, "{answer:?}");
    assert!(!project.text(".importlinter").contains("p.gone"), "{answer:?}");
}

#[test]
fn a_config_of_another_tool_below_ours_is_counted() {
    for (name, text) in [(".importlinter", CONTRACTS), ("tach.toml", TACH)] {
        let project = Project::new(&[
            ("ringfence.toml", "[modules.x]\n"),
            ("x.py", ""),
            (&format!("below/{name}"), text),
            ("below/p/__init__.py", ""),
        ]);
        let answer = project.run(&["check", "--verbose"]);
        assert!(answer.out().contains("1 config of Tach or import-linter below not enforced"), "{answer:?}");
        assert!(answer.stderr.contains("not enforced with the one above: below"), "{answer:?}");
        assert_eq!((answer.code, project.run(&["check", "--error-on-warning"]).code), (0, 1));
        // With a config of ours it has a tree of its own, and both are enforced there.
        project.write("below/ringfence.toml", b"[modules.p]\n");
        assert!(!project.run(&["check"]).out().contains("not enforced"));
    }
}
