#!/usr/bin/env python3
"""Write a Python tree of any size, the same for the same number on every machine.

usage: many_files.py DEST FILES

Packages of 30 modules, forty packages below one top-level package. Modules import the standard library, third
parties, their neighbours and the packages below theirs; some imports stand in functions, in `try` and under
TYPE_CHECKING. Sizes are those of applications: half of the files below 3 kB, one in twenty above 15 kB.
DEST/ringfence.toml has one boundary module a package, which depends on just what its modules import: nothing is found.
"""
import os, random, sys

MODULES = 30
PACKAGES = 40

STANDARD = ["collections", "dataclasses", "datetime", "functools", "json", "logging", "os", "re", "typing", "uuid"]
OTHERS = ["django.db.models", "numpy", "pydantic", "requests", "rest_framework.serializers", "sqlalchemy.orm"]

BODIES = [
    '''

class Record{n}(Base):
    """One row as it comes from the store.

    Fields that are not set are left out when it is written, so that a partial update does not reset them.
    """

    __slots__ = ("identifier", "label", "amount", "created", "tags")

    def __init__(self, identifier, label=None, *, amount=0, created=None, tags=()):
        self.identifier = identifier
        self.label = label or f"record-{{identifier:08d}}"
        self.amount = amount
        self.created = created
        self.tags = tuple(sorted(tags))

    @property
    def is_open(self) -> bool:
        return self.amount > 0 and "closed" not in self.tags

    def merge(self, other: "Record{n}") -> "Record{n}":
        if other.identifier != self.identifier:
            raise ValueError(f"cannot merge {{self.identifier!r}} with {{other.identifier!r}}")
        return Record{n}(self.identifier, other.label or self.label, amount=self.amount + other.amount)
''',
    '''

def load_{n}(path, *, encoding="utf-8", strict=True):
    """Read what `store_{n}` wrote."""
    found = {{}}
    with open(path, encoding=encoding) as lines:
        for number, line in enumerate(lines, start=1):
            line = line.strip()
            if not line or line.startswith("#"):  # a comment
                continue
            key, separator, value = line.partition("=")
            if not separator:
                if strict:
                    raise SyntaxError("line %d: expected 'key=value', got %r" % (number, line))
                continue
            try:
                found[key.rstrip()] = int(value)
            except ValueError:
                found[key.rstrip()] = value.lstrip().strip("\\"'")
    return found
''',
    '''

@register("task-{n}", queue="default", retries=3)
async def task_{n}(context, batch, limit: int | None = None) -> dict[str, list[int]]:
    """Work through one batch; what fails is tried again later."""
    done, failed = [], []
    for item in batch[:limit]:
        match item:
            case {{"kind": "skip"}}:
                continue
            case {{"id": int(identifier), **rest}} if rest:
                result = await context.send(identifier, payload=rest, timeout=30)
            case _:
                result = None
        (done if result else failed).append(item.get("id", -1))
    logger.info("task-{n}: %d done, %d failed", len(done), len(failed))
    return {{"done": done, "failed": failed}}
''',
    '''

SCHEMA_{n} = {{
    "type": "object",
    "title": "Settings of a project",
    "properties": {{
        "name": {{"type": "string", "maxLength": 64}},
        "platform": {{"type": "string", "enum": ["web", "mobile", "desktop", "other"]}},
        "limits": {{"type": "array", "items": {{"type": "integer", "minimum": 0}}}},
    }},
    "required": ["name"],
}}

QUERY_{n} = """
    SELECT id, label, amount
      FROM records  -- imported nightly
     WHERE created >= %(since)s
       AND (label ILIKE %(label)s OR amount > 0)
     ORDER BY created DESC
"""
''',
]


def name_of(package):
    return f"app{package // PACKAGES:03d}.part{package % PACKAGES:02d}"


def imports(number, package, module, depends):
    """The head of a module, and the function at its end that imports, too."""
    lines = [f"import {name}" for name in sorted(number.sample(STANDARD, number.randint(1, 3)))]
    lines.append("from typing import TYPE_CHECKING, Any, Iterable")
    if number.random() < 0.6:
        lines.append(f"import {number.choice(OTHERS)}")
    for _ in range(number.randint(0, 3)):
        lines.append(f"from .module{number.randrange(MODULES):02d} import Record{number.randrange(4)}")
    deferred = ""
    # Most of what a package needs lies beside it.
    first = package // PACKAGES * PACKAGES
    for _ in range(number.randint(0, 5) if package else 0):
        low = first if number.random() < 0.7 and package > first else 0
        other = number.randrange(low, package)
        target = f"{name_of(other)}.module{number.randrange(MODULES):02d}"
        depends.add(other)
        form = number.random()
        if form < 0.6:
            lines.append(f"from {target} import Record{number.randrange(4)}, load_{number.randrange(4)}")
        elif form < 0.75:
            lines.append(f"import {target}")
        elif form < 0.85:
            lines.append(f"from {target} import (\n    SCHEMA_1,\n    load_2 as load,  # kept for its callers\n)")
        elif form < 0.95:
            deferred = f"\n\ndef late():\n    from {target} import Record0\n\n    return Record0(0)\n"
        else:
            lines.append(f"try:\n    import {target} as fast\nexcept ImportError:\n    fast = None")
    if number.random() < 0.2:
        lines.append(f"\nif TYPE_CHECKING:\n    from .module{number.randrange(MODULES):02d} import Record1")
    return "\n".join(lines) + "\n", deferred


def main():
    if len(sys.argv) != 3 or not sys.argv[2].isdigit():
        sys.exit(__doc__)
    root, files = sys.argv[1], int(sys.argv[2])
    number = random.Random(files)
    config = ['source-roots = ["."]\n']
    package = written = 0
    while written < files:
        folder = os.path.join(root, *name_of(package).split("."))
        os.makedirs(folder, exist_ok=True)
        if package % PACKAGES == 0:
            open(os.path.join(os.path.dirname(folder), "__init__.py"), "w").close()
            written += 1
        depends = set()
        for module in range(-1, min(MODULES, files - written - 1)):
            written += 1
            stem = f"module{module:02d}" if module >= 0 else "__init__"
            with open(os.path.join(folder, stem + ".py"), "w") as out:
                if module < 0:
                    continue
                head, deferred = imports(number, package, module, depends)
                bodies = min(60, int(number.lognormvariate(1.2, 1.0)))
                out.write(f'"""Part {module} of {name_of(package)}."""\n\n{head}\nlogger = logging.getLogger(__name__)\n')
                out.writelines(number.choice(BODIES).format(n=n) for n in range(bodies))
                out.write(deferred)
        names = ", ".join(f'"{name_of(other)}"' for other in sorted(depends))
        config.append(f'\n[modules."{name_of(package)}"]\ndepends-on = [{names}]\n')
        package += 1
    with open(os.path.join(root, "ringfence.toml"), "w") as out:
        out.writelines(config)


main()
