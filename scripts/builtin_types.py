#!/usr/bin/env python3
"""Writes the attributes of CPython's builtin types, as `crates/ringfence_loading/src/builtin_types.txt` has them.

usage: builtin_types.py PYTHON... > crates/ringfence_loading/src/builtin_types.txt

One line a type: its name, and what its instances have beyond `object`, for any of the Pythons.
"""

import json
import subprocess
import sys

PROBE = r"""
import json, types
def generator():
    yield
def function():
    pass
values = {
    "list": [], "dict": {}, "set": set(), "frozenset": frozenset(), "str": "", "bytes": b"", "bytearray": bytearray(),
    "int": 1, "bool": True, "float": 1.0, "complex": 1j, "tuple": (), "range": range(1), "slice": slice(1),
    "NoneType": None, "ellipsis": ..., "generator": generator(), "property": property(), "type": type,
    "staticmethod": staticmethod(function), "classmethod": classmethod(function), "memoryview": memoryview(b""),
    "function": function, "types.UnionType": int | str, "super": super(bool, True), "NotImplementedType": NotImplemented,
}
plain = set(dir(object))
table = {name: sorted(set(dir(value)) - plain) for name, value in values.items()}
iterators = [iter([]), iter(()), iter({}), iter(""), map(str, []), filter(None, []), zip(), enumerate([]), reversed([])]
table["iterator"] = sorted(set().union(*map(dir, iterators)) - plain)
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
