"""`pytest --affected[=REV]`: leaves out the tests that a change cannot reach.

Nothing is imported and nothing is run unless one of the options is given. The tests to leave out are those of files that
`ringfence affected` lists as sure not to be affected; a test of any other file runs.
"""


def pytest_addoption(parser):
    group = parser.getgroup("ringfence", "select tests by what changed")
    group.addoption(
        "--affected",
        nargs="?",
        const="HEAD",
        default=None,
        metavar="REV",
        help="run only tests that what changed since REV (default: HEAD) can affect; write `--affected=REV`",
    )
    group.addoption(
        "--affected-why",
        action="store_true",
        help="tell of each file with tests why it is affected",
    )
    group.addoption(
        "--affected-shadow",
        nargs="?",
        const="HEAD",
        default=None,
        metavar="REV",
        help="run every test, and report those that fail and that `--affected=REV` would have left out",
    )


def pytest_configure(config):
    revision = config.getoption("affected")
    shadow = config.getoption("affected_shadow")
    if revision is None and shadow is None:
        return
    if revision is not None and shadow is not None:
        import pytest

        raise pytest.UsageError("--affected and --affected-shadow cannot be given together")
    selection = _Selection(config, revision or shadow, shadow is not None)
    config.pluginmanager.register(selection, "ringfence-selection")
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_Sharing(selection), "ringfence-sharing")


class _Sharing:
    """Hands the answer to the workers of xdist, so that all collect the same."""

    def __init__(self, selection):
        self.selection = selection

    def pytest_configure_node(self, node):
        node.workerinput["ringfence_affected"] = self.selection.answer

    def pytest_testnodedown(self, node, error):
        """Takes what a worker has left out: all collect the same, and this process collects nothing."""
        found = (getattr(node, "workeroutput", None) or {}).get("ringfence_affected")
        if found is not None:
            self.selection.left_out = set(found["left_out"])
            self.selection.left_out_tests, self.selection.selected_tests = found["counts"]


class _Selection:
    def __init__(self, config, revision, is_shadow):
        self.config = config
        self.revision = revision
        self.is_shadow = is_shadow
        self.left_out = set()
        self.left_out_tests = 0
        self.selected_tests = 0
        self.failed = []
        # A worker of xdist selects what the controller has asked for.
        shared = getattr(config, "workerinput", {}).get("ringfence_affected")
        self.answer = _ask(config, revision) if shared is None else shared

    def pytest_collection_modifyitems(self, config, items):
        unaffected = set(self.answer["unaffected"])
        known = {}
        selected, left_out = [], []
        for item in items:
            path = str(getattr(item, "path", None) or item.fspath)
            if path not in known:
                known[path] = path in unaffected or _real(path) in unaffected
            (left_out if known[path] else selected).append(item)
        self.left_out = {item.nodeid for item in left_out} if self.is_shadow else set()
        self.left_out_tests, self.selected_tests = len(left_out), len(selected)
        if left_out and not self.is_shadow:
            items[:] = selected
            config.hook.pytest_deselected(items=left_out)

    def pytest_runtest_logreport(self, report):
        if self.is_shadow and report.failed:
            self.failed.append(report.nodeid)

    def pytest_sessionfinish(self, session, exitstatus):
        # That nothing is left to run is no failure.
        if exitstatus == 5 and self.left_out_tests and not self.selected_tests:
            session.exitstatus = 0
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            counts = [self.left_out_tests, self.selected_tests]
            output["ringfence_affected"] = {"left_out": sorted(self.left_out), "counts": counts}

    def pytest_terminal_summary(self, terminalreporter):
        write = terminalreporter.write_line
        if hasattr(self.config, "workerinput"):
            return
        write("")
        if self.answer["all"] is not None:
            write(f"ringfence: every test may be affected: {self.answer['all']}")
        verb = "would leave out" if self.is_shadow else "left out"
        if self.left_out_tests or self.selected_tests:
            total = self.left_out_tests + self.selected_tests
            write(f"ringfence: {verb} {self.left_out_tests} of {total} tests, which nothing changed since {self.revision} can affect")
        if self.config.getoption("affected_why"):
            for path, why in self.answer["why"]:
                write(f"  {path}: {why}")
        if self.is_shadow:
            missed = sorted(self.left_out.intersection(self.failed))
            if missed:
                write(f"ringfence: {len(missed)} of these fail:")
                for nodeid in missed:
                    write(f"  {nodeid}")
            else:
                write("ringfence: none of these fail")


def _real(path):
    import os

    return os.path.realpath(path)


def _ask(config, revision):
    """What `ringfence affected` says, in plain data."""
    import json
    import os
    import subprocess

    import pytest
    from ringfence import find_ringfence

    folder = str(config.rootpath)
    command = [find_ringfence(), "affected", f"--since={revision}", "--quiet", "--output-format", "json"]
    answer = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if answer.returncode != 0:
        message = answer.stderr.decode("utf-8", "replace").strip()
        raise pytest.UsageError(f"--affected: {message or 'ringfence failed'}")
    found = json.loads(answer.stdout)
    unaffected = set()
    for path in found["unaffected_tests"]:
        path = os.path.normpath(os.path.join(folder, path))
        unaffected.update((path, os.path.realpath(path)))
    why = []
    for file in found["files"]:
        if file["test"]:
            steps = [
                ".".join(filter(None, (step["module"] or step["path"], step["name"]))) + f" ({step['how']})"
                for step in file["because"]
            ]
            why.append((file["path"], " -> ".join(steps) or "everything is affected"))
    return {"all": found["all"], "unaffected": sorted(unaffected), "why": why}
