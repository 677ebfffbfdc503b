//! Projects with a config of Tach's.

use crate::common::Project;

const A_WITHOUT_B: &str =
    "[[modules]]\npath = \"a\"\ndepends_on = []\n\n[[modules]]\npath = \"b\"\ndepends_on = []\n";

/// `a` imports `b`, which it does not declare; `lost` is suppressed by a comment of Tach's.
const PROJECT: &[(&str, &str)] = &[
    ("tach.toml", A_WITHOUT_B),
    ("a.py", "import b\nimport b  # tach-ignore(later)\n"),
    ("b.py", "import os  # tach-ignore\n"),
];

#[test]
fn a_config_of_tach_is_read_where_no_native_one_is() {
    let project = Project::new(PROJECT);
    assert_eq!(project.findings(&[]), ["a.py:1 RF101"]);
    assert!(project.run(&["check"]).stderr.contains("using `tach.toml`"));
    // The same in a `pyproject.toml`.
    let table = A_WITHOUT_B.replace("[[modules]]", "[[tool.tach.modules]]");
    let in_pyproject = Project::new(&[("pyproject.toml", &table), PROJECT[1], PROJECT[2]]);
    assert_eq!(in_pyproject.findings(&[]), ["a.py:1 RF101"]);
    assert_eq!(in_pyproject.findings(&["--config", "pyproject.toml"]), ["a.py:1 RF101"]);
    // `tach.toml` before that, and ours before both.
    in_pyproject.write("tach.toml", "[rules]\nunused_ignore_directives = \"off\"\n");
    assert_eq!(in_pyproject.findings(&[]), [""; 0]);
    project.write("ringfence.toml", "[modules.a]\ndepends-on = []\n[modules.b]\n");
    // A native config does not know comments of Tach's.
    assert_eq!(project.findings(&[]), ["a.py:1 RF101", "a.py:2 RF101"]);
    assert_eq!(project.findings(&["--config", "tach.toml"]), ["a.py:1 RF101"]);
    // From a folder below, and with no config above.
    let below = Project::new(&[("x/tach.toml", A_WITHOUT_B), ("x/a.py", "import b\n"), ("x/b.py", "")]);
    assert_eq!(below.findings(&[]), ["x/a.py:1 RF101"]);
    assert_eq!(below.call(&["check", "-q", "--output-format", "concise"]).within("x").run().code, 1);
}

/// As Tach 0.35.3 does.
#[test]
#[cfg(unix)]
fn a_domain_config_may_be_a_link() {
    use std::os::unix::fs::symlink;
    let config = "source_roots = [\".\"]\nexclude = []\n[[modules]]\npath = \"b\"\ndepends_on = []\n";
    let project = Project::new(&[
        ("tach.toml", config),
        ("a/__init__.py", ""),
        ("a/m.py", "import b\n"),
        ("b/__init__.py", ""),
        ("shared.toml", "[root]\ndepends_on = []\n"),
    ]);
    assert_eq!(project.findings(&[]), Vec::<String>::new());
    symlink("../shared.toml", project.path("a/tach.domain.toml")).unwrap();
    assert_eq!(project.findings(&[]), ["a/m.py:1 RF101"]);
    std::fs::remove_file(project.path("shared.toml")).unwrap();
    project.run(&["check"]).assert_refused(2, &["cannot read `", "tach.domain.toml"]);
}

#[test]
fn a_domain_describes_the_folder_that_it_lies_in() {
    let project = Project::new(&[
        ("tach.toml", "[[modules]]\npath = \"other\"\ndepends_on = []\n"),
        (
            "dom/tach.domain.toml",
            "[root]\ndepends_on = [\"svc\"]\n\n[[modules]]\npath = \"svc\"\ndepends_on = [\"//other\"]\n",
        ),
        ("dom/__init__.py", "from dom import svc\nimport other\n"),
        ("dom/svc.py", "import other\nfrom dom import x\n"),
        ("other.py", ""),
    ]);
    assert_eq!(project.findings(&[]), ["dom/__init__.py:2 RF101", "dom/svc.py:2 RF101"]);
    project.write("dom/tach.domain.toml", "layers = []\n");
    project.run(&["check"]).assert_refused(2, &["dom/tach.domain.toml", "unknown key `layers`"]);
}

#[test]
fn what_tach_gives_up_for_is_said_at_its_place_and_the_rest_is_checked() {
    let project = Project::new(&[
        (
            "tach.toml",
            "root_module = \"forbid\"\nforbid_circular_dependencies = true\n\n\
             [[modules]]\npath = \"a\"\ndepends_on = [\"b\", \"<root>\"]\n\n\
             [[modules]]\npath = \"b\"\ndepends_on = [\"a\"]\nvisibility = [\"c\"]\n\n\
             [[modules]]\npath = \"b\"\n\n\
             [[modules]]\npath = \"c\"\ndepends_on = []\n\n\
             [[interfaces]]\nexpose = [\"(\", \"x\"]\nfrom = [\"b\"]\n",
        ),
        ("setup.py", "from setuptools import setup\nsetup()\n"),
        ("a.py", "from b import y\n"),
        ("b.py", "y = 1\n"),
        ("c.py", "import a\n"),
    ]);
    assert_eq!(
        project.findings(&[]),
        [
            "a.py:1 RF104",
            "a.py:1 RF201",
            "c.py:1 RF101",
            "tach.toml:6 RF104",
            "tach.toml:6 invalid-config",
            "tach.toml:10 RF401",
            "tach.toml:14 invalid-config",
            "tach.toml:21 invalid-config",
        ]
    );
    assert_eq!(project.run(&["check"]).code, 1);
}

#[test]
fn what_tach_cannot_read_either_is_said_all_at_once() {
    let project = Project::new(&[
        (
            "tach.toml",
            "use_regex_matching = true\n[[modules]]\npath = \"a\"\ndepend_on = []\n[rules]\nlocal_imports = \"loud\"\n\
             no_such_rule = \"off\"\n[[interfaces]]\nexpose = [\"(\"]\n",
        ),
        ("a.py", ""),
    ]);
    project.run(&["check"]).assert_refused(
        2,
        &[
            "names are globs now: remove it",
            "did you mean `depends_on`?",
            "expected `error`, `warn` or `off`",
            "unknown key `no_such_rule`",
            "is no regular expression",
        ],
    );
}

#[test]
fn what_tach_does_not_see_is_a_warning() {
    let project = Project::new(&[
        (
            "tach.toml",
            "[[modules]]\npath = \"a\"\n\n[[modules]]\npath = \"b\"\ndepends_on = [\"gone\"]\nvisibility = [\"c\"]\n",
        ),
        ("a.py", "import b\n"),
        ("b.py", ""),
    ]);
    assert_eq!(project.findings(&[]), ["a.py:1 RF104", "tach.toml:6 RF910", "tach.toml:7 RF910"]);
    assert_eq!(project.run(&["check"]).code, 0);
    assert_eq!(project.run(&["check", "--error-on-warning"]).code, 1);
}

#[test]
fn the_command_line_selects_among_what_tach_looks_at() {
    let project = Project::new(&[
        ("tach.toml", A_WITHOUT_B),
        ("pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"rich\"]\n"),
        ("a.py", "from b import *  # ringfence: ignore[RF101]\nimport yaml\n"),
        ("b.py", ""),
    ]);
    assert_eq!(project.findings(&[]), [""; 0]);
    assert_eq!(project.findings(&["--select", "RF5"]), ["a.py:2 RF501", "pyproject.toml:3 RF502"]);
    // A group stands for what Tach has; whatever is named runs.
    assert_eq!(project.findings(&["--select", "RF9"]), [""; 0]);
    assert_eq!(project.findings(&["--select", "RF902,RF602"]), ["a.py:1 RF602", "a.py:1 RF902"]);
    assert_eq!(project.findings(&["--config", "select = ['RF602']"]), ["a.py:1 RF602"]);
    project
        .run(&["check", "--config", "modules.a.layer = 'x'"])
        .assert_refused(2, &["boundaries cannot be set over the config of another tool"]);
}

#[test]
fn fixes_of_the_config_are_made_in_the_words_of_tach() {
    let project = Project::new(&[
        (
            "tach.toml",
            "[[modules]]\npath = \"a\"\ndepends_on = [\n    # needed\n    \"c\",  # why\n]\n\n[[modules]]\npath = \"b\"\n\n\
             [[modules]]\npath = \"c\"\n\n[[interfaces]]\nexpose = [\"x\"]\nfrom = [\"b\"]\n",
        ),
        ("a.py", "from b import y\nimport c\nprint(y, c)\n"),
        ("b.py", "y = 1\n"),
        ("c.py", ""),
    ]);
    assert!(project.run(&["check"]).out().contains("add `\"b\"` to `depends_on` of `a`"));
    assert_eq!(project.run(&["check", "--fix-config"]).code, 0);
    let fixed = project.text("tach.toml");
    assert!(fixed.contains("    # needed\n    \"c\",  # why\n    \"b\",\n]"), "{fixed}");
    assert!(fixed.contains("expose = [\"x\", \"y\"]"), "{fixed}");
}

#[test]
fn a_name_that_stands_for_nothing_is_one_finding() {
    let module = |name: &str| format!("[[modules]]\npath = \"{name}\"\ndepends_on = [\"gone\"]\n");
    let text: String = ["a", "b", "c"].map(module).concat();
    let project = Project::new(&[("tach.toml", &text), ("a.py", ""), ("b.py", ""), ("c.py", "")]);
    assert_eq!(project.findings(&[]), ["tach.toml:3 RF910"]);
    let answer = project.run(&["check"]);
    assert!(answer.out().contains("here and in 2 more places"), "{answer:?}");
    // Syntax errors elsewhere in a file are not met, and the run says so.
    assert!(answer.out().contains("`--extend-select RF900` looks for them"), "{answer:?}");
}

#[test]
fn requirements_that_are_not_there_are_reported() {
    let project = Project::new(&[
        ("tach.toml", "[[modules]]\npath = \"a\"\n"),
        ("a.py", "import requests\n"),
        ("requirements.txt", "requests\n-r gone.txt\n"),
    ]);
    assert_eq!(project.findings(&["--select", "RF5"]), ["requirements.txt:2 RF504"]);
    assert_eq!(project.run(&["check", "--select", "RF5"]).code, 0);
}
