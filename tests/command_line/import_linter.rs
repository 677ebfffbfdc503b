//! Projects with a config of import-linter's.

use crate::common::Project;

const INI: &str = "[importlinter]\nroot_package = shop\n\n[importlinter:contract:domain]\nname = The domain knows no web\ntype = \
                   forbidden\nsource_modules = shop.domain\nforbidden_modules = shop.web\n";

/// `shop.domain` imports `shop.web`; what is outside of the root package does not matter.
const PROJECT: &[(&str, &str)] = &[
    (".importlinter", INI),
    ("shop/__init__.py", ""),
    ("shop/domain.py", "import shop.web\n"),
    ("shop/web.py", ""),
    ("tests/test_shop.py", "import shop.web, shop.domain, nothing\n"),
];

const FOUND: [&str; 1] = ["shop/domain.py:1 RF403"];

#[test]
fn a_config_of_import_linter_is_read_where_no_other_is() {
    let project = Project::new(PROJECT);
    assert_eq!(project.findings(&[]), FOUND);
    let answer = project.run(&["check"]);
    assert!(answer.stderr.contains("using `.importlinter`"));
    assert!(answer.out().contains(
        "\nContracts\n  The domain knows no web BROKEN (1 finding)\nContracts: 0 kept, 1 broken.\n"
    ));
    assert!(answer.out().contains("3 files"), "{answer:?}");
    // `setup.cfg` wins, if it has the section.
    project.write("setup.cfg", "[metadata]\nname = shop\n");
    assert!(project.run(&["check"]).stderr.contains("using `.importlinter`"));
    project
        .write("setup.cfg", INI.replace("forbidden_modules = shop.web", "forbidden_modules = shop.domain"));
    assert_eq!(project.findings(&[]), [""; 0]);
    assert_eq!(project.findings(&["--config", ".importlinter"]), FOUND);
    // Tach's and ours come before.
    project.write("tach.toml", "modules = []\n");
    assert!(project.run(&["check"]).stderr.contains("using `tach.toml`"));
    project.write("ringfence.toml", "[modules.shop]\n");
    assert!(project.run(&["check"]).stderr.contains("using `ringfence.toml`"));
}

#[test]
fn toml_and_ini_say_the_same() {
    let toml = "[tool.importlinter]\nroot_packages = [\"shop\"]\n\n[[tool.importlinter.contracts]]\nid = \"domain\"\nname = \
                \"The domain knows no web\"\ntype = \"forbidden\"\nsource_modules = \"shop.domain\"\nforbidden_modules = \
                [\"shop.web\"]\n";
    for name in ["pyproject.toml", "linter.toml"] {
        let project = Project::new(&[(name, toml), PROJECT[1], PROJECT[2], PROJECT[3]]);
        assert_eq!(project.findings(&["--config", name]), FOUND);
        assert_eq!(project.findings(&["--config", name, "--contract", "domain"]), FOUND);
    }
}

#[test]
fn root_packages_are_found_in_the_tree() {
    for (folder, variable) in [("src", None), ("lib", Some("lib")), ("deep/er", Some("deep/er"))] {
        let project = Project::new(&[
            (".importlinter", INI),
            (&format!("{folder}/shop/__init__.py"), ""),
            (&format!("{folder}/shop/domain.py"), "import shop.web\n"),
            (&format!("{folder}/shop/web.py"), ""),
        ]);
        let arguments = ["check", "--output-format", "json"];
        let path = variable.map(|folder| project.path(folder).to_string_lossy().into_owned());
        let mut call = project.call(&arguments);
        if let Some(path) = &path {
            call = call.variable("PYTHONPATH", path);
        }
        assert_eq!(call.run().findings(project.root()), [format!("{folder}/shop/domain.py:1 RF403")]);
        // Or told.
        let config = format!("source-roots = [\"{folder}\"]");
        assert_eq!(project.findings(&["--config", &config]), [format!("{folder}/shop/domain.py:1 RF403")]);
    }
    // A package of that name elsewhere is none, and is told of.
    let nowhere = Project::new(&[(".importlinter", INI), ("lib/shop/__init__.py", "")]);
    let answer = nowhere.run(&["check"]);
    assert_eq!(answer.code, 1);
    assert!(answer.out().contains("there is no package `shop` in this tree"), "{answer:?}");
    assert!(answer.out().contains("looked in `.`"), "{answer:?}");
}

#[test]
fn it_counts_from_its_own_folder() {
    let project = Project::new(PROJECT);
    let below = project.call(&["check", "-q"]).within("shop").run();
    below
        .assert_refused(2, &["is a config of import-linter, which counts from the folder that it is run in"]);
    assert_eq!(project.findings(&["shop"]), FOUND);
    assert_eq!(project.findings(&["shop/web.py"]), [""; 0]);
    // One below governs its own tree.
    let above = Project::new(&[
        ("backend/.importlinter", INI),
        ("backend/shop/__init__.py", ""),
        ("backend/shop/domain.py", "import shop.web\n"),
        ("backend/shop/web.py", ""),
    ]);
    assert_eq!(above.findings(&[]), ["backend/shop/domain.py:1 RF403"]);
}

#[test]
fn what_stands_in_comments_counts() {
    let project = Project::new(PROJECT);
    project.write("shop/domain.py", "import shop.web  # ringfence: ignore[RF403] for now\n");
    assert_eq!(project.findings(&[]), [""; 0]);
    let answer = project.run(&["check"]);
    assert!(answer.out().contains("The domain knows no web KEPT (1 import suppressed)"), "{answer:?}");
    // One that is not needed is told of where somebody asks.
    project.write("shop/domain.py", "import os  # ringfence: ignore[RF403] for now\n");
    assert_eq!(project.findings(&["--extend-select", "RF901"]), ["shop/domain.py:1 RF901"]);
}

#[test]
fn each_mistake_is_said_at_its_place_and_the_rest_is_checked() {
    let project = Project::new(PROJECT);
    let config = "[importlinter]\nroot_package = shop\ninclude_external = True\nexclude_type_checking_imports = yes\n\
                  contract_types = mine: shop.contracts.Mine\n\
                  [importlinter:contract:a]\nname = no type\n\
                  [importlinter:contract:b]\ntype = layers\n\
                  [importlinter:contract:c]\nname = typo\ntype = forbiden\n\
                  [importlinter:contract:d]\nname = own\ntype = mine\n\
                  [importlinter:contract:e]\nname = key\ntype = independence\nmodules = shop.web\nas_packages = True\n\
                  [importlinter:contract:f]\nname = comment\ntype = forbidden\nsource_modules = shop.web\n\
                  forbidden_modules = shop.domain\nas_packages = False ; really\n\
                  [importlinter:contract:g]\nname = The domain knows no web\ntype = forbidden\nsource_modules = shop.domain\n\
                  forbidden_modules =\n    shop.web\n    shop.wbe\n";
    project.write(".importlinter", config);
    let answer = project.run(&["check", "--output-format", "concise"]);
    assert_eq!(answer.code, 1);
    for said in [
        ".importlinter:3:1: warning[invalid-config] unknown key `include_external`",
        ".importlinter:4:33: warning[invalid-config] `exclude_type_checking_imports` is neither true nor false",
        ".importlinter:6:2: error[invalid-config] missing key `type` in a contract",
        ".importlinter:8:2: error[invalid-config] missing key `name` in a contract",
        ".importlinter:12:8: error[invalid-config] unknown type `forbiden` of the contract `typo`",
        ".importlinter:15:8: warning[invalid-config] the contract `own` is not checked",
        ".importlinter:20:1: error[invalid-config] contract `key`: unknown key `as_packages`",
        ".importlinter:26:15: error[invalid-config] contract `comment`: `False ; really` is neither true nor false",
        ".importlinter:33:5: error[RF910] `shop.wbe` in the contract `The domain knows no web` matches no module",
        "shop/domain.py:1:8: error[RF403] `shop.domain` must not import `shop.web`",
        "  key NOT CHECKED",
        "Contracts: 0 kept, 1 broken, 4 not or not fully checked.",
    ] {
        assert!(answer.out().contains(said), "{said}\n{answer:?}");
    }
    // Without roots there is nothing to check.
    for (config, said) in [
        ("[importlinter]\n", "missing key `root_package`"),
        ("[importlinter]\nroot_packages =\n", "`root_packages` is empty"),
        ("[importlinter]\nroot_package = shop\nroot_package = x\n", "duplicate key `root_package`"),
        ("[importlinter]\nroot_package = %(x)s\n", "cannot be interpolated"),
    ] {
        project.write(".importlinter", config);
        project.run(&["check"]).assert_refused(2, &[".importlinter", said]);
    }
}

#[test]
fn it_is_migrated_with_its_comments() {
    let project = Project::new(PROJECT);
    let config = format!(
        "# all of the shop\n{INI}ignore_imports =\n    # until spring\n    shop.domain -> shop.**\n; about layers\n[importlinter:contract:l]\n\
         name = layers\ntype = layers\nlayers =\n    web\n    (gone) | domain\ncontainers = shop\n"
    );
    project.write(".importlinter", &config);
    let answer = project.run(&["migrate", "--dry-run"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        answer.out(),
        r#"# all of the shop

source-roots = ["."]
root-packages = ["shop"]
kinds = ["runtime", "typing", "deferred", "lazy", "optional", "conditional"]
exclude = []
respect-gitignore = false

[compatibility]
missing-modules = "nowhere"
only-packages = true
typing-guards = "bare"

# until spring
[[contracts]]
name = "The domain knows no web"
type = "forbidden"
id = "domain"
from = ["shop.domain"]
to = ["shop.web"]
except = ["shop.domain -> shop.*.**"]
unmatched-exceptions = "error"

# about layers
[[contracts]]
name = "layers"
type = "layers"
id = "l"
layers = ["web", "(gone) | domain"]
containers = ["shop"]
unmatched-exceptions = "error"
"#
    );
    let before = project.findings(&[]);
    assert_eq!(project.run(&["migrate"]).code, 0);
    assert!(project.run(&["check"]).stderr.contains("using `ringfence.toml`"));
    assert_eq!(project.findings(&[]), before);
}

#[test]
fn links_to_nowhere_are_read_only_where_they_could_be_python() {
    let config = "[importlinter]\nroot_package = p\n[importlinter:contract:a]\nname = A\ntype = forbidden\n\
                  source_modules = p.a\nforbidden_modules = p.b\n";
    let project =
        Project::new(&[(".importlinter", config), ("p/__init__.py", ""), ("p/a.py", ""), ("p/b.py", "")]);
    #[cfg(unix)]
    for (name, expected) in [("data.bin", &[][..]), ("sub", &[]), ("x.py", &["p/x.py:1 RF905"])] {
        std::os::unix::fs::symlink("gone", project.root().join("p").join(name)).unwrap();
        assert_eq!(project.findings(&[]), expected, "{name}");
    }
}

#[test]
fn a_pattern_may_skip_what_is_an_ancestor_elsewhere() {
    let config = |ancestor: &str, skipped: &str| {
        format!(
            "[importlinter]\nroot_package = p\n[importlinter:contract:a]\nname = A\ntype = acyclic_siblings\n\
             ancestors = {ancestor}\nskip_descendants = {skipped}\n"
        )
    };
    let files = [
        ("p/__init__.py", ""),
        ("p/f/__init__.py", ""),
        ("p/f/x.py", "import p.f.y\n"),
        ("p/f/y.py", "import p.f.x\n"),
    ];
    for (ancestor, skipped, code, findings) in [
        ("p.f", "p.*", 1, &["p/f/x.py:1 RF406"][..]),
        ("p.f", "p.f", 1, &[".importlinter:7 invalid-config"]),
        ("p.*", "p.*", 1, &[".importlinter:7 invalid-config"]),
    ] {
        let project = Project::new(&files);
        project.write(".importlinter", config(ancestor, skipped));
        let answer = project.run(&["check", "--output-format", "json"]);
        assert_eq!(
            (answer.code, answer.findings(project.root())),
            (code, findings.iter().map(|it| (*it).to_string()).collect()),
            "{ancestor} {skipped}"
        );
    }
}
