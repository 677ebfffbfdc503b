//! Calls that import, and code that calls make run.

use super::{Case, fails, works};

pub(super) const CASES: &[Case] = &[
    works(
        "import_module of a literal",
        "a",
        &[
            ("a.py", "import importlib\nimportlib.import_module('p.q').x"),
            ("p/__init__.py", ""),
            ("p/q.py", "x = 1"),
        ],
        &["a", "p", "p.q"],
    ),
    works(
        "import_module, relative",
        "p.a",
        &[
            ("p/__init__.py", ""),
            (
                "p/a.py",
                "from importlib import import_module\nimport_module('.b', __package__)\nimport_module('..c', 'p.a')",
            ),
            ("p/b.py", ""),
            ("p/c.py", ""),
        ],
        &["p", "p.a", "p.b", "p.c"],
    ),
    fails(
        "import_module, relative without a package",
        "a",
        &[("a.py", "import importlib\nimportlib.import_module('.b')")],
        "TypeError",
        "a.py:2",
        &[],
    ),
    works(
        "import_module of computed names",
        "a",
        &[
            (
                "a.py",
                "import importlib\nfor n in ('b', 'c'):\n    importlib.import_module(f'p.{n}')\nimportlib.import_module('p' + '.' + 'd')",
            ),
            ("p/b.py", ""),
            ("p/c.py", ""),
            ("p/d.py", ""),
        ],
        &["a", "p", "p.b", "p.c", "p.d"],
    ),
    works(
        "a table of names, and a function that looks in it",
        "a",
        &[
            (
                "a.py",
                "import importlib\nTABLE = {'x': 'b', 'y': 'c'}\ndef get(key):\n    return importlib.import_module(TABLE[key])\nget('x')",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "__import__ gives the top",
        "a",
        &[
            ("a.py", "__import__('p.q').y\n__import__('p.q', fromlist=['x']).x"),
            ("p/__init__.py", "y = 1"),
            ("p/q.py", "x = 1"),
        ],
        &["a", "p", "p.q"],
    ),
    works("exec imports", "a", &[("a.py", "exec('import b')\nb.x"), ("b.py", "x = 1")], &["a", "b"]),
    fails(
        "exec raises",
        "a",
        &[("a.py", "x = 1\nexec('y = 1\\n1 / 0')")],
        "ZeroDivisionError",
        "a.py:2",
        &[],
    ),
    works(
        "eval of what is computed",
        "a",
        &[("a.py", "if eval('1' + '+ 1') == 2:\n    import b"), ("b.py", "")],
        &["a", "b"],
    ),
    works(
        "find_spec does not run the module, but its parents",
        "a",
        &[
            (
                "a.py",
                "import importlib.util\nif importlib.util.find_spec('p.q') is not None:\n    import b\nif importlib.util.find_spec('nope') is None:\n    import c",
            ),
            ("p/__init__.py", ""),
            ("p/q.py", "1 / 0"),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "p", "b", "c"],
    ),
    fails(
        "find_spec below what is not there",
        "a",
        &[("a.py", "import importlib.util\nimportlib.util.find_spec('nope.x')")],
        "ModuleNotFoundError",
        "a.py:2",
        &[],
    ),
    works(
        "a decorator that calls",
        "a",
        &[
            (
                "a.py",
                "def now(f):\n    f()\n    return f\n@now\ndef f():\n    import b\ndef g():\n    import nope",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a decorator that wraps",
        "a",
        &[
            (
                "a.py",
                "import functools\ndef wrap(f):\n    @functools.wraps(f)\n    def inner(*args, **kwargs):\n        import c\n        return f(*args, **kwargs)\n    return inner\n@wrap\ndef f(n):\n    import b\n    return n\nf(1)",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "c", "b"],
    ),
    works(
        "lru_cache calls once",
        "a",
        &[
            (
                "a.py",
                "import functools, c\n@functools.lru_cache\ndef f():\n    c.n += 1\nf()\nf()\nif c.n == 1:\n    import b",
            ),
            ("b.py", ""),
            ("c.py", "n = 0"),
        ],
        &["a", "c", "b"],
    ),
    works(
        "partial",
        "a",
        &[
            (
                "a.py",
                "import functools\ndef f(x, y):\n    if x < y:\n        import b\nfunctools.partial(f, 1)(y=2)",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a generator runs only as far as it is asked",
        "a",
        &[
            ("a.py", "def g():\n    import b\n    yield 1\n    import c\n    yield 2\nit = g()\nnext(it)"),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a generator that nobody asks does not run",
        "a",
        &[("a.py", "def g():\n    import nope\n    yield\ng()")],
        &["a"],
    ),
    works(
        "a lambda, a closure and a default",
        "a",
        &[
            (
                "a.py",
                "def outer(n):\n    def inner(m=n + 1):\n        return n + m\n    return inner\nif (lambda f: f())(outer(1)) == 3:\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a recursion that ends",
        "a",
        &[
            ("a.py", "def f(n):\n    return 1 if n < 2 else n * f(n - 1)\nif f(4) == 24:\n    import b"),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a registry that is filled while modules load",
        "a",
        &[
            ("a.py", "import r\nimport b\nfor f in r.ALL:\n    f()"),
            ("r.py", "ALL = []\ndef register(f):\n    ALL.append(f)\n    return f"),
            ("b.py", "from r import register\n@register\ndef f():\n    import c"),
            ("c.py", ""),
        ],
        &["a", "r", "b", "c"],
    ),
    works(
        "an object with __call__ and __getattr__",
        "a",
        &[
            (
                "a.py",
                "class A:\n    def __call__(self):\n        import b\n    def __getattr__(self, name):\n        return name\nA()()\nif A().x == 'x':\n    import c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    works(
        "a property",
        "a",
        &[("a.py", "class A:\n    @property\n    def x(self):\n        import b\nA.x\nA().x"), ("b.py", "")],
        &["a", "b"],
    ),
    works(
        "async functions do not run when they are called",
        "a",
        &[("a.py", "async def f():\n    import nope\nf().close()")],
        &["a"],
    ),
    works(
        "arguments by name, by place and by star",
        "a",
        &[
            (
                "a.py",
                "def f(a, /, b, *c, d=4, **e):\n    return (a, b, c, d, e)\nif f(1, 2, 3, x=5) == (1, 2, (3,), 4, {'x': 5}) and f(*(1, 2), **{'d': 3}) == (1, 2, (), 3, {}):\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a conditional import by version",
        "a",
        &[
            (
                "a.py",
                "import sys\nif sys.version_info[:2] >= (3, 8):\n    import b\nelif sys.version_info < (3,):\n    import nope",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
];
