"""Runs in the guest: takes commands from a line and answers with what they left behind.

The line is a serial one, or a port of virtio's. One JSON object per line of text, both ways, ASCII
only. Requests, each answered once by `id`:

- `{"id": 1, "argv": [...], "stdin": "", "env": {...}, "tty": "/dev/tty0"}` runs a command to its
  end. With `tty` the command gets that terminal as its controlling one, and no output is returned.
- `{"signal": 15, "of": 1}` sends a signal to the process group of a running command; no answer.

Answers are `{"id", "rc", "out", "err"}`. Standard library only, any Python from 3.9 on.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import threading
import tty
from typing import Any

RUNNING: dict[int, "subprocess.Popen[bytes]"] = {}
WRITING = threading.Lock()

Message = dict[str, Any]


def main(device: str) -> None:
    # A shell ignores it for what it starts with &, and commands would inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    line = os.open(device, os.O_RDWR | os.O_NOCTTY)
    if os.isatty(line):
        tty.setraw(line)
    answer(line, {"ready": True})
    with os.fdopen(os.dup(line), "rb", buffering=0) as requests:
        pending = b""
        while chunk := requests.read(65536):
            *whole, pending = (pending + chunk).split(b"\n")
            for text in whole:
                serve(line, json.loads(text))


def serve(line: int, request: Message) -> None:
    if "signal" in request:
        child = RUNNING.get(request["of"])
        if child is not None and child.poll() is None:
            os.killpg(child.pid, request["signal"])
        return
    # Started here, not in the thread: a signal sent right after must find it.
    try:
        child = start(request)
    except OSError as error:
        answer(line, {"id": request["id"], "rc": 127, "out": "", "err": f"{error}\n"})
        return
    RUNNING[request["id"]] = child
    threading.Thread(target=finish, args=(line, request, child), daemon=True).start()


def start(request: Message) -> "subprocess.Popen[bytes]":
    env = {**os.environ, **request.get("env", {})}
    terminal = request.get("tty")
    if terminal is None:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            request["argv"], stdin=pipe, stdout=pipe, stderr=pipe, env=env, start_new_session=True
        )

    def take() -> None:
        os.setsid()
        fcntl.ioctl(screen, termios.TIOCSCTTY, 1)

    screen = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
    try:
        return subprocess.Popen(
            request["argv"], stdin=screen, stdout=screen, stderr=screen, env=env, preexec_fn=take
        )
    finally:
        os.close(screen)


def finish(line: int, request: Message, child: "subprocess.Popen[bytes]") -> None:
    stdin = request.get("stdin", "").encode("utf-8", "surrogateescape")
    out, err = child.communicate(stdin or None)
    RUNNING.pop(request["id"], None)
    answer(
        line,
        {
            "id": request["id"],
            "rc": child.returncode,
            "out": (out or b"").decode("utf-8", "surrogateescape"),
            "err": (err or b"").decode("utf-8", "surrogateescape"),
        },
    )


def answer(line: int, message: Message) -> None:
    data = json.dumps(message).encode("ascii") + b"\n"
    with WRITING:
        while data:
            data = data[os.write(line, data) :]


main(sys.argv[1])
