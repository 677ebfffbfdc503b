#!/usr/bin/env bash
# Unpacks the Python trees that ringfence is measured on: the contents of pinned wheels. Nothing of them is run.
#
# usage: bring_trees.sh DEST [TREE...]                                        [sentry homeassistant union]
#   DEST/sentry          3,108 files: one application
#   DEST/homeassistant   6,725 files: one application with 1,254 components side by side
#   DEST/union          30,590 files: the top-level packages of ten distributions, each once
#
# Needs python3 with pip, and unzip. What is there already is left alone; delete a tree to bring it again.
set -euo pipefail

if (($# < 1)) || [[ $1 == -* ]]; then
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
fi
destination=$1
trees=("${@:2}")
((${#trees[@]})) || trees=(sentry homeassistant union)
for tree in "${trees[@]}"; do
    [[ $tree == sentry || $tree == homeassistant || $tree == union ]] || { echo "there is no tree \`$tree\`" >&2 && exit 2; }
done
is_wanted() { [[ " ${trees[*]} " == *" $1 "* ]]; }

# The wheels are for one platform whatever this machine is, so that the trees are the same everywhere.
platforms=(any manylinux2014_x86_64)
for glibc in 17 24 27 28; do platforms+=("manylinux_2_${glibc}_x86_64"); done

# unpack NAME==VERSION FOLDER
unpack() {
    local pinned=$1 folder=$2 scratch
    [[ ! -d $folder ]] || return 0
    scratch=$(mktemp -d)
    python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \
        "${platforms[@]/#/--platform=}" --dest "$scratch" "$pinned" 2>/dev/null ||
        # Wheels of an older Python, without compiled modules.
        python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.8 --abi none \
            --platform=any --dest "$scratch" "$pinned"
    # Complete or not there at all.
    rm -rf "$folder.part"
    mkdir -p "$folder.part"
    unzip -q -o "$scratch"/*.whl -d "$folder.part"
    mv "$folder.part" "$folder"
    rm -rf "$scratch"
}

mkdir -p "$destination"
! is_wanted sentry || unpack sentry==23.7.1 "$destination/sentry"
! is_wanted homeassistant || unpack homeassistant==2024.3.3 "$destination/homeassistant"

members=(ansible==12.3.0 homeassistant==2024.3.3 transformers==5.23.0 sympy==1.13.3 pandas==3.1.1 scipy==1.18.1
    django==5.2 networkx==3.7 sqlalchemy==2.1.9 botocore==1.44.5)
if is_wanted union && [[ ! -d $destination/union ]]; then
    rm -rf "$destination/union.part"
    mkdir -p "$destination/.members" "$destination/union.part"
    for pinned in "${members[@]}"; do
        member=$destination/.members/${pinned%%==*}
        unpack "$pinned" "$member"
        for package in "$member"/*/; do
            name=$(basename "$package")
            case $name in
            *.dist-info | *.data | *.libs) continue ;;
            esac
            [[ -e $destination/union.part/$name ]] || cp -r "$package" "$destination/union.part/$name"
        done
    done
    mv "$destination/union.part" "$destination/union"
fi

for tree in "${trees[@]}"; do
    printf '%-14s %6d files\n' "$tree" "$(find "$destination/$tree" -name '*.py' | wc -l)"
done
