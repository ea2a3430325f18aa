"""Guests that want the host to announce what is not theirs: invented MACs, or somebody else's."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from tests.security.hostile_frames import macs
from tests.unit.facts_builder import bond, bridge
from tests.unit.fakes import FakeHost
from xenbond_tui.apply.ports import exchange
from xenbond_tui.apply.waits import Waits
from xenbond_tui.facts.bridge import BridgePort
from xenbond_tui.facts.link import ReservedMacs
from xenbond_tui.health.announcer import TOLD_EVERY_S, Announcer, Known
from xenbond_tui.health.model import HealthState
from xenbond_tui.plan.actions import ExchangePort
from xenbond_tui.rules.announced import MACS_PER_PORT, MOST_MACS, by_port, choose

PORTS = ("bond0", "vif1.0", "vif2.0", "vif3.0")
PORTED = tuple(BridgePort(name, "forwarding") for name in PORTS)
STATE = HealthState(bond(), replace(bridge(), ports=PORTED))
ONE, TWO = "00:16:3e:00:00:01", "00:16:3e:00:00:02"
OWN, GATEWAY = "00:50:da:7a:51:45", "52:54:00:ff:ff:01"
RESERVED = ReservedMacs({OWN: "eth0"}, {GATEWAY: "192.168.0.1"})
FLOOD = {mac: "vif1.0" for mac in macs(1024)}


def known(learned: Mapping[str, str], told: Mapping[str, set[str]] | None = None) -> Known:
    return Known(learned, told or {}, RESERVED)


def test_a_guest_of_a_thousand_macs_crowds_nobody_out() -> None:
    announcer = Announcer()
    announcer.remember(STATE, known({TWO: "vif2.0"}))
    for _ in range(5):
        announcer.remember(STATE, known(FLOOD))
    announcer.remember(STATE, known({**FLOOD, ONE: "vif3.0"}))
    assert announcer.guests[TWO] == "vif2.0", "silent since"
    assert announcer.guests[ONE] == "vif3.0", "seen after the flood began"
    assert sum(port == "vif1.0" for port in announcer.guests.values()) == MACS_PER_PORT


def test_who_spoke_before_is_not_crowded_out_by_what_comes_later_behind_the_same_port() -> None:
    announcer = Announcer()
    announcer.remember(STATE, known({ONE: "vif1.0"}))
    announcer.remember(STATE, known({**FLOOD, ONE: "vif1.0"}))
    assert announcer.guests[ONE] == "vif1.0"


def test_a_guest_that_changes_its_mac_again_and_again_is_still_known() -> None:
    announcer = Announcer()
    for mac in macs(3 * MACS_PER_PORT):
        announcer.remember(STATE, known({mac: "vif1.0"}))
        assert announcer.guests[mac] == "vif1.0"
    assert len(announcer.guests) == MACS_PER_PORT


@pytest.mark.parametrize(
    "stolen", [OWN, GATEWAY, "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00:00:00:00:00:00"]
)
def test_the_hosts_the_gateways_and_no_hosts_mac_are_never_announced(stolen: str) -> None:
    announcer = Announcer()
    announcer.remember(STATE, known({stolen: "vif1.0", TWO: "vif2.0"}))
    assert set(announcer.guests) == {TWO}
    assert stolen in announcer.complaint("bond0", 0.0)


def test_what_is_seen_beyond_the_bond_is_no_guests() -> None:
    announcer = Announcer()
    announcer.remember(STATE, known({ONE: "bond0", TWO: "vif2.0"}))
    assert set(announcer.guests) == {TWO}


def test_a_mac_that_is_known_behind_one_port_is_not_taken_by_another() -> None:
    announcer = Announcer()
    announcer.remember(STATE, known({TWO: "vif2.0"}))
    announcer.remember(STATE, known({**FLOOD, TWO: "vif1.0"}))
    assert announcer.guests[TWO] == "vif2.0"
    gone = replace(STATE, bridge=replace(bridge(), ports=PORTED[:2]))
    announcer.remember(gone, known({TWO: "vif1.0"}))
    assert announcer.guests[TWO] == "vif1.0", "that port is gone: it has moved"


# Where the toolstack tells


def test_where_the_toolstack_tells_only_what_it_gave_is_announced() -> None:
    announcer = Announcer()
    told = {"vif1.0": {ONE}, "vif2.0": {TWO}}
    announcer.remember(STATE, known({**FLOOD, TWO: "vif1.0", "02:ff:00:00:00:01": "vif3.0"}, told))
    assert announcer.guests == {ONE: "vif1.0", TWO: "vif2.0", "02:ff:00:00:00:01": "vif3.0"}


def test_a_guest_can_not_keep_another_from_being_announced() -> None:
    """By sending with its MAC, or by telling ARP that the gateway has it."""
    told = {"vif1.0": {ONE}, "vif2.0": {TWO}}
    stolen = ReservedMacs({}, {TWO: "192.168.0.1"})
    announcer = Announcer()
    announcer.remember(STATE, Known({TWO: "vif1.0"}, told, stolen))
    assert announcer.guests[TWO] == "vif2.0"


def test_one_that_is_given_the_hosts_own_mac_is_not_announced_even_so() -> None:
    assert choose({}, {"vif1.0": {OWN}}, RESERVED).guests == {}


def test_a_guest_that_is_still_on_another_host_is_not_announced() -> None:
    announcer = Announcer()
    announcer.remember(STATE, known({ONE: "bond0"}, {"vif1.0": {ONE}}))
    assert announcer.guests == {}


# Whatever they send

MAC = st.sampled_from([*macs(40), OWN, GATEWAY, ONE, TWO, "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"])


@given(
    st.lists(st.dictionaries(MAC, st.sampled_from(PORTS), max_size=40), max_size=6),
    st.dictionaries(st.sampled_from(PORTS[1:]), st.sets(MAC, max_size=2), max_size=2),
)
def test_whatever_guests_send_the_announced_are_bounded_and_theirs(
    looks: list[dict[str, str]], told: dict[str, set[str]]
) -> None:
    announcer = Announcer()
    given = {mac for macs in told.values() for mac in macs}
    for learned in looks:
        announcer.remember(STATE, known(learned, told))
        for mac, port in announcer.guests.items():
            assert mac not in RESERVED.own
            assert mac not in RESERVED.gateways or mac in given
            assert not bytes.fromhex(mac[:2])[0] & 1
            assert port in PORTS[1:]
            assert port not in told or mac in told[port]
        for port in PORTS[1:]:
            invented = [m for m, p in announcer.guests.items() if p == port and m not in given]
            assert len(invented) <= MACS_PER_PORT


def test_many_ports_share_evenly() -> None:
    ports = {f"vif{n}.0": macs(MACS_PER_PORT, n * MACS_PER_PORT) for n in range(MOST_MACS)}
    chosen = choose(ports, {}, ReservedMacs()).guests
    assert len(chosen) == MOST_MACS
    assert set(chosen.values()) == set(ports), "each has one before any has two"


# What is said of it


def test_what_is_left_out_is_said_once_in_one_line() -> None:
    announcer = Announcer()
    announcer.remember(STATE, known({**FLOOD, GATEWAY: "vif2.0"}))
    said = announcer.complaint("bond0", 0.0)
    assert said == (
        "bond0: not announced: 1016 MACs behind vif1.0 (more than 8 behind one port); "
        "52:54:00:ff:ff:01 behind vif2.0 (the gateway 192.168.0.1's)."
    )
    for second in range(1, 600):
        invented = {mac: "vif1.0" for mac in macs(900, second * 1000)}
        announcer.remember(STATE, known({**invented, GATEWAY: "vif2.0"}))
        assert announcer.complaint("bond0", float(second)) == "", "numbers alone are no change"


def test_one_who_comes_and_goes_fills_no_log() -> None:
    announcer, lines = Announcer(), []
    for second in range(600):
        announcer.remember(STATE, known({GATEWAY: "vif1.0"} if second % 2 else {}))
        lines += [announcer.complaint("bond0", float(second))]
    assert sum(map(bool, lines)) <= 600 / TOLD_EVERY_S + 1


def test_many_ports_make_no_long_line() -> None:
    stolen = {f"vif{n}.0": [GATEWAY] for n in range(500)}
    said = choose(stolen, {}, RESERVED).told("bond0")
    assert said.endswith("; and 497 more such.")
    assert len(said) < 300


def test_a_change_over_announces_by_the_same_rule(tmp_path: object) -> None:
    """The guests that are told to the switch as their bridge gets the bond for a port."""
    host = FakeHost(str(tmp_path))
    host.kernel.reserved = RESERVED
    host.kernel.fdb = {**FLOOD, OWN: "vif2.0", GATEWAY: "vif2.0", TWO: "vif2.0", ONE: "eth0"}
    host.kernel.add_link("bond0", "bond")
    waits = Waits(host.kernel, host.clock, host.clock.sleep, host.kernel.snapshot())
    said = exchange(host.kernel, waits, ExchangePort("xenbr0", "eth0", "bond0"))
    port, taught = host.kernel.taught[0]
    assert port == "bond0"
    assert {TWO} < set(taught) <= {TWO, *FLOOD}
    assert len(taught) == MACS_PER_PORT + 1
    assert "the gateway 192.168.0.1's" in said


def test_by_port_leaves_out_who_is_outside() -> None:
    assert by_port({ONE: "vif1.0", TWO: "bond0"}, "bond0") == {"vif1.0": [ONE]}
