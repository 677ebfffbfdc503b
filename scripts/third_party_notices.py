"""Writes THIRD_PARTY_NOTICES.md: the crates that the binary is linked from, their licences, and the texts of these.

usage: third_party_notices.py [--check]

With --check nothing is written, and the exit code is 1 if the file is not what it has to be. Needs cargo.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTICES = ROOT / "THIRD_PARTY_NOTICES.md"
# What is released.
TARGETS = [
    f"{machine}-{system}"
    for machine in ("x86_64", "aarch64")
    for system in ("unknown-linux-gnu", "unknown-linux-musl", "apple-darwin", "pc-windows-msvc")
]
LICENCE_FILE = re.compile(r"(?i)^(licen[cs]e|copying|notice|unlicense|copyright)([-_.].*)?$")

HEAD = """\
<!-- Made by `python3 scripts/third_party_notices.py` from Cargo.lock. -->

# Notices

ringfence is under the MIT License (`LICENSE`). Its binary is linked from the crates below as well, each under its own licence. Where an
expression offers a choice, ringfence takes MIT if that is offered, else Apache-2.0. Rust's standard library (MIT or Apache-2.0,
https://github.com/rust-lang/rust) and, in the builds for musl, musl (MIT, https://musl.libc.org) are linked, too.
"""

# What a crate under MIT is taken under that is published without a text.
MIT = """\
MIT License

Copyright (c) {authors}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the
following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""

MPL = """
## Mozilla Public License 2.0

The files of these crates are under the Mozilla Public License, version 2.0, and are used as published, without a change. Their source code is
available without charge: crates.io has the exact version (`cargo vendor` in a checkout of ringfence gets it), and the repository named here has the
history.
"""


def metadata(target: str) -> dict:
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    found = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(found.stdout)


def linked() -> "dict[tuple[str, str], dict]":
    """Packages from elsewhere whose code is in the binary on any target: by name and version."""
    found = {}
    for target in TARGETS:
        known = metadata(target)
        packages = {package["id"]: package for package in known["packages"]}
        nodes = {node["id"]: node for node in known["resolve"]["nodes"]}
        pending = [known["resolve"]["root"]]
        seen = set()
        while pending:
            identity = pending.pop()
            if identity in seen:
                continue
            seen.add(identity)
            package = packages[identity]
            # What runs while compiling is not in the binary.
            if any("proc-macro" in item["kind"] for item in package["targets"]):
                continue
            if package["source"] is not None:
                found[package["name"], package["version"]] = package
            for dependency in nodes[identity]["deps"]:
                if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                    pending.append(dependency["pkg"])
    return dict(sorted(found.items()))


def texts(package: dict) -> "list[str]":
    """The licence files that the crate is published with; of a choice with MIT, those of MIT if they can be told."""
    folder = Path(package["manifest_path"]).parent
    # Sources in C that a crate brings along may have a licence of their own.
    files = [path for path in folder.rglob("*") if path.is_file() and LICENCE_FILE.match(path.name)]
    if package["license_file"]:
        files.append(folder / package["license_file"])
    expression = package["license"] or ""
    mit = [path for path in files if "mit" in path.name.lower()]
    if mit and " AND " not in expression and re.search(r"\bMIT\b", expression):
        files = mit
    return [path.read_text(encoding="utf-8", errors="replace").strip() for path in sorted(set(files))]


def notices() -> str:
    packages = linked()
    parts = [HEAD, "\n| crate | version | licence | source |\n|---|---|---|---|\n"]
    by_text: "dict[str, tuple[str, list[str]]]" = {}
    for (name, version), package in packages.items():
        source = package["repository"] or package["homepage"] or "crates.io"
        parts.append(f"| {name} | {version} | {package['license'] or 'see its text'} | {source} |\n")
        found = texts(package)
        if not found:
            if package["license"] is None or "MIT" not in package["license"]:
                sys.exit(f"error: {name} {version} comes without the text of its licence, and is not under MIT")
            authors = [re.sub(r" *<[^>]*>", "", author) for author in package["authors"]]
            found = [MIT.format(authors=", ".join(authors) or f"the authors of {name}")]
        for text in found:
            key = re.sub(r"\s+", " ", text)
            by_text.setdefault(key, (text, []))[1].append(f"{name} {version}")

    parts.append(MPL)
    for (name, version), package in packages.items():
        if "MPL" in (package["license"] or ""):
            parts.append(f"\n- {name} {version}: {package['repository']}\n")

    parts.append("\n## Texts\n")
    for text, users in sorted(by_text.values(), key=lambda entry: entry[1]):
        fence = "~" * max(3, *(len(run) + 1 for run in re.findall(r"~{3,}", text) or ["~~"]))
        lines = "\n".join(line.rstrip() for line in text.splitlines())
        parts.append(f"\n### {', '.join(dict.fromkeys(users))}\n\n{fence}text\n{lines}\n{fence}\n")
    # What `web/scripts/build.mjs` found in its bundle.
    parts.append("\n## The page of `ringfence explore`\n\nIts script has code of these npm packages:\n\n")
    parts.append((ROOT / "web/dist/notices.md").read_text(encoding="utf-8"))
    return "".join(parts)


def main() -> None:
    text = notices()
    if "--check" in sys.argv[1:]:
        if not NOTICES.exists() or NOTICES.read_text(encoding="utf-8") != text:
            sys.exit("error: THIRD_PARTY_NOTICES.md is not up to date: run `python3 scripts/third_party_notices.py`")
        print("THIRD_PARTY_NOTICES.md is up to date")
    else:
        NOTICES.write_text(text, encoding="utf-8")


main()
