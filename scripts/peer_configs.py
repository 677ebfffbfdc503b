#!/usr/bin/env python3
"""Write fair configs for ringfence, tach and import-linter into a tree: each says the same of the same modules.

usage: peer_configs.py TREE --ringfence BINARY [--findings]

Every package is a boundary module that depends on just what its code imports, as `ringfence graph` tells, and nothing is
found. With --findings no module depends on any, and every import from one to another is a finding. import-linter has no
rule of this kind and gets one contract that is kept.
"""
import argparse, json, os, subprocess, sys
from collections import defaultdict

# Imports that are carried out, if perhaps later or not always; tach looks at the same.
KINDS = {"runtime", "deferred", "lazy", "optional", "conditional"}


def packages(tree):
    found = []
    for folder, _, files in os.walk(tree):
        if "__init__.py" in files:
            parts = os.path.relpath(folder, tree).split(os.sep)
            if all(part.isidentifier() for part in parts):
                found.append(".".join(parts))
    return sorted(found)


def write(tree, names, depends):
    with open(os.path.join(tree, "ringfence.toml"), "w") as out:
        out.write('source-roots = ["."]\nrespect-gitignore = false\n')
        for name in names:
            out.write(f'\n[modules."{name}"]\ndepends-on = {json.dumps(sorted(depends[name]))}\n')
    with open(os.path.join(tree, "tach.toml"), "w") as out:
        out.write('source_roots = ["."]\nrespect_gitignore = false\nignore_type_checking_imports = true\n')
        for name in names:
            out.write(f'\n[[modules]]\npath = "{name}"\ndepends_on = {json.dumps(sorted(depends[name]))}\n')
    tops = sorted({name.split(".")[0] for name in names})
    with open(os.path.join(tree, ".importlinter"), "w") as out:
        out.write("[importlinter]\nroot_packages =\n" + "".join(f"    {top}\n" for top in tops))
        out.write("include_external_packages = True\n\n[importlinter:contract:one]\nname = one\ntype = forbidden\n")
        out.write(f"source_modules =\n    {tops[0]}\nforbidden_modules =\n    nothing_of_this_name\n")


def imports(tree, binary):
    command = [binary, "graph", "--level", "boundaries", "--format", "json", "--quiet"]
    graph = json.loads(subprocess.run(command, cwd=tree, check=True, capture_output=True).stdout)
    depends = defaultdict(set)
    for edge in graph["edges"]:
        if any(place["kind"] in KINDS for place in edge["imports"]):
            depends[edge["importer"]].add(edge["imported"])
    return depends


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree")
    parser.add_argument("--ringfence", required=True)
    parser.add_argument("--findings", action="store_true")
    options = parser.parse_args()
    names = packages(options.tree)
    if not names:
        sys.exit(f"no package in {options.tree}")
    depends = defaultdict(set)
    write(options.tree, names, depends)
    if not options.findings:
        depends = imports(options.tree, options.ringfence)
        write(options.tree, names, depends)
    print(f"{len(names):,} boundary modules, {sum(map(len, depends.values())):,} dependencies")


main()
