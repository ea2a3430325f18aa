"""A change up to the moment when the power is cut, and what can be compared over the cut."""

import json
from dataclasses import dataclass

from tests.lab.evidence import ANSWERS, etc, network
from tests.lab.guest import Guest

OLD, NEW = "192.168.0.222", "192.168.0.223"
MOVED = ANSWERS.replace(OLD, NEW)
"""The set-up every journey makes, with another address: old and new are told apart by who
answers."""
BOTH = ANSWERS.replace(f"{OLD}/24", f"[{OLD}/24, {NEW}/24]")
"""The same, and the old one stays: a NIC that has an address may not lose it."""

GUARD = "find /etc -name '*xenbond-recover*'"
"""Prints the boot guard: its script, and the link by which a boot runs it."""
SYSTEMDS_OWN = "./.updated"
"""systemd-update-done(8) writes it at the first boot, without a sync: a cut leaves it empty."""


@dataclass(frozen=True, slots=True)
class Tree:
    """/etc, and which links and addresses there are."""

    etc: dict[str, str]
    addresses: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, guest: Guest) -> "Tree":
        """As it is, without the boot guard, which belongs to the change and not to the host."""
        files = {name: it for name, it in etc(guest).items() if "xenbond-recover" not in name}
        files.pop(SYSTEMDS_OWN, None)
        return cls(files, network(guest).addresses)


def until_cut(guest: Guest, name: str, seconds: float) -> tuple[str, Tree | None]:
    """Apply, up to the moment; returns how far it is, and the new tree where it was seen."""
    new = None
    if name in ("confirmed", "kept", "going-back"):
        guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes")
        guest.run("python3", "-I", "/lab/inside/moment.py", "waiting", "0.5").ok()
        new = Tree.of(guest)
        if name == "kept":
            return guest.run("xenbond", "confirm").ok().splitlines()[-1], new
    watch = guest.start("python3", "-I", "/lab/inside/moment.py", name, str(seconds))
    command: tuple[str, ...] = ("apply", "--answers", "/root/answers.yaml", "--yes")
    if new:
        command = ("undo",) if name == "going-back" else ("confirm",)
    running = guest.start("xenbond", *command)
    while not watch.over_within(1.0):
        assert not running.over, running.wait()
    return watch.wait().ok().splitlines()[-1], new


def who_answers(guest: Guest) -> tuple[str, ...]:
    """Of the old and the new address those that answer the switch."""
    ping = ("ip", "netns", "exec", "switch", "ping", "-qc2", "-W1", "-i0.2")
    return tuple(address for address in (OLD, NEW) if guest.run(*ping, address).rc == 0)


def states(guest: Guest) -> tuple[str, ...]:
    """The states of the newest change, from its journal."""
    newest = guest.sh("ls -d /var/lib/xenbond/transactions/* | tail -n1").strip()
    journal = guest.read(f"{newest}/journal.jsonl").splitlines()
    return tuple(json.loads(line)["state"] for line in journal)
