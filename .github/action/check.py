"""Runs `ringfence check` with what the inputs of the action say, and then writes the summary of the job.

The inputs come in `INPUT_...`, as text that is never handed to a shell. The summary is a second run that changes nothing: it comes
after the first, and leaves out whatever writes, prints something else than findings, or sends them elsewhere.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

# One flag each, `true` or `false`.
FLAGS = ["fix", "unsafe-fixes", "fix-config", "exit-non-zero-on-fix", "preview", "error-on-warning", "exit-zero"]
# One value each.
VALUES = ["since", "python", "locked-policy", "output-format", "output-file"]
# A value a line; where `check` takes a list, a line may be one, divided by commas.
LINES = ["config", "contract", "select", "extend-select", "ignore", "extend-exclude"]

# The options of `check` for the summary. `scripts/try_action.py` holds that each option of `check` is in one of these.
KEPT = [
    "--config", "--contract", "--isolated", "--extend-exclude", "--since", "--staged", "--python", "--threads", "--all-chains",
    "--select", "--extend-select", "--ignore", "--per-file-ignores", "--extend-per-file-ignores", "--fixable", "--unfixable",
    "--preview", "--ignore-baseline", "--error-on-warning",
]  # fmt: skip
LEFT_OUT_FLAGS = [
    "--fix", "--unsafe-fixes", "--fix-config", "--fix-only", "--exit-non-zero-on-fix", "--diff", "--add-ignore", "--statistics",
    "--quiet", "--verbose", "--exit-zero",
]  # fmt: skip
LEFT_OUT_VALUES = ["--output-format", "--output-file", "--color", "--locked-policy"]
# With these `check` does not print findings of the project, or takes a file from standard input.
NO_SUMMARY = ["--help", "--show-settings", "--show-files", "--stdin-filename"]
SHORT_FLAGS = "qve"
SHORT_VALUES = "o"

# GitHub takes no more than 1 MiB a step.
LARGEST_SUMMARY = 1_000_000


def fail(message: str) -> None:
    print(f"::error title=ringfence::{message}", flush=True)
    sys.exit(2)


def text(name: str) -> str:
    return os.environ.get("INPUT_" + name.upper().replace("-", "_"), "").strip()


def flag(name: str) -> bool:
    value = text(name).lower() or "false"
    if value not in ("true", "false"):
        fail(f"`{name}` is `true` or `false`, not {value!a}")
    return value == "true"


def lines(name: str) -> "list[str]":
    return [line.strip() for line in text(name).splitlines() if line.strip()]


def split(args: str) -> "list[str]":
    """As a shell splits words: quotes, backslashes, newlines, comments. Nothing is expanded and nothing is run."""
    try:
        return shlex.split(args, comments=True)
    except ValueError as error:
        reason = {"No closing quotation": "a quote is not closed", "No escaped character": "it ends with a backslash"}
        fail(f"`args` cannot be split into words: {reason.get(str(error), str(error))}")
        raise


def arguments() -> "list[str]":
    """What `ringfence check` is given."""
    found = [f"--{name}" for name in FLAGS if flag(name)]
    for name in VALUES:
        if len(lines(name)) > 1:
            fail(f"`{name}` is one line, not {len(lines(name))}")
        found += [f"--{name}={value}" for value in lines(name)]
    for name in LINES:
        found += [f"--{name}={value}" for value in lines(name)]
    found += split(text("args"))
    paths = lines("paths")
    if paths:
        found += paths if "--" in found else ["--", *paths]
    return found


def for_summary(given: "list[str]") -> "list[str] | None":
    """The same run without what it writes and how it prints; None where that prints no findings."""
    kept = ["--quiet", "--exit-zero", "--color=never", "--output-format=markdown"]
    rest = iter(given)
    for word in rest:
        if word == "--":
            return [*kept, word, *rest]
        if word == "-":
            return None
        name, equals, _ = word.partition("=")
        if not word.startswith("-"):
            kept.append(word)
        elif not word.startswith("--"):
            letters = word[1:]
            while letters and letters[0] in SHORT_FLAGS:
                letters = letters[1:]
            if letters and letters[0] in SHORT_VALUES:
                if len(letters) == 1:
                    next(rest, None)
            elif letters:
                return None
        elif name in NO_SUMMARY:
            return None
        elif name in LEFT_OUT_VALUES:
            if not equals:
                next(rest, None)
        elif name in LEFT_OUT_FLAGS:
            pass
        else:
            kept.append(word)
    return kept


def write_summary(ringfence: str, given: "list[str]") -> None:
    words = for_summary(given)
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if words is None or not path:
        return
    elsewhere = ("RINGFENCE_OUTPUT_FILE", "RINGFENCE_OUTPUT_FORMAT")
    environment = {name: value for name, value in os.environ.items() if name not in elsewhere}
    run = subprocess.run(
        [ringfence, "check", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment, check=False
    )
    if run.returncode != 0:
        print(f"::warning title=ringfence::no summary was written: its run ended with {run.returncode}", flush=True)
        return
    written = run.stdout
    if len(written) > LARGEST_SUMMARY:
        written = written[: written.rfind(b"\n", 0, LARGEST_SUMMARY) + 1]
        written += b"\n... and more: the log has everything.\n"
    with open(path, "ab") as summary:
        summary.write(written)


def main() -> None:
    given = arguments()
    wants_summary, wants_diff = flag("summary"), flag("diff")
    # Beside this interpreter, where `install.py` put it: looked for on the PATH, it could be a file of the project.
    ringfence = str(Path(sys.executable).parent / "ringfence")
    # The token is for the comment alone.
    token = os.environ.pop("INPUT_TOKEN", "")
    code = subprocess.run([ringfence, "check", *given], stdin=subprocess.DEVNULL, check=False).returncode
    if wants_summary and code in (0, 1):
        write_summary(ringfence, given)
    if wants_diff:
        # What it does not find out changes nothing of how the job ends.
        script = str(Path(__file__).with_name("diff.py"))
        environment = {**os.environ, "INPUT_TOKEN": token}
        subprocess.run([sys.executable, "-I", script], stdin=subprocess.DEVNULL, env=environment, check=False)
    sys.exit(code if code >= 0 else 2)


if __name__ == "__main__":
    main()
