"""Installs the wheel into an environment of its own, and puts it on the PATH of the steps that follow.

Nothing of the checked out project is run: Python is called with `-I`, so no module of the working directory stands for one of
Python's own, and only wheels are installed, which are unpacked and not built.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def requirement(wanted: str) -> str:
    """What pip is asked for: the release that this action belongs to, if nothing else is wanted."""
    wanted = wanted.strip()
    if not wanted:
        manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
        version = re.search(r'(?ms)^\[workspace\.package\]$.*?^version = "([^"]+)"$', manifest)
        if version is None:
            sys.exit("::error title=ringfence::the action does not know its version; give one as `version`")
        return f"ringfence=={version[1]}"
    if wanted == "latest":
        return "ringfence"
    if re.fullmatch(r"[0-9][0-9A-Za-z.+!]*", wanted):
        return f"ringfence=={wanted}"
    clause = r"(?:===?|~=|!=|<=?|>=?) *[0-9][0-9A-Za-z.+!*]*"
    if re.fullmatch(rf"{clause}(?: *, *{clause})*", wanted):
        return f"ringfence{wanted}"
    sys.exit(f"::error title=ringfence::`version`: {wanted!a} is no version, no PEP 440 specifier, and not `latest`")


def main() -> None:
    wanted = requirement(os.environ.get("INPUT_VERSION", ""))
    environment = Path(os.environ["RUNNER_TEMP"]) / "ringfence"
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([sys.executable, "-I", "-m", "venv", str(environment)], check=True)
    pip = [str(scripts / "python"), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--only-binary=:all:", "--no-deps", wanted], check=True)
    with open(os.environ["GITHUB_PATH"], "a", encoding="utf-8") as path:
        path.write(f"{scripts}\n")


if __name__ == "__main__":
    main()
