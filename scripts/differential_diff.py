#!/usr/bin/env python3
"""Compares `ringfence diff` with what cold runs in two checkouts say, over random histories.

usage: differential_diff.py BINARY [--histories N] [--first K] [--pairs N] [--keep FOLDER]

History number n is the same in every run: a repository of a few commits that add, change, move and remove files, edit configs (native,
Tach's or import-linter's, some with configs below) and merge branches. Of random pairs of revisions, and of revisions and the working
tree, these must be equal, else the pair is printed and the script fails:

- edges between boundary modules, cycles, modules, externals: with `ringfence graph`;
- findings: with `ringfence check`, as far as they are about the same;
- contracts: with `ringfence contracts`; checked files: with `ringfence check --show-files`;
- pairs that are newly allowed or forbidden: with `ringfence check` of each import by itself, in a copy whose files are empty;
- comments that suppress: with what stands in the files.
"""

import argparse
import collections
import hashlib
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAMES = ["web", "orders", "storage", "billing", "legacy", "core"]
EXTERNALS = ["requests", "yaml", "django.db", "os", "json"]
KINDS = ["typing", "deferred", "lazy", "optional"]
SEEN = collections.Counter()
# What no import by itself brings about.
NOT_OF_IMPORTS = {"RF110", "RF401", "RF402"}
GIT = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "core.autocrlf=false"]


def git(root, *arguments, check=True):
    result = subprocess.run([*GIT, *arguments], cwd=root, capture_output=True)
    if check and result.returncode:
        raise RuntimeError(f"git {arguments}: {result.stderr.decode(errors='replace')}")
    return result.stdout.decode(errors="replace").strip()


class Tool:
    def __init__(self, binary):
        self.binary = str(Path(binary).resolve())

    def run(self, root, *arguments, stdin=None):
        command = [self.binary, *arguments]
        result = subprocess.run(command, cwd=root, capture_output=True, input=stdin, timeout=120)
        if result.returncode > 2 or b"panicked" in result.stderr:
            raise RuntimeError(f"{command} in {root}: {result.stderr.decode(errors='replace')}")
        return result

    def json(self, root, *arguments, stdin=None):
        result = self.run(root, *arguments, stdin=stdin)
        if result.returncode == 2:
            return None
        return json.loads(result.stdout)


# --- histories -------------------------------------------------------------------------------------------------------


class History:
    """A repository in the making."""

    def __init__(self, root, number):
        self.root, self.random = root, random.Random(number)
        self.dialect = self.random.choice(["native", "native", "tach", "import-linter"])
        self.prefix = self.random.choice(["", "", "src/"]) if self.dialect != "import-linter" else ""
        git(root, "init", "-q", "-b", "main")
        for name in NAMES:
            self.write(f"shop/{name}/__init__.py", self.source())
            self.write(f"shop/{name}/{self.random.choice('xyz')}.py", self.source())
        self.write("shop/__init__.py", "")
        self.config()
        self.commit()

    def path(self, path):
        return self.root / (self.prefix + path)

    def write(self, path, text):
        path = self.path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def modules(self):
        files = sorted(self.path("").rglob("*.py"))
        return [file for file in files if ".git" not in file.parts]

    def target(self):
        pick = self.random
        name = f"shop.{pick.choice(NAMES)}"
        return pick.choice([name, name, f"{name}.{pick.choice('xyz')}", *EXTERNALS[:2]])

    def statement(self):
        pick, target = self.random, self.target()
        head, _, last = target.rpartition(".")
        written = pick.choice([f"import {target}", f"from {head} import {last}" if head else f"import {target}"])
        written = pick.choice([written, f"from {target} import Thing"])
        if pick.random() < 0.15:
            written += pick.choice(["  # ringfence: ignore[RF101] for now", "  # noqa: RF201", "  # tach-ignore(why)"])
        kind = pick.choice(["runtime"] * 6 + KINDS)
        if kind == "typing":
            return f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    {written}"
        if kind == "deferred":
            return f"def use{pick.randrange(9)}():\n    {written}"
        if kind == "optional":
            return f"try:\n    {written}\nexcept ImportError:\n    pass"
        return written

    def source(self):
        lines = [self.statement() for _ in range(self.random.choice([0, 1, 1, 2, 3]))]
        lines.append(f"VALUE = {self.random.randrange(10**6)}")
        return "\n".join(lines) + "\n"

    def some(self, names, chance=0.4):
        return [name for name in names if self.random.random() < chance]

    def native(self, package="shop", names=NAMES):
        pick = self.random
        lines = []
        if self.prefix and package == "shop":
            lines.append('source-roots = ["src"]')
        if pick.random() < 0.2:
            lines.append(f'ignore = ["{pick.choice(["RF101", "RF201", "RF104"])}"]')
        if pick.random() < 0.2:
            lines.append(f'extend-exclude = ["**/{pick.choice(names)}"]')
        if pick.random() < 0.2:
            lines.append("forbid-cycles = true")
        layered = pick.random() < 0.4
        if layered:
            lines.append(pick.choice(['layers = ["top", "middle", "low"]', 'layers = ["top", "middle | low"]']))
        tables = []
        if pick.random() < 0.25:
            path = f"{self.prefix}{package}/{pick.choice(names)}/__init__.py"
            tables.append(f'[per-file-ignores]\n"{path}" = ["{pick.choice(["RF101", "RF104", "RF301"])}"]')
        if pick.random() < 0.15:
            tables.append(f'[severity]\nRF101 = "{pick.choice(["warning", "error"])}"')
        for name in self.some(names, 0.8):
            table = [f'[modules."{package}.{name}"]']
            others = [other for other in names if other != name]
            forbidden = pick.choice(others) if pick.random() < 0.2 else None
            if pick.random() < 0.6:
                entries = [f'"{package}.{other}"' for other in self.some(others) if other != forbidden]
                if entries and pick.random() < 0.15:
                    entries[0] = f'{{ module = {entries[0]}, deprecated = true }}'
                table.append(f"depends-on = [{', '.join(entries)}]")
            if forbidden:
                table.append(f'forbids = ["{package}.{forbidden}"]')
            if pick.random() < 0.2:
                table.append("visible-to = [" + ", ".join(f'"{package}.{it}"' for it in self.some(others)) + "]")
            if pick.random() < 0.2:
                table.append(f'exposes = ["{pick.choice(["Thing", "x", "y.*"])}"]')
            if pick.random() < 0.1:
                table.append("utility = true")
            if pick.random() < 0.1:
                table.append(f'kinds = ["{pick.choice(["runtime", "lazy", "typing"])}"]')
            if layered and pick.random() < 0.8:
                table.append(f'layer = "{pick.choice(["top", "middle", "low"])}"')
            tables.append("\n".join(table))
        for number in range(pick.choice([0, 0, 1, 2])):
            tables.append(self.contract(package, names, number))
        return "\n".join(lines) + "\n\n" + "\n\n".join(tables) + "\n"

    def contract(self, package, names, number):
        pick = self.random
        a, b, c = (f'"{package}.{name}"' for name in pick.sample(names, 3))
        kind = pick.choice(["forbidden", "layers", "independent", "protected"])
        terms = {
            "forbidden": f"from = [{a}]\nto = [{b}]",
            "layers": f"layers = [{a}, {b}, {c}]",
            "independent": f"modules = [{a}, {b}]",
            "protected": f"modules = [{a}]\nimporters = [{b}]",
        }[kind]
        table = [f"[[contracts]]\nname = \"c{number}\"\ntype = \"{kind}\"", terms]
        if pick.random() < 0.3:
            table.append(f"except = [{a[:-1]} -> {b[1:]}]")
        return "\n".join(table)

    def tach(self):
        pick = self.random
        lines = [f'source_roots = ["{self.prefix.rstrip("/") or "."}"]']
        if pick.random() < 0.2:
            lines.append(f'exclude = ["**/{pick.choice(NAMES)}/"]')
        if pick.random() < 0.2:
            lines.append("forbid_circular_dependencies = true")
        layered = pick.random() < 0.3
        if layered:
            lines.append('layers = ["top", "low"]')
        for name in self.some(NAMES, 0.8):
            lines.append(f'\n[[modules]]\npath = "shop.{name}"')
            if pick.random() < 0.8:
                entries = [f'"shop.{other}"' for other in self.some(NAMES)]
                lines.append(f"depends_on = [{', '.join(entries)}]")
            if pick.random() < 0.2:
                lines.append("visibility = [" + ", ".join(f'"shop.{it}"' for it in self.some(NAMES)) + "]")
            if pick.random() < 0.1:
                lines.append("utility = true")
            if layered and pick.random() < 0.7:
                lines.append(f'layer = "{pick.choice(["top", "low"])}"')
        if pick.random() < 0.3:
            lines.append(f'\n[[interfaces]]\nexpose = ["Thing"]\nfrom = ["shop.{pick.choice(NAMES)}"]')
        return "\n".join(lines) + "\n"

    def import_linter(self):
        pick = self.random
        lines = ["[importlinter]", "root_package = shop"]
        for number in range(pick.choice([1, 2, 3])):
            a, b, c = (f"shop.{name}" for name in pick.sample(NAMES, 3))
            kind = pick.choice(["forbidden", "layers", "independence", "protected"])
            lines += [f"\n[importlinter:contract:{number}]", f"name = c{number}", f"type = {kind}"]
            if kind == "forbidden":
                lines += [f"source_modules = {a}", f"forbidden_modules = {b}"]
            elif kind == "layers":
                lines += ["layers =", f"    {a}", f"    {b}", f"    {c}"]
            elif kind == "independence":
                lines += ["modules =", f"    {a}", f"    {b}"]
            else:
                lines += [f"protected_modules = {a}", f"allowed_importers = {b}"]
            if pick.random() < 0.3:
                lines += ["ignore_imports =", f"    {a} -> {b}", "unmatched_ignore_imports_alerting = none"]
        return "\n".join(lines) + "\n"

    def config(self):
        name, text = {
            "native": ("ringfence.toml", self.native),
            "tach": ("tach.toml", self.tach),
            "import-linter": (".importlinter", self.import_linter),
        }[self.dialect]
        (self.root / name).write_text(text())

    def nested(self):
        """A project of its own below, with its config; or it goes."""
        folder = self.root / "tools"
        if folder.exists() and self.random.random() < 0.4:
            shutil.rmtree(folder)
            return
        names = ["one", "two", "three"]
        for name in names:
            (folder / f"kit/{name}").mkdir(parents=True, exist_ok=True)
            (folder / f"kit/{name}/__init__.py").write_text(f"import kit.{self.random.choice(names)}\n")
        (folder / "kit/__init__.py").write_text("")
        (folder / "ringfence.toml").write_text(self.native("kit", names).replace('source-roots = ["src"]', ""))

    def edit(self):
        pick, files = self.random, self.modules()
        action = pick.choice(["add", "change", "change", "change", "move", "remove", "config", "config", "nested", "plain"])
        if action == "nested" and self.dialect != "native":
            action = "config"
        SEEN[action] += 1
        if action == "add":
            self.write(f"shop/{pick.choice(NAMES)}/{pick.choice('xyzuvw')}.py", self.source())
        elif action == "change":
            file = pick.choice(files)
            lines = file.read_text().splitlines()
            if lines and pick.random() < 0.4:
                del lines[pick.randrange(len(lines))]
                file.write_text("\n".join(line for line in lines if not line.startswith(" ")) + "\n")
            else:
                file.write_text(self.statement() + "\n" + "\n".join(lines) + "\n")
        elif action == "move":
            file = pick.choice(files)
            place = self.path(f"shop/{pick.choice(NAMES)}/{pick.choice('uvw')}.py")
            if file.name != "__init__.py" and not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                file.rename(place)
        elif action == "remove":
            file = pick.choice(files)
            if file.name != "__init__.py" or pick.random() < 0.2:
                file.unlink()
        elif action == "config":
            self.config()
        elif action == "nested":
            self.nested()
        else:
            (self.root / "README.md").write_text(str(pick.random()))

    def commit(self):
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "--allow-empty", "-m", "x")

    def grow(self):
        for _ in range(self.random.randint(3, 6)):
            branch = self.random.random() < 0.2
            if branch:
                SEEN["merge"] += 1
                git(self.root, "checkout", "-q", "-b", "side")
            for _ in range(self.random.randint(1, 3)):
                self.edit()
            self.commit()
            if branch:
                git(self.root, "checkout", "-q", "main")
                self.edit()
                self.commit()
                git(self.root, "merge", "-q", "-X", "ours", "-m", "merge", "side", check=False)
                git(self.root, "add", "-A")
                git(self.root, "commit", "-q", "--allow-empty", "-m", "merge")
                git(self.root, "branch", "-q", "-D", "side")
        return git(self.root, "rev-list", "HEAD").split()


# --- what cold runs say ----------------------------------------------------------------------------------------------


class Cold:
    """A checkout, as runs of today tell it."""

    # Packages that a config without boundary modules may be about; none: all.
    tops = ("shop", "kit")
    # Where files are looked for.
    roots = ("", "src/", "tools/")

    def __init__(self, tool, root):
        self.tool, self.root = tool, root
        self.found = tool.json(root, "check", "-q", "--output-format", "json")
        self.is_usable = self.found is not None
        if not self.is_usable:
            return
        graph = tool.json(root, "graph", "-q")
        boundaries = tool.json(root, "graph", "-q", "--level", "boundaries")
        self.contracts = {it["id"]: it for it in tool.json(root, "contracts", "-q", "--output-format", "json")}
        # Of which files the facts are known: of no extension, and nothing of another config.
        files = tool.run(root, "check", "-q", "--show-files").stdout.decode().split("\n")
        self.files = {str(Path(file).relative_to(root)) for file in files if file}
        paths = {it["name"]: it["path"] for it in graph["modules"] if it["path"]}
        # What is governed by a config below is a target to the one above.
        self.modules = {
            name: path for name, path in paths.items() if path in self.files and not name.startswith("tools.")
        }
        self.named = {it["name"] for it in boundaries["modules"]}
        # A config without boundary modules is about those that its contracts name.
        index = {it["name"] for it in graph["modules"]}
        covered = {name for it in self.contracts.values() for name in it["covers"] if name in index}
        for top in self.tops or sorted({name.split(".")[0] for name in index}):
            if not any(name.split(".")[0] == top for name in self.named):
                self.named |= {name for name in covered if name.split(".")[0] == top}
        self.edges = self.edges_of(graph)
        for it in boundaries["edges"]:
            self.edges[it["importer"], it["imported"]] = it["imports"]
        self.externals = {
            it["imported"] for it in graph["externals"] if it["imported"].split(".")[0] not in sys.stdlib_module_names
        }

    def edges_of(self, graph):
        def owner(name):
            while name and name not in self.named:
                name = name.rpartition(".")[0]
            return name

        edges = {}
        for it in graph["edges"]:
            pair = owner(it["importer"]), owner(it["imported"])
            if all(pair) and pair[0] != pair[1]:
                edges.setdefault(pair, []).extend(it["imports"])
        return edges

    def cycles(self):
        """Modules that reach each other."""
        next_of = collections.defaultdict(set)
        for (a, b), imports in self.edges.items():
            if any(it["kind"] not in ("typing", "dynamic") for it in imports):
                next_of[a].add(b)

        def reached(start):
            seen, todo = set(), [start]
            while todo:
                for node in next_of[todo.pop()]:
                    if node not in seen:
                        seen.add(node)
                        todo.append(node)
            return seen

        reach = {name: reached(name) for name in list(next_of)}
        cycles = set()
        for name, others in reach.items():
            if name in others:
                cycles.add(tuple(sorted(it for it in others if name in reach.get(it, ()))))
        return {cycle for cycle in cycles if len(cycle) > 1}

    def content(self, name):
        data = (self.root / self.modules[name]).read_bytes()
        return hashlib.sha256(data).hexdigest() if data else None

    def comments(self):
        found = collections.Counter()
        for path in self.files:
            for line in (self.root / path).read_text().splitlines():
                match = re.search(r"# (ringfence: ignore\[\w+\]|noqa: RF\d+|tach-ignore)", line)
                # Tach's comments are comments of Tach's configs only.
                is_meant = match and (match.group(1) != "tach-ignore" or (self.root / "tach.toml").exists())
                if is_meant:
                    found[path, line[: match.start()].strip(), match.group(1).split(":")[0].split("[")[0]] += 1
        return found

    def verdicts(self, names, scratch):
        """Of each two modules, whether an import of the one by itself in the other is found fault with; nothing where one is not there."""
        shutil.copytree(self.root, scratch, ignore=shutil.ignore_patterns(".git"))
        for file in scratch.rglob("*.py"):
            file.write_text("")
        git(scratch, "init", "-q")
        git(scratch, "add", "-A")
        answers = {}
        for a in names:
            path = self.place(a)
            for b in names:
                if a == b or not path or not self.place(b):
                    continue
                if path not in self.files:
                    # To name it would have it checked.
                    answers[a, b] = True
                    continue
                SEEN["imports"] += 1
                text = f"import {b}\n".encode()
                arguments = ["check", "-q", "--output-format", "json", "--stdin-filename", path]
                found = self.tool.json(scratch, *arguments, stdin=text)
                answers[a, b] = not any(
                    it["code"] not in NOT_OF_IMPORTS
                    and it["location"]["row"] == 1
                    and it["end_location"]["column"] > 1
                    and it["filename"] == str(scratch / path)
                    for it in found
                )
        shutil.rmtree(scratch)
        return answers

    def place(self, name):
        """The file of a module, checked or not; of a folder without an `__init__` the first one in it."""
        for prefix in self.roots:
            for end in ("/__init__.py", ".py"):
                path = prefix + name.replace(".", "/") + end
                if (self.root / path).exists():
                    return path
        for prefix in ("", "src/", "tools/"):
            files = sorted((self.root / prefix / name.replace(".", "/")).glob("*.py"))
            if files:
                return str(files[0].relative_to(self.root))
        return None


def subject(finding, module, path):
    """What a finding is about."""
    contract = finding.get("contract")
    members = sorted(module(it) for it in finding.get("members", ()))
    if contract and (members or contract["importer"] or contract["imported"]):
        first, second = (contract["importer"], contract["imported"]) if not members else (None, None)
        if first is None:
            first, second = second, None
        return finding["code"], contract["id"], module(first), module(second), tuple(members)
    if contract:
        return finding["code"], path(finding["filename"]), finding["message"]
    if members:
        return finding["code"], tuple(members)
    if finding["importer"]:
        return finding["code"], module(finding["importer"]), module(finding["imported"]), finding["member"]
    return finding["code"], path(finding["filename"]), finding["message"]


def expected(base, head):
    """What the diff has to say."""
    came, went = head.modules.keys() - base.modules.keys(), base.modules.keys() - head.modules.keys()
    by_content = collections.defaultdict(lambda: ([], []))
    for name in went:
        by_content[base.content(name)][0].append(name)
    for name in came:
        by_content[head.content(name)][1].append(name)
    moved = {a[0]: b[0] for it, (a, b) in by_content.items() if it and len(a) == len(b) == 1}
    paths = {base.modules[a]: head.modules[b] for a, b in moved.items()}

    def module(name):
        rest = []
        start = name
        while start and start not in base.modules:
            start, _, last = start.rpartition(".")
            rest.insert(0, last)
        return ".".join([moved.get(start, start), *rest]) if start else name

    def now(name):
        return name

    def relative(root):
        return lambda filename: str(Path(filename).relative_to(root))

    def before(filename):
        path = relative(base.root)(filename)
        return paths.get(path, path)

    old = collections.Counter(subject(it, module, before) for it in base.found)
    new = collections.Counter(subject(it, now, relative(head.root)) for it in head.found)
    said = collections.Counter()
    for (path, text, form), count in base.comments().items():
        said[paths.get(path, path), text, form] += count
    says = head.comments()
    contracts = base.contracts.keys() | head.contracts.keys()

    def broken(side, name):
        return side.contracts.get(name, {}).get("outcome") == "broken"

    def exists(side, path):
        return (side.root / path).exists()

    return {
        "edges.added": sorted(head.edges.keys() - base.edges.keys()),
        "edges.removed": sorted(base.edges.keys() - head.edges.keys()),
        "cycles.added": sorted(head.cycles() - base.cycles()),
        "cycles.removed": sorted(base.cycles() - head.cycles()),
        "modules.added": sorted(came - set(moved.values())),
        "modules.removed": sorted(went - set(moved)),
        "modules.moved": sorted(moved.items()),
        "externals.added": sorted(head.externals - base.externals),
        "externals.removed": sorted(base.externals - head.externals),
        "contracts.broken": sorted(it for it in contracts if broken(head, it) and not broken(base, it)),
        "contracts.healed": sorted(
            it for it in contracts if it in head.contracts and broken(base, it) and not broken(head, it)
        ),
        "findings.new": sorted(map(str, (new - old).elements())),
        "findings.fixed": sorted(map(str, (old - new).elements())),
        "suppressions.added": sorted((says - said).elements()),
        "suppressions.removed": sorted((said - says).elements()),
        "coverage.added": sorted(it for it in head.files - base.files if exists(base, it)),
        "coverage.removed": sorted(it for it in base.files - head.files if exists(head, it)),
    }


def told(diff, base, head):
    """The same of what the diff says."""

    def pairs(edges):
        return sorted((it["from"], it["to"]) for it in edges)

    def cycles(all_of_them):
        return sorted(tuple(it) for it in all_of_them)

    moved = {it["from"]: it["to"] for it in diff["modules"]["moved"]}
    paths = {base.modules[a]: head.modules[b] for a, b in moved.items()}

    def module(name):
        rest, start = [], name
        while start and start not in base.modules:
            start, _, last = start.rpartition(".")
            rest.insert(0, last)
        return ".".join([moved.get(start, start), *rest]) if start else name

    root = diff["root"]

    def path(filename):
        return str(Path(filename).relative_to(root))

    def before(filename):
        return paths.get(path(filename), path(filename))

    def comments(found, path):
        return sorted((path(it["path"]), it["text"], it["form"].split(":")[0]) for it in found)

    policy = diff["policy"]["suppressions"]
    return {
        "edges.added": pairs(diff["edges"]["added"]),
        "edges.removed": pairs(diff["edges"]["removed"]),
        "cycles.added": cycles(diff["cycles"]["added"]),
        "cycles.removed": cycles(diff["cycles"]["removed"]),
        "modules.added": diff["modules"]["added"],
        "modules.removed": diff["modules"]["removed"],
        "modules.moved": sorted(moved.items()),
        "externals.added": diff["externals"]["added"],
        "externals.removed": diff["externals"]["removed"],
        "contracts.broken": diff["contracts"]["broken"],
        "contracts.healed": diff["contracts"]["healed"],
        "findings.new": sorted(str(subject(it, lambda name: name, path)) for it in diff["findings"]["new"]),
        "findings.fixed": sorted(str(subject(it, module, before)) for it in diff["findings"]["fixed"]),
        "suppressions.added": comments(policy["added"], lambda it: it),
        "suppressions.removed": comments(policy["removed"], lambda it: paths.get(it, it)),
        "coverage.added": diff["coverage"]["files"]["added"],
        "coverage.removed": diff["coverage"]["files"]["removed"],
    }


def statements(edges):
    return sorted((it["path"], it["line"], it["kind"], it["name"]) for it in edges)


def compare(tool, root, base_name, head_name, folder):
    """What differs between the diff and cold runs."""
    checkouts = []
    for name in (base_name, head_name):
        place = folder / f"checkout{len(checkouts)}"
        shutil.rmtree(place, ignore_errors=True)
        if name is None:
            shutil.copytree(root, place)
        else:
            git(root, "worktree", "prune")
            git(root, "worktree", "add", "-q", "--detach", "--force", str(place), name)
        checkouts.append(place)
    base, head = (Cold(tool, place) for place in checkouts)
    arguments = [base_name] if head_name is None else [base_name, head_name]
    result = tool.run(root, "diff", "-q", "--output-format", "json", *arguments)
    if not (base.is_usable and head.is_usable):
        SEEN["unusable"] += 1
        return [] if result.returncode == 2 else [f"exit code {result.returncode} where one side cannot be used"]
    if result.returncode:
        return [f"exit code {result.returncode}: {result.stderr.decode()}"]
    diff = json.loads(result.stdout)
    diff["root"] = str(root)
    wanted, got = expected(base, head), told(diff, base, head)
    wrong = [f"{key}: {wanted[key]} expected, {got[key]} told" for key in wanted if wanted[key] != got[key]]
    for key, side in (("added", head), ("removed", base)):
        for edge in diff["edges"][key]:
            imports = side.edges.get((edge["from"], edge["to"]), [])
            if statements(imports) != statements(edge["imports"]):
                wrong.append(f"edges.{key}: {edge} is made of {imports}")
    names = sorted(base.named | head.named)
    old = base.verdicts(names, folder / "scratch")
    new = head.verdicts(names, folder / "scratch")
    both = [pair for pair in old if pair in new]
    for key, before, after in (("newly_allowed", False, True), ("newly_forbidden", True, False)):
        brute = sorted(pair for pair in both if (old[pair], new[pair]) == (before, after))
        SEEN[key] += len(brute)
        said = sorted(map(tuple, diff["policy"][key]))
        if brute != said:
            more, less = sorted(set(said) - set(brute)), sorted(set(brute) - set(said))
            wrong.append(f"{key}: only told {more}, not told {less}")
    for key in wanted:
        SEEN[key] += len(wanted[key])
    if not any(wanted.values()):
        SEEN["nothing"] += 1
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary")
    parser.add_argument("--histories", type=int, default=50)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    tool, start, compared, failed = Tool(arguments.binary), time.time(), 0, 0
    for number in range(arguments.first, arguments.first + arguments.histories):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve()
            root = folder / "repository"
            root.mkdir()
            history = History(root, number)
            SEEN[history.dialect] += 1
            commits = history.grow()
            pick = random.Random(number)
            for position in range(arguments.pairs):
                base, head = pick.sample(commits, 2) if len(commits) > 1 else commits * 2
                if position % 3 == 1:
                    # The working tree, with something that nobody committed.
                    history.edit()
                    head = None
                wrong = compare(tool, root, base, head, folder)
                compared += 1
                if wrong:
                    failed += 1
                    print(f"history {number} ({history.dialect}), {base} to {head or 'the working tree'}:")
                    for line in wrong:
                        print("   ", line)
                    if arguments.keep:
                        shutil.copytree(folder, arguments.keep / str(number), dirs_exist_ok=True, symlinks=True)
                    break
        if (number + 1) % 10 == 0:
            print(f"{number + 1} histories, {compared} pairs, {failed} wrong, {time.time() - start:.0f} s", flush=True)
    print(dict(sorted(SEEN.items())))
    print(f"{compared} pairs of revisions, {failed} of them wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
