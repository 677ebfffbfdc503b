#!/usr/bin/env python3
"""Compare a cold check with its peers on real trees, one thread each, in one run.

usage: compare_peers.py TREES --venv VENV [--tree NAME ...] [--runs N] [--keep DIR]

TREES holds one unpacked tree a folder (sentry, homeassistant, union, ...). VENV has tach, import-linter and ruff.
Every tree gets one boundary module a package with `depends-on = []`, or for import-linter one forbidden contract; ruff
runs one rule. The peers are run as they are installed; configs are written to a copy of the tree made of links.
Prints wall, user and system seconds and peak memory (the best of N runs by wall) and the ratio of wall to ringfence.
"""
import argparse, os, resource, shutil, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def packages(tree):
    """Every package, and every folder on the way to one, as a dotted name."""
    found = set()
    for folder, folders, files in os.walk(tree):
        folders.sort()
        if "__init__.py" in files:
            parts = os.path.relpath(folder, tree).split(os.sep)
            if all(part.isidentifier() for part in parts):
                found.add(".".join(parts))
    return sorted(found)


def write_configs(tree, names):
    with open(os.path.join(tree, "ringfence.toml"), "w") as out:
        out.write('source-roots = ["."]\n')
        for name in names:
            out.write(f'\n[modules."{name}"]\ndepends-on = []\n')
    with open(os.path.join(tree, "tach.toml"), "w") as out:
        out.write('source_roots = ["."]\nrespect_gitignore = false\nignore_type_checking_imports = true\n')
        for name in names:
            out.write(f'\n[[modules]]\npath = "{name}"\ndepends_on = []\n')
    tops = sorted({name.split(".")[0] for name in names})
    with open(os.path.join(tree, ".importlinter"), "w") as out:
        out.write("[importlinter]\nroot_packages =\n" + "".join(f"    {top}\n" for top in tops))
        out.write("include_external_packages = True\n\n[importlinter:contract:one]\nname = one\ntype = forbidden\n")
        out.write(f"source_modules =\n    {tops[0]}\nforbidden_modules =\n    nothing_of_this_name\n")


def measure(command, tree, runs, environment):
    best = None
    for _ in range(runs):
        started = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=tree, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment}
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        row = (wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))
        best = min(best or row, row)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees")
    parser.add_argument("--venv", required=True)
    parser.add_argument("--tree", action="append")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", help="keep the trees with their configs in this folder")
    options = parser.parse_args()
    binary = os.path.join(ROOT, "target/release/ringfence")
    floor = os.path.join(ROOT, "target/release/examples/floor")
    for program in (binary, floor):
        if not os.path.exists(program):
            sys.exit(f"no {program}: run `cargo build --release --bins --examples`")
    venv = os.path.join(os.path.abspath(options.venv), "bin")
    one = {"RAYON_NUM_THREADS": "1"}
    for name in options.tree or ["sentry", "homeassistant", "union"]:
        work = options.keep or tempfile.mkdtemp()
        tree = os.path.join(os.path.abspath(work), name)
        if not os.path.exists(tree):
            # Hard links: the same files, and nothing written beside the originals.
            shutil.copytree(os.path.join(options.trees, name), tree, copy_function=os.link)
        write_configs(tree, packages(tree))
        rows = [
            ("walk and read", [floor, tree], {}),
            ("ringfence check", [binary, "check", "--threads", "1", "--output-format", "concise"], {}),
            ("ringfence check --quiet, findings counted only", [binary, "check", "--threads", "1", "--statistics"], {}),
            ("tach check", [os.path.join(venv, "tach"), "check", "--output", "json"], one),
            ("lint-imports --no-cache", [os.path.join(venv, "lint-imports"), "--no-cache"], {**one, "PYTHONPATH": tree}),
            ("ruff check --select TID252", [os.path.join(venv, "ruff"), "check", "--no-cache", "--isolated", "--select", "TID252"], one),
        ]
        print(f"\n{name}: {sum(f.endswith('.py') for _, _, fs in os.walk(tree) for f in fs):,} files, "
              f"{len(packages(tree)):,} boundary modules")
        print(f"{'':48} {'wall s':>8} {'user s':>8} {'sys s':>8} {'MB':>6} {'ratio':>6} exit")
        reference = None
        for title, command, environment in rows:
            pinned = ["taskset", "-c", "0", *command] if shutil.which("taskset") else command
            wall, user, system, memory, code = measure(pinned, tree, options.runs, environment)
            if title == "ringfence check":
                reference = wall
            ratio = f"{wall / reference:6.2f}" if reference else "      "
            print(f"{title:48} {wall:8.2f} {user:8.2f} {system:8.2f} {memory:6.0f} {ratio} {code:4}", flush=True)
        if not options.keep:
            shutil.rmtree(work)


main()
