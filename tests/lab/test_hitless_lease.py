"""A leased address moves with its lease: nothing is lost, and the server sees one client only.

Each row of the lab's stacks with its own DHCP client in the host, dnsmasq in the switch. A guest
and a journey for each.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab.evidence import (
    Before,
    etc,
    hitless,
    keep,
    network,
    note,
    until_status,
    without_times,
)
from tests.lab.guest import Guest
from tests.lab.router import ANNOUNCED, BEYOND, ROUTER, SWITCH
from tests.lab.stacks import IFCFG_ETH0, SCRIPTS

JOURNEY = True
ANSWERS = """\
version: 1
stack: {stack}
bond:
  slaves: [eth0, eth1]
  mode: active-backup
  miimon: 100
bridge:
  name: xenbr0
  address: dhcp
"""
SERVER = (
    *("ip", "netns", "exec", "switch", "dnsmasq", "-k", "-p", "0", "--user=root", "-i", "br0"),
    *("--bind-interfaces", "-F", "192.168.0.200,192.168.0.230,255.255.255.0,600"),
    *("-O", "3,192.168.0.1", "-O", "6,192.168.0.1", "--dhcp-leasefile=/run/leases"),
    *("--log-dhcp", "--log-facility=/run/dnsmasq.log", "--dhcp-host=00:14:22:36:f1:fa,ignore"),
)


@dataclass(frozen=True, slots=True)
class Leased:
    """How a row's eth0 is given a lease, once the server runs, and what is seen of it."""

    files: dict[str, str]
    """Path -> text, written when the guest runs: at boot the server is not there yet."""
    ask: str
    """Shell: the stack takes these files up and asks for a lease."""
    clients: str
    """Shell: prints the links that a DHCP client of that stack runs for, one a line."""
    let_go: str = "true"
    """Shell, before that: the stack lets go of the static address eth0 boots with."""
    flavour: str | None = None
    """A root with that client in it, where the row's own has none."""
    rewrites: tuple[str, ...] = ()
    """Files that the client writes anew, with the same content."""
    announced: bool = False
    """A router announces an IPv6 address besides."""
    removal: bool = False
    """A removal has no gap either. NetworkManager gives up after 45 s when the server's answers go
    by the leg that carries still, and so it has one, which is told."""


DHCLIENT = "ps -C dhclient -o args= | sed 's/.* //'"
NETWORKD = """\
for link in /sys/class/net/*/; do
	test ! -e "/run/systemd/netif/leases/$(cat "$link/ifindex")" || basename "$link"
done
"""
NETWORKMANAGER = """\
for link in /sys/class/net/*/; do
	link=$(basename "$link")
	if nmcli -g DHCP4.OPTION device show "$link" | grep -q .; then echo "$link"; fi
done
"""
KEYFILE = """\
[connection]
id=eth0
uuid=5f2a5b1c-7a0e-4d5e-9a5b-0d6d3c7f2a10
type=ethernet
interface-name=eth0

[ipv4]
method=auto

[ipv6]
addr-gen-mode=eui64
method=auto
"""
PLACE = {
    "/etc/udev/rules.d/99-place.rules": (
        'SUBSYSTEM=="net", KERNEL=="eth0", ENV{ID_NET_NAME_PATH}="enp1s0"\n'
    )
}
"""A NIC has a place on a bus, of which networkd makes a part of its client identifier; the lab's
veth pairs have none."""
PLACED = "udevadm control --reload; udevadm trigger --settle /sys/class/net/eth0"
IFCFG = "".join(
    line.replace('BOOTPROTO="none"', 'BOOTPROTO="dhcp"') + "\n"
    for line in IFCFG_ETH0.splitlines()
    if not line.startswith(("IPADDR", "PREFIX", "GATEWAY", "DNS", "DOMAIN"))
)
PREINIT = """\
# STAND-IN of the lab for a part of Red Hat's dhclient-script, which Debian's lacks.
if [ "$reason" = PREINIT ]; then ip -4 addr flush dev "$interface"; fi
"""
LEASED = {
    "ifupdown": Leased(
        files={
            "/etc/network/interfaces": "auto lo\niface lo inet loopback\n\niface eth0 inet dhcp\n"
        },
        let_go="ifdown eth0",
        ask="ifup eth0",
        clients=DHCLIENT,
        flavour="dhcp",
        rewrites=("/etc/resolv.conf",),
        removal=True,
    ),
    "ifupdown2": Leased(
        files={
            "/etc/network/interfaces": (
                "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n"
            )
        },
        ask="ifreload -a",
        clients=DHCLIENT,
        rewrites=("/etc/resolv.conf",),
        announced=True,
        removal=True,
    ),
    "ifcfg": Leased(
        files={f"{SCRIPTS}/ifcfg-eth0": IFCFG, "/etc/dhcp/dhclient-enter-hooks": PREINIT},
        let_go="ifdown eth0; mkdir -p /var/lib/dhclient",
        ask="ifup eth0",
        clients=DHCLIENT,
        rewrites=("/etc/resolv.conf",),
        removal=True,
    ),
    "networkd": Leased(
        files={
            "/etc/systemd/network/10-eth0.network": "[Match]\nName=eth0\n\n[Network]\nDHCP=ipv4\n",
            **PLACE,
        },
        ask=f"{PLACED}; networkctl reload",
        clients=NETWORKD,
        announced=True,
        removal=True,
    ),
    "netplan": Leased(
        files={
            "/etc/netplan/01-netcfg.yaml": (
                "network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n"
            ),
            **PLACE,
        },
        ask=f"{PLACED}; netplan generate; networkctl reload",
        clients=NETWORKD,
        announced=True,
        removal=True,
    ),
    "networkmanager": Leased(
        files={"/etc/NetworkManager/system-connections/eth0.nmconnection": KEYFILE},
        ask="nmcli connection reload; nmcli connection up id eth0",
        clients=NETWORKMANAGER,
        rewrites=("/etc/resolv.conf",),
    ),
    "netplan-nm": Leased(
        files={
            "/etc/netplan/01-netcfg.yaml": (
                "network:\n  version: 2\n  renderer: NetworkManager\n"
                "  ethernets:\n    eth0:\n      dhcp4: true\n"
            )
        },
        ask="netplan generate; nmcli connection reload; nmcli connection up id netplan-eth0",
        clients=NETWORKMANAGER,
        rewrites=("/etc/resolv.conf",),
    ),
}
"""Rows whose lease moves without a gap."""
EACH_TIME = ("ifupdown",)
"""Rows that every run of all tests has the time for."""


@pytest.fixture(
    scope="module",
    params=[
        name if name in EACH_TIME else pytest.param(name, marks=pytest.mark.long) for name in LEASED
    ],
)
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def leased(stack: str) -> Leased:
    return LEASED[stack]


@pytest.fixture(scope="module")
def guest(lab: None, stack: str, leased: Leased) -> Iterator[Guest]:
    with Guest(stack=stack, flavour=leased.flavour) as booted:
        booted.start(*SERVER)
        booted.wait_until("ip netns exec switch ss -Hlun sport = 67 | grep -q .")
        booted.sh(leased.let_go)
        for path, text in leased.files.items():
            booted.write(path, text)
        if leased.announced:
            booted.sh(SWITCH)
            booted.write("/root/router.py", ROUTER)
            booted.start("ip", "netns", "exec", "switch", "python3", "/root/router.py")
        booted.sh(leased.ask)
        booted.wait_until("ip -4 addr show dev eth0 | grep -q ' dynamic '")
        if leased.announced:
            booted.wait_until(f"ip -6 addr show dev eth0 | grep -q '{ANNOUNCED}'")
        booted.write("/root/answers.yaml", ANSWERS.format(stack=booted.row.stack))
        yield booted


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    return Before.of(guest)


@pytest.fixture(scope="module")
def addresses(before: Before) -> tuple[str, ...]:
    """The leased one, and what a router announced."""
    return tuple(cidr.partition("/")[0] for cidr in before.network.addresses["eth0"])


@contextlib.contextmanager
def nothing_lost(guest: Guest, what: str, addresses: tuple[str, ...]) -> Iterator[None]:
    """Ping every address while the block runs.

    One that a router announced from behind the router, too.
    """
    beyond = [(address, BEYOND) for address in addresses if ":" in address]
    ways = [*((address, "") for address in addresses), *beyond]
    with contextlib.ExitStack() as all_of_them:
        seen = [all_of_them.enter_context(guest.pinging(*way)) for way in ways]
        yield
    for (address, source), (pings,) in zip(ways, seen, strict=True):
        note(f"{what}, {address}{source and f' from {source}'}: {pings}")
    hitless(guest, *(pings for (pings,) in seen))


def clients(guest: Guest, leased: Leased) -> list[str]:
    """The links that a DHCP client runs for."""
    return guest.sh(leased.clients).split()


def test_there(
    guest: Guest, stack: str, leased: Leased, before: Before, addresses: tuple[str, ...]
) -> None:
    with nothing_lost(guest, f"{stack}: lease, there", addresses):
        keep(guest, guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    now = network(guest)
    assert now.masters == {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
    assert now.addresses["xenbr0"] == before.network.addresses["eth0"]
    assert "valid_lft forever" not in guest.sh("ip -4 addr show dev xenbr0")
    assert clients(guest, leased) == ["xenbr0"]
    until_status(guest, "healthy")


@pytest.mark.long
def test_removed_and_that_undone(
    guest: Guest, stack: str, leased: Leased, before: Before, addresses: tuple[str, ...]
) -> None:
    """The NIC goes on with the bridge's lease, and the bridge with the NIC's."""
    bonded = network(guest)
    findings = json.loads(guest.run("xenbond", "remove", "--json").out)["findings"]
    told = [item["text"] for item in findings if item["code"] == "gap"]
    assert bool(told) is not leased.removal
    if told:
        note(f"{stack}: lease, removed: {' '.join(told)}")
        return
    with nothing_lost(guest, f"{stack}: lease, removed", addresses):
        keep(guest, guest.start("xenbond", "remove", "--yes"))
    now, was = network(guest), before.network
    assert not now.masters
    # eth1 stays up where netplan has it in its file.
    assert (now.addresses["eth0"], now.routes) == (was.addresses["eth0"], was.routes)
    assert "valid_lft forever" not in guest.sh("ip -4 addr show dev eth0")
    assert clients(guest, leased) == ["eth0"]
    with nothing_lost(guest, f"{stack}: lease, removal undone", addresses):
        keep(guest, guest.start("xenbond", "undo", "--yes"))
    assert network(guest) == bonded
    assert "valid_lft forever" not in guest.sh("ip -4 addr show dev xenbr0")
    assert clients(guest, leased) == ["xenbr0"]
    until_status(guest, "healthy")


def test_and_back(
    guest: Guest, stack: str, leased: Leased, before: Before, addresses: tuple[str, ...]
) -> None:
    with nothing_lost(guest, f"{stack}: lease, back", addresses):
        keep(guest, guest.start("xenbond", "undo", "--yes"))
    assert clients(guest, leased) == ["eth0"]
    assert "valid_lft forever" not in guest.sh("ip -4 addr show dev eth0")
    was, now = before.etc, etc(guest)
    for path in leased.rewrites:
        was, now = without_times(was, path), without_times(now, path)
    assert now == was
    assert network(guest) == before.network


def test_ifupdown_knows_nothing_of_the_bridge_any_more(guest: Guest, stack: str) -> None:
    if stack == "ifupdown":
        assert "xenbr0" not in guest.sh("ifquery --state")


def test_the_server_was_never_given_the_address_back(guest: Guest, before: Before) -> None:
    log = guest.read("/run/dnsmasq.log")
    assert "DHCPACK" in log
    assert "DHCPRELEASE" not in log
    assert len(guest.read("/run/leases").splitlines()) == 1
