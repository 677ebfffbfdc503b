"""A small client of language servers, for scripts that measure: standard library only, one request at a time."""

import json
import os
import queue
import subprocess
import threading
import time
from pathlib import Path


class Client:
    """A server process and what it has said."""

    def __init__(self, command, root, capabilities=None, options=None):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.incoming = queue.Queue()
        self.last = 0
        self.published = {}
        threading.Thread(target=self._read, daemon=True).start()
        folders = [{"uri": Path(root).as_uri(), "name": Path(root).name}]
        self.server = self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": Path(root).as_uri(),
                "workspaceFolders": folders,
                "capabilities": capabilities or {},
                "initializationOptions": options,
            },
        )
        self.notify("initialized", {})

    def _read(self):
        stdout = self.process.stdout
        while True:
            length = None
            while line := stdout.readline().strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if length is None:
                self.incoming.put(None)
                return
            self.incoming.put(json.loads(stdout.read(length)))

    def _send(self, message):
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self.process.stdin.flush()

    def notify(self, method, params):
        self._send({"method": method, "params": params})

    def request(self, method, params, timeout=120):
        """The result, or raises RuntimeError with the error."""
        self.last += 1
        self._send({"id": self.last, "method": method, "params": params})
        deadline = time.monotonic() + timeout
        while True:
            message = self.incoming.get(timeout=max(0.01, deadline - time.monotonic()))
            if message is None:
                raise RuntimeError("the server is gone")
            if message.get("id") == self.last and "method" not in message:
                if "error" in message:
                    raise RuntimeError(message["error"])
                return message["result"]
            if message.get("method") == "textDocument/publishDiagnostics":
                self.published[message["params"]["uri"]] = message["params"]["diagnostics"]
            elif "id" in message and "method" in message:
                self._send({"id": message["id"], "result": None})

    def open(self, path, text, language="python"):
        document = {"uri": Path(path).as_uri(), "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, path, version, *changes):
        document = {"uri": Path(path).as_uri(), "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": list(changes)})

    def pull(self, path):
        return self.request("textDocument/diagnostic", {"textDocument": {"uri": Path(path).as_uri()}})

    def stop(self):
        """Shuts it down, and gives its exit code."""
        self.request("shutdown", None)
        self.notify("exit", None)
        return self.process.wait(timeout=30)

    def cpu_seconds(self):
        """The CPU time of the threads that it has now, to the nanosecond (Linux)."""
        total = 0
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def cpu_seconds_in_all(self):
        """The CPU time so far, also of threads that are gone, to the hundredth of a second (Linux)."""
        user, system = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def memory_megabytes(self):
        """What it holds in memory now (Linux)."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmRSS")
