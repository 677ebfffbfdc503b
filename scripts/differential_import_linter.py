#!/usr/bin/env python3
"""Compares ringfence with the real import-linter over random projects, or over a real one.

usage: differential_import_linter.py BINARY [--projects N] [--first K] [--keep FOLDER] [--tree FOLDER] [--migrate]

Run it with the Python of an environment that has import-linter 2.16. Project number n is the same in every run. These must hold,
else the project is printed and the script fails:

- each contract is kept by both, or broken by both;
- for forbidden, layers and independence the pairs of modules are the same, for protected the imports are;
- where import-linter gives up the run, ringfence fails; else both pass, or both fail;
- the modules are the same, and the imports between them with their lines.

With `--migrate` each project is migrated by ringfence, which must find no difference between the two configs.

With `--tree` the project in that folder is compared as it is, and with all `ignore_imports` taken out. The folder is not
changed: contracts are read from it, and those without `ignore_imports` from a config beside it.
"""

import argparse
import collections
import copy
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from importlinter import configuration
from importlinter.application import use_cases
from importlinter.domain.contract import InvalidContractOptions, registry

configuration.configure()

CODES = {"RF304", "RF403", "RF404", "RF405", "RF406", "RF408"}
SEEN = collections.Counter()

NAMES = ["alpha", "beta", "gamma", "delta", "util", "core", "_private", "models", "views", "api"]
EXTERNALS = ["os", "json", "os.path", "requests", "requests.sessions", "django.db", "django", "yaml"]


# --- what import-linter says -----------------------------------------------------------------------------------------


def pairs_of(kind, metadata):
    """What of the violations does not depend on chance."""
    if kind == "layers":
        return sorted({(it["importer"], it["imported"]) for it in metadata["invalid_dependencies"]})
    if kind in ("forbidden", "independence"):
        return sorted({(it["downstream_module"], it["upstream_module"]) for it in metadata["invalid_chains"]})
    return None


def links_of(metadata):
    """The imports that break a protected contract."""
    links = (link for item in metadata["illegal_imports"] for link in item.illegal_links)
    return sorted({(link["importer"], link["imported"]) for link in links})


def theirs(root: Path, config: str, python_path: list) -> dict:
    """The verdicts of import-linter in this process, as if it had been started in the folder."""
    before_path, before_modules, before = list(sys.path), set(sys.modules), os.getcwd()
    os.chdir(root)
    sys.path[:0] = [str(root), *(str(root / folder) for folder in python_path)]
    sys.path_importer_cache.clear()
    answer = {"error": None, "contracts": [], "graph": None}
    try:
        options = use_cases.read_user_options(config_filename=config)
        use_cases._validate_contracts_present(options)
        use_cases._register_contract_types(options)
        graph = use_cases._build_graph(
            root_package_names=options.session_options["root_packages"],
            include_external_packages=use_cases._get_include_external_packages(options),
            exclude_type_checking_imports=use_cases._get_exclude_type_checking_imports(options),
            verbose=False,
            cache_dir=None,
        )
        squashed = {module for module in graph.modules if graph.is_module_squashed(module)}
        answer["graph"] = {
            "modules": sorted(graph.modules - squashed),
            "externals": bool(squashed),
            "imports": sorted(
                (importer, imported, tuple(sorted({it["line_number"] for it in graph.get_import_details(importer=importer, imported=imported)})))
                for importer in graph.modules
                for imported in graph.find_modules_directly_imported_by(importer)
            ),
        }
        for given in options.contracts_options:
            kind = given["type"]
            contract = registry.get_contract_class(kind)(
                name=given["name"], session_options=options.session_options, contract_options=given
            )
            check = contract.check(copy.deepcopy(graph), verbose=False)
            answer["contracts"].append(
                {
                    "id": given.get("id"),
                    "name": given["name"],
                    "type": kind,
                    "kept": check.kept,
                    "pairs": None if check.kept else pairs_of(kind, check.metadata),
                    "links": links_of(check.metadata) if kind == "protected" and not check.kept else None,
                    "ignored": check.ignored_import_count,
                }
            )
    except (Exception, SystemExit) as error:  # whatever ends its run
        if isinstance(error, InvalidContractOptions):
            error = f"invalid options: {error.errors}"
        answer["error"] = f"{type(error).__name__}: {error}"
    finally:
        os.chdir(before)
        sys.path[:] = before_path
        for module in set(sys.modules) - before_modules:
            if module.split(".")[0].startswith("p") and module.split(".")[0][1:].isdigit():
                del sys.modules[module]
    return answer


# --- what ringfence says ---------------------------------------------------------------------------------------------


def ours(binary: str, root: Path, config, python_path: list):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(root / folder) for folder in python_path)}
    named = ["--config", config] if config else []

    def run(*arguments):
        return subprocess.run(
            [binary, *arguments, *named], cwd=root, env=environment, capture_output=True, text=True, timeout=300
        )

    check, graph = run("check", "--output-format", "json"), run("graph", "--format", "json")
    findings = json.loads(check.stdout) if check.stdout.strip().startswith("[") else None
    drawn = json.loads(graph.stdout) if graph.returncode == 0 else None
    return check.returncode, findings, drawn, check.stderr


def differences(binary: str, root: Path, config, python_path: list) -> list:
    expected = theirs(root, config, python_path)
    code, findings, drawn, said = ours(binary, root, config, python_path)
    if expected["error"]:
        SEEN["given up"] += 1
        SEEN[f"given up: {expected['error'][:60]}"] += 0
        return [f"passes, and import-linter says {expected['error']}"] if code == 0 else []
    if findings is None:
        return [f"no answer, exit {code}: {said[-400:]}"]
    wrong = []
    for position, contract in enumerate(expected["contracts"]):
        SEEN[contract["type"], "kept" if contract["kept"] else "broken"] += 1
        by = "id" if contract["id"] else "name"
        mine = [it for it in findings if (it.get("contract") or {}).get(by) == contract[by] and it["code"] in CODES]
        if contract["kept"] == bool(mine):
            wrong.append(f"{contract['name']}: import-linter says {'kept' if contract['kept'] else 'broken'}, {len(mine)} findings here")
            continue
        if contract["pairs"] is not None:
            pairs = {(it["contract"]["importer"], it["contract"]["imported"]) for it in mine if it["contract"].get("imported")}
            SEEN["pairs"] += len(contract["pairs"])
            if pairs != set(contract["pairs"]):
                missing, more = sorted(set(contract["pairs"]) - pairs), sorted(pairs - set(contract["pairs"]))
                wrong.append(f"{contract['name']}: pairs missing {missing[:4]}, unexpected {more[:4]}")
        if contract["links"] is not None:
            links = {(it["chain"][0]["importer"], it["chain"][0]["imported"]) for it in mine}
            if len(expected["graph"]["modules"]) and not expected["graph"]["externals"] and links != set(contract["links"]):
                missing, more = sorted(set(contract["links"]) - links), sorted(links - set(contract["links"]))
                wrong.append(f"{contract['name']}: imports missing {missing[:4]}, unexpected {more[:4]}")
    fails = any(not contract["kept"] for contract in expected["contracts"])
    if (code != 0) != fails:
        others = [f"{it['code']} {it['message']}" for it in findings if not it.get("contract")]
        wrong.append(f"exit {code}, import-linter {'fails' if fails else 'passes'}: {others[:3]} {said[-200:] if code == 2 else ''}")
    return wrong + graph_differences(expected["graph"], drawn)


def graph_differences(expected: dict, drawn) -> list:
    if drawn is None:
        return ["no graph"]
    wrong = []
    modules = {module["name"] for module in drawn["modules"]}
    if modules != set(expected["modules"]):
        missing, more = set(expected["modules"]) - modules, modules - set(expected["modules"])
        wrong.append(f"modules missing {sorted(missing)[:4]}, unexpected {sorted(more)[:4]}")
    edges = drawn["edges"] + (drawn["externals"] if expected["externals"] else [])
    imports = {(it["importer"], it["imported"], tuple(sorted({place["line"] for place in it["imports"]}))) for it in edges}
    if imports != set(expected["imports"]):
        missing, more = set(expected["imports"]) - imports, imports - set(expected["imports"])
        wrong.append(f"imports missing {sorted(missing)[:4]}, unexpected {sorted(more)[:4]}")
    SEEN["modules"] += len(modules)
    SEEN["imports"] += len(imports)
    return wrong


# --- random projects -------------------------------------------------------------------------------------------------


class Project:
    """A project, made from its number alone."""

    def __init__(self, number: int):
        self.dice = random.Random(number)
        self.number = number
        self.files = {}
        self.modules = []
        self.python_path = []
        dice = self.dice
        self.roots = [f"p{number}{'xyz'[at] if at else ''}".replace("x", "1").replace("y", "2").replace("z", "3") for at in range(dice.choice([1, 1, 1, 2, 3]))]
        self.roots = [f"p{number * 10 + at}" for at in range(len(self.roots))]
        folder = dice.choice(["", "", "src/"])
        if folder:
            self.python_path = ["src"]
        for root in self.roots:
            self.package(folder, root, 0, regular=dice.random() < 0.92)
        self.density = dice.choice([0.3, 0.8, 1.5, 3])
        self.acyclic = dice.random() < 0.4
        for path, module in list(self.files.items()):
            self.files[path] = self.source(module, path.endswith("__init__.py"))
        self.externals = dice.random() < 0.5
        text = "\n".join(self.files.values())
        self.imported = [name for name in ("os", "json", "requests", "django", "yaml") if re.search(rf"(import|from) {name}\b", text)] or ["os"]
        self.without_typing = dice.random() < 0.3
        self.config = self.contracts()

    def package(self, folder: str, name: str, depth: int, regular: bool):
        """Fills a package; `files` holds the module of each path until there is a source."""
        dice = self.dice
        here = folder + name.rsplit(".", 1)[-1] + "/" if depth else f"{folder}{name}/"
        if regular:
            self.files[f"{here}__init__.py"] = name
        self.modules.append(name)
        children = dice.sample(NAMES, dice.randint(1, 4 if depth < 2 else 2))
        if not regular and depth == 0:
            children = children or ["alpha"]
        for child in children:
            full = f"{name}.{child}"
            if depth < 3 and dice.random() < (0.6 if depth == 0 else 0.3):
                # A folder without an `__init__` in a package is none of it.
                is_regular = dice.random() < 0.93
                known = len(self.modules)
                self.package(here, full, depth + 1, is_regular)
                if not is_regular and regular:
                    del self.modules[known:]
            else:
                self.files[f"{here}{child}.py"] = full
                self.modules.append(full)
        if dice.random() < 0.1:
            self.files[f"{here}__main__.py"] = f"{name}.__main__"

    def source(self, module: str, is_package: bool) -> str:
        dice = self.dice
        lines = []
        for _ in range(dice.randint(0, round(2 * self.density) + 1)):
            lines.extend(self.statement(module, is_package))
        return "\n".join(lines) + "\n"

    def statement(self, module: str, is_package: bool) -> list:
        dice = self.dice
        target = dice.choice(self.modules)
        if self.acyclic and target > module:
            target = min(self.modules, key=lambda name: (name > module, dice.random()))
        parent, _, last = target.rpartition(".")
        forms = [f"import {target}", f"import {target} as x", f"from {target} import thing", f"from {target} import *"]
        if parent:
            forms += [f"from {parent} import {last}", f"from {parent} import {last} as y, other"]
            base = module if is_package else module.rpartition(".")[0]
            if base and (target + ".").startswith(base.split(".")[0] + "."):
                common = base.split(".")
                dots = 1
                while common and not (parent + ".").startswith(".".join(common) + "."):
                    common.pop()
                    dots += 1
                if common:
                    rest = parent[len(".".join(common)) :].lstrip(".")
                    forms.append(f"from {'.' * dots}{rest} import {last}")
        form = dice.choice(forms)
        chance = dice.random()
        if chance < 0.06:
            form = f"import {target}.missing"
        elif chance < 0.1:
            form = f"from {target}.missing.deep import x"
        elif chance < 0.22:
            name = dice.choice(EXTERNALS)
            form = dice.choice([f"import {name}", f"from {name} import x"])
        around = dice.random()
        if "*" in form or around < 0.6:
            return [form]
        if around < 0.7:
            return ["def f():", f"    {form}"]
        if around < 0.78:
            return ["try:", f"    {form}", "except ImportError:", "    pass"]
        guard = dice.choice(["TYPE_CHECKING", "typing.TYPE_CHECKING", "not TYPE_CHECKING", "TYPE_CHECKING and x", "x"])
        if around < 0.92:
            return [f"if {guard}:", f"    {form}"]
        return [f"if {guard}:", "    pass", dice.choice(["else:", "elif TYPE_CHECKING:"]), f"    {form}"]

    # Contracts, as pairs of keys and values; a list is a value of several lines.

    def contracts(self) -> str:
        dice = self.dice
        kinds = ["forbidden", "layers", "independence", "protected", "acyclic_siblings"]
        contracts = []
        for at in range(dice.randint(1, 4)):
            kind = dice.choice(kinds)
            keys = getattr(self, kind)()
            if dice.random() < 0.3:
                keys["ignore_imports"] = self.ignores()
                keys["unmatched_ignore_imports_alerting"] = dice.choice(["warn", "none", "none", "error"] if dice.random() < 0.3 else ["warn", "none"])
                if keys["unmatched_ignore_imports_alerting"] == "error" and dice.random() < 0.5:
                    del keys["unmatched_ignore_imports_alerting"]
            if dice.random() < 0.015:
                keys[dice.choice(["nonsense", "as_package", "closed"])] = "x"
            contracts.append({"name": f"contract {at}", "type": kind, **keys})
        session = {}
        if len(self.roots) == 1 and dice.random() < 0.7:
            session["root_package"] = self.roots[0]
        else:
            session["root_packages"] = self.roots
        if self.externals:
            session["include_external_packages"] = True
        if self.without_typing:
            session["exclude_type_checking_imports"] = True
        self.name, text = dice.choice([(".importlinter", self.ini), ("setup.cfg", self.ini), ("pyproject.toml", self.toml)])
        return text(session, contracts)

    def some(self, least: int, most: int, pool=None) -> list:
        pool = pool or self.modules
        return self.dice.sample(pool, min(len(pool), self.dice.randint(least, most)))

    def expressions(self, least: int, most: int, elsewhere: float = 0) -> list:
        dice = self.dice
        names = []
        for name in self.some(least, most):
            chance = dice.random()
            if chance < 0.12:
                name = f"{name}.*"
            elif chance < 0.2:
                name = f"{name}.**"
            elif chance < 0.24 and name.count(".") > 1:
                head, _, tail = name.partition(".")
                name = f"{head}.*.{tail.rpartition('.')[2]}"
            elif chance < 0.243:
                name = f"{name}.nope"
            names.append(name)
        if self.externals and dice.random() < elsewhere:
            names.append(dice.choice(self.imported + ["never_imported"] * (dice.random() < 0.1)))
        return list(dict.fromkeys(names))

    def forbidden(self) -> dict:
        dice = self.dice
        keys = {"source_modules": self.expressions(1, 3), "forbidden_modules": self.expressions(1, 3, 0.4)}
        if dice.random() < 0.3:
            keys["allow_indirect_imports"] = dice.random() < 0.8
        if dice.random() < 0.3:
            keys["as_packages"] = dice.random() < 0.3
        return keys

    def siblings(self) -> tuple:
        """A package and the last parts of its children."""
        parents = [name for name in self.modules if sum(it.rpartition(".")[0] == name for it in self.modules) > 1]
        if not parents:
            return None, []
        parent = self.dice.choice(parents)
        children = [it.rpartition(".")[2] for it in self.modules if it.rpartition(".")[0] == parent]
        self.dice.shuffle(children)
        return parent, children

    def layers(self) -> dict:
        dice = self.dice
        parent, children = self.siblings()
        if parent is None:
            return {"layers": [f"({self.roots[0]})"]}
        contained = dice.random() < 0.5
        names = children if contained else [f"{parent}.{child}" for child in children]
        if not contained and len(self.roots) > 1 and dice.random() < 0.3:
            names = list(self.roots)
        if dice.random() < 0.03:
            names.append(f"{names[0]}.nope")
        layers, rest = [], names[: dice.randint(1, len(names))]
        while rest:
            taken, rest = rest[: dice.choice([1, 1, 2, 3])], rest[dice.choice([1, 1, 2, 3]) :]
            rest = [name for name in rest if name not in taken]
            taken = [f"({name})" if dice.random() < 0.15 else name for name in taken]
            layers.append(dice.choice([" | ", " : ", "|"]).join(taken))
        keys = {"layers": layers}
        if contained:
            keys["containers"] = [parent]
            if dice.random() < 0.3:
                keys["exhaustive"] = True
                if dice.random() < 0.6:
                    keys["exhaustive_ignores"] = children[-1:]
        return keys

    def independence(self) -> dict:
        parent, children = self.siblings()
        if parent and self.dice.random() < 0.8:
            if self.dice.random() < 0.4:
                return {"modules": [f"{parent}.*"]}
            return {"modules": [f"{parent}.{child}" for child in children]}
        return {"modules": self.some(2, 3)}

    def protected(self) -> dict:
        keys = {
            "protected_modules": self.expressions(1, 2, 0.2),
            "allowed_importers": self.expressions(0, 3),
        }
        if self.dice.random() < 0.4:
            keys["as_packages"] = self.dice.random() < 0.3
        return keys

    def acyclic_siblings(self) -> dict:
        dice = self.dice
        keys = {"ancestors": dice.choice([self.roots[:1], self.some(1, 2)])}
        if dice.random() < 0.4:
            keys["depth"] = dice.randint(0, 3)
        if dice.random() < 0.3:
            keys["skip_descendants"] = [name for name in self.some(1, 2) if name not in keys["ancestors"]]
        return keys

    def ignores(self) -> list:
        dice = self.dice
        entries = []
        for _ in range(dice.randint(1, 4)):
            sides = []
            for side in range(2):
                name = dice.choice(self.modules)
                chance = dice.random()
                if chance < 0.15:
                    name = f"{name}.*"
                elif chance < 0.3:
                    name = f"{name}.**"
                elif chance < 0.36:
                    name = dice.choice(["*", "**"])
                sides.append(name)
            entries.append(dice.choice([" -> ", "->"]).join(sides))
        return entries

    def ini(self, session: dict, contracts: list) -> str:
        def lines(keys: dict) -> list:
            written = []
            for key, value in keys.items():
                if isinstance(value, list):
                    written += [f"{key} ="] + [f"    {entry}" for entry in value]
                else:
                    written.append(f"{key} = {value}")
            return written

        text = ["[metadata]", "name = x", "", "[importlinter]", *lines(session)]
        for at, contract in enumerate(contracts):
            text += ["", f"[importlinter:contract:c{at}]", *lines(contract)]
        return "\n".join(text) + "\n"

    def toml(self, session: dict, contracts: list) -> str:
        def lines(keys: dict) -> list:
            return [f"{key} = {json.dumps(value)}" for key, value in keys.items()]

        text = ["[tool.importlinter]", *lines(session)]
        for at, contract in enumerate(contracts):
            text += ["", "[[tool.importlinter.contracts]]", f'id = "c{at}"', *lines(contract)]
        return "\n".join(text) + "\n"

    def write(self, root: Path):
        for path, text in {**self.files, self.name: self.config}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)


def migrated(binary: str, root: Path, python_path: list) -> list:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(root / folder) for folder in python_path)}
    done = subprocess.run([binary, "migrate"], cwd=root, env=environment, capture_output=True, text=True, timeout=300)
    refused = "cannot say" in done.stderr or "mistake" in done.stderr
    SEEN["migrated" if done.returncode == 0 else "refused"] += 1
    return [] if done.returncode == 0 or refused else [f"migrate: exit {done.returncode}: {done.stderr[-600:]}"]


def without_ignores(text: str, is_toml: bool) -> str:
    """A config without its `ignore_imports`."""
    if is_toml:
        return re.sub(r"(?ms)^\s*ignore_imports\s*=\s*\[.*?\]\s*$", "", text)
    return re.sub(r"(?m)^ignore_imports[ \t]*[=:].*(?:\n(?:[ \t]+.*|[#;].*|[ \t]*)$)*", "", text)


def compare_tree(binary: str, folder: Path) -> bool:
    names = [name for name in ("setup.cfg", ".importlinter", "pyproject.toml") if (folder / name).exists() and "importlinter" in (folder / name).read_text()]
    if not names:
        sys.exit(f"no config of import-linter in {folder}")
    name, failed = names[0], False
    is_toml = name.endswith(".toml")
    python_path = ["src"] if (folder / "src").is_dir() else ["."]
    with tempfile.TemporaryDirectory() as scratch:
        bare = Path(scratch) / ("bare.toml" if is_toml else "bare.importlinter")
        bare.write_text(without_ignores((folder / name).read_text(), is_toml))
        for title, config in (("as it is", name), ("without ignore_imports", str(bare))):
            SEEN.clear()
            wrong = differences(binary, folder, config, python_path)
            counted = {f"{key[0]} {key[1]}" if isinstance(key, tuple) else key: count for key, count in SEEN.items()}
            print(f"{title}: {counted}", *wrong, sep="\n    ")
            failed |= bool(wrong)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--projects", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder for the projects that differ")
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--migrate", action="store_true")
    options = parser.parse_args()
    if options.tree:
        return 1 if compare_tree(options.binary, options.tree.resolve()) else 0
    started, different = time.monotonic(), 0
    for number in range(options.first, options.first + options.projects):
        project = Project(number)
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch).resolve()
            project.write(root)
            wrong = differences(options.binary, root, None, project.python_path)
            if options.migrate:
                wrong += migrated(options.binary, root, project.python_path)
            if wrong:
                different += 1
                print(f"project {number}:", *wrong, sep="\n    ", flush=True)
                if options.keep:
                    shutil.copytree(root, options.keep / str(number), dirs_exist_ok=True)
        done = number - options.first + 1
        if done % 500 == 0:
            print(f"{done} projects, {different} differ", flush=True)
    for key, count in sorted(SEEN.items(), key=str):
        print(f"{key if isinstance(key, str) else ' '.join(key)}: {count}" if count or not str(key).startswith("given up:") else key)
    print(f"{options.projects} projects, {different} differ, {time.monotonic() - started:.0f} s")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
