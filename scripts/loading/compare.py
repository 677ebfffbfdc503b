"""Compares what `ringfence loads` says with what CPython did, a distribution at a time."""

import ast
import json
import os
import shutil
import subprocess
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from .findings import installed
from .wheels import Distribution, Place, distributions, is_test

SECONDS = 300
SHOWN = 60
COLUMNS = ("works", "fails so", "fails otherwise", "no end")


def tree_of(place: Place, distribution: Distribution) -> Path:
    """The distribution as a project: its own files alone, linked, below an empty config."""
    tree = place.work / "trees" / place.version / distribution.name
    done = tree / "ringfence.toml"
    if not done.exists():
        shutil.rmtree(tree, ignore_errors=True)
        for file in distribution.files:
            source = distribution.site / file
            if source.is_file() and not file.parts[0].endswith((".dist-info", ".data")):
                target = tree / file
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(source, target)
        tree.mkdir(parents=True, exist_ok=True)
        done.touch()
    return tree


def ask(place: Place, binary: Path, distribution: Distribution, keep: bool) -> tuple[dict[str, dict] | str, float]:
    """What ringfence says, by module, or why there is nothing; and the seconds that it took."""
    stored = place.answers / f"{distribution.name}.json"
    seconds = 0.0
    if not (keep and stored.exists()):
        place.answers.mkdir(exist_ok=True)
        command = [binary, "loads", "--all", "--output-format", "json", "--python", place.interpreter(distribution.group)]
        start = time.monotonic()
        try:
            done = subprocess.run(command, cwd=tree_of(place, distribution), capture_output=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return f"no answer within {SECONDS} s", SECONDS
        seconds = time.monotonic() - start
        if done.returncode not in (0, 1) or not done.stdout.strip():
            return f"exit {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}", seconds
        stored.write_bytes(done.stdout)
    try:
        answers = json.loads(stored.read_bytes())
    except ValueError as error:
        return f"no JSON: {error}", seconds
    return {answer["module"]: answer for answer in answers}, seconds


@lru_cache(500)
def _statements(path: Path) -> tuple[list[int], dict[int, int]]:
    """The first lines of the statements of a file, and for the others the line that their statement begins at."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return [], {}
    begins = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            for decorator in getattr(node, "decorator_list", ()):
                begins[decorator.lineno] = node.lineno
            begins[node.lineno] = node.lineno
    return sorted(begins), begins


def _statement(path: Path, line: int) -> int:
    lines, begins = _statements(path)
    at = bisect_right(lines, line)
    return begins[lines[at - 1]] if at else line


@lru_cache(30)
def _extensions(site: Path) -> set[str]:
    """The modules of site-packages whose code is compiled."""
    return {".".join((path.parent / path.name.partition(".")[0]).relative_to(site).parts) for path in site.rglob("*.so")}


def _brought_by_extensions(loaded: list[str], missed: set[str], extensions: set[str]) -> set[str]:
    """Those that an extension imports, which no source shows: they end right before it, as a module's entry moves to the end when it has run."""
    brought: set[str] = set()
    by_extension = False
    for name in reversed(loaded):
        if name not in missed:
            by_extension = name in extensions or name.removesuffix(".__init__") in extensions
        elif by_extension or name in extensions:
            brought.add(name)
    return brought


@dataclass
class Comparison:
    """One module: what was said and what happened."""

    group: str
    site: Path
    tree: Path
    truth: dict
    said: dict | None
    tops: set[str]
    base: set[str]
    row: str = ""
    column: str = ""
    missed: list[str] = field(default_factory=list)
    #: Missed as well, but an extension loads them.
    brought: list[str] = field(default_factory=list)
    too_many: list[str] = field(default_factory=list)
    certain: list[str] = field(default_factory=list)
    may: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.row = self.said["verdict"] if self.said else "no answer"
        self.column = self._column()
        if not self.said:
            return
        for load in self.said.get("loads") or ():
            name = load["module"]
            if name.partition(".")[0] in self.tops and name not in self.base:
                (self.certain if load["certainty"] == "certain" else self.may).append(name)
        true = set(self.truth["loaded"]) - self.base
        known = true | {name for name, _ in self.truth["aliased"]} | set(self.truth["made"])
        # A module that fails is taken out again, and so may its own be.
        if self.truth["works"]:
            missed = true - set(self.certain) - set(self.may) if self.row == "works" else set()
            self.brought = sorted(_brought_by_extensions(self.truth["loaded"], missed, _extensions(self.site)))
            self.missed = sorted(missed - set(self.brought))
            self.too_many = sorted(set(self.certain) - known)

    def _column(self) -> str:
        if self.truth["works"]:
            return "works"
        if not self.truth["bases"]:
            return "no end"
        if self.row != "fails":
            return "fails so"
        if self.said.get("error") != self.truth["error"]:
            return "fails otherwise"
        return "fails so" if self._same_place() else "fails otherwise"

    def _same_place(self) -> bool:
        if not self.truth["frames"]:
            return True
        file, line, _ = self.truth["frames"][-1]
        said = self.said.get("file") or ""
        for root in (self.site, self.tree):
            said = said.removeprefix(f"{root}/")
        path = self.site / file
        return said == file and _statement(path, self.said.get("line") or 0) == _statement(path, line)

    @property
    def wrong(self) -> bool:
        """Whether what was said to be certain is false."""
        right = {"works": "works", "fails": "fails so"}
        return (self.row in right and self.column not in (right[self.row], "no end")) or bool(self.missed or self.too_many)

    def lines(self) -> list[str]:
        truth = self.truth
        told = [f"{truth['module']} ({truth['distribution']} {truth['version']}, {self.group})"]
        if truth["works"]:
            told.append("  CPython: works")
        else:
            told.append(f"  CPython: {truth['error']}: {truth['message'][:160]!r}")
            told += [f"    {file}:{line} in {name}" for file, line, name in truth["frames"][-6:]]
        if not self.said:
            return [*told, "  said: nothing"]
        said = self.said
        if self.row == "fails":
            told.append(f"  said: fails, {said.get('error')}: {said.get('message') or ''!r} at {said.get('file')}:{said.get('line')}")
        else:
            told.append(f"  said: {self.row}")
        told += [f"    {reason.get('file')}:{reason.get('line')}: {reason['reason']}" for reason in (said.get("reasons") or ())[:6]]
        for word, names in (("missed", self.missed), ("too many", self.too_many)):
            if names:
                told.append(f"  {word} ({len(names)}): {', '.join(names[:12])}")
        return told


def run(place: Place, binary: Path, only: list[str], explain: str | None, keep: bool) -> int:
    truths: dict[str, list[dict]] = defaultdict(list)
    for answer in place.answered():
        if explain in (None, answer["module"]):
            truths[answer["distribution"]].append(answer)
    tops, bases = installed(place), json.loads(place.bases.read_text())
    compared: list[Comparison] = []
    silent: dict[str, str] = {}
    slow: list[tuple[float, str]] = []
    for distribution in distributions(place):
        if distribution.name not in truths or (only and distribution.name not in only):
            continue
        said, seconds = ask(place, binary, distribution, keep or bool(explain))
        slow.append((seconds, distribution.name))
        if isinstance(said, str):
            silent[distribution.name] = said
            continue
        base, there = set(bases.get(distribution.group, ())), tops[distribution.group]
        tree = tree_of(place, distribution)
        for truth in truths[distribution.name]:
            answer = said.get(truth["module"])
            compared.append(Comparison(distribution.group, distribution.site, tree, truth, answer, there, base))
    if explain:
        for one in compared:
            print("\n".join(one.lines()))
            _side_by_side(one)
        return 0
    _tell(place, compared, silent, slow)
    return 1 if silent or any(one.wrong for one in compared) else 0


def _side_by_side(one: Comparison) -> None:
    """The modules in the order in which CPython began them, and what was said of each."""
    by = {load["module"]: load for load in (one.said or {}).get("loads") or ()}
    for name in one.truth["loaded"]:
        load = by.get(name)
        told = f"{load['certainty']}, by {load.get('by')}" if load else "NOT SAID"
        print(f"  {name:<50} {told}")
    for name in one.too_many:
        print(f"  {name:<50} NOT LOADED; said: certain, by {by[name].get('by')}")
    for name in one.may:
        if name not in one.truth["loaded"]:
            print(f"  {name:<50} not loaded; said: may, by {by[name].get('by')}")


def _tell(place: Place, compared: list[Comparison], silent: dict[str, str], slow: list[tuple[float, str]]) -> None:
    table = Counter((one.row, one.column) for one in compared)
    print(f"{len({one.truth['distribution'] for one in compared})} distributions, {len(compared)} modules")
    print(f"\n| said | {' | '.join(COLUMNS)} |\n| --- |{' ---: |' * len(COLUMNS)}")
    for row in ("works", "fails", "unknown", "no answer"):
        print(f"| {row} | {' | '.join(str(table[row, column]) for column in COLUMNS)} |")
    total = len(compared) or 1
    print(f"\nunknown: {sum(one.row == 'unknown' for one in compared) / total:.1%}")

    both = [one for one in compared if one.truth["works"] and one.row == "works"]
    exact = sum(not one.missed and not one.brought and not one.too_many and not set(one.may) - set(one.truth["loaded"]) for one in both)
    print(f"\nloaded sets where both say works ({len(both)}): exact {exact}, with all in certain or may {sum(not one.missed and not one.brought for one in both)}")
    print(f"missed: {sum(bool(one.missed) for one in both)} modules; loaded by an extension, and so missed: {sum(bool(one.brought) for one in both)}")
    print(f"certain and not loaded: {sum(bool(one.too_many) for one in compared)}")
    missed = Counter(name for one in both for name in one.missed)
    print("missed most often:", ", ".join(f"{name} {count}" for name, count in missed.most_common(25)))
    many = Counter(name for one in compared for name in one.too_many)
    print("certain and not loaded most often:", ", ".join(f"{name} {count}" for name, count in many.most_common(25)))

    wrong = [one for one in compared if one.wrong]
    places, reasons = Counter(), Counter()
    for one in compared:
        if one.row == "unknown":
            for doubt in (one.said.get("reasons") or ())[:1]:
                reasons[doubt["reason"]] += 1
                file = str(doubt.get("file")).removeprefix(f"{one.site}/").removeprefix(f"{one.tree}/")
                places[file, doubt.get("line"), doubt["reason"]] += 1
    print("\nthe first reason for not knowing, by modules:")
    for reason, count in reasons.most_common(40):
        print(f"  {count:>5} {reason}")
    print("\nand where:")
    for (file, line, reason), count in places.most_common(60):
        print(f"  {count:>5} {file}:{line}: {reason}")

    report = place.work / f"wrong-{place.version}.txt"
    wrong.sort(key=lambda one: (one.row == one.column, is_test(one.truth["module"]), len(one.truth["loaded"])))
    report.write_text("\n\n".join("\n".join(one.lines()) for one in wrong) + "\n")
    kinds = Counter(f"said {one.row}, {one.column}" for one in wrong)
    print(f"\nwrong: {len(wrong)}, all of them in {report.name}: {dict(kinds)}")
    # One example for each thing said wrongly, as many modules fall over the same line.
    alike: dict[tuple, list[Comparison]] = defaultdict(list)
    for one in wrong:
        said = (one.said.get("error"), one.said.get("file"), one.said.get("line")) if one.row == "fails" else ()
        alike[one.row, one.column, *said, tuple((one.missed or one.too_many)[:1])].append(one)
    for same in sorted(alike.values(), key=len, reverse=True)[:SHOWN]:
        print(f"\n{len(same)} modules, as:")
        print("\n".join(same[0].lines()))
    for name, why in silent.items():
        print(f"no answer for {name}: {why}")
    slow.sort(reverse=True)
    print("\nslowest:", ", ".join(f"{name} {seconds:.1f} s" for seconds, name in slow[:10]))
