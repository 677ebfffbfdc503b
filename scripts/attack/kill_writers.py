#!/usr/bin/env python3
"""Kills every command that writes, again and again, at any moment of its run and while it writes.

After each kill every file holds what it held before or what it was to hold, whole; after SIGINT and SIGTERM no other file is left; the next run
gives what a run that nobody disturbs gives, and leaves nothing behind either.

usage: kill_writers.py BINARY [--kills 100] [--size 4] [--writer NAME] [--seed 1]

`--size 4` means baselines of 20,000 entries and 2,000 files to fix; `--kills` is a writer's.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter

from common import LONGEST, Attack, Target, arguments, differences, environment, read_tree, run, workspace, writers

SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]

# How long a run may go on after a signal that it can hear.
LONGEST_END = 10


def signature(paths):
    """What changes once anything is written there."""
    seen = []
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            seen.append(None)
        else:
            seen.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return seen


class Moment:
    """When to send the signal: after some time, or some time after something is written to one of these paths."""

    def __init__(self, number, length, paths, dice):
        self.paths = paths if number % 2 else None
        self.delay = dice.choice([0, 0, dice.random() * 0.002, dice.random() * 0.05]) if self.paths else dice.random() * length

    def wait(self, process):
        """Whether the moment came before the end of the process."""
        if self.paths:
            before = signature(self.paths)
            while signature(self.paths) == before:
                if process.poll() is not None:
                    return False
        end = time.monotonic() + self.delay
        while time.monotonic() < end:
            time.sleep(min(0.001, max(0, end - time.monotonic())))
        return process.poll() is None


def attack_writer(attack, binary, folder, name, files, command, kills, dice):
    temporary = folder / "tmp"
    temporary.mkdir()
    environ = environment(temporary)
    target = Target(folder / "project", files)
    undisturbed = run(binary, command, target.folder, env=environ)
    new = read_tree(target.folder)
    written = [path for path in new if new[path] != target.old.get(path) and new[path][0] == "file"]
    if not attack.check(written and not undisturbed.trouble(), f"{name}: a run that nobody disturbs", undisturbed.stderr):
        return
    target.restore()
    attack.check(not list(temporary.iterdir()), f"{name}: left in TMPDIR by a run that nobody disturbs", list(temporary.iterdir()))
    length = undisturbed.seconds
    done = tries = landed = 0
    torn_by = Counter()
    while done < kills and tries < kills * 5:
        tries += 1
        which = SIGNALS[done % len(SIGNALS)]
        one = str(target.folder / dice.choice(written))
        # The folder changes where something is put beside or over the file; its own folder may not be there yet.
        moment = Moment(tries, length, [one, os.path.dirname(one), str(target.folder)], dice)
        process = subprocess.Popen(
            [binary, *command],
            cwd=target.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        hit = moment.wait(process)
        if hit:
            process.send_signal(which)
        try:
            process.wait(LONGEST_END if hit else LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            attack.check(False, f"{name}: goes on after {which.name}")
        if hit:
            done += 1
            changed = judge(attack, binary, name, command, which, target, new, temporary, environ, torn_by)
            landed += changed or moment.paths is not None
        target.restore()
        for left in temporary.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    said = ", ".join(f"{count} {what}" for what, count in torn_by.items()) or "nothing wrong"
    attack.say(f"`{name}` killed {done} times, {landed} of them since it began to write: {said}")
    attack.check(done == kills, f"{name}: ended before most signals came; a larger --size is needed", f"{done} of {kills}")
    shutil.rmtree(folder)


def judge(attack, binary, name, command, which, target, new, temporary, environ, counts):
    """Looks at what a kill left, and at what the next run makes of it. Whether anything had been written."""
    now = read_tree(target.folder)
    old = target.old
    known = old.keys() | new.keys()
    torn = [path for path in known if now.get(path) not in (old.get(path), new.get(path))]
    extra = sorted(now.keys() - known)
    aside = sorted(entry.name for entry in temporary.iterdir())
    may_stay = which == signal.SIGKILL
    if torn:
        counts["torn"] += 1
    if extra or aside:
        counts[f"left something by {which.name}"] += 1
    how = differences({path: new.get(path, old.get(path)) for path in torn}, {path: now[path] for path in torn if path in now})
    attack.check(not torn, f"{name}: a file is neither what it was nor what it was to be", how)
    attack.check(may_stay or not extra, f"{name}: left beside the files after SIGINT or SIGTERM", (which.name, extra))
    attack.check(may_stay or not aside, f"{name}: left in TMPDIR after SIGINT or SIGTERM", (which.name, aside))
    again = run(binary, command, target.folder, env=environ)
    after = read_tree(target.folder)
    still = sorted(after.keys() - known)
    wrong = differences({path: entry for path, entry in after.items() if path in known}, new)
    if wrong:
        counts["not mended by the next run"] += 1
    attack.check(not again.trouble(), f"{name}: the next run", again.trouble())
    attack.check(not wrong, f"{name}: the next run gives something else", f"{wrong[:3]}; it said: {again.stderr[:200]}")
    attack.check(not still, f"{name}: still left beside the files after the next run", still)
    left = sorted(entry.name for entry in temporary.iterdir())
    attack.check(not left, f"{name}: still left in TMPDIR after the next run", left)
    return now != old


def main():
    given = arguments(
        __doc__,
        ("--kills", {"type": int, "default": 100}),
        ("--size", {"type": float, "default": 4}),
        ("--writer", {"help": "only this one"}),
    )
    attack = Attack("kill_writers")
    with workspace() as folder:
        for name, (files, command) in writers(given.size).items():
            if given.writer and given.writer != name:
                continue
            own = folder / name.replace(" ", "_")
            own.mkdir()
            attack_writer(attack, given.binary, own, name, files, command, given.kills, random.Random(f"{given.seed} {name}"))
    return attack.close()


if __name__ == "__main__":
    sys.exit(main())
