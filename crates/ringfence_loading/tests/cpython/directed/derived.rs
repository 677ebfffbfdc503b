//! Classes that derive from classes of the library, and what the library does for them.

use super::{Case, fails, works};

pub(super) const CASES: &[Case] = &[
    fails(
        "super of an abstract class has no more than it has",
        "a",
        &[("a.py", "import abc\nclass A(abc.ABC):\n    def run(self): return super().run()\nA().run()")],
        "AttributeError",
        "a.py:3",
        &[],
    ),
    fails(
        "a class of the library has no more than it has",
        "a",
        &[("a.py", "import abc\nabc.ABC.extra")],
        "AttributeError",
        "a.py:2",
        &[],
    ),
    works(
        "abstract classes register others",
        "a",
        &[("a.py", "import abc\nclass A(abc.ABC): pass\nA.register(int)\nabc.ABC.__name__")],
        &["a"],
    ),
    fails(
        "a mapping without its methods cannot be made",
        "a",
        &[(
            "a.py",
            "import collections.abc\nclass A(collections.abc.Mapping):\n    def __len__(self): return 0\nA()",
        )],
        "TypeError",
        "a.py:4",
        &[],
    ),
    works(
        "a base defines what an abstract class leaves open",
        "a",
        &[("a.py", "import collections.abc\nclass A(dict, collections.abc.Mapping): pass\nA(a=1)")],
        &["a"],
    ),
    fails(
        "a named tuple has nothing but its fields",
        "a",
        &[(
            "a.py",
            "import typing\nclass A(typing.NamedTuple):\n    n: int = 1\na = A()\na.n, a._fields\na.extra = 1",
        )],
        "AttributeError",
        "a.py:6",
        &[],
    ),
    fails(
        "the bases of a class are looked at when its body has run",
        "a",
        &[("a.py", "class A(object, object):\n    import b"), ("b.py", "")],
        "TypeError",
        "a.py:1",
        &["b"],
    ),
    works(
        "a metaclass catches that bases do not go together",
        "a",
        &[(
            "a.py",
            "class Meta(type):\n    def __new__(mcs, *parts):\n        try:\n            return super().__new__(mcs, *parts)\n        except TypeError:\n            pass\nclass A(metaclass=Meta): pass\nclass B(A, A): pass\nassert B is None",
        )],
        &["a"],
    ),
    fails("type wants classes as bases", "a", &[("a.py", "type('A', (1,), {})")], "TypeError", "a.py:1", &[]),
    fails(
        "two classes of the library that are the same",
        "a",
        &[("a.py", "import abc\nclass A(abc.ABC, abc.ABC): pass")],
        "TypeError",
        "a.py:2",
        &[],
    ),
    works(
        "classes of all kinds form unions",
        "a",
        &[(
            "a.py",
            "import abc, types, typing\nclass A(abc.ABC): pass\nclass B(types.SimpleNamespace): pass\nclass C(typing.NamedTuple):\n    n: int\nA | None, B | None, None | C, A | B",
        )],
        &["a"],
    ),
    fails(
        "classes have no sum and no order",
        "a",
        &[("a.py", "import abc\nclass A(abc.ABC): pass\ntry:\n    1 + A\nexcept TypeError:\n    max(A, 1)")],
        "TypeError",
        "a.py:6",
        &[],
    ),
    fails(
        "dataclasses look up what a text means in the module of the class",
        "a",
        &[(
            "a.py",
            "from __future__ import annotations\nimport dataclasses, sys\ndel sys.modules[__name__]\n@dataclasses.dataclass\nclass A:\n    n: int = 1",
        )],
        "AttributeError",
        "a.py:4",
        &[],
    ),
    works(
        "dataclasses look up nothing for what is no text",
        "a",
        &[
            ("a.py", "try:\n    import b\nexcept KeyError:\n    pass"),
            (
                "b.py",
                "import dataclasses, sys\ndel sys.modules[__name__]\n@dataclasses.dataclass\nclass A:\n    n: int = 1\nA(2).n",
            ),
        ],
        &["a"],
    ),
    fails(
        "an enumeration made by a call has its members alone",
        "a",
        &[(
            "a.py",
            "import enum\nColor = enum.Enum('Color', 'RED GREEN')\nColor.RED.value, Color.GREEN.name\nColor.RED.size",
        )],
        "AttributeError",
        "a.py:4",
        &[],
    ),
    works(
        "a wrapper has the name of what it wraps",
        "a",
        &[(
            "a.py",
            "import functools\ndef f():\n    'says'\nf.mark = 1\ndef wrap(f):\n    @functools.wraps(f)\n    def inner(): return f()\n    return inner\ng = wrap(f)\nassert g.__name__ == 'f' and g.mark == 1 and g.__wrapped__ is f",
        )],
        &["a"],
    ),
    works(
        "a manager of the library enters itself",
        "a",
        &[(
            "a.py",
            "import contextlib\nclass A(contextlib.AbstractContextManager):\n    def __exit__(self, *parts): return True\nwith A() as a:\n    import nope\nassert type(a) is A",
        )],
        &["a"],
    ),
    works(
        "functools.partial of what imports",
        "a",
        &[
            (
                "a.py",
                "import functools, importlib\nload = functools.partial(importlib.import_module, package='p')\nload('.b')",
            ),
            ("p/b.py", ""),
        ],
        &["a", "p", "p.b"],
    ),
    fails(
        "operators as functions",
        "a",
        &[("a.py", "import operator\nassert operator.add(1, 2) == 3\noperator.itemgetter('k')({})")],
        "KeyError",
        "a.py:3",
        &[],
    ),
    fails(
        "a path is a text",
        "a",
        &[(
            "a.py",
            "import os\nhere = os.path.join(os.path.dirname(__file__), 'data')\nhere.upper() + 'a'\nhere.size",
        )],
        "AttributeError",
        "a.py:4",
        &[],
    ),
    fails(
        "a text and a number have no sum",
        "a",
        &[("a.py", "import os\n1 + os.path.basename(__file__)")],
        "TypeError",
        "a.py:2",
        &[],
    ),
];
