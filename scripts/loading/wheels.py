"""The list of wheels, their environments, and the modules of each distribution."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath

LIST = Path(__file__).parent.parent / "loading_wheels.txt"
TESTS = {"test", "tests", "_tests", "testing", "conftest"}


class Place:
    """The folder of the work, for one Python."""

    def __init__(self, work: Path, python: str) -> None:
        self.work = work
        self.python = python
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        self.version = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
        self.truth = work / f"truth-{self.version}.jsonl"
        self.bases = work / f"bases-{self.version}.json"
        self.answers = work / f"answers-{self.version}"

    def environment(self, group: str) -> Path:
        return self.work / self.version.replace(".", "") / group

    def interpreter(self, group: str) -> Path:
        return self.environment(group) / "bin" / "python"

    def site(self, group: str) -> Path:
        return self.environment(group) / "lib" / f"python{self.version}" / "site-packages"

    def answered(self) -> Iterator[dict]:
        """What CPython did, an answer a module: the last one, and of the version that is installed."""
        if not self.truth.exists():
            return
        there = {one.name: (one.group, one.version) for one in distributions(self)}
        with self.truth.open() as lines:
            last = {line.partition(', "works"')[0]: number for number, line in enumerate(lines) if line.endswith("\n")}
        wanted = set(last.values())
        with self.truth.open() as lines:
            for number, line in enumerate(lines):
                if number in wanted:
                    answer = json.loads(line)
                    if there.get(answer["distribution"]) == (answer["group"], answer["version"]):
                        yield answer


def groups() -> dict[str, list[str]]:
    """Requirements (`name==version`) by group, in the order of the list."""
    found: dict[str, list[str]] = {}
    for line in LIST.read_text().splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("["):
            found[line.strip("[]")] = []
        elif line:
            found[list(found)[-1]].append(line)
    return found


def install(place: Place, only: list[str]) -> int:
    failed = 0
    for group, requirements in groups().items():
        if only and group not in only:
            continue
        environment = place.environment(group)
        if not environment.exists():
            subprocess.run([place.python, "-m", "venv", "--without-pip", environment], check=True)
        pip = [place.python, "-m", "pip", "--python", place.interpreter(group), "install", "--quiet"]
        pip += ["--no-deps", "--only-binary", ":all:"]
        done = subprocess.run([*pip, *requirements])
        if done.returncode:
            # One that has no wheel for this Python must not keep the others out.
            for requirement in requirements:
                if subprocess.run([*pip, requirement]).returncode:
                    print(f"{group}: {requirement} is not installed")
                    failed += 1
        print(f"{group}: {len(requirements)} distributions")
    return 1 if failed else 0


@dataclass
class Distribution:
    name: str
    version: str
    group: str
    site: Path
    #: Its files that are importable, relative to site-packages.
    files: list[PurePosixPath]
    #: Its modules of Python code, in the order in which they are asked.
    modules: list[str]


def is_test(module: str) -> bool:
    return any(part in TESTS or part.startswith("test_") for part in module.split("."))


def _module(path: PurePosixPath) -> str | None:
    """The name under which a file is imported; nothing for what is no module, or a script."""
    if path.suffix != ".py" or path.parts[0] == "..":
        return None
    parts = list(path.with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    if not parts or not all(part.isidentifier() for part in parts):
        return None
    if parts[-1] in ("__main__", "conftest", "setup", "manage") or parts[0] in ("tests", "test"):
        return None
    return ".".join(parts)


def _turn(module: str) -> tuple[bool, bool, bytes]:
    """Sorts so that any number of the first ones is an even choice: what is at the top first, tests last."""
    return is_test(module), "." in module, hashlib.sha256(module.encode()).digest()


def distributions(place: Place) -> Iterator[Distribution]:
    """Each distribution once, in the first group that has it."""
    seen = set()
    for group in groups():
        site = place.site(group)
        for found in sorted(metadata.distributions(path=[str(site)]), key=lambda one: one.metadata["Name"].lower()):
            name = found.metadata["Name"].lower().replace("_", "-")
            if name in seen:
                continue
            seen.add(name)
            files = [PurePosixPath(file) for file in found.files or () if "__pycache__" not in file.parts]
            files = [file for file in files if file.parts[0] != ".." and not file.is_absolute()]
            modules = {module for file in files if (module := _module(file)) and (site / file).is_file()}
            yield Distribution(name, found.version, group, site, files, sorted(modules, key=_turn))
