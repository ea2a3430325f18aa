"""Runs in the guest: waits for a moment of a change, then tells how far the change is.

moment.py NAME [SECONDS]        so many seconds after the moment of that name (`MOMENTS`)
"""

import json
import os
import sys
import time
from collections.abc import Callable

CHANGES = "/var/lib/xenbond/transactions"


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


def step() -> str:
    labels = [str(line["label"]) for line in lines("progress.jsonl") if "label" in line]
    return labels[-1] if labels else ""


def new_files() -> bool:
    with open("/etc/network/interfaces") as stream:
        return "bond0" in stream.read()


MOMENTS: "dict[str, Callable[[], bool]]" = {
    "prepared": lambda: state() == "prepared",
    "guarded": lambda: state() == "prepared" and step() != "",
    "activating": lambda: state() == "prepared" and os.path.exists(f"{newest()}/activating"),
    "writing": new_files,
    "written": lambda: state() == "written",
    "waiting": lambda: state() == "active",
    "confirmed": lambda: state() == "confirmed",
}

os.makedirs(CHANGES, mode=0o700, exist_ok=True)
print("watching", flush=True)
while not MOMENTS[sys.argv[1]]():
    time.sleep(0.005)
time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
print(f"{state()}, at `{step()}`")
