//! What is raised, and who catches it.

use super::{Case, fails, works};

pub(super) const CASES: &[Case] = &[
    works(
        "a fallback that is needed",
        "a",
        &[("a.py", "try:\n    import nope\nexcept ImportError:\n    import b"), ("b.py", "")],
        &["a", "b"],
    ),
    works(
        "a fallback that is not",
        "a",
        &[("a.py", "try:\n    import b\nexcept ImportError:\n    import c"), ("b.py", ""), ("c.py", "")],
        &["a", "b"],
    ),
    fails(
        "a handler of another class",
        "a",
        &[("a.py", "try:\n    from b import nope\nexcept ModuleNotFoundError:\n    pass"), ("b.py", "")],
        "ImportError",
        "a.py:2",
        &["b"],
    ),
    works(
        "handlers are tried in order",
        "a",
        &[
            (
                "a.py",
                "try:\n    {}[1]\nexcept (ValueError, TypeError):\n    import c\nexcept (OSError, LookupError):\n    import b\nexcept KeyError:\n    import c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b"],
    ),
    fails(
        "tuples of classes have no tuples in them",
        "a",
        &[("a.py", "try:\n    {}[1]\nexcept (ValueError, (TypeError, LookupError)):\n    pass")],
        "TypeError",
        "a.py:3",
        &[],
    ),
    works(
        "else and finally",
        "a",
        &[
            (
                "a.py",
                "try:\n    import b\nexcept ImportError:\n    import nope\nelse:\n    import c\nfinally:\n    import d",
            ),
            ("b.py", ""),
            ("c.py", ""),
            ("d.py", ""),
        ],
        &["a", "b", "c", "d"],
    ),
    fails(
        "finally runs, and the error goes on",
        "a",
        &[("a.py", "try:\n    1 / 0\nfinally:\n    import b"), ("b.py", "")],
        "ZeroDivisionError",
        "a.py:2",
        &["b"],
    ),
    works(
        "a return in finally swallows",
        "a",
        &[
            (
                "a.py",
                "def f():\n    try:\n        1 / 0\n    finally:\n        return 1\nif f() == 1:\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    fails(
        "a bare raise goes on with the same",
        "a",
        &[("a.py", "try:\n    import nope\nexcept ImportError:\n    raise")],
        "ModuleNotFoundError",
        "a.py:2",
        &[],
    ),
    fails(
        "an error of one's own",
        "a",
        &[
            ("a.py", "from e import Broken\nraise Broken('x')"),
            ("e.py", "class Broken(ImportError):\n    pass"),
        ],
        "e.Broken",
        "a.py:2",
        &["e"],
    ),
    works(
        "an error of one's own is caught as what it is",
        "a",
        &[
            ("a.py", "try:\n    import b\nexcept ImportError:\n    import c"),
            ("b.py", "class Broken(ImportError):\n    pass\nraise Broken"),
            ("c.py", ""),
        ],
        &["a", "c"],
    ),
    fails(
        "SystemExit is no Exception",
        "a",
        &[("a.py", "try:\n    import b\nexcept Exception:\n    pass"), ("b.py", "import sys\nsys.exit()")],
        "SystemExit",
        "b.py:2",
        &[],
    ),
    works(
        "but a bare except catches it",
        "a",
        &[("a.py", "try:\n    import b\nexcept:\n    pass"), ("b.py", "import sys\nsys.exit()")],
        &["a"],
    ),
    works(
        "suppress",
        "a",
        &[
            (
                "a.py",
                "import contextlib\nwith contextlib.suppress(ImportError, KeyError):\n    import nope\n    import b\nimport c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "c"],
    ),
    works(
        "a manager of one's own swallows",
        "a",
        &[
            (
                "a.py",
                "class Guard:\n    def __enter__(self): return self\n    def __exit__(self, *e): return True\nwith Guard():\n    import nope\nimport b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    fails(
        "a manager that does not",
        "a",
        &[
            (
                "a.py",
                "class Guard:\n    def __enter__(self): return self\n    def __exit__(self, *e): return None\nwith Guard():\n    import nope\nimport b",
            ),
            ("b.py", ""),
        ],
        "ModuleNotFoundError",
        "a.py:5",
        &[],
    ),
    works(
        "a manager from a generator swallows",
        "a",
        &[
            (
                "a.py",
                "from contextlib import contextmanager\n@contextmanager\ndef guard():\n    try:\n        yield\n    except ImportError:\n        import b\nwith guard():\n    import nope\nimport c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    fails(
        "an assertion",
        "a",
        &[("a.py", "assert 1 == 1\nassert 1 == 2, 'no'")],
        "AssertionError",
        "a.py:2",
        &[],
    ),
    fails("a number that is none", "a", &[("a.py", "int('3')\nint('x')")], "ValueError", "a.py:2", &[]),
    fails(
        "nothing comes next",
        "a",
        &[("a.py", "next(iter(()), 0)\nnext(iter(()))")],
        "StopIteration",
        "a.py:2",
        &[],
    ),
    fails(
        "a call with too few arguments",
        "a",
        &[("a.py", "def f(x):\n    pass\nf()")],
        "TypeError",
        "a.py:3",
        &[],
    ),
    fails("a call of what cannot be called", "a", &[("a.py", "x = 1\nx()")], "TypeError", "a.py:2", &[]),
    fails("what is raised is no exception", "a", &[("a.py", "raise 1")], "TypeError", "a.py:1", &[]),
    fails(
        "the class to catch is asked for only when something is raised",
        "a",
        &[
            (
                "a.py",
                "import b\ntry:\n    x = 1\nexcept b.Nope:\n    pass\ntry:\n    1 / 0\nexcept b.Nope:\n    pass",
            ),
            ("b.py", ""),
        ],
        "AttributeError",
        "a.py:8",
        &["b"],
    ),
    fails(
        "an error in a handler takes the place of the first",
        "a",
        &[("a.py", "try:\n    import nope\nexcept ImportError:\n    {}['k']")],
        "KeyError",
        "a.py:4",
        &[],
    ),
    works(
        "what an error says",
        "a",
        &[
            (
                "a.py",
                "try:\n    import nope\nexcept ImportError as e:\n    if e.name == 'nope':\n        import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    fails(
        "an error in a function of another module",
        "a",
        &[
            ("a.py", "from b import f\nf()"),
            ("b.py", "def f():\n    g()\ndef g():\n    raise ValueError('x')"),
        ],
        "ValueError",
        "b.py:4",
        &["b"],
    ),
    fails(
        "a generator that runs out inside of itself",
        "a",
        &[("a.py", "def g():\n    next(iter(()))\n    yield\nlist(g())")],
        "RuntimeError",
        "a.py:4",
        &[],
    ),
    fails(
        "a failing import in a function that is called",
        "a",
        &[("a.py", "import b\nb.f()"), ("b.py", "def f():\n    import nope")],
        "ModuleNotFoundError",
        "b.py:2",
        &["b"],
    ),
    works(
        "a failing import in a function that is not",
        "a",
        &[("a.py", "import b\nb.f"), ("b.py", "def f():\n    import nope")],
        &["a", "b"],
    ),
    fails("an entry that is not there", "nope", &[("a.py", "")], "ModuleNotFoundError", "", &[]),
    fails("an entry that cannot be compiled", "a", &[("a.py", "def (:")], "SyntaxError", "", &[]),
    works(
        "continue and break in a loop with errors",
        "a",
        &[
            (
                "a.py",
                "import importlib\nfor name in ('nope', 'b', 'c'):\n    try:\n        importlib.import_module(name)\n    except ImportError:\n        continue\n    else:\n        break",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b"],
    ),
];
