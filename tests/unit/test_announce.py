"""Announcement after a failover: when, of whom, and that a real kernel understands the frames."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import bond, bridge
from fakes import FakeHost
from private_netns import in_private_netns

from xenbond_tui.effects import Completed
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bridge import BridgePort
from xenbond_tui.facts.link import ReservedMacs
from xenbond_tui.health.announcer import (
    ANNOUNCE_EVERY_S,
    ONCE_MORE_S,
    Announcer,
    Known,
    announcement,
    guests_of,
    in_words,
)
from xenbond_tui.health.guest_macs import ToolstackGuests
from xenbond_tui.health.model import HealthState

PORTS = tuple(BridgePort(name, "forwarding") for name in ("bond0", "vif1.0", "vif2.0"))
STATE = HealthState(bond(), replace(bridge(), ports=PORTS))
ONE, TWO, OUTSIDE = "00:16:3e:00:00:01", "00:16:3e:00:00:02", "00:1b:21:00:00:99"
OWN = "00:50:da:7a:51:45"


@pytest.fixture
def announcer() -> Announcer:
    made = Announcer()
    assert not made.is_time("eth0", 100.0), "what is there already is no change"
    return made


def test_a_change_is_announced_at_once_and_once_more(announcer: Announcer) -> None:
    assert announcer.is_time("eth1", 101.0)
    assert not announcer.is_time("eth1", 101.5)
    assert announcer.is_time("eth1", 101.0 + ONCE_MORE_S)
    assert not announcer.is_time("eth1", 110.0)


@pytest.mark.parametrize("later", [0.1, ONCE_MORE_S + 0.1])
def test_a_failback_is_announced_at_once_however_soon(announcer: Announcer, later: float) -> None:
    """Guests are cut off for as long as it waits: no link goes down by it."""
    assert announcer.is_time("eth1", 101.0)
    assert announcer.is_time("eth1", 101.0 + min(later, ONCE_MORE_S)) is (later > ONCE_MORE_S)
    assert announcer.is_time("eth0", 101.0 + later)
    assert not announcer.is_time("eth1", 101.1 + later) or later > ONCE_MORE_S


def test_both_cables_out_and_back_is_a_change(announcer: Announcer) -> None:
    assert not announcer.is_time(None, 101.0)
    assert announcer.is_time("eth1", 102.0)


def test_a_flapping_link_is_no_flood_and_the_last_word_is_right(announcer: Announcer) -> None:
    sent = []
    for tick in range(1000):
        at = 101.0 + tick / 100
        if announcer.is_time(f"eth{tick % 2}", at):
            sent.append(at)
    assert len(sent) <= 10 / ANNOUNCE_EVERY_S + 1
    assert announcer.is_time("eth1", 101.0 + 10 + ANNOUNCE_EVERY_S), "the final state is announced"


def test_silent_guests_are_remembered_and_those_outside_never(announcer: Announcer) -> None:
    announcer.remember(STATE, Known({ONE: "vif1.0", TWO: "vif2.0", OUTSIDE: "bond0"}))
    announcer.remember(STATE, Known({}))
    assert set(announcer.guests) == {ONE, TWO}


def test_guests_that_are_gone_are_forgotten(announcer: Announcer) -> None:
    announcer.remember(STATE, Known({ONE: "vif1.0", TWO: "vif2.0"}))
    without = replace(STATE, bridge=replace(STATE.bridge or bridge(), ports=PORTS[:2]))
    announcer.remember(without, Known({}))
    assert set(announcer.guests) == {ONE}
    announcer.remember(STATE, Known({ONE: "bond0"}))
    assert not announcer.guests, "it answers from another host now"


def test_our_own_frame_that_comes_back_moves_nobody(announcer: Announcer) -> None:
    """As seen in the lab with a flapping bond: the bridge then takes the guest to be outside."""
    announcer.remember(STATE, Known({ONE: "vif1.0"}))
    assert announcer.is_time("eth1", 101.0)
    for _ in range(2):
        announcer.remember(STATE, Known({ONE: "bond0"}))
        assert set(announcer.guests) == {ONE}
    announcer.remember(STATE, Known({ONE: "vif1.0"}))
    announcer.remember(STATE, Known({ONE: "bond0"}))
    assert not announcer.guests, "nothing was announced meanwhile: it answers from another host now"


def test_the_bridge_is_announced_and_guests_are_taught_through_the_bond(tmp_path: Path) -> None:
    host = FakeHost(str(tmp_path))
    announcement(host.machine, STATE, guests := {ONE: "vif1.0", TWO: "vif2.0"})()
    assert in_words(STATE, guests, "eth0") == "bond0: announced xenbr0 and 2 guests through eth0"
    assert host.kernel.announced == ["xenbr0"]
    assert host.kernel.taught == [("bond0", (ONE, TWO))]


def test_a_drill_announces_guests_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither who is outside nor who says it is the gateway or this host."""
    host = FakeHost(str(tmp_path))
    host.kernel.fdb = {ONE: "vif1.0", TWO: "vif2.0", OUTSIDE: "bond0", OWN: "vif1.0"}
    host.kernel.reserved = ReservedMacs({OWN: "eth0"}, {TWO: "192.168.0.1"})
    assert guests_of(host.machine, STATE) == {ONE: "vif1.0"}
    assert guests_of(host.machine, replace(STATE, bridge=None)) == {}

    def fails(ips: object) -> ReservedMacs:
        raise XenbondError("netlink: no answer.")

    monkeypatch.setattr(host.kernel, "reserved_macs", fails)
    assert guests_of(host.machine, STATE) == {}


# As printed by Xen 4.17 for a guest with one vif; the second row is of the same form.
NETWORK_LIST = """\
Idx BE Mac Addr.         handle state evt-ch   tx-/rx-ring-ref BE-path                       
0   0  00:16:3e:00:00:01     0     4     -1   520/521         /local/domain/0/backend/vif/1/0
1   0  00:16:3E:00:00:09     1     4     -1   522/523         /local/domain/0/backend/vif/1/1
"""


class Xen:
    """A toolstack with one guest, and what was asked of it."""

    def __init__(self, tool: str) -> None:
        self.tool = tool
        self.asked: list[tuple[str, ...]] = []

    def which(self, name: str) -> str | None:
        return name

    def run(self, argv: Sequence[str], timeout: float = 60.0) -> Completed:
        self.asked.append(tuple(argv))
        known = argv[0] == self.tool and tuple(argv[1:]) == ("network-list", "1")
        return Completed(tuple(argv), 0 if known else 1, NETWORK_LIST if known else "", "")


@pytest.mark.parametrize("tool", ["xl", "xm"])
def test_a_guest_that_never_spoke_is_known_to_the_toolstack(tmp_path: Path, tool: str) -> None:
    xen = Xen(tool)
    guests = ToolstackGuests(replace(FakeHost(str(tmp_path)).machine, runner=xen))
    state = replace(STATE, bridge=replace(STATE.bridge or bridge(), ports=PORTS[:2]))
    assert guests.macs(state) == {"vif1.0": {ONE}}, "vif1.1 is on another bridge"
    asked = len(xen.asked)
    assert guests.macs(state) == {"vif1.0": {ONE}}
    assert len(xen.asked) == asked, "once for each guest"
    gone = replace(STATE, bridge=replace(STATE.bridge or bridge(), ports=PORTS[:1]))
    assert guests.macs(gone) == {}
    assert len(xen.asked) == asked, "without guests nobody is asked"


def test_a_toolstack_that_fails_is_not_asked_for_each_guest(tmp_path: Path) -> None:
    xen = Xen("none")
    guests = ToolstackGuests(replace(FakeHost(str(tmp_path)).machine, runner=xen))
    assert guests.macs(STATE) == {}
    assert [argv[0] for argv in xen.asked] == ["xl", "xm"]


def test_a_neighbour_takes_the_new_mac_from_an_advertisement() -> None:
    found = in_private_netns(
        """
        ip("link add eth0 type veth peer name sw0")
        up("eth0", "sw0")
        ip("addr add fd00::2/64 dev sw0 nodad",
           "neigh add fd00::1 lladdr 02:00:00:00:00:01 dev sw0 nud stale")
        from xenbond_tui.host import ndp, socket_filter
        socket_filter.Prepared("eth0", [ndp.frame("02:00:00:00:00:07", "fd00::1")], "a test")()
        done = subprocess.run(["ip", "-6", "neigh", "show", "fd00::1"],
                              capture_output=True, text=True)
        tell(done.stdout)
        """
    )
    assert "02:00:00:00:00:07" in found


def test_a_router_solicitation_is_one_to_the_kernel() -> None:
    """It counts what comes in by its type; one with a wrong checksum counts as an error."""
    found = in_private_netns(
        """
        ip("link add eth0 type veth peer name sw0")
        import pathlib
        conf = pathlib.Path("/proc/sys/net/ipv6/conf")
        # A router has joined the group, and only ours is asked.
        (conf / "sw0/forwarding").write_text("1")
        (conf / "eth0/router_solicitations").write_text("0")
        up("eth0", "sw0")
        from xenbond_tui.host import ndp

        def counted(what):
            lines = pathlib.Path("/proc/net/dev_snmp6/sw0").read_text().splitlines()
            return next(int(line.split()[1]) for line in lines if line.split()[0] == what)

        before = counted("Icmp6InErrors"), counted("Icmp6InRouterSolicits")
        ndp.solicit_routers("eth0", "02:00:00:00:00:07")
        until(lambda: counted("Icmp6InRouterSolicits") + counted("Icmp6InErrors") > sum(before))
        tell([counted("Icmp6InErrors") - before[0], counted("Icmp6InRouterSolicits") - before[1]])
        """
    )
    assert found == [0, 1]


def test_a_bridge_learns_from_a_frame_and_tells_whom_it_learned() -> None:
    found = in_private_netns(
        """
        ip("link add br0 type bridge", "link add eth0 type veth peer name vif1.0",
           "link set vif1.0 master br0", "link set br0 up")
        up("eth0", "vif1.0")
        from xenbond_tui.host import learning
        guest = "00:16:3e:00:00:01"
        learning.teaching("eth0", [guest])()
        until(lambda: guest in learning.learned("", "br0"))
        tell(dict(learning.learned("", "br0")))
        """
    )
    assert found[ONE] == "vif1.0"


def test_what_was_told_a_bridge_counts_as_learned_but_its_own_macs_do_not() -> None:
    found = in_private_netns(
        f"""
        ip("link add br0 type bridge", "link add eth0 type veth peer name vif1.0",
           "link set vif1.0 master br0")
        for mac, kind in (("{ONE}", "static"), ("{TWO}", "local")):
            done = subprocess.run(["bridge", "fdb", "replace", mac, "dev", "vif1.0", "master",
                                   kind], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        from xenbond_tui.host import learning
        tell(dict(learning.learned("", "br0")))
        """
    )
    assert found == {ONE: "vif1.0"}


def test_what_is_prepared_is_sent_when_it_is_called_and_a_link_that_is_gone_is_told() -> None:
    found = in_private_netns(
        """
        import socket
        from xenbond_tui.errors import XenbondError
        from xenbond_tui.host import learning, socket_filter
        ip("link add eth0 type veth peer name sw0")
        up("eth0", "sw0")
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x8035))
        wire.bind(("sw0", 0x8035))
        send = socket_filter.Prepared("eth0", [learning.frame("00:16:3e:00:00:01")], "a test")
        wire.settimeout(0.3)
        try:
            before = wire.recv(100).hex()
        except TimeoutError:
            before = "nothing"
        wire.settimeout(20)
        send()
        after = wire.recv(100).hex()[12:24]
        try:
            socket_filter.Prepared("eth7", [], "a test")
        except XenbondError as error:
            tell([before, after, str(error)])
        """
    )
    assert found == ["nothing", "00163e000001", "eth7: a test: No such device."]
