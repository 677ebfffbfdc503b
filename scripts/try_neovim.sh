#!/usr/bin/env bash
# Opens a copy of the demo in a headless Neovim, looks at the findings, takes a fix, allows a dependency, and looks at what is then on disk.
#
# usage: try_neovim.sh BINARY
#
# Needs nvim 0.7 or newer.
set -euo pipefail

if (($# != 1)) || [[ $1 == -* ]]; then
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
fi
binary=$(realpath "$1")
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
demo=$(realpath "$scratch")/demo
cp -r "$project/resources/demo" "$demo"

# Nothing of the user's.
export HOME=$scratch/home XDG_CONFIG_HOME=$scratch/config XDG_DATA_HOME=$scratch/data XDG_STATE_HOME=$scratch/state XDG_CACHE_HOME=$scratch/cache
mkdir -p "$HOME"
RINGFENCE=$binary RINGFENCE_DEMO=$demo timeout 120 nvim --headless --clean -i NONE -n -S "$project/scripts/try_neovim.lua"

# What the command line says of what was saved.
found=$("$binary" check "$demo" --output-format concise 2>&1 || true)
for gone in RF201 RF101; do
    if grep -qF -- "$gone" <<<"$found"; then
        printf 'error: %s is still found:\n%s\n' "$gone" "$found" >&2
        exit 1
    fi
done
diff -u "$project/resources/demo/src/shop/orders/service.py" "$demo/src/shop/orders/service.py" || true
diff -u "$project/resources/demo/ringfence.toml" "$demo/ringfence.toml" || true
echo 'Neovim: all as it should be'
