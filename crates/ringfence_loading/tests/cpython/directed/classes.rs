//! Classes that the standard library makes or changes.

use super::{Case, fails, works};

pub(super) const CASES: &[Case] = &[
    works(
        "fields have defaults, factories and an order",
        "a",
        &[
            (
                "a.py",
                "from dataclasses import dataclass, field\n@dataclass\nclass A:\n    n: int\n    m: list = field(default_factory=list)\n@dataclass\nclass B(A):\n    k: int = 3\nb = B(1)\nb.m.append(2)\nif (b.n, b.m, b.k) == (1, [2], 3) and B(1).m == [] and B(1) == B(n=1) and A.__init__ and not hasattr(A, 'm'):\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    fails(
        "a field that is given twice",
        "a",
        &[("a.py", "import dataclasses\n@dataclasses.dataclass\nclass A:\n    n: int\nA(1, n=1)")],
        "TypeError",
        "a.py:5",
        &[],
    ),
    fails(
        "a field that is not there",
        "a",
        &[("a.py", "import dataclasses\n@dataclasses.dataclass\nclass A:\n    n: int\nA(1, m=1)")],
        "TypeError",
        "a.py:5",
        &[],
    ),
    works(
        "fields by keyword only, and variables of the class",
        "a",
        &[
            (
                "a.py",
                "import dataclasses, typing\n@dataclasses.dataclass(kw_only=True)\nclass A:\n    n: int = 1\n    c: typing.ClassVar[int] = 5\n@dataclasses.dataclass\nclass B(A):\n    m: int\nif B(2).m == 2 and B(3, n=4).n == 4 and B.c == 5:\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "__post_init__ has the values that are for it",
        "a",
        &[
            (
                "a.py",
                "import dataclasses\n@dataclasses.dataclass\nclass A:\n    n: dataclasses.InitVar[str]\n    m: int = 1\n    def __post_init__(self, n):\n        __import__(n)\nA('b')",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a frozen object changes itself",
        "a",
        &[
            (
                "a.py",
                "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass A:\n    n: int\n    def __post_init__(self):\n        object.__setattr__(self, 'm', self.n + 1)\ntry:\n    A(1).m = 3\nexcept AttributeError:\n    import b\nif A(1).m == 2:\n    import c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    works(
        "an __init__ of its own is kept",
        "a",
        &[
            (
                "a.py",
                "import dataclasses\n@dataclasses.dataclass\nclass A:\n    n: int\n    def __init__(self):\n        import b\nA()",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    fails(
        "a field without a type",
        "a",
        &[(
            "a.py",
            "import dataclasses\n@dataclasses.dataclass\nclass A:\n    n = dataclasses.field(default=1)",
        )],
        "TypeError",
        "a.py:2",
        &[],
    ),
    works(
        "members by value, by name and by number",
        "a",
        &[
            (
                "a.py",
                "import enum\nclass E(enum.IntEnum):\n    A = 1\n    B = 2\n    C = 2\nif E(2) is E.B and E['C'] is E.B and len(E) == 2 and E.A < E.B and list(E) == [1, 2] and E.A.name == 'A' and E.B in E:\n    import b\nif 'C' in E.__members__ and E.A:\n    import c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    works(
        "members are made from values that have parts",
        "a",
        &[
            (
                "a.py",
                "import enum\nclass E(enum.Enum):\n    A = (1, 'b')\n    def __init__(self, n, name_of):\n        self.to_load = name_of\n__import__(E.A.to_load)\nif E((1, 'b')) is E.A and E.A != 1:\n    import c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    works(
        "a value that is found in another way",
        "a",
        &[
            (
                "a.py",
                "import enum\nclass E(enum.Enum):\n    A = 1\n    @classmethod\n    def _missing_(cls, value):\n        import b\n        return cls.A\nif E(7) is E.A:\n    import c",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    fails(
        "a name that no member has",
        "a",
        &[("a.py", "import enum\nclass E(enum.Enum):\n    A = 1\nE['B']")],
        "KeyError",
        "a.py:4",
        &[],
    ),
    fails(
        "an enumeration is called with a value",
        "a",
        &[("a.py", "import enum\nclass E(enum.Enum):\n    A = 1\nE()")],
        "TypeError",
        "a.py:4",
        &[],
    ),
    works(
        "a cache tells arguments apart",
        "a",
        &[
            (
                "a.py",
                "import functools, r\n@functools.lru_cache(maxsize=None)\ndef f(n, k=0):\n    r.ALL.append(n)\n    return n\nf(1)\nf(1)\nf(2)\nf(1, k=0)\nf.cache_clear()\nf(1)\nif r.ALL == [1, 2, 1, 1]:\n    import b",
            ),
            ("b.py", ""),
            ("r.py", "ALL = []"),
        ],
        &["a", "r", "b"],
    ),
    fails(
        "a cache wants what has a hash",
        "a",
        &[("a.py", "import functools\n@functools.cache\ndef f(n):\n    return n\nf([])")],
        "TypeError",
        "a.py:5",
        &[],
    ),
    works(
        "dispatch by annotation and by what a class derives from",
        "a",
        &[
            (
                "a.py",
                "import functools\nclass A: pass\nclass B(A): pass\n@functools.singledispatch\ndef f(x):\n    return 'any'\n@f.register(A)\ndef _(x):\n    return 'a'\n@f.register\ndef _(x: int):\n    return 'int'\nif (f(B()), f(True), f('s')) == ('a', 'int', 'any'):\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a cached property of each object",
        "a",
        &[
            (
                "a.py",
                "import functools, r\nclass A:\n    @functools.cached_property\n    def n(self):\n        r.n += 1\n        return r.n\na, c = A(), A()\na.n, a.n, c.n\ndel a.n\nif a.n == 3 and c.n == 2 and 'n' in vars(c):\n    import b",
            ),
            ("b.py", ""),
            ("r.py", "n = 0"),
        ],
        &["a", "r", "b"],
    ),
    fails(
        "a union has no attributes of its classes",
        "a",
        &[("a.py", "class A:\n    x = 1\nx = A | None\nx.x")],
        "AttributeError",
        "a.py:4",
        &[],
    ),
    works(
        "a module of a class of its own asks it first",
        "a",
        &[
            (
                "a.py",
                "import b\nb.y = 'c'\nif b.x == 2 and b.own == 1 and b.anything == 'anything':\n    import d",
            ),
            (
                "b.py",
                "import sys, types\nown = 1\nx = 1\nclass M(types.ModuleType):\n    @property\n    def x(self):\n        return 2\n    def __setattr__(self, name, value):\n        __import__(value)\n    def __getattr__(self, name):\n        return name\nsys.modules[__name__].__class__ = M",
            ),
            ("c.py", ""),
            ("d.py", ""),
        ],
        &["a", "b", "c", "d"],
    ),
    fails(
        "what comes after a pattern for everything",
        "a",
        &[("a.py", "import b"), ("b.py", "match 1:\n    case _:\n        pass\n    case 1:\n        pass")],
        "SyntaxError",
        "a.py:1",
        &[],
    ),
    works(
        "a metaclass of the library makes classes as any other does",
        "a",
        &[
            (
                "a.py",
                "import abc\nclass D:\n    def __set_name__(self, owner, name):\n        import b\nclass Base(metaclass=abc.ABCMeta):\n    x = D()\n    def __init_subclass__(cls, n=0):\n        import c\nclass Sub(Base, n=1):\n    pass",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
];
