"""Who asked for a change, and over which connection: for messages and for the session's probe."""

import os
import pwd
import sys

from xenbond_tui.host.session import connection_of, login_connection
from xenbond_tui.machine import Machine
from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class Operator:
    """A person, as far as it is known; "" where it is not."""

    name: str = ""
    """In words: `alice on pts/3 from 192.168.0.9`."""
    connection: str = ""
    """SSH_CONNECTION (ssh(1)): client address, client port, server address, server port."""


NOBODY = Operator()


def operator(machine: Machine) -> Operator:
    """Who runs this process, for that machine."""
    live = machine.access.this_host
    environ = machine.environ
    connection = connection_of(environ) or (login_connection(os.getppid()) if live else None) or ""
    names = (environ.get(name) for name in ("SUDO_USER", "LOGNAME", "USER"))
    words = [next(filter(None, names), None) or (_account() if live else "")]
    if live and (terminal := _terminal()):
        words.append(f"on {terminal}")
    if peer := connection.split()[:1]:
        words.append(f"from {peer[0]}")
    return Operator(" ".join(word for word in words if word), connection)


def _account() -> str:
    """The name of the account this runs as, its number where it has none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def _terminal() -> str:
    """`pts/3`; "" without one."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        try:
            return os.ttyname(stream.fileno()).removeprefix("/dev/")
        except (AttributeError, OSError, ValueError):
            continue
    return ""
