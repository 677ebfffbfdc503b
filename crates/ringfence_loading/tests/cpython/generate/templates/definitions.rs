//! Definitions of the names that a module is to have: the name is `$v`.

use super::Template;
use crate::generate::Kind;

/// What defines a name of the kind.
pub(crate) fn of(kind: Kind) -> &'static [Template] {
    match kind {
        Kind::Any | Kind::Module(_) | Kind::Int => INTS,
        Kind::Str => STRINGS,
        Kind::Tuple => TUPLES,
        Kind::Dict => DICTS,
        Kind::Fn => FUNCTIONS,
        Kind::Fn1 => FUNCTIONS_OF_ONE,
        Kind::Class => CLASSES,
        Kind::Error => ERRORS,
        Kind::Decorator => DECORATORS,
        Kind::Manager => MANAGERS,
        Kind::Generator => GENERATORS,
    }
}

const INTS: &[Template] = &[
    Template(12, "", "$v = $i"),
    Template(2, "", "$v: int = $i"),
    Template(1, "", "$v = 0\nfor n in range(3):\n    $v += n"),
    Template(2, "", "if $b:\n    $v = 1\nelse:\n    $v = 2"),
    Template(2, "", "try:\n    $X\nexcept Exception:\n    $v = 1\nelse:\n    $v = 2"),
    Template(1, "", "try:\n    from $q import $v\nexcept ImportError:\n    $v = 0"),
    Template(1, "", "globals()[\"$v\"] = $i"),
    Template(1, "", "setattr(sys.modules[__name__], \"$v\", $i)"),
    Template(1, "", "def _set():\n    global $v\n    $v = $i\n_set()"),
    Template(1, "", "[$v, other] = [1, 2]"),
    Template(1, "", "$v, *rest = 1, 2, 3"),
    Template(1, "", "match $i:\n    case 1:\n        $v = 1\n    case _:\n        $v = 2"),
    Template(1, "", "exec(\"$v = 3\")"),
    Template(1, "", "for $v in (1, 2):\n    pass"),
    Template(1, "", "while True:\n    $v = 1\n    break"),
    Template(1, "", "print($v := $i)"),
    Template(1, "", "with contextlib.nullcontext(4) as $v:\n    pass"),
    Template(1, "", "for name in (\"$v\", \"spare\"):\n    globals()[name] = 1"),
];

const STRINGS: &[Template] = &[Template(5, "", "$v = $s"), Template(1, "", "$v = \"\"\n$v += $s")];

const TUPLES: &[Template] = &[
    Template(5, "", "$v = ($i, $i)"),
    Template(2, "", "$v = [$i]\n$v.append($i)"),
    Template(1, "", "$v = tuple(n for n in (1, 2))"),
    Template(1, "", "$v = [1]\n$v += (2,)\n$v.extend([3])"),
];

const DICTS: &[Template] = &[
    Template(4, "", "$v = {\"a\": $i}"),
    Template(1, "", "$v = dict(a=1, b=$i)"),
    Template(1, "", "$v = {}\n$v[\"a\"] = $i"),
    Template(1, "", "$v = {}\n$v.update(a=$i)\n$v.setdefault(\"b\", 2)"),
    Template(1, "", "$v = {\"a\": 1}\ndel $v[\"a\"]"),
    Template(1, "", "$v = collections.defaultdict(list)\n$v[\"a\"].append(1)"),
    Template(1, "", "$v = {**{\"a\": 1}, \"b\": $i}"),
];

const FUNCTIONS: &[Template] = &[
    Template(10, "", "def $v():\n    $F\n    return $i"),
    Template(3, "", "$v = lambda: $i"),
    Template(2, "", "def $v(n=$i):\n    return n"),
    Template(2, "", "def $v(*args, **kwargs):\n    $F\n    return len(args)"),
    Template(1, "", "$v = functools.partial(max, 1, $i)"),
    Template(2, "", "@functools.lru_cache(maxsize=None)\ndef $v():\n    $F\n    return 1"),
    Template(1, "", "@functools.cache\ndef $v():\n    return $i"),
    Template(
        2,
        "",
        "def $v():\n    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n        return n\n    inner()\n    return inner()",
    ),
    Template(1, "", "def _outer(n):\n    def inner():\n        return n\n    return inner\n$v = _outer($i)"),
    Template(2, "", "def $v():\n    from $q import $n\n    return 1"),
    Template(2, "", "def $v():\n    import $m\n    return 2"),
    Template(
        1,
        "",
        "def $v():\n    try:\n        $I\n    except ImportError:\n        return 0\n    return 1",
    ),
    Template(1, "", "def $v(n=3):\n    return 1 if n < 2 else n * $v(n - 1)"),
    Template(1, "", "class _Called:\n    def __call__(self):\n        return $i\n$v = _Called()"),
    Template(1, "", "def $v():\n    for n in $t:\n        if n:\n            return 1\n    return 0"),
    Template(1, "", "class _Has:\n    @staticmethod\n    def run():\n        return 1\n$v = _Has.run"),
    Template(1, "", "class _Bound:\n    def run(self):\n        return 2\n$v = _Bound().run"),
    Template(1, "", "class _Own:\n    @classmethod\n    def run(cls):\n        return 3\n$v = _Own.run"),
    Template(
        1,
        "",
        "def $v():\n    with contextlib.suppress(ImportError):\n        import $missing\n    return 1",
    ),
    Template(1, "", "def $v():\n    global $w\n    $w = $i\n    return $w"),
    Template(
        1,
        "",
        "def _wrap(f):\n    @functools.wraps(f)\n    def inner(*args):\n        return f(*args)\n    return inner\n@_wrap\ndef $v():\n    $F\n    return 5",
    ),
];

const FUNCTIONS_OF_ONE: &[Template] = &[
    Template(4, "", "def $v(n):\n    $F\n    return n"),
    Template(2, "", "$v = lambda n: n + $i"),
    Template(1, "", "def $v(n, /, *, key=1):\n    return n * key"),
    Template(1, "", "def $v(n):\n    if n > 1:\n        return $i\n    return n"),
    Template(1, "", "$v = functools.partial(max, $i)"),
    Template(1, "", "$v = abs"),
];

const CLASSES: &[Template] = &[
    Template(6, "", "class $v:\n    $K"),
    Template(4, "", "class $v($k):\n    pass"),
    Template(
        3,
        "",
        "class $v:\n    def __init__(self):\n        self.n = $i\n    def run(self):\n        return self.n",
    ),
    Template(1, "", "class $v:\n    n = $i\n    m = n + 1\n    names = [k for k in (1, 2)]"),
    Template(
        1,
        "",
        "@dataclasses.dataclass\nclass $v:\n    n: int = 1\n    s: str = dataclasses.field(default=\"a\")",
    ),
    Template(
        1,
        "",
        "class Kind(enum.Enum):\n    A = 1\n    B = 2\nclass $v:\n    kind = Kind.A\n    name = Kind.B.name",
    ),
    Template(1, "", "class $v(typing.NamedTuple):\n    n: int = 1"),
    Template(
        1,
        "",
        "class Meta(type):\n    def __new__(mcs, name, bases, space):\n        return super().__new__(mcs, name, bases, space)\nclass $v(metaclass=Meta):\n    pass",
    ),
    Template(
        1,
        "",
        "class Meta(type):\n    def __init__(cls, name, bases, space):\n        cls.made = $i\nclass $v(metaclass=Meta):\n    pass\n$v.made",
    ),
    Template(
        1,
        "",
        "class Hooked:\n    seen = []\n    def __init_subclass__(cls, **more):\n        super().__init_subclass__()\n        Hooked.seen.append(cls.__name__)\nclass $v(Hooked):\n    pass",
    ),
    Template(
        1,
        "",
        "class Field:\n    def __set_name__(self, owner, name):\n        self.name = name\n    def __get__(self, it, owner=None):\n        return $i\nclass $v:\n    n = Field()\n$v.n",
    ),
    Template(1, "", "class $v:\n    def __class_getitem__(cls, item):\n        return cls\n$v[int]()"),
    Template(1, "", "class $v:\n    @property\n    def n(self):\n        return $i\n$v().n"),
    Template(1, "", "class $v:\n    def __getattr__(self, name):\n        return 1\n$v().anything"),
    Template(
        1,
        "",
        "class $v(typing.Generic[typing.TypeVar(\"T\")]):\n    pass\nclass Narrow($v[int]):\n    pass",
    ),
    Template(
        1,
        "",
        "class Above:\n    def run(self):\n        return 1\nclass $v(Above):\n    def run(self):\n        return super().run() + 1\n$v().run()",
    ),
    Template(1, "", "class $v(abc.ABC):\n    def run(self):\n        return $i"),
    Template(1, "", "$v = type(\"$v\", (), {\"n\": $i})"),
    Template(1, "", "class $v:\n    __slots__ = (\"n\",)\n    class Inner:\n        n = $i"),
    Template(
        1,
        "",
        "class $v(enum.IntEnum):\n    A = 1\n    @classmethod\n    def _missing_(cls, value):\n        return cls.A\n    def __new__(cls, value=1):\n        it = int.__new__(cls, value)\n        it._value_ = value\n        return it",
    ),
    Template(
        1,
        "",
        "class $v:\n    def __new__(cls):\n        it = super().__new__(cls)\n        it.n = 1\n        return it\n$v().n",
    ),
    Template(1, "", "class $v(types.SimpleNamespace):\n    pass"),
    Template(
        1,
        "",
        "class $v:\n    def __enter__(self):\n        return self\n    def __exit__(self, *exception):\n        return True\n    def __len__(self):\n        return 2\nlen($v())",
    ),
];

const ERRORS: &[Template] = &[
    Template(3, "", "class $v(ImportError):\n    pass"),
    Template(3, "", "class $v(Exception):\n    pass"),
    Template(1, "", "class $v(ModuleNotFoundError):\n    \"\"\"Lost.\"\"\""),
    Template(1, "", "class $v(AttributeError, KeyError):\n    pass"),
    Template(
        1,
        "",
        "class $v(ValueError):\n    def __init__(self, *args):\n        super().__init__(*args)\n        self.code = 1",
    ),
    Template(1, "", "class _Above(Exception): pass\nclass $v(_Above): pass"),
];

const DECORATORS: &[Template] = &[
    Template(3, "", "def $v(f):\n    $F\n    return f"),
    Template(2, "", "def $v(f):\n    f()\n    return f"),
    Template(
        1,
        "",
        "def $v(f):\n    @functools.wraps(f)\n    def inner(*args, **kwargs):\n        return f(*args, **kwargs)\n    return inner",
    ),
    Template(
        1,
        "",
        "def _factory(n):\n    def mark(f):\n        return f\n    return mark\n$v = _factory($i)",
    ),
    Template(
        1,
        "",
        "class $v:\n    def __init__(self, f):\n        self.f = f\n    def __call__(self, *args):\n        return self.f(*args)",
    ),
];

const MANAGERS: &[Template] = &[
    Template(
        2,
        "",
        "class $v:\n    def __enter__(self):\n        return self\n    def __exit__(self, *exception):\n        return True",
    ),
    Template(
        1,
        "",
        "class $v:\n    def __enter__(self):\n        return 1\n    def __exit__(self, kind, error, trace):\n        return kind is not None and issubclass(kind, ImportError)",
    ),
    Template(
        1,
        "",
        "class $v(contextlib.ContextDecorator):\n    def __enter__(self):\n        return self\n    def __exit__(self, *exception):\n        return False",
    ),
    Template(1, "", "@contextlib.contextmanager\ndef $v():\n    yield 1"),
    Template(
        1,
        "",
        "@contextlib.contextmanager\ndef $v():\n    try:\n        yield\n    except ImportError:\n        pass",
    ),
];

const GENERATORS: &[Template] = &[
    Template(2, "", "def $v():\n    yield $i\n    yield 2"),
    Template(1, "", "def $v():\n    $F\n    yield from (1, 2)"),
    Template(1, "", "def $v():\n    try:\n        yield 1\n    finally:\n        pass"),
    Template(
        1,
        "",
        "def $v():\n    for n in range(3):\n        if n == 2:\n            return\n        yield n",
    ),
];
