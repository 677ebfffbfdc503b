#!/usr/bin/env python3
"""Writes crates/ringfence_loading/src/standard_library.txt: the modules of CPython's standard library on Linux, and the names in them.

usage: standard_library.py PYTHON... [--check]

Each PYTHON is a command that runs one CPython, `/usr/bin/python3.13` or `chroot FOLDER python3.13`; all minor versions that the file has
to know, in any order. Where there are several of one minor version (the first and the last of its releases, the builds of two
distributors), what they disagree about is noted as not known. Each module is imported alone in a process of its own, without `site`.

With --check nothing is written, and the exit code is 1 if the file is not what these interpreters make.
"""

import json
import os
import shlex
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "crates/ringfence_loading/src/standard_library.txt"

HEAD = """\
# Made by `scripts/standard_library.py` with CPython {releases}, on Linux.
#
# A line of a module: its name, then the minor versions that have it, then what it is: `package`; `pure` (a file of Python code);
# `listed=` and the versions in which it has no other names than those here, save constants if it is one of `headers`; `open`, a package
# whose submodules are not here; `star=` and a module whose names without a leading `_` are all its own, too. Lines below it, with a
# blank in front: minor versions, then the names that its import binds in these; `name=Base` is a class of exceptions with its nearest
# builtin ancestor in all versions.
# Versions: `9-` is from 3.9 on, `9-11,13` is 3.9 to 3.11 and 3.13. `?` in front of them: not known, as distributors and builds differ.
"""

# Packages that distributors cut off, or that are no use to programs: whether they are there is not known from the version alone.
CUT_OFF = {"distutils", "ensurepip", "idlelib", "lib2to3", "test", "tkinter", "turtledemo"}
# Modules that are built only where a library was there, or with these packages.
OPTIONAL = {"_dbm", "_gdbm", "_tkinter", "dbm.gnu", "dbm.ndbm", "nis", "ossaudiodev", "turtle", "xxlimited", "xxlimited_35", "xxsubtype"}
# The last minor versions of those that are there no more.
REMOVED_AFTER = {"distutils": 11, "lib2to3": 12, "nis": 12, "ossaudiodev": 12}
# Modules that others put there.
NOT_OURS = {"__main__", "sitecustomize", "usercustomize", "apport_python_hook"}
# Modules whose constants come from headers of the system: one that is not here can be there elsewhere.
FROM_HEADERS = set(
    "_curses _locale _posixsubprocess _resource _signal _socket _sqlite3 _ssl _stat _uuid crypt curses errno fcntl grp locale mmap os"
    " posix pwd pyexpat readline resource select signal socket sqlite3 sqlite3.dbapi2 ssl syslog termios time tty zlib _zstd".split()
)
# Of modules of Python code that are private by name, those whose names somebody may want.
PRIVATE_KEPT = {"__future__", "_collections_abc", "_compat_pickle", "_py_abc", "_strptime", "_threading_local", "_weakrefset"}
# Its import opens a browser.
NOT_IMPORTED = {"antigravity"}
# Every module has these, or whether it has them follows from what it is.
OF_EVERY_MODULE = {
    "__name__", "__doc__", "__package__", "__loader__", "__spec__", "__file__", "__cached__", "__builtins__", "__path__", "__dict__",
}  # fmt: skip
# What `site` adds.
FROM_SITE = {"builtins": ["copyright", "credits", "exit", "help", "license", "quit"]}

# Runs in each interpreter, which has imported next to nothing by then. Each module is imported in a fork of its own.
COLLECTOR = r"""
import sys, posix

def forked(work):
    reader, writer = posix.pipe()
    child = posix.fork()
    if child:
        posix.close(writer)
        parts = []
        while part := posix.read(reader, 1 << 20):
            parts.append(part)
        posix.close(reader)
        posix.waitpid(child, 0)
        return eval(b"".join(parts).decode())
    nowhere = posix.open("/dev/null", posix.O_RDWR)
    for stream in range(3):
        posix.dup2(nowhere, stream)
    import _signal
    _signal.alarm(60)
    result = repr(work()).encode()
    while result:
        result = result[posix.write(writer, result):]
    posix._exit(0)

def modules():
    import os, sysconfig
    found = {name: [] for name in sys.builtin_module_names}
    for name in ("_frozen_importlib", "_frozen_importlib_external", "builtins", "sys"):
        found.setdefault(name, [])
    library = os.path.dirname(os.__file__)
    suffix = ".so"
    def look(folder, prefix):
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            stem, dot, rest = entry.name.partition(".")
            if not stem.isidentifier():
                continue
            if entry.is_dir():
                if os.path.exists(os.path.join(entry.path, "__init__.py")):
                    found[prefix + stem] = ["package", "pure"]
                    look(entry.path, prefix + stem + ".")
            elif rest == "py" and stem != "__init__":
                found[prefix + stem] = ["pure"]
            elif rest.endswith("so"):
                found[prefix + stem] = []
    look(library, "")
    look(os.path.join(library, "lib-dynload"), "")
    return found

def names_of(name, listed, probes):
    # As `site` does; some need it.
    import os
    try:
        __import__(name)
        module = sys.modules[name]
    except BaseException as error:
        return {"fails": type(error).__name__}
    own = set(vars(module)) if hasattr(module, "__dict__") else set()
    # A `__getattr__` that looks nothing up gives out no names but those that its code compares with.
    getter = getattr(own and vars(module).get("__getattr__"), "__code__", None)
    is_plain = getter and (name == "typing" or not {"globals", "vars", "hasattr", "__all__"} & set(getter.co_names))
    if is_plain:
        flat = [it for const in getter.co_consts for it in (const if isinstance(const, (tuple, frozenset)) else [const])]
        probes = [*probes, *(it for it in flat if isinstance(it, str) and it.isidentifier())]
    more = set(dir(module)) | set(probes) | {it for it in getattr(module, "__all__", []) if isinstance(it, str)}
    below = [it for it in sys.modules if it.startswith(name + ".") and it not in listed]
    for it in sorted(more - own):
        try:
            getattr(module, it)
            own.add(it)
        except BaseException:
            pass
    errors = {}
    for it in own:
        try:
            value = getattr(module, it)
            if isinstance(value, type) and issubclass(value, BaseException):
                errors[it] = [base.__name__ for base in value.__mro__ if base.__module__ == "builtins" and base is not object]
        except BaseException:
            pass
    return {"names": sorted(own), "errors": errors, "listed": type(module) is type(sys) and (bool(is_plain) or "__getattr__" not in own), "below": below}

request = eval(sys.stdin.read())
listed = forked(modules)
found = {}
pending = sorted(listed) if request is None else sorted(request)
while pending:
    name = pending.pop(0)
    parts = name.split(".")
    if parts[0] in cut_off or parts[-1] == "__main__" or name in not_imported:
        found[name] = {"fails": ""}
    else:
        found[name] = forked(lambda: names_of(name, listed, request[name] if request else []))
        for below in found[name].get("below", []):
            if below not in listed and below not in pending:
                listed[below] = []
                pending.append(below)
    found[name]["is"] = listed.get(name, [])
import json
import os
print(json.dumps({"release": ".".join(map(str, sys.version_info[:3])), "minor": sys.version_info[1], "modules": found}))
"""


def collect(command, request=None):
    """What one interpreter has; of some modules, and with more names to look for in them, if they are given."""
    code = f"cut_off = {CUT_OFF!r}\nnot_imported = {NOT_IMPORTED!r}\n{COLLECTOR}"
    done = subprocess.run(
        [*shlex.split(command), "-I", "-S", "-W", "ignore", "-c", code],
        input=repr(request),
        capture_output=True,
        text=True,
        env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]},
    )
    if done.returncode:
        sys.exit(f"{command} fails:\n{done.stderr}")
    return json.loads(done.stdout)


def is_ours(name):
    parts = name.split(".")
    if name in NOT_OURS or "test" in parts[1:] or "tests" in parts[1:]:
        return False
    # Named after the machine, made for tests of CPython, or patched in by a distributor.
    return not parts[0].startswith(("_sysconfigdata", "_test", "_ctypes_test", "_xxtestfuzz", "_distutils_system"))


def versions(minors, newest):
    """`9-11,13-`"""
    parts, minors = [], sorted(minors)
    while minors:
        first = last = minors.pop(0)
        while minors and minors[0] == last + 1:
            last = minors.pop(0)
        parts.append(f"{first}-" if last == newest else f"{first}-{last}" if last > first else str(first))
    return ",".join(parts)


def has_names(module, is_pure):
    """Whether the names in a module are worth their room."""
    parts = module.split(".")
    if parts[0] in CUT_OFF or module in OPTIONAL or (parts[0] in {"encodings", "pydoc_data"} and parts[1:]):
        return False
    return not (is_pure and any(part.startswith("_") for part in parts)) or module in PRIVATE_KEPT


def star_of(module, members):
    """The module with the most names of which another has all that a star takes; nothing where that saves no room."""
    own = members[module]
    best = (5, None)
    for other, names in members.items():
        taken = [name for name in names if not name.startswith("_")]
        # Of two that are alike the first stands for both.
        if other < module or len(taken) < len([name for name in own if not name.startswith("_")]):
            if other != module and len(taken) > best[0] and all(own.get(name) == names[name] for name in taken):
                best = (len(taken), other)
    return best[1]


def merged(collected):
    """The text of the table."""
    by_minor = defaultdict(list)
    for one in collected:
        by_minor[one["minor"]].append({name: it for name, it in one["modules"].items() if is_ours(name)})
    newest = max(by_minor)
    if sorted(by_minor) != list(range(min(by_minor), newest + 1)):
        sys.exit("a minor version is left out")
    releases = ", ".join(sorted({one["release"] for one in collected}, key=lambda it: list(map(int, it.split(".")))))
    lines = [HEAD.format(releases=releases)]
    lines.append(f"versions {versions(by_minor, None)}\n")
    heads, members = {}, {}
    for module in sorted({name for builds in by_minor.values() for build in builds for name in build}):
        top = module.split(".")[0]
        if top in CUT_OFF and module != top:
            continue
        there, unsure, listed, kinds = [], [], [], set()
        # Of each name the minor versions that have it, and those of which it is not known.
        names, doubtful, errors = defaultdict(set), defaultdict(set), {}
        for minor, builds in by_minor.items():
            has = [build[module] for build in builds if module in build]
            if not has:
                continue
            fails = any(it.get("fails") for it in has)
            (there if len(has) == len(builds) and not fails else unsure).append(minor)
            kinds.add(tuple(kind for kind in ("package", "pure") if all(kind in it["is"] for it in has)))
            known = [it for it in has if "names" in it]
            if known and all(it["listed"] for it in known):
                listed.append(minor)
            for it in known:
                it["names"] = set(it["names"]) | set(FROM_SITE.get(module, []))
            for name in {name for it in known for name in it["names"]} - OF_EVERY_MODULE:
                agreed = all(name in it["names"] for it in known)
                (names if agreed else doubtful)[name].add(minor)
            for name, bases in ((name, bases) for it in known for name, bases in it["errors"].items()):
                errors[name] = [base for base in errors.get(name, bases) if base in bases]
        if top in CUT_OFF or module in OPTIONAL:
            first = min(there + unsure)
            there, unsure = [], [minor for minor in by_minor if first <= minor <= REMOVED_AFTER.get(module, newest)]
        if not has_names(module, "pure" in {kind for it in kinds for kind in it}):
            names, doubtful, listed = {}, {}, []
        kind = [kind for kind in ("package", "pure") if all(kind in it for it in kinds)]
        words = [module, *filter(None, [versions(there, newest), "?" + versions(unsure, newest) if unsure else ""]), *kind]
        if listed:
            words.append("listed=" + versions(listed, newest))
        if module in FROM_HEADERS:
            words.append("headers")
        if top in CUT_OFF:
            words.append("open")
        heads[module] = words
        members[module] = {
            name: (tuple(sorted(names[name])), tuple(sorted(doubtful[name])), *errors.get(name, [])[:1])
            for name in sorted({**names, **doubtful})
        }
    for module, words in heads.items():
        own = members[module]
        star = star_of(module, members)
        if star:
            words.append("star=" + star)
        lines.append(" ".join(words) + "\n")
        groups = defaultdict(list)
        for name, (there, unsure, *base) in own.items():
            if star and own[name] == members[star].get(name) and not name.startswith("_"):
                continue
            for minors, sign in ((there, ""), (unsure, "?")):
                if minors:
                    groups[sign + versions(minors, newest)].append("=".join([name, *base]))
        lines.extend(f" {minors} {' '.join(group)}\n" for minors, group in sorted(groups.items()))
    return "".join(lines)


def main():
    arguments = sys.argv[1:]
    check = "--check" in arguments
    commands = [it for it in arguments if it != "--check"]
    if not commands:
        sys.exit(__doc__)
    collected = [collect(command) for command in commands]
    # What a module gives out by `__getattr__` in one version and binds in another is asked for by name.
    asked = defaultdict(set)
    for one in collected:
        for name, it in one["modules"].items():
            asked[name] |= set(it.get("names", ()))
    for command, one in zip(commands, collected):
        dynamic = {
            name: sorted(asked[name] - {other.rpartition(".")[2] for other in one["modules"] if other.startswith(name + ".")})
            for name, it in one["modules"].items()
            if "names" in it and not it["listed"]
        }
        one["modules"].update(collect(command, dynamic)["modules"])
    text = merged(collected)
    if not check:
        TABLE.write_text(text, encoding="utf-8")
    elif TABLE.read_text(encoding="utf-8") != text:
        sys.exit(f"{TABLE} is not what these interpreters make")


if __name__ == "__main__":
    main()
