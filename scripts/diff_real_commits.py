#!/usr/bin/env python3
"""Compares `ringfence diff` of real commits with what cold runs in two checkouts say.

usage: diff_real_commits.py BINARY REPOSITORY [--commits N] [--most-modules N]

Takes the last N commits of REPOSITORY that touch Python files or configs, each against its first parent, and compares as
`differential_diff.py` does. Pairs of modules are compared with brute force where a commit has at most as many modules as said. Works in
a clone of its own, so that nothing is written into REPOSITORY.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import differential_diff
from differential_diff import Cold, Tool, compare, git

WATCHED = ["*.py", "*.pyi", "*tach.toml", "*.importlinter", "*setup.cfg", "*pyproject.toml", "*ringfence.toml"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary")
    parser.add_argument("repository")
    parser.add_argument("--commits", type=int, default=150)
    parser.add_argument("--most-modules", type=int, default=25)
    arguments = parser.parse_args()
    tool, start, failed, compared = Tool(arguments.binary), time.time(), 0, 0
    Cold.tops, Cold.roots = (), ("", "src/", "python/", "lib/")
    whole = Cold.verdicts
    Cold.verdicts = lambda self, names, scratch: whole(self, names, scratch) if len(names) <= arguments.most_modules else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        root = folder / "repository"
        subprocess.run(["git", "clone", "-q", arguments.repository, str(root)], check=True)
        commits = git(root, "log", "--first-parent", "--format=%H", "-n", str(arguments.commits), "--", *WATCHED).split()
        for commit in commits:
            parent = f"{commit}^"
            if not git(root, "rev-parse", "--verify", "--quiet", parent, check=False):
                continue
            compared += 1
            wrong = compare(tool, root, parent, commit, folder)
            if wrong:
                failed += 1
                print(f"{commit}:", *wrong, sep="\n    ", flush=True)
            if compared % 10 == 0:
                print(f"{compared} commits, {failed} wrong, {time.time() - start:.0f} s", flush=True)
    print(dict(sorted(differential_diff.SEEN.items())))
    print(f"{compared} commits, {failed} of them wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
