#!/usr/bin/env python3
"""Gives ringfence configs that nobody should write, in every file that is read as a config, a manifest or a baseline.

Each run ends soon with 0, 1 or 2, never with a panic or a signal, and what is wrong is said with the file, and in a text with its line.

usage: hostile_configs.py BINARY [--small] [--seed 1]
"""

import os
import random
import resource
import shutil
import sys

from common import Attack, arguments, environment, run, workspace, write_tree

# One config may take this long.
LONGEST = 20

# And this much memory, beyond which it would be no config but a weapon.
MEMORY = 4 << 30

SOURCES = {"p/__init__.py": "", "p/a.py": "import p.b\nimport os\n", "p/b.py": "x = 1\n", "p/c/__init__.py": "import p.a\n"}

WHOLE = '[modules."p.a"]\ndepends-on = ["p.b"]\n[modules."p.b"]\n'

DEEP = 100_000
NUMBERS = ["9" * 400, "-1", "0", "1e999", "-9223372036854775809", "18446744073709551616", "nan", "-inf", "0x7fffffffffffffffff", "1_0", "4294967296", "1.5"]
VALUES = NUMBERS + ["true", "''", "'\\0'", "[]", "{}", "[[]]", "[{}]", "[1, 'a']", "1979-05-27", "'''\n'''", "['']", "['*' ]", "[' ']", "['..']", "['.']", "['a..b']", "['é']", "{ a = { b = { c = 1 } } }"]

# Globs and patterns that take long where they are tried naively.
GLOBS = ["*" * 10_000, "**/" * 5_000 + "*", "{a,b}" * 30, "{" * 1_000, "[" * 1_000, "[!" + "a-z" * 5_000 + "]", "a*" * 2_000 + "b", "\\", "[z-a]", "{a,", "***", "?" * 10_000, "/" * 5_000, "../" * 3_000, "~/**", "a\\", "[]", "!x", "(?x)"]
REGEXES = ["(a+)+$", "(a|a)*" * 10, "a{1000}{1000}{1000}", "(" * 10_000, "(" * 100 + ")" * 100, "[" * 100, "\\", "(?P<x>", "\\p{Greek}{500}", "(?<=a)b", "\\1", ".{0,100000}", "x" * 200_000, "(?i)" * 1_000, "[^" + "a-z" * 1_000 + "]", "((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9})"]  # fmt: skip
MODULES = ["*", "**", "**.**", ".".join(["**"] * 200), ".".join(["*"] * 2_000), "p." * 5_000 + "a", "", ".", "..", "p.", ".p", "p..a", "p a", "p\\n", "é", "0", "import", "p/a", "*" * 5_000, "<root>", "p.a*b*c*d*e*f*g*h*i*j*k*l*m*n"]

NATIVE_KEYS = """source-roots root-packages layers exhaustive strict-ownership forbid-cycles interfaces contracts compatibility kinds tests runtime-annotations requirements
dev-requirements distributions select extend-select ignore per-file-ignores fixable unfixable exclude extend-exclude respect-gitignore target-version required-version preview output-format
baseline severity modules""".split()


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def native():
    """Configs of our own: what it is called, and its text."""
    for key in NATIVE_KEYS:
        for number, value in enumerate(VALUES):
            yield f"{key} = {value[:20]} ({number})", f"{key} = {value}\n{WHOLE}"
    for key in ("exclude", "extend-exclude", "tests", "source-roots", "requirements", "root-packages"):
        for number, glob in enumerate(GLOBS):
            yield f"{key} = glob {number}", f"{key} = [{quoted(glob)}]\n{WHOLE}"
    for number, glob in enumerate(GLOBS):
        yield f"baseline = glob {number}", f"baseline = {quoted(glob)}\n{WHOLE}"
        yield f"per-file-ignores: glob {number}", f"{WHOLE}[per-file-ignores]\n{quoted(glob)} = ['RF101']\n"
    for number, regex in enumerate(REGEXES):
        yield f"regex {number}", f"{WHOLE}[[interfaces]]\nof = [{{ regex = {quoted(regex)} }}]\nexposes = [{{ regex = {quoted(regex)} }}]\n"
    for number, name in enumerate(MODULES):
        yield f"module {number}", f"[modules.{quoted(name)}]\ndepends-on = [{quoted(name)}]\nexposes = [{quoted(name)}]\nvisible-to = [{quoted(name)}]\n"
        yield f"contract {number}", f"{WHOLE}[[contracts]]\nname = 'x'\ntype = 'forbidden'\nfrom = [{quoted(name)}]\nto = [{quoted(name)}]\nexcept = ['p.a -> p.b', {quoted(name + ' -> ' + name)}]\n"
        yield f"layers {number}", f"{WHOLE}[[contracts]]\nname = 'x'\ntype = 'layers'\nlayers = [{quoted(name)}, 'p.a']\ncontainers = [{quoted(name)}]\n"
    for kind in ("forbidden", "layers", "independent", "protected", "acyclic", "required", "", "é"):
        yield f"contract of type {kind!r} without anything", f"{WHOLE}[[contracts]]\nname = 'x'\ntype = '{kind}'\n"
        yield f"contract of type {kind!r} with a depth", f"{WHOLE}[[contracts]]\nname = 'x'\ntype = '{kind}'\nmodules = ['p']\ndepth = 99999999999999999999\n"
    yield "many layers", f"layers = [{', '.join(repr(f'l{n}') for n in range(20_000))}]\n{WHOLE}"
    yield "a layer of many", f"layers = ['{' | '.join(f'l{n}' for n in range(20_000))}']\n{WHOLE}"
    yield "many modules", "".join(f"[modules.m{n}]\ndepends-on = ['m{n + 1}']\n" for n in range(20_000))
    yield "a cycle of many modules", "forbid-cycles = true\n" + "".join(f"[modules.m{n}]\ndepends-on = ['m{(n + 1) % 5000}', 'm{(n * 7) % 5000}']\n" for n in range(5_000))
    yield "many contracts", WHOLE + "".join(f"[[contracts]]\nname = 'c{n}'\ntype = 'independent'\nmodules = ['p.*']\n" for n in range(2_000))
    yield "many mistakes", "".join(f"x{n} = 1\n" for n in range(20_000))
    yield "a module that is there twice", WHOLE + WHOLE
    yield "a layer that is there twice", f"layers = ['a', 'a', 'a | a']\n{WHOLE}"
    yield "schema that is a number", f'"$schema" = 1\n{WHOLE}'


def any_toml(head):
    """Texts for any file in TOML; `head` makes it a config of the tool."""
    yield "empty", ""
    yield "only the head", head
    yield "a NUL", head + "x = '\0'\n"
    yield "NULs", "\0" * 10_000
    yield "invalid UTF-8", head.encode() + b"x = '\xff\xfe'\n"
    yield "UTF-16", (head + WHOLE).encode("utf-16")
    yield "a BOM", b"\xef\xbb\xbf" + head.encode()
    yield "two BOMs", b"\xef\xbb\xbf\xef\xbb\xbf" + head.encode()
    yield "lone CRs", head.replace("\n", "\r") + "x = 1\r"
    yield "deep lists", head + "x = " + "[" * DEEP + "]" * DEEP
    yield "deep lists that stay open", head + "x = " + "[" * DEEP
    yield "deep tables", head + "x = " + "{a = " * DEEP + "1" + "}" * DEEP
    yield "a deep key", head + ".".join(["a"] * DEEP) + " = 1\n"
    yield "a deep header", head + "[" + ".".join(["a"] * DEEP) + "]\n"
    yield "deep headers of arrays", head + "".join("[[" + ".".join(["a"] * n) + "]]\n" for n in range(1, 300))
    yield "a long line", head + "x = '" + "y" * 5_000_000 + "'\n"
    yield "a long key", head + "y" * 2_000_000 + " = 1\n"
    yield "many lines", head + "\n" * 2_000_000
    yield "many comments", head + "# x\n" * 500_000
    yield "an open string", head + 'x = "'
    yield "an open text", head + 'x = """\n' + "y\n" * 10_000
    yield "only brackets", "[" * 10_000 + "\n" + "]" * 10_000
    yield "a key twice", head + "x = 1\nx = 2\n"
    yield "a table twice", head + head
    yield "bad escapes", head + 'x = "\\ud800 \\U00110000 \\q"\n'
    yield "direction marks", head + "x = '\u202e\u2066 rm'\n\u202e = 1\n"
    yield "escapes of terminals", head + "'\x1b[31m' = 1\n"
    yield "merge marks", "<<<<<<< HEAD\n" + head + "=======\n>>>>>>> x\n"
    yield "JSON", '{"modules": {}}'
    yield "noise", random.Random(1).randbytes(100_000)


def any_ini(head):
    yield from any_toml(head)
    yield "a section twice", head + head
    yield "an option twice", head + "root_package = p\nroot_package = p\n"
    yield "continued for long", head + "x =\n" + "    y\n" * 100_000
    yield "no section", "x = 1\n"
    yield "an open section", "[importlinter\nroot_package = p\n"
    yield "interpolation", head + "root_package = %(root_package)s\n[importlinter:contract:%(x)s]\nname = %(\ntype = layers\n"
    for number, value in enumerate([*MODULES, *GLOBS[:6]]):
        yield f"names {number}", f"[importlinter]\nroot_package = p\n[importlinter:contract:1]\nname = x\ntype = forbidden\nsource_modules =\n    {value}\nforbidden_modules =\n    {value}\nignore_imports =\n    {value} -> {value}\n"
    for kind in ("layers", "forbidden", "independence", "protected", "acyclic_siblings", "x", ""):
        yield f"type {kind!r}", f"[importlinter]\nroot_package = p\n[importlinter:contract:1]\nname = x\ntype = {kind}\n"


def any_tach():
    for number, value in enumerate(VALUES):
        for key in ("modules", "source_roots", "exclude", "layers", "interfaces", "rules", "external", "root_module", "cache", "forbid_circular_dependencies"):
            yield f"{key} = {value[:20]} ({number})", f"{key} = {value}\n"
    for number, name in enumerate([*MODULES, *GLOBS]):
        yield f"path {number}", f"[[modules]]\npath = {quoted(name)}\ndepends_on = [{quoted(name)}]\n[[interfaces]]\nexpose = [{quoted(name)}]\nfrom = [{quoted(name)}]\n"
    for number, regex in enumerate(REGEXES):
        yield f"regex {number}", f"[[modules]]\npath = 'p.a'\n[[interfaces]]\nexpose = [{quoted(regex)}]\nfrom = [{quoted(regex)}]\n"


def any_lines(good):
    """Files of lines: baselines and requirements."""
    for number, line in enumerate(["", good, "\0", "x" * 3_000_000, "RF101", "RF101 -> ", "RF101 [" + "x" * 10_000, 'RF101 ["\\u', "RF999 a -> b", "RF401 " + " <-> ".join(f"m{n}" for n in range(50_000)), "-r self.txt", "-r ../../etc/passwd", "a" + "[b]" * 20_000, "a ; " + "(" * 50_000, "a >= " + "1." * 50_000, "-e .", "a @ file:///dev/zero", "<<<<<<< HEAD", "\u202e", "\\", "a \\\n" * 50_000, "a" + " and b" * 10_000, "a; python_version < '3' " + "and python_version < '3' " * 5_000]):
        yield f"line {number}", line + "\n"
    yield "invalid UTF-8", b"\xff\xfe\n"
    yield "many lines", (good + "\n") * 200_000
    yield "many different lines", "".join(f"RF101 p.a{n} -> p.b{n}\n" for n in range(50_000))


def cases():
    """What each is called, and the files of its project."""
    for name, text in [*native(), *any_toml("")]:
        yield "ringfence.toml", name, {"ringfence.toml": text}
    pyproject = "[project]\nname = 'p'\nversion = '1'\n"
    for tool in ("ringfence", "tach", "importlinter"):
        for name, text in any_toml(f"{pyproject}[tool.{tool}]\n"):
            yield "pyproject.toml", f"{tool}: {name}", {"pyproject.toml": text}
    for number, value in enumerate(VALUES):
        for key in ("project", "project.dependencies", "project.optional-dependencies", "dependency-groups", "tool", "tool.ringfence", "tool.poetry.dependencies", "tool.uv.workspace", "build-system"):
            yield "pyproject.toml", f"{key} {number}", {"pyproject.toml": f"{key} = {value}\n", "ringfence.toml": WHOLE}
    cyclic = "[dependency-groups]\na = [{ include-group = 'b' }]\nb = [{ include-group = 'a' }]\nc = [{ include-group = 'c' }]\n[project]\nname = 'p'\n[project.optional-dependencies]\nx = ['p[y]']\ny = ['p[x]']\n"
    yield "pyproject.toml", "groups in a cycle", {"pyproject.toml": cyclic, "ringfence.toml": WHOLE}
    for name, text in any_toml(""):
        yield "p/ringfence.module.toml", name, {"ringfence.toml": WHOLE, "p/c/ringfence.module.toml": text}
    for name, text in [*any_toml("[[modules]]\npath = 'p.a'\n"), *any_tach()]:
        yield "tach.toml", name, {"tach.toml": text}
    for name, text in any_toml("[root]\n"):
        yield "tach.domain.toml", name, {"tach.toml": "[[modules]]\npath = 'p.a'\n", "p/tach.domain.toml": text}
    for place in ("setup.cfg", ".importlinter"):
        for name, text in any_ini("[importlinter]\nroot_package = p\n"):
            yield place, name, {place: text}
    for name, text in any_lines("RF101 p.a -> p.b"):
        yield "ringfence.baseline", name, {"ringfence.toml": WHOLE, "ringfence.baseline": text}
    for name, text in any_lines("django>=4"):
        files = {"ringfence.toml": f"requirements = ['self.txt', 'other.txt']\n{WHOLE}", "self.txt": text, "other.txt": "-r self.txt\n-r other.txt\n"}
        yield "requirements", name, files
    for name, text in any_lines("*.py"):
        yield ".gitignore", name, {"ringfence.toml": WHOLE, ".gitignore": text}
    for name, text in any_ini("[metadata]\nname = p\n[options]\ninstall_requires =\n    django\n"):
        yield "setup.cfg, a manifest", name, {"ringfence.toml": WHOLE, "setup.cfg": text}


def bounded():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def has_place(answer, files):
    """Whether a mistake in a config is said with its file; with a line, where it is a text."""
    said = answer.stdout + answer.stderr
    return any(os.path.basename(name) in said for name in files)


def main():
    given = arguments(__doc__, ("--small", {"action": "store_true", "help": "one of ten configs"}))
    attack = Attack("hostile_configs")
    everything = list(cases())
    dice = random.Random(given.seed)
    if given.small:
        everything = dice.sample(everything, len(everything) // 10)
    slowest = []
    with workspace() as folder:
        home = folder / "home"
        home.mkdir()
        env = environment(home)
        for number, (place, name, files) in enumerate(everything):
            project = folder / f"project{number}"
            write_tree(project, {**SOURCES, **files})
            commands = [["check", "--select", "ALL", "--output-format", "concise"]]
            commands.append(dice.choice([["config", "show"], ["coverage"], ["graph"], ["contracts"], ["why", "p.a", "p.b"], ["sync", "--check"], ["baseline", "--dry-run"], ["migrate", "--dry-run"], ["check", "--fix-config"], ["init", "--dry-run"]]))
            for command in commands:
                answer = run(given.binary, command, project, env=env, timeout=LONGEST, preexec=bounded)
                slowest.append((answer.seconds, place, name, command[0]))
                trouble = answer.trouble()
                attack.check(not trouble, f"{place}: the run", f"{name}: `{' '.join(command)}`: {trouble}")
                if answer.code == 2 and command[0] == "check" and not trouble:
                    no_config = "no config found" in answer.stderr
                    attack.check(no_config or has_place(answer, files), f"{place}: a mistake without its file", f"{name}: {answer.stderr[:300]}")
            shutil.rmtree(project)
            if number % 500 == 499:
                attack.say(f"{number + 1:,} configs")
    slowest.sort(reverse=True)
    attack.say(f"{len(everything)} configs; the slowest: " + "; ".join(f"{seconds:.1f} s {place}, {name} ({command})" for seconds, place, name, command in slowest[:5]))
    return attack.close()


if __name__ == "__main__":
    sys.exit(main())
