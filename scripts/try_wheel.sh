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
"$folder/build/bin/pip" install --quiet --disable-pip-version-check 'maturin>=1.9.3,<2'
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

for notice in LICENSE THIRD_PARTY_NOTICES.md; do
    cmp "$notice" "$(find "$folder/user" -path "*/ringfence-*.dist-info/*/$notice")" || {
        echo "error: the wheel comes without its $notice" >&2
        exit 1
    }
done
echo 'the notices of the wheel: as expected'

[[ ${1:-} != --without-pre-commit ]] || exit 0
"$folder/build/bin/pip" install --quiet --disable-pip-version-check pre-commit
scripts/try_hooks.sh "$folder/user/bin/ringfence" "$folder/build/bin/pre-commit"
