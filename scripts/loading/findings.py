"""Tells from what CPython did how many packages have modules that cannot be imported first, and why."""

import sys
from collections import Counter, defaultdict

from .wheels import Place, is_test

#: Modules that there are on other systems only, by their first name.
ELSEWHERE = {
    "AppKit", "CoreFoundation", "Foundation", "Quartz", "_scproxy", "_win32typing", "_winapi", "_winreg", "android", "clr", "com",
    "jarray", "java", "jnius", "msvcrt", "nt", "objc", "org", "pyaudiowpatch", "pythoncom", "pywintypes", "servicemanager", "win32api",
    "win32com", "win32con", "win32event", "win32evtlog", "win32file", "win32gui", "win32pipe", "win32process", "win32security", "win32service",
    "win32serviceutil", "win32ts", "winreg", "winsound", "wmi",
}  # fmt: skip
WORDS_OF_SYSTEMS = ("windll", "WinDLL", "WINFUNCTYPE", "WindowsError", "winreg", ".dll", "win32", "Windows", ".framework", "macOS", "darwin")
FILES_OF_SYSTEMS = ("win32", "windows", "_win", "winconsole", "osx", "darwin", "macos", "psbsd", "psaix", "pssunos", "/nt.py", "cygwin")
CONFIGURATION = ("ImproperlyConfigured", "AppRegistryNotReady", "NoSettings", "ConfigurationError")


def reason(answer: dict, installed: set[str]) -> str:
    """The class of a failure; `installed` has the first names of what the environment holds."""
    error, message = answer["error"], answer["message"]
    lacking = [answer["name"]] if error == "ModuleNotFoundError" else []
    lacking += [name for kind, _, name in answer["behind"] if kind == "ModuleNotFoundError"]
    tops = {name.partition(".")[0] for name in lacking if name}
    where = answer["frames"][-1][0].lower() if answer["frames"] else ""
    if error == "timeout" or error == "ended" or error.startswith("signal"):
        return "no end within 20 s, or a crash"
    if "partially initialized module" in message or "circular import" in message:
        return "circle"
    if tops & ELSEWHERE or any(word in message for word in WORDS_OF_SYSTEMS):
        return "another system"
    if answer.get("works_later"):
        return "order, or a second try"
    if any(word in error for word in CONFIGURATION) or "DJANGO_SETTINGS_MODULE" in message:
        return "needs configuration"
    if tops - installed - set(sys.stdlib_module_names):
        return "a distribution that is not installed"
    if any(word in where for word in FILES_OF_SYSTEMS):
        return "another system"
    if lacking:
        return "a module that is not there"
    if "SyntaxError" in answer["bases"]:
        return "syntax"
    if "SystemExit" in answer["bases"]:
        return "a program"
    if error == "ImportError" and message.startswith("cannot import name"):
        return "a name that is not there"
    if "ImportError" in answer["bases"]:
        return "says what it lacks"
    return "other"


def installed(place: Place) -> dict[str, set[str]]:
    """The first names of modules, by group."""
    found: dict[str, set[str]] = defaultdict(set)
    for environment in (place.work / place.version.replace(".", "")).iterdir():
        for entry in place.site(environment.name).iterdir():
            found[environment.name].add(entry.name.partition(".")[0])
    return found


def tell(place: Place) -> int:
    there = installed(place)
    asked, failing = Counter(), Counter()
    packages: dict[str, set[str]] = defaultdict(set)
    examples: dict[str, list[dict]] = defaultdict(list)
    loaded = []
    seen, broken, lacking = set(), set(), Counter()
    for answer in place.answered():
        test = is_test(answer["module"])
        asked[test] += 1
        seen.add(answer["distribution"])
        if answer["works"]:
            loaded.append(len(answer["loaded"]))
            continue
        failing[test] += 1
        if test:
            continue
        kind = reason(answer, there[answer["group"]])
        packages[kind].add(answer["distribution"])
        broken.add(answer["distribution"])
        examples[kind].append(answer)
        if kind == "a distribution that is not installed" and answer["name"]:
            lacking[answer["name"].partition(".")[0]] += 1
    print(f"{len(seen)} distributions, {sum(asked.values())} modules ({asked[True]} of tests)")
    print(f"cannot be imported first: {failing[False]} modules of {len(broken)} distributions, and {failing[True]} modules of tests")
    loaded.sort()
    if loaded:
        print(f"an import loads {loaded[len(loaded) // 2]} modules of site-packages (median), {loaded[-1]} at most")
    print("\n| why | modules | distributions |\n| --- | ---: | ---: |")
    for kind in sorted(examples, key=lambda kind: -len(packages[kind])):
        print(f"| {kind} | {len(examples[kind])} | {len(packages[kind])} |")
    print("\nlacking most often:", ", ".join(f"{name} {count}" for name, count in lacking.most_common(30)))
    for kind, answers in examples.items():
        print(f"\n## {kind}")
        by_error = Counter(answer["error"] for answer in answers)
        print(", ".join(f"{error} {count}" for error, count in by_error.most_common(8)))
        few = 12 if len(answers) > 200 else 60
        shown: Counter[str] = Counter()
        for answer in answers:
            shown[answer["distribution"]] += 1
            if shown[answer["distribution"]] <= (3 if few == 60 else 1) and few:
                few -= 1
                file, line = (*answer["frames"][-1], None, None)[:2] if answer["frames"] else (None, None)
                print(f"- `{answer['module']}` ({answer['distribution']} {answer['version']}): {answer['error']}: {answer['message'][:140]!r} at {file}:{line}")
    return 0
