"""Two IPv4 addresses, a static IPv6 one and one that a router announces move: nothing is lost.

Each row of the lab's stacks, and by netlink alone a host of ifcfg files. Red Hat's scripts are not
in it, and nothing asks for them here: the files say what the next boot does, and the running kernel
is as real as everywhere. Where Review told of a gap nothing is asked of its length. A guest and a
journey for each.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.lab.evidence import (
    ANSWERS,
    Before,
    Network,
    etc,
    hitless,
    keep,
    network,
    note,
    until_status,
    without_times,
)
from tests.lab.guest import Guest, Pings
from tests.lab.router import ANNOUNCED, BEYOND, ROUTER, SWITCH
from tests.lab.stacks import LAB_STACKS

JOURNEY = True
SCRIPTS = "/etc/sysconfig/network-scripts"
IPV4 = ("192.168.0.222/24", "192.168.0.223/24")
IPV6 = "2001:db8::222"
IFCFG = {
    "/etc/network/interfaces": "auto lo\niface lo inet loopback\n",
    "/etc/os-release": 'ID=rhel\nVERSION_ID="7.9"\nPRETTY_NAME="Red Hat Enterprise Linux 7.9"\n',
    "/etc/rc.d/init.d/network": "#!/bin/sh\n",
    "/etc/rc.d/rc3.d/S10network": "#!/bin/sh\n",
    "/etc/sysconfig/network": "NETWORKING=yes\nNETWORKING_IPV6=yes\n",
    f"{SCRIPTS}/ifcfg-eth0": (
        "DEVICE=eth0\nBOOTPROTO=none\nONBOOT=yes\nIPADDR=192.168.0.222\nPREFIX=24\n"
        "IPADDR1=192.168.0.223\nPREFIX1=24\nGATEWAY=192.168.0.1\n"
        "IPV6INIT=yes\nIPV6ADDR=2001:db8::222/64\n"
    ),
}
IFUPDOWN = {
    "/etc/network/interfaces": (
        "auto lo\niface lo inet loopback\n\nauto eth0\n"
        "iface eth0 inet static\n\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n"
        "iface eth0 inet static\n\taddress 192.168.0.223/24\n"
        "iface eth0 inet6 static\n\taddress 2001:db8::222/64\n\taccept_ra 2\n\tautoconf 1\n"
    )
}
IFUPDOWN2 = {
    "/etc/network/interfaces": (
        "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0\n"
        "\taddress 192.168.0.222/24\n\taddress 192.168.0.223/24\n\taddress 2001:db8::222/64\n"
        "\tgateway 192.168.0.1\n"
    )
}
ADDRESS = "Address=192.168.0.222/24\n"
ADDRESSES = f"{ADDRESS}Address=192.168.0.223/24\nAddress={IPV6}/64\n"
YAML = {
    "      - 192.168.0.222/24\n": f"      - {IPV4[0]}\n      - {IPV4[1]}\n      - {IPV6}/64\n",
    "    eth0:\n": "    eth0:\n      accept-ra: true\n      ipv6-address-generation: eui64\n",
}
YAML_NM = {
    **YAML,
    "    eth0:\n": "    eth0:\n      dhcp6: true\n      ipv6-address-generation: eui64\n",
}
"""For NetworkManager netplan says method=auto only then; whether there is DHCPv6 a router says."""
KEYS = {
    "dns=": f"address2={IPV4[1]}\ndns=",
    "method=auto": f"address1={IPV6}/64\nmethod=auto",
}
"""Text of the row's own file -> what is there instead."""
OWN: dict[str, dict[str, str]] = {
    "networkd": {ADDRESS: ADDRESSES},
    "netplan": YAML,
    "netplan-nm": YAML_NM,
    "networkmanager": KEYS,
}
WHOLE = {"ifupdown": IFUPDOWN, "ifupdown2": IFUPDOWN2, "ifcfg": IFCFG}
WANTED = ANSWERS.replace(
    "  address: 192.168.0.222/24\n",
    f"  address: [{', '.join(IPV4)}, {IPV6}/64]\n",
)
BY_HAND = """\
ip addr add 192.168.0.222/24 brd + dev eth0
ip addr add 192.168.0.223/24 brd + dev eth0
ip link set eth0 up
ip addr add 2001:db8::222/64 dev eth0
ip route add default via 192.168.0.1 dev eth0
"""
BY_A_ROUTE = "ip route add 10.1.0.0/16 via 192.168.0.9 dev eth0 metric 7\n"
SETTLED = "! command -v nmcli >/dev/null || ! nmcli -t -f STATE device | grep -q ^connecting"
"""NetworkManager asks for addresses on the idle NIC too, and a router gives it one."""


def files(name: str) -> dict[str, str]:
    """The host's own, with all the addresses."""
    if name in WHOLE:
        return WHOLE[name]
    found = dict(LAB_STACKS[name].files)
    path = next(path for path, text in found.items() if "192.168.0.222" in text)
    for old, new in OWN[name].items():
        assert old in found[path]
        found[path] = found[path].replace(old, new, 1)
    return found


EACH_TIME = ("networkd",)
"""Rows that every run of all tests has the time for: this one's daemon would take off what it does
not know, after the same steps by netlink that move the addresses of every row."""


@pytest.fixture(
    scope="module",
    params=[
        name if name in EACH_TIME else pytest.param(name, marks=pytest.mark.long)
        for name in LAB_STACKS
    ],
)
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def guest(lab: None, stack: str) -> Iterator[Guest]:
    by_hand = stack == "ifcfg"
    row = LAB_STACKS["ifupdown" if by_hand else stack]
    with Guest(stack=row.name, files=files(stack)) as booted:
        booted.sh(BY_HAND + BY_A_ROUTE + SWITCH if by_hand else BY_A_ROUTE + SWITCH)
        booted.write("/root/router.py", ROUTER)
        name = stack if by_hand else row.stack
        answers = WANTED.replace("version: 1", f"version: 1\nstack: {name}")
        booted.write("/root/answers.yaml", answers)
        booted.start("ip", "netns", "exec", "switch", "python3", "/root/router.py")
        booted.wait_until(f"ip -6 addr show dev eth0 | grep -q '{ANNOUNCED}'")
        booted.wait_until("! ip -6 addr show dev eth0 | grep -q tentative")
        booted.wait_until(SETTLED)
        yield booted


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    return Before.of(guest)


def ipv6(guest: Guest, link: str) -> set[str]:
    """The global IPv6 addresses that can be used."""
    (found,) = json.loads(guest.sh(f"ip -j -6 addr show dev {link} scope global"))
    return {
        item["local"]
        for item in found.get("addr_info", ())
        if "local" in item and not item.get("tentative") and not item.get("dadfailed")
    }


def unordered(now: Network) -> Network:
    """IPv6 addresses stand in the order in which they came, the last one first."""
    addresses = {name: tuple(sorted(held)) for name, held in now.addresses.items()}
    return replace(now, addresses=addresses, routes=tuple(sorted(now.routes)))


@pytest.fixture(scope="module")
def told(guest: Guest, before: Before) -> str:
    """The gap that Review tells of; empty where there shall be none."""
    done = guest.run("xenbond", "plan", "--answers", "/root/answers.yaml", "--json")
    assert done.out, done
    findings = json.loads(done.out)["findings"]
    return next((finding["text"] for finding in findings if finding["code"] == "gap"), "")


def test_no_gap_is_announced(told: str) -> None:
    assert not told


@contextlib.contextmanager
def pinged(guest: Guest, what: str) -> Iterator[dict[str, Pings]]:
    """Ping every address while the block runs; what they saw is there after it."""
    found: dict[str, Pings] = {}
    addresses = (*(item.partition("/")[0] for item in IPV4), IPV6, ANNOUNCED)
    with contextlib.ExitStack() as all_of_them:
        seen = [
            all_of_them.enter_context(
                guest.pinging(address, BEYOND if address == ANNOUNCED else "")
            )
            for address in addresses
        ]
        yield found
    for address, (pings,) in zip(addresses, seen, strict=True):
        note(f"{what}, {address}: {pings}")
        found[address] = pings


@contextlib.contextmanager
def nothing_lost(guest: Guest, what: str, told: str) -> Iterator[None]:
    """Ping every address while the block runs."""
    with pinged(guest, what) as found:
        yield
    if told:
        note(f"{what}: Review told of it: {told}")
    else:
        hitless(guest, *found.values())


def test_there(guest: Guest, stack: str, before: Before, told: str) -> None:
    with nothing_lost(guest, f"{stack}, there", told):
        keep(guest, guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    now = network(guest)
    assert now.masters == {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
    assert tuple(sorted(now.addresses["xenbr0"]))[:2] == IPV4
    assert ipv6(guest, "xenbr0") == {IPV6, ANNOUNCED}
    assert now.addresses["eth0"] == now.addresses["bond0"] == ()
    assert now.macs["xenbr0"] == before.network.macs["eth0"]
    routes = {" ".join(route.split()[:5]) for route in now.routes}
    assert routes == {
        "default via 192.168.0.1 dev xenbr0",
        "10.1.0.0/16 via 192.168.0.9 dev xenbr0",
    }
    until_status(guest, "healthy")


AGAIN = {
    "ifupdown2": "ifreload -a",
    "networkd": "networkctl reload",
    "netplan": "netplan generate; networkctl reload",
    "netplan-nm": "netplan generate; nmcli connection reload",
    "networkmanager": "nmcli connection reload",
}
"""Row -> how an operator has the stack read its files, for another link of the host say."""


@pytest.fixture(scope="module")
def announced_again(stack: str) -> list[Pings]:
    """How the announced address answered while the files were read again, on the bridge."""
    if stack not in AGAIN:
        pytest.skip(f"{stack} reads its files when a link is brought up, and not before")
    return []


def test_the_stack_reads_its_files_again(
    guest: Guest, stack: str, announced_again: list[Pings]
) -> None:
    """By hand, and finds all of it there already."""
    with pinged(guest, f"{stack}, its files read again by hand") as found:
        guest.sh(f"{AGAIN[stack]}; sleep 2")
    announced_again.append(found.pop(ANNOUNCED))
    hitless(guest, *found.values())


def test_and_back(guest: Guest, stack: str, before: Before, told: str) -> None:
    with nothing_lost(guest, f"{stack}, back", told):
        keep(guest, guest.start("xenbond", "undo", "--yes"))
    assert ipv6(guest, "eth0") == {IPV6, ANNOUNCED}
    was, is_now = before.etc, etc(guest)
    for path in guest.row.rewrites:
        was, is_now = without_times(was, path), without_times(is_now, path)
    assert is_now == was
    idle_has_heard(guest, before)
    assert unordered(network(guest)) == unordered(before.network)


def idle_has_heard(guest: Guest, before: Before) -> None:
    """Wait for what the idle NIC had from a router: NetworkManager has it ask one anew."""
    for address in before.network.addresses["eth1"]:
        guest.wait_until(f"ip -6 addr show dev eth1 | grep -q '{address}'")


def without_metrics(now: Network) -> Network:
    """NetworkManager counts a metric up while several links have the route, until the next boot."""
    routes = (" ".join(route.split()[:5]) for route in now.routes)
    return unordered(replace(now, routes=tuple(routes)))


def heard_anew(now: Network) -> Network:
    """Without what the idle NIC has heard from a router.

    With netplan-nm it does so by NetworkManager's automatic profile, which makes another address of
    the same prefix each time; with netplan only after a removal.
    """
    held = now.addresses["eth1"]
    own = tuple(x for x in held if not x.startswith("2001:db8:1:") or x.startswith(ANNOUNCED))
    return replace(now, addresses={**now.addresses, "eth1": own})


def set_up_by_netplan(now: Network) -> Network:
    """With eth1 up: netplan keeps the definition of the NIC that is free again.

    One without settings may as well be the operator's own, so a removal leaves it, and networkd
    sets the NIC up.
    """
    return replace(now, up=tuple(sorted({*now.up, "eth1"})))


@pytest.mark.long
def test_removed_and_taken_back(guest: Guest, stack: str, before: Before) -> None:
    """A removal is the way back of a set-up, with every address; undone it is the way there."""
    keep(guest, guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    guest.wait_until(f"ip -6 addr show dev xenbr0 | grep -q '{ANNOUNCED}'")
    there = network(guest)
    findings = json.loads(guest.run("xenbond", "remove", "--json").out)["findings"]
    told = next((finding["text"] for finding in findings if finding["code"] == "gap"), "")
    with nothing_lost(guest, f"{stack}, removed", told):
        keep(guest, guest.start("xenbond", "remove", "--yes"))
    assert ipv6(guest, "eth0") == {IPV6, ANNOUNCED}
    was, is_now = before.network, network(guest)
    if stack in ("netplan", "netplan-nm"):
        was, is_now = heard_anew(was), heard_anew(is_now)
    else:
        idle_has_heard(guest, before)
        is_now = network(guest)
    if stack == "netplan":
        was, is_now = set_up_by_netplan(was), set_up_by_netplan(is_now)
    assert without_metrics(is_now) == without_metrics(was)
    with nothing_lost(guest, f"{stack}, the removal taken back", told):
        keep(guest, guest.start("xenbond", "undo", "--yes"))
    assert without_metrics(network(guest)) == without_metrics(there)


def test_what_reading_them_again_costs_it_costs_on_the_nic_too(
    guest: Guest, stack: str, announced_again: list[Pings]
) -> None:
    """What routers announced is the daemon's: systemd 252 forgets it where netplan wrote anew.

    How long, the router decides, which may answer at once or half a second later (RFC 4861, 6.2.6).
    The last test, for the daemon has all of it in its own hands from then on.
    """
    if "bond0" in network(guest).macs:
        keep(guest, guest.start("xenbond", "undo", "--yes"))
    guest.wait_until(f"ip -6 addr show dev eth0 | grep -q '{ANNOUNCED}'")
    guest.wait_until("! ip -6 addr show dev eth0 | grep -q tentative")
    with pinged(guest, f"{stack}, its files read again, without bond and bridge") as found:
        guest.sh(f"{AGAIN[stack]}; sleep 2")
    (on_bridge,) = announced_again
    assert on_bridge.lost <= 1 or found[ANNOUNCED].lost > 1
