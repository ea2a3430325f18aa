"""What a host is like, in forms that can be compared before and after."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.lab.channel import Done, Running
from tests.lab.commands import Commands
from tests.lab.guest import Guest, Pings
from tests.told import NOTES

ANSWERS = """\
version: 1
bond:
  slaves: [eth0, eth1]
  mode: active-backup
  miimon: 100
bridge:
  name: xenbr0
  address: 192.168.0.222/24
  gateway: 192.168.0.1
"""
"""The set-up every journey makes."""


def note(text: str) -> None:
    """Tell at the end of the run, and where the test's own output is shown."""
    print(text)
    NOTES.append(text)


PROGRESS = "cat /var/lib/xenbond/transactions/[0-9]*/progress.jsonl 2>/dev/null || true"


def hitless(guest: Guest, *seen: Pings) -> None:
    """Assert that no more than one ping was lost.

    One may be: of IPv6 with NetworkManager (README), or one in the air as the active slave moves.

    Raises:
        AssertionError: which step ran while there was no answer.
    """
    for pings in seen:
        assert pings.lost <= 1, f"{pings}; {_silence(guest, pings)}"


def _silence(guest: Guest, pings: Pings) -> str:
    """When there was no answer, and what the last change of the guest did meanwhile."""
    lines = (json.loads(line) for line in guest.sh(PROGRESS).splitlines())
    # Of a question, say, no time is told.
    steps = [step for step in lines if "at" in step]
    told = []
    for since, until in _joined(pings.missing):
        before = [step for step in steps if step["at"] < since - 0.3]
        during = [step for step in steps if since - 0.3 <= step["at"] <= until + 0.1]
        words = (
            f"{since - step['at']:+.3f} s after `{step['label']}` ({step['status']})"
            for step in (*before[-1:], *during)
        )
        told.append(f"none at {since:.3f} to {until:.3f}: {', '.join(words)}")
    return "\n".join(told)


def _joined(missing: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Each time without an answer as one, however many pings were lost in it."""
    found: list[tuple[float, float]] = []
    for since, until in missing:
        if found and found[-1][1] == since:
            since, _ = found.pop()
        found.append((since, until))
    return found


@dataclass(frozen=True, slots=True)
class Before:
    """What the host was before anything was done to it."""

    etc: dict[str, str]
    network: "Network"

    @classmethod
    def of(cls, guest: Guest) -> "Before":
        return cls(etc(guest), network(guest))

    def is_back(self, guest: Guest) -> None:
        """Assert that files and network are as they were, and the host answers."""
        was, now = self.etc, etc(guest)
        for path in guest.row.rewrites:
            was, now = without_times(was, path), without_times(now, path)
        other = {path: (was.get(path), now.get(path)) for path in was | now}
        assert not (changed := {path: it for path, it in other.items() if it[0] != it[1]}), changed
        assert (running := network(guest)) == self.network, f"{running}\nwas {self.network}"
        with guest.pinging() as pings:
            guest.run("ping", "-c3", "-i0.1", "192.168.0.1").ok()
        assert pings[0].lost == 0, pings[0]


PROGRAMS_OWN = frozenset({"./iproute2/rt_tables.d/ifupdown2_vrf_map.conf"})
"""What a stack's program writes for itself under /etc: ifupdown2 this one, each time it runs."""


def etc(guest: Guest) -> dict[str, str]:
    """Everything under /etc: kind, mode, owner, and for files mtime (ns), length and SHA-256.

    A directory's own mtime is left out: replacing a file in it by rename changes that by design.
    """
    listing = guest.sh(
        r"cd /etc; find . -xdev \( -type d -printf '%p\t%y %m %U:%G\n' \)"
        r" -o -printf '%p\t%y %m %U:%G %T@ %s %l\n'"
    )
    sums = guest.sh("cd /etc; find . -xdev -type f -exec sha256sum {} +")
    found = dict(line.split("\t", 1) for line in listing.splitlines())
    for line in sums.splitlines():
        digest, path = line.split("  ", 1)
        found[path] += f" {digest}"
    return {path: told for path, told in found.items() if path not in PROGRAMS_OWN}


def without_times(listing: dict[str, str], only: str = "") -> dict[str, str]:
    """What `etc` tells, for files that may have been written again; for one of them, or for all."""
    return {
        path: " ".join(word for n, word in enumerate(told.split()) if n != 3)
        if only in ("", f"/etc{path[1:]}")
        else told
        for path, told in listing.items()
    }


@dataclass(frozen=True, slots=True)
class Network:
    """The running network, as iproute2 tells it."""

    addresses: dict[str, tuple[str, ...]]
    """Link -> its global addresses, in order."""
    routes: tuple[str, ...]
    """The main table's IPv4 routes without the kernel's own, as `ip route` prints them."""
    masters: dict[str, str]
    """Port -> its master."""
    macs: dict[str, str]
    up: tuple[str, ...]
    """Links that are administratively up, sorted."""


def network(guest: Guest) -> Network:
    """The running network, now."""
    links = json.loads(guest.run("ip", "-j", "-d", "addr").ok())
    routes = guest.run("ip", "-4", "route").ok().splitlines()
    return Network(
        addresses={
            link["ifname"]: tuple(
                f"{a['local']}/{a['prefixlen']}"
                for a in link["addr_info"]
                if a["scope"] == "global"
            )
            for link in links
        },
        # ifupdown2 makes its default route as the kernel's, but not one with that scope.
        routes=tuple(_route(line) for line in routes if "proto kernel scope link" not in line),
        masters={link["ifname"]: link["master"] for link in links if "master" in link},
        macs={link["ifname"]: link["address"] for link in links},
        up=tuple(sorted(link["ifname"] for link in links if "UP" in link["flags"])),
    )


def _route(line: str) -> str:
    """Red Hat's scripts make the metric of a zeroconf route from the link's index (ifup-eth).

    A bridge that was made again has another one.
    """
    words = line.split()
    return " ".join(words[:5] if words[0] == "169.254.0.0/16" else words)


def keep(guest: Guest, running: Running, timeout: float = 180.0) -> Done:
    """Confirm a change that a running command makes, as soon as it waits for that.

    Returns:
        How that command ended.

    Raises:
        AssertionError: it ended, or the time did, before there was anything to confirm.
    """
    until_waiting(guest, running, timeout)
    guest.xenbond("confirm").ok()
    done = running.wait(timeout)
    print(done)
    assert done.rc == 0
    return done


def until_waiting(guest: Guest, running: Running, timeout: float = 180.0) -> None:
    """Wait until the change that a running command makes can be kept.

    Asking xenbond would take a third of a second of the guest's one processor each time, which the
    change then lacks.

    Raises:
        AssertionError: the command ended, or the time did, before there was anything to keep; with
            what the change did last.
    """
    watch = guest.start("python3", "-I", "/lab/inside/moment.py", "waiting")
    deadline = time.monotonic() + timeout
    while not watch.over_within(0.5):
        assert not running.over, f"ended by itself: {running.wait()}"
        if time.monotonic() >= deadline:
            last = "\n".join(guest.sh(PROGRESS).splitlines()[-5:])
            raise AssertionError(f"nothing to keep in {timeout} s; its progress ends:\n{last}")
    watch.wait().ok()


def active_slave(guest: Commands) -> str:
    """The active slave of bond0, from sysfs."""
    return guest.read("/sys/class/net/bond0/bonding/active_slave").strip()


def until_status(guest: Commands, verdict: str, timeout: float = 60.0) -> dict[str, object]:
    """Ask `xenbond status --json` until bond0's verdict is the one wanted.

    Returns:
        The status document's bond.

    Raises:
        AssertionError: it never was, or its exit code did not go with it.
    """
    codes = {"healthy": 0, "degraded": 1, "down": 2, "misconfigured": 2}
    limit = guest.limit(timeout)
    while True:
        done = guest.run("xenbond", "status", "--json")
        bond: dict[str, object] = {"verdict": "no answer"}
        if done.out:
            bond = json.loads(done.out)["bonds"][0]
        if bond["verdict"] == verdict:
            assert done.rc == codes[verdict], done
            return bond
        assert not limit.over, f"not {verdict} within {timeout} s: {done}"
