"""A host of one address (/32) whose gateway is on the wire all the same: there, back, and removed.

Each in the words of its stack. The gateway is pinged by the host, and the host from the switch,
meanwhile. A guest and a journey for each.
"""

from collections.abc import Iterator

import pytest

from tests.lab.evidence import Before, hitless, keep, network, note
from tests.lab.guest import Guest, make_disk
from tests.lab.stacks import INTERFACES, INTERFACES2, KEYFILE, NETPLAN, NETWORK

JOURNEY = True
ANSWERS = """\
version: 1
bond: {name: bond0, slaves: [eth0, eth1], mode: active-backup}
bridge: {name: xenbr0}
"""
GATEWAY = "\tgateway 192.168.0.1\n"
ON_LINK = {
    "ifupdown": {
        "/etc/network/interfaces": INTERFACES.replace("222/24", "222/32").replace(
            GATEWAY, f"\tpointopoint 192.168.0.1\n{GATEWAY}"
        )
    },
    "ifupdown-alone": {"/etc/network/interfaces": INTERFACES.replace("222/24", "222/32")},
    "ifupdown2": {"/etc/network/interfaces": INTERFACES2.replace("222/24", "222/32")},
    "netplan": {
        "/etc/netplan/01-netcfg.yaml": NETPLAN.format(renderer="networkd")
        .replace("222/24", "222/32")
        .replace("via: 192.168.0.1", "via: 192.168.0.1\n        on-link: true")
    },
    "networkd": {
        "/etc/systemd/network/10-eth0.network": NETWORK.replace("222/24", "222/32").replace(
            "Gateway=192.168.0.1\n", ""
        )
        + "\n[Route]\nGateway=192.168.0.1\nGatewayOnLink=yes\n"
    },
    "networkmanager": {
        "/etc/NetworkManager/system-connections/eth0.nmconnection": KEYFILE.replace("/24", "/32")
    },
}
"""Journey -> the row's own file, with an address that is alone in its network."""


@pytest.fixture(
    scope="module",
    params=[
        name if name == "netplan" else pytest.param(name, marks=pytest.mark.further)
        for name in ON_LINK
    ],
)
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def guest(lab: None, stack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    row, disk = stack.partition("-")[0], tmp_path_factory.mktemp(stack) / "disk"
    with Guest(stack=row, files=ON_LINK[stack], disk=make_disk(disk)) as booted:
        booted.write("/root/answers.yaml", ANSWERS)
        yield booted
    disk.unlink()


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    return Before.of(guest)


def the_gateway_answers(guest: Guest) -> None:
    guest.run("ping", "-c3", "-i0.1", "-W1", "192.168.0.1").ok()


@pytest.fixture(scope="module")
def told(guest: Guest, before: Before) -> str:
    """How the plan says that the way goes, before anything is done."""
    the_gateway_answers(guest)
    assert before.network.addresses["eth0"] == ("192.168.0.222/32",)
    return guest.xenbond("plan", "--answers", "/root/answers.yaml").out


def test_no_gap_is_announced(told: str) -> None:
    assert "out of reach" not in told, told


def test_there(guest: Guest, stack: str, told: str) -> None:
    with guest.pinging() as pings:
        keep(guest, guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    note(f"{stack}, one address and a gateway on the link, there: {pings[0]}")
    hitless(guest, *pings)
    now = network(guest)
    assert now.addresses["xenbr0"] == ("192.168.0.222/32",)
    assert any(it.startswith("default via 192.168.0.1 dev xenbr0") for it in now.routes)
    assert not any("eth0" in it for it in now.routes)
    the_gateway_answers(guest)


def test_and_back(guest: Guest, stack: str, before: Before) -> None:
    with guest.pinging() as pings:
        keep(guest, guest.start("xenbond", "undo", "--yes"))
    note(f"{stack}, one address and a gateway on the link, back: {pings[0]}")
    hitless(guest, *pings)
    before.is_back(guest)
    the_gateway_answers(guest)


@pytest.mark.further
def test_removed(guest: Guest, stack: str, before: Before) -> None:
    keep(guest, guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    with guest.pinging() as pings:
        keep(guest, guest.start("xenbond", "remove", "--yes"))
    note(f"{stack}, one address and a gateway on the link, removed: {pings[0]}")
    hitless(guest, *pings)
    now = network(guest)
    assert now.addresses["eth0"] == ("192.168.0.222/32",)
    routes = {" ".join(it.split()[:5]) for it in now.routes}
    assert routes == {" ".join(it.split()[:5]) for it in before.network.routes}
    the_gateway_answers(guest)


@pytest.mark.further
def test_a_boot_has_it_so(guest: Guest) -> None:
    keep(guest, guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    guest.reboot()
    the_gateway_answers(guest)
    assert network(guest).addresses["xenbr0"] == ("192.168.0.222/32",)
