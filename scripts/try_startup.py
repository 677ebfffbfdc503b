#!/usr/bin/env python3
"""Startup contracts on three real command-line programs: the chain is real, the proposed cut holds, and their tests say so.

usage: try_startup.py WORK --binary RINGFENCE [--python PYTHON]

WORK holds a checkout of each program, with its tests: `black` (github:psf/black), `httpie` (github:httpie/cli) and `cookiecutter`
(github:cookiecutter/cookiecutter). It is not changed; what is tried lies in WORK/startup. For each program:

1. its tests run as it is;
2. a `startup` contract finds what the entry loads, and `python -X importtime` shows that each module of the chain is loaded;
3. `--fix --unsafe-fixes` defers the import that the finding proposes; the contract holds, and `python -X importtime` no longer shows the module;
4. its tests come to the same.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

# Folder, roots of sources, entry, what must not be loaded, what its tests need beside itself, options for pytest.
PROGRAMS = [
    ("black", ["src"], "black", "difflib", ["aiohttp"], []),
    ("httpie", ["."], "httpie.core", "httpie.downloads", ["pytest-httpbin", "responses", "pytest-mock", "werkzeug<3", "flask<3"], []),
    ("cookiecutter", ["."], "cookiecutter.cli", "yaml", ["freezegun", "pytest-cov", "pytest-mock"], ["-o", "addopts=", "-n", "0"]),
]


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def install(python: Path, folder: Path, packages: list[str]) -> None:
    done = run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], folder)
    if done.returncode:
        sys.exit(f"pip fails in {folder}:\n{done.stderr[-2000:]}")


def failing(python: Path, folder: Path, options: list[str]) -> tuple[str, set[str]]:
    """The closing line of pytest, without its seconds, and the tests that do not pass."""
    done = run([str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", *options], folder)
    if done.returncode not in (0, 1):
        sys.exit(f"pytest cannot run in {folder}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    last = done.stdout.strip().splitlines()[-1]
    return re.sub(r" in [0-9.:ms ()]+.*", "", last), set(re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.M))


def loaded(python: Path, folder: Path, entry: str) -> set[str]:
    """What CPython loads when the entry is imported, itself included."""
    done = run([str(python), "-X", "importtime", "-c", f"import {entry}"], folder)
    if done.returncode:
        sys.exit(f"`import {entry}` fails:\n{done.stderr[-2000:]}")
    return {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def try_program(work: Path, binary: Path, base: str, program: tuple) -> bool:
    name, roots, entry, target, needs, options = program
    folder = work / "startup" / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(work / name, folder, ignore=shutil.ignore_patterns(".git", "ringfence.toml"))
    run(["git", "init", "-q"], folder)
    environment = work / "startup" / f"environment-{name}"
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([base, "-m", "venv", str(environment)], check=True)
    packages = ["pytest<9", "pytest-xdist", *needs, *(["setuptools<81"] if name == "httpie" else []), "-e", "."]
    install(python, folder, packages)
    (folder / "ringfence.toml").write_text(
        f"source-roots = {json.dumps(roots)}\n\n[[contracts]]\nname = \"starts fast\"\ntype = \"startup\"\n"
        f"entry = [{json.dumps(entry)}]\nmust-not-load = [{json.dumps(target)}]\n"
    )
    check = [str(binary), "check", "--select", "RF409", "--python", str(environment)]

    before, failed = failing(python, folder, options)
    print(f"{name}: as it is, {before}", flush=True)
    found = run([*check, "--output-format", "json"], folder)
    findings = json.loads(found.stdout)
    findings = findings if isinstance(findings, list) else findings["diagnostics"]
    text = run(check, folder).stdout
    chain = sorted(set(re.findall(r"imports `([\w.]+)`", text.split("= help")[0])))
    loads = loaded(python, folder, entry)
    print(f"  {len(findings)} finding; CPython loads {len(loads)} modules")
    # The last hop of `from a.b import c` may be a name of a module.
    unseen = [hop for hop in chain if hop not in loads and hop.rsplit(".", 1)[0] not in loads]
    good = len(findings) == 1 and target in loads and not unseen
    print(f"  the chain, all of it loaded: {', '.join(chain)}" if good else f"  WRONG: not loaded: {unseen}, {text}")

    fixed = run([*check, "--fix", "--unsafe-fixes"], folder)
    changed = loaded(python, folder, entry)
    holds = fixed.returncode == 0 and target not in changed
    print(f"  {fixed.stdout.splitlines()[0]} CPython loads {len(changed)} modules" if holds else f"  WRONG: {fixed.stdout}")
    after, still = failing(python, folder, options)
    same = still <= failed
    print(f"  with the cut, {after}" if same else f"  WRONG: new failures: {sorted(still - failed)}", flush=True)
    return good and holds and same


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n\n")[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--python", default="python3.11")
    options = parser.parse_args()
    work, binary = options.work.resolve(), options.binary.resolve()
    results = [try_program(work, binary, options.python, program) for program in PROGRAMS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
