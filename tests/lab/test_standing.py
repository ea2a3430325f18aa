"""What stands on a bond that runs is there after every change of it, or the change was refused.

The host of each row has a VLAN of its bond in a bridge, with an address and a guest's port. One
host each; the tests are the legs of one journey and run in order. That each stack refuses what it
can't keep, and says what would do, is in `tests/unit/test_standing.py`.
"""

import json
from collections.abc import Iterator

import pytest

from tests.lab.evidence import ANSWERS, Before, hitless, keep, network, note, until_waiting
from tests.lab.guest import Guest
from tests.lab.platforms import Platform
from tests.lab.router import BEYOND, BEYOND_IPV4, ROUTER, SWITCH
from tests.lab.stacks import LabStack
from tests.lab.standing import FILES, SCRIPTS_OF, VLAN_AND_GUEST

JOURNEY = True

ANOTHER_MODE = ANSWERS.replace("active-backup", "802.3ad")
EDITED = ANSWERS.replace("miimon: 100", "miimon: 50")
ON_THE_VLAN = ("192.168.20.222", "192.168.20.7")
MADE = "ip -6 -o addr show dev bond0 scope global dynamic -tentative"
"""The address that bond0, with whatever MAC, has made of the prefix that a router announces."""
COMES_UNDER = frozenset({"ifupdown", "ifupdown2", "networkd", "netplan", "ifcfg"})
"""Rows that bring a running bond under a bridge. With NetworkManager it is there from the start:
what would have to take the bond down for that is refused, as another mode is."""


@pytest.fixture(scope="module")
def host(row: LabStack, platform: Platform) -> Iterator[Guest]:
    with Guest(stack=row.name, files=FILES[row.name], platform=platform) as booted:
        booted.sh(SCRIPTS_OF.get(row.name, ""))
        booted.sh(VLAN_AND_GUEST)
        if row.name in COMES_UNDER:
            booted.sh(SWITCH)
            booted.write("/root/router.py", ROUTER)
            # One that is asked, or it says nothing for the whole test.
            booted.start("ip", "netns", "exec", "switch", "python3", "/root/router.py", "1800")
            booted.wait_until(f'[ -n "$({MADE})" ]')
        for name, text in (("under", ANSWERS), ("mode", ANOTHER_MODE), ("edited", EDITED)):
            booted.write(f"/root/{name}.yaml", text)
        for address in ("192.168.0.222", *ON_THE_VLAN):
            booted.wait_until(f"ip netns exec switch ping -qc1 -W1 {address}", timeout=60)
        yield booted


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    return Before.of(host)


def stands(host: Guest) -> None:
    """The VLAN is a port of its bridge, which has its address, and all of it carries."""
    now = network(host)
    assert (now.masters["bond0.20"], now.masters["vif7.0"]) == ("br20", "br20")
    assert now.addresses["br20"] == ("192.168.20.222/24",)
    for address in ON_THE_VLAN:
        host.sh(f"ip netns exec switch ping -qc3 -i0.1 -W1 {address}")


def miimon(host: Guest) -> str:
    return host.read("/sys/class/net/bond0/bonding/miimon").strip()


def apply(host: Guest, answers: str) -> tuple[str, ...]:
    return ("xenbond", "apply", "--answers", f"/root/{answers}.yaml", "--yes")


def test_what_can_not_be_kept_is_refused(host: Guest, before: Before) -> None:
    done = host.xenbond("plan", "--answers", "/root/mode.yaml", "--json")
    assert done.rc == 2
    (refused,) = [x for x in json.loads(done.out)["findings"] if x["severity"] == "refuse"]
    assert (refused["code"], refused["where"]) == ("link-above", "bond0.20")
    assert "bond0.20 (VLAN 20) stands on bond0" in refused["text"]
    assert "br20 would be without it" in refused["text"]
    before.is_back(host)
    stands(host)


def test_the_bond_comes_under_a_bridge_and_back(row: LabStack, host: Guest, before: Before) -> None:
    if row.name not in COMES_UNDER:
        return
    made = host.sh(MADE).split()[3]
    by_gateway, by_router = ("192.168.0.222", BEYOND_IPV4), (made.partition("/")[0], BEYOND)
    with (
        host.pinging(*by_gateway) as own,
        host.pinging(*by_router) as own6,
        host.pinging(ON_THE_VLAN[1]) as dom,
    ):
        applying = host.start(*apply(host, "under"))
        until_waiting(host, applying)
    assert network(host).masters["bond0"] == "xenbr0"
    assert network(host).addresses["xenbr0"] == ("192.168.0.222/24", made)
    stands(host)
    with (
        host.pinging(*by_gateway) as own_back,
        host.pinging(*by_router) as own6_back,
        host.pinging(ON_THE_VLAN[1]) as dom_back,
    ):
        host.run("xenbond", "undo", "--yes").ok()
        assert applying.wait().rc == 2
    note(f"{row}: bond under a bridge, {own[0]}, by the router {own6[0]}, guest {dom[0]}")
    note(f"{row}: rolled back, {own_back[0]}, by it {own6_back[0]}, guest {dom_back[0]}")
    hitless(host, own[0], own6[0], dom[0], own_back[0], own6_back[0], dom_back[0])
    before.is_back(host)
    stands(host)
    # The interim routes are gone, and what the router says lasts.
    (route,) = json.loads(host.sh("ip -6 -j route show default"))
    assert (route["dev"], route["protocol"]) == ("bond0", "ra")


def test_edited_rolled_back_kept_and_undone(row: LabStack, host: Guest, before: Before) -> None:
    changes = 1
    if row.name in COMES_UNDER:
        keep(host, host.start(*apply(host, "under")))
        stands(host)
        changes += 1
    applying = host.start(*apply(host, "edited"))
    until_waiting(host, applying)
    stands(host)
    host.run("xenbond", "undo", "--yes").ok()
    assert applying.wait().rc == 2
    assert miimon(host) == "100"
    stands(host)
    keep(host, host.start(*apply(host, "edited")))
    assert miimon(host) == "50"
    stands(host)
    for _ in range(changes):
        keep(host, host.start("xenbond", "undo", "--yes"))
        stands(host)
    before.is_back(host)
