#!/usr/bin/env python3
"""Drives `ringfence mcp` with the official Python client (`mcp` from PyPI) over a copy of the demo: each tool, compared with what the command line
says, then arguments that mean harm, requests that are cancelled, and files that change. Nothing may be written, and the server must live on.

usage: drive_mcp.py BINARY

Run it with the Python of an environment that has mcp 2.
"""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

DEMO = Path(__file__).resolve().parents[1] / "resources" / "demo"
TOOLS = ["check", "can", "why", "explain_rule", "modules"]
COUNT = {"answers": 0, "refusals": 0}


def command(binary, root, *arguments, text=None):
    """What the command line prints as JSON."""
    ran = subprocess.run([binary, *arguments, "--output-format", "json"], cwd=root, capture_output=True, text=True, input=text, timeout=120)
    assert ran.returncode in (0, 1), (arguments, ran.stderr)
    return json.loads(ran.stdout)


def contents(root):
    """Every file below a folder, by its hash; links by where they lead."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            found[path] = os.readlink(path)
        elif path.is_file():
            found[path] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


async def ask(session, tool, arguments):
    """The structured answer of a tool that works."""
    result = await session.call_tool(tool, arguments)
    assert not result.is_error, (tool, str(arguments)[:300], result.content)
    assert result.content and result.content[0].text, (tool, arguments)
    COUNT["answers"] += 1
    return result.structured_content


async def refused(session, tool, arguments):
    """What a tool says is wrong."""
    result = await session.call_tool(tool, arguments)
    assert result.is_error, (tool, str(arguments)[:300], str(result.structured_content)[:300])
    text = result.content[0].text
    assert len(text) < 3000 and "panicked" not in text and "internal error" not in text, text
    COUNT["refusals"] += 1
    return text


async def as_the_command_line(session, binary, root):
    """Each tool says what its command says."""
    listed = (await session.list_tools()).tools
    assert [tool.name for tool in listed] == TOOLS, listed
    assert all(tool.annotations.read_only_hint and not tool.annotations.open_world_hint for tool in listed)

    everything = command(binary, root, "check", "-q")
    found = await ask(session, "check", {"limit": 500})
    assert found["findings"] == everything and found["left_out"] == 0, found
    for path in ("src/shop/web", "src/shop/web/views.py"):
        found = await ask(session, "check", {"path": path})
        assert found["findings"] == command(binary, root, "check", "-q", path), path
    seen, offset = [], 0
    while offset is not None:
        part = await ask(session, "check", {"limit": 3, "offset": offset})
        seen += part["findings"]
        offset = part["next_offset"]
    assert seen == everything
    for path, text in {
        "src/shop/web/views.py": "from shop.storage.database import connect\n",
        "src/shop/catalog/new.py": "import shop.web\nfrom shop.orders.models import Order\n",
        "src/shop/fresh/__init__.py": "import shop.web\n",
        "src/shop/web/broken.py": "def (:\n",
    }.items():
        found = await ask(session, "check", {"path": path, "text": text})
        assert found["findings"] == command(binary, root, "check", "-q", "--stdin-filename", path, text=text), path
        found = await ask(session, "check", {"path": path, "text": text, "elsewhere": True, "limit": 500})
        assert found["findings"] == command(binary, root, "check", "-q", "--stdin-filename", path, ".", text=text), path

    modules = sorted(
        str(path.relative_to(root / "src").with_suffix("")).replace(os.sep, ".").removesuffix(".__init__")
        for path in (root / "src").rglob("*.py")
    )
    for importer in modules:
        for imported in [*modules, "requests", "json"]:
            if importer == imported:
                continue
            question = {"importer": importer, "imported": imported}
            # One process a pair takes long; the others are asked, too.
            answer = await ask(session, "can", question)
            if (len(importer) + len(imported)) % 5 == 0:
                assert answer == command(binary, root, "can", "-q", importer, imported), question
    for importer, imported, name, kind in [
        ("src/shop/web/new.py", "shop.orders.models", "Order", None),
        ("shop.catalog.new", "shop.web", None, "typing"),
        ("shop.orders.service", "shop.storage.database", "connect", "deferred"),
    ]:
        question = {"importer": importer, "imported": imported}
        options = []
        if name:
            question["name"] = name
            options += ["--name", name]
        if kind:
            question["kind"] = kind
            options += ["--kind", kind]
        answer = await ask(session, "can", question)
        assert answer == command(binary, root, "can", "-q", importer, imported, *options), question
    for importer in modules[::3]:
        for imported in modules[::2]:
            question = {"importer": importer, "imported": imported}
            assert await ask(session, "why", question) == command(binary, root, "why", "-q", importer, imported), question
    for rule in ("RF101", "private-import", "RF403"):
        assert await ask(session, "explain_rule", {"rule": rule}) == (await ask(session, "explain_rule", {"rule": rule}))
    boundaries = await ask(session, "modules", {})
    orders = await ask(session, "modules", {"module": "shop.orders.models"})
    assert orders["modules"][0] in boundaries["modules"] and orders["modules"][0]["owner"] == "@orders", orders
    assert orders["modules"][0]["exposes"] == ["Order", "place_order"], orders


async def hostile(session, binary, root, outside):
    """What means harm is refused, in few words."""
    before = contents(root)
    paths = ["../secret.py", "src/../../secret.py", "/etc/passwd", str(outside / "secret.py"), "a\0b.py", "link/secret.py", "link/new.py",
             "src/shop/linked.py", "src/shop/linked.py/x.py", "~/x.py/../../../../secret.py", "x" * 5000 + ".py", "", ".." + "/.." * 200]
    for path in paths:
        for arguments in ({"path": path}, {"path": path, "text": "import os\n"}):
            said = await refused(session, "check", arguments)
            assert "the secret" not in said, said
        if path:
            await refused(session, "can", {"importer": path, "imported": "shop.web"})
            await refused(session, "can", {"importer": "shop.web", "imported": path})
            await refused(session, "why", {"importer": path, "imported": "shop.web"})
    huge = "y" * 1_000_000
    for tool, arguments in [
        ("check", {"path": 7}), ("check", {"path": ["src"]}), ("check", {"path": {"a": 1}}), ("check", {"limit": -1}), ("check", {"limit": "all"}),
        ("check", {"offset": 1.5}), ("check", {"unknown": True}), ("check", {"text": "import os\n"}), ("check", {"path": "src", "text": ""}),
        ("check", {"path": "src/shop/nowhere.py"}), ("check", {"path": "README.md", "text": ""}), ("check", {"path": huge}),
        ("can", {}), ("can", {"importer": "shop.web"}), ("can", {"importer": huge, "imported": "shop.web"}),
        ("can", {"importer": "shop.web", "imported": huge}), ("can", {"importer": "shop.web", "imported": "shop.orders", "name": huge}),
        ("can", {"importer": "shop.web", "imported": "shop.orders", "name": "a; import os"}),
        ("can", {"importer": "shop.web", "imported": "os\nimport sys"}), ("can", {"importer": "shop.web", "imported": "shop.orders", "kind": "x"}),
        ("can", {"importer": None, "imported": "shop.web"}), ("why", {"importer": "shop.web"}), ("why", {"importer": "", "imported": ""}),
        ("explain_rule", {"rule": "RF000"}), ("explain_rule", {"rule": huge}), ("explain_rule", {"rule": 101}), ("modules", {"module": "nothing"}),
        ("modules", {"module": huge}), ("modules", {"limit": 2**70}),
    ]:
        await refused(session, tool, arguments)
    for name in ("write_file", "", "check ", "../check", huge):
        try:
            await session.call_tool(name, {})
        except Exception as error:  # noqa: BLE001 - whatever the client makes of the protocol's error
            assert len(str(error)) < 3000, str(error)[:300]
            COUNT["refusals"] += 1
        else:
            raise AssertionError(f"there is no tool {name[:40]!r}")
    large = "import shop.web\n" + "x = 1\n" * 1_700_000
    found = await ask(session, "check", {"path": "src/shop/catalog/large.py", "text": large})
    assert found["findings"], found
    for _ in range(20):
        # Nobody waits for these any more.
        with anyio.move_on_after(0.001):
            await session.call_tool("check", {})
    assert (await ask(session, "check", {"limit": 500}))["findings"] == command(binary, root, "check", "-q")
    assert contents(root) == before, "something was written"


async def changing(session, binary, root):
    """Whatever changes, the answer is that of a cold run."""
    views = root / "src/shop/web/views.py"
    original = views.read_text()
    steps = [
        lambda: views.write_text("import shop.storage.database\n" + original),
        lambda: views.write_text("import shop.storage.data8ase\n" + original),
        lambda: views.write_text(original),
        lambda: (root / "src/shop/late.py").write_text("import shop.web\n"),
        lambda: (root / "src/shop/late.py").rename(root / "src/shop/later.py"),
        lambda: (root / "src/shop/later.py").unlink(),
        lambda: (root / "ringfence.toml").write_text((root / "ringfence.toml").read_text().replace('exposes = ["Order", ', "exposes = [")),
        lambda: (root / "ringfence.baseline").write_text("RF101 shop.web.views -> shop.orders\n"),
        lambda: (root / "ringfence.baseline").unlink(),
    ]
    for step in steps:
        step()
        found = await ask(session, "check", {"limit": 500})
        assert found["findings"] == command(binary, root, "check", "-q"), step


async def main():
    binary = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder).resolve()
        root, outside = folder / "demo", folder / "outside"
        shutil.copytree(DEMO, root)
        outside.mkdir()
        (outside / "secret.py").write_text("import the secret\n")
        (folder / "secret.py").write_text("import the secret\n")
        (root / "link").symlink_to(outside)
        (root / "src/shop/linked.py").symlink_to(outside / "secret.py")
        server = StdioServerParameters(command=binary, args=["mcp"], cwd=str(root))
        async with stdio_client(server) as streams, ClientSession(*streams) as session:
            about = await session.initialize()
            assert about.server_info.name == "ringfence", about
            (root / "src/shop/linked.py").unlink()
            await as_the_command_line(session, binary, root)
            (root / "src/shop/linked.py").symlink_to(outside / "secret.py")
            await hostile(session, binary, root, outside)
            (root / "src/shop/linked.py").unlink()
            await changing(session, binary, root)
    print(f"{COUNT['answers']} answers as the command line gives them, {COUNT['refusals']} refusals, nothing written")


if __name__ == "__main__":
    asyncio.run(main())
