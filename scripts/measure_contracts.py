#!/usr/bin/env python3
"""Measures what contracts add to a check, on a tree with the package `homeassistant`, and prints a table.

usage: measure_contracts.py BINARY TREE [--runs N] [--lint-imports COMMAND]

Each config is run N times, in turn with all others, on one core with one thread; the table has the medians, and the ratio to a check without
contracts in the same run. With `--lint-imports` the same contracts are given to import-linter, once each, without its cache and its output.
"""
import argparse, os, shutil, subprocess, sys, tempfile, time

P = "homeassistant"


def contracts(tree):
    edges = sorted(
        f"{P}.components.{name}.const" for name in os.listdir(os.path.join(tree, P, "components"))
        if os.path.isfile(os.path.join(tree, P, "components", name, "const.py"))
    )
    ignored = [f"{name} -> {P}.const" for name in edges[:1000]]
    ignored += [f"{P}.components.nothing{at} -> {P}.const" for at in range(1000 - len(ignored))]
    layers = [f"{P}.components", f"{P}.helpers", f"{P}.util", f"{P}.core"]
    return {
        "no contract": (None, None),
        "independence over all components": (
            {"type": "independent", "modules": [f"{P}.components.*"]},
            {"type": "independence", "modules": [f"{P}.components.*"]},
        ),
        "layers": ({"type": "layers", "layers": layers}, {"type": "layers", "layers": layers}),
        "forbidden with 10,000 chains": (
            {"type": "forbidden", "from": [f"{P}.components"], "to": [f"{P}.helpers"]},
            {"type": "forbidden", "source_modules": [f"{P}.components"], "forbidden_modules": [f"{P}.helpers"]},
        ),
        "acyclic to full depth": (
            {"type": "acyclic", "modules": [P]},
            {"type": "acyclic_siblings", "ancestors": [P], "depth": 100},
        ),
        "1,000 exceptions": (
            {"type": "forbidden", "from": [f"{P}.util"], "to": [f"{P}.components"], "except": ignored, "unmatched-exceptions": "off"},
            {"type": "forbidden", "source_modules": [f"{P}.util"], "forbidden_modules": [f"{P}.components"], "ignore_imports": ignored, "unmatched_ignore_imports_alerting": "none"},
        ),
    }


def toml(keys):
    import json

    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


def run(command, tree, **environment):
    pinned = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    started = time.perf_counter()
    child = subprocess.Popen([*pinned, *command], cwd=tree, env={**os.environ, "RAYON_NUM_THREADS": "1", **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {code}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("tree", type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--lint-imports")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        commands = {}
        for title, (native, _) in contracts(options.tree).items():
            config = os.path.join(scratch, f"{len(commands)}.toml")
            with open(config, "w") as file:
                file.write(f'[modules."{P}.core"]\n' if native is None else "[[contracts]]\nname = \"x\"\n" + toml(native))
            check = [options.binary, "check", "--threads", "1", "--config", config, "."]
            commands[title] = [*check, "--output-format", "concise"]
            if title.startswith("independence"):
                commands[f"{title}, statistics"] = [*check, "--statistics"]
                commands[f"{title}, json"] = [*check, "--output-format", "json"]
                commands[f"{title}, full"] = [*check, "--output-format", "full"]
        measured = {title: [] for title in commands}
        for turn in range(options.runs + 1):
            for title, command in commands.items():
                figures = run(command, options.tree)
                if turn:  # The first fills the page cache.
                    measured[title].append(figures)
        median = {title: sorted(runs)[len(runs) // 2] for title, runs in measured.items()}
        base = median["no contract"]
        print(f"{'':48} wall s   CPU s  peak MB  ratio  added/cold")
        for title, (wall, cpu, memory) in median.items():
            print(f"{title:48} {wall:6.3f}  {cpu:6.3f}  {memory:7.0f}  {wall / base[0]:5.2f}  {(wall - base[0]) / base[0]:9.2f}")
        if options.lint_imports:
            print()
            for title, (_, theirs) in contracts(options.tree).items():
                if theirs is None:
                    continue
                config = os.path.join(scratch, "peer.toml")
                with open(config, "w") as file:
                    file.write(f'[tool.importlinter]\nroot_package = "{P}"\n\n[[tool.importlinter.contracts]]\nname = "x"\n' + toml(theirs))
                wall, cpu, memory = run([options.lint_imports, "--no-cache", "--config", config], options.tree, PYTHONPATH=options.tree)
                print(f"import-linter, {title:33} {wall:6.1f}  {cpu:6.1f}  {memory:7.0f}")


if __name__ == "__main__":
    main()
