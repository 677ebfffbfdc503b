#!/usr/bin/env bash
# Opens a copy of the demo in Emacs, with Eglot set up as docs/editors.md says: looks at the findings, takes a fix, allows a dependency, and
# looks at what is then on disk.
#
# usage: try_emacs.sh BINARY
#
# Needs Emacs 29 or newer, or 28 with Eglot as a package (elpa-eglot in Debian).
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
# Eglot takes the folder of the repository for the project.
git init --quiet "$demo"

# The setup that the page gives: the first code of the section.
awk '/^## / { here = $0 == "## Emacs" } /^```/ { code += here; next } here && code == 1' "$project/docs/editors.md" >"$scratch/setup.el"
if ! grep -qF eglot-server-programs "$scratch/setup.el"; then
    echo 'error: docs/editors.md does not begin its section on Emacs with the setup for Eglot' >&2
    exit 1
fi

# Nothing of the user's. `ringfence` on the PATH is what is tried.
export HOME=$scratch/home XDG_CONFIG_HOME=$scratch/config PATH=$scratch/bin:$PATH
mkdir -p "$HOME" "$scratch/bin"
ln -s "$binary" "$scratch/bin/ringfence"
RINGFENCE_DEMO=$demo timeout 120 emacs --batch --funcall package-initialize --load "$scratch/setup.el" --load "$project/scripts/try_emacs.el" </dev/null

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
echo 'Emacs: all as it should be'
