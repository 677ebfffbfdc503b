#!/usr/bin/env python3
"""Measures the language server on a tree: how long until the first diagnostics, what a keystroke costs, and whether memory grows.

usage: measure_server.py BINARY TREE [--edits 500] [--memory-edits 1000] [--seed 1]

TREE is a folder with a config. Edits alternate between files with imports: most put a letter into a new line at the end (nothing moves, or all of
it), one in five types a letter of an `import` statement. A keystroke is measured from the `didChange` to the answer of a `textDocument/diagnostic` request:
CPU time of all threads of the server, and time on the clock. Linux only.
"""

import argparse
import random
import statistics
import time
from pathlib import Path

from lsp_client import Client

CAPABILITIES = {"textDocument": {"diagnostic": {}, "publishDiagnostics": {"relatedInformation": True}}}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--edits", type=int, default=500)
    parser.add_argument("--memory-edits", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class File:
    """An open file, and where the next letter goes."""

    def __init__(self, client, path):
        self.client, self.path, self.version = client, path, 1
        self.text = path.read_text(encoding="utf-8")
        client.open(path, self.text)
        self.line = self.text.count("\n")
        self.column = 0
        self.typed = ""

    def type(self, letters):
        position = {"line": self.line, "character": self.column}
        self.version += 1
        self.client.change(self.path, self.version, {"range": {"start": position, "end": position}, "text": letters})
        self.column += len(letters)

    def new_line(self):
        self.type("\n")
        self.line, self.column = self.line + 1, 0

    def clear(self):
        """Back to what it was."""
        self.version += 1
        self.client.change(self.path, self.version, {"text": self.text})
        self.line, self.column = self.text.count("\n"), 0


def main():
    options = arguments()
    tree = options.tree.resolve()
    random.seed(options.seed)
    paths = sorted(path for path in tree.rglob("*.py") if b"import" in path.read_bytes())
    chosen = [path for path in random.sample(paths, min(40, len(paths))) if path.read_text("utf-8", "replace").endswith("\n")]
    if not chosen:
        raise SystemExit(f"{tree}: no file with an import and a line break at its end")

    started = time.monotonic()
    client = Client([options.binary, "server"], tree, CAPABILITIES)
    first = File(client, chosen[0])
    client.pull(first.path)
    print(f"start to first diagnostics: {time.monotonic() - started:.2f} s, {client.cpu_seconds_in_all():.2f} s CPU, "
          f"{client.memory_megabytes():.0f} MB")

    # A small tree may have one such file only.
    files = [File(client, path) for path in chosen[1:11]] or [first]
    for file in files:
        client.pull(file.path)

    def keystroke(file, letters):
        cpu, clock = client.cpu_seconds(), time.monotonic()
        file.type(letters)
        client.pull(file.path)
        return (client.cpu_seconds() - cpu) * 1000, (time.monotonic() - clock) * 1000

    targets = [".".join(path.relative_to(tree).with_suffix("").parts) for path in random.sample(paths, min(50, len(paths)))]
    of_body, of_imports = [], []
    while len(of_body) + len(of_imports) < options.edits:
        file = random.choice(files)
        if random.random() < 0.8:
            for letter in "value = compute(1)\n"[: random.randint(1, 18)]:
                of_body.append(keystroke(file, letter))
        else:
            for letter in f"import {random.choice(targets)}"[: random.randint(4, 30)]:
                of_imports.append(keystroke(file, letter))
        file.clear()
        client.pull(file.path)
    for title, measured in [("all", of_body + of_imports), ("in bodies", of_body), ("in imports", of_imports)]:
        for number, what in enumerate(["CPU", "clock"] if measured else []):
            values = sorted(sample[number] for sample in measured)
            p99 = values[min(len(values) - 1, int(len(values) * 0.99))]
            print(f"keystrokes {title} ({len(values)}): {what} median {statistics.median(values):.2f} ms, "
                  f"p99 {p99:.2f} ms, most {values[-1]:.2f} ms")

    before = client.memory_megabytes()
    for number in range(options.memory_edits):
        file = files[number % len(files)]
        keystroke(file, random.choice("abc\n"))
        if number % 20 == 19:
            file.clear()
    print(f"memory: {before:.0f} MB, after {options.memory_edits} more edits {client.memory_megabytes():.0f} MB")
    code = client.stop()
    print(f"exit code {code}")


if __name__ == "__main__":
    main()
