#!/usr/bin/env python3
"""Compares ringfence with the real Tach over random projects, or over a real one.

usage: differential_tach.py BINARY [--projects N] [--first K] [--keep FOLDER] [--tree FOLDER] [--sync | --migrate]

Run it with the Python of an environment that has tach 0.35.3. Project number n is the same in every run. These must hold, else
the project is printed and the script fails:

- every located finding of Tach's is one of ringfence's: the same file, line and code, as often;
- what ringfence finds beside is a warning;
- both pass, or both fail; where Tach gives up the run, ringfence fails.

With `--sync` each project is synced by ringfence; then Tach must miss no declaration, and a second run change nothing.

With `--migrate` each is migrated by ringfence, which must find no difference between the two configs that it cannot explain.

With `--tree` the project in that folder is compared as it is, and with every `depends_on` emptied. The folder is not
changed.
"""

import argparse
import collections
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tach import extension
from tach.parsing import parse_project_config

CODES = {
    "UndeclaredDependency": "RF101",
    "ForbiddenDependency": "RF102",
    "DeprecatedDependency": "RF103",
    "PrivateDependency": "RF201",
    "InvalidDataTypeExport": "RF202",
    "LayerViolation": "RF301",
    "ClosedLayerViolation": "RF302",
    "UnusedIgnoreDirective": "RF901",
    "MissingIgnoreDirectiveReason": "RF902",
}


SEEN = collections.Counter()
# Tach forgets a `tach-ignore` at a line on which another import is of no interest to it; ringfence does not.
FORGOTTEN = collections.Counter()


def has_ignore(root: Path, entry: dict) -> bool:
    """Whether a `tach-ignore` stands at a finding of Tach's."""
    lines = (root / entry["file_path"]).read_text(errors="replace").splitlines()
    places = {entry["line_number"], entry["original_line_number"] or entry["line_number"]}
    return any("tach-ignore" in line for at in places for line in lines[max(at - 2, 0) : at])


def tach(root: Path) -> tuple[collections.Counter, bool, str | None]:
    """The located findings, whether the run fails, and why it was given up."""
    try:
        config = parse_project_config(root)
        found = extension.check(project_root=root, project_config=config, dependencies=True, interfaces=True)
    except BaseException as error:  # a panic is no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        pairs = getattr(error, "visibility_errors", [])
        if pairs and all(one == other or "<root>" in (one, other) or "." in (one, other) for one, other, _ in pairs):
            # A module that must not see itself, or code that is not looked at, is no reason to give up.
            return collections.Counter(), False, "nothing"
        return collections.Counter(), True, f"{type(error).__name__}: {error}"
    answer = json.loads(extension.serialize_diagnostics_json(found, pretty_print=False))
    located = collections.Counter()
    for entry in answer:
        if "Located" in entry:
            entry = entry["Located"]
            kind = next(iter(entry["details"].get("Code", {"": None})))
            if kind in CODES:
                key = (entry["file_path"], entry["line_number"], CODES[kind])
                located[key] += 1
                FORGOTTEN[key] += CODES[kind] < "RF9" and has_ignore(root, entry)
    return located, any(diagnostic.is_error() for diagnostic in found), None


def ringfence(binary: str, root: Path) -> tuple[list[dict], int, str]:
    command = [binary, "check", "-q", "--output-format", "json", "--extend-select", "RF900", "--ignore", "RF110"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    found = json.loads(run.stdout) if run.stdout.strip() else []
    return found, run.returncode, run.stderr


def differences(binary: str, root: Path) -> list[str]:
    FORGOTTEN.clear()
    wanted, fails, given_up = tach(root)
    found, code, stderr = ringfence(binary, root)
    if code not in (0, 1, 2) or "panicked" in stderr:
        return [f"ringfence: exit {code}: {stderr[-500:]}"]
    if given_up == "nothing":
        return []
    if given_up:
        return [] if code != 0 else [f"tach gives up ({given_up}), ringfence passes"]
    if code == 2:
        return [f"ringfence cannot run: {stderr[-500:]}"]
    mine = collections.Counter()
    warnings = collections.Counter()
    for finding in found:
        if finding["code"] in CODES.values():
            path = str(Path(finding["filename"]).relative_to(root))
            key = (path, finding["location"]["row"], finding["code"])
            mine[key] += 1
            warnings[key] += finding["severity"] == "warning"
    lacks = wanted - mine
    if re.search("visibility|cannot_depend_on", (root / "tach.toml").read_text()):
        # A comment is used by an RF104, or by an RF102 that layers or a utility hide from Tach.
        lacks = collections.Counter({key: count for key, count in lacks.items() if key[2] != "RF901"})
    differ = [f"missing {key}" for key in (lacks - FORGOTTEN).elements()]
    forgotten = sum((lacks & FORGOTTEN).values())
    SEEN["forgotten"] += forgotten
    more = mine - wanted
    differ += [f"more {key}" for key in more.elements() if warnings[key] < more[key]]
    if fails != (code == 1) and not forgotten:
        differ.append(f"tach {'fails' if fails else 'passes'}, ringfence exits {code}")
    return differ


NAMES = ["a", "b", "c", "lib", "lib.x", "lib.y", "lib.x.z", "p.q", "p.q.r", "p.s", "ns.m", "ns.k.n"]
MEMBERS = ["get", "Thing", "api", "helper", "_private", "api.call"]


def project(root: Path, dice: random.Random) -> None:
    """A project of a few modules, and a config that uses some of the keys."""
    names = dice.sample(NAMES, dice.randint(4, len(NAMES)))
    source = root / dice.choice(["", "", "src"])
    files: dict[str, str] = {}
    packages = {name for name in names if any(other.startswith(name + ".") for other in names)}
    for name in names:
        is_package = name in packages or dice.random() < 0.4
        path = name.replace(".", "/") + ("/__init__.py" if is_package else ".py")
        files[path] = ""
        for parent in name.split(".")[:-1]:
            if parent not in ("ns", "k"):
                init = name[: name.index(parent) + len(parent)].replace(".", "/") + "/__init__.py"
                if not any(other.replace(".", "/") + ".py" == init for other in names):
                    files.setdefault(init, "")
        if is_package and dice.random() < 0.5:
            files[path.replace("__init__", "api")] = ""
    if dice.random() < 0.5:
        files["main.py"] = ""
    if dice.random() < 0.3:
        files["scripts/run.py"] = ""
    for path in files:
        files[path] = text(path, names, dice)
    for path, content in files.items():
        target = source / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    (root / "tach.toml").write_text(config(names, source != root, dice))
    if dice.random() < 0.2:
        (root / "pyproject.toml").write_text('[project]\nname = "project"\n')


def add_strings(root: Path, dice: random.Random) -> None:
    """In some projects strings are imports, and the files have some."""
    if dice.random() > 0.15:
        return
    config = root / "tach.toml"
    config.write_text("include_string_imports = true\n" + config.read_text())
    for path in sorted(root.rglob("*.py")):
        named = [f"{dice.choice(NAMES)}.{dice.choice(MEMBERS)}" for _ in range(dice.randint(0, 3))]
        path.write_text(path.read_text() + "".join(f'{name.replace(".", "_")} = "{name}"\n' for name in named))


def text(path: str, names: list[str], dice: random.Random) -> str:
    lines: list[str] = []
    for _ in range(dice.randint(0, 5)):
        statement = an_import(path, names, dice)
        comment = dice.choice([""] * 6 + ["  # tach-ignore", "  # tach-ignore(why)", "  # tach-ignore get"])
        above = dice.choice([None] * 6 + ["# tach-ignore", "# tach-ignore(old) Thing"]) if not comment else None
        form = dice.choice(["plain"] * 6 + ["function", "try", "guard", "class", "if", "with"])
        indent = "" if form == "plain" else "    "
        head = {
            "plain": [],
            "function": ["def f():"],
            "class": ["class C:"],
            "try": ["try:"],
            "if": ["if x:"],
            "with": ["with x:"],
            "guard": ["import typing", "if typing.TYPE_CHECKING:"],
        }[form]
        lines += head
        if above:
            lines.append(indent + above)
        if "\n" in statement:
            first, *rest = statement.split("\n")
            lines.append(indent + first + comment)
            lines += rest
        else:
            lines.append(indent + statement + comment)
        if form == "try":
            lines += ["except ImportError:", "    pass"]
    return "\n".join(lines) + "\n" if lines else ""


def an_import(path: str, names: list[str], dice: random.Random) -> str:
    name = dice.choice(names + ["os", "json", "main", "nope", "p", "lib"])
    members = dice.sample(MEMBERS[:5], dice.randint(1, 3))
    form = dice.randint(0, 6)
    if form == 0:
        return f"import {name}"
    if form == 1:
        return f"import {name} as other"
    if form == 2:
        return f"from {name} import *" if dice.random() < 0.3 else f"from {name} import {members[0]} as z"
    if form == 3 and len(members) > 1:
        return f"from {name} import (\n    " + ",\n    ".join(members) + ",\n)"
    if form == 4:
        return f"import {name}.{dice.choice(MEMBERS)}"
    if form == 5:
        dots = "." * dice.randint(1, 2)
        return f"from {dots} import {dice.choice(['x', 'api', 'm', 'q'])}"
    return f"from {name} import {', '.join(members)}"


def config(names: list[str], in_src: bool, dice: random.Random) -> str:
    often = lambda chance: dice.random() < chance
    lines = []
    if in_src:
        lines.append('source_roots = ["src"]')
    layers = ["top", "mid", "low"]
    has_layers = often(0.35)
    if has_layers:
        spelled = [f'{{ name = "{it}", closed = true }}' if often(0.2) else f'"{it}"' for it in layers]
        lines.append(f"layers = [{', '.join(spelled)}]")
        if often(0.4):
            lines.append("layers_explicit_depends_on = true")
    if often(0.4):
        lines.append(f'root_module = "{dice.choice(["allow", "ignore", "forbid", "dependenciesonly"])}"')
    if often(0.2):
        lines.append("ignore_type_checking_imports = false")
    if often(0.3):
        excluded = dice.choice(["**/api.py", "scripts", "p/q", "lib/x/", "c.py", "**/tests", "*.gen.py", "lib/**"])
        lines.append(f'exclude = ["{excluded}"]')
    if often(0.25):
        level = lambda: dice.choice(["error", "warn", "off"])
        lines.append("[rules]")
        if often(0.5):
            lines.append(f'unused_ignore_directives = "{dice.choice(["error", "warn"])}"')
        if often(0.5):
            lines.append(f'require_ignore_directive_reasons = "{level()}"')
        if often(0.5):
            lines.append(f'local_imports = "{level()}"')
    paths = dice.sample(names, dice.randint(2, len(names)))
    paths.sort(key=lambda it: (it.count("."), it))
    if often(0.2):
        paths.insert(0, dice.choice(["lib.*", "lib.**", "p.*", "*", "{a,b}", "**.x", "ns.**"]))
    if often(0.15):
        paths.append("<root>")
    if often(0.1):
        paths.append("gone.module")
    patterns = ["lib.*", "lib.**", "p.**", "*", "**", "p.{q,s}", "**.x"]
    for path in paths:
        lines += ["[[modules]]", f'path = "{path}"']
        if often(0.85):
            entries = dice.sample(names, dice.randint(0, min(4, len(names))))
            entries += [dice.choice(patterns)] if often(0.2) else []
            entries += ["<root>"] if often(0.15) else []
            spelled = [f'{{ path = "{it}", deprecated = true }}' if often(0.1) else f'"{it}"' for it in entries]
            lines.append(f"depends_on = [{', '.join(spelled)}]")
        if often(0.15):
            lines.append(f'cannot_depend_on = ["{dice.choice(names + patterns)}"]')
        if has_layers and often(0.6):
            lines.append(f'layer = "{dice.choice(layers * 6 + ["typo"])}"')
        if often(0.1):
            lines.append("utility = true")
        if often(0.08):
            lines.append("unchecked = true")
        if often(0.05) and not any(it in path for it in "*{"):
            lines.append(f'visibility = ["{dice.choice(names + ["*", "lib.*"])}"]')
    for _ in range(dice.choice([0, 0, 0, 1, 2])):
        lines.append("[[interfaces]]")
        exposed = dice.sample(["get", "Thing", "api", "api.*", "T.*", "get.*", "_.*", "helper"], dice.randint(0, 3))
        lines.append(f"expose = {json.dumps(exposed)}")
        if often(0.7):
            lines.append(f"from = {json.dumps([dice.choice(names + ['lib.*', 'p', '.*'])])}")
        if often(0.25):
            lines.append(f"visibility = {json.dumps(dice.sample(names, 2))}")
        if often(0.2):
            lines.append("exclusive = true")
    return "\n".join(lines) + "\n"


def compare_tree(binary: str, tree: Path) -> int:
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "tree"
        shutil.copytree(tree, root, symlinks=True, ignore=shutil.ignore_patterns(".git", "node_modules"))
        emptied = [*root.rglob("tach.toml"), *root.rglob("tach.domain.toml")]
        for label in ("as it is", "depends_on emptied"):
            if label != "as it is":
                for path in emptied:
                    content = re.sub(r"(?m)^(\s*depends_on\s*=\s*)\[[^\]]*\]", r"\1[]", path.read_text())
                    path.write_text(content)
            began = time.perf_counter()
            wanted, fails, given_up = tach(root)
            middle = time.perf_counter()
            found, code, _ = ringfence(binary, root)
            end = time.perf_counter()
            differ = differences(binary, root)
            more = sum(1 for it in found if it["code"] in CODES.values()) - sum(wanted.values())
            print(
                f"{label}: tach {given_up or sum(wanted.values())} findings ({'fails' if fails else 'passes'}, "
                f"{middle - began:.2f} s), ringfence {len(found)} (exit {code}, {end - middle:.2f} s, {more} more), "
                f"{len(differ)} differ"
            )
            for line in differ[:20]:
                print("   ", line)
            failures += bool(differ)
    return failures


def sync_differences(binary: str, root: Path) -> list[str]:
    """What is not as it should be after `ringfence sync`: Tach misses a declaration, or a second run changes something."""
    config = root / "tach.toml"
    run = subprocess.run([binary, "sync", "-q"], cwd=root, capture_output=True, text=True)
    if run.returncode != 0:
        return [f"sync: exit {run.returncode}: {run.stderr[-300:]}"]
    synced = config.read_text()
    again = subprocess.run([binary, "sync", "-q", "--check"], cwd=root, capture_output=True, text=True)
    differ = [] if again.returncode == 0 else ["a second sync changes something"]
    if "<root>" in synced or "root_module" in synced:
        return differ
    wanted, _, given_up = tach(root)
    if given_up:
        return differ
    left = collections.Counter({key: count for key, count in wanted.items() if key[2] == "RF101"})
    return differ + [f"undeclared {key}" for key in (left - FORGOTTEN).elements()]


def migrate_differences(binary: str, root: Path) -> list[str]:
    """Whether `ringfence migrate` found a difference that it cannot explain, or wrote a config that is not right."""
    run = subprocess.run([binary, "migrate"], cwd=root, capture_output=True, text=True)
    refused = [line for line in run.stderr.splitlines() if "cannot say" in line]
    if run.returncode == 1 and refused:
        SEEN["not to be said"] += 1
        return []
    if run.returncode == 2:
        return [] if "mistake" in run.stderr else [f"migrate: {run.stderr[-300:]}"]
    SEEN["migrated"] += 1
    if run.returncode != 0:
        return [line for line in run.stderr.splitlines() if "no reason" in line] or [run.stderr[-300:]]
    found, code, stderr = ringfence(binary, root)
    return [] if code in (0, 1) else [f"the new config: {stderr[-300:]}"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--projects", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--sync", action="store_true")
    parser.add_argument("--migrate", action="store_true")
    arguments = parser.parse_args()
    binary = str(Path(arguments.binary).resolve())
    if arguments.tree:
        sys.exit(compare_tree(binary, arguments.tree.resolve()))
    failed = findings = given_up = 0
    for number in range(arguments.first, arguments.first + arguments.projects):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            project(root, random.Random(number))
            add_strings(root, random.Random(-1 - number))
            wanted, _, gave_up = tach(root)
            compare = sync_differences if arguments.sync else migrate_differences if arguments.migrate else differences
            differ = compare(binary, root)
            findings += sum(wanted.values())
            given_up += gave_up is not None
            if differ:
                failed += 1
                print(f"project {number}:")
                for line in differ[:10]:
                    print("   ", line)
                if arguments.keep:
                    shutil.copytree(root, arguments.keep / str(number), dirs_exist_ok=True)
    print(
        f"{arguments.projects} projects, {findings} findings of Tach's, {given_up} runs that Tach gave up, "
        + (f"{SEEN['migrated']} migrated, {SEEN['not to be said']} that cannot be, " if arguments.migrate else "")
        + f"{SEEN['forgotten']} findings at a `tach-ignore` that Tach forgets, {failed} that differ"
    )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
