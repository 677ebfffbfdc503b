#!/usr/bin/env python3
"""Measure a cold check and its peers on one tree, in one run, and print a table. `compare_peers.sh` sets it all up.

usage: compare_peers.py TREE --ringfence BINARY --floor BINARY --venv VENV [--before BINARY] [--runs N] [--threads N] [--findings]

TREE has the configs of peer_configs.py. Each command is run N times, in turn with all others, once on one core with one
thread and once on all cores with as many threads; the table has the run of the median wall time. What they print goes
nowhere. The ratios are wall times over that of `ringfence check`.
"""
import argparse, os, shutil, subprocess, sys, time


class Row:
    def __init__(self, title, command, expected, **environment):
        self.title, self.command, self.expected, self.environment = title, command, expected, environment
        self.runs = []

    def measure(self, tree, threads):
        pinned = ["taskset", "-c", "0"] if threads == 1 and shutil.which("taskset") else []
        environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), **self.environment}
        started = time.perf_counter()
        child = subprocess.Popen(
            [*pinned, *self.command], cwd=tree, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        code = os.waitstatus_to_exitcode(status)
        if code != self.expected:
            sys.exit(f"{' '.join(self.command)} ended with {code}, not with {self.expected}")
        self.runs.append((wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1024))

    def median(self):
        return sorted(self.runs)[len(self.runs) // 2]


def rows(options, tree, threads):
    peers = os.path.join(os.path.abspath(options.venv), "bin")
    # Beside it is a config of import-linter, which would be checked as well.
    arguments = ["check", "--threads", str(threads), "--config", "ringfence.toml"]
    check = [os.path.abspath(options.ringfence), *arguments]
    floor = os.path.abspath(options.floor)
    found = 1 if options.findings else 0
    floors = [
        Row("walk", [floor, "--walk", "."], 0),
        Row("walk and read", [floor, "."], 0),
    ]
    ours = [Row("ringfence check", [*check, "--output-format", "concise"], found)]
    if options.before:
        before = [os.path.abspath(options.before), *arguments, "--output-format", "concise"]
        ours.append(Row("ringfence check, before", before, found))
    if options.findings:
        ours.append(Row("ringfence check, full output", [*check, "--output-format", "full"], found))
        ours.append(Row("ringfence check, json output", [*check, "--output-format", "json"], found))
        ours.append(Row("ringfence check --statistics", [*check, "--statistics"], found))
    ours.append(
        Row("ringfence check, tach.toml", [*check[:-1], "tach.toml", "--output-format", "concise"], found)
    )
    tach = [Row("tach check", [os.path.join(peers, "tach"), "check"], found)]
    others = [
        Row("lint-imports --no-cache", [os.path.join(peers, "lint-imports"), "--no-cache"], 0, PYTHONPATH=tree),
        Row(
            "ruff check --select TID251 --no-cache",
            [os.path.join(peers, "ruff"), "check", "--no-cache", "--isolated", "--no-respect-gitignore", "--exit-zero", "--select", "TID251"],
            0,
        ),
    ]
    return [*(floors if threads == 1 else []), *ours, *tach, *([] if options.findings else others)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree")
    parser.add_argument("--ringfence", required=True)
    parser.add_argument("--floor", required=True)
    parser.add_argument("--venv", required=True)
    parser.add_argument("--before", help="another ringfence, to compare with in the same run")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--findings", action="store_true")
    options = parser.parse_args()
    # What a child's peak memory is measured against starts at ours: this program must stay small.
    tree = os.path.abspath(options.tree)
    print(f"{'':38} threads  wall s  user s   sys s  peak MB  ratio")
    for threads in sorted({1, options.threads}):
        table = rows(options, tree, threads)
        for run in range(options.runs + 1):
            # Whoever comes after another kind of load is slower: each in its turn.
            first = run % len(table)
            for row in [*table[first:], *table[:first]]:
                row.measure(tree, threads)
        for row in table:
            row.runs = row.runs[1:]  # The first brings the files into memory.
        reference = next(row for row in table if row.title == "ringfence check").median()[0]
        for row in table:
            wall, user, system, memory = row.median()
            print(
                f"{row.title:38} {threads:7} {wall:7.3f} {user:7.3f} {system:7.3f} {memory:8.0f} {wall / reference:6.2f}",
                flush=True,
            )


main()
