"""The operator's own way in, found through addresses, bridges and bonds."""

import json
import subprocess
import sys

import pytest

from xenbond_tui.facts.host import Session
from xenbond_tui.facts.link import Address, Link
from xenbond_tui.facts.network import KernelSnapshot
from xenbond_tui.host.session import find_session, login_connection

MAC = "52:54:00:aa:00:01"


def _link(name, *, kind="", master=None, ip=None, lower=None, bus=""):
    addresses = () if ip is None else (Address(ip, 64 if ":" in ip else 24),)
    return Link(
        name=name,
        index=1,
        kind=kind,
        mac=MAC,
        permanent_mac=MAC,
        permanent_mac_source="netlink",
        admin_up=True,
        carrier=True,
        mtu=1500,
        master=master,
        addresses=addresses,
        lower=lower,
        bus=bus,
    )


def _session(connection, *links):
    return find_session(connection, KernelSnapshot(links, (), (), ()))


OVER_SSH = "192.168.0.9 50000 192.168.0.222 22"
PLAIN = (_link("eth0", ip="192.168.0.222"), _link("eth1"))
BRIDGED = (
    _link("eth0", master="xenbr0"),
    _link("vif1.0", master="xenbr0", bus="xen-backend vif-1-0"),
    _link("tap1", kind="tun", master="xenbr0"),
    _link("vethabc", kind="veth", master="xenbr0"),
    _link("xenbr0", kind="bridge", ip="192.168.0.222"),
)
BONDED = (
    _link("eth0", master="bond0"),
    _link("eth1", master="bond0"),
    _link("bond0", kind="bond", master="xenbr0"),
    _link("xenbr0", kind="bridge", ip="192.168.0.222"),
)
TAGGED = (_link("eth0"), _link("eth0.10", kind="vlan", lower="eth0", ip="192.168.0.222"))


@pytest.mark.parametrize(
    ("links", "link", "nic"),
    [
        (PLAIN, "eth0", "eth0"),
        (BRIDGED, "xenbr0", "eth0"),
        (BONDED, "xenbr0", None),
        (BONDED[1:], "xenbr0", "eth1"),
        (TAGGED, "eth0.10", "eth0"),
        ((_link("eth0", kind="veth", ip="192.168.0.222"),), "eth0", "eth0"),
        ((_link("wg0", kind="wireguard", ip="192.168.0.222"),), "wg0", None),
        ((_link("eth0", ip="192.168.0.1"),), None, None),
    ],
    ids=["NIC", "bridge", "bond", "bond of one", "VLAN", "container", "tunnel", "address gone"],
)
def test_the_link_and_the_nic_under_it(links, link, nic):
    assert _session(OVER_SSH, *links) == Session("192.168.0.9", "192.168.0.222", link, nic)


@pytest.mark.parametrize(
    ("connection", "local"),
    [
        ("::ffff:192.168.0.9 50000 ::ffff:192.168.0.222 22", "192.168.0.222"),
        ("fd00::9 50000 fd00::1 22", "fd00::1"),
        ("fe80::9%eth0 50000 fe80::1%eth0 22", "fe80::1"),
    ],
)
def test_addresses_as_sshd_writes_them(connection, local):
    session = _session(connection, _link("eth0", ip=local))
    assert session is not None
    assert (session.local, session.nic) == (local, "eth0")


@pytest.mark.parametrize("connection", [None, "", "garbage", "1 2 3", "1 2 3 4 5"])
def test_no_session_without_a_whole_variable(connection):
    assert _session(connection, *PLAIN) is None


def test_links_in_a_circle_end():
    circle = (
        _link("a", kind="bridge", master="b", ip="192.168.0.222"),
        _link("b", kind="bridge", master="a"),
    )
    session = _session(OVER_SSH, *circle)
    assert session is not None
    assert session.nic is None


ASK = """
import json, os
from xenbond_tui.host.session import login_connection
print(json.dumps(login_connection(os.getppid())))
"""


def test_a_variable_that_sudo_dropped_is_found_in_the_parents():
    """shell with the variable → a child without it (as sudo leaves it) → us."""
    inner = [sys.executable, "-c", ASK]
    middle = f"import subprocess; subprocess.run({inner!r}, env={{}}, check=True)"
    argv = ["env", "-i", f"SSH_CONNECTION={OVER_SSH}", sys.executable, "-c", middle]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd="/")
    assert json.loads(done.stdout) == OVER_SSH


def test_the_search_ends_at_the_first_process():
    assert login_connection(1) is None
    assert login_connection(0) is None
