"""Runs Python as root in mount, pid and network namespaces of its own: a host to attack."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

from tests.left_out import leave_out

_ROOT = Path(__file__).parents[2]
_PREFIX = (
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--mount-proc",
    "--net",
    "--propagation=private",
)
_PRELUDE = """
import json
from tests.security.impostors import *
prepare()
"""


def in_private_host(script: str) -> Any:
    """What a script prints as JSON on its last line; `tests.security.impostors` is imported there.

    Skips where nobody can be root in such namespaces; in CI that is a failure.
    """
    reason = _why_not()
    if reason:
        leave_out(reason)
    argv = [*_PREFIX, sys.executable, "-c", _PRELUDE + textwrap.dedent(script)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False, cwd=_ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@cache
def _why_not() -> str | None:
    if os.getuid() != 0:
        return "no private host: it takes root to be attacked as root"
    for program in ("unshare", "ip", "mount", "dash"):
        if shutil.which(program) is None:
            return f"no private host: {program} is not installed"
    probe = subprocess.run(
        [*_PREFIX, "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return f"no private host: {probe.stderr.strip()}" if probe.returncode else None
