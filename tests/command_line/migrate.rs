//! `ringfence migrate`

use crate::common::Project;

const TACH: &str = "# the modules of the shop
exclude = [\"**/gen\"]
root_module = \"allow\"
exact = true
layers = [\"web\", { name = \"core\", closed = true }]

# what the web shows
[[modules]]
path = \"web\"
layer = \"web\"
depends_on = [
    \"orders\",  # for the cart
    { path = \"old.{x,y}\", deprecated = true },
]
cannot_depend_on = [\"db\"]

[[modules]]
path = \"orders\"
layer = \"core\"
depends_on = []
visibility = [\"web\"]

[[modules]]
path = \"db\"
utility = true

[[modules]]
path = \"old.*\"
unchecked = true

[[interfaces]]
expose = [\"Order\", \"api.*\"]
from = [\"orders\"]

[rules]
local_imports = \"warn\"

[external]
exclude = [\"git\"]
";

const FILES: &[(&str, &str)] = &[
    ("tach.toml", TACH),
    ("web.py", "import db\nimport old.x\nfrom orders import Order, secret\nimport db  # tach-ignore\n"),
    ("orders.py", "def f():\n    import old.y\nimport helper\n"),
    ("db.py", ""),
    ("old/x.py", "import web\n"),
    ("old/y.py", ""),
    ("helper.py", ""),
];

const NATIVE: &str = "# the modules of the shop

source-roots = [\".\"]
layers = [\"web\", { name = \"core\", closed = true }]
extend-select = [\"RF110\"]
exclude = [\"**/gen\", \".*\"]

[severity]
RF901 = \"warning\"

[compatibility]
exclude-externals = [\"git\"]
downward-imports = \"free\"
precedence = \"order\"
unowned-code = \"module\"
nested-imports = \"warning\"
missing-modules = \"foreign\"
tach-ignore = true

# what the web shows
# for the cart
[modules.\"web\"]
layer = \"web\"
depends-on = [
    \"orders\",
    { module = \"old.x\", deprecated = true },
    { module = \"old.y\", deprecated = true },
]
forbids = [\"db\"]

[modules.\"orders\"]
layer = \"core\"
depends-on = []
exposes = [\"Order\", \"api*.**\"]
visible-to = [\"web\"]

[modules.\"db\"]
utility = true

[modules.\"old.*\"]
kinds = []

[modules.\"<root>\"]
depends-on = []
";

#[test]
fn a_config_of_tach_is_written_anew_and_found_to_say_the_same() {
    let project = Project::new(FILES);
    let answer = project.run(&["migrate", "--dry-run"]);
    assert_eq!((answer.code, &*answer.out()), (0, NATIVE), "{answer:?}");
    let before = project.findings(&["--select", "RF1,RF2,RF3"]);
    let answer = project.run(&["migrate"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stderr.contains("the same with both configs: 5 findings"), "{answer:?}");
    assert_eq!(project.text("ringfence.toml"), NATIVE);
    assert_eq!(project.text("tach.toml"), TACH);
    let after = project.findings(&["--select", "RF101,RF102,RF103,RF104,RF110,RF2,RF3"]);
    let of_source = |findings: &[String]| -> Vec<String> {
        findings.iter().filter(|finding| !finding.contains(".toml")).cloned().collect()
    };
    assert_eq!(of_source(&before), of_source(&after));
    assert!(!of_source(&after).is_empty());
    // What is there is not written over.
    project.run(&["migrate"]).assert_refused(2, &["is a config of ringfence already"]);
}

#[test]
fn what_is_new_is_explained() {
    let project = Project::new(&[
        ("tach.toml", "[[modules]]\npath = \"a\"\n\n[[modules]]\npath = \"b\"\nvisibility = [\"c\"]\n"),
        ("a.py", "import b\n"),
        ("b.py", ""),
    ]);
    let answer = project.run(&["migrate"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let said = "a.py:1 RF104 `a` imports `b`, which is not visible to it: a warning before, as Tach does not look there";
    assert!(answer.stderr.contains(said), "{answer:?}");
}

#[test]
fn what_cannot_be_said_is_told_and_nothing_written() {
    let project = Project::new(&[
        (
            "tach.toml",
            "[[modules]]\npath = \"a?\"\n\n[[modules]]\npath = \"b\"\n\n[[interfaces]]\nexpose = [\"x|y\"]\nfrom = [\"b\"]\n\
             visibility = [\"c\"]\n",
        ),
        ("b.py", ""),
    ]);
    project
        .run(&["migrate"])
        .assert_refused(1, &["the native format cannot say the glob `a?`", "nothing was written"]);
    assert!(!project.path("ringfence.toml").exists());
}

#[test]
fn interfaces_that_are_more_than_a_list_stay_interfaces() {
    let project = Project::new(&[
        (
            "tach.toml",
            "[[modules]]\npath = \"a\"\n\n[[modules]]\npath = \"b\"\n\n[[modules]]\npath = \"c\"\n\n\
             [[interfaces]]\nexpose = [\"x|y\", \"get_.*\"]\nfrom = [\"b\"]\nvisibility = [\"a\"]\nexclusive = true\n\n\
             [[interfaces]]\nexpose = [\"z\"]\ndata_types = \"primitive\"\n",
        ),
        ("a.py", "from b import x, z, get_it\nfrom c import z, q\n"),
        ("b.py", "x = z = 1\ndef get_it(): ...\n"),
        ("c.py", "from b import x\nz = q = 1\n"),
    ]);
    let before = project.findings(&[]);
    assert_eq!(
        before,
        ["a.py:1 RF201", "a.py:2 RF202", "a.py:2 RF201", "c.py:1 RF201"].map(String::from).to_vec()
    );
    let answer = project.run(&["migrate"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let native = project.text("ringfence.toml");
    assert!(native.contains(
        "[[interfaces]]\nof = [{ regex = \"b\" }]\nexposes = [{ regex = \"x|y\" }, { regex = \"get_.*\" }]\n\
         visible-to = [\"a\"]\nexclusive = true\n\n[[interfaces]]\nof = [{ regex = \".*\" }]\nexposes = [\"z\"]\n\
         data-types = \"plain\"\n"
    ), "{native}");
    assert_eq!(project.findings(&[]), before);
}

#[test]
fn two_contracts_of_one_id_become_two() {
    let contract = |name: &str, to: &str| {
        format!(
            "[[tool.importlinter.contracts]]\nid = \"x\"\nname = \"{name}\"\ntype = \"forbidden\"\n\
             source_modules = [\"p.a\"]\nforbidden_modules = [\"{to}\"]\n"
        )
    };
    let text = format!(
        "[tool.importlinter]\nroot_package = \"p\"\n{}{}",
        contract("One", "p.c"),
        contract("Two", "p.b")
    );
    let project = Project::new(&[
        ("pyproject.toml", &text),
        ("p/__init__.py", ""),
        ("p/a.py", "import p.b\n"),
        ("p/b.py", ""),
        ("p/c.py", ""),
    ]);
    let answer = project.run(&["migrate"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stderr.contains("two contracts are called `x`; one of them is `x-2` now"), "{answer:?}");
    assert_eq!(project.findings(&["--config", "ringfence.toml", "--contract", "x-2"]), ["p/a.py:1 RF403"]);
}

/// What nobody breaks today has to mean the same once somebody does.
#[test]
fn the_proof_takes_permissions_away() {
    let module = |name: &str, on: &str| format!("[[modules]]\npath = \"{name}\"\ndepends_on = [{on}]\n");
    let project = Project::new(&[
        ("tach.toml", &(module("p.a", "\"q\"") + &module("q", ""))),
        ("p/__init__.py", ""),
        ("p/a.py", "from ..q import z\n"),
        ("q.py", ""),
    ]);
    let answer = project.run(&["migrate", "--dry-run"]);
    // Tach takes the dots for the source root; Python cannot carry out the import.
    assert!(answer.stderr.contains("RF906"), "{answer:?}");
    let project = Project::new(&[
        ("tach.toml", &(module("p.a", "\"q\"") + &module("q", ""))),
        ("p/__init__.py", ""),
        ("p/a.py", "from q import z\n"),
        ("q.py", ""),
    ]);
    let answer = project.run(&["migrate", "--dry-run"]);
    assert!(answer.stderr.contains("0 findings, and 1 finding with nothing allowed"), "{answer:?}");
}

/// Tach keeps silent of what the manifest of a project in a workspace declares.
#[test]
fn a_workspace_of_projects_is_explained() {
    let project = Project::new(&[
        (
            "tach.toml",
            "source_roots = [\"a/src\", \"b/src\"]\n[[modules]]\npath = \"pa\"\ndepends_on = []\n\
             [[modules]]\npath = \"pb\"\n",
        ),
        ("a/pyproject.toml", "[project]\nname = \"pa\"\ndependencies = [\"pb\"]\n"),
        ("b/pyproject.toml", "[project]\nname = \"pb\"\n"),
        ("a/src/pa/__init__.py", "import pb\n"),
        ("b/src/pb/__init__.py", ""),
    ]);
    let answer = project.run(&["migrate"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stderr.contains("new: an import of another project"), "{answer:?}");
}
