#!/usr/bin/env python3
"""Compares what `ringfence loads` says of the modules of popular wheels with what CPython does.

usage: loading_wheels.py install WORK [--python PYTHON] [--group NAME]...
       loading_wheels.py truth WORK [--python PYTHON] [--modules N] [--jobs N] [--again] [--only DISTRIBUTION]...
       loading_wheels.py findings WORK [--python PYTHON]
       loading_wheels.py compare WORK --binary RINGFENCE [--python PYTHON] [--only DISTRIBUTION]... [--explain MODULE]

WORK is a folder outside the repository; it holds an environment a group of `loading_wheels.txt` and Python, what CPython did, and the
trees that ringfence is run on. PYTHON is a base interpreter, `python3.11` if not said.

install   makes the environments, from wheels only, with the versions of the list.
truth     imports each module first in a fresh process (N of a distribution at most, chosen evenly), and writes what happened to
          WORK/truth-3.x.jsonl. What is there already is not asked again, so that it can be stopped at any time, and a larger N goes on.
findings  tells from the truth how many packages have modules that cannot be imported first, and why.
compare   runs `ringfence loads` on each distribution as a project, with the rest as its environment, and tells how often it is
          right, what it misses, and why it does not know. With `--explain`, one module, side by side.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from loading import compare, findings, truth, wheels  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("install", "truth", "findings", "compare"):
        command = commands.add_parser(name)
        command.add_argument("work", type=Path)
        command.add_argument("--python", default="python3.11")
        command.add_argument("--only", action="append", default=[], metavar="DISTRIBUTION")
        if name == "install":
            command.add_argument("--group", action="append", default=[])
        if name == "truth":
            command.add_argument("--modules", type=int, default=60)
            command.add_argument("--jobs", type=int, default=2)
            command.add_argument("--again", action="store_true", help="ask again what came to no end, as on a busy machine")
        if name == "compare":
            command.add_argument("--binary", type=Path, required=True)
            command.add_argument("--explain", metavar="MODULE")
            command.add_argument("--keep", action="store_true", help="take the answers of the last run again")
    options = parser.parse_args()
    place = wheels.Place(options.work.resolve(), options.python)
    if options.command == "install":
        return wheels.install(place, options.group)
    if options.command == "truth":
        return truth.collect(place, options.modules, options.jobs, options.only, options.again)
    if options.command == "findings":
        return findings.tell(place)
    return compare.run(place, options.binary.resolve(), options.only, options.explain, options.keep)


if __name__ == "__main__":
    sys.exit(main())
