#!/usr/bin/env python3
"""Mutates Python files and checks them with all rules: no panic, no hang, nothing lost in silence.

Sources are the standard library and the installed packages of the Python that runs this. Mutants are made of bytes and of tokens: deleted, doubled, swapped,
inserted (brackets, quotes, keywords, NUL, BOM, cookies of encodings), cut off, spliced, nested deeply, on very long lines. They are checked a tree at a time. Then

crashes  no run ends by a signal, with an internal error, or later than so many seconds a MB; a run over a bound is halved until one file remains
imports  each mutant that CPython's `ast` parses has the same imports in `ringfence graph`
silence  a file that CPython does not parse is either reported, with the rules that are on by default, or has all imports of the file that it was made of
fixes    with --fix: after `check --fix --unsafe-fixes` whatever CPython parsed is parsed still

usage: mutants.py BINARY [--files 15000] [--batch 500] [--fix] [--seed 1]
"""

import json
import os
import random
import re
import shutil
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from common import Attack, arguments, environment, read_tree, run, workspace, write_tree
from compare_imports import full_name, graph, parsed_by

# What a batch may take: for starting, for each file, for each MB. Far above what is usual, far below a hang.
SECONDS = 10
SECONDS_A_FILE = 0.02
SECONDS_A_MEGABYTE = 20

# Sources above this are left out, so that many fit into a run.
LARGEST = 60_000

CONFIG = """\
select = ["ALL"]
preview = true
forbid-cycles = true
strict-ownership = true
layers = ["top", "middle | side", "bottom"]

[modules."t000"]
layer = "top"
exposes = ["m000"]
depends-on = ["t001"]

[modules."t001"]
layer = "middle"
visible-to = ["t000"]
externals = ["numpy"]

[modules."t002"]
layer = "bottom"
exposes = []
forbids = ["t000"]

[modules."t003.*"]
depends-on = ["t002"]
utility = true

[[interfaces]]
of = ["t001", "t002"]
exposes = ["Order", { regex = "m0.*" }]
data-types = "plain"

[[contracts]]
name = "apart"
type = "independent"
modules = ["t000", "t001", "t002", "t003"]

[[contracts]]
name = "no circles"
type = "acyclic"
modules = ["t004"]

[[contracts]]
name = "os is far"
type = "forbidden"
from = ["t003"]
to = ["os", "sys"]
"""

# Imports between the mutants, so that the rules have something to look at.
HEADS = [
    b"import t000.m000\n", b"from t001 import m000, m001 as other\n", b"from .m000 import *\n", b"from . import m001\n", b"import t002 as two; import t003.m004\n",
    b"from t002.m001 import Order, make  # ringfence: ignore[RF201] why\n", b"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from t001.m002 import Order\n",
    b"try:\n    import t000.m003\nexcept ImportError:\n    t000 = None\n", b"import importlib\nimportlib.import_module('t001.m001')\n", b"# ringfence: file-ignore[RF101] why until=2020-01-01\n",
    b"def late():\n    from t000.m001 import thing\n    return thing\n", b"from t001 import (m000,\n    m002, # noqa: RF101\n)\n", b"lazy import t000.m002\n", b"__all__ = ['m000', 'x']\n",
]  # fmt: skip

PIECES = [
    b"(", b")", b"[", b"]", b"{", b"}", b"'", b'"', b'"""', b"'''", b"\\", b"\\\n", b"\n", b"\r", b"\r\n", b"\t", b"\x0c", b" ", b"#", b":", b";", b",", b".", b"...", b"*", b"**", b"=", b":=",
    b"->", b"@", b"!", b"$", b"?", b"`", b"\0", b"\x1a", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3\xa9", b"\xe2\x80\xa8", b"\xc2\xa0", b"\xf0\x9f\x8e\x89", b"\xff", b"\xed\xa0\x80",
    b" import ", b"\nimport b\n", b" from ", b"from . import ", b" as ", b" if ", b" else ", b" try:", b" except ", b" finally ", b" with ", b" while ", b" for ", b" in ", b" def ", b" class ",
    b" lambda ", b" async ", b" await ", b" yield ", b" match ", b" case ", b" type ", b" return ", b" global ", b" nonlocal ", b" not ", b" is ", b" None ", b" lazy ", b"f'", b"rb'", b"f'{", b"t'{", b"f'''{",
    b"}'", b"0x", b"1_", b"1e", b"0777", b"1j", b"# coding: latin-1\n", b"# -*- coding: utf-16 -*-\n", b"# coding: cp1252\n", b"# coding: nonsense\n", b"# coding: utf-7\n",
    b"# type: ignore\n", b"# noqa\n", b"# ringfence: ignore[\n", b"# ringfence: ignore[RF101]\n", b"# ringfence: file-ignore[RF999] x\n", b"# ringfence:", b"if TYPE_CHECKING:\n", b"\n    ", b"\n\t",
    b"__import__('t000.m000')", b"import_module(", b"__all__ += ['x']\n",
]  # fmt: skip

TOKEN = re.compile(rb"[A-Za-z_0-9]+|\s+|[^\sA-Za-z_0-9]")
OPENING = [b"(", b"[", b"{", b'"""', b"'''", b"x = [1, 2\n", b"f(", b"\\", b"'"]


def sources(dice):
    """Python files of this interpreter, in any order."""
    found = set()
    for name in ("stdlib", "purelib"):
        folder = sysconfig.get_path(name)
        for below, _, names in os.walk(folder):
            found.update(os.path.join(below, name) for name in names if name.endswith(".py"))
    found = sorted(found)
    dice.shuffle(found)
    for path in found:
        try:
            content = Path(path).read_bytes()
        except OSError:
            continue
        if 0 < len(content) <= LARGEST:
            yield content


def by_tokens(content, dice):
    tokens = TOKEN.findall(content)
    if len(tokens) < 3:
        return content
    for _ in range(dice.choice([1, 1, 2, 5, 20])):
        at = dice.randrange(len(tokens))
        how = dice.randrange(4)
        if how == 0:
            tokens[at] = b""
        elif how == 1:
            tokens[at] *= 2
        elif how == 2:
            other = dice.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        else:
            tokens[at] += dice.choice(PIECES)
    return b"".join(tokens)


def by_bytes(content, dice):
    changed = bytearray(content)
    for _ in range(dice.choice([1, 1, 3, 10])):
        at = dice.randrange(len(changed) + 1)
        how = dice.randrange(5)
        if how == 0:
            del changed[at : at + dice.choice([1, 1, 2, 30, 300])]
        elif how == 1:
            changed[at:at] = changed[at : at + dice.choice([1, 10, 300])]
        elif how == 2:
            changed[at:at] = bytes(dice.randrange(256) for _ in range(dice.choice([1, 1, 4])))
        elif how == 3 and at < len(changed):
            changed[at] ^= 1 << dice.randrange(8)
        else:
            changed[at:at] = dice.choice(PIECES)
    return bytes(changed)


def by_lines(content, dice):
    lines = content.splitlines(keepends=True)
    for _ in range(dice.choice([1, 2, 5])):
        if not lines:
            break
        at = dice.randrange(len(lines))
        how = dice.randrange(5)
        if how == 0:
            del lines[at]
        elif how == 1:
            lines.insert(at, lines[dice.randrange(len(lines))])
        elif how == 2:
            lines[at] = lines[at].lstrip()
        elif how == 3:
            lines[at] = b"    " + lines[at]
        else:
            lines[at] = lines[at].rstrip() + dice.choice([b"\\\n", b"", b";", b"\r", b"\\", b" \\ \n"])
    return b"".join(lines)


def nested(content, dice):
    """Deeper than anybody writes."""
    depth = dice.choice([50, 99, 101, 200, 1_000, 10_000])
    open_, close = dice.choice([(b"(", b")"), (b"[", b"]"), (b"{", b"}"), (b"f(", b")"), (b"not ", b""), (b"-", b""), (b"lambda: ", b""), (b"f'{", b"}'"), (b"(a, ", b")"), (b"x if y else ", b""), (b"a[", b"]"), (b"await ", b"")])
    expression = b"value = " + open_ * depth + b"1" + close * dice.choice([depth, depth, depth - 1, 0]) + b"\n"
    blocks = b"".join(b" " * level + dice.choice([b"if x:\n", b"try:\n", b"with y:\n", b"def f():\n", b"class C:\n", b"while z:\n"]) for level in range(min(depth, 150)))
    inside = blocks + b" " * min(depth, 150) + b"import t000.m000\n"
    return dice.choice([expression + content, content + expression, inside + content, b"x = " + b".y" * depth + b"\n" + content, b"import " + b"a." * depth + b"b\n" + content])


def long_lines(content, dice):
    # `large.py` has such files at sizes that nobody writes.
    count = dice.choice([1_000, 3_000])
    return content + dice.choice([
        b"x = '" + b"a" * count * 10 + b"'\nimport t000.m000\n",
        b"import " + b", ".join(b"m%d" % n for n in range(count)) + b"\n",
        b"from t000 import (" + b",\n".join(b"m%d" % n for n in range(count)) + b")\n",
        b"; ".join([b"import t001.m001"] * count) + b"\n",
        b"x = [" + b"1, " * count + b"]\n",
        b"# " + b"ringfence: ignore[RF101] " * count + b"\n",
        b"\\\n" * count + b"import t000\n",
        b"x = (" + b"\n" * count + b")\n",
        b"x = " + b" + ".join([b"'a'"] * count) + b"\n",
        b"if x:\n    pass\n" + b"elif y:\n    import t000.m000\n" * count,
    ])  # fmt: skip


KINDS = ["tokens", "tokens", "tokens", "bytes", "bytes", "lines", "cut", "splice", "open", "open", "encoding", "nested", "long", "head"]


def mutate(content, other, dice):
    """A mutant, what kind it is, and what of it parsed before something was opened in it, if that is known."""
    head = b"".join(dice.sample(HEADS, dice.choice([0, 1, 2, 4])))
    if not content.startswith((b"#!", b"\xef\xbb\xbf", b"# -*-", b"# coding")):
        content = head + content
    kind = dice.choice(KINDS)
    if kind == "tokens":
        return by_tokens(content, dice), kind, None
    if kind == "bytes":
        return by_bytes(content, dice), kind, None
    if kind == "lines":
        return by_lines(content, dice), kind, None
    if kind == "cut":
        return content[: dice.randrange(len(content))], kind, None
    if kind == "splice":
        return content[: dice.randrange(len(content))] + other[dice.randrange(len(other)) :], kind, None
    if kind == "open":
        lines = content.splitlines(keepends=True)
        at = dice.randrange(len(lines) + 1)
        return b"".join(lines[:at]) + dice.choice(OPENING) + b"".join(lines[at:]), kind, content
    if kind == "encoding":
        text = content.decode("utf-8", "replace")
        name = dice.choice(["utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7", "utf-8-sig", "shift-jis", "koi8-r", "cp037"])
        cookie = dice.choice(["", f"# coding: {name}\n", "# coding: utf-8\n"])
        return (cookie + text).encode(name, "replace"), kind, None
    if kind == "nested":
        return nested(content, dice), kind, None
    if kind == "long":
        return long_lines(content, dice), kind, None
    return content, kind, None


class Batch:
    """Some mutants in a tree of their own."""

    def __init__(self, attack, binary, folder, mutants):
        self.attack = attack
        self.binary = binary
        self.folder = folder
        self.mutants = mutants
        self.size = sum(len(content) for content, _, _ in mutants.values()) / 1e6

    def bound(self, paths):
        size = sum(len(self.mutants[path][0]) for path in paths) / 1e6
        return SECONDS + SECONDS_A_FILE * len(paths) + SECONDS_A_MEGABYTE * size

    def lay(self, paths, name="tree"):
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        write_tree(folder, {path: self.mutants[path][0] for path in paths} | {"ringfence.toml": CONFIG})
        for package in {path.rsplit("/", 1)[0] for path in paths}:
            (folder / package / "__init__.py").touch()
        return folder

    def trouble(self, paths, command, name="halves"):
        """What goes wrong with these files, or nothing."""
        answer = run(self.binary, command, self.lay(paths, name), timeout=self.bound(paths), env=environment())
        return answer.trouble(codes=(0, 1))

    def culprit(self, paths, command):
        """A small part of the files that goes wrong still; one, as a rule."""
        while len(paths) > 1:
            middle = len(paths) // 2
            for half in (paths[:middle], paths[middle:]):
                if self.trouble(half, command):
                    paths = half
                    break
            else:
                break
        return paths

    def check(self, command, kind):
        """Runs over the tree, and looks for the file where something goes wrong. The answer."""
        paths = sorted(self.mutants)
        folder = self.lay(paths)
        answer = run(self.binary, command, folder, timeout=self.bound(paths), env=environment())
        trouble = answer.trouble(codes=(0, 1))
        if self.attack.check(not trouble, kind, trouble):
            self.attack.passed += len(paths) - 1
        else:
            guilty = self.culprit(paths, command)
            kept = Path(tempfile.gettempdir(), f"mutant-{len(guilty)}-{abs(hash(guilty[0])) % 10**6}.py")
            kept.write_bytes(self.mutants[guilty[0]][0])
            print(f"  by {len(guilty)} file(s): {kept} (a `{self.mutants[guilty[0]][1]}` mutant)")
        return answer, folder

    def imports(self, folder, answer):
        """CPython against the graph, on what CPython parses. Files that are reported as unreadable are left out: `ast` passes over bytes that are not in
        the encoding if they stand in comments, and knows encodings that nobody uses.
        """
        findings = json.loads(answer.stdout or "[]")
        unreadable = {os.path.relpath(finding["filename"], folder) for finding in findings if finding["code"] == "RF905"}
        modules, seen = graph(self.binary, folder)
        parsed = parsed_by(sys.executable, folder, sorted(path for path in self.mutants if path in modules and path not in unreadable))
        for path, found in parsed.items():
            expected = {(line, full_name(modules[path], False, level, name, member)) for line, level, name, member in found}
            got = seen.get(path, set())
            self.attack.check(
                expected == got,
                "a mutant that CPython parses has other imports",
                lambda: f"{path} ({self.mutants[path][1]}): CPython alone {sorted(expected - got)[:3]}, the graph alone {sorted(got - expected)[:3]}",
            )
        return seen, parsed

    def silence(self, folder, seen, parsed):
        """A file in which something was opened: either somebody says so, or its imports are all there."""
        opened = {path: original for path, (_, _, original) in self.mutants.items() if original is not None and path not in parsed}
        if not opened:
            return 0
        # What CPython finds in the file as it was, without the lines.
        originals = self.folder / "originals"
        shutil.rmtree(originals, ignore_errors=True)
        write_tree(originals, opened)
        before = parsed_by(sys.executable, originals, sorted(opened))
        (folder / "ringfence.toml").write_text('[modules."t000"]\n')
        answer = run(self.binary, ["check", "--quiet", "--output-format", "json"], folder, timeout=self.bound(self.mutants))
        shutil.rmtree(originals)
        said = {os.path.relpath(finding["filename"], folder) if os.path.isabs(finding["filename"]) else finding["filename"] for finding in json.loads(answer.stdout or "[]")}
        silent = 0
        for path, found in before.items():
            module = path[:-3].replace("/", ".")
            expected = {full_name(module, False, level, name, member) for _, level, name, member in found}
            lost = expected - {name for _, name in seen.get(path, ())}
            holds = path in said or not lost
            silent += not holds
            self.attack.check(holds, "something is open in a file, imports are lost, and nobody says so", f"{path}: {sorted(lost)[:4]}")
        return silent

    def fixes(self, parsed):
        """What parsed before all fixes parses after them."""
        answer, folder = self.check(["check", "--quiet", "--fix", "--unsafe-fixes", "--output-format", "concise"], "the fixes of mutants: the run")
        after = parsed_by(sys.executable, folder, sorted(parsed))
        changed = sum((folder / path).read_bytes() != self.mutants[path][0] for path in self.mutants)
        for path in parsed:
            self.attack.check(path in after, "a mutant that CPython parsed does not parse after a fix", path)
        extra = sorted(path for path in read_tree(folder) if "/ringfence-unfinished-" in f"/{path}")
        self.attack.check(not extra, "left beside the mutants by fixes", extra)
        return changed


def main():
    given = arguments(
        __doc__,
        ("--files", {"type": int, "default": 15_000}),
        ("--batch", {"type": int, "default": 500}),
        ("--fix", {"action": "store_true", "help": "apply fixes, too"}),
    )
    attack = Attack("mutants")
    dice = random.Random(given.seed)
    originals = sources(dice)
    megabytes = seconds = done = silent = agreed = changed = 0
    slowest = 0.0
    with workspace() as folder:
        previous = b"import os\n"
        while done < given.files:
            mutants = {}
            for number in range(min(given.batch, given.files - done)):
                content = next(originals, None)
                if content is None:
                    originals = sources(dice)
                    content = next(originals)
                mutants[f"t{number // 50:03d}/m{number % 50:03d}.py"] = mutate(content, previous, dice)
                previous = content
            batch = Batch(attack, given.binary, folder, mutants)
            answer, tree = batch.check(["check", "--quiet", "--output-format", "json"], "mutants: the run")
            slowest = max(slowest, answer.seconds / max(batch.size, 0.1))
            seconds += answer.seconds
            megabytes += batch.size
            done += len(mutants)
            seen, parsed = batch.imports(tree, answer)
            agreed += len(parsed)
            silent += batch.silence(tree, seen, parsed)
            if given.fix:
                changed += batch.fixes(parsed)
            if done % 2500 == 0 or done == given.files:
                attack.say(f"{done:,} mutants, {megabytes:.0f} MB, {seconds / megabytes:.2f} s a MB (slowest batch {slowest:.2f})")
    fixed = f", {changed:,} changed by fixes" if given.fix else ""
    attack.say(f"{agreed:,} parsed by CPython and compared; {silent:,} with lost imports and not a word{fixed}")
    return attack.close()


if __name__ == "__main__":
    sys.exit(main())
