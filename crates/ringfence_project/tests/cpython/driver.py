"""Imports modules, each in a process of its own that is forked from this one.

Reads requests from stdin, one a line: {"root": folder, "modules": [names]}. Answers each with one line:
[{"ran": modules in the order in which they began to run, "completed": modules in the order in which they came to
their end, "namespaces": loaded modules without a file, "bound": {module: {name: what it is bound to}}, "output": what
was printed, "error": text or null}].
"""

import builtins
import contextlib
import importlib
import io
import json
import os
import re
import sys
import types
import typing

import encodings.utf_8  # What a first import of a source file would load.


class Nothing(contextlib.ContextDecorator):
    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False


def described(value):
    """What a value is, in every process the same: its module and name, or itself."""
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__}"
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    text = repr(value)
    # Addresses and paths are others each time.
    return text if " at 0x" not in text and " from " not in text else f"a {type(value).__qualname__}"


def bound_in(module):
    return {name: described(value) for name, value in vars(module).items() if not name.startswith("__")}


def answer(root, name):
    ran, completed = [], []
    builtins.began, builtins.ended, builtins.nothing = ran.append, completed.append, Nothing()
    sys.path.insert(0, root)
    before = set(sys.modules)
    error = None
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            importlib.import_module(name)
        except BaseException as exception:
            error = f"{type(exception).__name__}: {exception}"
    namespaces = [
        name
        for name, module in sorted(sys.modules.items())
        if name not in before and getattr(module, "__file__", None) is None and hasattr(module, "__path__")
    ]
    bound = {
        name: bound_in(module)
        for name, module in list(sys.modules.items())
        if (getattr(module, "__file__", None) or "").startswith(root) and hasattr(module, "__dict__")
    }
    return {
        "ran": ran,
        "completed": completed,
        "namespaces": namespaces,
        "bound": bound,
        # Addresses are others each time.
        "output": re.sub(r"\bat 0x[0-9a-f]+", "at", output.getvalue()),
        "error": error,
    }


def in_a_process(root, name):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as stream:
            json.dump(answer(root, name), stream)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    return json.loads(text)


sys.dont_write_bytecode = True
for line in sys.stdin:
    request = json.loads(line)
    answers = [in_a_process(request["root"], name) for name in request["modules"]]
    print(json.dumps(answers), flush=True)
