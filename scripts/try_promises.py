"""Holds what SECURITY.md promises, by watching the system calls of ringfence on a project full of traps.

usage: try_promises.py RINGFENCE

Each command runs under strace: which programs are started, which sockets are opened, and what is opened for writing, made, renamed, linked or
removed. Then the project is compared with what it was. Needs Linux, strace and git; writes to a temporary folder, and nothing else.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

RINGFENCE = Path(sys.argv[1]).resolve() if len(sys.argv) == 2 else sys.exit(__doc__)
GIT_PROGRAMS = Path(subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip())
CALLS = (
    "execve,execveat,socket,socketpair,connect,bind,listen,open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,rmdir,"
    "mkdir,mkdirat,mknod,mknodat,link,linkat,symlink,symlinkat,truncate,ftruncate,chmod,fchmod,fchmodat,chown,fchown,fchownat,lchown,"
    "utimensat,setxattr,fsetxattr,lsetxattr,removexattr,chdir,fchdir,ptrace,kill,mount,io_uring_setup"
)
# In the words of `strace -y`: a call, its arguments, and what it gave.
CALL = re.compile(r"^\d+ +(?P<name>\w+)\((?P<arguments>.*)\) += +(?P<result>-?\d+|\?)")
WRITES = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)\b")
CHANGES = {
    "creat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "mknod", "mknodat", "link", "linkat",
    "symlink", "symlinkat", "truncate", "ftruncate", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "lchown", "utimensat",
    "setxattr", "fsetxattr", "lsetxattr", "removexattr",
}  # fmt: skip
NEVER = {"socket", "socketpair", "connect", "bind", "listen", "ptrace", "mount", "io_uring_setup", "execveat"}

TRAP = 'import os\n\nos.system("touch {trap}")\nopen("{trap}", "w").close()\n'

# A baseline that `ringfence baseline` keeps, and configs of all kinds, each of which names things that could be run or loaded.
PROJECT = {
    "ringfence.toml": """
layers = ["web", "core"]

[modules."shop.web"]
layer = "web"
depends-on = ["shop.core"]

[modules."shop.core"]
layer = "core"
depends-on = []
exposes = ["run"]
""",
    "pyproject.toml": """
[build-system]
requires = ["setuptools"]
build-backend = "backend"
backend-path = ["."]

[project]
name = "shop"
version = "1"
dependencies = ["requests"]

[tool.setuptools.dynamic]
version = { attr = "shop.version" }
""",
    "shop/__init__.py": "{trap}",
    "shop/web.py": "{trap}import shop.core\nfrom shop.core.inner import run\nfrom shop.core.extra import thing\nimport importlib\n\nimportlib.import_module('shop.core')\n",
    "shop/core/__init__.py": "from shop.core.inner import run as run\n",
    "shop/core/late.py": "{trap}import shop.web\n",
    "shop/core/extra.py": "{trap}thing = 1\n",
    "shop/core/inner.py": "def run() -> None: ...\n",
    "backend.py": "{trap}",
    "setup.py": "{trap}from setuptools import setup\n\nsetup()\n",
    "conftest.py": "{trap}",
    "sitecustomize.py": "{trap}",
    ".venv/pyvenv.cfg": "home = {folder}/bin\nversion = 3.12.0\n",
    ".venv/lib/python3.12/site-packages/evil.pth": "import os; os.system('touch {trap_file}')\n",
    ".venv/lib/python3.12/site-packages/sitecustomize.py": "{trap}",
    ".venv/lib/python3.12/site-packages/requests/__init__.py": "{trap}",
    ".venv/lib/python3.12/site-packages/requests-2.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: requests\nVersion: 2.0\n",
    ".venv/lib/python3.12/site-packages/requests-2.0.dist-info/RECORD": "requests/__init__.py,,\n",
}
PROGRAMS = ("git", "python", "python3", "python3.12", "pip", "sh", "bash", "node", "uv", "poetry", "lint-imports", "tach", "less", "more")
UNSYNCED = {"ringfence.toml": '[modules."shop.web"]\ndepends-on = []\n\n[modules."shop.core"]\n'}
TACH = {"tach.toml": '[[modules]]\npath = "shop.web"\ndepends_on = ["shop.core"]\n\n[[modules]]\npath = "shop.core"\ndepends_on = []\n'}
IMPORT_LINTER = {
    ".importlinter": """[importlinter]
root_package = shop
contract_types = evil: shop.evil.Contract

[importlinter:contract:1]
name = the core knows no web
type = forbidden
source_modules = shop.core
forbidden_modules = shop.web
"""
}


@dataclass
class Case:
    """A command, and all that it may do: in the project alone, if not said otherwise."""

    arguments: "list[str]"
    # What may be written, relative to the project; a file beside it is how one is written at one go.
    writes: "list[str]" = field(default_factory=list)
    git: bool = False
    codes: "tuple[int, ...]" = (0, 1)
    # Left out of the project, and put into it.
    without: "tuple[str, ...]" = ()
    files: "dict[str, str]" = field(default_factory=dict)
    stdin: bytes = b""
    # Where it runs, from the project.
    below: str = ""


SOURCES = ["shop/web.py", "shop/core/late.py", "shop/core/inner.py", "shop/__init__.py"]
NO_CONFIG = ("ringfence.toml",)


def message(value: dict) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **value}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def session(folder: Path) -> bytes:
    """An editor opens the project, changes a file, asks this and that, and goes."""
    uri = (folder / "shop/web.py").as_uri()
    document = {"uri": uri}
    text = (folder / "shop/web.py").read_text()
    start = {"line": 0, "character": 0}
    everything = {"start": start, "end": {"line": 20, "character": 0}}
    return b"".join([
        message({"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}}),
        message({"method": "initialized", "params": {}}),
        message({"method": "textDocument/didOpen", "params": {"textDocument": {**document, "languageId": "python", "version": 1, "text": text}}}),
        message({"method": "textDocument/didChange", "params": {"textDocument": {**document, "version": 2}, "contentChanges": [{"text": text + "import os\n"}]}}),
        message({"id": 2, "method": "textDocument/hover", "params": {"textDocument": document, "position": {"line": 4, "character": 8}}}),
        message({"id": 3, "method": "textDocument/codeAction", "params": {"textDocument": document, "range": everything, "context": {"diagnostics": []}}}),
        message({"id": 4, "method": "textDocument/diagnostic", "params": {"textDocument": document}}),
        message({"id": 5, "method": "shutdown", "params": None}),
        message({"method": "exit", "params": None}),
    ])  # fmt: skip


def cases(folder: Path) -> "list[Case]":
    return [
        Case(["check"]),
        Case(["check", "--select", "ALL", "--preview", "--all-chains", "--verbose"]),
        *(
            Case(["check", "--output-format", name])
            for name in ("json", "github", "gitlab", "sarif", "junit", "markdown", "agent", "rdjson")
        ),
        Case(["check", "--python", ".venv/bin/python", "--select", "ALL"]),
        Case(["check", "--isolated", "--statistics"]),
        Case(["check", "--show-files"]),
        Case(["check", "--show-settings"]),
        Case(["check", "--output-file", "out.json", "--output-format", "json"], writes=["out.json"]),
        Case(["check", "--diff"]),
        # Nothing is safe where so much is done by name.
        Case(["check", "--fix", "--unsafe-fixes"], writes=SOURCES),
        Case(["check", "--fix", "--unsafe-fixes", "--select", "ALL", "--preview"], writes=SOURCES),
        Case(["check", "--fix-config"], writes=["ringfence.toml"]),
        Case(["check", "--add-ignore=because"], writes=SOURCES),
        Case(["check", "--stdin-filename", "shop/web.py", "-"], stdin=b"import shop.core.inner\n"),
        Case(["check", "--since", "HEAD"], git=True),
        Case(["check", "--since", "HEAD~1", "--select", "ALL"], git=True),
        Case(["check", "--staged"], git=True),
        # A revision is no option of git, and no command.
        Case(["check", "--since=--output={trap_file}"], git=True, codes=(2,)),
        Case(["check", "--since=--upload-pack=touch {trap_file}"], git=True, codes=(2,)),
        Case(["check", "--since", "$(touch {trap_file})"], git=True, codes=(2,)),
        # A folder that git takes for a repository, with a program in its config. What it says is not asked for.
        Case(["check", "--since", "HEAD"], below="bare", git=True, codes=(0, 1, 2)),
        Case(["check", "--staged"], below="bare", git=True, codes=(0, 1, 2)),
        Case(["baseline", "--dry-run"]),
        Case(["baseline", "--allow-growth", "--reason", "for now"], writes=["ringfence.baseline"]),
        Case(["init", "--dry-run"], without=NO_CONFIG),
        Case(["init"], writes=["ringfence.toml", "ringfence.baseline"], without=NO_CONFIG),
        Case(["check"], without=NO_CONFIG, files=TACH),
        Case(["check"], without=NO_CONFIG, files=IMPORT_LINTER, codes=(0, 1, 2)),
        Case(["migrate", "--dry-run"], without=NO_CONFIG, files=TACH),
        Case(["migrate"], writes=["ringfence.toml"], without=NO_CONFIG, files=TACH),
        Case(["migrate"], writes=["ringfence.toml"], without=NO_CONFIG, files=IMPORT_LINTER, codes=(0, 1, 2)),
        Case(["sync", "--check"]),
        Case(["sync", "--diff"]),
        Case(["sync"], writes=["ringfence.toml"], files=UNSYNCED),
        Case(["graph", "--format", "dot"]),
        Case(["graph", "--format", "svg"]),
        Case(["explore"], writes=["ringfence.html"]),
        Case(["explore", "-o", "page.html", "--source-url", "https://example.org/{path}"], writes=["page.html"]),
        Case(["why", "shop.core", "shop.web"]),
        Case(["coverage"]),
        Case(["contracts"]),
        Case(["config", "show"]),
        Case(["config", "schema"]),
        Case(["rule", "--all"]),
        Case(["version"]),
        Case(["completions", "bash"]),
        Case(["server"], stdin=session(folder)),
    ]


def make(folder: Path, case: Case, trap: Path) -> None:
    words = {"trap": TRAP.format(trap=trap), "trap_file": str(trap), "folder": str(folder)}

    def filled(text: str) -> str:
        for name, value in words.items():
            text = text.replace("{" + name + "}", value)
        return text

    def write(files: "dict[str, str]") -> None:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(filled(text))

    shutil.rmtree(folder, ignore_errors=True)
    write({name: text for name, text in PROJECT.items() if name not in case.without})
    write(case.files)
    # Programs of the project, in its root, in its environment, and in the folder of the repository.
    for place in ("", ".venv/bin", "bin"):
        for program in PROGRAMS:
            if place == "" and program == "git":
                continue
            path = folder / place / program
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#!/bin/sh\ntouch {trap}\n")
            path.chmod(0o755)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(folder)]
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / ".gitignore").write_text(".venv\n")
    (folder / ".gitattributes").write_text("*.py diff=python\n")
    for number in range(2):
        (folder / "shop/core/inner.py").write_text(filled(PROJECT["shop/core/inner.py"]) + "# changed\n" * number)
        subprocess.run([*git, "add", "--all"], check=True)
        subprocess.run([*git, "commit", "--quiet", "--no-verify", "--message", str(number)], check=True)
    (folder / "shop/web.py").write_text((folder / "shop/web.py").read_text() + "import shop\n")
    subprocess.run([*git, "add", "--all"], check=True)
    for hook in ("pre-commit", "post-checkout", "post-index-change"):
        path = folder / ".git/hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch {trap}\n")
        path.chmod(0o755)
    # Touched and not changed: git would like to remember that.
    os.utime(folder / "shop/core/late.py", (1, 1))
    bare = folder / "bare"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    subprocess.run(["git", "-C", str(bare), "fetch", "--quiet", "..", "HEAD:refs/heads/main"], check=True)
    (bare / "HEAD").write_text("ref: refs/heads/main\n")
    (bare / "config").write_text(f"[core]\nrepositoryformatversion = 0\nbare = false\nworktree = .\nfsmonitor = {folder}/python\n")
    subprocess.run(["git", "-C", str(bare), "-c", "core.fsmonitor=false", "reset", "--quiet"], check=True)
    case.arguments = [filled(argument) for argument in case.arguments]


def snapshot(folder: Path) -> "dict[str, bytes]":
    files = (path for path in folder.rglob("*") if not path.is_dir())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def paths_of(arguments: str, folder: Path) -> "list[Path]":
    """The paths among the arguments of a call, each from the folder that stands before it, or from the working directory."""
    found = re.findall(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"', arguments)
    return [Path(os.path.normpath(Path(base or folder) / text)) for base, text in found]


def judge(case: Case, folder: Path, log: str, git: str) -> "list[str]":
    """What was done that is not promised."""
    found = []
    programs = []
    allowed = {folder / name for name in case.writes}
    # A temporary file beside the one that it replaces.
    beside = {path.parent for path in allowed}
    pending: "dict[str, str]" = {}
    # Git reads, too.
    of_git = set()
    for line in log.splitlines():
        process = line.split(" ", 1)[0]
        if "<unfinished ...>" in line:
            pending[process] = line.split("<unfinished ...>")[0].rstrip()
            continue
        if resumed := re.search(r"<\.\.\. \w+ resumed>(.*)", line):
            line = pending.pop(process, "") + resumed[1]
        call = CALL.match(line)
        if call is None:
            continue
        name, arguments, result = call["name"], call["arguments"], call["result"]
        paths = paths_of(arguments, folder)
        if name == "execve":
            # Git has programs of its own.
            own = process in of_git and GIT_PROGRAMS in paths[0].parents
            if result == "0" and not own:
                programs.append(str(paths[0]))
                if str(paths[0]) == git:
                    of_git.add(process)
            continue
        if name in NEVER:
            found.append(line)
            continue
        if process in of_git:
            kept = [path for path in paths if str(path) not in ("/dev/null", "/dev/tty")]
            if (name in CHANGES or (name.startswith("open") and WRITES.search(arguments))) and kept:
                found.append(f"git: {line}")
            continue
        if name.startswith("open"):
            if not WRITES.search(arguments):
                continue
        # The folder of a file is asked for, and is there.
        elif name not in CHANGES or (name == "mkdir" and "EEXIST" in line):
            continue
        if paths and all(str(path) in ("/dev/null", "/dev/tty") for path in paths):
            continue
        temporary = [path for path in paths if path.parent in beside and path.name.startswith("ringfence-unfinished-")]
        if not paths and any(f"<{path}>" in arguments or f"<{path.parent}/ringfence-unfinished-" in arguments for path in allowed):
            continue
        if not paths or not all(path in allowed or path in temporary for path in paths):
            found.append(line)
    expected = {str(RINGFENCE)} | ({git} if case.git else set())
    found += [f"started: {program}" for program in programs if program not in expected]
    if case.git and case.codes != (2,) and git not in programs:
        found.append("git was not asked")
    return found


def main() -> None:
    git = shutil.which("git")
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name).resolve()
        folder = scratch / "project"
        trap = scratch / "trapped"
        folder.mkdir()
        make(folder, Case([]), trap)
        count = 0
        for case in cases(folder):
            make(folder, case, trap)
            before = snapshot(folder)
            log = scratch / "log"
            home = scratch / "home"
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            temporary_folder = scratch / "temporary"
            temporary_folder.mkdir(exist_ok=True)
            run = subprocess.run(
                ["strace", "-f", "-y", "-s", "4096", "-e", f"trace={CALLS}", "-o", str(log), str(RINGFENCE), *case.arguments],
                cwd=folder / case.below,
                input=case.stdin,
                capture_output=True,
                # The environment is entered, as in a shell of a developer: its programs come first, but for git.
                env={
                    "PATH": f"{Path(git).parent}:{folder}/.venv/bin:{folder}:/usr/bin:/bin", "HOME": str(home),
                    "VIRTUAL_ENV": str(folder / ".venv"), "PYTHONPATH": str(folder), "PAGER": str(folder / "less"),
                    "GIT_EXTERNAL_DIFF": "", "TMPDIR": str(temporary_folder), "PWD": str(folder / case.below),
                },
                timeout=300,
                check=False,
            )  # fmt: skip
            title = "ringfence " + " ".join(case.arguments)
            found = judge(case, folder, log.read_text(errors="replace"), git)
            if trap.exists():
                found.append("something of the project ran")
            for empty in (home, temporary_folder):
                if list(empty.iterdir()):
                    found.append(f"something was left in {empty}")
            if run.returncode not in case.codes:
                found.append(f"ended with {run.returncode}: {run.stderr.decode(errors='replace')}")
            after = snapshot(folder)
            changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
            changed -= {".git/index"} if case.git else set()
            if changed - set(case.writes):
                found.append(f"changed: {sorted(changed - set(case.writes))}")
            if case.writes and not changed:
                found.append(f"wrote nothing, so nothing was tried: {run.stdout.decode()} {run.stderr.decode()}")
            if found:
                sys.exit(f"error: `{title}` breaks a promise of SECURITY.md\n  " + "\n  ".join(found))
            count += 1
        print(f"the promises of SECURITY.md: {count} commands keep them")


main()
