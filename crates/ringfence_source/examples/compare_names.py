"""Reads paths from standard input and tells, by CPython's symtable, what compare_names.rs tells by ours."""

import io
import sys
import symtable
import tokenize

USE = 16
DEF_GLOBAL, DEF_LOCAL, DEF_PARAM, DEF_IMPORT = 1, 2, 4, 128
GLOBAL_EXPLICIT, GLOBAL_IMPLICIT = 2, 3
COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")


def visit(table, path, lines):
    is_module = table.get_type() == "module"
    for symbol in table.get_symbols():
        name = symbol.get_name()
        flags = symbol._Symbol__flags
        stored = flags & (DEF_LOCAL | DEF_PARAM | DEF_IMPORT)
        if stored and (is_module or flags & DEF_GLOBAL):
            lines.add(f"bound {name}")
        # `is_global` takes a function called `top` for the module. Calls of `super` read `__class__`.
        is_global = symbol._Symbol__scope in (GLOBAL_EXPLICIT, GLOBAL_IMPLICIT)
        if flags & USE and (is_module or is_global) and name != "__class__":
            lines.add(f"used {path} {name}")
    for child in table.get_children():
        name = child.get_name()
        if name in COMPREHENSIONS and ".0" in child.get_identifiers():
            name = "comprehension"
        visit(child, f"{path}/{name}", lines)


for path in sys.stdin.read().splitlines():
    lines = set()
    try:
        with open(path, "rb") as file:
            data = file.read()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        visit(symtable.symtable(data.decode(encoding), path, "exec"), "", lines)
    except (SyntaxError, ValueError, RecursionError) as error:
        print(f"refused {type(error).__name__}")
    else:
        for line in sorted(lines):
            print(line)
    print("=")
