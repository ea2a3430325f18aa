#!/bin/sh
# run.sh GLOB [SIZE [TEST...]]: mutants of these files, in .mutants/; see README.md beside this.
set -e
[ $# -ge 1 ] || { echo "make mutants: FILES says which, see tests/mutants/README.md" >&2; exit 2; }
DIR=$PWD/.mutants
files=$1
size=${2:-0}
if [ $# -lt 2 ]; then shift; else shift 2; fi
mkdir -p "$DIR"
if [ ! -e "$DIR/venv/.ready" ]; then
    python3 -m venv --clear "$DIR/venv"
    "$DIR/venv/bin/python" -m pip install -q --disable-pip-version-check \
        --require-hashes -r requirements.lock
    "$DIR/venv/bin/python" -m pip install -q --disable-pip-version-check mutmut==3.8.1
    touch "$DIR/venv/.ready"
fi
rm -rf "$DIR/tree"
mkdir "$DIR/tree"
git archive HEAD | tar -x -C "$DIR/tree"
printf '[mutmut]\nsource_paths=xenbond_tui\n' >"$DIR/tree/setup.cfg"
# shellcheck disable=SC2016
exec tests/mutants/sandbox.sh "$DIR" sh -c \
    'cd /io/tree && exec ../venv/bin/python -m tests.mutants.try_all "$@"' \
    mutants "$files" "$size" "${@:-tests/unit}"
