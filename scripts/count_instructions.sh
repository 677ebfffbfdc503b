#!/usr/bin/env bash
# Prints how many instructions one cold check of a small generated tree takes, the same on every run but for a few
# hundredths of a percent. Prints only: what is too many is for a reader to say. Needs valgrind; without it, says so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v valgrind >/dev/null; then
    echo 'instructions: not counted, valgrind is not there'
    exit 0
fi
cargo build --release --locked --quiet
binary=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/release/ringfence
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 scripts/many_files.py "$scratch/tree" 300
cd "$scratch/tree"
if ! valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" check --threads 1 >/dev/null 2>"$scratch/log"; then
    cat "$scratch/log" >&2
    exit 1
fi
sed -n 's/.*Collected : /instructions: /p' "$scratch/log"
