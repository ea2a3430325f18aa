"""What stands on a bond or beside it is judged by the planner's own rules, of trees with a sys."""

from dataclasses import replace
from pathlib import Path

import pytest
from private_netns import in_private_netns

from xenbond_tui import compose
from xenbond_tui.health.look import look
from xenbond_tui.health.model import Level, Verdict
from xenbond_tui.health.state import read_state
from xenbond_tui.health.verdict import judge
from xenbond_tui.host.kernel import LiveKernel

NET = "sys/class/net"
MAC = "00:16:3e:00:00:01"
BONDING = {
    "mode": "active-backup 1",
    "miimon": "100",
    "slaves": "eth0 eth1",
    "active_slave": "eth0",
}


def put(root: Path, path: str, text: str = "") -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{text}\n")


def link(root: Path, name: str, mac: str = MAC, master: str = "", below: str = "") -> None:
    """A link that is up; a VLAN of `below`, a port of `master`."""
    put(root, f"{NET}/{name}/ifindex", str(len(name) + 10))
    put(root, f"{NET}/{name}/address", mac)
    put(root, f"{NET}/{name}/flags", "0x1003")
    if master:
        (root / f"{NET}/{name}/master").symlink_to(f"../{master}")
        put(root, f"{NET}/{master}/brif/{name}")
    if below:
        put(root, f"{NET}/{name}/uevent", "DEVTYPE=vlan")
        (root / f"{NET}/{name}/lower_{below}").symlink_to(f"../{below}")
        (root / f"{NET}/{below}/upper_{name}").symlink_to(f"../{name}")


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """bond0 of eth0 and eth1 below xenbr0."""
    put(tmp_path, f"{NET}/bonding_masters", "bond0")
    for name, text in BONDING.items():
        put(tmp_path, f"{NET}/bond0/bonding/{name}", text)
    for name in ("eth0", "eth1"):
        link(tmp_path, name)
        put(tmp_path, f"{NET}/{name}/bonding_slave/mii_status", "up")
        (tmp_path / f"{NET}/{name}/master").symlink_to("../bond0")
        (tmp_path / f"{NET}/{name}/upper_bond0").symlink_to("../bond0")
    link(tmp_path, "xenbr0")
    put(tmp_path, f"{NET}/xenbr0/bridge/stp_state", "0")
    link(tmp_path, "bond0", master="xenbr0")
    (tmp_path / f"{NET}/bond0/upper_xenbr0").symlink_to("../xenbr0")
    return tmp_path


def judged(host: Path) -> Verdict:
    ((_, verdict),) = look(compose.offline(str(host)), "bond0").judged
    return verdict


def codes(host: Path) -> list[tuple[str, Level]]:
    return [(reason.code, reason.level) for reason in judged(host).reasons]


def test_a_bond_alone_below_its_bridge_is_right(host: Path) -> None:
    link(host, "vif1.0", "fe:ff:ff:ff:ff:ff", master="xenbr0")
    link(host, "eth9", "00:16:3e:00:00:09")
    link(host, "xenbr0.7", below="xenbr0")
    assert codes(host) == []


@pytest.mark.parametrize(("stp", "level"), [("0", Level.MISCONFIGURED), ("1", Level.DEGRADED)])
def test_a_nic_beside_the_bond_in_its_bridge(stp: str, level: Level, host: Path) -> None:
    put(host, f"{NET}/xenbr0/bridge/stp_state", stp)
    link(host, "eth7", "00:16:3e:00:00:07", master="xenbr0")
    (reason,) = judged(host).reasons
    assert (reason.code, reason.level) == ("port-beside-bond", level)
    assert reason.text.startswith("eth7 is a port of xenbr0 beside bond0: ")


@pytest.mark.parametrize("by_proc", [False, True])
def test_a_vlan_on_a_slave(by_proc: bool, host: Path) -> None:
    link(host, "eth0.10", below="eth0")
    if by_proc:
        # Linux before 3.18.
        (host / f"{NET}/eth0/upper_eth0.10").unlink()
        (host / f"{NET}/eth0.10/lower_eth0").unlink()
        put(host, "proc/net/vlan/config", "VLAN Dev name | VLAN ID\neth0.10 | 10 | eth0")
    assert codes(host) == [("on-a-slave", Level.MISCONFIGURED)]
    text = judged(host).reasons[0].text
    assert text.startswith("eth0.10 (VLAN 10) stands" if by_proc else "eth0.10 (a vlan) stands")


def test_the_bonds_own_vlan_beside_it(host: Path) -> None:
    link(host, "bond0.10", below="bond0", master="xenbr0")
    assert codes(host) == [("bridge-over-vlan", Level.MISCONFIGURED)]


def test_a_vlan_in_another_bridge_is_right_and_its_guests_count(host: Path) -> None:
    put(host, f"{NET}/br5/bridge/stp_state", "0")
    link(host, "br5")
    link(host, "bond0.5", below="bond0", master="br5")
    link(host, "bond0.5.6", below="bond0.5")
    assert codes(host) == []
    link(host, "vif2.0", "fe:ff:ff:ff:ff:ff", master="br5")
    put(host, f"{NET}/bond0/bonding/mode", "balance-alb 6")
    assert codes(host) == [("mode-under-bridge", Level.MISCONFIGURED)]


@pytest.mark.parametrize("vlan", ["bond0.5.6", "xenbr0.8"])
def test_guests_on_a_bridge_over_two_vlans_or_over_the_bridge_count(vlan: str, host: Path) -> None:
    put(host, f"{NET}/br5/bridge/stp_state", "0")
    link(host, "br5")
    link(host, "bond0.5", below="bond0")
    link(host, vlan, below=vlan.rpartition(".")[0], master="br5")
    link(host, "vif2.0", "fe:ff:ff:ff:ff:ff", master="br5")
    put(host, f"{NET}/bond0/bonding/mode", "balance-tlb 5")
    assert codes(host) == [("mode-under-bridge", Level.MISCONFIGURED)]


@pytest.mark.parametrize(
    ("mac", "flags", "found"),
    [
        (MAC.upper(), "0x1003", [("mac-in-use", Level.DEGRADED)]),
        (MAC, "0x1002", []),
        ("00:16:3e:00:00:09", "0x1003", []),
    ],
)
def test_the_bridges_mac_on_a_nic_beside_it(
    mac: str, flags: str, found: list[tuple[str, Level]], host: Path
) -> None:
    link(host, "eth9", mac)
    put(host, f"{NET}/eth9/flags", flags)
    assert codes(host) == found


@pytest.mark.parametrize(("guest", "level"), [(False, Level.HEALTHY), (True, Level.DEGRADED)])
def test_a_virtual_function_is_in_the_way_of_guests(guest: bool, level: Level, host: Path) -> None:
    device = host / f"{NET}/eth0/device"
    put(host, f"{NET}/eth0/pci/marker")
    device.symlink_to("pci")
    (host / f"{NET}/eth0/pci/physfn").symlink_to("../0000:03:00.0")
    if guest:
        link(host, "vif1.0", "fe:ff:ff:ff:ff:ff", master="xenbr0")
    assert codes(host) == [("virtual-function", level)]


@pytest.mark.parametrize(("name", "scope", "wrong"), [("eth1", "00", 1), ("eth1", "20", 0)])
def test_an_ipv6_address_on_a_slave(name: str, scope: str, wrong: int, host: Path) -> None:
    put(host, "proc/net/if_inet6", f"20010db8000000000000000000000009 02 40 {scope} 80     {name}")
    assert codes(host) == wrong * [("address-below-bridge", Level.MISCONFIGURED)]


@pytest.mark.parametrize("name", ["eth1", "bond0"])
def test_an_ipv4_address_that_no_route_betrays(name: str, host: Path) -> None:
    """One of 32 bits, or added with `noprefixroute`: /proc/net/route has nothing of it."""
    state = read_state(compose.offline(str(host)), "bond0")
    assert state is not None
    (reason,) = judge(replace(state, inet4={name: "192.0.2.9"})).reasons
    assert (reason.code, reason.level) == ("address-below-bridge", Level.MISCONFIGURED)
    assert reason.evidence == f"SIOCGIFCONF of {name}: 192.0.2.9"
    alone = replace(state, bridge=None, inet4={name: "192.0.2.9"})
    found = [reason.code for reason in judge(alone).reasons]
    assert found == ([] if name == "bond0" else ["address-below-bridge"])


def test_the_kernel_tells_a_links_first_ipv4_address() -> None:
    assert LiveKernel().inet4(("lo", "nosuch0")) == {"lo": "127.0.0.1"}


def test_a_bond_with_the_hosts_address_has_no_bridge_to_give_it_to(host: Path) -> None:
    (host / f"{NET}/bond0/master").unlink()
    (host / f"{NET}/bond0/upper_xenbr0").unlink()
    put(host, "proc/net/if_inet6", "20010db8000000000000000000000009 02 40 00 80     bond0")
    assert codes(host) == []
    state = read_state(compose.offline(str(host)), "bond0")
    assert state is not None
    assert state.master_known


def test_what_runs_and_what_is_written_is_told_once(host: Path) -> None:
    link(host, "eth7", "00:16:3e:00:00:07", master="xenbr0")
    text = "auto bond0\niface bond0 inet manual\n bond-slaves eth0 eth1\n bond-mode 1\n"
    text += " bond-miimon 100\nauto xenbr0\niface xenbr0 inet manual\n bridge_ports bond0 eth7"
    put(host, "etc/network/interfaces", text)
    put(host, "etc/rc2.d/S01networking")
    for program in ("sbin/ifup", "sbin/brctl", "usr/share/doc/x"):
        put(host, program)
    for hook in ("ifenslave", "bridge"):
        put(host, f"etc/network/if-pre-up.d/{hook}")
    assert codes(host) == [("port-beside-bond", Level.MISCONFIGURED)]


def test_an_address_with_a_label_of_its_own_is_seen_too() -> None:
    """`ip addr add 192.0.2.9/32 dev eth0 label eth0:1`: no ioctl for eth0 alone tells of it."""
    found = in_private_netns(
        """
        from xenbond_tui.host.kernel import LiveKernel
        ip("link add eth0 type veth peer name sw0", "link add eth1 type veth peer name sw1")
        ip("addr add 192.0.2.9/32 dev eth0 label eth0:1", "addr add 192.0.2.10/32 dev sw0")
        tell(dict(LiveKernel().inet4(("eth0", "eth1", "sw0", "eth"))))
        """
    )
    assert found == {"eth0": "192.0.2.9", "sw0": "192.0.2.10"}


@pytest.mark.parametrize(
    ("link", "mtu", "said"),
    [
        ("eth1", "1400", ["mtu-differs"]),
        ("eth1", "9000", []),
        ("xenbr0", "9000", ["mtu-differs"]),
        ("eth1", "no number", []),
    ],
)
def test_who_takes_smaller_frames_than_it_is_given(
    link: str, mtu: str, said: list[str], host: Path
) -> None:
    """The kernel drops them without a word; a slave's, only after the next failover."""
    for name in ("eth0", "eth1", "bond0", "xenbr0"):
        put(host, f"{NET}/{name}/mtu", mtu if name == link else "1500")
    assert codes(host) == [(code, Level.MISCONFIGURED) for code in said]


@pytest.mark.parametrize(
    ("bond", "announced"), [("bond0", True), ("bond1", False), ("bond01", False)]
)
def test_who_starts_announcing_is_asked_for_the_bond_itself(
    bond: str, announced: bool, host: Path
) -> None:
    wants = "etc/systemd/system/multi-user.target.wants"
    put(host, f"{wants}/xenbond-announce@{bond}.service")
    put(host, f"{NET}/bond0/bonding/primary", "eth0")
    assert codes(host) == ([] if announced else [("not-announced", Level.HEALTHY)])


def test_carrier_is_the_nics_own_word_where_it_has_one(host: Path) -> None:
    """A NIC that is set down refuses to say; the bond may not have noticed yet."""
    put(host, f"{NET}/eth0/carrier", "0")
    for text, known in (("1", {"eth0": False, "eth1": True}), ("", {"eth0": False})):
        put(host, f"{NET}/eth1/carrier", text)
        state = read_state(compose.offline(str(host)), "bond0")
        assert state is not None
        assert state.carrier == known


@pytest.mark.parametrize(("flags", "down"), [("0x1402", True), ("0x1403", False), ("", False)])
def test_a_bond_that_was_set_down_keeps_its_carrier_and_is_down(
    flags: str, down: bool, host: Path
) -> None:
    put(host, f"{NET}/bond0/flags", flags)
    assert codes(host) == ([("bond-down", Level.DOWN)] if down else [])


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        ("bridge_ports none", True),
        ("bridge_ports bond0", False),
        ("bridge_ports none\n\tup brctl addif xenbr0 bond0", False),
    ],
)
def test_a_bridge_that_no_line_gives_the_bond_has_no_uplink_after_a_boot(
    line: str, lost: bool, host: Path
) -> None:
    files = f"""\
auto bond0
iface bond0 inet manual
	bond-slaves eth0 eth1
	bond-mode active-backup
	bond-miimon 100
auto xenbr0
iface xenbr0 inet static
	address 192.168.0.2/24
	{line}
"""
    put(host, "etc/network/interfaces", files)
    put(host, "usr/sbin/ifup")
    told = [it.text for it in judged(host).reasons if it.code == "not-in-bridge"]
    gone = "bond0 is a port of xenbr0, but no file says so: gone after a boot."
    assert told == ([gone] if lost else [])
