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
    // A mistake in one of them is one that keeps the run from passing.
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
}

#[test]
fn migrate_leaves_the_other_in_force() {
    let project = project(("tach.toml", TACH));
    let answer = project.run(&["migrate"]);
    assert!(answer.stderr.contains("`.importlinter` is not carried over"), "{answer:?}");
    assert_eq!(project.findings(&[]), ["p/a.py:1 RF101", "p/b.py:1 RF403"]);
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
