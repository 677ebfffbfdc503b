#!/usr/bin/env bash
# Tries the hooks of `.pre-commit-hooks.yaml` in repositories, with commits.
#
# usage: try_hooks.sh RINGFENCE PRE_COMMIT
#
# Needs git. Writes to a temporary folder, and nothing else.
set -euo pipefail
ringfence=$(realpath "$1")
pre_commit=$(realpath -s "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export PRE_COMMIT_HOME=$scratch/home GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

# The hooks as they are, but for the binary: this one, instead of one that is built.
repository() {
    cd "$scratch"
    rm -rf project && git init --quiet project && cd project
    {
        printf 'repos:\n  - repo: local\n    hooks:\n'
        sed "s|^|      |; s|language: python|language: system|; s|entry: ringfence|entry: $ringfence|" "$scratch/hooks.yaml"
    } >.pre-commit-config.yaml
    "$pre_commit" install >/dev/null
}
fail() {
    cat "$scratch/out.txt"
    echo "error: $1" >&2
    exit 1
}
# Commits what is there: with what is said of the hook `ringfence`, Passed, Failed or Skipped.
commit() {
    local title=$1 expected=$2 skip=${3:-ringfence-fix}
    git add --all
    SKIP=$skip git commit --message "$title" >"$scratch/out.txt" 2>&1 || true
    grep -qE "^ringfence\.+.*$expected\$" "$scratch/out.txt" || fail "$title: the hook is not $expected"
    # What passes is committed, what fails is not.
    [[ $expected == Failed || -z $(git status --porcelain) ]] || fail "$title: was not committed"
    [[ $expected != Failed || -n $(git status --porcelain) ]] || fail "$title: was committed"
    echo "$title: $expected, as expected"
}
cp .pre-commit-hooks.yaml "$scratch/hooks.yaml"

repository
printf '[modules.a]\n\n[modules.b]\n' >ringfence.toml
printf 'import b\n' >a.py
touch b.py
commit 'a project' Passed
touch README.md docs.txt
commit 'what is neither Python nor a config' Skipped
printf '[modules.a]\ndepends-on = []\n\n[modules.b]\n' >ringfence.toml
commit 'ringfence.toml alone, which now forbids' Failed
git reset --quiet --hard
printf 'import b\nimport b.c\n' >a.py
commit 'a module alone' Passed
for file in ringfence.module.toml below/ringfence.module.toml ringfence.baseline baselines/a.txt pyproject.toml below/setup.cfg \
    requirements.txt requirements/dev.in dev-requirements.txt .gitignore stubs/a.pyi; do
    mkdir -p "$(dirname "$file")"
    : >"$file"
    git add "$file"
    SKIP=ringfence-fix "$pre_commit" run --files "$file" >"$scratch/out.txt" 2>&1 || true
    grep -qE '^ringfence\.+(Passed|Failed)$' "$scratch/out.txt" || fail "$file alone: the hook does not run"
    git rm --quiet --cached "$file" && rm "$file"
done
echo 'each other kind of config alone: runs, as expected'

repository
contract() { printf '\n[importlinter:contract:%s]\nname = no %s\ntype = forbidden\nsource_modules = shop.%s\nforbidden_modules = shop.%s\n' "$1" "$2" "$1" "$2"; }
printf '[importlinter]\nroot_package = shop\n' >.importlinter
contract b a >>.importlinter
mkdir shop
printf 'from shop import b\n' >shop/a.py
touch shop/__init__.py shop/b.py
commit 'a project of import-linter' Passed
contract a b >>.importlinter
commit '.importlinter alone, which now forbids' Failed

repository
printf '[[modules]]\npath = "a"\ndepends_on = ["b"]\n\n[[modules]]\npath = "b"\n' >tach.toml
printf 'import b\nb.x\n' >a.py
touch b.py
commit 'a project of Tach' Passed
sed -i 's/\["b"\]/[]/' tach.toml
commit 'tach.toml alone, which now forbids' Failed

repository
printf '[modules.a]\n\n[modules.b]\nexposes = ["x"]\n' >ringfence.toml
mkdir b
printf 'from b.inner import x\n\nprint(x)\n' >a.py
printf 'from b.inner import x as x\n' >b/__init__.py
printf 'x = 1\n' >b/inner.py
git add --all
SKIP=ringfence git commit --message 'with fixes' >"$scratch/out.txt" 2>&1 && fail 'fixes: was committed as it was'
grep -qx 'from b import x' a.py || fail 'fixes: nothing was fixed'
git add --all
SKIP=ringfence git commit --message 'with fixes' >"$scratch/out.txt" 2>&1 || fail 'fixes: was not committed once fixed'
echo 'the hook that fixes: as expected'
