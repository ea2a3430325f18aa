"""Boots a guest and gives a person its console: `python -m tests.lab.shell [STACK] [systemd]`.

The console is this terminal. `lab-pull 0`, `lab-plug 0` (or 1) pull and plug cables, `lab-ping`
pings the host from the switch; leaving the shell cuts the power. A second terminal can run commands
in the same guest: `python -m tests.lab.shell --run xenbond status`.
"""

import json
import os
import select
import socket
import sys
import termios
import threading
import tty
from collections.abc import Callable
from contextlib import suppress

from tests.lab.cache import LAB
from tests.lab.errors import NoLab
from tests.lab.guest import Guest
from tests.lab.stacks import LAB_STACKS

DOOR = LAB / "shell.sock"


def main(argv: list[str]) -> int:
    """Boot, or with `--run` pass a command to the guest that runs already."""
    if argv[:1] == ["--run"]:
        return _run(argv[1:])
    try:
        stack = next((word for word in argv if word in LAB_STACKS), "ifupdown")
        guest = Guest("systemd" if "systemd" in argv else None, stack=stack)
    except NoLab as why:
        print(f"no lab here: {why}", file=sys.stderr)
        return 1
    with guest:
        threading.Thread(target=_serve, args=(guest,), daemon=True).start()
        for name in ("pull", "plug"):
            state = "down" if name == "pull" else "up"
            _command(guest, f"lab-{name}", f'exec ip -n switch link set "p$1" {state}')
        _command(guest, "lab-ping", "exec ip netns exec switch ping -i 0.2 192.168.0.222")
        print(f"booted in {guest.boot_seconds:.1f} s; lab-pull N, lab-plug N, lab-ping; exit\r")
        env = {"PS1": "lab# ", "HOME": "/root"}
        guest.sh("stty sane rows 24 cols 80 </dev/tty0")
        shell = guest.start(
            "bash",
            "--norc",
            "-i",
            env={"TERM": os.environ.get("TERM", "linux"), **env},
            terminal="/dev/tty0",
        )
        _attend(guest, lambda: shell.over or guest.agent.lost.is_set())
    return 0


def _command(guest: Guest, name: str, line: str) -> None:
    guest.write(f"/usr/local/bin/{name}", f"#!/bin/sh\n{line}\n")
    guest.run("chmod", "+x", f"/usr/local/bin/{name}").ok()


def _attend(guest: Guest, over: Callable[[], bool]) -> None:
    """Pass keys in and text out until the shell ends."""
    keyboard = sys.stdin.fileno()
    shown = 0
    interactive = os.isatty(keyboard)
    before = termios.tcgetattr(keyboard) if interactive else None
    if interactive:
        tty.setraw(keyboard)
    try:
        while not over():
            if select.select([keyboard], [], [], 0.02)[0]:
                data = os.read(keyboard, 4096)
                if not data:
                    break
                guest.console.send(data)
            said = bytes(guest.console.everything)
            if len(said) > shown:
                os.write(sys.stdout.fileno(), said[shown:])
                shown = len(said)
    finally:
        if before is not None:
            termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def _serve(guest: Guest) -> None:
    """Take commands from `--run`, one connection each."""
    DOOR.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(DOOR))
        door.listen()
        while True:
            caller, _ = door.accept()
            threading.Thread(target=_answer, args=(guest, caller), daemon=True).start()


def _answer(guest: Guest, caller: socket.socket) -> None:
    with caller, caller.makefile("rw", encoding="utf-8") as stream, suppress(OSError):
        done = guest.run(*json.loads(stream.readline()), timeout=3600)
        stream.write(json.dumps([done.rc, done.out, done.err]) + "\n")


def _run(argv: list[str]) -> int:
    try:
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(DOOR))
            with door.makefile("rw", encoding="utf-8") as stream:
                stream.write(json.dumps(argv) + "\n")
                stream.flush()
                rc, out, err = json.loads(stream.readline())
    except (OSError, ValueError):
        print("no guest is running; start one with `python -m tests.lab.shell`", file=sys.stderr)
        return 1
    sys.stdout.write(out)
    sys.stderr.write(err)
    return int(rc)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
