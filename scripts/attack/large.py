#!/usr/bin/env python3
"""Large inputs: baselines of 10,000 entries, and files of shapes that nobody writes by hand. What is found is right, and it does not take long.

usage: large.py BINARY [--entries 10000] [--small] [--seed 1]
"""

import sys

from common import FORBIDDEN, Attack, arguments, environment, findings, run, workspace, write_tree

# What one run may take, and how much longer it may take where there is twice as much to do.
MOST_SECONDS = 10
MOST_GROWTH = 3.5

EACH = 50

SHAPES = {
    "one statement with many names": lambda n: "from b import (" + ",\n".join(f"m{i}" for i in range(n)) + ")\n",
    "one line with many names": lambda n: "import " + ", ".join(f"b.m{i}" for i in range(n)) + "\n",
    "one line with many statements": lambda n: "; ".join(["import b"] * n) + "\n",
    "many lines": lambda n: "".join(f"from b import m{i}\n" for i in range(n)),
    "many branches": lambda n: "if x:\n    pass\n" + "elif y:\n    import b\n" * n,
    "many functions": lambda n: "".join(f"def f{i}():\n    import b\n" for i in range(n)),
    "many comments that suppress": lambda n: "".join(f"import b  # ringfence: ignore[RF102] {i}\n" for i in range(n)),
    "many comments on one line": lambda n: "import b\n# " + "ringfence: ignore[RF101] " * n + "\n",
}
# How they are looked at.
COMMANDS = [
    ["check", "--output-format", "concise"],
    ["check", "--output-format", "json"],
    ["check", "--output-format", "full"],
    ["check", "--fix", "--diff"],
    # Last, as it writes.
    ["check", "--add-ignore"],
]


def baselines(attack, binary, folder, entries):
    project = folder / "baseline"
    files = entries // EACH
    write_tree(project, findings(files, EACH) | {"ringfence.toml": FORBIDDEN})
    env = environment()
    seconds = {}

    def timed(what, command, code, says):
        answer = run(binary, command, project, env=env)
        seconds[what] = answer.seconds
        attack.check(answer.code == code and says in answer.stdout + answer.stderr, f"baselines: {what}", f"{answer.code} {answer.trouble()} {answer.stdout[-200:]} {answer.stderr[-200:]}")
        attack.check(answer.seconds < MOST_SECONDS, f"baselines: {what} takes long", f"{answer.seconds:.1f} s")

    timed("written", ["baseline"], 0, f"baseline of {entries:,} findings")
    lines = (project / "ringfence.baseline").read_text().splitlines()
    attack.check(len(lines) == entries + 1 and lines[1:] == sorted(set(lines[1:])), "baselines: one line an entry, sorted", len(lines))
    timed("read", ["check"], 0, f"{entries:,} in the baseline")
    timed("written again", ["baseline"], 0, f"{entries} -> {entries}")
    attack.check((project / "ringfence.baseline").read_text().splitlines() == lines, "baselines: the second run changes nothing")
    half = "".join(f"from p.b import name_{line}\n" for line in range(0, EACH, 2))
    write_tree(project, {f"p/a/m{number:05d}.py": half for number in range(files)})
    timed("with stale entries", ["check"], 1, "RF912")
    timed("shrunk", ["baseline"], 0, f"{entries} -> {entries // 2}, {entries // 2} fixed")
    write_tree(project, {"p/a/m00000.py": half + "from p.b import new\n"})
    timed("with one finding that is new", ["check"], 1, "Found 1 error.")
    timed("refuses to grow", ["baseline"], 1, "1 new finding")
    attack.say(f"baseline of {entries:,}: " + ", ".join(f"{what} {value:.2f} s" for what, value in seconds.items()))


def shapes(attack, binary, folder, size):
    for shape, make in SHAPES.items():
        times = {}
        for count in (size, size * 2):
            project = folder / f"shape{count}"
            write_tree(project, {"a.py": make(count), "b.py": "", "ringfence.toml": "[modules.a]\ndepends-on = []\n[modules.b]\nexposes = []\n"})
            for command in COMMANDS:
                answer = run(binary, command, project, timeout=MOST_SECONDS * 3, env=environment())
                what = f"{shape}, `{' '.join(command[1:])}`"
                attack.check(not answer.trouble(codes=(0, 1)), f"{what}: the run", f"{count:,}: {answer.trouble(codes=(0, 1))}")
                times.setdefault(what, []).append(answer.seconds)
        for what, (once, twice) in times.items():
            attack.check(twice < MOST_SECONDS, f"{what}: takes long", f"{size * 2:,}: {twice:.1f} s")
            # Below a second nobody notices, and the machine is as loud as the growth.
            attack.check(twice < 1 or twice < once * MOST_GROWTH, f"{what}: grows faster than the file", f"{size:,}: {once:.2f} s, {size * 2:,}: {twice:.2f} s")
        slowest = max(times, key=lambda what: times[what][1])
        attack.say(f"{slowest}: {times[slowest][0]:.2f} s for {size:,}, {times[slowest][1]:.2f} s for {size * 2:,}")


def main():
    given = arguments(
        __doc__,
        ("--entries", {"type": int, "default": 10_000}),
        ("--small", {"action": "store_true", "help": "files of a tenth"}),
    )
    attack = Attack("large")
    with workspace() as folder:
        baselines(attack, given.binary, folder, given.entries)
        shapes(attack, given.binary, folder, 500 if given.small else 5_000)
    return attack.close()


if __name__ == "__main__":
    sys.exit(main())
