#!/bin/sh
# Runs the lab's tests: `run.sh LEVEL WORDS FOR PYTEST`, a level of `turns.py`. $PYTEST is how pytest
# is called here. Each kernel is booted once before; a machine that can't says why in one line.
set -eu

export XENBOND_LAB_LEVEL="$1"
shift
python=.venv/bin/python
$python -m tests.lab.prepare
if [ "$XENBOND_LAB_LEVEL" != whole ] || [ -n "$XENBOND_LAB_RELEASE$XENBOND_LAB_KERNEL" ]; then
	exec $PYTEST "$@"
fi
# Everything on each platform in turn; a failure on one does not hide what the next one shows.
failed=
for platform in $($python -m tests.lab.platforms); do
	export XENBOND_LAB_RELEASE="${platform%-*}" XENBOND_LAB_KERNEL="${platform##*-}"
	$PYTEST "$@" || failed="$failed $platform"
done
[ -z "$failed" ] || { echo "lab: failed on$failed" >&2; exit 1; }
