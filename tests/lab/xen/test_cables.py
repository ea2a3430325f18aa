"""Cables of a dom0 with NICs of three kinds, with use_carrier and without, and what health tells.

virtio and e1000 notice a pulled cable; QEMU's e1000e never does, as a NIC whose driver lies about
its carrier. Each kind gets its own bond. One dom0; the tests run in order.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.lab.evidence import ANSWERS, active_slave, note
from tests.lab.qemu.peer import Pinging
from tests.lab.stacks import INTERFACES
from tests.lab.xen.dom0 import HOST, PATIENCE, Dom0
from tests.lab.xen.steps import PACE, answers, heard, kept, laid_out, told

pytestmark = pytest.mark.long

BONDING = "/sys/class/net/bond0/bonding"
BOTH_UP = "[ $(grep -c 'MII Status: up' /proc/net/bonding/bond0) = 3 ]"
KINDS = {
    "virtio": (("eth0", "eth1"), 0),
    "e1000": (("eth2", "eth3"), 2),
    "e1000e": (("eth2", "eth3"), 4),
}
"""Kind -> names, and the place of the first for `Dom0.pull`; one spare driver is loaded at once."""
SECOND = "192.168.0.9"
"""Answers as the gateway does: two targets are asked for under a bridge."""
BY_ARP = f"""\
  miimon: 0
  options: {{arp_interval: 500, arp_ip_target: "192.168.0.1,{SECOND}", arp_validate: all}}
"""


@dataclass(frozen=True, slots=True)
class Cables:
    """A bond, and where its slaves are plugged in."""

    dom0: Dom0
    kind: str
    places: dict[str, int]
    """Slave -> its number for `Dom0.pull`."""

    @property
    def active(self) -> str:
        return active_slave(self.dom0)

    @property
    def other(self) -> str:
        return next(name for name in self.places if name != self.active)

    def place(self, *names: str) -> tuple[int, ...]:
        return tuple(self.places[name] for name in names or self.places)

    def both_up(self) -> None:
        self.dom0.plug(*self.place())
        self.dom0.wait_until(BOTH_UP, PATIENCE)

    def codes(self) -> dict[str, str]:
        """What health tells: code -> slave."""
        done = self.dom0.run("xenbond", "status", "--json", timeout=PATIENCE)
        bond: dict[str, Any] = json.loads(done.out)["bonds"][0]
        return {reason["code"]: str(reason["slave"]) for reason in bond["reasons"]}

    def pinged(self, event: Callable[[], object], slave: str) -> str:
        """What the host loses by an event, until it is heard by that slave's port and answers."""
        port = self.dom0.ports()[self.places[slave]]
        with self.dom0.switch.pinging(HOST, PACE) as pinging:
            until_answered(self.dom0, pinging, 0.0)
            place, began = len(self.dom0.switch.log), time.monotonic()
            event()
            took = heard(self.dom0, place, port) - began
            # Where nobody has told the switch, its host asks anew, as ARP does after a while.
            self.dom0.switch.peer.known.clear()
            until_answered(self.dom0, pinging, began + took)
            pinging.over = True
        return f"heard by {slave}'s port after {took:.2f} s; host {told(pinging)}"


def until_answered(dom0: Dom0, pinging: Pinging, since: float) -> None:
    limit = dom0.limit(PATIENCE)
    while not any(at > since for at in list(pinging.answered.values())):
        assert not limit.over, "the host does not answer"
        time.sleep(PACE)


def bond_of(dom0: Dom0, kind: str) -> Cables:
    """A bond of the two NICs of that kind, made by the program on a host whose address one has."""
    names, first = KINDS[kind]
    driver = () if kind == "virtio" else (kind,)
    laid_out(dom0, INTERFACES.replace("eth0", names[0]), names[0], *driver)
    dom0.write("/root/answers.yaml", ANSWERS.replace("eth0, eth1", ", ".join(names)))
    kept(dom0, "apply", "--answers", "/root/answers.yaml")
    return Cables(dom0, kind, {name: first + number for number, name in enumerate(names)})


@pytest.fixture(scope="module")
def cables(request: pytest.FixtureRequest, dom0: Dom0) -> Cables:
    return bond_of(dom0, request.param)


def kinds(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("cables", names, indirect=True, scope="module")


@kinds("virtio", "e1000")
@pytest.mark.parametrize("use_carrier", [1, 0])
def test_each_cable_and_both(cables: Cables, use_carrier: int) -> None:
    dom0 = cables.dom0
    dom0.write(f"{BONDING}/use_carrier", str(use_carrier))
    for _ in cables.places:
        pulled, other = cables.active, cables.other
        seen = cables.pinged(lambda it=pulled: dom0.pull(*cables.place(it)), other)
        note(f"xen: {cables.kind}, use_carrier {use_carrier}, {pulled} pulled: {seen}")
        assert cables.active == other
        assert cables.codes().get("slave-down") == pulled
        cables.both_up()
        assert cables.active == other
        assert "slave-down" not in cables.codes()
    dom0.pull(*cables.place())
    dom0.wait_until(f'[ -z "$(cat {BONDING}/active_slave)" ]', PATIENCE)
    assert "bond-down" in cables.codes()
    cables.both_up()
    answers(dom0, HOST)
    assert "bond-down" not in cables.codes()


@kinds("e1000e")
def test_where_the_carrier_lies_the_gateways_silence_tells(cables: Cables) -> None:
    """Whichever way miimon asks; ARP monitoring sees it, and the bond moves."""
    dom0, pulled, other = cables.dom0, cables.active, cables.other
    watching = dom0.on_console("xenbond", "watch", "bond0")
    try:
        dom0.console.wait_for(
            "^ bond0  HEALTHY", r"^ gateway +192\.168\.0\.1 +\d", timeout=PATIENCE
        )
        dom0.pull(*cables.place(pulled))
        dom0.console.wait_for(
            "^ bond0  DEGRADED",
            r"^ gateway +192\.168\.0\.1 +DOES NOT ANSWER any more",
            f"{pulled} has no link",
            timeout=PATIENCE,
        )
        for use_carrier in (0, 1):
            dom0.write(f"{BONDING}/use_carrier", str(use_carrier))
            dom0.run("sleep", "2").ok()  # miimon has looked 20 times
            assert dom0.read(f"/sys/class/net/{pulled}/carrier").strip() == "1"
            assert cables.active == pulled
        dom0.plug(*cables.place(pulled))
        dom0.console.wait_for("^ bond0  HEALTHY", timeout=PATIENCE)
        dom0.console.keys("q")
        assert watching.wait(PATIENCE).rc == 0
    finally:
        print(dom0.console.text())
        watching.signal(9)
    dom0.switch.peer.ips.add(SECOND)
    text = dom0.read("/root/answers.yaml")
    dom0.write("/root/answers.yaml", text.replace("  miimon: 100\n", BY_ARP))
    kept(dom0, "apply", "--answers", "/root/answers.yaml")
    dom0.wait_until(BOTH_UP, PATIENCE)
    pulled, other = cables.active, cables.other
    seen = cables.pinged(lambda: dom0.pull(*cables.place(pulled)), other)
    note(f"xen: {cables.kind}, by ARP, {pulled} pulled: {seen}")
    assert cables.active == other
    assert cables.codes().get("slave-down") == pulled
    cables.both_up()
