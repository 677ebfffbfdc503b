#!/usr/bin/env python3
"""Measures by mutation what `ringfence affected` misses.

    recall.py generated [--count N] [--seed N]     small projects, run by Python before and after a change
    recall.py real FOLDER [--mutants N] [--seed N] a project with a test suite that runs in the current environment

Both change one definition of a copy, run every test file, and compare those whose outcome changed with what is selected. A test file whose
outcome changed and that is not selected is a miss. Prints a line for each miss, and a table.
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
import time
from pathlib import Path

BINARY = os.environ.get("RINGFENCE", "ringfence")


def git(folder, *arguments):
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def committed(folder):
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-qm", "x")


def selection(folder):
    """The affected test files, whether everything is, and how many seconds it took."""
    start = time.perf_counter()
    command = [BINARY, "affected", "--since", "HEAD", "--quiet", "--output-format", "json"]
    answer = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True)
    seconds = time.perf_counter() - start
    found = json.loads(answer.stdout)
    return {file["path"] for file in found["files"] if file["test"]}, found, seconds


# Mutation


class Mutations(ast.NodeVisitor):
    """Every change of one place of a module that can be made by replacing a piece of its text."""

    def __init__(self, text):
        self.lines = text.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line.encode()))
        self.bytes = text.encode()
        self.found = []
        self.docstrings = set()
        tree = ast.parse(text)
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
                self.docstrings.add(body[0].value)
        self.visit(tree)

    def span(self, node):
        start = self.starts[node.lineno - 1] + node.col_offset
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset

    def add(self, kind, node, replacement):
        start, end = self.span(node)
        self.found.append((kind, self.bytes[:start] + replacement.encode() + self.bytes[end:]))

    def visit_Constant(self, node):
        if node in self.docstrings:
            return
        if isinstance(node.value, bool):
            self.add("constant", node, str(not node.value))
        elif isinstance(node.value, int):
            self.add("constant", node, str(node.value + 1))
        elif isinstance(node.value, str) and self.bytes[self.span(node)[0] : self.span(node)[0] + 1] in (b"'", b'"'):
            self.add("constant", node, repr(node.value + "XX"))

    def visit_JoinedStr(self, node):
        pass

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):
            self.add("statement", node, "pass")
        self.generic_visit(node)

    def visit_Return(self, node):
        if node.value is not None:
            self.add("statement", node, "return None")
        self.generic_visit(node)

    def visit_Assign(self, node):
        self.add("statement", node, "pass")
        self.generic_visit(node)

    def visit_If(self, node):
        self.add("condition", node.test, "not (" + self.bytes[slice(*self.span(node.test))].decode() + ")")
        self.generic_visit(node)

    def visit_arguments(self, node):
        for default in node.defaults:
            self.add("signature", default, "None")
        self.generic_visit(node)

    def visit_ImportFrom(self, node):
        if node.module != "__future__":
            self.add("import", node, "pass")

    def visit_ClassDef(self, node):
        for statement in node.body:
            if isinstance(statement, ast.Assign):
                self.add("class attribute", statement.value, "None")
        self.generic_visit(node)


def mutants(text):
    for kind, changed in Mutations(text).found:
        try:
            compile(changed, "mutant", "exec")
        except (SyntaxError, ValueError):
            continue
        yield kind, changed


# Real projects


def outcomes(folder, arguments, limit):
    """By test file, what became of its tests; nothing where the run took too long."""
    report = folder / ".recall.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    command += ["--tb=no", "-o", "junit_family=xunit1", f"--junitxml={report}", "--continue-on-collection-errors", *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    try:
        subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    import xml.etree.ElementTree as tree

    if not report.is_file():
        # A conftest.py could not be loaded: every test file is another.
        return {}
    found = {}
    for case in tree.parse(report).getroot().iter("testcase"):
        path = case.get("file") or case.get("name", "").replace(".", "/") + ".py"
        kinds = tuple(sorted(child.tag for child in case if child.tag in ("failure", "error", "skipped")))
        found.setdefault(path, {})[(case.get("classname"), case.get("name"))] = kinds
    return found


def real(options):
    source = Path(options.folder).resolve()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / source.name
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".git", "*.pyc", "__pycache__"), symlinks=True)
        (folder / ".gitignore").write_text("__pycache__\n.recall.xml\n*.egg-info\n")
        committed(folder)
        start = time.perf_counter()
        before = outcomes(folder, options.arguments, 600)
        whole = time.perf_counter() - start
        again = outcomes(folder, options.arguments, 600)
        flaky = {path for path in before if before[path] != (again or {}).get(path)}
        files = [path for path in sorted(folder.glob(options.sources)) if "test" not in path.relative_to(folder).as_posix()]
        pool = [(path, kind, changed) for path in files for kind, changed in mutants(path.read_text())]
        rng.shuffle(pool)
        total, killed, safe, missed, skipped, seconds = 0, 0, 0, 0, [], []
        for path, kind, changed in pool[: options.mutants]:
            original = path.read_bytes()
            path.write_bytes(changed)
            after = outcomes(folder, options.arguments, whole * 4 + 20)
            selected, found, took = selection(folder)
            path.write_bytes(original)
            if after is None:
                continue
            total += 1
            tests = selected | set(found["unaffected_tests"])
            different = {test for test in before if before[test] != after.get(test)} - flaky
            missing = {test for test in different if test in tests and test not in selected}
            killed += bool(different)
            safe += bool(different) and not missing
            missed += len(missing)
            skipped.append(1 - len(selected & set(before)) / max(1, len(before)))
            seconds.append(took)
            where = path.relative_to(folder)
            print(f"{where}: {kind}: {len(different)} other, {len(selected)} selected, {len(missing)} missed", file=sys.stderr, flush=True)
            for test in sorted(missing):
                print(f"missed: {kind} in {where}: {test}", flush=True)
                diff = subprocess.run(["diff", "-", str(path)], input=changed, stdout=subprocess.PIPE).stdout.decode()
                print("  " + diff.replace("\n", "\n  "), flush=True)
        skipped.sort()
        seconds.sort()
        print("| project | test files | mutants | noticed | safe | missed files | skipped at the median | ms |")
        print("|---|---|---|---|---|---|---|---|")
        print(
            f"| {source.name} | {len(before)} | {total} | {killed} | {100 * safe / max(1, killed):.1f} % | {missed} "
            f"| {100 * skipped[len(skipped) // 2] if skipped else 0:.0f} % | {1000 * seconds[len(seconds) // 2] if seconds else 0:.0f} |"
        )
    return 1 if missed else 0


# Generated projects


def generate(rng):
    """Files of a small package of functions and classes that use each other in every way that names travel, with a test for each."""
    count = rng.randint(3, 6)
    files = {"pkg/__init__.py": rng.choice(["", "from .m0 import f0\n", "from .m0 import *\n", "from . import m0\n"])}
    files["pkg/registry.py"] = (
        "ALL = {}\n\ndef register(f):\n    ALL[f.__name__] = f\n    return f\n\ndef wrap(f):\n    def inner(*a):\n        return f(*a)\n    return inner\n\n"
        "class Base:\n    known = []\n    def __init_subclass__(cls):\n        Base.known.append(cls)\n    def run(self):\n        return 1\n\nclass Plain:\n    def run(self):\n        return 2\n"
    )
    files["conftest.py"] = "import sys, os\nsys.path.insert(0, os.path.dirname(__file__))\n"
    known = []  # (module, name, is_class)
    for number in range(count):
        lines, body = [], []
        uses = ["1"]
        for module, name, is_class in rng.sample(known, min(len(known), rng.randint(0, 3))):
            call = f"{name}().run()" if is_class else f"{name}()"
            way = rng.choice(["from", "alias", "module", "star", "late", "getattr", "computed", "relative", "string"])
            if way == "from":
                lines.append(f"from pkg.{module} import {name}")
                uses.append(call)
            elif way == "alias":
                lines.append(f"from pkg.{module} import {name} as x{name}")
                uses.append(f"x{call}")
            elif way == "module":
                lines.append(f"import pkg.{module}")
                uses.append(f"pkg.{module}.{call}")
            elif way == "relative":
                lines.append(f"from . import {module}")
                uses.append(f"{module}.{call}")
            elif way == "star":
                lines.append(f"from pkg.{module} import *")
                uses.append(call)
            elif way == "late":
                body.append(f"    from pkg.{module} import {name}")
                uses.append(call)
            elif way == "getattr":
                lines.append(f"from pkg import {module}")
                uses.append(f"getattr({module}, '{name[0]}' + '{name[1:]}')" + call[len(name) :])
            elif way == "computed":
                lines.append("import importlib")
                uses.append(f"importlib.import_module('pkg.' + '{module}').{call}")
            else:
                lines.append("import pydoc")
                uses.append(f"pydoc.locate('pkg.{module}.{name}')" + call[len(name) :])
        lines.append("from pkg.registry import register, wrap, Base, Plain, ALL")
        value = " + ".join(uses)
        inner = "\n".join(body)
        inner = inner + "\n" if inner else ""
        function, klass = f"f{number}", f"C{number}"
        decorator = rng.choice(["", "", "@register\n", "@wrap\n"])
        if rng.random() < 0.3:
            constant = rng.choice([f"K{number} = {rng.randint(1, 9)}", f"K{number} = [{rng.randint(1, 9)}][0]"])
            lines.append(constant)
            value += f" + K{number}"
        lines.append(f"\n{decorator}def {function}():\n{inner}    return {value}\n")
        lines.append(f"def g{number}():\n    return {rng.randint(1, 99)}\n")
        base = rng.choice(["", "(Base)", "(Plain)"])
        if known and rng.random() < 0.4:
            classes = [(module, name) for module, name, is_class in known if is_class]
            if classes:
                module, name = rng.choice(classes)
                lines.insert(0, f"from pkg.{module} import {name} as Parent")
                base = "(Parent)"
        lines.append(f"class {klass}{base}:\n    def run(self):\n        return {rng.randint(1, 99)} + g{number}()\n")
        if rng.random() < 0.2:
            lines.append(f"ALL['k{number}'] = g{number}")
        if rng.random() < 0.2:
            lines.append(f"X{number} = {function}()")
            known.append((f"m{number}", f"lambdas{number}", False))
            lines.append(f"def lambdas{number}():\n    return X{number}")
        if rng.random() < 0.15:
            lines.append(f"def __getattr__(name):\n    if name == 'lazy{number}':\n        return g{number}\n    raise AttributeError(name)")
            known.append((f"m{number}", f"lazy{number}", False))
        files[f"pkg/m{number}.py"] = "\n".join(lines) + "\n"
        known += [(f"m{number}", function, False), (f"m{number}", f"g{number}", False), (f"m{number}", klass, True)]
    fixtures = []
    for number, (module, name, is_class) in enumerate(rng.sample(known, min(3, len(known)))):
        call = f"{name}().run()" if is_class else f"{name}()"
        autouse = "(autouse=True)" if rng.random() < 0.1 else ""
        files["conftest.py"] += (
            f"import pytest\n@pytest.fixture{autouse}\ndef fix{number}():\n    from pkg.{module} import {name}\n    return {call}\n"
        )
        fixtures.append(f"fix{number}")
    for number, (module, name, is_class) in enumerate(known):
        call = f"{name}().run()" if is_class else f"{name}()"
        way = rng.choice(["from", "module", "alias", "patch", "pkg"])
        head, use = {
            "from": (f"from pkg.{module} import {name}", call),
            "module": (f"import pkg.{module} as m", f"m.{call}"),
            "alias": (f"from pkg import {module} as m", f"m.{call}"),
            "patch": ("import pydoc", f"pydoc.locate('pkg.{module}.{name}')" + call[len(name) :]),
            "pkg": (f"import pkg.{module}", f"pkg.{module}.{call}"),
        }[way]
        fixture = rng.choice(fixtures) if fixtures and rng.random() < 0.3 else ""
        extra = f", {fixture}" if fixture else ""
        files[f"tests/test_{number}.py"] = f"{head}\n\ndef test({fixture}):\n    print('RESULT', repr(({use}{extra})))\n"
    files["tests/test_registry.py"] = (
        "import " + ", ".join(f"pkg.m{number}" for number in range(count)) + "\nfrom pkg.registry import ALL, Base\n\n"
        "def test():\n    print('RESULT', [(k, f()) for k, f in sorted(ALL.items())], [c().run() for c in Base.known])\n"
    )
    return files


RUN = """
import io, contextlib, json, os, sys
import pytest
class Outcomes:
    def __init__(self): self.found = []
    def pytest_runtest_logreport(self, report):
        self.found.append((report.when, report.outcome, [t for n, t in report.sections if 'stdout' in n]))
    def pytest_collectreport(self, report):
        if report.failed: self.found.append(("collect", "failed", []))
outcomes = Outcomes()
with contextlib.redirect_stdout(io.StringIO()):
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:ringfence", sys.argv[1]], plugins=[outcomes])
print(json.dumps([int(code), outcomes.found]))
"""


def run_each(folder):
    found = {}
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    running = []
    for test in sorted((folder / "tests").glob("test_*.py")):
        name = test.relative_to(folder).as_posix()
        command = [sys.executable, "-c", RUN, name]
        running.append((name, subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)))
        if len(running) == 4:
            for known, process in running:
                found[known] = process.communicate()[0]
            running = []
    for known, process in running:
        found[known] = process.communicate()[0]
    return found


def generated(options):
    missed, changed_files, selected_files, all_files = 0, 0, 0, 0
    for number in range(options.count):
        rng = random.Random(options.seed + number)
        files = generate(rng)
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            for name, text in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text)
            (folder / ".gitignore").write_text("__pycache__\n")
            committed(folder)
            before = run_each(folder)
            sources = [name for name in files if name.startswith("pkg/") or name == "conftest.py"]
            pool = [(name, kind, changed) for name in sources for kind, changed in mutants(files[name])]
            for name, kind, changed in rng.sample(pool, min(len(pool), options.mutants)):
                (folder / name).write_bytes(changed)
                after = run_each(folder)
                selected, found, _ = selection(folder)
                (folder / name).write_text(files[name])
                different = {test for test in before if before[test] != after[test]}
                missing = different - selected
                missed += len(missing)
                changed_files += len(different)
                selected_files += len(selected)
                all_files += len(before)
                what = f"{len(different)} other, {len(selected)} selected of {len(before)}"
                print(f"{options.seed + number}: {kind} in {name}: {what}", file=sys.stderr, flush=True)
                if missing:
                    print(f"missed: seed {options.seed + number}, {kind} in {name}: {sorted(missing)}", flush=True)
                    if options.keep:
                        target = Path(options.keep) / f"{options.seed + number}"
                        shutil.copytree(folder, target, dirs_exist_ok=True)
                        (target / "mutant.py").write_bytes(changed)
    print(f"{options.count} projects: {changed_files} test files with another outcome, {missed} missed; selected {selected_files} of {all_files}")
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("generated")
    one.add_argument("--count", type=int, default=100)
    one.add_argument("--mutants", type=int, default=3, help="a project")
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--keep", help="a folder for projects with a miss")
    two = commands.add_parser("real")
    two.add_argument("folder")
    two.add_argument("--sources", default="src/**/*.py", help="a glob of the files to change")
    two.add_argument("--mutants", type=int, default=40)
    two.add_argument("--seed", type=int, default=0)
    two.add_argument("arguments", nargs="*", help="of pytest, after `--`")
    options = parser.parse_args()
    sys.exit(generated(options) if options.command == "generated" else real(options))


if __name__ == "__main__":
    main()
