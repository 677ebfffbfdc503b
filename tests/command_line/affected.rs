//! Which tests a change can reach. Each case is a small project, a change of it, and the files with tests that are affected.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::common::Project;

fn git(project: &Project, arguments: &[&str]) {
    let command = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
    let output = Command::new("git").args(command).args(arguments).current_dir(project.root()).output();
    assert!(output.unwrap().status.success());
}

fn committed(files: &[(&str, &str)]) -> Project {
    let project = Project::new(files);
    git(&project, &["init", "-q", "-b", "main"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-qm", "x"]);
    project
}

/// The affected files with tests, by what comes after `test_`.
fn affected(files: &[(&str, &str)], change: &[(&str, &str)]) -> Vec<String> {
    let project = committed(files);
    for (path, text) in change {
        if *text == GONE {
            std::fs::remove_file(project.path(path)).unwrap();
        } else {
            project.write(path, text);
        }
    }
    let answer = project.run(&["affected", "--tests"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    answer.out().lines().map(|line| shortened(line).to_string()).collect()
}

fn shortened(path: &str) -> &str {
    let stem = Path::new(path).file_stem().unwrap().to_str().unwrap();
    stem.strip_prefix("test_").unwrap_or(stem)
}

const GONE: &str = "\0";

/// Two functions, and a test of each.
const TWO: &[(&str, &str)] = &[
    ("shop/__init__.py", ""),
    ("shop/prices.py", "def f():\n    return 1\n\ndef g():\n    return 2\n"),
    ("tests/test_f.py", "from shop.prices import f\n\ndef test():\n    assert f() == 1\n"),
    ("tests/test_g.py", "from shop import prices\n\ndef test():\n    assert prices.g() == 2\n"),
];

const F_CHANGED: (&str, &str) = ("shop/prices.py", "def f():\n    return 3\n\ndef g():\n    return 2\n");

fn two(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    TWO.iter().filter(|(path, _)| !more.iter().any(|(other, _)| other == path)).chain(more).copied().collect()
}

/// Files beside the two tests, a change, and what is affected.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

#[test]
fn names_are_followed() {
    let cases: &[Case] = &[
        ("by a `from`", &[], &[F_CHANGED], &["f"]),
        (
            "comments and docstrings",
            &[],
            &[(
                "shop/prices.py",
                "# x\ndef f():\n    \"\"\"x\"\"\"\n    return 1\n\n\ndef g():\n    return (2)\n",
            )],
            &[],
        ),
        (
            "a function that uses it",
            &[
                ("tests/test_h.py", "from shop.prices import h\n"),
                (
                    "shop/prices.py",
                    "def f():\n    return 1\n\ndef g():\n    return 2\n\ndef h():\n    return g()\n",
                ),
            ],
            &[(
                "shop/prices.py",
                "def f():\n    return 1\n\ndef g():\n    return 3\n\ndef h():\n    return g()\n",
            )],
            &["g", "h"],
        ),
        (
            "passed on",
            &[
                ("shop/api.py", "from .prices import f as price\n"),
                ("tests/test_api.py", "from shop.api import price\n\ndef test():\n    price()\n"),
            ],
            &[F_CHANGED],
            &["api", "f"],
        ),
        (
            "by a star",
            &[
                ("shop/api.py", "from shop.prices import *\n"),
                ("tests/test_api.py", "import shop.api\n\ndef test():\n    shop.api.f()\n"),
                ("tests/test_other.py", "import shop.api\n\ndef test():\n    shop.api.g()\n"),
            ],
            &[F_CHANGED],
            &["api", "f"],
        ),
        (
            "an attribute of a module",
            &[
                ("tests/test_m.py", "import shop.prices as p\n\ndef test():\n    p.f()\n"),
                ("tests/test_n.py", "import shop.prices as p\n\ndef test():\n    p.g()\n"),
            ],
            &[F_CHANGED],
            &["f", "m"],
        ),
        (
            "a module that is handed over",
            &[(
                "tests/test_m.py",
                "import shop.prices as p\n\ndef test():\n    getattr(p, 'x' + 'y', None)\n",
            )],
            &[F_CHANGED],
            &["f", "m"],
        ),
        (
            "a string that names it",
            &[
                (
                    "tests/test_m.py",
                    "from unittest.mock import patch\n\n@patch('shop.prices.f')\ndef test(f):\n    pass\n",
                ),
                ("tests/test_n.py", "X = 'shop.prices.g'\n"),
            ],
            &[F_CHANGED],
            &["f", "m"],
        ),
        (
            "an import in a function",
            &[
                (
                    "shop/late.py",
                    "def one():\n    from shop.prices import f\n    return f()\n\ndef two():\n    return 2\n",
                ),
                ("tests/test_one.py", "from shop.late import one\n\ndef test():\n    one()\n"),
                ("tests/test_late.py", "from shop.late import two\n\ndef test():\n    two()\n"),
            ],
            &[F_CHANGED],
            &["f", "one"],
        ),
        (
            "a base class",
            &[
                ("shop/base.py", "class A:\n    def a(self):\n        return 1\n"),
                ("shop/child.py", "from shop.base import A\n\nclass B(A):\n    pass\n\nclass C:\n    pass\n"),
                ("tests/test_b.py", "from shop.child import B\n\ndef test():\n    B().a()\n"),
                ("tests/test_c.py", "from shop.child import C\n\ndef test():\n    C()\n"),
            ],
            &[("shop/base.py", "class A:\n    def a(self):\n        return 2\n")],
            &["b"],
        ),
        (
            "for types only",
            &[
                (
                    "shop/typed.py",
                    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop.prices import f\n\ndef t() -> 'f':\n    return 1\n",
                ),
                ("tests/test_t.py", "from shop.typed import t\n\ndef test():\n    t()\n"),
            ],
            &[F_CHANGED],
            &["f"],
        ),
        (
            "`__getattr__` of a module",
            &[
                (
                    "shop/lazy.py",
                    "from shop import prices\n\ndef __getattr__(name):\n    return getattr(prices, name)\n\ndef own():\n    return 1\n",
                ),
                ("tests/test_lazy.py", "from shop.lazy import f\n\ndef test():\n    f()\n"),
            ],
            &[F_CHANGED],
            &["f", "lazy"],
        ),
    ];
    judge(cases);
}

#[test]
fn what_runs_at_import_reaches_whoever_loads_it() {
    let cases: &[Case] = &[
        (
            "a call at import",
            &[
                ("shop/made.py", "from shop.prices import f\n\nX = f()\n\ndef own():\n    return 1\n"),
                ("tests/test_made.py", "from shop.made import own\n\ndef test():\n    own()\n"),
            ],
            &[F_CHANGED],
            &["f", "made"],
        ),
        (
            "code of the module",
            &[],
            &[("shop/prices.py", "def f():\n    return 1\n\ndef g():\n    return 2\n\nprint(1)\n")],
            &["f", "g"],
        ),
        ("a syntax error", &[], &[("shop/prices.py", "def f(:\n")], &["f", "g"]),
        (
            "a package around",
            &[("tests/test_none.py", "def test():\n    pass\n")],
            &[("shop/__init__.py", "print(1)\n")],
            &["f", "g"],
        ),
        (
            "a constant",
            &[
                ("shop/made.py", "A = 1\nB = 2\n"),
                ("tests/test_a.py", "from shop.made import A\n\ndef test():\n    assert A\n"),
                ("tests/test_b.py", "from shop.made import B\n\ndef test():\n    assert B\n"),
            ],
            &[("shop/made.py", "A = 3\nB = 2\n")],
            &["a"],
        ),
        (
            "a name that is gone",
            &[
                ("shop/api.py", "from shop.prices import f\n\ndef own():\n    return 1\n"),
                ("tests/test_api.py", "from shop.api import own\n\ndef test():\n    own()\n"),
            ],
            &[("shop/prices.py", "def g():\n    return 2\n")],
            &["api", "f"],
        ),
        ("a module that is gone", &[], &[("shop/prices.py", GONE)], &["f", "g"]),
    ];
    judge(cases);
}

#[test]
fn registries_and_bases_learn_of_what_is_handed_to_them() {
    const REGISTRY: (&str, &str) = (
        "shop/registry.py",
        "ALL = {}\n\ndef register(f):\n    ALL[f.__name__] = f\n    return f\n\ndef other():\n    return 1\n",
    );
    let cases: &[Case] = &[
        (
            "a decorator that keeps it",
            &[
                REGISTRY,
                (
                    "shop/plugin.py",
                    "from shop.registry import register\n\n@register\ndef p():\n    return 1\n",
                ),
                (
                    "tests/test_all.py",
                    "import shop.plugin\nfrom shop.registry import ALL\n\ndef test():\n    ALL['p']()\n",
                ),
                ("tests/test_other.py", "from shop.registry import other\n\ndef test():\n    other()\n"),
            ],
            &[(
                "shop/plugin.py",
                "from shop.registry import register\n\n@register\ndef p():\n    return 2\n",
            )],
            &["all"],
        ),
        (
            "an item of a registry",
            &[
                REGISTRY,
                (
                    "shop/plugin.py",
                    "from shop.registry import ALL\nfrom shop.prices import f\n\nALL['f'] = f\n",
                ),
                (
                    "tests/test_all.py",
                    "import shop.plugin\nfrom shop.registry import ALL\n\ndef test():\n    ALL['f']()\n",
                ),
                ("tests/test_other.py", "from shop.registry import other\n\ndef test():\n    other()\n"),
            ],
            &[F_CHANGED],
            &["all", "f"],
        ),
        (
            "a base with `__init_subclass__`",
            &[
                (
                    "shop/base.py",
                    "class A:\n    known = []\n    def __init_subclass__(cls):\n        A.known.append(cls)\n",
                ),
                (
                    "shop/child.py",
                    "from shop.base import A\n\nclass B(A):\n    def b(self):\n        return 1\n",
                ),
                (
                    "tests/test_known.py",
                    "import shop.child\nfrom shop.base import A\n\ndef test():\n    A.known[0]().b()\n",
                ),
            ],
            &[(
                "shop/child.py",
                "from shop.base import A\n\nclass B(A):\n    def b(self):\n        return 2\n",
            )],
            &["known"],
        ),
        (
            "a base that is asked for subclasses",
            &[
                ("shop/base.py", "class A:\n    pass\n"),
                (
                    "shop/child.py",
                    "from shop.base import A\n\nclass B(A):\n    def b(self):\n        return 1\n",
                ),
                (
                    "tests/test_known.py",
                    "import shop.child\nfrom shop.base import A\n\ndef test():\n    A.__subclasses__()[0]().b()\n",
                ),
            ],
            &[(
                "shop/child.py",
                "from shop.base import A\n\nclass B(A):\n    def b(self):\n        return 2\n",
            )],
            &["known"],
        ),
        (
            "a computed import",
            &[
                (
                    "shop/load.py",
                    "import importlib\n\ndef load(name):\n    return importlib.import_module('shop.' + name)\n",
                ),
                ("tests/test_load.py", "from shop.load import load\n\ndef test():\n    load('prices')\n"),
            ],
            &[F_CHANGED],
            &["f", "load"],
        ),
    ];
    judge(cases);
}

#[test]
fn pytest_hands_over_fixtures_and_runs_conftests() {
    const USES: (&str, &str) = ("tests/test_uses.py", "def test(price):\n    assert price == 1\n");
    const NOT: (&str, &str) = ("tests/test_not.py", "def test():\n    pass\n");
    let cases: &[Case] = &[
        (
            "a fixture",
            &[
                USES,
                NOT,
                (
                    "tests/conftest.py",
                    "import pytest\nfrom shop.prices import f\n\n@pytest.fixture\ndef price():\n    return f()\n",
                ),
            ],
            &[F_CHANGED],
            &["f", "uses"],
        ),
        (
            "a fixture of a fixture",
            &[
                USES,
                NOT,
                (
                    "tests/conftest.py",
                    "import pytest\nfrom shop.prices import f\n\n@pytest.fixture\ndef base():\n    return f()\n\n@pytest.fixture\ndef price(base):\n    return base\n",
                ),
            ],
            &[F_CHANGED],
            &["f", "uses"],
        ),
        (
            "by a mark",
            &[
                (
                    "tests/test_uses.py",
                    "import pytest\n\n@pytest.mark.usefixtures('price')\ndef test():\n    pass\n",
                ),
                NOT,
                (
                    "tests/conftest.py",
                    "import pytest\nfrom shop.prices import f\n\n@pytest.fixture\ndef price():\n    return f()\n",
                ),
            ],
            &[F_CHANGED],
            &["f", "uses"],
        ),
        (
            "one that every test uses",
            &[
                NOT,
                (
                    "tests/conftest.py",
                    "import pytest\nfrom shop.prices import f\n\n@pytest.fixture(autouse=True)\ndef price():\n    return f()\n",
                ),
            ],
            &[F_CHANGED],
            &["f", "g", "not"],
        ),
        (
            "one below another folder",
            &[
                ("tests/sub/test_sub.py", "def test():\n    pass\n"),
                (
                    "tests/sub/conftest.py",
                    "import pytest\nfrom shop.prices import f\n\n@pytest.fixture(autouse=True)\ndef price():\n    return f()\n",
                ),
            ],
            &[F_CHANGED],
            &["sub", "f"],
        ),
        (
            "a test",
            &[],
            &[("tests/test_f.py", "from shop.prices import f\n\ndef test():\n    assert f() == 2\n")],
            &["f"],
        ),
    ];
    judge(cases);
}

#[test]
fn what_is_no_python_reaches_those_that_read_it() {
    let cases: &[Case] = &[
        (
            "a file that a string names",
            &[
                ("shop/rates.json", "{}"),
                (
                    "shop/rates.py",
                    "from pathlib import Path\n\nRATES = Path(__file__).with_name('rates.json').read_text()\n",
                ),
                ("tests/test_rates.py", "from shop.rates import RATES\n"),
            ],
            &[("shop/rates.json", "{\"a\": 1}")],
            &["rates"],
        ),
        ("a file that nobody names", &[("odd.bin", "")], &[("odd.bin", "1")], &["f", "g"]),
        ("a text", &[("README.md", "")], &[("README.md", "1")], &[]),
        (
            "a config",
            &[("pyproject.toml", "")],
            &[("pyproject.toml", "[project]\nname = 'x'\n")],
            &["f", "g"],
        ),
    ];
    judge(cases);
}

fn judge(cases: &[Case]) {
    let mut wrong = Vec::new();
    for (name, files, change, expected) in cases {
        let found = affected(&two(files), change);
        if found != *expected {
            wrong.push(format!("{name}: {found:?}, and not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_programs_read_is_as_its_schema_says() {
    let project = committed(&two(&[("README.md", "")]));
    project.write(F_CHANGED.0, F_CHANGED.1);
    project.write("README.md", "1");
    let answer = project.run(&["affected", "--output-format", "json"]).json();
    let schema = include_str!("../../resources/schema/formats/affected.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&answer).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, [""; 0]);
    assert_eq!(answer["all"], json!(null));
    assert_eq!(answer["unaffected_tests"], json!(["tests/test_g.py"]));
    assert_eq!(
        answer["files"][1]["because"],
        json!([
            { "path": "shop/prices.py", "module": "shop.prices", "name": "f", "how": "changed" },
            { "path": "tests/test_f.py", "module": "tests.test_f", "name": null, "how": "uses" },
        ])
    );
    assert!(!validator.is_valid(&json!({ "all": null, "files": [{}], "unaffected_tests": [], "inert": [] })));
}

#[test]
fn what_cannot_be_told_is_an_error() {
    let project = committed(TWO);
    project.run(&["affected", "--since", "nowhere"]).assert_refused(2, &["there is no revision `nowhere`"]);
    let elsewhere = Project::new(TWO);
    assert_eq!(elsewhere.call(&["affected"]).run().code, 2);
    // Without git it works by name, file by file.
    let answer = elsewhere.run(&["affected", "--tests", "--null", "--files", "shop/prices.py"]);
    assert_eq!(answer.out(), "tests/test_f.py\0tests/test_g.py\0");
}

#[test]
fn boundary_modules_are_those_of_the_config() {
    let project =
        committed(&two(&[("ringfence.toml", "[modules.\"shop\"]\n[modules.tests]\n[modules.tools]\n")]));
    project.write(F_CHANGED.0, F_CHANGED.1);
    let answer = project.run(&["affected", "--level", "boundaries", "--quiet"]);
    assert_eq!(answer.out(), "shop\ntests\n");
}
