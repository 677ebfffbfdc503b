//! Generators, iterators, and managers that are made of generators.

use super::{Case, fails, works};

pub(super) const CASES: &[Case] = &[
    works(
        "a loop and its generator take turns",
        "a",
        &[
            (
                "a.py",
                "def g():\n    import b\n    yield 'c'\n    import d\n    yield 'e'\nfor name in g():\n    __import__(name)",
            ),
            ("b.py", ""),
            ("c.py", ""),
            ("d.py", ""),
            ("e.py", ""),
        ],
        &["a", "b", "c", "d", "e"],
    ),
    works(
        "a loop that ends early closes its generator",
        "a",
        &[
            (
                "a.py",
                "def g():\n    try:\n        yield 1\n        import nope\n    finally:\n        import b\nfor n in g():\n    break\nimport c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    works(
        "but not one that has a name",
        "a",
        &[
            (
                "a.py",
                "def g():\n    try:\n        yield 1\n    finally:\n        import b\nit = g()\nfor n in it:\n    break\nimport c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "c"],
    ),
    works(
        "what is sent comes out of yield",
        "a",
        &[
            (
                "a.py",
                "def g():\n    name = yield\n    __import__(name)\n    name = yield 1\n    __import__(name)\nit = g()\nnext(it)\nit.send('b')\ntry:\n    it.send('c')\nexcept StopIteration:\n    import d",
            ),
            ("b.py", ""),
            ("c.py", ""),
            ("d.py", ""),
        ],
        &["a", "b", "c", "d"],
    ),
    fails(
        "a fresh generator takes no value",
        "a",
        &[("a.py", "def g():\n    yield\ng().send(1)")],
        "TypeError",
        "a.py:3",
        &[],
    ),
    works(
        "what is thrown is raised at the yield",
        "a",
        &[
            (
                "a.py",
                "def g():\n    try:\n        yield 1\n    except KeyError:\n        import b\n        yield 2\nit = g()\nnext(it)\nif it.throw(KeyError('k')) == 2:\n    import c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    works(
        "yield from gives what the other returns",
        "a",
        &[
            (
                "a.py",
                "def inner():\n    yield 1\n    return 'b'\ndef g():\n    name = yield from inner()\n    __import__(name)\n    yield 2\nif list(g()) == [1, 2]:\n    import c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    works(
        "a generator expression asks for one at a time",
        "a",
        &[
            (
                "a.py",
                "import importlib\nit = (importlib.import_module(n) for n in ('b', 'nope'))\nnext(it)\nany(importlib.import_module(n) for n in ('c', 'nope'))",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    works(
        "map, zip and enumerate ask for one at a time",
        "a",
        &[
            (
                "a.py",
                "def g():\n    yield 'b'\n    yield 'c'\n    import nope\nfor n, m in zip((1, 2), map(__import__, g())):\n    pass\nfor n, name in enumerate(g(), 1):\n    if n == 2:\n        break\nimport d",
            ),
            ("b.py", ""),
            ("c.py", ""),
            ("d.py", ""),
        ],
        &["a", "b", "c", "d"],
    ),
    works(
        "an iterator is used up",
        "a",
        &[
            (
                "a.py",
                "it = map(str, (1, 2))\nfirst = list(it)\nif first == ['1', '2'] and list(it) == []:\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a list that grows while it is gone through",
        "a",
        &[
            (
                "a.py",
                "names = ['b']\nfor name in names:\n    __import__(name)\n    if name == 'b':\n        names.append('c')",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    fails(
        "a dictionary may not",
        "a",
        &[("a.py", "d = {'b': 1}\nfor name in d:\n    d['c'] = 1")],
        "RuntimeError",
        "a.py:2",
        &[],
    ),
    fails(
        "nor may the names of a module",
        "a",
        &[("a.py", "for name in globals():\n    pass")],
        "RuntimeError",
        "a.py:1",
        &[],
    ),
    works(
        "a manager from a generator leaves with the block",
        "a",
        &[
            (
                "a.py",
                "import contextlib\n@contextlib.contextmanager\ndef m():\n    import b\n    try:\n        yield 'c'\n    finally:\n        import d\nwith m() as name:\n    __import__(name)\nimport e",
            ),
            ("b.py", ""),
            ("c.py", ""),
            ("d.py", ""),
            ("e.py", ""),
        ],
        &["a", "b", "c", "d", "e"],
    ),
    fails(
        "a manager from a generator lets pass what it does not catch",
        "a",
        &[(
            "a.py",
            "import contextlib\n@contextlib.contextmanager\ndef m():\n    try:\n        yield\n    except KeyError:\n        pass\nwith m():\n    1 / 0",
        )],
        "ZeroDivisionError",
        "a.py:9",
        &[],
    ),
    fails(
        "a manager from a generator that does not yield",
        "a",
        &[(
            "a.py",
            "import contextlib\n@contextlib.contextmanager\ndef m():\n    if 0:\n        yield\nwith m():\n    pass",
        )],
        "RuntimeError",
        "a.py:6",
        &[],
    ),
    fails(
        "a manager from a generator that yields twice",
        "a",
        &[(
            "a.py",
            "import contextlib\n@contextlib.contextmanager\ndef m():\n    yield\n    yield\nwith m():\n    pass",
        )],
        "RuntimeError",
        "a.py:6",
        &[],
    ),
    works(
        "a manager from a generator decorates",
        "a",
        &[
            (
                "a.py",
                "import contextlib\n@contextlib.contextmanager\ndef m():\n    import b\n    try:\n        yield\n    except KeyError:\n        import d\n@m()\ndef f():\n    import c\n    raise KeyError\nf()\nf()\nimport e",
            ),
            ("b.py", ""),
            ("c.py", ""),
            ("d.py", ""),
            ("e.py", ""),
        ],
        &["a", "b", "c", "d", "e"],
    ),
    works(
        "a stack of managers unwinds from its end",
        "a",
        &[
            (
                "a.py",
                "import contextlib\n@contextlib.contextmanager\ndef m(name):\n    yield name\n    __import__(name)\nwith contextlib.ExitStack() as stack:\n    stack.callback(__import__, 'd')\n    stack.enter_context(m('c'))\n    __import__(stack.enter_context(m('b')))\n",
            ),
            ("b.py", ""),
            ("c.py", ""),
            ("d.py", ""),
        ],
        &["a", "b", "c", "d"],
    ),
    works(
        "a return in a generator ends it",
        "a",
        &[
            (
                "a.py",
                "def g(n):\n    while True:\n        if n > 2:\n            return\n        yield n\n        n += 1\nif tuple(g(1)) == (1, 2):\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a manager in a generator",
        "a",
        &[
            (
                "a.py",
                "import contextlib\ndef g():\n    with contextlib.suppress(ImportError):\n        yield 1\n        import nope\n    yield 2\nif list(g()) == [1, 2]:\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
];
