#!/usr/bin/env python3
"""Lets every command that writes meet a full disk: the old files stay whole, the run ends with an error that says why, and nothing is left beside them.

Three ways of being full: a file system without room (a small tmpfs, in a mount namespace of its own; left out where neither root nor a user namespace
may mount one), one that is read-only, and a limit of the size of a file (`RLIMIT_FSIZE`), which needs no rights at all. And a standard output that
takes nothing (`/dev/full`).

usage: full_disk.py BINARY [--size 1] [--seed 1]
"""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

from common import Attack, Target, arguments, differences, environment, read_tree, run, workspace, write_tree, writers

PAGE = 4096

# Set in the process that has a mount namespace of its own.
INSIDE = "RINGFENCE_ATTACK_INSIDE"


def enter_namespace():
    """Starts this script anew where a mount is seen by nobody else. Returns where that cannot be done."""
    if os.environ.get(INSIDE):
        return True
    command = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    try:
        works = subprocess.run([*command, "true"], capture_output=True).returncode == 0
    except OSError:
        return False
    if works:
        sys.stdout.flush()
        os.execvpe(command[0], [*command, sys.executable, *sys.argv], os.environ | {INSIDE: "1"})
    return False


def says_so(answer, words):
    return any(word in (answer.stderr + answer.stdout) for word in words)


class Judge:
    """One writer that could not write: what it left and what it said."""

    def __init__(self, attack, name, words):
        self.attack = attack
        self.name = name
        self.words = words

    def look(self, answer, target, new, temporary, must_fail=True):
        """Files may be as they were, or be written as a whole where there was room; nothing in between."""
        now = read_tree(target.folder)
        known = target.old.keys() | new.keys()
        torn = {p: now.get(p) for p in known if now.get(p) not in (target.old.get(p), new.get(p))}
        extra = sorted(now.keys() - known)
        left = sorted(entry.name for entry in temporary.iterdir())
        check = lambda holds, kind, detail: self.attack.check(holds, f"{self.name}: {kind}", detail)
        check(not answer.trouble(), "the run", answer.trouble())
        check(
            not torn,
            "the old file is not kept",
            differences({p: target.old[p] for p in torn if p in target.old}, {p: e for p, e in torn.items() if e}),
        )
        check(not extra, "left beside the files", extra)
        check(not left, "left in TMPDIR", left)
        if must_fail or now != new:
            check(answer.code == 2, "the exit code is not 2", f"{answer.code}: {answer.stderr[-200:]}")
            check(says_so(answer, self.words), "it does not say why", f"{answer.stderr[-300:]}{answer.stdout[-200:]}")


def fill(folder, free):
    """Leaves `free` bytes on the file system of a folder."""
    filler = folder / "filler"
    with open(filler, "ab", buffering=0) as out:
        for chunk in (1 << 20, PAGE, 1):
            try:
                while True:
                    if out.write(b"\0" * chunk) == 0:
                        break
            except OSError:
                pass
    size = filler.stat().st_size
    os.truncate(filler, max(0, size - free))
    return filler


def on_full_tmpfs(attack, binary, folder, everything):
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,nr_inodes=20000", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode != 0:
        attack.skip(f"a full tmpfs: {mounted.stderr.strip()}")
        return
    try:
        temporary = folder / "tmp"
        temporary.mkdir()
        for name, (files, command) in everything.items():
            target = Target(disk / "project", files)
            env = environment(temporary)
            run(binary, command, target.folder, env=env)
            new = read_tree(target.folder)
            target.restore()
            for free in (0, PAGE, 3 * PAGE):
                filler = fill(disk, free)
                answer = run(binary, command, target.folder, env=env)
                # With some room left small files can be written; a large one cannot.
                Judge(attack, f"full disk, {name}", ["space", "storage"]).look(answer, target, new, temporary, must_fail=free == 0)
                filler.unlink()
                target.restore()
            # A disk that is read-only.
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            answer = run(binary, command, target.folder, env=env)
            Judge(attack, f"read-only disk, {name}", ["ead-only"]).look(answer, target, new, temporary)
            subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
            target.restore()
            subprocess.run(["rm", "-rf", target.folder], check=True)
            attack.say(f"`{name}` on a full and on a read-only disk")
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


def limited(most):
    """No file may be larger than this; to write past it is an error, not a signal."""

    def before():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return before


def with_small_files(attack, binary, folder, everything):
    temporary = folder / "tmp-of-limits"
    temporary.mkdir()
    for name, (files, command) in everything.items():
        target = Target(folder / "limited" / name.replace(" ", "_"), files)
        env = environment(temporary)
        run(binary, command, target.folder, env=env)
        new = read_tree(target.folder)
        target.restore()
        for most in (0, 100, 4096):
            answer = run(binary, command, target.folder, env=env, preexec=limited(most), restore_signals=False)
            Judge(attack, f"files of {most} bytes at most, {name}", ["large", "limit"]).look(
                answer, target, new, temporary, must_fail=most == 0
            )
            target.restore()
        attack.say(f"`{name}` with a limit of the size of files")


CONTRACT = '[[contracts]]\nname = "apart"\ntype = "independent"\nmodules = ["a", "b"]\n'


def on_full_output(attack, binary, folder):
    """A report that could not be printed is no report."""
    project = folder / "printing"
    write_tree(project, {"ringfence.toml": f"[modules.a]\ndepends-on = []\n[modules.b]\n{CONTRACT}", "a.py": "import b\n", "b.py": "", "pkg/__init__.py": ""})
    write_tree(folder / "printing-tach", {"tach.toml": '[[modules]]\npath = "a"\ndepends_on = []\n', "a.py": ""})
    write_tree(folder / "printing-none", {"a/__init__.py": "import b\n", "b/__init__.py": ""})
    formats = "full concise grouped json json-lines github gitlab sarif junit azure rdjson pylint markdown agent".split()
    commands = [["check", "--output-format", name] for name in formats]
    commands += [["check", "--output-format", name, "--output-file", "/dev/full"] for name in formats]
    commands += [
        ["check", "--statistics"], ["check", "--show-files"], ["check", "--show-settings"], ["check", "--diff", "--fix-config"], ["graph"],
        ["graph", "--format", "dot"], ["graph", "--format", "mermaid"], ["why", "a", "b"], ["coverage"], ["contracts"],
        ["rule", "--all"], ["rule", "RF101"], ["config", "schema"], ["config", "show"], ["baseline", "--dry-run"], ["sync", "--diff"], ["sync", "--check"],
        ["version"], ["--version"], ["--help"], ["completions", "bash"],
    ]  # fmt: skip
    commands += [["init", "--dry-run"], ["migrate", "--dry-run"]]
    for command in commands:
        where = {"init": "printing-none", "migrate": "printing-tach"}.get(command[0], "printing")
        with open("/dev/full", "wb") as full:
            answer = run(binary, command, folder / where, stdout=full)
        attack.check(
            not answer.trouble() and answer.code == 2,
            f"standard output is full, `{' '.join(command)}`: the exit code is not 2",
            f"{answer.code} {answer.trouble()} {answer.stderr}",
        )
        reader, writer = os.pipe()
        os.close(reader)
        answer_to_nobody = run(binary, command, folder / where, stdout=writer)
        os.close(writer)
        trouble = answer_to_nobody.trouble(codes=(0, 1, 2, -signal.SIGPIPE)) if answer_to_nobody.code != -signal.SIGPIPE else ""
        attack.check(not trouble, f"nobody reads the output, `{' '.join(command)}`", trouble)
        attack.check("space" in answer.stderr or answer.code != 2, f"standard output is full, `{' '.join(command)}`: it does not say why", answer.stderr)


def main():
    if not enter_namespace():
        print("skipped: no mount namespace can be made here, so no disk is full")
    given = arguments(__doc__, ("--size", {"type": float, "default": 1}))
    attack = Attack("full_disk")
    # So that no file is small enough for what room there is.
    everything = writers(given.size)
    with workspace() as folder:
        if os.environ.get(INSIDE):
            on_full_tmpfs(attack, given.binary, folder, everything)
        with_small_files(attack, given.binary, folder, everything)
        if Path("/dev/full").exists():
            on_full_output(attack, given.binary, folder)
    return attack.close()


if __name__ == "__main__":
    sys.exit(main())
