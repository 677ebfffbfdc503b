#!/usr/bin/env bash
# The attacks on a binary: kills, full disks, races, hostile repositories and configs, mutants, large inputs, and the imports that CPython finds. `docs/reliability.md`
# says which promise each one tries to break.
#
# usage: scripts/attack/run.sh BINARY [--small] [--seed 1]
#
# In full it takes about an hour; `--small` is a share of each that `.ci/run` has time for, about a minute. Every attack is run, whatever the one before it found.
set -uo pipefail

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 2
}
[[ $# -ge 1 ]] || fail "usage: $0 BINARY [--small] [--seed 1]"
binary=$(realpath -- "$1") || fail "there is no \`$1\`"
shift
small=no seed=1
while [[ $# -gt 0 ]]; do
    case $1 in
        --small) small=yes ;;
        --seed) seed=${2:?--seed needs a number} && shift ;;
        *) fail "unknown argument \`$1\`" ;;
    esac
    shift
done
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2
# Nothing is left in the checkout.
export PYTHONDONTWRITEBYTECODE=1

failed=()
attack() {
    printf '\n==> %s\n' "$*"
    python3 "$1.py" "$binary" "${@:2}" --seed "$seed" || failed+=("$1")
}

if [[ $small == yes ]]; then
    attack kill_writers --kills 3 --size 0.3
    attack full_disk --size 0.2
    attack races --rounds 2 --size 0.2
    attack hostile_repositories --small
    attack hostile_configs --small
    attack mutants --files 300 --batch 150 --fix
    library=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
    attack compare_imports "$library/email" "$library/asyncio" "$library/importlib" --python python3
    attack large --small
else
    attack kill_writers --kills 100 --size 4
    attack full_disk --size 1
    attack races --rounds 20 --size 1
    attack hostile_repositories
    attack hostile_configs
    attack mutants --files 15000 --fix
    attack compare_imports
    attack large
fi

if [[ ${#failed[@]} -gt 0 ]]; then
    printf '\nbroken by: %s\n' "${failed[*]}"
    exit 1
fi
printf '\nnothing was broken\n'
