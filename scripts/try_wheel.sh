#!/usr/bin/env bash
# Builds the wheel, installs it into an environment of its own, and uses it as a user would: from the PATH, as a module, and as a
# pre-commit hook in a repository.
#
# usage: try_wheel.sh [--without-pre-commit]
#
# Needs cargo, git, and a python3 whose pip reaches a package index. Writes below `target/`, and nothing else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=$PWD/target/wheel-of-ci
rm -rf "$folder"
python3 -m venv "$folder/build"
"$folder/build/bin/pip" install --quiet --disable-pip-version-check 'maturin>=1.7,<2'
"$folder/build/bin/maturin" build --quiet --release --locked --out "$folder/dist"
python3 -m venv "$folder/user"
"$folder/user/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links "$folder/dist" ringfence

check() {
    local title=$1 expected=$2 status=0
    shift 2
    "$@" >"$folder/out.txt" 2>&1 || status=$?
    [[ $status -eq $expected ]] || {
        cat "$folder/out.txt"
        echo "error: $title ended with $status, not with $expected" >&2
        exit 1
    }
    echo "$title: as expected"
}
check 'the binary of the wheel' 1 "$folder/user/bin/ringfence" check resources/demo
check 'python -m ringfence' 1 "$folder/user/bin/python" -m ringfence check resources/demo
check 'python -m ringfence --version' 0 "$folder/user/bin/python" -m ringfence --version

[[ ${1:-} != --without-pre-commit ]] || exit 0
"$folder/build/bin/pip" install --quiet --disable-pip-version-check pre-commit
scratch=$folder/scratch
mkdir -p "$scratch"
git -C "$scratch" init --quiet
printf '[modules.a]\ndepends-on = []\n\n[modules.b]\n' >"$scratch/ringfence.toml"
printf 'import b\n' >"$scratch/a.py"
touch "$scratch/b.py"
# The hook as `.pre-commit-hooks.yaml` has it, with the installed binary.
cat >"$scratch/.pre-commit-config.yaml" <<YAML
repos:
  - repo: local
    hooks:
      - id: ringfence
        name: ringfence
        entry: $folder/user/bin/$(sed -n 's/^  entry: //p' .pre-commit-hooks.yaml | head -n 1)
        language: system
        types_or: [python, pyi, toml]
        pass_filenames: false
YAML
git -C "$scratch" add --all
run_hook() { (cd "$scratch" && PRE_COMMIT_HOME=$folder/pre-commit "$folder/build/bin/pre-commit" run --all-files); }
check 'the hook, with a finding' 1 run_hook
printf 'import os\n' >"$scratch/a.py"
git -C "$scratch" add --all
check 'the hook, with none' 0 run_hook
