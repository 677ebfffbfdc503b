"""Asks CPython: each module first in a fresh process, without a network, in an empty folder."""

import ast
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .wheels import Distribution, Place, distributions

DRIVER = Path(__file__).parent / "driver.py"
SECONDS = 20
NO_END = ("timeout", "ended")


class Driver:
    """One bare interpreter of an environment, which forks for each answer."""

    def __init__(self, place: Place, group: str) -> None:
        self.home = tempfile.mkdtemp(prefix="loading-")
        work = Path(self.home, "work")
        work.mkdir()
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.home, "TMPDIR": self.home, "LANG": "C.UTF-8"}
        # Threads of numeric libraries slow the machine, and change nothing that is asked.
        environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        environment |= {key: os.environ[key] for key in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE") if key in os.environ}
        command = [place.interpreter(group), "-I", "-B", DRIVER, place.site(group), str(SECONDS)]
        self.process = subprocess.Popen(
            [*_without_network(), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=work,
            env=environment,
            start_new_session=True,
        )
        self.buffer = b""
        self.bare = self.read() or {}

    def read(self) -> dict | None:
        """The next line; nothing if none comes."""
        until = time.monotonic() + 2 * SECONDS
        stream = self.process.stdout
        while b"\n" not in self.buffer:
            ready, _, _ = select.select([stream], [], [], max(0.0, until - time.monotonic()))
            more = os.read(stream.fileno(), 1 << 20) if ready else b""
            if not more:
                return None
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\n")
        return ast.literal_eval(line.decode("utf-8"))

    def ask(self, names: list[str]) -> dict | None:
        self.process.stdin.write(" ".join(names).encode() + b"\n")
        self.process.stdin.flush()
        return self.read()

    def close(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def _without_network() -> list[str]:
    works = shutil.which("unshare") and subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0
    return ["unshare", "-n", "--"] if works else []


def _may_be_order(module: str, answer: dict) -> bool:
    if answer["works"] or answer["error"] == "timeout":
        return False
    lacks_other = answer["error"] == "ModuleNotFoundError" and answer["name"]
    return not lacks_other or answer["name"].split(".")[0] == module.split(".")[0]


def collect(place: Place, most: int, jobs: int, only: list[str], again: bool) -> int:
    known: dict[str, set[str]] = defaultdict(set)
    for answer in place.answered():
        if not (again and answer.get("error") in NO_END):
            known[answer["distribution"]].add(answer["module"])
    lock = threading.Lock()
    bases: dict[str, list[str]] = json.loads(place.bases.read_text()) if place.bases.exists() else {}
    started = time.monotonic()
    asked = 0

    def one(distribution: Distribution) -> None:
        nonlocal asked
        names = [name for name in distribution.modules[:most] if name not in known[distribution.name]]
        if not names:
            return
        driver = Driver(place, distribution.group)
        working = [name for name in distribution.modules[:most] if "." in name]
        try:
            for name in names:
                answer = driver.ask([name])
                if answer is None:
                    driver.close()
                    driver = Driver(place, distribution.group)
                    answer = {"works": False, "error": "timeout", "message": "", "name": None, "bases": [], "frames": []}
                    answer |= {"behind": [], "loaded": [], "aliased": [], "made": []}
                if "." in name and _may_be_order(name, answer):
                    # A module that can be imported once the others are there fails for the order alone.
                    later = driver.ask([*(other for other in working[:40] if other != name), name])
                    answer["works_later"] = bool(later and later["works"])
                head = {"group": distribution.group, "distribution": distribution.name, "version": distribution.version}
                line = json.dumps({**head, "module": name, **answer}) + "\n"
                with lock, place.truth.open("a") as out:
                    out.write(line)
                    asked += 1
            with lock:
                bases[distribution.group] = driver.bare.get("base", [])
                place.bases.write_text(json.dumps(bases))
        finally:
            driver.close()
        with lock:
            print(f"{distribution.name}: {len(names)} modules; {asked} in {time.monotonic() - started:.0f} s", flush=True)

    chosen = [one for one in distributions(place) if not only or one.name in only]
    with ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(one, distribution) for distribution in chosen]:
            done.result()
    return 0
