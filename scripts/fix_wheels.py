#!/usr/bin/env python3
"""Forces RF201 violations in the packages of real wheels, fixes them, and asks CPython whether anything changed.

usage: fix_wheels.py BINARY TREE [--expose PACKAGE]... [--modules N] [--seed S] [--unsafe-fixes]

TREE holds unpacked wheels. Each package in another whose `__init__` takes names out of its submodules becomes a boundary module that
exposes these names, so that every import of a submodule from outside breaks a rule. With `--expose` only the packages named do,
which may be top-level ones: a library, where TREE holds others that import it. After `ringfence check --fix` (safe fixes
only) these must hold, and the script fails where one does not:

- every file parses, and no finding is there that was not there before;
- a second run changes nothing;
- in a fresh interpreter, importing each changed module and N others loads the same modules, binds the same objects to
  the same names, or fails with the same error. What differs from run to run anyway, as random numbers do, is left out.
  With unsafe fixes the differences are only printed.
"""

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DRIVER = r"""
import importlib, json, os, sys
root, names = sys.argv[1], sys.stdin.read().split()
sys.path.insert(0, root)
sys.dont_write_bytecode = True

def told(value):
    kind = type(value)
    parts = [kind.__module__, kind.__qualname__]
    for key in ("__module__", "__qualname__", "__name__"):
        try:
            text = getattr(value, key, None)
        except Exception as error:
            text = type(error).__name__
        parts.append(text if isinstance(text, str) else None)
    if isinstance(value, (int, str, bytes, float, bool, type(None), frozenset)) and len(repr(value)) < 200:
        parts.append(repr(value) if not isinstance(value, frozenset) else repr(sorted(map(repr, value))))
    return parts

for name in names:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        sys.stdout = sys.stderr = open(os.devnull, "w")
        try:
            module = importlib.import_module(name)
            outcome = {key: told(value) for key, value in sorted(vars(module).items())
                       if key not in ("__builtins__", "__cached__", "__spec__", "__loader__", "__doc__")}
        except BaseException as error:
            outcome = [type(error).__name__, str(error)[:300]]
        loaded = sorted(key for key, value in sys.modules.items()
                        if (getattr(value, "__file__", None) or "").startswith(root))
        with os.fdopen(write, "w") as out:
            json.dump([outcome, loaded], out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as told_by_child:
        text = told_by_child.read()
    os.waitpid(child, 0)
    sys.stdout.write(json.dumps([name, text]) + "\n")
"""


def exported(init: Path) -> list[str]:
    """The names that an `__init__` takes out of its own submodules."""
    try:
        tree = ast.parse(init.read_bytes())
    except (SyntaxError, ValueError):
        return []
    package = init.parent.name
    names = []
    for statement in tree.body:
        if not isinstance(statement, ast.ImportFrom):
            continue
        inside = statement.level == 1 and statement.module
        inside = inside or (statement.level == 0 and f".{package}." in f".{statement.module}.")
        if inside:
            names += [alias.asname or alias.name for alias in statement.names if alias.name != "*"]
    return sorted({name for name in names if not name.startswith("_")})


def configure(root: Path, exposing: list[str]) -> int:
    """Writes the config; the number of boundary modules."""
    lines = ['select = ["RF201"]', 'source-roots = ["."]', ""]
    count = 0
    for init in sorted(root.rglob("__init__.py")):
        name = ".".join(init.parent.relative_to(root).parts)
        names = exported(init)
        chosen = name in exposing if exposing else "." in name
        if chosen and names and all(part.isidentifier() for part in name.split(".")):
            exposes = ", ".join(json.dumps(exposed) for exposed in names)
            lines += [f'[modules."{name}"]', f"exposes = [{exposes}]", ""]
            count += 1
    (root / "ringfence.toml").write_text("\n".join(lines))
    return count


def findings(binary: str, root: Path) -> set[tuple]:
    run = subprocess.run([binary, "check", "-q", "--output-format", "json"], cwd=root, capture_output=True)
    if run.returncode not in (0, 1):
        sys.exit(run.stderr.decode())
    keys = ("code", "filename", "importer", "imported", "member")
    return {tuple(finding.get(key) for key in keys) for finding in json.loads(run.stdout)}


def outcomes(root: Path, modules: list[str]) -> dict[str, str]:
    run = subprocess.run(
        [sys.executable, "-c", DRIVER, str(root)],
        input="\n".join(modules).encode(),
        capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    return dict(json.loads(line) for line in run.stdout.decode().splitlines())


def compared(then: str, again: str, now: str) -> bool:
    """Whether a module is the same before and after, but for the names that two runs before disagree about."""
    if not (then and again and now):
        return then == now
    outcomes = [json.loads(text) for text in (then, again, now)]
    (first, loaded), (second, _), (fixed, loaded_now) = outcomes
    if not all(isinstance(names, dict) for names in (first, second, fixed)):
        return first == fixed and loaded == loaded_now
    unsteady = {name for name in first if first[name] != second.get(name)}
    steady, steady_now = ({name: names[name] for name in names.keys() - unsteady} for names in (first, fixed))
    return steady == steady_now and first.keys() == fixed.keys() and loaded == loaded_now


def texts(root: Path) -> dict[Path, bytes]:
    return {path.relative_to(root): path.read_bytes() for path in sorted(root.rglob("*.py"))}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("tree", type=Path)
    parser.add_argument("--expose", action="append", default=[], metavar="PACKAGE")
    parser.add_argument("--modules", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unsafe-fixes", action="store_true")
    arguments = parser.parse_args()
    binary = str(Path(arguments.binary).resolve())

    with tempfile.TemporaryDirectory() as folder:
        # One place for both, so that paths in messages are the same.
        root = Path(folder).resolve() / "tree"
        shutil.copytree(arguments.tree, root, symlinks=True)
        boundaries = configure(root, arguments.expose)
        before = texts(root)
        found = findings(binary, root)
        names = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in before]
        names = [name for name in names if all(part.isidentifier() for part in name.split("."))]

        scratch = Path(folder).resolve() / "before"
        shutil.copytree(root, scratch)
        fix = [binary, "check", "--fix", "-q", *["--unsafe-fixes"] * arguments.unsafe_fixes]
        fixed = subprocess.run(fix, cwd=root, capture_output=True)
        if fixed.returncode not in (0, 1):
            sys.exit(fixed.stderr.decode())
        after = texts(root)
        changed = [path for path in before if before[path] != after[path]]
        left = findings(binary, root)
        subprocess.run(fix, cwd=root, capture_output=True)
        again = texts(root)

        problems = []
        for path in changed:
            try:
                ast.parse(after[path])
            except SyntaxError as error:
                problems.append(f"{path} does not parse: {error}")
        problems += [f"new finding: {finding}" for finding in sorted(left - found, key=repr)]
        problems += [f"changed by a second run: {path}" for path in after if after[path] != again[path]]

        of_changed = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in changed]
        others = random.Random(arguments.seed).sample(names, min(arguments.modules, len(names)))
        modules = sorted({*of_changed, *others} & set(names))
        now = outcomes(root, modules)
        shutil.rmtree(root)
        scratch.rename(root)
        then = outcomes(root, modules)
        suspects = [module for module in modules if then.get(module) != now.get(module)]
        once_more = outcomes(root, suspects) if suspects else {}
        for module in suspects:
            if not compared(then.get(module, ""), once_more.get(module, ""), now.get(module, "")):
                told = f"CPython sees a difference in {module}"
                print(told) if arguments.unsafe_fixes else problems.append(told)
        failing = sum(1 for text in then.values() if text.startswith("[["))
        print(
            f"{arguments.tree}: {boundaries} boundary modules, {len(found)} findings, {len(found - left)} fixed in "
            f"{len(changed)} files; {len(modules)} modules imported before and after, {failing} of which fail in both"
        )
        for problem in problems:
            print(problem)
        sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
