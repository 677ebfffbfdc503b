"""Tries the action as GitHub runs it: its scripts, with inputs in the environment.

usage: try_action.py [RINGFENCE]

A stand-in for ringfence writes down its arguments; with RINGFENCE, the action runs it on the demo, too. Writes to a temporary folder,
and nothing else. Needs a Unix.
"""

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHECK = ROOT / ".github/action/check.py"
INSTALL = ROOT / ".github/action/install.py"
SUMMARY = ["--quiet", "--exit-zero", "--color=never", "--output-format=markdown"]

# Inputs, and what `ringfence check` gets.
ARGUMENTS = [
    ({}, []),
    ({"ARGS": "  \n \n"}, []),
    # All lines count, not the first alone.
    ({"ARGS": "--select RF101\n--error-on-warning\n"}, ["--select", "RF101", "--error-on-warning"]),
    ({"ARGS": "--select RF101\r\n--error-on-warning"}, ["--select", "RF101", "--error-on-warning"]),
    ({"ARGS": "--config 'a b.toml' \"c d\"/e\\ f"}, ["--config", "a b.toml", "c d/e f"]),
    ({"ARGS": """--config 'layers=["a", "b"]' --config "x='y'" """}, ["--config", 'layers=["a", "b"]', "--config", "x='y'"]),
    ({"ARGS": "--select=RF101 # the rest is not ready\n--preview"}, ["--select=RF101", "--preview"]),
    ({"ARGS": "'# no comment' '' \"two\nlines\""}, ["# no comment", "", "two\nlines"]),
    # Nothing is expanded and nothing is run.
    ({"ARGS": "*.py src/** ~ $HOME ${HOME} {a,b} !!"}, ["*.py", "src/**", "~", "$HOME", "${HOME}", "{a,b}", "!!"]),
    (
        {"ARGS": "$(touch trap) `touch trap` \"$(touch trap)\" ; touch trap && touch trap | touch trap > trap"},
        ["$(touch", "trap)", "`touch", "trap`", "$(touch trap)", ";", "touch", "trap", "&&", "touch", "trap", "|", "touch", "trap"]
        + [">", "trap"],
    ),
    # As in a shell, a backslash is for the next character, but not in single quotes.
    ({"ARGS": r"C:\a 'C:\b c\d.toml' C:\\e C:/f"}, ["C:a", r"C:\b c\d.toml", r"C:\e", "C:/f"]),
    # Inputs of their own are taken as they are.
    ({"CONFIG": "C:\\b c\\d.toml\n\n  layers=['a', \"$(touch trap)\"]  \n"}, ["--config=C:\\b c\\d.toml", "--config=layers=['a', \"$(touch trap)\"]"]),
    ({"SINCE": "--output=trap", "PYTHON": "/a b/.venv"}, ["--since=--output=trap", "--python=/a b/.venv"]),
    ({"SELECT": "RF1,RF2\nRF3", "IGNORE": "RF301", "EXTEND_SELECT": "RF5"}, ["--select=RF1,RF2", "--select=RF3", "--extend-select=RF5", "--ignore=RF301"]),
    ({"CONTRACT": "the domain knows no framework", "EXTEND_EXCLUDE": "a, b"}, ["--contract=the domain knows no framework", "--extend-exclude=a, b"]),
    ({"OUTPUT_FORMAT": "sarif", "OUTPUT_FILE": "a b.sarif"}, ["--output-format=sarif", "--output-file=a b.sarif"]),
    ({"FIX": "true", "PREVIEW": "True", "EXIT_ZERO": "false", "ERROR_ON_WARNING": "true"}, ["--fix", "--preview", "--error-on-warning"]),
    ({"UNSAFE_FIXES": "true", "FIX_CONFIG": "true", "EXIT_NON_ZERO_ON_FIX": "true"}, ["--unsafe-fixes", "--fix-config", "--exit-non-zero-on-fix"]),
    ({"PATHS": "src\n--help\na b\n"}, ["--", "src", "--help", "a b"]),
    ({"PATHS": "src", "ARGS": "-q -- lib"}, ["-q", "--", "lib", "src"]),
]  # fmt: skip

# Inputs with which nothing may run, and what is said.
MISTAKES = [
    ({"ARGS": "--config 'a.toml"}, "`args` cannot be split into words: a quote is not closed"),
    ({"ARGS": 'a "b'}, "`args` cannot be split into words: a quote is not closed"),
    ({"ARGS": "a \\"}, "`args` cannot be split into words: it ends with a backslash"),
    ({"FIX": "yes"}, "`fix` is `true` or `false`, not 'yes'"),
    ({"SUMMARY": "no\n::set-output::"}, "`summary` is `true` or `false`, not 'no\\n::set-output::'"),
    ({"SINCE": "main\n--fix"}, "`since` is one line, not 2"),
]

# What the run gets, and what is left of it for the summary; None for no summary.
SUMMARIES = [
    ("", []),
    ("--fix --unsafe-fixes --exit-non-zero-on-fix src", ["src"]),
    ("--fix-config --fix-only", []),
    ("--add-ignore=because src", ["src"]),
    ("--add-ignore src", ["src"]),
    ("--diff --select RF101", ["--select", "RF101"]),
    ("--statistics --all-chains", ["--all-chains"]),
    ("--output-format json --output-file out.json --color always a", ["a"]),
    ("--output-format=json --output-file=out.json --color=always a", ["a"]),
    ("-q -v -e -o out.json a", ["a"]),
    ("-qeo out.json a", ["a"]),
    ("-oout.json -eoout.json a", ["a"]),
    ("--since main --config x=1 --threads 1", ["--since", "main", "--config", "x=1", "--threads", "1"]),
    ("--error-on-warning --isolated", ["--error-on-warning", "--isolated"]),
    ("src -- --fix --statistics", ["src", "--", "--fix", "--statistics"]),
    ("--show-files", None),
    ("--show-settings", None),
    ("--help", None),
    ("-qh", None),
    ("--stdin-filename a.py -", None),
]

VERSIONS = [
    ("", "ringfence==OWN"),
    ("  ", "ringfence==OWN"),
    ("0.1.0", "ringfence==0.1.0"),
    ("==0.1.0", "ringfence==0.1.0"),
    (">=0.1, <1", "ringfence>=0.1, <1"),
    ("latest", "ringfence"),
    (" @ https://example.org/x.whl", None),
    ("==1 --index-url=https://example.org", None),
    ("==1\n--index-url=https://example.org", None),
    ("[extra]", None),
]

# What `ringfence diff` is given, by the event.
BASES = [
    ({"pull_request": {"base": {"sha": "abc"}}}, ["--", "abc"]),
    ({"before": "def"}, ["--", "def"]),
    ({"before": "0" * 40}, []),
    ({}, []),
]

STAND_IN = """#!{python} -I
import json, os, sys
with open({log!r}, "a") as log:
    log.write(json.dumps([sys.argv[1:], os.environ.get("RINGFENCE_OUTPUT_FILE")]) + "\\n")
if "--output-format=markdown" in sys.argv:
    print(os.environ.get("SAYS", "a summary") * int(os.environ.get("TIMES", "1")))
    sys.exit(int(os.environ.get("SUMMARY_CODE", "0")))
if os.environ.get("INPUT_TOKEN"):
    open("trap", "w")
sys.exit(int(os.environ.get("CODE", "0")))
"""

passed = 0


def holds(found: object, expected: object, what: object) -> None:
    global passed
    if found != expected:
        sys.exit(f"error: {what}\n  expected {expected!r}\n  found    {found!r}")
    passed += 1


class Runner:
    """A folder as a job of GitHub has it, with traps where the project is."""

    def __init__(self, folder: Path, ringfence: "Path | None" = None) -> None:
        self.log = folder / "log"
        self.summary = folder / "summary"
        self.workspace = folder / "workspace"
        self.scripts = folder / "bin"
        self.scripts.mkdir(parents=True)
        self.workspace.mkdir()
        (self.scripts / "python").symlink_to(sys.executable)
        trap = f"open({str(self.workspace / 'trap')!r}, 'w')\n"
        for module in ("shlex", "subprocess", "venv", "re", "sitecustomize", "usercustomize"):
            (self.workspace / f"{module}.py").write_text(trap)
        if ringfence is None:
            stand_in = self.scripts / "ringfence"
            stand_in.write_text(STAND_IN.format(python=sys.executable, log=str(self.log)))
            stand_in.chmod(0o755)
        else:
            (self.scripts / "ringfence").symlink_to(ringfence)

    def run(self, inputs: "dict[str, str]", **environment: str) -> "subprocess.CompletedProcess[str]":
        self.log.unlink(missing_ok=True)
        self.summary.unlink(missing_ok=True)
        variables = {f"INPUT_{name}": value for name, value in inputs.items()}
        found = subprocess.run(
            [str(self.scripts / "python"), "-I", str(CHECK)],
            cwd=self.workspace,
            env={
                "PATH": os.environ["PATH"], "HOME": str(self.workspace), "PYTHONPATH": str(self.workspace),
                "GITHUB_STEP_SUMMARY": str(self.summary), **variables, **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        holds((self.workspace / "trap").exists(), False, ("something of the project ran", inputs))
        return found

    def calls(self) -> "list[tuple[list[str], str | None]]":
        if not self.log.exists():
            return []
        return [tuple(json.loads(line)) for line in self.log.read_text().splitlines()]


def try_check(runner: Runner) -> None:
    for inputs, expected in ARGUMENTS:
        found = runner.run(inputs)
        holds([call[0] for call in runner.calls()], [["check", *expected]], (inputs, found.stdout, found.stderr))
    for inputs, expected in MISTAKES:
        found = runner.run(inputs)
        holds(
            (found.returncode, found.stdout, runner.calls()), (2, f"::error title=ringfence::{expected}\n", []), inputs
        )
    for args, expected in SUMMARIES:
        found = runner.run({"ARGS": args, "SUMMARY": "true"}, RINGFENCE_OUTPUT_FILE="elsewhere")
        given = [["check", *args.split()], "elsewhere"]
        summary = [] if expected is None else [(["check", *SUMMARY, *expected], None)]
        holds(runner.calls(), [tuple(given), *summary], (args, found.stderr))
        holds(runner.summary.exists(), expected is not None, args)

    # The job ends as the run does, whatever becomes of the summary.
    for code in (0, 1, 2):
        holds(runner.run({"SUMMARY": "true"}, CODE=str(code)).returncode, code, code)
        holds(len(runner.calls()), 1 if code == 2 else 2, ("no summary of a run that could not be made", code))
    found = runner.run({"SUMMARY": "true"}, CODE="1", SUMMARY_CODE="2")
    said = "::warning title=ringfence::no summary was written: its run ended with 2\n"
    holds((found.returncode, found.stdout, runner.summary.exists()), (1, said, False), "a summary that fails")
    runner.run({"SUMMARY": "true"}, SAYS="a line\n", TIMES="400000")
    size = runner.summary.stat().st_size
    holds(999_000 < size < 1_001_000, True, ("a summary that is too long for GitHub", size))


class Api(http.server.BaseHTTPRequestHandler):
    """A stand-in for GitHub: comments, and what was asked of them."""

    comments: "list[dict]" = []
    asked: "list[tuple[str, str, str | None]]" = []
    code = 200

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length))["body"] if length else None
        Api.asked.append((self.command, self.path, body))
        holds(self.headers["Authorization"], "Bearer secret", "the token")
        page = int(self.path.rpartition("page=")[2]) if self.command == "GET" else 1
        found = Api.comments[(page - 1) * 100 : page * 100] if self.command == "GET" else {}
        text = json.dumps(found).encode()
        self.send_response(Api.code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


def try_diff(runner: Runner, folder: Path) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    event = folder / "event.json"
    inputs = {"DIFF": "true", "SUMMARY": "false", "TOKEN": "secret"}
    environment = {"GITHUB_EVENT_PATH": str(event), "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}"}
    diff = ["diff", "--quiet", "--output-format=markdown"]
    for found, expected in BASES:
        event.write_text(json.dumps(found if "pull_request" not in found else {**found, "pull_request": {**found["pull_request"], "head": {}}}))
        runner.run(inputs, **environment)
        holds([call[0] for call in runner.calls()], [["check"], [*diff, *expected]], found)
    runner.run({**inputs, "CONFIG": "a b.toml\nlayers=[]"}, **environment)
    holds(runner.calls()[1][0][3:], ["--config=a b.toml", "--config=layers=[]"], "the configs")

    def request(head: "str | None") -> None:
        sides = {"base": {"sha": "abc", "repo": {"full_name": "o/r"}}, "head": {"repo": head and {"full_name": head}}}
        event.write_text(json.dumps({"pull_request": {"number": 7, **sides}}))
        Api.asked.clear()

    place = "/repos/o/r/issues"
    marker = "<!-- ringfence diff -->"
    question = ("GET", f"{place}/7/comments?per_page=100&page=1", None)
    people = [{"id": 1, "user": {"type": "User"}, "body": marker}, {"id": 2, "user": {"type": "Bot"}, "body": None}]
    ours = {"id": 3, "user": {"type": "Bot"}, "body": f"{marker}\nold"}
    news = "## What changed\n\n"
    cases = [
        # Nothing to say, and nothing was ever said.
        ("o/r", people, "No change.", [question]),
        ("o/r", people, news, [question, ("POST", f"{place}/7/comments", f"{marker}\n{news}\n")]),
        ("o/r", [*people, ours], "No change.", [question, ("PATCH", f"{place}/comments/3", f"{marker}\nNo change.\n")]),
        ("o/r", [people[0]] * 100 + [ours], news, [question, ("GET", question[1][:-1] + "2", None), ("PATCH", f"{place}/comments/3", f"{marker}\n{news}\n")]),
        # Forks get a summary only.
        ("fork/r", [], news, []),
        (None, [], news, []),
    ]  # fmt: skip
    for head, comments, says, expected in cases:
        request(head)
        Api.comments = comments
        found = runner.run(inputs, SAYS=says, **environment)
        holds((Api.asked, found.returncode), (expected, 0), (head, says, found.stdout, found.stderr))
        holds(runner.summary.read_text(), says + "\n", "the summary")
    # It never decides how the job ends.
    request("o/r")
    Api.comments, Api.code = [], 403
    found = runner.run(inputs, SAYS=news, CODE="1", **environment)
    said = "the pull request got no comment: GitHub answered 403; the job needs `pull-requests: write`"
    holds((found.returncode, said in found.stdout), (1, True), found.stdout)
    Api.code = 200
    found = runner.run(inputs, SUMMARY_CODE="2", **environment)
    holds((found.returncode, "`fetch-depth: 0`" in found.stdout), (0, True), found.stdout)
    request("o/r")
    runner.run(inputs, SAYS="a line\n", TIMES="400000", **environment)
    holds(60_000 < len(Api.asked[1][2]) < 65_536, True, "a comment that is too long for GitHub")
    # Without being asked it says nothing.
    runner.run({"SUMMARY": "false", "TOKEN": "secret"}, **environment)
    holds([call[0] for call in runner.calls()], [["check"]], "no diff")
    server.shutdown()


def try_install(folder: Path) -> None:
    sys.path.insert(0, str(INSTALL.parent))
    import install

    own = re.search(r'(?m)^version = "(.+)"$', (ROOT / "Cargo.toml").read_text())[1]
    for version, expected in VERSIONS:
        try:
            found = install.requirement(version)
        except SystemExit as error:
            found = None
            holds(str(error).startswith("::error title=ringfence::`version`: "), True, (version, error))
        holds(found, expected and expected.replace("OWN", own), ("version", version))

    # A package index of one wheel, and a project full of traps.
    runner = Runner(folder)
    index = folder / "index"
    index.mkdir()
    wheel = "ringfence-7.0-py3-none-any.whl"
    import zipfile

    with zipfile.ZipFile(index / wheel, "w") as archive:
        archive.writestr("ringfence/__init__.py", "")
        about = "ringfence-7.0.dist-info"
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: ringfence\nVersion: 7.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    path = folder / "path"
    config = folder / "pip.conf"
    config.write_text(f"[global]\nno-index = true\nfind-links = {index}\n")
    found = subprocess.run(
        [sys.executable, "-I", str(INSTALL)],
        cwd=runner.workspace,
        env={
            "PATH": os.environ["PATH"], "HOME": str(folder / "home"), "RUNNER_TEMP": str(folder / "temp"),
            "GITHUB_PATH": str(path), "INPUT_VERSION": "7.0", "PYTHONPATH": str(runner.workspace),
            "PIP_CONFIG_FILE": str(config),
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    holds((found.returncode, found.stderr), (0, ""), found.stdout)
    holds(path.read_text(), f"{folder}/temp/ringfence/bin\n", "the PATH of later steps")
    holds((runner.workspace / "trap").exists(), False, "something of the project ran")


def try_declaration() -> None:
    """The inputs of `action.yml` reach the scripts, and nothing of an input reaches a shell."""
    declaration = (ROOT / "action.yml").read_text()
    inputs = re.findall(r"(?m)^  ([a-z-]+):$", declaration.split("\nruns:")[0].split("\ninputs:\n")[1])
    handed = dict(re.findall(r"(?m)^ +INPUT_([A-Z_]+): \$\{\{ inputs\.([a-z-]+) \}\}$", declaration))
    expected = {name.upper().replace("-", "_"): name for name in inputs if name != "path"}
    holds(handed, expected, "the inputs that are handed on")
    # The token has a default beside.
    holds(declaration.count("${{"), len(inputs) + 1, "every input is used once, in `env` or as the working directory")

    sys.path.insert(0, str(CHECK.parent))
    import check

    read = {"version", "path", "paths", "args", "summary", "diff", "token", *check.FLAGS, *check.VALUES, *check.LINES}
    holds(set(inputs), read, "the inputs that the scripts read")

    # Each option of `check` is decided upon.
    manual = (ROOT / "docs/command-line.md").read_text().split("\n## ringfence check\n")[1].split("\n## ")[0]
    options = set(re.findall(r"(?m)^ +(?:-[a-zA-Z], )?(--[a-z-]+)", manual))
    decided = [*check.KEPT, *check.LEFT_OUT_FLAGS, *check.LEFT_OUT_VALUES, *check.NO_SUMMARY]
    holds(sorted(options), sorted(decided), "the options of `ringfence check` that the summary decides upon")
    short = dict(re.findall(r"(?m)^ +-([a-zA-Z]), (--[a-z-]+)", manual))
    known = {letter for letter in short if short[letter] not in check.NO_SUMMARY}
    holds(known, set(check.SHORT_FLAGS + check.SHORT_VALUES), "the short options of `ringfence check`")


def try_versions() -> None:
    """What recipes pin is the release that they come with, and actions of others are pinned by commit."""
    own = re.search(r'(?m)^version = "(.+)"$', (ROOT / "Cargo.toml").read_text())[1]
    recipes = [ROOT / "docs/ci.md", *(ROOT / "templates").iterdir()]
    for path in recipes:
        text = path.read_text()
        pinned = re.findall(r"(?:ringfence==|ringfence/ringfence@v|ringfence/ringfence/v|rev: v)([0-9][^\s/\x22]*)", text)
        holds((set(pinned), len(pinned) > 0), ({own}, True), (path, "the version that is pinned"))
        holds(re.findall(r"pip install.*ringfence(?!==).*", text), [], (path, "no version is pinned"))
        holds(re.findall(r"ringfence/ringfence/main", text), [], (path, "no version is pinned"))
    for path in [*recipes, ROOT / "action.yml", *(ROOT / ".github/workflows").iterdir()]:
        used = re.findall(r"uses: (?!ringfence/|\$/)(.+)", path.read_text())
        loose = [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)]
        holds(loose, [], (path, "actions that are not pinned by commit, with their version"))


def try_demo(folder: Path, ringfence: Path) -> None:
    """The summary comes after the fixes, and makes none."""
    runner = Runner(folder, ringfence)
    shutil.rmtree(runner.workspace)
    shutil.copytree(ROOT / "resources/demo", runner.workspace)
    before = runner.run({"SUMMARY": "true"})
    holds(before.returncode, 1, before.stdout + before.stderr)
    unfixed = runner.summary.read_text()
    fixed = runner.run({"FIX": "true", "SUMMARY": "true"}, GITHUB_ACTIONS="true")
    holds(fixed.returncode, 1, fixed.stdout + fixed.stderr)
    holds("fixed" in (fixed.stdout + fixed.stderr).lower(), True, ("the run itself fixes", fixed.stdout, fixed.stderr))
    holds(runner.summary.read_text() != unfixed, True, "the summary tells what is left after the fixes")
    files = {path: path.read_bytes() for path in runner.workspace.rglob("*") if path.is_file()}
    for args in ("--diff", "--statistics", "--output-format json --output-file ../out.json", "--add-ignore=x --exit-zero"):
        found = runner.run({"ARGS": args, "SUMMARY": "true"})
        holds(found.returncode in (0, 1), True, (args, found.stderr))
        holds(runner.summary.read_text().startswith("#"), True, (args, "the summary is Markdown"))
        if "--add-ignore" not in args:
            holds({path: path.read_bytes() for path in files}, files, (args, "no file changes"))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        try_declaration()
        try_versions()
        try_check(Runner(folder / "check"))
        try_diff(Runner(folder / "diff"), folder)
        try_install(folder / "install")
        if len(sys.argv) > 1:
            try_demo(folder / "demo", Path(sys.argv[1]).resolve())
    print(f"the action: {passed} expectations hold")


main()
