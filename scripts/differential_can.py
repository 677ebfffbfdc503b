#!/usr/bin/env python3
"""Compares what `ringfence can A B` says with what `ringfence check` finds once the import is written, over random projects in the formats of
ringfence, Tach and import-linter.

usage: differential_can.py BINARY [--projects 200] [--first 1] [--kinds]

Project number n is the same in every run. For each two modules A and B of a project, `import B` is written at the top of A. These must hold, else
the project is printed and the script fails:

- `can A B` says no if and only if `check` has an error that it did not have before: one at the import, or one that is about something else (code,
  importer, imported, name, contract, members) than all that was found;
- a no names the code of such an error, and a chain is told where only others than the import are at fault;
- each statement that is proposed instead passes `check` in the same place.

Where a contract forbids the import by itself and is broken by another import already, `check` may report it once: such a no is counted apart. With
`--kinds` the import is also written in the form of each other kind.
"""

import argparse
import collections
import json
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MODULES = ["p.a", "p.a.inner", "p.b", "p.b._hidden", "p.b.api", "p.c", "p.c.deep.leaf", "p.d", "q", "q.x"]
KINDS = {
    "typing": "if TYPE_CHECKING:\n    import {}\n",
    "deferred": "def later():\n    import {}\n",
    "optional": "try:\n    import {}\nexcept ImportError:\n    pass\n",
    "conditional": "if __name__:\n    import {}\n",
    "dynamic": '__import__("{}")\n',
}
SEEN = collections.Counter()


def some(chance, values, most):
    return chance.sample(values, chance.randint(0, min(most, len(values))))


def native(chance):
    """A random `ringfence.toml`."""
    lines = []
    owners = ["p.a", "p.b", "p.c", "p.d", "q"]
    layers = chance.random() < 0.5
    if layers:
        lines.append(chance.choice(['layers = ["top", "middle", "low"]', 'layers = ["top", "middle | low"]']))
    if chance.random() < 0.3:
        lines.append("forbid-cycles = true")
    if chance.random() < 0.3:
        lines.append('kinds = ["runtime", "typing"]')
    if chance.random() < 0.2:
        lines.append('extend-select = ["RF204", "RF601"]')
    for owner in owners:
        if chance.random() < 0.2:
            continue
        lines.append(f'[modules."{owner}"]')
        others = [other for other in owners if other != owner]
        if layers and chance.random() < 0.7:
            lines.append(f'layer = "{chance.choice(["top", "middle", "low"])}"')
        if chance.random() < 0.6:
            lines.append(f"depends-on = {json.dumps(some(chance, others, 3))}")
        if chance.random() < 0.3:
            lines.append(f"forbids = {json.dumps(some(chance, others, 2))}")
        if chance.random() < 0.4:
            lines.append(f"exposes = {json.dumps(some(chance, ['api', 'api.*', 'Thing', 'inner.*'], 2))}")
        if chance.random() < 0.3:
            lines.append(f"visible-to = {json.dumps(some(chance, others, 3))}")
    for number in range(chance.randint(0, 2)):
        kind = chance.choice(["forbidden", "independent", "layers", "acyclic", "protected"])
        names = chance.sample(["p.a", "p.b", "p.c", "p.d", "q"], 3)
        lines.append("[[contracts]]")
        lines.append(f'name = "contract {number}"')
        lines.append(f'type = "{kind}"')
        if kind == "forbidden":
            lines += [f'from = ["{names[0]}"]', f'to = ["{names[1]}"]']
        elif kind == "independent":
            lines.append(f"modules = {json.dumps(names)}")
        elif kind == "layers":
            lines.append(f"layers = {json.dumps(names)}")
        elif kind == "acyclic":
            lines.append('modules = ["p"]')
        else:
            lines += [f'modules = ["{names[0]}"]', f'importers = ["{names[1]}"]']
    return "ringfence.toml", "\n".join(lines) + "\n"


def tach(chance):
    """A random `tach.toml`."""
    owners = ["p.a", "p.b", "p.c", "p.d", "q"]
    lines = ['source_roots = ["."]', 'exclude = []', f"forbid_circular_dependencies = {chance.choice(['true', 'false'])}"]
    layers = chance.random() < 0.5
    if layers:
        lines.append('layers = ["top", "low"]')
    for owner in owners:
        if chance.random() < 0.2:
            continue
        lines += ["[[modules]]", f'path = "{owner}"']
        others = [other for other in owners if other != owner]
        if chance.random() < 0.7:
            lines.append(f"depends_on = {json.dumps(some(chance, others, 3))}")
        if layers and chance.random() < 0.6:
            lines.append(f'layer = "{chance.choice(["top", "low"])}"')
        if chance.random() < 0.2:
            lines.append("utility = true")
        if chance.random() < 0.3:
            lines.append(f"visibility = {json.dumps(some(chance, others, 3))}")
    for owner in owners:
        if chance.random() < 0.25:
            lines += ["[[interfaces]]", f'expose = {json.dumps(some(chance, ["api", "Thing", "api.*"], 2))}', f'from = ["{owner}"]']
    return "tach.toml", "\n".join(lines) + "\n"


def import_linter(chance):
    """A random `.importlinter`."""
    lines = ["[importlinter]", "root_packages =", "    p", "    q"]
    if chance.random() < 0.3:
        lines.append("exclude_type_checking_imports = True")
    for number in range(chance.randint(1, 3)):
        names = chance.sample(["p.a", "p.b", "p.c", "p.d", "q.x"], 3)
        kind = chance.choice(["forbidden", "independence", "layers", "protected"])
        lines += [f"[importlinter:contract:{number}]", f"name = contract {number}", f"type = {kind}"]
        if kind == "forbidden":
            lines += ["source_modules =", f"    {names[0]}", "forbidden_modules =", f"    {names[1]}"]
            if chance.random() < 0.3:
                lines.append("allow_indirect_imports = True")
        elif kind == "independence":
            lines += ["modules =", *(f"    {name}" for name in names)]
        elif kind == "layers":
            lines += ["layers =", *(f"    {name}" for name in names)]
        else:
            lines += ["protected_modules =", f"    {names[0]}", "allowed_importers =", f"    {names[1]}"]
    return ".importlinter", "\n".join(lines) + "\n"


def path_of(module):
    packages = {"p", "p.a", "p.b", "p.c", "p.c.deep", "q"}
    parts = module.replace(".", "/")
    return f"{parts}/__init__.py" if module in packages else f"{parts}.py"


def project(number):
    """The config and the files of a project."""
    chance = random.Random(number)
    config, text = [native, tach, import_linter][number % 3](chance)
    files = {config: text}
    for module in ["p", "p.c.deep", *MODULES]:
        body = "Thing = 1\n" if chance.random() < 0.5 else ""
        files[path_of(module)] = body
    for _ in range(chance.randint(0, 6)):
        importer, imported = chance.sample(MODULES, 2)
        statement = chance.choice(
            ["import {}\n", "import {}\n", "from {} import Thing\n", "def use():\n    import {}\n"]
        )
        files[path_of(importer)] += statement.format(imported)
    return files


def run(binary, root, *arguments):
    answer = subprocess.run([binary, *arguments], cwd=root, capture_output=True, text=True, timeout=120)
    return answer.returncode, answer.stdout, answer.stderr


def check(binary, root):
    code, out, err = run(binary, root, "check", "-q", "--output-format", "json", "--ignore-baseline")
    if code == 2:
        raise ValueError(err)
    return [it for it in json.loads(out) if not it["code"].startswith("RF9")]


def about(finding):
    """What a finding is about, wherever it stands."""
    contract = finding.get("contract") or {}
    key = (finding["code"], contract.get("id"), contract.get("importer"), contract.get("imported"), tuple(finding.get("members") or ()))
    if contract or finding.get("members"):
        return key
    return (*key, finding["filename"], finding["importer"], finding["imported"], finding["member"])


def new_errors(before, after, path, rows):
    known = {about(finding) for finding in before}
    found = []
    for finding in after:
        is_own = finding["filename"].endswith("/" + path) and finding["location"]["row"] in rows
        if finding["severity"] == "error" and (is_own or about(finding) not in known):
            found.append(finding)
    return found


def compare(binary, number, with_kinds):
    """What differs in a project, and what was seen."""
    seen, wrong = collections.Counter(), []
    files = project(number)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        try:
            before = check(binary, root)
        except ValueError as error:
            seen["configs with mistakes"] += 1
            return seen, [f"{number}: {error}"] if "panicked" in str(error) else []
        forms = {"runtime": "import {}\n", **(KINDS if with_kinds else {})}
        for importer in MODULES:
            path = root / path_of(importer)
            original = path.read_text()
            for imported in MODULES:
                if imported == importer:
                    continue
                for kind, form in forms.items():
                    code, out, err = run(
                        binary, root, "can", "-q", "--output-format", "json", importer, imported, "--kind", kind
                    )
                    if code == 2:
                        wrong.append(f"{number}: {importer} {imported} {kind}: {err}")
                        continue
                    answer = json.loads(out)
                    path.write_text(form.format(imported) + original)
                    rows = range(1, form.count("\n") + 1)
                    errors = new_errors(before, check(binary, root), path_of(importer), rows)
                    path.write_text(original)
                    seen["pairs"] += 1
                    seen["no" if code else "yes"] += 1
                    denied = {it["code"] for it in answer["because"] if it["severity"] == "error"}
                    if code and not errors:
                        # By itself it breaks a contract that others break already.
                        broken = {it["code"] for it in before if it.get("contract")}
                        if denied <= broken:
                            seen["no, and broken already"] += 1
                            continue
                    if bool(code) != bool(errors) or (errors and not denied & {it["code"] for it in errors}):
                        wrong.append(
                            f"{number}: {importer} -> {imported} ({kind}): can says {code} {denied}, check finds "
                            f"{[(it['code'], it['message']) for it in errors]}"
                        )
                    if answer["by"] == "chain":
                        seen["chains"] += 1
                    for way in answer["instead"]:
                        if way["statement"] is None:
                            continue
                        seen["proposed"] += 1
                        path.write_text(way["statement"] + "\n" + original)
                        rows = range(1, way["statement"].count("\n") + 2)
                        bad = new_errors(before, check(binary, root), path_of(importer), rows)
                        path.write_text(original)
                        if bad:
                            wrong.append(f"{number}: {importer} -> {imported}: `{way['statement']}` is {bad[0]['code']}")
    return seen, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--projects", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--kinds", action="store_true")
    options = parser.parse_args()
    if shutil.which(options.binary) is None:
        sys.exit(f"there is no `{options.binary}`")
    failures = []
    numbers = range(options.first, options.first + options.projects)
    with ThreadPoolExecutor(2) as pool:
        for seen, wrong in pool.map(lambda number: compare(options.binary, number, options.kinds), numbers):
            SEEN.update(seen)
            failures += wrong
            for line in wrong[:3]:
                print(line, flush=True)
    print(f"{options.projects} projects: " + ", ".join(f"{count} {what}" for what, count in SEEN.most_common()))
    if failures:
        sys.exit(f"{len(failures)} answers are wrong")


if __name__ == "__main__":
    main()
