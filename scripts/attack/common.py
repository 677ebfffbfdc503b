"""What the attacks share: running the binary, trees of files as values, projects to attack, and counting what holds."""

import argparse
import collections
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Longer than anything here may take; a run that is still going then hangs.
LONGEST = 120

# How many failures of one kind are told in full.
MOST_TOLD = 5


class Attack:
    """Counts what held and what did not. The closing line and the exit code come from here."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failures = collections.Counter()
        self.skipped = []
        self.started = time.monotonic()

    def check(self, holds, kind, detail=""):
        """One promise: `kind` is what it is called in the summary, `detail` is told for the first few that are broken."""
        if holds:
            self.passed += 1
            return True
        self.failures[kind] += 1
        detail = detail() if callable(detail) else detail
        if self.failures[kind] <= MOST_TOLD:
            print(f"FAILED {kind}: {str(detail).strip()[:600]}", flush=True)
        elif self.failures[kind] == MOST_TOLD + 1:
            print(f"FAILED {kind}: and more like it", flush=True)
        return False

    def skip(self, reason):
        print(f"skipped: {reason}", flush=True)
        self.skipped.append(reason)

    def say(self, text):
        print(f"{self.name}: {text}", flush=True)

    def close(self):
        """Prints the closing line; the exit code."""
        for kind, count in self.failures.most_common():
            print(f"  {count:5} x {kind}")
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        seconds = time.monotonic() - self.started
        print(
            f"{self.name}: {self.passed} passed, {sum(self.failures.values())} failed{skipped} ({seconds:.0f} s)",
            flush=True,
        )
        return 1 if self.failures else 0


def arguments(documentation, *more):
    """Reads the command line: the binary, `--seed`, and what a script has besides (names and settings of `add_argument`)."""
    parser = argparse.ArgumentParser(
        description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("binary", type=Path, help="the ringfence to attack")
    for name, settings in more:
        parser.add_argument(name, **settings)
    parser.add_argument("--seed", type=int, default=1, help="the same seed does the same things (default: 1)")
    parsed = parser.parse_args()
    parsed.binary = parsed.binary.resolve()
    if not os.access(parsed.binary, os.X_OK):
        parser.error(f"`{parsed.binary}` is no program")
    return parsed


@contextlib.contextmanager
def workspace(where=None):
    """A temporary folder that is gone afterwards, whatever was made of its permissions."""
    # An attack that is ended from outside cleans up, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="ringfence-attack-", dir=where)).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, onerror=lambda function, path, _: (os.chmod(os.path.dirname(path), 0o700), function(path)))


def environment(temporary=None, **more):
    """Nothing of the caller's that could change what ringfence or git do."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    kept["HOME"] = str(temporary or "/nonexistent")
    kept["RUST_BACKTRACE"] = "0"
    if temporary:
        kept["TMPDIR"] = str(temporary)
    return kept | {name: str(value) for name, value in more.items()}


class Answer:
    """How a run ended."""

    def __init__(self, code, stdout, stderr, seconds, timed_out):
        self.code = code
        self.stdout = stdout
        self.stderr = stderr
        self.seconds = seconds
        self.timed_out = timed_out

    def trouble(self, codes=(0, 1, 2)):
        """What no input may cause: a signal, a hang, a panic, an exit code that says nothing. Empty where all is well."""
        if self.timed_out:
            return f"still running after {self.seconds:.0f} s"
        if self.code < 0:
            return f"ended by signal {-self.code}: {self.stderr[-300:]}"
        if self.code not in codes:
            return f"exit code {self.code}: {self.stderr[-300:]}"
        for text in (self.stderr, self.stdout):
            at = text.find("panicked")
            at = text.find("internal error") if at < 0 else at
            if at >= 0:
                return text[max(0, at - 200) : at + 200]
        return ""


def run(binary, command, folder, timeout=LONGEST, env=None, stdout=None, stdin=subprocess.DEVNULL, preexec=None, **more):
    """Runs the binary; with its children it is ended at the timeout."""
    started = time.monotonic()
    process = subprocess.Popen(
        [binary, *command],
        cwd=folder,
        env=env or environment(),
        stdin=stdin,
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=preexec,
        **more,
    )
    try:
        out, error = process.communicate(timeout=timeout)
        timed_out = False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, error = process.communicate()
        timed_out = True
    seconds = time.monotonic() - started
    text = lambda output: (output or b"").decode("utf-8", "replace")
    return Answer(process.returncode, text(out), text(error), seconds, timed_out)


def write_tree(folder, files):
    """Writes files by relative path: text or bytes."""
    made = set()
    for name, content in files.items():
        path = os.path.join(folder, name)
        parent = os.path.dirname(path)
        if parent not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        with open(path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())


def read_tree(folder):
    """What is there, by relative path: ("file", mode, bytes), ("link", target), ("folder", mode) or ("other", mode). Links are not followed."""
    found = {}
    pending = [""]
    while pending:
        below = pending.pop()
        with os.scandir(os.path.join(folder, below)) as entries:
            for entry in entries:
                name = os.path.join(below, entry.name)
                if entry.is_symlink():
                    found[name] = ("link", os.readlink(entry.path))
                    continue
                mode = entry.stat(follow_symlinks=False).st_mode & 0o7777
                if entry.is_dir(follow_symlinks=False):
                    found[name] = ("folder", mode)
                    pending.append(name)
                elif entry.is_file(follow_symlinks=False):
                    with open(entry.path, "rb") as file:
                        found[name] = ("file", mode, file.read())
                else:
                    found[name] = ("other", mode)
    return found


def differences(before, after):
    """Which entries of two trees differ, each with how."""
    told = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if old is None:
            told.append(f"{name} is new ({new[0]})")
        elif new is None:
            told.append(f"{name} is gone")
        elif old[0] != new[0]:
            told.append(f"{name} was a {old[0]} and is a {new[0]}")
        elif old[0] == "file" and old[2] != new[2]:
            told.append(f"{name} has other contents ({len(old[2])} -> {len(new[2])} bytes)")
        else:
            told.append(f"{name} has another mode or target ({old[1]} -> {new[1]})")
    return told


class Target:
    """A project on disk that is put back to what it was, writing only what differs."""

    def __init__(self, folder, files):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_tree(self.folder, files)
        self.old = read_tree(self.folder)

    def restore(self):
        now = read_tree(self.folder)
        for name in sorted(now.keys() - self.old.keys(), reverse=True):
            path = self.folder / name
            path.rmdir() if now[name][0] == "folder" else path.unlink()
        for name, entry in sorted(self.old.items()):
            if now.get(name) == entry:
                continue
            path = self.folder / name
            if entry[0] == "folder":
                path.mkdir(exist_ok=True)
            elif entry[0] == "link":
                path.unlink(missing_ok=True)
                path.symlink_to(entry[1])
            elif entry[0] == "file":
                if name in now and now[name][0] != "file":
                    path.unlink()
                path.write_bytes(entry[2])
            path.chmod(entry[1]) if entry[0] != "link" else None


# ---------------------------------------------------------------------------------------------------------------------
# Projects, one for each writer: what has to be written is as large as is asked for.

PACKAGES = 20


def sources_with_leftovers(files):
    """Files with a suppression that nothing needs (RF901, a safe fix), and some text so that writing takes a while."""
    tree = {}
    for number in range(files):
        body = "".join(f"VALUE_{line} = {line}  # one of many\n" for line in range(60))
        tree[f"p/part{number % PACKAGES:02d}/m{number:05d}.py"] = (
            f'"""Number {number}."""\nimport p.base  # ringfence: ignore[RF201] long gone\n{body}'
        )
    return tree | {"p/__init__.py": "", "p/base.py": ""} | {f"p/part{n:02d}/__init__.py": "" for n in range(PACKAGES)}


def findings(files, each):
    """Files that import what they must not: RF101, `each` of them a file."""
    tree = {"p/__init__.py": "", "p/b.py": "", "p/a/__init__.py": ""}
    for number in range(files):
        names = "".join(f"from p.b import name_{line}\n" for line in range(each))
        tree[f"p/a/m{number:05d}.py"] = f"{names}x = {number}\n"
    return tree


FORBIDDEN = '[modules."p.a"]\ndepends-on = []\n\n[modules."p.b"]\n'


def many_modules(count, config):
    """Boundary modules that each import two others, and what their config says of it."""
    tree = {}
    for number in range(count):
        others = [(number + 1) % count, (number + 7) % count]
        tree[f"q{number:04d}/__init__.py"] = "".join(f"import q{other:04d}\n" for other in others)
    return tree | config([f"q{number:04d}" for number in range(count)])


def empty_dependencies(names):
    return {"ringfence.toml": "".join(f'[modules.{name}]\ndepends-on = [\n    "left.over",\n]\n\n' for name in names)}


def of_tach(names):
    said = "".join(f'[[modules]]\npath = "{name}"\ndepends_on = []\n\n' for name in names)
    return {"tach.toml": f'source_roots = ["."]\nexclude = []\n\n{said}'}


def writers(size):
    """Every command that writes: name, files, command line. `size` is 1 for a hundred of whatever there is."""
    many = max(20, int(100 * size))
    baseline = findings(many, 50)
    known = "# Known findings; this list may only shrink (`ringfence baseline`).\n" + "".join(
        f"RF101 p.a.m{number:05d} -> p.b name_{line}\n" for number in range(many) for line in range(0, 50, 2)
    )
    return {
        "check --fix": (
            sources_with_leftovers(many * 5) | {"ringfence.toml": "[modules.p]\n"},
            ["check", "--fix", "--quiet"],
        ),
        "check --fix-config": (
            many_modules(many * 2, empty_dependencies),
            ["check", "--fix-config", "--quiet", "--extend-select", "RF110"],
        ),
        "check --add-ignore": (
            findings(many * 5, 4) | {"ringfence.toml": FORBIDDEN},
            ["check", "--add-ignore=known for long", "--quiet"],
        ),
        "baseline": (
            baseline | {"ringfence.toml": FORBIDDEN, "ringfence.baseline": known},
            ["baseline", "--allow-growth", "--reason", "they stay for now", "--quiet"],
        ),
        "baseline of packages": (
            baseline | {"ringfence.toml": 'baseline = "known/*.txt"\n' + FORBIDDEN},
            ["baseline", "--quiet"],
        ),
        "init": (many_modules(many * 2, lambda names: {}), ["init"]),
        "migrate": (many_modules(many * 2, of_tach), ["migrate"]),
        "sync": (many_modules(many * 2, empty_dependencies), ["sync", "--quiet"]),
        "check --output-file": (
            baseline | {"ringfence.toml": FORBIDDEN, "report.json": "[]\n"},
            ["check", "--quiet", "--output-format", "json", "--output-file", "report.json"],
        ),
    }
