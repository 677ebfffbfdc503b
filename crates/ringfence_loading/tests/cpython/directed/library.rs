//! What comes of the standard library.

use super::{Case, fails, works};

pub(super) const CASES: &[Case] = &[
    works(
        "ABCMeta makes a class as type does",
        "a",
        &[
            (
                "a.py",
                "import abc\nclass M(abc.ABCMeta):\n    def __new__(mcs, name, bases, namespace, **more):\n        return abc.ABCMeta.__new__(mcs, name, bases, namespace, **more)\nclass A(metaclass=M):\n    def __init_subclass__(cls):\n        cls.n = 1\nclass B(A):\n    pass\nif B.n == 1:\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "modules by their files, in the order of names",
        "p",
        &[
            (
                "p/__init__.py",
                "import importlib, pkgutil\nfor info in pkgutil.iter_modules(__path__):\n    importlib.import_module(f'{__name__}.{info.name}')",
            ),
            ("p/b.py", ""),
            ("p/a.py", ""),
            ("p/c/__init__.py", ""),
        ],
        &["p", "p.a", "p.b", "p.c"],
    ),
    works(
        "packages among them are told apart, and namespaces are not among them",
        "p",
        &[
            (
                "p/__init__.py",
                "import pkgutil\nfor _, name, is_package in pkgutil.iter_modules(__path__):\n    if is_package:\n        __import__(f'p.{name}')",
            ),
            ("p/a.py", "1 / 0"),
            ("p/n/x.py", "1 / 0"),
            ("p/q/__init__.py", ""),
        ],
        &["p", "p.q"],
    ),
    fails(
        "a default before a field without one",
        "a",
        &[("a.py", "import dataclasses\n@dataclasses.dataclass\nclass A:\n    n: int = 1\n    m: int")],
        "TypeError",
        "a.py:2",
        &[],
    ),
    fails(
        "a list as the default of a field",
        "a",
        &[("a.py", "import dataclasses\n@dataclasses.dataclass\nclass A:\n    n: list = []")],
        "ValueError",
        "a.py:2",
        &[],
    ),
    fails(
        "a frozen object",
        "a",
        &[(
            "a.py",
            "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass A:\n    n: int = 1\nA().n = 2",
        )],
        "dataclasses.FrozenInstanceError",
        "a.py:5",
        &[],
    ),
    works(
        "__post_init__ runs",
        "a",
        &[
            (
                "a.py",
                "import dataclasses\n@dataclasses.dataclass\nclass A:\n    n: int = 1\n    def __post_init__(self):\n        import b\nimport c\nA()",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "c", "b"],
    ),
    works(
        "members that are text, too",
        "a",
        &[
            (
                "a.py",
                "import enum\nclass E(str, enum.Enum):\n    A = 'a'\nif E.A == 'a' and E('a') is E.A and E['A'].name == 'A' and [e.value for e in E] == ['a']:\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    fails(
        "an enumeration with members has no subclasses",
        "a",
        &[("a.py", "import enum\nclass E(enum.Enum):\n    A = 1\nclass F(E):\n    pass")],
        "TypeError",
        "a.py:4",
        &[],
    ),
    fails(
        "a value that no member has",
        "a",
        &[("a.py", "import enum\nclass E(enum.Enum):\n    A = 1\nE(2)")],
        "ValueError",
        "a.py:4",
        &[],
    ),
    works(
        "methods of members are no members",
        "a",
        &[
            (
                "a.py",
                "import enum\nclass E(enum.Enum):\n    A = enum.auto()\n    B = enum.auto()\n    def f(self):\n        import b\n        return self.value\nif E.B.f() == 2 and len(E) == 2:\n    import c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    works(
        "an object that is a mapping",
        "a",
        &[
            (
                "a.py",
                "import collections.abc\nclass M(collections.abc.Mapping):\n    def __getitem__(self, key):\n        return 1\n    def __iter__(self):\n        return iter(('k',))\n    def __len__(self):\n        return 1\nif dict(M()) == {'k': 1} and M().get('k') == 1 and 'k' in M():\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "dispatch by class",
        "a",
        &[
            (
                "a.py",
                "import functools\n@functools.singledispatch\ndef f(x):\n    import nope\n@f.register\ndef _(x: int):\n    import b\nf(1)",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a cached property runs once",
        "a",
        &[
            (
                "a.py",
                "import functools, c\nclass A:\n    @functools.cached_property\n    def n(self):\n        c.n += 1\n        return c.n\na = A()\na.n\nif a.n == 1:\n    import b",
            ),
            ("b.py", ""),
            ("c.py", "n = 0"),
        ],
        &["a", "c", "b"],
    ),
    works(
        "a stack of managers",
        "a",
        &[
            (
                "a.py",
                "import contextlib\nwith contextlib.ExitStack() as stack:\n    stack.enter_context(contextlib.suppress(ImportError))\n    import nope\nimport b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a default dictionary, a counter and a chain",
        "a",
        &[
            (
                "a.py",
                "import collections, itertools\nd = collections.defaultdict(list)\nd['k'].append(1)\nif d == {'k': [1]} and collections.Counter('aab')['a'] == 2 and list(itertools.chain((1,), [2])) == [1, 2]:\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "classes of typing can be bases and be asked for items",
        "a",
        &[
            (
                "a.py",
                "import typing\nT = typing.TypeVar('T')\nclass A(typing.Generic[T]):\n    pass\nclass B(A[int]):\n    pass\nx: typing.Optional['Nope'] = None\nimport b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    fails(
        "what is executed in names of its own does not bind here",
        "a",
        &[("a.py", "names = {}\nexec('import b\\nx = 1', names)\nnames['x']\nx"), ("b.py", "")],
        "NameError",
        "a.py:4",
        &["b"],
    ),
    fails(
        "a return outside of functions",
        "a",
        &[("a.py", "import b"), ("b.py", "return 1")],
        "SyntaxError",
        "a.py:1",
        &[],
    ),
    fails(
        "an error of who is told of a class",
        "a",
        &[
            (
                "a.py",
                "class D:\n    def __init_subclass__(cls):\n        1 / 0\nimport b\nclass A(D):\n    x = 1",
            ),
            ("b.py", ""),
        ],
        "ZeroDivisionError",
        "a.py:3",
        &["b"],
    ),
    fails(
        "bases that contradict each other",
        "a",
        &[("a.py", "class A: pass\nclass B(A): pass\nclass C(A, B): pass")],
        "TypeError",
        "a.py:3",
        &[],
    ),
    fails(
        "a class that no class can derive from",
        "a",
        &[("a.py", "class A(bool): pass")],
        "TypeError",
        "a.py:1",
        &[],
    ),
    works(
        "map and list call what is imported",
        "a",
        &[
            (
                "a.py",
                "import importlib\nlist(map(importlib.import_module, ('b', 'c')))\nmap(importlib.import_module, ('nope',))",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    works(
        "a variable of the environment is set, asked for and taken away",
        "a",
        &[
            (
                "a.py",
                "import importlib\nimport os\nos.environ['RF_SET'] = 'p.q'\nimportlib.import_module(os.environ['RF_SET'])\nassert 'RF_SET' in os.environ\nimportlib.import_module(os.environ.get('RF_SET', 'b'))\ndel os.environ['RF_SET']\nif 'RF_SET' in os.environ:\n    import b\nassert os.environ.get('RF_SET') is None",
            ),
            ("b.py", ""),
            ("p/__init__.py", ""),
            ("p/q.py", ""),
        ],
        &["a", "p", "p.q"],
    ),
    works(
        "a variable that is there when it is asked for is there when it is read",
        "a",
        &[(
            "a.py",
            "import os\ndef revision():\n    if 'RF_NOT_SET' in os.environ:\n        return os.environ['RF_NOT_SET']\n    return None\nrevision()",
        )],
        &["a"],
    ),
    fails(
        "a variable that is taken away is missed",
        "a",
        &[("a.py", "import os\nos.environ['RF_SET'] = '1'\nos.environ.pop('RF_SET')\nos.environ['RF_SET']")],
        "KeyError",
        "a.py:4",
        &[],
    ),
    works(
        "what stands in a type binds",
        "a",
        &[(
            "a.py",
            "class A:\n    def __init__(self):\n        put = object.__setattr__.__get__(self)\n        put('x', 1)\nassert A().x == 1",
        )],
        &["a"],
    ),
    works(
        "sequences are repeated",
        "a",
        &[(
            "a.py",
            "assert (1, 2) * 2 == (1, 2, 1, 2)\nassert b'ab' * 2 == b'abab'\nassert 2 * [1] == [1, 1]\nassert (1 != 2) * ['x'] == ['x']\nb'%03o' % 7",
        )],
        &["a"],
    ),
    works(
        "types of Python have their methods",
        "a",
        &[(
            "a.py",
            "str.maketrans('a', 'b')\nfloat.__trunc__(1.5)\nfloat.__ceil__\nint.from_bytes(b'1', 'big')\nslice(1).stop",
        )],
        &["a"],
    ),
    works(
        "the order of the bases of a class is a tuple",
        "a",
        &[(
            "a.py",
            "class A: pass\nclass B(A): pass\nassert B.__mro__ == (B, A, object)\nassert B.__bases__ == (A,)\nassert B.__mro__[1:] == (A, object)\nassert A in B.__mro__\nassert A.__base__ is object",
        )],
        &["a"],
    ),
    works(
        "a class of a list takes arguments",
        "a",
        &[(
            "a.py",
            "import sys\nclass A(list[int]): pass\nclass B(A[str]): pass\nif sys.version_info >= (3, 11):\n    class C(ExceptionGroup[ValueError]): pass",
        )],
        &["a"],
    ),
    works(
        "the keys of a dictionary are like a set",
        "a",
        &[("a.py", "d = {'a': 1, 'b': 2}\nassert d.keys() - {'a'} == {'b'}")],
        &["a"],
    ),
    works(
        "code in names of its own, twice",
        "a",
        &[
            (
                "a.py",
                "script = 'import b\\nclass C:\\n    def go(self):\\n        return base + b.n'\nglobs, locs = {'base': 1}, {}\neval(compile(script, 'here', 'exec'), globs, locs)\nassert 'b' in locs\nassert 'C' in locs and 'C' not in globs\nassert '__builtins__' in globs",
            ),
            ("b.py", "n = 1"),
        ],
        &["a", "b"],
    ),
    works(
        "code that is compiled is executed in the names of the module",
        "a",
        &[
            (
                "a.py",
                "exec(compile('import b', 'here', 'exec'), globals())\nassert b.n == 1\nassert eval(compile('b.n + 1', 'here', 'eval')) == 2",
            ),
            ("b.py", "n = 1"),
        ],
        &["a", "b"],
    ),
];
