#!/usr/bin/env bash
# Compares a cold check with its peers on real trees, in one run, and prints a table for each tree.
#
# usage: compare_peers.sh [--trees DIR] [--venv DIR] [--tree NAME]... [--before BINARY] [--runs N] [--threads N] [--findings]
#
#   --trees DIR   where the trees are, or are brought to by bring_trees.sh   [target/trees]
#   --venv DIR    where the peers are, or are installed                      [target/peers]
#   --tree NAME   one of them; may be repeated                               [sentry homeassistant union]
#   --before BINARY  another ringfence, measured in the same run
#   --runs N      the table has the median of so many                        [5]
#   --threads N   measured beside one thread                                 [the number of cores]
#   --findings    with configs that make every import between packages a finding, not none
#
# Needs a Rust toolchain, python3 with pip and venv, and unzip. Close what else is running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

peers=(tach==0.35.3 import-linter==2.16 ruff==0.17.6)
target=$(realpath -m -- "${CARGO_TARGET_DIR:-target}")
trees=$target/trees
venv=$target/peers
names=()
findings=()
passed=()
while (($#)); do
    case $1 in
    --trees) trees=$2 && shift ;;
    --venv) venv=$2 && shift ;;
    --tree) names+=("$2") && shift ;;
    --findings) findings=(--findings) ;;
    --runs | --threads | --before) passed+=("$1" "$2") && shift ;;
    *)
        sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
        exit 2
        ;;
    esac
    shift
done
((${#names[@]})) || names=(sentry homeassistant union)

if [[ ! -x $venv/bin/tach ]]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "${peers[@]}"
fi
for name in "${names[@]}"; do
    [[ -d $trees/$name ]] || { scripts/bring_trees.sh "$trees" && break; }
done
cargo build --release --locked --bins --examples
binaries=(--ringfence "$target/release/ringfence" --floor "$target/release/examples/floor")

# The configs are written to copies made of links, so that the trees stay as they were brought.
copies=$trees/.measured
for name in "${names[@]}"; do
    rm -rf "${copies:?}/$name"
    mkdir -p "$copies"
    cp -rl "$trees/$name" "$copies/$name"
    printf '\n%s: %d files, ' "$name" "$(find "$copies/$name" -name '*.py' | wc -l)"
    python3 scripts/peer_configs.py "$copies/$name" "${binaries[@]:0:2}" "${findings[@]}"
    python3 scripts/compare_peers.py "$copies/$name" "${binaries[@]}" --venv "$venv" "${passed[@]}" "${findings[@]}"
done
