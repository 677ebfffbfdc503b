#!/usr/bin/env python3
"""Runs every command in repositories that somebody else made, and who means no good.

programs  a git config, attributes and hooks that name programs (a file monitor, filters, drivers of diffs, pagers, transports, helpers, hooks): each is a canary
          that leaves a file; no command of ringfence may wake one. Each kind is first tried with git itself, to see that its canary lives.
outside   links, patterns and paths in configs that lead out of the project: after each command the world outside is what it was.
theirs    patterns for the baseline that name files of the project which are no baselines: they stay.
pipes     FIFOs and devices in the place of each file: every command ends.

usage: hostile_repositories.py BINARY [--small] [--seed 1]
"""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

from common import Attack, arguments, differences, environment, read_tree, run, workspace, write_tree

# A command here takes a blink; one that waits for a pipe takes for ever.
LONGEST = 5

CONFIG = """\
select = ["ALL"]

[modules."p.a"]
depends-on = []

[modules."p.b"]
depends-on = ["p.c"]

[modules."p.c"]
"""

SOURCES = {
    "ringfence.toml": CONFIG,
    "p/__init__.py": "",
    "p/a.py": "import p.b\nimport p.c  # ringfence: ignore[RF201] long gone\n",
    "p/b.py": "x = 1\n",
    "p/c.py": "y = 1\n",
    "notes.txt": "What I have to do.\n",
}

# How each command is run; those that write come last.
CHECKS = [
    ["check", "--since", "HEAD"],
    ["check", "--since", "HEAD~1"],
    ["check", "--staged"],
    ["check", "--since", "HEAD~1", "--diff", "--fix", "--fix-config"],
    ["check", "--since", "first", "--output-format", "sarif"],
    ["check", "--verbose", "p"],
]
OTHERS = [
    ["check"],
    ["check", "--show-files"],
    ["check", "--show-settings"],
    ["graph"],
    ["coverage"],
    ["contracts"],
    ["why", "p.a", "p.b"],
    ["config", "show"],
    ["sync", "--check"],
    ["baseline", "--dry-run"],
    ["init", "--dry-run"],
    ["migrate", "--dry-run"],
]
WRITERS = [
    ["check", "--fix", "--unsafe-fixes"],
    ["check", "--fix-config"],
    ["check", "--since", "HEAD~1", "--fix"],
    ["check", "--staged", "--add-ignore=why"],
    ["sync"],
    ["check", "--output-format", "json", "--output-file", "report.json"],
    ["init"],
    ["migrate"],
    ["baseline", "--allow-growth", "--reason", "why"],
]


def git(folder, *arguments, env=None, check=True):
    settings = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null"]
    return subprocess.run(
        ["git", *settings, *arguments], cwd=folder, check=check, capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL, timeout=60
    )


def repository(folder, env):
    """Two commits, something staged and something changed."""
    write_tree(folder, SOURCES)
    git(folder, "init", "-q", "-b", "main", env=env)
    git(folder, "add", "-A", env=env)
    git(folder, "commit", "-qm", "first", env=env)
    git(folder, "tag", "first", env=env)
    write_tree(folder, {"p/b.py": "import p.c\nx = 2\n", "p/c.py": "y = 2\n"})
    git(folder, "commit", "-qam", "second", env=env)
    write_tree(folder, {"p/b.py": "import p.c\nimport p.a\nx = 3\n"})
    git(folder, "add", "-A", env=env)
    write_tree(folder, {"p/c.py": "import p.a\ny = 3\n", "p/new.py": "import p.a\n"})


# ---------------------------------------------------------------------------------------------------------------------
# Programs.

FILTERS = "* filter=evil diff=evil merge=evil text eol=lf working-tree-encoding=UTF-8\n"
HOOKS = """applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit pre-rebase
post-checkout post-merge pre-push pre-receive update post-update reference-transaction push-to-checkout pre-auto-gc post-rewrite sendemail-validate
fsmonitor-watchman post-index-change""".split()

# A kind: what is added to .git/config ({0} is the canary), attributes, and the command of git that wakes it, if there is one here.
PROGRAMS = {
    "core.fsmonitor": ('[core]\nfsmonitor = "{0} /"\n', None, ["status"]),
    "core.fsmonitor, version 1": ('[core]\nfsmonitor = "{0} /"\nfsmonitorHookVersion = 1\n', None, ["status"]),
    "core.hooksPath": ("[core]\nhooksPath = {hooks}\n", None, None),
    "filter.clean": ('[filter "evil"]\nclean = {0}\nsmudge = {0}\nrequired = true\n', FILTERS, ["diff"]),
    "filter.process": ('[filter "evil"]\nprocess = {0}\n', FILTERS, ["diff"]),
    "diff.external": ("[diff]\nexternal = {0}\n", None, ["diff"]),
    "diff.command": ('[diff "evil"]\ncommand = {0}\n', FILTERS, ["diff"]),
    "diff.textconv": ('[diff "evil"]\ntextconv = {0}\ncachetextconv = true\n', FILTERS, ["diff"]),
    "merge.driver": ('[merge "evil"]\ndriver = {0}\n', FILTERS, None),
    "core.pager": ("[core]\npager = {0}\n[pager]\ndiff = true\nls-files = {0}\nrev-parse = {0}\ncat-file = {0}\nmerge-base = {0}\n", None, ["--paginate", "ls-files"]),
    "core.editor": ("[core]\neditor = {0}\n[sequence]\neditor = {0}\n", None, ["commit", "--amend"]),
    "core.sshCommand": ('[core]\nsshCommand = {0}\n[remote "origin"]\nurl = ssh://localhost/x\n', None, ["fetch", "origin"]),
    "core.gitProxy": ('[core]\ngitProxy = {0}\n[remote "origin"]\nurl = git://localhost/x\n', None, ["fetch", "origin"]),
    "remote.uploadpack": ('[remote "origin"]\nurl = {elsewhere}\nuploadpack = {0}\nfetch = +refs/heads/*:refs/remotes/origin/*\n', None, ["fetch", "origin"]),
    "protocol ext": ('[protocol "ext"]\nallow = always\n[remote "origin"]\nurl = "ext::{0} %S"\n', None, ["fetch", "origin"]),
    "credential.helper": ("[credential]\nhelper = {0}\n", None, ["credential", "fill"]),
    "core.askPass": ("[core]\naskPass = {0}\n", None, None),
    "gpg.program": ("[gpg]\nprogram = {0}\n[log]\nshowSignature = true\n[commit]\ngpgSign = true\n", None, None),
    "core.alternateRefsCommand": ("[core]\nalternateRefsCommand = {0}\n", None, None),
    "aliases": ("[alias]\ndiff = !{0}\nrev-parse = !{0}\nls-files = !{0}\ncat-file = !{0}\nmerge-base = !{0}\nwoken = !{0}\n", None, ["woken"]),
    "include.path": ("[include]\npath = evil.config\n", None, ["status"]),
    "includeIf": ('[includeIf "gitdir:**"]\npath = evil.config\n', None, ["status"]),
    "config.worktree": ("[core]\nrepositoryformatversion = 1\n[extensions]\nworktreeConfig = true\n", None, ["status"]),
    "trace2": ("[trace2]\neventTarget = {woken}\nnormalTarget = {woken}\nperfTarget = {woken}\n", None, None),
    "hooks": ("", None, ["status"]),
    "diff.trustExitCode and ignoreSubmodules": ('[diff "evil"]\ncommand = {0}\ntrustExitCode = true\n[diff]\nignoreSubmodules = none\nsubmodule = diff\n', FILTERS, ["diff"]),
    "core.attributesFile": ('[core]\nattributesFile = {attributes}\n[filter "evil"]\nclean = {0}\n', None, ["diff"]),
    "uploadpack.packObjectsHook": ("[uploadpack]\npackObjectsHook = {0}\n", None, None),
}  # fmt: skip

# A canary does what the real thing would, so that git goes on to whatever else it would run.
CANARY = """#!/bin/sh
echo "$0 $*" >>'{woken}'
case "$1" in
    /) printf 'token\\0/\\0' ;;
    *) [ -f "$1" ] && cat "$1" || exit 1 ;;
esac
"""


def set_trap(folder, kind, aside):
    """Puts a canary of this kind into a repository. Where it says that it has been woken, and the command that wakes it."""
    config, attributes, wakes = PROGRAMS[kind]
    woken = aside / "woken"
    canary = aside / "canary"
    canary.write_text(CANARY.format(woken=woken))
    canary.chmod(0o755)
    hooks = folder / ".git" / "hooks"
    for place in (hooks, aside / "hooks") if kind in ("hooks", "core.hooksPath") else ():
        place.mkdir(exist_ok=True)
        for hook in HOOKS:
            (place / hook).write_text(CANARY.format(woken=woken))
            (place / hook).chmod(0o755)
    (aside / "attributes").write_text(FILTERS)
    evil = f'[core]\nfsmonitor = "{canary} /"\n'
    (folder / ".git" / "evil.config").write_text(evil)
    (folder / ".git" / "config.worktree").write_text(evil)
    if attributes:
        # Where nobody sees it, and where it can be committed.
        (folder / ".git" / "info").mkdir(exist_ok=True)
        (folder / ".git" / "info" / "attributes").write_text(attributes)
    text = config.format(canary, hooks=aside / "hooks", elsewhere=aside / "elsewhere", woken=woken, attributes=aside / "attributes")
    with open(folder / ".git" / "config", "a") as out:
        out.write(text)
    # Times that differ from those in the index make git look at contents.
    for path in folder.glob("p/*.py"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return woken, wakes


def programs(attack, binary, folder, env, some):
    kinds = some(list(PROGRAMS), 6)
    for number, kind in enumerate(kinds):
        aside = folder / f"aside{number}"
        aside.mkdir()
        project = folder / f"project{number}"
        repository(project, env)
        (aside / "elsewhere").mkdir()
        git(aside / "elsewhere", "init", "-q", "--bare", env=env)
        woken, wakes = set_trap(project, kind, aside)
        tried = ""
        if wakes:
            copy = folder / "copy"
            shutil.copytree(project, copy, symlinks=True)
            for path in copy.glob("p/*.py"):
                os.utime(path, (1_000_000_000, 1_000_000_000))
            # Without the settings that keep our own repositories quiet.
            command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *wakes]
            subprocess.run(command, cwd=copy, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
            shutil.rmtree(copy)
            tried = "" if woken.exists() else " (git itself does not wake it here)"
            woken.unlink(missing_ok=True)
        index = (project / ".git" / "index").read_bytes()
        for command in [*CHECKS, *OTHERS, *WRITERS]:
            answer = run(binary, command, project, env=env, timeout=LONGEST)
            said = woken.read_text().splitlines()[0] if woken.exists() else ""
            attack.check(not said, f"{kind}: woken{tried}", f"by `{' '.join(command)}`: {said}")
            woken.unlink(missing_ok=True)
            attack.check(not answer.trouble(), f"{kind}: the run", f"`{' '.join(command)}`: {answer.trouble()}")
            now = (project / ".git" / "index").read_bytes()
            attack.check(now == index, f"{kind}: .git/index was written", f"by `{' '.join(command)}`")
            index = now
        if tried:
            print(f"note: {kind}: no command of git wakes it here")
        shutil.rmtree(project)
    attack.say(f"{len(kinds)} kinds of programs")


def partial_clone(attack, binary, folder, env):
    """What is missing here would be fetched by a program that the config names."""
    origin, clone = folder / "origin", folder / "clone"
    repository(origin, env)
    git(origin, "config", "uploadpack.allowFilter", "true", env=env)
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true", env=env)
    made = git(folder, "-c", "protocol.file.allow=always", "clone", "-q", "--filter=blob:none", f"file://{origin}", str(clone), env=env, check=False)
    if made.returncode != 0:
        attack.skip(f"a partial clone: {made.stderr.strip()}")
        return
    aside = folder / "aside-of-clone"
    aside.mkdir()
    woken, canary = aside / "woken", aside / "canary"
    canary.write_text(CANARY.format(woken=woken))
    canary.chmod(0o755)
    for name, value in [("remote.origin.uploadpack", canary), ("remote.origin.url", aside), ("core.sshCommand", canary)]:
        git(clone, "config", name, str(value), env=env)
    for command in [*CHECKS, ["check", "--since", "HEAD~1", "--quiet"]]:
        answer = run(binary, command, clone, env=env, timeout=LONGEST)
        attack.check(not woken.exists(), "partial clone: fetches what is missing", f"by `{' '.join(command)}`")
        woken.unlink(missing_ok=True)
        attack.check(not answer.trouble(), "partial clone: the run", f"`{' '.join(command)}`: {answer.trouble()}")
    attack.say("a partial clone")


def world_of_git(attack, binary, folder, env):
    """Repositories whose work tree, git folder or index is somewhere else."""
    outside = folder / "elsewhere"
    write_tree(outside, {"secret.py": "import p.b\n", "notes.txt": "mine\n", "p/a.py": "import p.b  # ringfence: ignore[RF201] x\n"})
    for number, config in enumerate(
        [f"[core]\nworktree = {outside}\n", "[core]\nbare = true\n", "[core]\nworktree = ../..\n", "[core]\nexcludesFile = {fifo}\nattributesFile = {fifo}\n"]
    ):
        project = folder / f"of-git{number}"
        repository(project, env)
        fifo = folder / f"fifo{number}"
        os.mkfifo(fifo)
        with open(project / ".git" / "config", "a") as out:
            out.write(config.format(fifo=fifo))
        before = read_tree(outside)
        for command in [*CHECKS, *WRITERS]:
            answer = run(binary, command, project, env=env, timeout=LONGEST)
            attack.check(not answer.trouble(), "git config that leads away: the run", f"{config!r} `{' '.join(command)}`: {answer.trouble()}")
            told = differences(before, read_tree(outside))
            attack.check(not told, "git config that leads away: the world outside changed", f"{config!r} `{' '.join(command)}`: {told}")


# ---------------------------------------------------------------------------------------------------------------------
# The world outside, and files that are not ours.

OUTSIDE = {
    "notes.txt": "What I have to do.\n",
    "secret.py": "import p.b\nimport p.c  # ringfence: ignore[RF201] long gone\n",
    "ringfence.toml": '[modules."p.a"]\ndepends-on = ["p.c"]\n[modules."p.b"]\n[modules."p.c"]\n',
    "known.txt": "RF101 p.a -> p.x gone\n",
    "other.baseline": "# Known findings; this list may only shrink (`ringfence baseline`).\nRF101 gone.x -> gone.y\n",
    "folder/p.q.txt": "mine\n",
    "tach.toml": '[[modules]]\npath = "p.a"\ndepends_on = []\n',
    "report.json": "[]\n",
    "src/p/a.py": "import p.c  # ringfence: ignore[RF201] long gone\n",
}

# Paths in a config that lead out of the project.
AWAY = ["../outside/notes.txt", "{outside}/notes.txt", "../outside/*.txt", "../outside/*", "{outside}/*.baseline", "p/../../outside/known.txt",
        "away/notes.txt", "away/*.txt", "../outside/new.txt", "../outside/new/*.txt", "away/new.txt", "../outside/ringfence.toml", "../outside/secret.py"]  # fmt: skip

# Patterns that name files of the project which are no baselines.
THEIRS = ["notes.txt", "*.txt", "p/*.py", "p/a.py", "*", "ringfence.toml", "*.toml", "p/*", "*.py", ".git/config", ".git/*", "baselines/*.txt", "baselines/*"]


def links_to(outside):
    """Files of a project that are links to the outside, each a project of its own."""
    for name, target in [
        ("p/b.py", "secret.py"),
        ("p/linked.py", "secret.py"),
        ("ringfence.toml", "ringfence.toml"),
        ("ringfence.baseline", "known.txt"),
        ("ringfence.baseline", "other.baseline"),
        ("ringfence.baseline", "new.baseline"),
        ("report.json", "report.json"),
        ("report.json", "new.json"),
        ("p/q", "src/p"),
        ("src", "src"),
        ("tach.toml", "tach.toml"),
    ]:
        yield name, outside / target


def outside_stays(attack, binary, folder, env, some):
    outside = folder / "outside"
    project = folder / "inside"
    cases = [(f"`baseline = {pattern!r}`", {"pattern": pattern}) for pattern in AWAY]
    cases += [(f"`{name}` is a link to the outside", {"link": (name, target)}) for name, target in links_to(outside)]
    cases += [(f"`source-roots = [{root!r}]`", {"roots": root}) for root in ["../outside", "away", "{outside}/src", "../*"]]
    cases = some(cases, 6)
    for what, case in cases:
        for command in WRITERS:
            write_tree(outside, OUTSIDE)
            files = dict(SOURCES)
            if "pattern" in case:
                files["ringfence.toml"] = f"baseline = {case['pattern'].format(outside=outside)!r}\n{CONFIG}"
            if "roots" in case:
                files["ringfence.toml"] = f"source-roots = ['.', {case['roots'].format(outside=outside)!r}]\n{CONFIG}"
            if command[0] in ("init", "migrate"):
                files.pop("ringfence.toml")
            if command[0] == "migrate":
                files["tach.toml"] = OUTSIDE["tach.toml"]
            write_tree(project, files)
            (project / "away").symlink_to(outside)
            if "link" in case:
                name, target = case["link"]
                (project / name).unlink(missing_ok=True)
                (project / name).symlink_to(target)
            before = read_tree(outside)
            answer = run(binary, command, project, env=env, timeout=LONGEST)
            attack.check(not answer.trouble(), f"{what}: the run", f"`{' '.join(command)}`: {answer.trouble()}")
            told = differences(before, read_tree(outside))
            attack.check(not told, f"{what}: the world outside changed", f"by `{' '.join(command)}`: {told}; {answer.code} {answer.stderr[-150:]}")
            shutil.rmtree(outside)
            shutil.rmtree(project)
    attack.say(f"{len(cases)} ways out of the project, {len(WRITERS)} commands each")


def theirs_stays(attack, binary, folder, env, some):
    """Only what is a baseline may be replaced or removed as one."""
    project = folder / "theirs"
    patterns = some(THEIRS, 5)
    for pattern in patterns:
        for command in WRITERS[-1:] + [["baseline"], ["check", "--fix-config"]]:
            files = SOURCES | {
                "ringfence.toml": f"baseline = '{pattern}'\n{CONFIG}",
                "baselines/notes.txt": "What I have to do.\n",
                "baselines/q.r.txt": "more\n",
                "baselines/empty.txt": "",
                "baselines/gone.module.txt": "# Known findings; this list may only shrink (`ringfence baseline`).\nRF101 gone.module -> gone.other\n",
            }
            write_tree(project, files)
            git(project, "init", "-q", env=env)
            before = read_tree(project)
            answer = run(binary, command, project, env=env, timeout=LONGEST)
            after = read_tree(project)
            # What a run over baselines may change: files that are baselines, and new ones; the config where fixes of it are asked for.
            ours = {"baselines/gone.module.txt"} | ({"ringfence.toml"} if "--fix-config" in command else set())
            told = differences(
                {path: entry for path, entry in before.items() if path not in ours},
                {path: entry for path, entry in after.items() if path in before and path not in ours},
            )
            attack.check(not told, f"`baseline = {pattern!r}`: files that are no baselines", f"by `{' '.join(command)}`: {told}; {answer.code} {answer.stderr[-150:]}")
            attack.check(not answer.trouble(), f"`baseline = {pattern!r}`: the run", f"`{' '.join(command)}`: {answer.trouble()}")
            shutil.rmtree(project)
    attack.say(f"{len(patterns)} patterns for files of others")


# ---------------------------------------------------------------------------------------------------------------------
# Pipes, devices, links that lead nowhere.

PLACES = [
    "ringfence.toml", "pyproject.toml", "tach.toml", "setup.cfg", ".importlinter", "ringfence.baseline", ".gitignore", ".ignore", ".git", ".git/index", ".git/HEAD",
    ".git/info/exclude", "p/a.py", "p/__init__.py", "p", "p/new.pyi", "p/ringfence.module.toml", "p/tach.domain.toml", "requirements.txt", "setup.py", ".venv",
    ".venv/pyvenv.cfg", "report.json", "src", "p/pyproject.toml", "p/ringfence.toml",
]  # fmt: skip

KINDS = {
    "a pipe": lambda path: os.mkfifo(path),
    "a link to /dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "a link to /dev/stdin": lambda path: path.symlink_to("/dev/stdin"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nowhere": lambda path: path.symlink_to("nowhere/at/all"),
    "a folder": lambda path: path.mkdir(),
    "a link to the folder above": lambda path: path.symlink_to(".."),
}


def pipes(attack, binary, folder, env, some):
    project = folder / "pipes"
    outside = folder / "outside-of-pipes"
    write_tree(outside, OUTSIDE)
    commands = [*CHECKS[1:3], *OTHERS[:1], *OTHERS[3:4], *OTHERS[-3:], *WRITERS]
    pairs = some([(place, kind) for place in PLACES for kind in KINDS], 12)
    for place, kind in pairs:
        for make in [KINDS[kind]]:
            hung = 0
            repository(project, env)
            write_tree(project, {"requirements.txt": "django\n", "src/q/__init__.py": ""})
            config = project / "ringfence.toml"
            config.write_text('requirements = ["requirements.txt"]\n' + config.read_text())
            path = project / place
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            make(path)
            if place in ("pyproject.toml", "tach.toml", "setup.cfg", ".importlinter"):
                config.unlink()
            for command in commands:
                if hung >= 2:
                    break
                # An output that has no reader is the caller's own: whoever names it waits for one.
                if place in command and kind == "a pipe":
                    continue
                answer = run(binary, command, project, env=env, timeout=LONGEST)
                hung += answer.timed_out
                attack.check(not answer.trouble(), f"`{place}` is {kind}: the run", f"`{' '.join(command)}`: {answer.trouble()}")
            shutil.rmtree(project)
    attack.say(f"{len(pairs)} places with what is no file")


def main():
    given = arguments(__doc__, ("--small", {"action": "store_true", "help": "some of each"}))
    attack = Attack("hostile_repositories")
    with workspace() as folder:
        home = folder / "home"
        home.mkdir()
        env = environment(home, GIT_CONFIG_NOSYSTEM=1, GIT_CEILING_DIRECTORIES=folder, GIT_TERMINAL_PROMPT=0)
        dice = random.Random(given.seed)
        some = lambda everything, count: dice.sample(everything, count) if given.small else everything
        programs(attack, given.binary, folder, env, some)
        partial_clone(attack, given.binary, folder, env)
        if not given.small:
            world_of_git(attack, given.binary, folder, env)
        outside_stays(attack, given.binary, folder, env, some)
        theirs_stays(attack, given.binary, folder, env, some)
        pipes(attack, given.binary, folder, env, some)
    return attack.close()


if __name__ == "__main__":
    sys.exit(main())
