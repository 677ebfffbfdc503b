#!/usr/bin/env python3
"""Lets somebody else save files while a command that writes is at work, and several commands write at once.

No save is ever lost: what the other side saved last is in the file at the end, and means what it meant. Three ways:

held   the process is stopped at any moment, or once it has read everything and begins to write; then somebody saves, and it goes on
free   an editor saves all the time, in place or by renaming, while the command runs again and again
both   two runs of one command, or of two commands, at once: what is left is what one run alone, or the one after the other, leaves

usage: races.py BINARY [--rounds 20] [--size 1] [--seed 1]
"""

import ast
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import tomllib

from common import LONGEST, Attack, Answer, Target, arguments, differences, environment, read_tree, run, workspace, writers
from kill_writers import signature

# What somebody saves, by the writer that is raced: a text that the command would change, with a place for the marker.
PYTHON = '"""Saved by somebody else: {marker}."""\nimport p.base  # ringfence: ignore[RF201] long gone\nfrom p.b import name_0\n'


class Race:
    """A writer, the files that somebody else saves, and how a save looks."""

    def __init__(self, name, files, command, saved):
        self.name = name
        self.files = files
        self.command = command
        self.saved = saved

    def text(self, path, marker):
        """The file as somebody else would save it."""
        if path.endswith(".py"):
            return PYTHON.format(marker=marker)
        if path.endswith(".toml"):
            return f"# saved by somebody else: {marker}\n{self.files[path]}"
        # An entry that stays, with the reason that somebody else gives for it.
        header, entry, *others = self.files[path].splitlines()
        return "\n".join([header, f"{entry}  # {marker}", *others]) + "\n"


def meaning(path, text):
    """What must not change but by an edit that is meant: the code, the names of the modules, the entries."""
    try:
        if path.endswith(".py"):
            return ast.dump(ast.parse(text))
        if path.endswith(".toml"):
            return sorted(tomllib.loads(text)["modules"])
    except (SyntaxError, ValueError, KeyError) as error:
        return f"broken: {error}"
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return "entries" if all(line.startswith("RF101 p.a.m") and " -> p.b name_" in line for line in lines) else "no baseline"


def stop(process):
    """Whether it is stopped now; one that has ended is not."""
    process.send_signal(signal.SIGSTOP)
    status = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return status.si_code == os.CLD_STOPPED


def races(size):
    all_writers = writers(size)
    for name, saved in [
        ("check --fix", lambda path: path.endswith(".py") and "/m" in path),
        ("check --add-ignore", lambda path: path.endswith(".py") and "/m" in path),
        ("check --fix-config", lambda path: path == "ringfence.toml"),
        ("sync", lambda path: path == "ringfence.toml"),
        ("baseline", lambda path: path == "ringfence.baseline"),
    ]:
        files, command = all_writers[name]
        yield Race(name, files, command, sorted(filter(saved, files)))


def save(path, text, dice):
    """As editors save: over the file, or beside it and then renamed. Whether it was over the file."""
    if dice.random() < 0.5:
        with open(path, "w") as out:
            out.write(text)
        return True
    beside = f"{path}.saved-by-somebody"
    with open(beside, "w") as out:
        out.write(text)
    os.rename(beside, path)
    return False


def start(binary, command, folder, env):
    return subprocess.Popen(
        [binary, *command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(process):
    """How it ended; one that hangs is ended."""
    try:
        _, error = process.communicate(timeout=LONGEST)
        timed_out = False
    except subprocess.TimeoutExpired:
        process.kill()
        _, error = process.communicate()
        timed_out = True
    return Answer(process.returncode, "", error.decode("utf-8", "replace"), 0, timed_out)


def judge(attack, name, race, path, marker, now):
    """Whether a file that was saved by somebody means something else now."""
    if marker not in now:
        return 0
    holds = meaning(path, now) == meaning(path, race.text(path, marker))
    attack.check(holds, f"{name}: what somebody saved is mangled", f"{path}: {meaning(path, now)[:80]}\n{now[:300]}")
    return 0 if holds else 1


def held(attack, binary, folder, race, rounds, dice, env):
    """Stops the process between reading and writing; then somebody saves."""
    target = Target(folder / "held", race.files)
    undisturbed = run(binary, race.command, target.folder, env=env)
    target.restore()
    lost = saves = alone = mangled = 0
    folders = sorted({os.path.dirname(target.folder / path) for path in race.saved})
    for number in range(rounds * 3):
        if saves >= rounds:
            break
        process = start(binary, race.command, target.folder, env)
        if len(race.saved) > 1 and number % 2:
            # Everything has been read once the first file is written.
            before = signature(folders)
            while signature(folders) == before and process.poll() is None:
                pass
        else:
            time.sleep(dice.random() * undisturbed.seconds)
        is_running = process.poll() is None and stop(process)
        unwritten = [path for path in race.saved if (target.folder / path).read_bytes() == target.old[path][2]]
        chosen = dice.sample(unwritten, min(len(unwritten), 3))
        markers = {}
        for path in chosen if is_running else []:
            markers[path] = f"marker-{number}-{dice.randrange(10**9)}"
            save(target.folder / path, race.text(path, markers[path]), dice)
        if is_running:
            process.send_signal(signal.SIGCONT)
        answer = finish(process)
        attack.check(not answer.trouble(), f"held, {race.name}: the run", answer.trouble())
        for path, marker in markers.items():
            saves += 1
            now = (target.folder / path).read_text()
            is_there = marker in now
            lost += not is_there
            attack.check(is_there, f"held, {race.name}: what somebody saved is lost", path)
            mangled += judge(attack, f"held, {race.name}", race, path, marker, now)
            # Who asked for a change that was not made has to hear of it.
            if now == race.text(path, marker):
                alone += 1
                attack.check(
                    answer.code != 0 or answer.stderr,
                    f"held, {race.name}: left as somebody saved it, exit code 0 and not a word",
                    path,
                )
        extra = sorted(read_tree(target.folder).keys() - target.old.keys())
        attack.check(not extra, f"held, {race.name}: left beside the files", extra)
        target.restore()
    attack.say(f"held, `{race.name}`: {lost} of {saves} saves lost, {mangled} mangled, {alone} left alone")
    shutil.rmtree(target.folder)


class Editor(threading.Thread):
    """Saves files all the time, each with a marker of its own."""

    def __init__(self, folder, race, dice, over):
        super().__init__()
        self.folder = folder
        self.race = race
        self.dice = dice
        self.over = over
        self.saves = 0
        self.last = {}
        self.is_over = threading.Event()

    def run(self):
        some = self.dice.sample(self.race.saved, min(20, len(self.race.saved)))
        while not self.is_over.is_set():
            path = self.dice.choice(some)
            marker = f"marker-{self.saves}-{self.dice.randrange(10**9)}"
            text = self.race.text(path, marker)
            if self.over:
                with open(self.folder / path, "w") as out:
                    out.write(text)
            else:
                beside = self.folder / "saved-by-somebody"
                beside.write_text(text)
                os.rename(beside, self.folder / path)
            self.last[path] = marker
            self.saves += 1
            time.sleep(self.dice.random() * 0.02)


def free(attack, binary, folder, race, rounds, dice, env, over):
    """An editor saves while the command runs; after each run its last saves have to be there."""
    how = "in place" if over else "by renaming"
    target = Target(folder / "free", race.files)
    lost = saves = files = mangled = 0
    for _ in range(rounds):
        editor = Editor(target.folder, race, dice, over)
        editor.start()
        try:
            time.sleep(0.005)
            answer = finish(start(binary, race.command, target.folder, env))
        finally:
            editor.is_over.set()
            editor.join()
        attack.check(not answer.trouble(), f"free, {race.name}: the run", answer.trouble())
        saves += editor.saves
        for path, marker in editor.last.items():
            files += 1
            now = (target.folder / path).read_text()
            is_there = marker in now
            lost += not is_there
            mangled += judge(attack, f"free ({how}), {race.name}", race, path, marker, now)
            attack.check(is_there, f"free ({how}), {race.name}: what somebody saved last is lost", path)
        extra = sorted(read_tree(target.folder).keys() - target.old.keys() - {"saved-by-somebody"})
        attack.check(not extra, f"free ({how}), {race.name}: left beside the files", extra)
        target.restore()
    attack.say(f"free ({how}), `{race.name}`: {lost} of {files} files without the last of their saves, {mangled} mangled ({saves} saves)")
    shutil.rmtree(target.folder)


def both(attack, binary, folder, everything, rounds, dice, env):
    """Two runs at once."""
    for name, (files, command) in everything.items():
        target = Target(folder / "both", files)
        run(binary, command, target.folder, env=env)
        new = read_tree(target.folder)
        target.restore()
        known = target.old.keys() | new.keys()
        wrong = 0
        for _ in range(rounds):
            processes = [start(binary, command, target.folder, env)]
            time.sleep(dice.choice([0, 0, 0.005, 0.02]))
            processes.append(start(binary, command, target.folder, env))
            answers = [finish(process) for process in processes]
            for answer in answers:
                attack.check(not answer.trouble(), f"two at once, {name}: the run", answer.trouble())
            now = read_tree(target.folder)
            extra = sorted(now.keys() - known)
            attack.check(not extra, f"two at once, {name}: left beside the files", extra)
            differs = differences({path: entry for path, entry in now.items() if path in known}, new)
            # One that saw the other at work may have left some of it, if it said so; a run after them completes it.
            for path, entry in now.items():
                if entry[0] == "file" and entry != new.get(path) and path in target.old and path.endswith(".py"):
                    attack.check(
                        meaning(path, entry[2].decode()) == meaning(path, target.old[path][2].decode()),
                        f"two at once, {name}: the code is damaged",
                        f"{path}: {entry[2][:120]}",
                    )
            torn = [path for path in known if now.get(path) not in (target.old.get(path), new.get(path))]
            if differs and not torn:
                attack.check(
                    any(answer.code == 2 and answer.stderr for answer in answers),
                    f"two at once, {name}: not all is done, and neither run says so",
                    differs[:3],
                )
                run(binary, command, target.folder, env=env)
                now = read_tree(target.folder)
                differs = differences({path: entry for path, entry in now.items() if path in known}, new)
            wrong += bool(differs)
            attack.check(not differs, f"two at once, {name}: not what one run alone leaves", f"{differs[:3]} {answers[0].stderr[:100]} {answers[1].stderr[:100]}")
            target.restore()
        attack.say(f"two at once, `{name}`: {wrong} of {rounds} times not what one run leaves")
        shutil.rmtree(target.folder)


def main():
    given = arguments(__doc__, ("--rounds", {"type": int, "default": 20}), ("--size", {"type": float, "default": 1}))
    attack = Attack("races")
    with workspace() as folder:
        temporary = folder / "tmp"
        temporary.mkdir()
        env = environment(temporary)
        for race in races(given.size):
            dice = random.Random(f"{given.seed} {race.name}")
            held(attack, given.binary, folder, race, given.rounds, dice, env)
            for over in (False, True):
                free(attack, given.binary, folder, race, given.rounds, dice, env, over)
        both(attack, given.binary, folder, writers(given.size), given.rounds, random.Random(given.seed), env)
    return attack.close()


if __name__ == "__main__":
    sys.exit(main())
