//! What Python itself defines: operators, and what its types have.

use super::{Case, fails, works};

pub(super) const CASES: &[Case] = &[
    works(
        "the dictionaries of types hold what binds",
        "a",
        &[(
            "a.py",
            "class A: pass\nkeys = dict.__dict__['fromkeys']\nnames = type.__dict__['__dict__'].__get__(A)\nnames['__dict__']\nnames['__module__']\nint.__doc__[:3], int.__mro__[1:]\nassert A.__mro__[1:] == (object,)\nassert (3).real + (3).numerator == 6",
        )],
        &["a"],
    ),
    fails(
        "what the dictionary of a type does not hold",
        "a",
        &[("a.py", "dict.__dict__['nothing']")],
        "KeyError",
        "a.py:1",
        &[],
    ),
    works(
        "repeated, formatted, taken together",
        "a",
        &[(
            "a.py",
            "a = b'0' * 3 + b'%03o' % 7\nb = '%s %s' % (('x',) * 2)\nc = (1 != 2) * [1]\nd = {1: 2}.keys() - {3: 4}.keys()\ne = {1} | {2}\nf = 3 * [None] + [1]\nassert b == 'x x' and c == [1]\nif len(e) != 2 or len(d) != 1 or len(f) != 4:\n    raise ValueError",
        )],
        &["a"],
    ),
    works(
        "names of globals by pairs that are made one after the other",
        "a",
        &[("a.py", "globals().update((name, 1) for name in ('x', 'y'))\nassert x + y == 2")],
        &["a"],
    ),
    works(
        "what a program gives a module of the library",
        "a",
        &[(
            "a.py",
            "import logging\nlogging.OWN = logging.ERROR + 1\nlogging.addLevelName(logging.OWN, 'OWN')\nlogging.NAME = 'x'\nassert logging.NAME == 'x'",
        )],
        &["a"],
    ),
    works(
        "a condition settles what a variable is",
        "a",
        &[(
            "a.py",
            "import os\nvalue = None\nif os.environ.get('UNLIKELY_THING'):\n    value = 'text'\nif value:\n    value.upper()\nif value is not None:\n    value.upper()\nvalue.upper() if value else None\nif isinstance(value, str) and value.upper():\n    pass",
        )],
        &["a"],
    ),
    works(
        "names that are set in a loop over what an object has",
        "a",
        &[(
            "a.py",
            "class Codes:\n    RED = 31\n    def __init__(self):\n        for name in dir(self):\n            if not name.startswith('_'):\n                setattr(self, name, str(getattr(self, name)))\nassert Codes().RED == '31'\nassert 'RED' in dir(Codes)",
        )],
        &["a"],
    ),
    works(
        "texts in names of their own",
        "a",
        &[(
            "a.py",
            "import builtins\nrun = getattr(builtins, 'exec')\nrun('x = 1', globals())\nassert x == 1\nouter, inner = {'y': 2}, {}\nexec('def f(): return y', outer, inner)\nassert inner['f']() == 2\neval(compile('z = y', 'a', 'exec'), outer, inner)\nassert inner['z'] == 2\nexec('w = 3', outer)\nassert outer['w'] == 3",
        )],
        &["a"],
    ),
    fails(
        "a text in names that it does not find",
        "a",
        &[("a.py", "exec('x = y', {'z': 1}, {'x': 2})")],
        "NameError",
        "a.py:1",
        &[],
    ),
    works(
        "what `inspect` tells of classes and functions",
        "a",
        &[(
            "a.py",
            "import inspect\nclass A: pass\ndef f(): pass\nif inspect.isclass(f) or not inspect.isclass(A) or not inspect.isfunction(f) or inspect.isclass(A()):\n    raise ValueError",
        )],
        &["a"],
    ),
    fails(
        "an argument that the program is not started with",
        "a",
        &[(
            "a.py",
            "import sys\ntry:\n    sys.argv[0]\nexcept IndexError:\n    pass\nif False:\n    sys.argv[9]\n[][9]",
        )],
        "IndexError",
        "a.py:8",
        &[],
    ),
    works(
        "an object that stands for another",
        "a",
        &[(
            "a.py",
            "empty = object()\ndef proxy(function):\n    def inner(self, *rest):\n        if (wrapped := self._wrapped) is empty:\n            self._setup()\n            wrapped = self._wrapped\n        return function(wrapped, *rest)\n    inner._mask_wrapped = False\n    return inner\nclass Lazy:\n    _wrapped = None\n    def __init__(self):\n        self._wrapped = empty\n    def __getattribute__(self, name):\n        if name == '_wrapped':\n            return super().__getattribute__(name)\n        value = super().__getattribute__(name)\n        if not getattr(value, '_mask_wrapped', True):\n            raise AttributeError\n        return value\n    __getattr__ = proxy(getattr)\n    def __setattr__(self, name, value):\n        if name == '_wrapped':\n            self.__dict__['_wrapped'] = value\n        else:\n            setattr(self._wrapped, name, value)\nclass Settings:\n    debug = True\nclass LazySettings(Lazy):\n    def _setup(self):\n        self._wrapped = Settings()\nsettings = LazySettings()\nassert settings.debug is True",
        )],
        &["a"],
    ),
    works(
        "versions as numbers, and what is not None",
        "a",
        &[(
            "a.py",
            "import os, sys\nif sys.hexversion >= 0x40D00A2 or sys.hexversion < 0x3060000:\n    raise ValueError\nif not tuple(sys.version_info[:3]) >= (3, 9, 0):\n    raise ValueError\nif getattr(os, 'register_at_fork', None) is None:\n    raise ValueError",
        )],
        &["a"],
    ),
    fails(
        "a function has no format but the empty one",
        "a",
        &[("a.py", "def f(): pass\nf'{f}', f'{f!r:>4}', f'{1:>4}'\nf'{f:>4}'")],
        "TypeError",
        "a.py:3",
        &[],
    ),
    fails(
        "what a method of a text gives is a text",
        "a",
        &[("a.py", "import os\nname = os.getcwd().replace('a', 'b')\nf'{name}-{os.getpid()}'.size")],
        "AttributeError",
        "a.py:3",
        &[],
    ),
    fails(
        "a new type gives what it is given",
        "a",
        &[("a.py", "import typing\nN = typing.NewType('N', int)\nassert N(2) == 2\nN(2).size")],
        "AttributeError",
        "a.py:4",
        &[],
    ),
    fails(
        "a context that does nothing gives what it is given",
        "a",
        &[("a.py", "import contextlib\nwith contextlib.nullcontext(4) as n:\n    n + 1\nn.size")],
        "AttributeError",
        "a.py:4",
        &[],
    ),
    fails(
        "an annotation in quotes is a text",
        "a",
        &[(
            "a.py",
            "def reg(f):\n    f.__annotations__['x'].__name__\n    return f\n@reg\ndef g(x: int): pass\n@reg\ndef h(x: 'A') -> None: pass",
        )],
        "AttributeError",
        "a.py:2",
        &[],
    ),
    works(
        "annotations can be changed",
        "a",
        &[(
            "a.py",
            "def f(x: 'A') -> None: pass\nassert f.__annotations__ == {'x': 'A', 'return': None}\nf.__annotations__['x'] = int\nf.__annotations__['x'].__name__",
        )],
        &["a"],
    ),
    fails(
        "what a length is added to",
        "a",
        &[("a.py", "import collections, a\nlen(collections.defaultdict(list)) + a")],
        "TypeError",
        "a.py:2",
        &[],
    ),
    fails(
        "dictionaries have no order",
        "a",
        &[("a.py", "import typing\ntyping.get_type_hints(type('A', (), {})) < 2")],
        "TypeError",
        "a.py:2",
        &[],
    ),
    works(
        "what texts, sets and functions say of themselves",
        "a",
        &[(
            "a.py",
            "import inspect\ndef f():\n    'says'\nasync def g(): pass\nclass A:\n    'of A'\nassert f.__doc__ == 'says' and g.__doc__ is None and A.__doc__ == 'of A'\nassert inspect.iscoroutinefunction(g) and not inspect.iscoroutinefunction(f)\nassert all(c.isascii() and c.isalnum() for c in 'Query1') and not '_'.isalnum()\nassert {1, 2}.issuperset([1]) and frozenset('ab').isdisjoint('c')\nassert 'a'.encode() == b'a' and 'x\\ny'.splitlines() == ['x', 'y']",
        )],
        &["a"],
    ),
    works(
        "what the library makes is no object of a class of the program",
        "a",
        &[(
            "a.py",
            "import logging, string\nclass A: pass\nassert not isinstance(string.Template('x'), A)\nassert not isinstance(string.Formatter(), A)\nassert isinstance(f'{A}', str)",
        )],
        &["a"],
    ),
    works(
        "a context variable has the value that it was given last",
        "a",
        &[(
            "a.py",
            "import contextvars\nv = contextvars.ContextVar('v', default=False)\nassert v.get() is False and isinstance(v, contextvars.ContextVar)\ntoken = v.set(1)\nassert v.get() == 1\nv.reset(token)\nassert v.get() is False\nassert contextvars.ContextVar('w').get(2) == 2",
        )],
        &["a"],
    ),
    fails(
        "a context variable without a value",
        "a",
        &[("a.py", "import contextvars\ncontextvars.ContextVar('w').get()")],
        "LookupError",
        "a.py:2",
        &[],
    ),
    works(
        "a class has the annotations of its own body",
        "a",
        &[(
            "a.py",
            "class A:\n    n: int\n    m: 'str' = 1\nclass B(A): pass\nassert list(A.__annotations__) == ['n', 'm'] and list(B.__annotations__) == []\nA.__annotations__['k'] = int\nassert 'k' in A.__annotations__",
        )],
        &["a"],
    ),
];
