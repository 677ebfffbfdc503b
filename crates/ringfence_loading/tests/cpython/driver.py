"""Imports modules, each first in a process that is fresh or looks so.

Says the x of 3.x first. Then it reads requests from stdin, one a line, and answers each with one line of JSON a module:
{"root": folder, "modules": [names], "fork": whether each module has a process of its own, that imported nothing before}: for each name, what `import NAME` does with the folder first on `sys.path`:
  {"error": class as a traceback names it, or null, "message": text without the folder, "frames": [[file, line]] of the program from the outermost to the innermost,
   "halves": {file of a module that stopped in the middle: {"line": where, "binds": names that it has at the end, without dunders}},
   "began": modules of the program in the order in which they began to run, once for each time,
   "loaded": names of the program in `sys.modules` at the end in its order, "blocked": those that are None there}
  {"killed": signal}: it did not end
{"members": [names]}: for each name of a module, the names of its attributes, or null where there is none.

Modules of the standard library that programs use are loaded before, for speed: they are no part of what is told.
"""

import _imp
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
codes = {}
# The folder of the program at hand.
base = ""


def recorded(make):
    """Every module that begins to run is made first, also a folder without `__init__`."""

    def module_from_spec(spec):
        began.append(spec.name)
        return make(spec)

    return module_from_spec


def remembered(compiled):
    """A text is compiled once, however often it is imported: most of the time would go there."""

    def source_to_code(self, data, path, **options):
        # Programs differ in where they lie.
        key = path.removeprefix(base), bytes(data)
        known = codes.get(key)
        if known is None:
            known = codes[key] = compiled(self, data, path, **options)
        elif known.co_filename != path:
            _imp._fix_co_filename(known, path)
        return known

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
    global base
    base = root
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


def set_back(names, before):
    for name in names.keys() - before.keys():
        del names[name]
    names.update(before)


class Fresh:
    """What a process looks like before it imports anything of a program."""

    def __init__(self):
        self.modules, self.path = dict(sys.modules), list(sys.path)
        self.finders, self.hooks = list(sys.meta_path), list(sys.path_hooks)
        self.environment = dict(os.environ)
        self.contents = [(module, dict(vars(module))) for module in map(sys.modules.get, [*LIBRARY, "builtins"])]

    def set_back(self):
        """Makes the process look fresh again: only modules of the library are kept, and what the program did to them is undone."""
        sys.modules.clear()
        sys.modules.update(self.modules)
        sys.path[:] = self.path
        sys.meta_path[:], sys.path_hooks[:] = self.finders, self.hooks
        sys.path_importer_cache.clear()
        if dict(os.environ) != self.environment:
            os.environ.clear()
            os.environ.update(self.environment)
        for module, names in self.contents:
            set_back(vars(module), names)
        began.clear()


class Worker:
    """A process that imports one module after the other, and looks fresh before each."""

    # So many imports it does at most.
    IMPORTS = 200

    def __init__(self):
        requests, self.requests = os.pipe()
        self.done, done = os.pipe()
        self.imports = 0
        self.child = os.fork()
        if self.child:
            os.close(requests)
            os.close(done)
            return
        os.close(self.requests)
        os.close(self.done)
        fresh = Fresh()
        for line in os.fdopen(requests):
            root, names = json.loads(line)
            for name in names:
                # Endless loops end.
                signal.alarm(5)
                told = json.dumps(answer(root, name))
                signal.alarm(0)
                write(told)
                os.write(done, b".")
                fresh.set_back()
        os._exit(0)

    def answered(self, root, names):
        """How many of the names it answered; fewer where it died."""
        self.imports += len(names)
        answered = 0
        try:
            os.write(self.requests, json.dumps([root, names]).encode() + b"\n")
        except BrokenPipeError:
            return answered
        while answered < len(names) and (told := os.read(self.done, len(names))):
            answered += len(told)
        return answered

    def ended(self):
        """Its status."""
        os.close(self.requests)
        os.close(self.done)
        return os.waitpid(self.child, 0)[1]


worker = None


def answered_by_worker(root, names):
    """Where the worker dies, the next one goes on with the name after."""
    global worker
    while names:
        worker = worker or Worker()
        names = names[worker.answered(root, names) :]
        if names or worker.imports >= Worker.IMPORTS:
            status, worker = worker.ended(), None
            if names:
                write(json.dumps({"killed": status & 0x7F}))
                names = names[1:]


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
        root, names = request["root"], request["modules"]
        if not request["fork"]:
            answered_by_worker(root, names)
            continue
        if worker:
            worker = worker.ended() and None
        for name in names:
            answered_by_worker(root, [name])
            worker = worker and worker.ended() and None
