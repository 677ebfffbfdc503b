//! What names are bound to.

use super::{Case, fails, works};

pub(super) const CASES: &[Case] = &[
    fails("a name that is nowhere", "a", &[("a.py", "x = 1\nnope")], "NameError", "a.py:2", &[]),
    fails("a name that is deleted", "a", &[("a.py", "x = 1\ndel x\nx")], "NameError", "a.py:3", &[]),
    fails(
        "a local that is not bound yet",
        "a",
        &[("a.py", "x = 1\ndef f():\n    print(x)\n    x = 2\nf()")],
        "UnboundLocalError",
        "a.py:3",
        &[],
    ),
    fails(
        "the name of an exception is gone after the handler",
        "a",
        &[("a.py", "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    pass\ne")],
        "NameError",
        "a.py:5",
        &[],
    ),
    works(
        "names through globals()",
        "a",
        &[("a.py", "globals()['x'] = 1\nvars()['y'] = 2\nlocals().update(z=3)\nx, y, z"), ("b.py", "")],
        &["a"],
    ),
    works(
        "global binds in the module",
        "a",
        &[
            ("a.py", "def f():\n    global x\n    x = 1\nf()\nfrom b import y"),
            ("b.py", "from a import x as y"),
        ],
        &["a", "b"],
    ),
    works(
        "nonlocal counts",
        "a",
        &[
            (
                "a.py",
                "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    g()\n    g()\n    return n\nif f() == 2:\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a name that is bound in the branch that runs",
        "a",
        &[
            ("a.py", "from b import x\nx"),
            ("b.py", "import sys\nif sys.version_info >= (3, 0):\n    x = 1\nelse:\n    y = 1"),
        ],
        &["a", "b"],
    ),
    fails(
        "a name that is bound in the other one",
        "a",
        &[
            ("a.py", "from b import y"),
            ("b.py", "import sys\nif sys.version_info >= (3, 0):\n    x = 1\nelse:\n    y = 1"),
        ],
        "ImportError",
        "a.py:1",
        &["b"],
    ),
    works(
        "a loop binds its name, a comprehension does not",
        "a",
        &[
            (
                "a.py",
                "for n in (1, 2):\n    pass\nn\n[m for m in (1, 2)]\ntry:\n    m\nexcept NameError:\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    fails(
        "a loop over nothing binds nothing",
        "a",
        &[("a.py", "for n in ():\n    pass\nn")],
        "NameError",
        "a.py:3",
        &[],
    ),
    works(
        "a walrus in a comprehension binds outside",
        "a",
        &[("a.py", "[y := n for n in (1, 2)]\nif y == 2:\n    import b"), ("b.py", "")],
        &["a", "b"],
    ),
    fails(
        "names of a class are not those of its functions",
        "a",
        &[("a.py", "class A:\n    x = 1\n    def f(self):\n        return x\nA().f()")],
        "NameError",
        "a.py:4",
        &[],
    ),
    fails(
        "nor those of its comprehensions",
        "a",
        &[("a.py", "class A:\n    x = 1\n    y = [x for _ in (1, 2)]")],
        "NameError",
        "a.py:3",
        &[],
    ),
    works(
        "but the first iterable of one is",
        "a",
        &[("a.py", "class A:\n    x = (1, 2)\n    y = [n for n in x]\nA.y")],
        &["a"],
    ),
    fails(
        "an attribute that no object has",
        "a",
        &[("a.py", "class A:\n    pass\nA().x")],
        "AttributeError",
        "a.py:3",
        &[],
    ),
    fails("too many values to unpack", "a", &[("a.py", "a, b = 1, 2, 3")], "ValueError", "a.py:1", &[]),
    fails(
        "a key that is not there",
        "a",
        &[("a.py", "d = {'a': 1}\nd['a']\nd['b']")],
        "KeyError",
        "a.py:3",
        &[],
    ),
    fails("an index that is not there", "a", &[("a.py", "[1][1]")], "IndexError", "a.py:1", &[]),
    works(
        "an enumeration has its members",
        "a",
        &[
            (
                "a.py",
                "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 'b'\nif E.A.value == 1 and E('b') is E.B and len(E) == 2:\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a dataclass is made by what is in it",
        "a",
        &[
            (
                "a.py",
                "from dataclasses import dataclass, field\n@dataclass\nclass D:\n    n: int\n    m: list = field(default_factory=list)\nif D(1).n == 1 and D(1, [2]).m == [2]:\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    fails(
        "a dataclass wants its fields",
        "a",
        &[("a.py", "from dataclasses import dataclass\n@dataclass\nclass D:\n    n: int\nD()")],
        "TypeError",
        "a.py:5",
        &[],
    ),
    works(
        "a named tuple",
        "a",
        &[
            (
                "a.py",
                "from typing import NamedTuple\nclass N(NamedTuple):\n    a: int\n    b: int = 2\nx, y = N(1)\nif (x, N(1).b) == (1, 2):\n    import b",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a metaclass has a say",
        "a",
        &[
            (
                "a.py",
                "class M(type):\n    def __new__(mcs, name, bases, space):\n        import b\n        return super().__new__(mcs, name, bases, space)\nclass A(metaclass=M):\n    pass",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a subclass is announced",
        "a",
        &[
            (
                "a.py",
                "class A:\n    def __init_subclass__(cls):\n        import b\nimport c\nclass B(A):\n    pass",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "c", "b"],
    ),
    works(
        "a descriptor learns its name and answers",
        "a",
        &[
            (
                "a.py",
                "class D:\n    def __set_name__(self, owner, name):\n        import b\n    def __get__(self, it, owner=None):\n        import c\n        return 1\nclass A:\n    d = D()\nA.d\nA().d",
            ),
            ("b.py", ""),
            ("c.py", ""),
        ],
        &["a", "b", "c"],
    ),
    works(
        "super() finds the next class",
        "a",
        &[
            (
                "a.py",
                "class A:\n    def f(self):\n        import b\nclass B(A):\n    def f(self):\n        import c\n        super().f()\nclass C(A):\n    def f(self):\n        import d\n        super().f()\nclass D(B, C):\n    pass\nD().f()",
            ),
            ("b.py", ""),
            ("c.py", ""),
            ("d.py", ""),
        ],
        &["a", "c", "d", "b"],
    ),
    fails(
        "an abstract class cannot be made",
        "a",
        &[("a.py", "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def f(self): ...\nA()")],
        "TypeError",
        "a.py:5",
        &[],
    ),
    works(
        "__class_getitem__",
        "a",
        &[
            (
                "a.py",
                "class A:\n    def __class_getitem__(cls, item):\n        import b\n        return cls\nA[1]()",
            ),
            ("b.py", ""),
        ],
        &["a", "b"],
    ),
    works(
        "a match takes the case that fits",
        "a",
        &[
            (
                "a.py",
                "match (1, 'x'):\n    case (1, int()):\n        import b\n    case (1 | 2 as n, str(s)) if n == 1 and s == 'x':\n        import c\n    case _:\n        import d",
            ),
            ("b.py", ""),
            ("c.py", ""),
            ("d.py", ""),
        ],
        &["a", "c"],
    ),
    fails(
        "a class deletes its own names alone",
        "a",
        &[("a.py", "A = 1\nclass B:\n    del A")],
        "NameError",
        "a.py:3",
        &[],
    ),
    fails("a module deletes no builtin", "a", &[("a.py", "del print")], "NameError", "a.py:1", &[]),
    works(
        "a class deletes what it has bound",
        "a",
        &[("a.py", "class B:\n    n = 1\n    del n\nassert not hasattr(B, 'n')")],
        &["a"],
    ),
];
