//! `ringfence sync`

use crate::common::Project;

/// `a` lacks `b` and has `c` too much; `b` leaves `depends-on` out.
const NATIVE: &[(&str, &str)] = &[
    (
        "ringfence.toml",
        "[modules.a]\ndepends-on = [\n    # what a needs\n    \"c\",  # long gone\n]\n\n[modules.b]\n\n[modules.c]\n",
    ),
    ("a.py", "import b\n"),
    ("b.py", "import c\n"),
    ("c.py", ""),
];
const SYNCED: &str =
    "[modules.a]\ndepends-on = [\n    # what a needs\n    \"b\",\n]\n\n[modules.b]\n\n[modules.c]\n";

#[test]
fn what_is_missing_is_added_and_what_is_not_needed_removed() {
    let project = Project::new(NATIVE);
    let answer = project.run(&["sync"]);
    assert_eq!(
        (answer.code, &*answer.out()),
        (0, "a: added b; removed c\nSynced 1 module in `ringfence.toml`.\n")
    );
    assert_eq!(project.text("ringfence.toml"), SYNCED);
    let answer = project.run(&["sync"]);
    assert_eq!((answer.code, &*answer.out()), (0, "Nothing to sync.\n"));
    assert_eq!(project.findings(&["--select", "RF101,RF110"]), [""; 0]);
}

#[test]
fn only_what_was_asked_for_is_changed() {
    let project = Project::new(NATIVE);
    for (arguments, said) in [
        (&["sync", "--check"][..], "Would sync 1 module in `ringfence.toml`."),
        (&["sync", "--diff"], "-    \"c\",  # long gone\n+    \"b\",\n"),
    ] {
        let answer = project.run(arguments);
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(answer.out().contains(said), "{answer:?}");
        assert_eq!(project.text("ringfence.toml"), NATIVE[0].1);
    }
    let answer = project.run(&["sync", "--add", "--quiet"]);
    assert_eq!((answer.code, &*answer.out()), (0, ""));
    assert!(project.text("ringfence.toml").contains("\"c\",  # long gone\n    \"b\",\n"));
    project.write("ringfence.toml", "[modules.a]\nfoo = 1\n");
    project.run(&["sync"]).assert_refused(2, &["unknown key `foo`"]);
}

#[test]
fn what_is_used_in_any_way_stays() {
    let project = Project::new(&[
        (
            "ringfence.toml",
            "layers = [\"top\", \"low\"]\nselect = [\"RF3\"]\n\n\
             [modules.a]\nlayer = \"top\"\ndepends-on = [\"b\", \"c\", \"d\", \"e.*\"]\n\n\
             [modules.b]\nlayer = \"low\"\n\n[modules.c]\nutility = true\n\n[modules.d]\n\n[modules.\"e.x\"]\n\n\
             [modules.f]\nkinds = []\ndepends-on = [\"b\"]\n",
        ),
        (
            "a.py",
            "import b, c\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import d\nimport e.x\n\
             import f  # ringfence: ignore[RF101] on purpose\n",
        ),
        ("b.py", ""),
        ("c.py", ""),
        ("d.py", ""),
        ("e/x.py", ""),
        ("f.py", "import b\n"),
    ]);
    let answer = project.run(&["sync", "--check"]);
    assert_eq!((answer.code, &*answer.out()), (0, "Nothing to sync.\n"));
}

#[test]
fn the_policy_changes_where_a_fix_of_the_source_is_offered_too() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.a]\ndepends-on = []\n\n[modules.b]\n"),
        ("a.py", "from b import T\n\n\ndef f(x: T): ...\n"),
        ("b.py", "class T: ...\n"),
    ]);
    assert!(project.run(&["check"]).out().contains("TYPE_CHECKING"));
    assert_eq!(&*project.run(&["sync"]).out(), "a: added b\nSynced 1 module in `ringfence.toml`.\n");
    assert_eq!(project.text("a.py"), "from b import T\n\n\ndef f(x: T): ...\n");
}

#[test]
fn a_config_of_tach_is_synced_in_its_own_words() {
    let project = Project::new(&[
        (
            "tach.toml",
            "root_module = \"allow\"\n[[modules]]\npath = \"a\"\ndepends_on = [{ path = \"c\", deprecated = true }]  # a\n\n\
             [[modules]]\npath = \"b\"\n\n[[modules]]\npaths = [\"c\", \"d\"]\ndepends_on = [\"a\", \"b\"]\n",
        ),
        (
            "dom/tach.domain.toml",
            "[root]\ndepends_on = []\n[[modules]]\npath = \"svc\"\ndepends_on = [\"low\"]\n[[modules]]\npath = \"low\"\n",
        ),
        ("a.py", "import helper\nimport c\n"),
        ("b.py", ""),
        ("c.py", ""),
        ("d.py", "import b\n"),
        ("helper.py", ""),
        ("dom/__init__.py", "import a\nimport dom.svc\n"),
        ("dom/svc.py", "from dom import x\nimport a\n"),
        ("dom/low.py", ""),
    ]);
    let answer = project.run(&["sync"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        project.text("tach.toml"),
        "root_module = \"allow\"\n[[modules]]\npath = \"a\"\n\
         depends_on = [\"<root>\", { path = \"c\", deprecated = true }]  # a\n\n[[modules]]\npath = \"b\"\n\n\
         [[modules]]\npaths = [\"c\", \"d\"]\ndepends_on = [\"b\"]\n"
    );
    assert_eq!(
        project.text("dom/tach.domain.toml"),
        "[root]\ndepends_on = [\"//a\", \"svc\"]\n[[modules]]\npath = \"svc\"\n\
         depends_on = [\"//a\", \"<domain_root>\"]\n[[modules]]\npath = \"low\"\n"
    );
    assert_eq!(&*project.run(&["sync"]).out(), "Nothing to sync.\n");
}

#[test]
fn nobody_comes_to_depend_on_code_outside_of_all_modules_where_none_may() {
    let project = Project::new(&[
        ("tach.toml", "root_module = \"dependenciesonly\"\n[[modules]]\npath = \"a\"\ndepends_on = []\n"),
        ("a.py", "import helper\n"),
        ("helper.py", ""),
    ]);
    assert_eq!(&*project.run(&["sync"]).out(), "Nothing to sync.\n");
    assert_eq!(project.findings(&[]), ["a.py:1 RF101"]);
}

#[test]
fn entries_are_added_in_order_one_a_line_and_never_against_the_layers() {
    let modules: Vec<String> =
        ["top", "b", "c", "d", "e", "z"].map(|name| format!("[modules.{name}]\n")).into();
    let config = format!(
        "{}depends-on = [\"top\"]\n[modules.a]\ndepends-on = [\"b\", \"z\"]  # of a\n",
        modules.concat()
    );
    let project = Project::new(&[
        ("ringfence.toml", &config.replace("[modules.top]\n", "[modules.top]\nlayer = \"top\"\n")),
        ("a.py", "import z, e, d, c, b\n"),
        ("z.py", "import top, b\n"),
    ]);
    for name in ["top", "b", "c", "d", "e"] {
        project.write(&format!("{name}.py"), "");
    }
    let config = project.text("ringfence.toml");
    let config = config.replace("[modules.z]\n", "[modules.z]\nlayer = \"low\"\n");
    project.write(
        "ringfence.toml",
        format!("layers = [\"top\", \"low\"]\n{config}").replace("[\"top\"]\n[modules.a]", "[]\n[modules.a]"),
    );
    let answer = project.run(&["sync"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(answer.out(), "a: added c, d, e\nz: added b\nSynced 2 modules in `ringfence.toml`.\n");
    let config = project.text("ringfence.toml");
    let list = "depends-on = [\n    \"b\",\n    \"c\",\n    \"d\",\n    \"e\",\n    \"z\",\n]  # of a\n";
    assert!(config.ends_with(list), "{config}");
    assert!(config.contains("layer = \"low\"\ndepends-on = [\"b\"]\n"), "{config}");
}
