"""Runs Python in a network namespace of its own, where links may be made and broken freely."""

import json
import shutil
import subprocess
import sys
import textwrap
from functools import cache
from typing import Any

from tests.left_out import leave_out

# sysfs shows the network namespace it was mounted in: it needs a mount of its own as well.
_SHELL = 'mount -t sysfs sysfs /sys && exec "$@"'
_PREFIX = ("unshare", "--map-root-user", "--net", "--mount", "sh", "-c", _SHELL, "sh")


def in_private_netns(script: str) -> Any:
    """What a script prints as JSON on its last line. Left out where there is no namespace."""
    reason = _why_not()
    if reason:
        leave_out(reason)
    argv = [*_PREFIX, sys.executable, "-c", _PRELUDE + textwrap.dedent(script)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@cache
def _why_not() -> str | None:
    for program in ("unshare", "ip"):
        if shutil.which(program) is None:
            return f"no private network namespace: {program} is not installed"
    probe = [*_PREFIX, "ip", "link", "add", "eth0", "type", "veth", "peer", "name", "sw0"]
    done = subprocess.run(probe, capture_output=True, text=True, timeout=20, check=False)
    return f"no private network namespace: {done.stderr.strip()}" if done.returncode else None


_PRELUDE = """
import json, subprocess
from dataclasses import asdict

def ip(*commands):
    text = "\\n".join(commands)
    subprocess.run(["ip", "-batch", "-"], input=text, text=True, check=True)

def tell(value):
    print(json.dumps(value))
"""
