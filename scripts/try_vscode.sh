#!/usr/bin/env bash
# Opens a copy of the demo in an editor that runs extensions of VS Code (Theia, made of npm packages), with the packaged extension: looks at the
# findings, takes a fix, restarts the server, allows a dependency, and looks at what is then on disk. Leaves a screenshot.
#
# usage: try_vscode.sh BINARY [SCREENSHOT.png]
#
# Needs npm, a C++ compiler with python3 and make, rg (ripgrep) and chromium. Builds the editor in target/vscode-host, once.
set -euo pipefail

if (($# < 1 || $# > 2)) || [[ $1 == -* ]]; then
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
fi
binary=$(realpath "$1")
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
extension=$project/editors/vscode
host=$project/target/vscode-host
screenshot=$(realpath -m "${2:-$project/target/vscode.png}")
for tool in npm c++ make python3 rg chromium; do
    command -v "$tool" >/dev/null || {
        echo "error: \`$tool\` is needed and not on the PATH" >&2
        exit 2
    }
done

mkdir -p "$host"
if ! cmp --quiet "$extension/host/package-lock.json" "$host/built"; then
    rm -f "$host/built"
    cp "$extension/host/package.json" "$extension/host/package-lock.json" "$host"
    # No script of a package is run: they would download binaries. What is needed is compiled here.
    npm ci --prefix "$host" --ignore-scripts --no-audit --no-fund --loglevel error
    # The headers that came with Node.js, where they did.
    node=$(dirname "$(dirname "$(realpath "$(command -v node)")")")
    [[ ! -e $node/include/node/node.h ]] || export npm_config_nodedir=$node
    for native in node-pty drivelist; do
        (cd "$host/node_modules/$native" && "$host/node_modules/.bin/node-gyp" rebuild --silent)
    done
    mkdir -p "$host/node_modules/@vscode/ripgrep/bin" "$host/node_modules/keytar/build/Release"
    cp "$(command -v rg)" "$host/node_modules/@vscode/ripgrep/bin/rg"
    # Nobody signs in: an empty file stands for what would keep secrets.
    : >"$host/node_modules/keytar/build/Release/keytar.node"
    npm run --prefix "$host" --silent build >"$host/build.log" 2>&1 || {
        tail -n 100 "$host/build.log" >&2
        exit 1
    }
    cp "$host/package-lock.json" "$host/built"
fi

[[ -d $extension/node_modules ]] || npm ci --prefix "$extension" --no-audit --no-fund --loglevel error
npm run --prefix "$extension" --silent package

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
demo=$(realpath "$scratch")/demo
cp -r "$project/resources/demo" "$demo"
plugins=$(realpath "$scratch")/plugins
mkdir -p "$plugins/languages"
# VS Code brings these languages itself.
cp "$host/node_modules/tm-grammars/grammars/"{python,toml}.json "$plugins/languages"
cat >"$plugins/languages/package.json" <<'END'
{
  "name": "languages",
  "publisher": "ringfence",
  "version": "0.0.0",
  "engines": { "vscode": "^1.91.0" },
  "contributes": {
    "languages": [
      { "id": "python", "aliases": ["Python"], "extensions": [".py"] },
      { "id": "toml", "aliases": ["TOML"], "extensions": [".toml"] }
    ],
    "grammars": [
      { "language": "python", "scopeName": "source.python", "path": "./python.json" },
      { "language": "toml", "scopeName": "source.toml", "path": "./toml.json" }
    ]
  }
}
END

# Nothing of the user's. The setting is the user's, as that of a folder counts only once it is trusted.
export HOME=$scratch/home
unset XDG_CONFIG_HOME THEIA_CONFIG_DIR
mkdir -p "$HOME/.theia/plugins"
cp "$extension/ringfence.vsix" "$HOME/.theia/plugins"
printf '{ "ringfence.path": "%s", "editor.minimap.enabled": false }\n' "$binary" >"$HOME/.theia/settings.json"
timeout 300 node "$extension/host/drive.mjs" "$host" "$demo" "$plugins" "$(command -v chromium)" "$screenshot"

# What the command line says of what was saved.
found=$("$binary" check "$demo" --output-format concise 2>&1 || true)
for gone in RF201 RF101; do
    if grep -qF -- "$gone" <<<"$found"; then
        printf 'error: %s is still found:\n%s\n' "$gone" "$found" >&2
        exit 1
    fi
done
diff -ru "$project/resources/demo" "$demo" || true
echo "VS Code: all as it should be; see $screenshot"
