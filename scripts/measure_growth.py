#!/usr/bin/env python3
"""Tells how CPU time and memory grow with the input, one way to grow at a time.

    scripts/measure_growth.py BINARY [--only WORD] [--seconds 60] [--memory 2048] [--scale 1.0]

Each case writes a project of size n and one of size 4n and runs the binary over both. What is linear takes about four times as
long, less what a run costs anyhow; what is quadratic takes sixteen times as long. A row is marked where the ratio is above six and
the longer run takes more than half a second, or where a run hits a limit.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

# Ratios up to this are called linear, and runs shorter than this are not judged.
MOST_RATIO = 6.0
SHORTEST = 0.5

CASES = {}


def case(size, *arguments):
    """Registers a function that writes a project of size n; the arguments are those of the binary."""

    def register(write):
        CASES[write.__name__.replace("_", "-")] = (write, size, arguments)
        return write

    return register


def check(output_format="concise", *more):
    return ("check", "-q", "--exit-zero", "--output-format", output_format, *more)


def put(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


A_WITHOUT_B = "[modules.a]\ndepends-on = []\n[modules.b]\n"


def a_and_b(root, text, config=A_WITHOUT_B):
    put(root, "ringfence.toml", config)
    put(root, "a.py", text)
    put(root, "b.py", "")


def names(n):
    return ", ".join(f"name_{number}" for number in range(n))


def lines_of_names(n):
    return "from b import (\n" + "".join(f"    name_{number},\n" for number in range(n)) + ")\n"


def baseline(n, found):
    entries = "".join(f"RF101 a -> b gone_{number:06}\n" for number in range(n))
    return entries + "".join(f"RF101 a -> b name_{number}\n" for number in range(found))


# Findings of one file, and of one statement.


@case(2_000, *check("full"))
def names_of_a_line_full(root, n):
    a_and_b(root, f"from b import {names(n)}\n")


@case(2_000, *check("full"))
def names_of_a_statement_full(root, n):
    a_and_b(root, lines_of_names(n))


@case(10_000, *check("concise"))
def names_of_a_line_concise(root, n):
    a_and_b(root, f"from b import {names(n)}\n")


@case(1_000, *check("json"))
def names_of_a_line_json(root, n):
    a_and_b(root, f"from b import {names(n)}\n")


@case(500, *check("full"))
def names_of_a_line_to_move(root, n):
    a_and_b(root, f"from b import {names(n)}\ndef f(x: name_0): ...\n", A_WITHOUT_B + "exposes = ['other']\n")


@case(2_000, *check("full"))
def findings_of_a_file_full(root, n):
    a_and_b(root, "import b\n" * n)


@case(2_000, *check("full"))
def statements_of_a_line_full(root, n):
    a_and_b(root, "; ".join(["import b"] * n) + "\n")


@case(5_000, *check("concise"))
def statements_of_a_line_concise(root, n):
    a_and_b(root, "; ".join(["import b"] * n) + "\n")


# Comments that suppress.


@case(5_000, *check())
def suppressions_of_a_file(root, n):
    a_and_b(root, "import b  # ringfence: ignore[RF101] known\n" * n)


@case(5_000, *check())
def unused_suppressions(root, n):
    a_and_b(root, "import os  # ringfence: ignore[RF101] known\n" * n)


@case(1_000, *check("concise", "--fix", "--diff"))
def unused_suppressions_fixed(root, n):
    a_and_b(root, "import os  # ringfence: ignore[RF101] known\n" * n)


@case(300, *check())
def suppressions_of_a_line(root, n):
    a_and_b(root, f"from b import {names(n)}" + "  # ringfence: ignore[RF101] known" * n + "\n")


@case(3_000, *check("concise", "--add-ignore=known"))
def added_suppressions(root, n):
    a_and_b(root, "import b\n" * n)


@case(3_000, *check("concise", "--add-ignore=known"))
def added_suppressions_of_a_statement(root, n):
    a_and_b(root, lines_of_names(n))


@case(1_000, *check("concise", "--add-ignore=known"))
def added_suppressions_above(root, n):
    a_and_b(root, "import b; x = '''\n'''\n" * n)


# The baseline.


@case(3_000, *check())
def baseline_entries(root, n):
    a_and_b(root, lines_of_names(n))
    put(root, "ringfence.baseline", baseline(n, n))


@case(1_000, *check())
def baseline_cycles(root, n):
    config = "forbid-cycles = true\n"
    entries = []
    for number in range(n):
        one, other = f"m{number}", f"n{number}"
        config += f"[modules.{one}]\n[modules.{other}]\n"
        put(root, f"{one}.py", f"import {other}\n")
        put(root, f"{other}.py", f"import {one}\n")
        entries.append(f"RF401 {one} <-> {other} <-> z\n")
    put(root, "ringfence.toml", config)
    put(root, "ringfence.baseline", "".join(entries))


@case(3_000, "baseline", "-q", "--dry-run", "--allow-growth", "--reason", "known")
def baseline_written(root, n):
    a_and_b(root, lines_of_names(n))
    put(root, "ringfence.baseline", baseline(n, n // 2))


@case(1_000, *check("concise", "--fix-config", "--diff"))
def stale_entries_removed(root, n):
    a_and_b(root, "")
    put(root, "ringfence.baseline", baseline(n, 0))


@case(20_000, *check("concise", "--add-ignore=known"))
def many_comments_added(root, n):
    a_and_b(root, lines_of_names(n))


@case(20_000, *check("concise", "--fix-config", "--diff"))
def many_findings_of_one_permission(root, n):
    a_and_b(root, lines_of_names(n))


# The config.


@case(500, *check())
def modules_of_a_config(root, n):
    put(root, "ringfence.toml", "".join(f"[modules.m{number}]\ndepends-on = []\n" for number in range(n)))
    for number in range(n):
        put(root, f"m{number}.py", f"import m{(number + 1) % n}\n")


@case(500, *check("concise", "--fix-config", "--diff"))
def dependencies_added(root, n):
    put(root, "ringfence.toml", "[modules.a]\ndepends-on = ['m0']\n" + "".join(f"[modules.m{it}]\n" for it in range(n)))
    put(root, "a.py", "".join(f"import m{number}\n" for number in range(n)))
    for number in range(n):
        put(root, f"m{number}.py", "")


@case(1_000, *check("concise", "--extend-select", "RF110", "--fix-config", "--diff"))
def dependencies_removed(root, n):
    entries = ", ".join(f"'m{number}'" for number in range(n))
    put(root, "ringfence.toml", f"[modules.a]\ndepends-on = [{entries}]\n" + "".join(f"[modules.m{it}]\n" for it in range(n)))
    put(root, "a.py", "")
    for number in range(n):
        put(root, f"m{number}.py", "")


@case(2_000, *check("full"))
def entries_of_depends_on(root, n):
    entries = ", ".join(f"'m{number}'" for number in range(n))
    a_and_b(root, "import b\n", f"[modules.a]\ndepends-on = [{entries}]\n[modules.b]\n")


@case(500, *check("full"))
def findings_about_one_list(root, n):
    entries = ", ".join(f"'m{number}'" for number in range(n))
    put(root, "ringfence.toml", f"[modules.a]\nforbids = [{entries}]\n" + "".join(f"[modules.m{it}]\n" for it in range(n)))
    put(root, "a.py", "".join(f"import m{number}\n" for number in range(n)))
    for number in range(n):
        put(root, f"m{number}.py", "")


@case(2_000, *check("full"))
def unknown_modules(root, n):
    put(root, "ringfence.toml", "".join(f"[modules.m{number}]\n" for number in range(n)))
    put(root, "a.py", "")


@case(500, *check())
def layers(root, n):
    put(
        root,
        "ringfence.toml",
        "layers = [" + ", ".join(f"'l{number}'" for number in range(n)) + "]\n"
        + "".join(f"[modules.m{number}]\nlayer = 'l{number}'\n" for number in range(n)),
    )
    for number in range(n):
        put(root, f"m{number}.py", f"import m{(number - 1) % n}\n")


@case(400, *check())
def per_file_ignores(root, n):
    entries = "".join(f"'x{number}*.py' = ['RF101']\n" for number in range(n))
    a_and_b(root, "import b\n" * n, A_WITHOUT_B + f"[per-file-ignores]\n{entries}")


@case(200, *check())
def patterns(root, n):
    entries = "".join(f"[modules.'m{number}.*']\ndepends-on = []\n" for number in range(n))
    put(root, "ringfence.toml", entries)
    for number in range(n):
        put(root, f"m{number}/__init__.py", "")
        put(root, f"m{number}/x.py", "")


@case(125, *check())
def large_regular_expressions(root, n):
    text = "source_roots = ['.']\nmodules = [{ path = 'a', depends_on = [] }, { path = 'b', depends_on = [] }]\n"
    entries = ", ".join(f"'(x{number}|[^z]{{1,200}}y)'" for number in range(n))
    put(root, "tach.toml", text + f"[[interfaces]]\nexpose = [{entries}]\nfrom = ['b']\n")
    put(root, "a.py", "import b\n")
    put(root, "b.py", "")


# Proofs of fixes.


@case(300, *check("json", "--select", "RF601"))
def folders_with_relative_imports(root, n):
    put(root, "ringfence.toml", "[modules.'p.a']\ndepends-on = ['p.b']\n[modules.'p.b']\n")
    for package in ("p", "p/a", "p/b"):
        put(root, f"{package}/__init__.py", "")
    for number in range(n):
        put(root, f"p/a/d{number}/__init__.py", "")
        put(root, f"p/a/d{number}/x.py", "from ...b import y\n")


# Contracts.


def contract(kind, **lists):
    text = f"[[contracts]]\nname = 'one'\ntype = '{kind}'\n"
    for key, entries in lists.items():
        text += f"{key} = [" + ", ".join(f"'{entry}'" for entry in entries) + "]\n"
    return text


def sources_and_targets(root, n):
    for number in range(n):
        put(root, f"s{number}.py", "import hub\n")
        put(root, f"t{number}.py", "")
    put(root, "hub.py", "".join(f"import t{number}\n" for number in range(n)))
    return [f"s{number}" for number in range(n)], [f"t{number}" for number in range(n)]


@case(400, *check())
def forbidden_pairs(root, n):
    sources, targets = sources_and_targets(root, n)
    put(root, "ringfence.toml", contract("forbidden", **{"from": sources, "to": targets}))


@case(400, *check())
def independent_modules(root, n):
    for number in range(n):
        put(root, f"m{number}.py", "import hub\n")
    put(root, "hub.py", "".join(f"import m{number}\n" for number in range(n)))
    put(root, "ringfence.toml", contract("independent", modules=[f"m{number}" for number in range(n)]))


@case(800, *check())
def suppressed_in_contracts(root, n):
    for number in range(n):
        put(root, f"s{number}.py", "import t  # ringfence: ignore[RF403] known\n")
    put(root, "t.py", "")
    put(root, "ringfence.toml", contract("forbidden", **{"from": [f"s{it}" for it in range(n)], "to": ["t"]}))


@case(2_000, *check())
def contracts_of_a_config(root, n):
    one = contract("forbidden", **{"from": ["a"], "to": ["b"]})
    put(root, "ringfence.toml", "".join(one.replace("'one'", f"'c{number}'") for number in range(n)))
    put(root, "a.py", "import b\n")
    put(root, "b.py", "")


@case(2_000, *check())
def exceptions_of_a_contract(root, n):
    sources = [f"s{number}" for number in range(n)]
    text = contract("forbidden", **{"from": sources, "to": ["t"]})
    text += "except = [" + ", ".join(f"'{source} -> t'" for source in sources) + "]\n"
    put(root, "ringfence.toml", text)
    for source in sources:
        put(root, f"{source}.py", "import t\n")
    put(root, "t.py", "")


@case(300, *check("full"))
def a_long_chain(root, n):
    for number in range(n):
        put(root, f"m{number}.py", f"import m{number + 1}\n")
    put(root, f"m{n}.py", "")
    put(root, "ringfence.toml", contract("forbidden", **{"from": ["m0"], "to": [f"m{n}"]}))


@case(300, *check())
def a_long_cycle(root, n):
    put(root, "ringfence.toml", "forbid-cycles = true\n" + "".join(f"[modules.m{number}]\n" for number in range(n)))
    for number in range(n):
        put(root, f"m{number}.py", f"import m{(number + 1) % n}\n")


# Names and lines.


@case(10_000, *check("concise", "--select", "RF501"))
def a_long_dotted_name_from_elsewhere(root, n):
    put(root, "ringfence.toml", "[modules.a]\n")
    put(root, "pyproject.toml", "[project]\nname = 'p'\nversion = '1'\ndependencies = []\n")
    put(root, "a.py", "import " + ".".join(["x"] * n) + "\n")


@case(10_000, *check("full"))
def a_long_dotted_name(root, n):
    a_and_b(root, "import b." + ".".join(["x"] * n) + "\n")


@case(100_000, *check("full"))
def a_long_line(root, n):
    a_and_b(root, "x = '" + "y" * n + "'; import b\n")


@case(20_000, *check())
def lines_of_a_file(root, n):
    a_and_b(root, "def f():\n    import b\n" + "    x = [1, 2, 'three']\n" * n)


@case(150, *check())
def depth_of_packages(root, n):
    # Paths have at most 4,096 bytes.
    put(root, "ringfence.toml", "[modules.p]\n")
    folder = Path(*["p"] * n)
    for depth in range(1, n + 1):
        put(root, "/".join(["p"] * depth) + "/__init__.py", "")
    put(root, f"{folder}/x.py", "import " + ".".join(["p"] * n) + "\n")


@case(50, *check())
def nested_configs(root, n):
    put(root, "ringfence.toml", "[modules.a]\n")
    put(root, "a.py", "")
    for number in range(n):
        put(root, f"d{number}/ringfence.toml", "[modules.a]\n")
        put(root, f"d{number}/a.py", "")


@case(200, *check())
def source_roots(root, n):
    put(root, "ringfence.toml", "source-roots = [" + ", ".join(f"'r{it}'" for it in range(n)) + "]\n[modules.m0]\n")
    for number in range(n):
        put(root, f"r{number}/m{number}.py", f"import m{(number + 1) % n}\n")


@case(200, *check("concise", "--select", "RF5"))
def manifests(root, n):
    put(root, "ringfence.toml", "source-roots = [" + ", ".join(f"'d{it}'" for it in range(n)) + "]\n[modules.m0]\n")
    for number in range(n):
        put(root, f"d{number}/pyproject.toml", f"[project]\nname = 'p{number}'\nversion = '1'\ndependencies = ['q']\n")
        put(root, f"d{number}/m{number}.py", f"import m{(number + 1) % n}, q\n")


@case(2_000, *check("concise", "--select", "RF5"))
def requirements(root, n):
    put(root, "ringfence.toml", "[modules.a]\n")
    listed = ", ".join(f"'q{number}'" for number in range(n))
    put(root, "pyproject.toml", f"[project]\nname = 'p'\nversion = '1'\ndependencies = [{listed}]\n")
    put(root, "a.py", "".join(f"import q{number}\n" for number in range(n)))


def measure(binary, write, size, arguments, limits):
    """CPU seconds and megabytes of one run; what went wrong instead of the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, size)

        def limit():
            seconds, memory = limits
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))

        environment = {**os.environ, "NO_COLOR": "1"}
        environment.pop("CI", None)
        process = subprocess.Popen(
            [binary, *arguments, "."] if arguments[0] == "check" else [binary, *arguments],
            cwd=root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=limit,
            env=environment,
        )
        said = process.stderr.read().decode(errors="replace").strip()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = usage.ru_utime + usage.ru_stime
        megabytes = usage.ru_maxrss / 1024
        # With `--diff` a change is 1; more than that is no answer.
        if process.returncode not in (0, 1):
            return f"exit {process.returncode}: {said[-60:]}", megabytes
        return seconds, megabytes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--seconds", type=int, default=60, help="of CPU time a run may take")
    parser.add_argument("--memory", type=int, default=4096, help="megabytes of addresses a run may take")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies every size")
    options = parser.parse_args()
    binary = str(Path(options.binary).resolve())
    print(f"{'case':36} {'n':>8} {'n':>8} {'4n':>8} {'ratio':>6} {'MB (4n)':>8}")
    worse = []
    for name, (write, size, arguments) in CASES.items():
        if options.only not in name:
            continue
        size = max(1, int(size * options.scale))
        limits = (options.seconds, options.memory)
        small, _ = measure(binary, write, size, arguments, limits)
        large, megabytes = measure(binary, write, 4 * size, arguments, limits)
        if isinstance(small, str) or isinstance(large, str):
            print(f"{name:36} {size:>8} {small} | {large} {megabytes:8.0f} !", flush=True)
            worse.append(name)
            continue
        ratio = large / max(small, 0.001)
        is_worse = ratio > MOST_RATIO and large > SHORTEST
        worse += [name] if is_worse else []
        print(
            f"{name:36} {size:>8} {small:>8.2f} {large:>8.2f} {ratio:>6.1f} {megabytes:>8.0f}{' !' if is_worse else ''}",
            flush=True,
        )
    if worse:
        print(f"worse than linear: {', '.join(worse)}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
