"""Imports modules, each first in a process that is fresh or looks so.

Says the x of 3.x first. Then it reads requests from stdin, one a line, and answers each with one line of JSON a module:
{"root": folder, "modules": [names], "fork": whether each module has a process of its own}: for each name, what `import NAME` does with the folder first on `sys.path`:
  {"error": class as a traceback names it, or null, "message": text without the folder, "frames": [[file, line]] of the program from the outermost to the innermost,
   "halves": {file of a module that stopped in the middle: {"line": where, "binds": names that it has at the end, without dunders}},
   "began": modules of the program in the order in which they began to run, once for each time,
   "loaded": names of the program in `sys.modules` at the end in its order, "blocked": those that are None there}
  {"killed": signal}: it did not end
{"members": [names]}: for each name of a module, the names of its attributes, or null where there is none.

Modules of the standard library that programs use are loaded before, for speed: they are no part of what is told.
"""

import gc
import importlib
import importlib._bootstrap
import importlib._bootstrap_external
import json
import os
import re
import signal
import sys

# What programs import of the standard library, as far as this Python has it.
LIBRARY = sys.argv[1].split(",")
for module in LIBRARY[:]:
    try:
        importlib.import_module(module)
    except ImportError:
        LIBRARY.remove(module)
import encodings.utf_8  # What a first import of a source file would load.

began = []


def recorded(make):
    """Every module that begins to run is made first, also a folder without `__init__`."""

    def module_from_spec(spec):
        began.append(spec.name)
        return make(spec)

    return module_from_spec


def remembered(compiled):
    """A text is compiled once for all imports of a program: most of the time would go there."""
    codes = {}

    def source_to_code(self, data, path, **options):
        if path not in codes:
            codes[path] = compiled(self, data, path, **options)
        return codes[path]

    return source_to_code


importlib._bootstrap.module_from_spec = recorded(importlib._bootstrap.module_from_spec)

SourceLoader = importlib._bootstrap_external.SourceLoader
SourceLoader.source_to_code = remembered(SourceLoader.source_to_code)


def class_name(kind):
    module = kind.__module__
    return kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}"


def message_of(error):
    try:
        # Addresses are others each time.
        return re.sub(r"\b0x[0-9a-f]+", "0x", str(error))
    except Exception:
        return ""


def frames_of(error, root):
    traceback = error.__traceback__
    start = root + "/"
    frames, halves = [], {}
    while traceback is not None:
        frame = traceback.tb_frame
        file = frame.f_code.co_filename
        if file.startswith(start):
            frames.append([file[len(start) :], traceback.tb_lineno])
            if frame.f_code.co_name == "<module>":
                binds = [name for name in frame.f_globals if not (name.startswith("__") and name.endswith("__"))]
                halves[file[len(start) :]] = {"line": traceback.tb_lineno, "binds": binds}
        traceback = traceback.tb_next
    # No more than the ends of an endless recursion.
    return (frames if len(frames) <= 200 else frames[:100] + frames[-100:]), halves


def answer(root, name):
    sys.path.insert(0, root)
    before = set(sys.modules)
    statement = compile(f"import {name}", "<entry>", "exec")
    kind = message = None
    frames, halves = [], {}
    try:
        exec(statement, {"__name__": "__main__"})
    except BaseException as error:
        # What the program left behind must not run any more.
        sys.settrace(None)
        kind, message = class_name(type(error)), message_of(error).replace(root + "/", "")
        frames, halves = frames_of(error, root)
    new = [(name, module) for name, module in sys.modules.items() if name not in before]
    return {
        "error": kind,
        "message": message,
        "frames": frames,
        "halves": halves,
        "began": began[:1000],
        "loaded": [name for name, module in new if module is not None],
        "blocked": [name for name, module in new if module is None],
    }


def write(text):
    data = text.encode() + b"\n"
    while data:
        data = data[os.write(ANSWERS, data) :]


def forget(modules, path, contents):
    """Makes the process look fresh again: only modules of the library are kept, and what the program did to them is undone."""
    sys.modules.clear()
    sys.modules.update(modules)
    sys.path[:] = path
    for module, names in contents:
        vars(module).clear()
        vars(module).update(names)
    began.clear()


def answered_by_a_process(root, names):
    """One process for all of the names. Where it dies, a process of its own for each of them that has no answer yet."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        modules, path = dict(sys.modules), list(sys.path)
        contents = [(module, dict(vars(module))) for module in map(sys.modules.get, LIBRARY)]
        for name in names:
            # Endless loops end.
            signal.alarm(5)
            write(json.dumps(answer(root, name)))
            os.write(writer, b".")
            forget(modules, path, contents)
        os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    answered = len(os.read(reader, len(names) + 1))
    os.close(reader)
    if status != 0:
        write(json.dumps({"killed": status & 0x7F}))
        if names[answered + 1 :]:
            answered_by_a_process(root, names[answered + 1 :])


# What programs print is not told.
ANSWERS = os.dup(1)
nowhere = os.open(os.devnull, os.O_WRONLY)
os.dup2(nowhere, 1)
os.dup2(nowhere, 2)
sys.dont_write_bytecode = True
# What programs leave behind is little.
gc.disable()
gc.freeze()
write(str(sys.version_info.minor))
for line in sys.stdin:
    request = json.loads(line)
    if "members" in request:
        for name in request["members"]:
            write(json.dumps(dir(sys.modules[name]) if name in sys.modules else None))
    else:
        names = request["modules"]
        shares = [[name] for name in names] if request["fork"] else [names]
        for share in shares:
            answered_by_a_process(request["root"], share)
