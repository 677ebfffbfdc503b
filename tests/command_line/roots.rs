//! Which files are known, what they are called as modules, and where imports lead. Long, as one subject has many cases.

use crate::common::Project;

/// Every module with a file, as `name path`.
fn modules(project: &Project, arguments: &[&str]) -> Vec<String> {
    let arguments = [&["graph", "--quiet"], arguments].concat();
    let answer = project.run(&arguments);
    assert_eq!(answer.code, 0, "{answer:?}");
    let graph = answer.json();
    let modules = graph["modules"].as_array().expect("modules").iter();
    modules
        .filter_map(|module| Some(format!("{} {}", module["name"].as_str()?, module["path"].as_str()?)))
        .collect()
}

/// Where the imports of all files lead, as `importer -> imported`: the module of this project, or the name before a `?`
/// where it is not found and before a `!` where it is not ours.
fn edges(project: &Project) -> Vec<String> {
    let graph = project.run(&["graph", "--quiet"]).json();
    let list = |key: &str| graph[key].as_array().expect("a list").clone();
    let text = |value: &serde_json::Value, key: &str| value[key].as_str().expect("a text").to_string();
    let mut edges = Vec::new();
    for (key, imported, mark) in
        [("edges", "imported", ""), ("externals", "imported", "!"), ("unresolved", "name", "?")]
    {
        edges.extend(
            list(key)
                .iter()
                .map(|edge| format!("{} -> {}{mark}", text(edge, "importer"), text(edge, imported))),
        );
    }
    edges
}

struct Layout {
    title: &'static str,
    config: &'static str,
    files: &'static [(&'static str, &'static str)],
    modules: &'static [&'static str],
}

#[test]
fn modules_are_named_from_their_source_root() {
    for Layout { title, config, files, modules: expected } in [
        Layout {
            title: "src and the folder itself by default",
            config: "",
            files: &[("src/shop/web.py", ""), ("tests/test_web.py", ""), ("setup.py", "")],
            modules: &["setup setup.py", "shop.web src/shop/web.py", "tests.test_web tests/test_web.py"],
        },
        Layout {
            title: "no src",
            config: "",
            files: &[("shop/__init__.py", ""), ("shop/web.py", "")],
            modules: &["shop shop/__init__.py", "shop.web shop/web.py"],
        },
        Layout {
            title: "a src that is a package is no root",
            config: "",
            files: &[("src/__init__.py", ""), ("src/web.py", "")],
            modules: &["src src/__init__.py", "src.web src/web.py"],
        },
        Layout {
            title: "explicit roots, and no others",
            config: "source-roots = ['lib', './python/']",
            files: &[("lib/a.py", ""), ("python/b.py", ""), ("src/c.py", ""), ("d.py", "")],
            modules: &["a lib/a.py", "b python/b.py"],
        },
        Layout {
            title: "globs",
            config: "source-roots = ['packages/*/src', 'apps/{one,two}']",
            files: &[
                ("packages/x/src/x.py", ""),
                ("packages/y/src/deep/y.py", ""),
                ("packages/z/lib/z.py", ""),
                ("packages/x/y/src/no.py", ""),
                ("apps/one/a.py", ""),
                ("apps/three/b.py", ""),
            ],
            modules: &["a apps/one/a.py", "deep.y packages/y/src/deep/y.py", "x packages/x/src/x.py"],
        },
        Layout {
            title: "the longest root names a file",
            config: "source-roots = ['.', 'src', 'src/vendored']",
            files: &[("a.py", ""), ("src/b.py", ""), ("src/vendored/c.py", "")],
            modules: &["a a.py", "b src/b.py", "c src/vendored/c.py"],
        },
        Layout {
            title: "members of a uv workspace",
            config: "",
            files: &[
                ("pyproject.toml", "[tool.uv.workspace]\nmembers = ['packages/*']\n"),
                ("packages/x/pyproject.toml", ""),
                ("packages/x/src/x.py", ""),
                ("packages/y/y.py", ""),
                ("other/pyproject.toml", ""),
                ("other/src/z.py", ""),
            ],
            modules: &["other.src.z other/src/z.py", "x packages/x/src/x.py", "y packages/y/y.py"],
        },
        Layout {
            title: "projects below, without a workspace",
            config: "",
            files: &[
                ("one/pyproject.toml", ""),
                ("one/src/x.py", ""),
                ("two/setup.cfg", ""),
                ("two/y.py", ""),
            ],
            modules: &["x one/src/x.py", "y two/y.py"],
        },
        Layout {
            title: "poetry says from where",
            config: "",
            files: &[
                (
                    "pyproject.toml",
                    "[tool.poetry]\npackages = [{ include = 'x', from = 'lib' }, { include = 'y' }]\n",
                ),
                ("lib/x/__init__.py", ""),
                ("y.py", ""),
            ],
            modules: &["x lib/x/__init__.py", "y y.py"],
        },
        Layout {
            title: "paths of poetry's dependencies",
            config: "",
            files: &[
                (
                    "pyproject.toml",
                    "[tool.poetry.dependencies]\nx = { path = 'libs/x', develop = true }\nrequests = '*'\n",
                ),
                ("libs/x/x.py", ""),
            ],
            modules: &["x libs/x/x.py"],
        },
        Layout {
            title: "setuptools says where",
            config: "",
            files: &[
                ("pyproject.toml", "[tool.setuptools.packages.find]\nwhere = ['python', 'more']\n"),
                ("python/x.py", ""),
                ("more/y.py", ""),
            ],
            modules: &["x python/x.py", "y more/y.py"],
        },
        Layout {
            title: "setuptools says package-dir",
            config: "",
            files: &[
                ("pyproject.toml", "[tool.setuptools]\npackage-dir = { '' = 'code' }\n"),
                ("code/x.py", ""),
            ],
            modules: &["x code/x.py"],
        },
        Layout {
            title: "setup.cfg",
            config: "",
            files: &[
                (
                    "setup.cfg",
                    "[metadata]\nname = x\n[options]\npackage_dir =\n    = lib\npackages = find:\n[options.packages.find]\nwhere = more\n",
                ),
                ("lib/x.py", ""),
                ("more/y.py", ""),
            ],
            modules: &["x lib/x.py", "y more/y.py"],
        },
        Layout {
            title: "hatch packages",
            config: "",
            files: &[
                ("pyproject.toml", "[tool.hatch.build.targets.wheel]\npackages = ['lib/x', 'y']\n"),
                ("lib/x/__init__.py", ""),
                ("y/__init__.py", ""),
            ],
            modules: &["x lib/x/__init__.py", "y y/__init__.py"],
        },
        Layout {
            title: "names that are no identifiers",
            config: "",
            files: &[
                ("my-tool/run-it.py", ""),
                ("caf\u{e9}/\u{3b1}.py", ""),
                ("a b.py", ""),
                ("class.py", ""),
            ],
            modules: &[
                "a b a b.py",
                "caf\u{e9}.\u{3b1} caf\u{e9}/\u{3b1}.py",
                "class class.py",
                "my-tool.run-it my-tool/run-it.py",
            ],
        },
        Layout {
            title: "all kinds of files",
            config: "",
            files: &[
                ("a.pyw", ""),
                ("b.pyi", ""),
                ("_c.cpython-312-x86_64-linux-gnu.so", ""),
                ("d.pyd", ""),
                ("e.pyx", ""),
                ("f.txt", ""),
                ("py", ""),
                (".py", ""),
            ],
            modules: &["_c _c.cpython-312-x86_64-linux-gnu.so", "a a.pyw", "b b.pyi", "d d.pyd", "e e.pyx"],
        },
    ] {
        let project = Project::new(files);
        project.write("ringfence.toml", config);
        assert_eq!(modules(&project, &[]), expected, "{title}");
    }
}

#[test]
fn a_root_folder_that_is_a_package_is_counted_from_above() {
    let project = Project::new(&[
        ("shop/ringfence.toml", ""),
        ("shop/__init__.py", "import shop.web"),
        ("shop/web.py", "from . import orders"),
        ("shop/orders.py", ""),
    ]);
    let answer = project.call(&["graph", "--quiet", "--format", "dot"]).within("shop").run();
    assert!(answer.out().contains("\"shop.web\" -> \"shop.orders\""), "{answer:?}");
    assert!(answer.out().contains("\"shop\" -> \"shop.web\""), "{answer:?}");
}

#[test]
fn a_module_below_two_roots_has_two_names() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.app]\ndepends-on = []\n[modules.'shop.web']\n"),
        (
            "app.py",
            "import src.shop.web\nimport shop.web\nfrom src.shop import web\nfrom src import shop\nimport src.nope\n",
        ),
        // Beyond the top of `shop.web`, but not of `src.shop.web`.
        ("src/shop/web.py", "from ..other import x\nfrom ...app import y\n"),
        ("src/shop/__init__.py", ""),
        ("src/other.py", ""),
    ]);
    assert_eq!(project.findings_in("app.py", &[]), ["app.py:1 RF101", "app.py:2 RF101", "app.py:3 RF101"]);
    assert_eq!(
        edges(&project),
        ["app -> shop", "app -> shop.web", "shop.web -> other", "app -> src!", "shop.web -> ...app.y?"]
    );
}

#[test]
fn imports_lead_where_cpython_goes() {
    struct Case {
        title: &'static str,
        files: &'static [(&'static str, &'static str)],
        edges: &'static [&'static str],
    }
    for Case { title, files, edges: expected } in [
        Case {
            title: "the package before the module",
            files: &[
                ("a.py", "import foo.inner\n"),
                ("foo.py", "import b\n"),
                ("foo/__init__.py", ""),
                ("foo/inner.py", ""),
                ("b.py", ""),
            ],
            edges: &["a -> foo.inner", "foo -> b"],
        },
        Case {
            title: "the module before the folder",
            files: &[("a.py", "import foo\nimport foo.inner\n"), ("foo.py", ""), ("foo/inner.py", "")],
            edges: &["a -> foo"],
        },
        Case {
            title: "a stub and its source are one module",
            files: &[
                ("a.py", "from foo import b\n"),
                ("foo.py", "import b\n"),
                ("foo.pyi", "import c\n"),
                ("b.py", ""),
                ("c.py", ""),
            ],
            edges: &["a -> foo", "foo -> b", "foo -> c"],
        },
        Case {
            title: "namespace packages",
            files: &[
                ("a.py", "from ns.deep import m\nfrom ns import deep\nfrom ns import gone\n"),
                ("ns/deep/m.py", "from . import n\nfrom .. import deep\n"),
                ("ns/deep/n.py", ""),
            ],
            edges: &[
                "a -> ns.deep",
                "a -> ns.deep.m",
                "ns.deep.m -> ns.deep",
                "ns.deep.m -> ns.deep.n",
                "a -> ns.gone?",
            ],
        },
        Case {
            title: "one namespace in two roots",
            files: &[
                ("a.py", "import ns.one, ns.two\n"),
                ("src/ns/one.py", "from . import two\n"),
                ("ns/two.py", "from .one import x\n"),
            ],
            edges: &["a -> ns.one", "a -> ns.two", "ns.one -> ns.two", "ns.two -> ns.one"],
        },
        Case {
            title: "ours, the standard library's, and others'",
            files: &[
                (
                    "a.py",
                    "import os, numpy.linalg, b, tomllib, distutils\nfrom requests import get\nimport email.nope\n",
                ),
                ("b.py", ""),
            ],
            edges: &[
                "a -> b",
                "a -> distutils!",
                "a -> email!",
                "a -> numpy!",
                "a -> os!",
                "a -> requests!",
                "a -> tomllib!",
            ],
        },
        Case {
            title: "a module of ours before the standard library's",
            files: &[
                ("a.py", "import email.inner\nimport queue\n"),
                ("email/__init__.py", ""),
                ("email/inner.py", ""),
                ("queue/x.py", ""),
            ],
            edges: &["a -> email.inner", "a -> queue!"],
        },
        Case {
            title: "relative imports",
            files: &[
                ("p/__init__.py", "from . import q\nfrom .q import r\n"),
                ("p/q/__init__.py", "from .. import s\nfrom ..s import x\n"),
                ("p/q/r.py", "from .. import q\nfrom ... import p\nfrom .... import far\n"),
                ("p/s.py", ""),
            ],
            edges: &[
                "p -> p.q",
                "p -> p.q.r",
                "p.q -> p.s",
                "p.q.r -> p.q",
                "p.q.r -> ...p?",
                "p.q.r -> ....far?",
            ],
        },
    ] {
        let project = Project::new(files);
        project.write("ringfence.toml", "");
        let mut found = edges(&project);
        // A module that is not there is an edge to what is there of it, and listed as unresolved.
        found.retain(|edge| !edge.ends_with("foo.inner?"));
        assert_eq!(found, expected, "{title}");
    }
}

#[test]
fn an_edge_to_a_missing_module_is_checked_and_counted() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.a]\ndepends-on = []\n[modules.b]\n"),
        ("a.py", "import b.gone\nfrom b.gone import x\n"),
        ("b/__init__.py", ""),
    ]);
    assert_eq!(project.findings(&[]), ["a.py:1 RF101", "a.py:2 RF101"]);
    assert!(project.run(&["check"]).out().contains("2 imports unresolved"));
}

#[test]
fn excludes() {
    let files = [
        ("a.py", ""),
        ("venv/b.py", ""),
        ("deep/node_modules/c.py", ""),
        ("dist/d.py", ""),
        ("gen/e.py", ""),
        ("gen/keep/f.py", ""),
        ("x/gen_pb2.py", ""),
        (".hidden/g.py", ""),
    ];
    for (config, arguments, expected) in [
        (
            "",
            &[][..],
            &[
                ".hidden.g .hidden/g.py",
                "a a.py",
                "gen.e gen/e.py",
                "gen.keep.f gen/keep/f.py",
                "x.gen_pb2 x/gen_pb2.py",
            ][..],
        ),
        (
            "exclude = ['gen', '.*']",
            &[],
            &[
                "a a.py",
                "deep.node_modules.c deep/node_modules/c.py",
                "dist.d dist/d.py",
                "venv.b venv/b.py",
                "x.gen_pb2 x/gen_pb2.py",
            ],
        ),
        ("extend-exclude = ['gen/keep', '*_pb2.py', '.hidden/']", &[], &["a a.py", "gen.e gen/e.py"]),
        ("extend-exclude = ['gen/**', './x', '.hidden/*.py']", &[], &["a a.py"]),
        ("extend-exclude = ['gen', '.hidden']", &["--extend-exclude", "x,a.py"], &[]),
        (
            "extend-exclude = ['e.py', 'keep/*', '.hidden']",
            &[],
            &["a a.py", "gen.keep.f gen/keep/f.py", "x.gen_pb2 x/gen_pb2.py"],
        ),
    ] {
        let project = Project::new(&files);
        project.write("ringfence.toml", config);
        assert_eq!(modules(&project, arguments), expected, "{config} {arguments:?}");
    }
}

#[test]
fn the_default_excludes_are_those_of_the_schema() {
    let project = Project::new(&[("ringfence.toml", ""), ("a.py", "")]);
    let schema = project.run(&["config", "schema"]).json();
    let excludes = schema["properties"]["exclude"]["default"].as_array().expect("a list").clone();
    assert!(excludes.len() > 20, "{excludes:?}");
    for folder in &excludes {
        project.write(&format!("{}/x.py", folder.as_str().unwrap()), "");
        project.write(&format!("deep/{}/x.py", folder.as_str().unwrap()), "");
    }
    assert_eq!(modules(&project, &[]), ["a a.py"]);
    assert_eq!(modules(&project, &["--config", "exclude = []"]).len(), 2 * excludes.len() + 1);
}

#[test]
fn what_git_ignores_is_left_out() {
    let project = Project::new(&[
        ("ringfence.toml", ""),
        (".gitignore", "ignored/\n*_local.py\n!keep_local.py\n"),
        ("a.py", ""),
        ("ignored/b.py", ""),
        ("c_local.py", ""),
        ("keep_local.py", ""),
        ("sub/.gitignore", "d.py\n"),
        ("sub/d.py", ""),
        ("sub/e.py", ""),
        (".ignore", "f.py\n"),
        ("f.py", ""),
    ]);
    project.git_init();
    let kept = ["a a.py", "keep_local keep_local.py", "sub.e sub/e.py"];
    assert_eq!(modules(&project, &[]), kept);
    assert_eq!(
        modules(&project, &["--config", "respect-gitignore = false"]),
        [
            "a a.py",
            "c_local c_local.py",
            "f f.py",
            "ignored.b ignored/b.py",
            "keep_local keep_local.py",
            "sub.d sub/d.py",
            "sub.e sub/e.py"
        ]
    );
    // A named file is looked at.
    assert_eq!(project.run(&["check", "--show-files", "c_local.py"]).out().lines().count(), 1);
}

#[test]
fn files_outside_every_root_are_counted_and_named() {
    let project = Project::new(&[
        ("ringfence.toml", "source-roots = ['src', 'gone']\n"),
        ("src/a.py", ""),
        ("b.py", "import (\n"),
        ("c/d.py", ""),
    ]);
    let answer = project.run(&["check", "--verbose", "--output-format", "concise"]);
    assert!(
        answer.out().starts_with("ringfence.toml:1:24: error[RF910] source root `gone` matches no folder\n"),
        "{answer:?}"
    );
    assert!(
        answer.out().contains("1 file, 0 imports, 0 of 1 module governed, 2 files outside every source root"),
        "{answer:?}"
    );
    for path in ["b.py", "c/d.py"] {
        assert!(answer.stderr.contains(&format!("outside every source root: {path}\n")), "{answer:?}");
    }
}

#[test]
fn a_source_root_may_lie_outside_the_project() {
    let project = Project::new(&[
        ("app/ringfence.toml", "source-roots = ['.', '../shared']\n"),
        ("app/a.py", "import lib\n"),
        ("shared/lib.py", ""),
    ]);
    // Its files are not walked: what is imported from there is somebody else's.
    let answer = project.call(&["check", "--output-format", "concise"]).within("app").run();
    assert_eq!((answer.code, answer.out().lines().next()), (0, Some("No findings.")), "{answer:?}");
}

#[test]
fn an_import_from_the_folder_of_a_test_or_script_is_one_of_the_project() {
    let project = Project::new(&[
        (
            "ringfence.toml",
            "[modules.tests]\ndepends-on = []\n[modules.\"tests.unit.helpers\"]\n[modules.\"scripts.common\"]\n[modules.scripts]\ndepends-on = []\n",
        ),
        ("tests/unit/conftest.py", "x = 1\n"),
        ("tests/unit/helpers.py", "class A: ...\n"),
        (
            "tests/unit/test_a.py",
            "from conftest import x\nimport helpers\nfrom helpers import A\nimport yaml\n",
        ),
        ("scripts/common/__init__.py", ""),
        ("scripts/common/parts.py", ""),
        ("scripts/run.py", "from common.parts import *\nimport common.nope\n"),
        // Of a package its own folder is not on the path.
        ("pkg/__init__.py", "import other\n"),
        ("pkg/other.py", "import pkg\nimport helpers\n"),
    ]);
    assert_eq!(
        project.findings(&[]),
        [
            "scripts/run.py:1 RF101",
            "scripts/run.py:2 RF101",
            "tests/unit/test_a.py:2 RF101",
            "tests/unit/test_a.py:3 RF101"
        ]
    );
    let graph = project.run(&["graph", "-q", "tests"]).json();
    let edges: Vec<String> =
        graph["edges"].as_array().unwrap().iter().map(|edge| edge["imported"].to_string()).collect();
    assert_eq!(edges, ["\"tests.unit.conftest\"", "\"tests.unit.helpers\""]);
    // Only what lies under the path, and what it imports.
    let names: Vec<String> =
        graph["modules"].as_array().unwrap().iter().map(|node| node["name"].to_string()).collect();
    assert_eq!(names, ["\"tests.unit.conftest\"", "\"tests.unit.helpers\"", "\"tests.unit.test_a\""]);
    let elsewhere: Vec<String> =
        graph["externals"].as_array().unwrap().iter().map(|edge| edge["imported"].to_string()).collect();
    assert_eq!(elsewhere, ["\"yaml\""]);
}
