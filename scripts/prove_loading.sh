#!/usr/bin/env bash
# Compares what is predicted of the imports of generated programs with what CPython does, for many programs, in shares
# that run side by side. Stops at the first share in which something is wrong, with a small program that shows it.
#
# usage: prove_loading.sh [--programs N] [--first SEED] [--shares N] [--jobs N] [--go-on DIR]
#
#   --programs N   how many programs                                      [100000]
#   --first SEED   the seed of the first                                  [1000000]
#   --shares N     programs in one share                                  [2000]
#   --jobs N       shares side by side                                    [2]
#   --go-on DIR    counts what is wrong instead of stopping; DIR gets small programs that show it, and the counts
#
# RINGFENCE_PYTHONS names the interpreters, with commas between them   [python3.11 and python3.13 where they are]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

programs=100000 first=1000000 share=2000 jobs=2 go_on=
while (($#)); do
    case $1 in
    --programs) programs=$2 ;;
    --first) first=$2 ;;
    --shares) share=$2 ;;
    --jobs) jobs=$2 ;;
    --go-on) go_on=$(realpath -m -- "$2") ;;
    *)
        sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
        exit 2
        ;;
    esac
    shift 2
done

# Most of the time is CPython's: what takes long to build is not worth it.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
binary=$(cargo test -p ringfence_loading --test cpython --release --locked --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
# In memory, where there is such a folder.
[[ ! -d /dev/shm ]] || export TMPDIR=${TMPDIR:-/dev/shm}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# one_share SEED COUNT
one_share() {
    local seed=$1 count=$2 log=$logs/$1
    export RINGFENCE_LOADING_FIRST=$seed RINGFENCE_LOADING_PROGRAMS=$count
    if [[ -n $go_on ]]; then
        export RINGFENCE_LOADING_GO_ON=1 RINGFENCE_LOADING_OUT=$go_on/$seed
        mkdir -p "$go_on"
    fi
    if "$binary" generated_programs --nocapture >"$log" 2>&1; then
        [[ -z $go_on ]] || cp "$log" "$go_on/$seed.log"
        echo "$(date +%T) seeds $seed to $((seed + count - 1)): $(grep -h -A 1 ' programs, ' "$log" | tr '\n' ' ')"
    else
        cat "$log"
        echo "seeds $seed to $((seed + count - 1)): wrong" >&2
        return 255 # xargs starts no more
    fi
}
export -f one_share
export binary logs go_on

for ((seed = first; seed < first + programs; seed += share)); do
    left=$((first + programs - seed))
    echo "$seed $((left < share ? left : share))"
done | xargs -P "$jobs" -L 1 bash -c 'one_share "$@"' _
if [[ -n $go_on ]]; then
    told=()
    for ((seed = first; seed < first + programs; seed += share)); do told+=("$go_on/$seed.log"); done
    # One table of all shares: what it is, how often, which.
    awk '/^(wrong|wording|reasons|errors) +[0-9]+  / {
        what = $1; count = $2; sub(/^[a-z]+ +[0-9]+  /, ""); sum[what "\t" $0] += count
    }
    END { for (line in sum) print sum[line] "\t" line }' "${told[@]}" | sort -t "$(printf '\t')" -k 2,2r -k 1,1nr
fi
echo "$programs programs from seed $first on: done"
