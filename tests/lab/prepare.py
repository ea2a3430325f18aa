"""Makes ready what guests run, and boots each kernel once: `python -m tests.lab.prepare`.

A machine that can't boot one says so here, in one line, before any test begins.
"""

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.lab import kernels, platforms
from tests.lab.cache import LAB
from tests.lab.errors import NoLab
from tests.lab.kernels import Made

BOOTED = "lab: booted"
INIT = f"#!/bin/sh\necho {BOOTED}\nexec sleep 60\n"
_PATIENCE = 120.0
"""Seconds until the first program of a guest has spoken; it takes one."""


def probe(made: Made, environment: Mapping[str, str] | None = None) -> None:
    """Boot a kernel with this machine's own files, read-only, to its first program.

    Args:
        made: the kernel.
        environment: what it is started with, in the place of its own.

    Raises:
        NoLab: that program never ran; the text has the kernel's last word, and the processor.
    """
    with tempfile.TemporaryDirectory(dir=LAB) as folder:
        init = Path(folder) / "init"
        init.write_text(INIT)
        init.chmod(0o755)
        said = _said_by(made, init, made.environment() if environment is None else environment)
    if BOOTED not in said:
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        panic = next((line for line in lines if "panic" in line), (lines or ["nothing"])[-1])
        raise NoLab(f"Linux {made.version} does not boot here ({_processor()}): {panic}")


def _said_by(made: Made, init: Path, environment: Mapping[str, str]) -> str:
    """What the guest says, up to its first program's word or its end."""
    process = subprocess.Popen(
        [
            str(made.program),
            *("mem=128M", *made.row.arguments, "root=/dev/root", "rootfstype=hostfs"),
            *("rootflags=/", "ro", f"init={init}", "con=null", "con0=fd:0,fd:1", "loglevel=3"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment, "HOME": str(init.parent)},
        start_new_session=True,
    )
    assert process.stdout is not None
    said = b""
    until = time.monotonic() + _PATIENCE
    try:
        while BOOTED.encode() not in said and (left := until - time.monotonic()) > 0:
            if not select.select([process.stdout], [], [], left)[0]:
                break
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                break
            said += chunk
    finally:
        # The group, for the kernel's helper processes outlive the first.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return said.decode(errors="replace")


def _processor() -> str:
    """Its name, and those of its features that have kept guests from booting."""
    told = dict(
        line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line
    )
    fields = {name.strip(): value.strip() for name, value in told.items()}
    amx = [flag for flag in fields.get("flags", "").split() if flag.startswith("amx")]
    return " ".join((fields.get("model name", "a processor without a name"), *amx))


def main() -> int:
    """Make and boot all that this run may ask for."""
    try:
        for platform in platforms.each():
            probe(kernels.ready(platform.kernel))
    except NoLab as why:
        print(f"lab: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
