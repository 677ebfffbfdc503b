"""Imports modules, each in a process forked from this one, which has imported nothing; tells what happened.

usage: python -I -B loading_driver.py SITE SECONDS < names

Reads lines of names. The last name of a line is the one asked about; those before it are imported first, and their failures
do not count. Writes one line an answer: the repr of a dict of plain values, so that another Python can read it. Takes nothing
from the standard library but what an interpreter has loaded before its first statement, as what it loads would be hidden
from the modules that it asks about. SITE is the site-packages folder whose files count.
"""

import posix
import sys
import time

import _signal

SITE = sys.argv[1].rstrip("/") + "/"
SECONDS = int(sys.argv[2])
# What a module may read: as in `python -c`.
sys.argv[:] = ["-c"]
BASE = set(sys.modules)
STANDARD = sys.stdlib_module_names


def field(thing, name):
    """An attribute without the `__getattr__` of a lazy module, which would import."""
    try:
        return object.__getattribute__(thing, name)
    except BaseException:
        return None


def belongs(path):
    return isinstance(path, str) and path.startswith(SITE)


def of_site(module):
    """Whether a module comes from site-packages, and the name that its spec has."""
    spec = field(module, "__spec__")
    name = field(spec, "name")
    name = name if isinstance(name, str) else None
    if belongs(field(spec, "origin")) or belongs(field(module, "__file__")):
        return True, name
    if field(spec, "origin") is None and field(spec, "loader") is not None:
        try:
            return any(belongs(path) for path in field(spec, "submodule_search_locations") or ()), name
        except BaseException:
            return False, name
    return False, name


def loaded():
    own, aliased, made = [], [], []
    for key, module in list(sys.modules.items()):
        if not isinstance(key, str) or key in BASE:
            continue
        here, name = of_site(module)
        if here and name in (key, None):
            own.append(key)
        elif here:
            aliased.append([key, name])
        elif key.partition(".")[0] not in STANDARD:
            made.append(key)
    return own, aliased, made


def text_of(error):
    try:
        return str(error)[:400]
    except BaseException:
        return ""


def class_of(error):
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def described(error):
    frames = []
    trace = error.__traceback__
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if belongs(path):
            frames.append([path[len(SITE):], trace.tb_lineno, trace.tb_frame.f_code.co_name])
        trace = trace.tb_next
    behind = []
    seen = error
    while len(behind) < 5:
        seen = seen.__cause__ or seen.__context__
        if seen is None:
            break
        behind.append([class_of(seen), text_of(seen)[:200], plain_name(seen)])
    syntax = None
    if isinstance(error, SyntaxError):
        syntax = [str(error.filename), error.lineno]
    return {
        "error": class_of(error),
        "bases": [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"],
        "message": text_of(error),
        "name": plain_name(error),
        "frames": frames[-80:],
        "behind": behind,
        "syntax": syntax,
    }


def plain_name(error):
    name = getattr(error, "name", None) if isinstance(error, (ImportError, NameError, AttributeError)) else None
    return name if isinstance(name, str) else None


def import_last(names):
    for name in names[:-1]:
        try:
            __import__(name)
        except BaseException:
            pass
    start = time.perf_counter()
    try:
        __import__(names[-1])
        told = {"works": True}
    except BaseException as error:
        told = {"works": False, **described(error)}
    told["seconds"] = round(time.perf_counter() - start, 3)
    told["loaded"], told["aliased"], told["made"] = loaded()
    return told


def write_all(target, data):
    while data:
        data = data[posix.write(target, data):]


def read_exactly(source, size):
    data = b""
    while len(data) < size:
        more = posix.read(source, size - len(data))
        if not more:
            return None
        data += more
    return data


def child(names, write):
    posix.setpgid(0, 0)
    nothing = posix.open("/dev/null", posix.O_RDWR)
    for standard in (0, 1, 2):
        posix.dup2(nothing, standard)
    _signal.signal(_signal.SIGALRM, _signal.SIG_DFL)
    _signal.alarm(SECONDS)
    text = repr(import_last(names)).encode("utf-8", "backslashreplace")
    write_all(write, len(text).to_bytes(8, "big") + text)


def ask(names):
    read, write = posix.pipe()
    pid = posix.fork()
    if pid == 0:
        try:
            child(names, write)
        finally:
            posix._exit(0)
    posix.close(write)
    size = read_exactly(read, 8)
    text = read_exactly(read, int.from_bytes(size, "big")) if size else None
    posix.close(read)
    if text is None:
        _, status = posix.waitpid(pid, 0)
        signal = posix.WTERMSIG(status) if posix.WIFSIGNALED(status) else None
        kind = "timeout" if signal == _signal.SIGALRM else f"signal {signal}" if signal else "ended"
        text = repr({"works": False, "error": kind, "bases": [], "message": "", "name": None, "frames": [], "behind": [],
                     "syntax": None, "seconds": None, "loaded": [], "aliased": [], "made": []}).encode()
    try:
        posix.killpg(pid, 9)
    except OSError:
        pass
    if size:
        try:
            posix.waitpid(pid, 0)
        except OSError:
            pass
    return text


def main():
    write_all(1, repr({"base": sorted(BASE), "version": list(sys.version_info[:3])}).encode() + b"\n")
    for line in sys.stdin:
        names = line.split()
        if names:
            write_all(1, ask(names) + b"\n")


main()
