#!/usr/bin/env python3
"""Drives the language server with a client that is not ours (pygls), through random edits, saves, creations, renames and deletions of sources and
configs. After each step what the server says of the whole workspace has to be what a cold `ringfence check` says of the same contents.

usage: drive_server.py BINARY [--steps 1000] [--seed 1] [--rush 0.15]

With --rush, the part of the steps after which nothing is asked, so that the next one meets a server that is still at work.

Needs pygls 2 (PyPI). Syntax errors are left out: a cold run meets more or fewer of them, depending on which files it looks at in full.
"""

import argparse
import asyncio
import json
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

CONFIGS = [
    """\
select = ["ALL"]
ignore = ["RF900"]
forbid-cycles = true
layers = ["top", "middle | side", "bottom"]

[modules."p.a"]
layer = "top"
depends-on = ["p.b"]

[modules."p.b"]
layer = "middle"
exposes = ["make", "api.*"]

[modules."p.c"]
layer = "side"
visible-to = ["p.a"]

[modules."p.d"]
layer = "bottom"
""",
    """\
[modules."p.a"]
depends-on = []

[modules."p.b"]
forbids = ["p.d"]

[modules."p.c"]
[modules."p.d"]
[modules."p.e.*"]

[[contracts]]
name = "far"
type = "forbidden"
from = ["p.a"]
to = ["p.d", "numpy"]
except = ["p.b -> p.c"]

[[contracts]]
name = "no circles"
type = "acyclic"
modules = ["p"]
""",
    "source-roots = [\".\"]\nexclude = [\"p/e\"]\nbaseline = \"known.baseline\"\n\n[modules.p]\n[modules.\"p.a\"]\ndepends-on = [\"p.c\"]\n[modules.\"p.b\"]\nexposes = []\n",
]
BROKEN = ["[modules\n", "colour = 1\n", "[modules.p]\ndepends-on = [3]\n", ""]
BASELINES = ["", "RF101 p.a -> p.b\n", "RF401 p.a <-> p.b\nRF201 p.c -> p.b hidden\n"]
NAMES = ["p/__init__.py", "p/a/__init__.py", "p/a/view.py", "p/b/__init__.py", "p/b/api.py", "p/c.py", "p/d.py", "p/e/x.py",
         "p/e/y.py", "p/b/_core.py", "p/d.pyi", "q/loose.py", "p/ünïcode.py"]
LINES = [
    "", "# a comment", "x = 1", "import p", "import p.a", "import p.b", "import p.c", "import p.d", "from p import a, d",
    "from p.b import make", "from p.b import api, hidden", "from p.b.api import *", "from p.b._core import make", "from . import c",
    "from .. import c", "import requests", "import numpy.linalg", "import p.d  # ringfence: ignore[RF101] for now",
    "# ringfence: file-ignore[RF104] all of it", "import p.d  # noqa: RF101", "if TYPE_CHECKING:\n    from p.d import y",
    "def f():\n    from p.d import y\n    return y", "try:\n    import p.d\nexcept ImportError:\n    pass", "def make(): ...",
    "print(p.b.hidden)", "__all__ = ['make']", "x = '\u00e9\U0001f600'; import p.b", "broken = (", "from p.e import x, y", "import p.e.x",
]
UNITS = {"utf-8": lambda c: len(c.encode()), "utf-16": lambda c: len(c.encode("utf-16-le")) // 2, "utf-32": lambda c: 1}


class Workspace:
    """What is on disk, what is open, and what the server was told."""

    def __init__(self, client, root, encoding):
        self.client, self.root, self.encoding = client, root, encoding
        self.disk, self.open, self.version = {}, {}, 0
        self.good = None
        # Watchers are told of what happens on disk all at once.
        self.events = []

    def uri(self, name):
        return (self.root / name).as_uri()

    def contents(self):
        return {**self.disk, **self.open}

    def write(self, name, text):
        kind = lsp.FileChangeType.Changed if name in self.disk else lsp.FileChangeType.Created
        self.disk[name] = text
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # As editors do it: never half of it is there.
        scratch = self.root.parent / "scratch"
        scratch.write_text(text, encoding="utf-8", newline="")
        scratch.replace(path)
        self.events.append(lsp.FileEvent(uri=self.uri(name), type=kind))

    def remove(self, name):
        del self.disk[name]
        (self.root / name).unlink()
        self.events.append(lsp.FileEvent(uri=self.uri(name), type=lsp.FileChangeType.Deleted))

    def tell(self):
        events, self.events = self.events, []
        if events:
            self.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams(changes=events))

    def open_document(self, name):
        self.open[name] = self.disk.get(name, "")
        self.version += 1
        item = lsp.TextDocumentItem(uri=self.uri(name), language_id="python", version=self.version, text=self.open[name])
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=item))

    def close_document(self, name):
        del self.open[name]
        document = lsp.TextDocumentIdentifier(uri=self.uri(name))
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(text_document=document))

    def position(self, text, offset):
        before = text[:offset]
        line = before.count("\n")
        units = UNITS[self.encoding]
        return lsp.Position(line=line, character=sum(units(c) for c in before[before.rfind("\n") + 1:]))

    def edit(self, name, start, end, new):
        text = self.open[name]
        if random.random() < 0.1:
            change = lsp.TextDocumentContentChangeWholeDocument(text=text[:start] + new + text[end:])
        else:
            where = lsp.Range(start=self.position(text, start), end=self.position(text, end))
            change = lsp.TextDocumentContentChangePartial(range=where, text=new)
        self.open[name] = text[:start] + new + text[end:]
        self.version += 1
        document = lsp.VersionedTextDocumentIdentifier(uri=self.uri(name), version=self.version)
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(text_document=document, content_changes=[change])
        )


def source():
    return "".join(random.choice(LINES) + "\n" for _ in range(random.randint(0, 6)))


def line_bounds(text):
    """A random run of whole lines of a text."""
    starts = [0] + [i + 1 for i, c in enumerate(text) if c == "\n"]
    first = random.randrange(len(starts))
    last = min(len(starts) - 1, first + random.randint(0, 2))
    return starts[first], starts[last]


def step(workspace):
    """One thing that somebody does; gives what it was."""
    what = random.choices(
        ["edit", "letter", "open", "close", "save", "create", "delete", "rename", "config", "disk", "baseline", "folder"],
        [24, 10, 8, 4, 5, 5, 3, 3, 5, 5, 2, 1],
    )[0]
    sources = sorted(name for name in workspace.disk if name.endswith((".py", ".pyi")))
    opened = sorted(workspace.open)
    if what in ("edit", "letter", "save", "close") and not opened:
        what = "open"
    if what == "edit":
        name = random.choice(opened)
        start, end = line_bounds(workspace.open[name])
        config = not name.endswith((".py", ".pyi"))
        new = random.choice(CONFIGS + BROKEN + BASELINES) if config else source()
        if config:
            start, end = 0, len(workspace.open[name])
        workspace.edit(name, start, end, new)
    elif what == "letter":
        name = random.choice(opened)
        at = random.randint(0, len(workspace.open[name]))
        workspace.edit(name, at, at, random.choice("ab.#\n ") if name.endswith((".py", ".pyi")) else "\n")
    elif what == "open":
        names = [name for name in [*sources, "ringfence.toml", random.choice(NAMES)] if name not in workspace.open]
        if names:
            workspace.open_document(random.choice(names))
    elif what == "close":
        workspace.close_document(random.choice(opened))
    elif what == "save":
        name = random.choice(opened)
        workspace.write(name, workspace.open[name])
    elif what == "create":
        workspace.write(random.choice(NAMES), source())
    elif what in ("delete", "rename") and sources:
        name = random.choice(sources)
        text = workspace.disk[name]
        if name in workspace.open:
            workspace.close_document(name)
        workspace.remove(name)
        if what == "rename":
            workspace.write(random.choice(NAMES), text)
    elif what == "config":
        workspace.write("ringfence.toml", random.choice(CONFIGS + CONFIGS + BROKEN))
    elif what == "disk" and sources:
        workspace.write(random.choice(sources), source())
    elif what == "baseline":
        workspace.write(random.choice(["ringfence.baseline", "known.baseline"]), random.choice(BASELINES))
    elif what == "folder":
        # Of a folder that goes nobody names the files.
        gone = [name for name in workspace.disk if name.startswith("p/e/")]
        for name in gone:
            if name in workspace.open:
                workspace.close_document(name)
            del workspace.disk[name]
        shutil.rmtree(workspace.root / "p/e", ignore_errors=True)
        files = [lsp.FileDelete(uri=workspace.uri("p/e"))]
        workspace.client.workspace_did_delete_files(lsp.DeleteFilesParams(files=files))
    workspace.tell()
    return what


def cold(binary, contents, folder):
    """What a run over these contents finds; None where the config has mistakes."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    command = [binary, "check", "--quiet", "--output-format", "json", folder]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if run.returncode == 2:
        return None
    found = []
    for it in json.loads(run.stdout):
        start, end = it["location"], it["end_location"]
        if it["code"] != "RF900":
            place = (start["row"] - 1, start["column"] - 1, end["row"] - 1, end["column"] - 1)
            found.append((str(Path(it["filename"]).relative_to(folder)), *place, it["code"], it["severity"], it["message"]))
    return sorted(found)


def to_characters(text, position, units):
    lines = text.split("\n")
    line = lines[position.line] if position.line < len(lines) else ""
    left, count = position.character, 0
    for c in line:
        if left <= 0:
            break
        left -= units(c)
        count += 1
    return count


async def said(workspace):
    """What the server says of the workspace."""
    report = await workspace.client.workspace_diagnostic_async(lsp.WorkspaceDiagnosticParams(previous_result_ids=[]))
    contents, units = workspace.contents(), UNITS[workspace.encoding]
    found = []
    for item in report.items:
        name = next((name for name in contents if workspace.uri(name) == item.uri), None)
        for it in item.items:
            if name is None:
                found.append((item.uri, it.code))
                continue
            if it.code == "RF900":
                continue
            text = contents[name]
            start, end = it.range.start, it.range.end
            place = (start.line, to_characters(text, start, units), end.line, to_characters(text, end, units))
            severity = "error" if it.severity == lsp.DiagnosticSeverity.Error else "warning"
            message = it.message.split("\nhelp: ")[0].split("\nowner: ")[0]
            found.append((name, *place, it.code, severity, message))
    return sorted(found)


async def drive(options):
    random.seed(options.seed)
    encoding = random.choice(list(UNITS))
    client = LanguageClient("drive", "1")

    @client.feature("workspace/diagnostic/refresh")
    def _(*_):
        return None

    @client.feature("client/registerCapability")
    def _(*_):
        return None

    told = []

    @client.feature("window/logMessage")
    def _(message):
        told.append(message.message)

    @client.feature("window/showMessage")
    def _(message):
        told.append(message.message)

    with tempfile.TemporaryDirectory() as folder:
        root, cold_folder = Path(folder).resolve() / "work", Path(folder).resolve() / "cold"
        root.mkdir()
        workspace = Workspace(client, root, encoding)
        workspace.write("ringfence.toml", CONFIGS[0])
        for name in NAMES[:8]:
            workspace.write(name, source())
        workspace.events = []
        await client.start_io(str(options.binary.resolve()), "server")
        capabilities = lsp.ClientCapabilities(
            general=lsp.GeneralClientCapabilities(position_encodings=[lsp.PositionEncodingKind(encoding)]),
            text_document=lsp.TextDocumentClientCapabilities(diagnostic=lsp.DiagnosticClientCapabilities()),
        )
        folders = [lsp.WorkspaceFolder(uri=root.as_uri(), name="work")]
        result = await client.initialize_async(
            lsp.InitializeParams(capabilities=capabilities, workspace_folders=folders, root_uri=root.as_uri())
        )
        # A client that names one encoding alone gets it, or the one that all have to know.
        encoding = result.capabilities.position_encoding or "utf-16"
        workspace.encoding = getattr(encoding, "value", encoding)
        client.initialized(lsp.InitializedParams())
        history, compared, findings = [], 0, 0
        # What may be the last good policy: in a rush the server need not have seen every text.
        good = [workspace.contents()["ringfence.toml"]]
        for number in range(options.steps):
            history.append(step(workspace))
            good += [workspace.disk["ringfence.toml"], workspace.contents()["ringfence.toml"]]
            if random.random() < options.rush:
                continue
            got = await said(workspace)
            contents = workspace.contents()
            expected = cold(options.binary, contents, cold_folder)
            if expected is None:
                # The last good policy stays, and the config alone tells what is wrong with it.
                assert any(item[0] == "ringfence.toml" for item in got), (history[-5:], got)
                got = [item for item in got if item[0] != "ringfence.toml"]
                kept = [cold(options.binary, {**contents, "ringfence.toml": text}, cold_folder) for text in dict.fromkeys(good)]
                policies = [[it for it in found if it[0] != "ringfence.toml"] for found in kept if found is not None]
                if compared == 0:
                    # It may not have seen a good one yet.
                    policies.insert(0, [])
                expected = got if got in policies else policies[-1]
            else:
                good = [contents["ringfence.toml"]]
            compared += 1
            findings += len(expected)
            if got != expected:
                print(f"seed {options.seed}, step {number} ({', '.join(history[-6:])}), {workspace.encoding}:")
                for item in sorted(set(got) - set(expected)):
                    print("  the server alone:", item)
                for item in sorted(set(expected) - set(got)):
                    print("  the cold run alone:", item)
                print("  open:", sorted(workspace.open))
                print("  the last that it told:", *[it for it in told if not it.startswith("governed")][-3:], sep="\n    ")
                await client.shutdown_async(None)
                return 1
        await client.shutdown_async(None)
        client.exit(None)
        print(f"seed {options.seed}: {options.steps} steps, {compared} compared with {findings} findings, {workspace.encoding}: all equal")
        return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rush", type=float, default=0.15)
    raise SystemExit(asyncio.run(drive(parser.parse_args())))


if __name__ == "__main__":
    main()
