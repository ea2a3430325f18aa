"""Runs in the guest: waits for a moment of a change, then tells how far the change is.

moment.py NAME [SECONDS]        so many seconds after the moment of that name (`MOMENTS`)

Between a file's new name and the journal's next line there are microseconds. For `writing` the
kernel itself tells of the new name (inotify(7)); being of a real-time class this program runs
before the worker's next instruction, and stops it there until the power is cut.
"""

import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable

CHANGES = "/var/lib/xenbond/transactions"
PROGRESS = "progress.jsonl"
GUARDED = "guard against a power cut"
"""Told once the guard is on the disk; the step before it is told while it is made."""


def newest() -> str:
    names = [name for name in os.listdir(CHANGES) if name[0] != "."]
    return f"{CHANGES}/{max(names)}" if names else CHANGES


def lines(name: str) -> "list[dict[str, object]]":
    try:
        with open(f"{newest()}/{name}") as stream:
            return [json.loads(line) for line in stream if line.endswith("\n")]
    except OSError:
        return []


def state() -> str:
    journal = lines("journal.jsonl")
    return str(journal[-1]["state"]) if journal else ""


def labels() -> "list[str]":
    return [str(line["label"]) for line in lines(PROGRESS) if "label" in line]


def step() -> str:
    return (labels() or [""])[-1]


def new_file() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(os.O_CLOEXEC)
    in_moved_to = 0x80
    assert libc.inotify_add_watch(fd, b"/etc/network", in_moved_to) > 0, ctypes.get_errno()
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    while b"interfaces\0" not in os.read(fd, 65536):
        pass
    for name in os.listdir("/proc"):
        if name.isdecimal() and is_worker(name):
            os.kill(int(name), signal.SIGSTOP)
    return True


def is_worker(pid: str) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as stream:
            return b"\0worker\0--machine\0" in stream.read()
    except OSError:
        return False


MOMENTS: "dict[str, Callable[[], bool]]" = {
    "prepared": lambda: state() == "prepared",
    "guarded": lambda: state() == "prepared" and GUARDED in labels(),
    "activating": lambda: state() == "prepared" and os.path.exists(f"{newest()}/activating"),
    "writing": new_file,
    "written": lambda: state() == "written",
    "waiting": lambda: state() == "active",
    "going-back": lambda: state() == "rolling-back",
    "confirmed": lambda: state() == "confirmed",
}

os.makedirs(CHANGES, mode=0o700, exist_ok=True)
print("watching", flush=True)
# A change waits to be kept for as long as one lets it; all else is over at once.
every = 0.05 if sys.argv[1] == "waiting" else 0.005
while not MOMENTS[sys.argv[1]]():
    time.sleep(every)
time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
print(f"{state()}, at `{step()}`")
