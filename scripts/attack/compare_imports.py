#!/usr/bin/env python3
"""Compares the imports that `ringfence graph` shows with those that CPython's `ast` finds: line and name of each, in every file that CPython parses.

usage: compare_imports.py BINARY [TREE ...] [--python PYTHON ...] [--limit FILES] [--seed 1]

Without trees each interpreter looks at its own standard library and at what is installed for it; without `--python` every interpreter of this machine does
(`/usr/bin/python3*`, pyenv's). Dynamic imports are calls, which `ast` does not tell apart, and are left out. An import that stands twice on one line counts once.
"""

import glob
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from common import Attack, arguments, run

# Runs in each interpreter, from 3.6 on. One line a file: its imports, or nothing where it does not parse.
DUMP = r"""
import ast, json, sys, warnings
warnings.simplefilter("ignore")
sys.setrecursionlimit(20000)
try:
    import threading
    threading.stack_size(512 * 1024 * 1024)
except Exception:
    pass
def imports(source):
    found = []
    pending = [ast.parse(source)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            found.extend([node.lineno, 0, alias.name, None] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.extend([node.lineno, node.level or 0, node.module or "", alias.name] for alias in node.names)
        elif isinstance(node, ast.expr):
            continue
        pending.extend(ast.iter_child_nodes(node))
    return found
def main():
    for line in sys.stdin:
        path = json.loads(line)
        try:
            with open(path, "rb") as file:
                found = imports(file.read())
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, OSError):
            found = None
        sys.stdout.write(json.dumps(found) + "\n")
thread = threading.Thread(target=main)
thread.start()
thread.join()
"""


def parsed_by(python, folder, paths):
    """The imports of each file that this interpreter parses."""
    said = subprocess.run(
        [python, "-I", "-c", DUMP],
        cwd=folder,
        input="".join(json.dumps(path) + "\n" for path in paths),
        capture_output=True,
        text=True,
        timeout=1200,
    )
    lines = said.stdout.splitlines()
    if len(lines) != len(paths):
        raise RuntimeError(f"{python} ended after {len(lines)} of {len(paths)} files: {said.stderr[-300:]}")
    found = {path: json.loads(line) for path, line in zip(paths, lines)}
    return {path: imports for path, imports in found.items() if imports is not None}


def full_name(module, is_package, level, name, member):
    """An import as the graph names it: absolute, or with its dots where it leads out of everything."""
    if level:
        # An `__init__.py` right in a source root is in no package.
        parts = module.split(".") if module != "__init__" else []
        drop = level - 1 if is_package else level
        if drop >= len(parts):
            return "." * level + ".".join(filter(None, [name, member]))
        name = ".".join([*parts[: len(parts) - drop], *filter(None, [name])])
    return f"{name}.{member}" if member else name


def graph(binary, folder):
    """The modules by path, and for each path the imports, as ringfence sees them."""
    command = ["graph", "--quiet", "--isolated", "--config", "exclude = []", "--config", "respect-gitignore = false", "--config", 'source-roots = ["."]', "."]
    answer = run(binary, command, folder, timeout=600)
    if answer.code != 0:
        raise RuntimeError(f"`ringfence {' '.join(command)}` in {folder}: {answer.code} {answer.trouble()} {answer.stderr[-500:]}")
    picture = json.loads(answer.stdout)
    modules = {node["path"]: node["name"] for node in picture["modules"] if node["path"]}
    imports = {}
    edges = [one for kind in ("edges", "externals") for edge in picture[kind] for one in edge["imports"]]
    for one in [*edges, *picture["unresolved"]]:
        if one["kind"] != "dynamic":
            imports.setdefault(one["path"], set()).add((one["line"], one["name"]))
    return modules, imports


def explain(missing, extra):
    """What a difference looks like, so that those of one cause come together."""
    if missing and not extra:
        return "CPython has imports that the graph has not"
    if extra and not missing:
        return "the graph has imports that CPython has not"
    names = lambda pairs: Counter(name for _, name in pairs)
    if names(missing) == names(extra):
        return "the same names on other lines"
    if {line for line, _ in missing} == {line for line, _ in extra}:
        return "other names on the same lines"
    return "other imports"


def compare(attack, binary, python, folder, label, limit=None):
    """One tree and one interpreter. The graph is asked once."""
    modules, imports = graph(binary, folder)
    # Files beside each other that are one module (`x.py`, `x.pyi`) are seen as one of them.
    paths = sorted(path for path in modules if path.endswith((".py", ".pyi")))
    if limit:
        paths = paths[:limit]
    parsed = parsed_by(python, folder, paths)
    equal = 0
    for path, found in parsed.items():
        is_package = path.rsplit("/", 1)[-1].startswith("__init__.")
        expected = {(line, full_name(modules[path], is_package, level, name, member)) for line, level, name, member in found}
        seen = imports.get(path, set())
        if expected == seen:
            equal += 1
            attack.passed += 1
        else:
            missing, extra = sorted(expected - seen), sorted(seen - expected)
            attack.check(False, explain(missing, extra), f"{label}: {path}: CPython alone {missing[:4]}, the graph alone {extra[:4]}")
    count = sum(name.endswith((".py", ".pyi")) for _, _, names in os.walk(folder) for name in names)
    attack.say(
        f"{label}: {equal:,} of {len(parsed):,} files with the same imports ({sum(map(len, parsed.values())):,}); "
        f"{len(paths) - len(parsed):,} do not parse there, {count - len(modules):,} are no modules by their names"
    )


def interpreters():
    """Every Python 3 of this machine, once each."""
    found = {}
    for path in sorted([*glob.glob("/usr/bin/python3*"), *glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python"))]):
        if re.search(r"config|-", Path(path).name):
            continue
        said = subprocess.run([path, "-c", "import sys; print(sys.version_info >= (3, 6) and sys.prefix)"], capture_output=True, text=True)
        if said.returncode == 0 and said.stdout.strip() != "False":
            found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def trees_of(python):
    """Its standard library and what is installed for it."""
    asked = "import sysconfig, json; print(json.dumps([sysconfig.get_path('stdlib'), sysconfig.get_path('purelib')]))"
    said = subprocess.run([python, "-I", "-c", asked], capture_output=True, text=True, check=True)
    return [tree for tree in json.loads(said.stdout) if os.path.isdir(tree)]


def main():
    given = arguments(
        __doc__,
        ("trees", {"nargs": "*", "type": Path}),
        ("--python", {"action": "append", "help": "an interpreter; can be given several times"}),
        ("--limit", {"type": int, "help": "how many files of a tree"}),
    )
    attack = Attack("compare_imports")
    for python in given.python or interpreters():
        for tree in given.trees or trees_of(python):
            compare(attack, given.binary, python, tree, f"{python} on {tree}", given.limit)
    return attack.close()


if __name__ == "__main__":
    sys.exit(main())
