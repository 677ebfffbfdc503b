#!/usr/bin/env python3
"""Writes the attributes of CPython's builtin types and of often derived classes, as `crates/ringfence_loading/src/builtin_types.txt` has them.

usage: builtin_types.py PYTHON... > crates/ringfence_loading/src/builtin_types.txt

One line a type: its name (of a class of the library, its path; with "abstract:" before it, what it leaves to others), and what its instances have beyond `object`, for any of the Pythons.
"""

import json
import subprocess
import sys

PROBE = r"""
import abc, builtins, collections, collections.abc, contextlib, enum, functools, json, types, typing
def generator():
    yield
def function():
    pass
values = {
    "list": [], "dict": {}, "set": set(), "frozenset": frozenset(), "str": "", "bytes": b"", "bytearray": bytearray(),
    "int": 1, "bool": True, "float": 1.0, "complex": 1j, "tuple": (), "range": range(1), "slice": slice(1),
    "NoneType": None, "ellipsis": ..., "generator": generator(), "property": property(), "type": type,
    "staticmethod": staticmethod(function), "classmethod": classmethod(function), "memoryview": memoryview(b""),
    "function": function, "functools.partial": functools.partial(function), "types.UnionType": int | str, "super": super(bool, True), "NotImplementedType": NotImplemented,
}
plain = set(dir(object))
table = {name: sorted(set(dir(value)) - plain) for name, value in values.items()}
iterators = [iter([]), iter(()), iter({}), iter(""), map(str, []), filter(None, []), zip(), enumerate([]), reversed([])]
table["iterator"] = sorted(set().union(*map(dir, iterators)) - plain)
# Classes of the library whose instances hold nothing beyond these, unless somebody gives them more.
classes = {
    "abc.ABC": abc.ABC, "abc.ABCMeta": abc.ABCMeta, "typing.Generic": typing.Generic, "typing.Protocol": typing.Protocol,
    "types.SimpleNamespace": types.SimpleNamespace, "types.ModuleType": types.ModuleType, "typing.NamedTuple": typing.NamedTuple("NamedTuple", []),
    "collections.OrderedDict": collections.OrderedDict, "collections.defaultdict": collections.defaultdict,
    "collections.Counter": collections.Counter, "collections.deque": collections.deque,
    "contextlib.AbstractContextManager": contextlib.AbstractContextManager, "contextlib.ContextDecorator": contextlib.ContextDecorator,
}
for name in collections.abc.__all__:
    classes["collections.abc." + name] = getattr(collections.abc, name)
for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"):
    if hasattr(enum, name):
        classes["enum." + name] = getattr(enum, name)
        table["enum." + name] = ["name", "value"]
for name, value in classes.items():
    if getattr(value, "__abstractmethods__", None):
        table["abstract:" + name] = sorted(value.__abstractmethods__)
for name, value in vars(builtins).items():
    if isinstance(value, type) and issubclass(value, BaseException) and value.__name__ == name:
        classes[name] = value
for name, value in classes.items():
    table.setdefault(name, []).extend(sorted(set(dir(value)) - plain))
print(json.dumps(table))
"""


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    table: dict[str, set[str]] = {}
    for python in sys.argv[1:]:
        told = subprocess.run([python, "-I", "-c", PROBE], check=True, capture_output=True, text=True).stdout
        for kind, names in json.loads(told).items():
            table.setdefault(kind, set()).update(names)
    for kind in sorted(table):
        print(kind, *sorted(table[kind]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
