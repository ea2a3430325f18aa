"""The operator's own way in: SSH_CONNECTION → local address → link → NIC.

A serial line or another console has none: it needs no NIC.
"""

import os
import re
from collections.abc import Mapping

from xenbond_tui.facts.guest_ports import is_guest_port
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.network import KernelSnapshot, Session

VARIABLE = "SSH_CONNECTION"
_MAX_PARENTS = 32
_MAX_BYTES = 1 << 20


def login_connection(pid: int) -> str | None:
    """SSH_CONNECTION (ssh(1)) of the shell a process was started from by sudo or su.

    sudo empties the environment. As root the parents' own can be read from /proc/PID/environ, up
    to sshd or PID 1, where the login ends. A tmux or screen server is a child of PID 1: behind it
    nobody can tell, and what its environment says may be a session that has ended.
    """
    process = pid
    for _ in range(_MAX_PARENTS):
        name, parent, environment = _look_at(process)
        if process <= 1 or name.startswith("sshd"):
            return None
        found = connection_of(environment)
        if found:
            return found
        process = parent
    return None


def connection_of(environment: Mapping[str, str]) -> str:
    """The value of SSH_CONNECTION; "" without one, and for what sshd would not write.

    Whoever starts this program can write it: it says where they come from, and no more.
    """
    connection = environment.get(VARIABLE, "")
    words = connection.split(" ")
    if len(words) != 4 or not all(re.fullmatch(r"[0-9]{1,5}", port) for port in words[1::2]):
        return ""
    for end in words[::2]:
        import ipaddress

        address, _, zone = end.partition("%")
        try:
            ipaddress.ip_address(address)
        except ValueError:
            return ""
        if not re.fullmatch(r"[\w.-]*", zone):
            return ""
    return connection


def find_session(connection: str | None, snapshot: KernelSnapshot) -> Session | None:
    """The session that a value of SSH_CONNECTION tells of; None without one or a malformed one.

    Args:
        connection: client address, client port, server address, server port.
        snapshot: links with their addresses, bonds and bridges, of the same time.
    """
    words = (connection or "").split()
    if len(words) != 4:
        return None
    peer, local = _plain(words[0]), _plain(words[2])
    link = next(
        (item for item in snapshot.links for address in item.addresses if address.ip == local), None
    )
    if link is None:
        return Session(peer, local, None, None)
    nics = _nics_under(link, snapshot, frozenset())
    return Session(peer, local, link.name, nics[0] if len(nics) == 1 else None)


def _plain(address: str) -> str:
    """Without a zone (`fe80::1%eth0`) and out of an IPv4-mapped IPv6 address."""
    bare = address.partition("%")[0]
    mapped = re.fullmatch(r"::ffff:(\d+\.\d+\.\d+\.\d+)", bare, re.IGNORECASE)
    return mapped.group(1) if mapped else bare


def _nics_under(link: Link, snapshot: KernelSnapshot, seen: frozenset[str]) -> tuple[str, ...]:
    """Physical NICs a link's frames may leave by; a bridge's guests' ports are not among them."""
    if link.name in seen:
        return ()
    if link.kind in ("", "veth"):
        # A container or a lab guest knows its only NICs as veths called eth0.
        return () if is_guest_port(link) else (link.name,)
    below = [item for item in snapshot.links if item.master == link.name or item.name == link.lower]
    return tuple(name for item in below for name in _nics_under(item, snapshot, seen | {link.name}))


def _look_at(process: int) -> tuple[str, int, Mapping[str, str]]:
    """Name, parent and environment of one process; no later one with its number passes for it.

    From /proc/PID/stat (proc(5)); the name is in brackets and may hold any character.
    """
    try:
        here = os.open(f"/proc/{process}", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return "", 0, {}
    try:
        text = _read(here, "stat")
        entries = _read(here, "environ").split("\0")
    finally:
        os.close(here)
    name = text[text.find("(") + 1 : text.rfind(")")]
    fields = text[text.rfind(")") + 1 :].split()
    environment = dict(entry.split("=", 1) for entry in entries if "=" in entry)
    return name, int(fields[1]) if len(fields) > 1 else 0, environment


def _read(here: int, name: str) -> str:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=here)
        with os.fdopen(descriptor, "rb") as stream:
            return stream.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
