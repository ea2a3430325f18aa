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
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@cache
def _why_not() -> str | None:
    for program in ("unshare", "ip"):
        if shutil.which(program) is None:
            return f"no private network namespace: {program} is not installed"
    probe = [*_PREFIX, "ip", "link", "add", "eth0", "type", "veth", "peer", "name", "sw0"]
    done = subprocess.run(probe, capture_output=True, text=True, timeout=120, check=False)
    return f"no private network namespace: {done.stderr.strip()}" if done.returncode else None


_PRELUDE = """
import json, subprocess, time
from dataclasses import asdict

def ip(*commands):
    text = "\\n".join(commands)
    subprocess.run(["ip", "-batch", "-"], input=text, text=True, check=True)

def until(condition, seconds=120.0):
    # What makes it true, as soon as something does; the bound is for a test that has failed.
    limit = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < limit, "it never became true"
        time.sleep(0.01)
    return found

def up(*names):
    # Sets links up, each with its carrier, and returns when they send. Until the kernel has started
    # the queue of a link whose carrier came later, it drops what it is given: up to a second
    # (net/core/link_watch.c). In the same step it makes the link's operational state "up"; ip waits
    # for the lock under which that is done.
    ip(*(f"link set {name} up" for name in names))
    def send():
        told = json.loads(subprocess.check_output(["ip", "-j", "link", "show", "up"]))
        return {link["ifname"] for link in told if link.get("operstate") == "UP"} >= set(names)
    until(send)

def tell(value):
    print(json.dumps(value))
"""
