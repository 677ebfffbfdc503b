#!/usr/bin/env python3
"""Fixes real packages, and runs their tests before and after.

    scripts/fix_suites.py BINARY [--packages click jinja2 ...] [--where-installable] [--keep FOLDER]

Each package comes as the source distribution that PyPI has, with each of its modules as a boundary module. What must hold:
safe fixes change the outcome of no test, leave no more findings of ruff's isort rule (I001) than there were, and a second run
changes nothing; fixes that are called unsafe leave files that parse, and as few findings of I001. Needs PyPI (with
`--where-installable`, what pip cannot install is named and left out), and writes nothing but a temporary folder.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

RUFF = "ruff==0.17.6"
RULES = "RF201,RF204,RF601,RF602,RF603,RF901"

# Dates and times, which some tests have in their names: those of the run.
TIME = re.compile(r"\d+[-:]\d+[-:]\d+")

# By package: where its code lies, what its tests need, and which of them take long or need a network.
PACKAGES = {
    "click": ("8.3.1", "src/click", ["pytest<9"], ["tests"]),
    "jinja2": ("3.1.6", "src/jinja2", ["pytest<9", "trio"], ["tests"]),
    "marshmallow": ("4.1.1", "src/marshmallow", ["pytest<9", "simplejson"], ["tests"]),
    "attrs": ("25.4.0", "src/attr", ["pytest<9", "hypothesis", "cloudpickle"], ["tests", "--ignore=tests/test_mypy.yml"]),
    "flask": ("3.1.2", "src/flask", ["pytest<9", "asgiref"], ["tests"]),
    "werkzeug": ("3.1.4", "src/werkzeug", ["pytest<9", "pytest-timeout", "ephemeral-port-reserve", "cryptography", "watchdog"], ["tests", "--ignore=tests/test_serving.py"]),
}


class NotInstallable(Exception):
    """What pip cannot install here."""


def pip(python, *arguments):
    done = run(python, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check", "--retries", "1", check=False)
    if done.returncode:
        raise NotInstallable(f"pip {' '.join(map(str, arguments))}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def run(*command, cwd=None, env=None, check=True):
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    if check and done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done


def unpacked(python, name, version, folder):
    """The source distribution of a package, unpacked."""
    pip(python, "download", "--no-deps", "--no-binary", name, "-d", folder, f"{name}=={version}")
    archives = list(folder.glob("*.tar.gz"))
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder, filter="data")
    archives[0].unlink()
    return next(path for path in folder.iterdir() if path.is_dir())


def outcomes(python, tree, tests):
    """By name of tests: what became of each."""
    report = tree / "outcomes.xml"
    env = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *tests, cwd=tree, env=env, check=False)
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        name = TIME.sub("TIME", f"{case.get('classname')}.{case.get('name')}")
        found.setdefault(name, []).append(kinds[0] if kinds else "passed")
    report.unlink()
    return {name: sorted(of_one) for name, of_one in found.items()}


def unsorted(ruff, tree):
    """How many findings of I001 there are in the code of a package."""
    done = run(ruff, "check", "--isolated", "--no-cache", "--select", "I001", "--output-format", "json", "src", cwd=tree, check=False)
    return len(json.loads(done.stdout))


def sources(tree):
    return {path: path.read_bytes() for path in sorted((tree / "src").rglob("*.py"))}


def fix(binary, tree, *options):
    """How many files a run of fixes changes."""
    before = sources(tree)
    done = run(binary, "check", "--select", RULES, "--fix", "--exit-zero", "--quiet", *options, cwd=tree, check=False)
    if done.returncode not in (0, 1) or "panicked" in done.stderr:
        raise SystemExit(f"{tree.name}: exit code {done.returncode}\n{done.stderr}")
    return sum(before[path] != text for path, text in sources(tree).items())


def try_package(binary, root, python, name):
    """What does not hold of a package."""
    version, package, needs, tests = PACKAGES[name]
    pip(python, "install", f"{name}=={version}", *needs)
    folder = root / name
    folder.mkdir(parents=True)
    tree = unpacked(python, name, version, folder)
    top_level = Path(package).name
    config = f'source-roots = ["src"]\n[modules."{top_level}"]\nexposes = ["*"]\n[modules."{top_level}.**"]\nexposes = ["*"]\n'
    (tree / "ringfence.toml").write_text(config)
    ruff = python.with_name("ruff")
    before, order = outcomes(python, tree, tests), unsorted(ruff, tree)
    changed = fix(binary, tree)
    again = fix(binary, tree)
    after, order_after = outcomes(python, tree, tests), unsorted(ruff, tree)
    changed_unsafe = fix(binary, tree, "--unsafe-fixes")
    order_unsafe = unsorted(ruff, tree)
    problems = []
    for path, text in sources(tree).items():
        try:
            compile(text, str(path), "exec")
        except SyntaxError as error:
            problems.append(str(error))
    of_all = [outcome for of_one in before.values() for outcome in of_one]
    passed = of_all.count("passed")
    print(f"{name} {version}: {passed} of {len(of_all)} tests pass; safe fixes change {changed} files, unsafe ones "
          f"{changed_unsafe}; I001 {order} -> {order_after} -> {order_unsafe}", flush=True)
    other = sorted(test for test in before.keys() | after.keys() if before.get(test) != after.get(test))
    if other:
        problems.append(f"{len(other)} tests have another outcome: {other[:5]}")
    if not passed:
        problems.append("no test passes")
    if again:
        problems.append(f"a second run changes {again} files")
    if order_after > order or order_unsafe > order:
        problems.append(f"findings of I001: {order} -> {order_after} -> {order_unsafe}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path)
    parser.add_argument("--packages", nargs="+", choices=PACKAGES, default=list(PACKAGES))
    parser.add_argument("--where-installable", action="store_true", help="leave out what pip cannot install, and say so")
    parser.add_argument("--keep", type=Path, help="a folder for the trees, kept afterwards")
    arguments = parser.parse_args()
    binary = arguments.binary.resolve()
    problems = []
    with tempfile.TemporaryDirectory() as temporary:
        root = arguments.keep.resolve() if arguments.keep else Path(temporary)
        run(sys.executable, "-m", "venv", root / "venv")
        python = root / "venv" / "bin" / "python"
        for name in arguments.packages:
            try:
                pip(python, "install", RUFF)
                problems += [f"{name}: {problem}" for problem in try_package(binary, root, python, name)]
            except NotInstallable as error:
                if arguments.where_installable:
                    print(f"{name} cannot be installed here: left out", flush=True)
                else:
                    problems.append(f"{name}: {error}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
