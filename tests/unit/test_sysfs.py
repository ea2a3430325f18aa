"""Bonds, bridges and NICs of a recorded host, read from its proc and sys alone."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from recorded_sys import bond_files, nic_files, write

from xenbond_tui import compose
from xenbond_tui.effects import KernelReader, KernelWriter
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bridge import BridgePort
from xenbond_tui.facts.link import Address, Counters
from xenbond_tui.facts.routing import Route
from xenbond_tui.host.recorded_kernel import RecordedKernel

CAPTURES = Path(__file__).parents[1] / "fixtures" / "captures"
MODES = sorted(
    path.stem.removeprefix("sys_bonding_") for path in CAPTURES.glob("modes/sys_bonding_*.txt")
)


def _host(root, mode, *, proc):
    sysfs = (CAPTURES / f"modes/sys_bonding_{mode}.txt").read_text()
    files = bond_files(sysfs) | {"/sys/class/net/bonding_masters": "bond0\n"}
    if proc:
        text = (CAPTURES / f"modes/proc_net_bonding_{mode}.txt").read_text()
        files["/proc/net/bonding/bond0"] = text
    write(root, files)
    return RecordedKernel(str(root))


@pytest.mark.parametrize("mode", MODES)
def test_sysfs_alone_tells_what_proc_tells(tmp_path, mode):
    told = _host(tmp_path / "both", mode, proc=True).bond("bond0")
    alone = _host(tmp_path / "sys", mode, proc=False).bond("bond0")
    assert told is not None
    assert alone is not None
    # Not the carrier: the two files were read a moment apart, some while links were coming up.
    same = ("mode", "miimon", "updelay", "downdelay", "arp_interval", "primary")
    for field in (*same, "active_slave", "use_carrier", "options", "lacp"):
        assert getattr(alone, field) == getattr(told, field), field
    assert alone.mii_status in ("up", "down")
    assert {slave.name for slave in alone.slaves} == {slave.name for slave in told.slaves}


@pytest.mark.parametrize("mode", MODES)
def test_options_are_told_by_name_and_code(tmp_path, mode):
    bond = _host(tmp_path, mode, proc=True).bond("bond0")
    assert bond is not None
    captured = CAPTURES / f"modes/ip_j_d_link_{mode}.json"
    (link,) = [item for item in json.loads(captured.read_text()) if item["ifname"] == "bond0"]
    netlink = link["linkinfo"]["info_data"]
    assert bond.use_carrier == netlink["use_carrier"]
    for option in ("mode", "xmit_hash_policy", "fail_over_mac", "primary_reselect", "ad_select"):
        name, code = bond.options[option].split()
        assert (name, code.isdigit()) == (netlink[option], True), option
    for option in ("min_links", "resend_igmp", "lp_interval", "packets_per_slave"):
        assert bond.options[option] == str(netlink[option]), option
    assert "active_slave" not in bond.options


def test_a_bond_of_an_old_kernel_without_sysfs_is_read_from_proc(tmp_path):
    text = (CAPTURES / "modes/proc_net_bonding_mode1_both.txt").read_text()
    write(tmp_path, {"/proc/net/bonding/bond0": text})
    kernel = RecordedKernel(str(tmp_path))
    assert kernel.bond_names() == ("bond0",)
    bond = kernel.bond("bond0")
    assert bond is not None
    assert (bond.mode, bond.use_carrier) == ("active-backup", None)
    assert bond.options == {"peer_notif_delay": "0"}, "what the text tells of them"


@pytest.mark.parametrize("name", ["none", "..", "../bond0", "a/b", "", "sixteen-letters-"])
def test_there_is_no_bond_or_bridge_of_that_name(tmp_path, name):
    kernel = _host(tmp_path, "mode0", proc=True)
    assert kernel.bond(name) is None
    assert kernel.bridge(name) is None


BRIDGED = {
    "/sys/class/net/bonding_masters": "bond0\n",
    "/sys/class/net/bond0/bonding/mode": "active-backup 1\n",
    "/sys/class/net/bond0/bonding/slaves": "eth0 eth1\n",
    "/sys/class/net/bond0/bonding/arp_ip_target": "192.168.0.1 192.168.0.2\n",
    "/sys/class/net/bond0/ifindex": "4\n",
    "/sys/class/net/bond0/master": "-> ../xenbr0",
    "/sys/class/net/bond0/brport/state": "3\n",
    "/sys/class/net/vif1.0/brport/state": "0\n",
    "/sys/class/net/xenbr0/address": "52:54:00:aa:00:01\n",
    "/sys/class/net/xenbr0/ifindex": "5\n",
    "/sys/class/net/xenbr0/bridge/stp_state": "0\n",
    "/sys/class/net/xenbr0/bridge/forward_delay": "1500\n",
    "/sys/class/net/xenbr0/brif/bond0": "-> ../../bond0/brport",
    "/sys/class/net/xenbr0/brif/vif1.0": "-> ../../vif1.0/brport",
}


@pytest.fixture
def bridged(tmp_path):
    slave = {"bonding_slave/perm_hwaddr": "52:54:00:AA:00:02", "carrier": "0"}
    slave |= {"bonding_slave/mii_status": "down", "bonding_slave/link_failure_count": "2"}
    write(tmp_path, BRIDGED)
    write(tmp_path, nic_files("eth0", 2, "52:54:00:aa:00:01"))
    write(tmp_path, nic_files("eth1", 3, "52:54:00:aa:00:01", **slave))
    write(tmp_path, {"/sys/class/net/eth1/master": "-> ../../../../../class/net/bond0"})
    return tmp_path


def test_a_bridge_is_told_with_its_ports(bridged):
    bridge = RecordedKernel(str(bridged)).bridge("xenbr0")
    assert bridge is not None
    assert (bridge.mac, bridge.stp, bridge.forward_delay) == ("52:54:00:aa:00:01", False, 15.0)
    assert bridge.ports == (BridgePort("bond0", "forwarding"), BridgePort("vif1.0", "disabled"))


def test_a_bond_knows_its_bridge_and_its_slaves(bridged):
    bond = RecordedKernel(str(bridged)).bond("bond0")
    assert bond is not None
    assert bond.master == "xenbr0"
    assert bond.options["arp_ip_target"] == "192.168.0.1 192.168.0.2"
    slave = bond.slave("eth1")
    assert slave is not None
    assert (slave.mii_status, slave.link_failure_count) == ("down", 2)
    assert slave.permanent_mac == "52:54:00:aa:00:02"


def test_a_nic_is_told_with_its_hardware(bridged):
    links = {link.name: link for link in RecordedKernel(str(bridged)).snapshot().links}
    assert list(links) == ["eth0", "eth1", "bond0", "xenbr0"]
    nic = links["eth0"]
    assert (nic.kind, nic.driver, nic.bus) == ("", "e1000", "pci 0000:00:02.0")
    assert (nic.speed, nic.duplex, nic.carrier, nic.admin_up) == (1000, "full", True, True)
    assert nic.permanent_mac_source == "current"
    slave = links["eth1"]
    assert (slave.carrier, slave.master) == (False, "bond0")
    assert slave.mac == "52:54:00:aa:00:01"
    assert (slave.permanent_mac, slave.permanent_mac_source) == ("52:54:00:aa:00:02", "bond")
    assert (links["bond0"].kind, links["xenbr0"].kind) == ("bond", "bridge")


@pytest.mark.parametrize("speed", ["-1", "65535", "4294967295", "0", "fast", ""])
def test_a_speed_the_driver_does_not_know_is_none(tmp_path, speed):
    write(tmp_path, nic_files("eth0", 2, "52:54:00:aa:00:01", speed=speed, duplex="unknown"))
    (nic,) = RecordedKernel(str(tmp_path)).snapshot().links
    assert (nic.speed, nic.duplex) == (None, None)


@pytest.mark.parametrize(
    ("files", "kind", "wireless", "physfn"),
    [
        ({"net/wlan0/phy80211/name": "phy0\n"}, "", True, None),
        ({"physfn": "-> ../0000:00:01.0"}, "", False, "0000:00:01.0"),
        ({"net/wlan0/tun_flags": "0x1002\n"}, "tun", False, None),
        ({"net/wlan0/uevent": "DEVTYPE=vlan\nINTERFACE=wlan0\n"}, "vlan", False, None),
        ({"net/wlan0/uevent": "DEVTYPE=wlan\n"}, "", False, None),
    ],
)
def test_what_is_no_plain_nic_is_marked(tmp_path, files, kind, wireless, physfn):
    device = "/sys/devices/pci0000:00/0000:00:02.0"
    write(tmp_path, nic_files("wlan0", 2, "52:54:00:aa:00:01"))
    write(tmp_path, {f"{device}/{name}": text for name, text in files.items()})
    (link,) = RecordedKernel(str(tmp_path)).snapshot().links
    assert (link.kind, link.wireless, link.physfn) == (kind, wireless, physfn)


@pytest.mark.parametrize(("name", "kind"), [("lo", "loopback"), ("dummy0", "virtual")])
def test_a_link_without_a_device_is_no_nic(tmp_path, name, kind):
    write(tmp_path, {f"/sys/devices/virtual/net/{name}/ifindex": "1\n"})
    write(tmp_path, {f"/sys/class/net/{name}": f"-> ../../devices/virtual/net/{name}"})
    (link,) = RecordedKernel(str(tmp_path)).snapshot().links
    assert link.kind == kind


def test_counters_leave_out_links_that_are_gone(bridged):
    kernel = RecordedKernel(str(bridged))
    assert kernel.counters(["eth0", "gone"]) == {"eth0": Counters(100, 200)}


def test_recorded_routes_and_addresses(tmp_path):
    write(
        tmp_path,
        {
            "/proc/net/route": "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
            "eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
            "eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
            "*\t0000000A\t00000000\t0201\t0\t0\t0\t000000FF\t0\t0\t0\n"
            "broken\n",
            "/proc/net/if_inet6": "fe800000000000005054fffffeaa0001 02 40 20 80     eth0\n"
            "fd000000000000000000000000000001 02 40 00 00     eth0\nbroken\n",
        },
    )
    write(tmp_path, nic_files("eth0", 2, "52:54:00:aa:00:01"))
    snapshot = RecordedKernel(str(tmp_path)).snapshot()
    assert snapshot.routes == (
        Route("default", "192.168.0.1", "eth0", metric=100),
        Route("192.168.0.0/24", None, "eth0", protocol="kernel", scope="link"),
    )
    assert snapshot.links[0].addresses == (
        Address("fe80::5054:ffff:feaa:1", 64, 6, "link"),
        Address("fd00::1", 64, 6, "global", dynamic=True),
    )


def test_a_tree_without_proc_and_sys_is_empty(tmp_path):
    snapshot = RecordedKernel(str(tmp_path)).snapshot()
    assert (snapshot.links, snapshot.routes, snapshot.bonds, snapshot.bridges) == ((), (), (), ())


@pytest.mark.parametrize(
    "ask",
    [
        lambda kernel: kernel.answers("eth0", "10.0.0.1"),
        lambda kernel: kernel.ping("10.0.0.1", "eth0", 1.0),
        lambda kernel: kernel.listen_for_switches(["eth0"]),
    ],
)
def test_nothing_is_sent_for_a_record(tmp_path, ask):
    with pytest.raises(XenbondError, match=r"eth0: .*--root"):
        ask(RecordedKernel(str(tmp_path)))


def test_a_record_is_never_changed(tmp_path):
    writing = set(dir(KernelWriter)) - set(dir(KernelReader))
    assert {"add_address", "set_link", "delete_link", "announcement", "teaching"} <= writing
    assert not writing & set(dir(RecordedKernel))
    with pytest.raises(XenbondError, match="--root"):
        compose.offline(str(tmp_path)).writer()


def test_nothing_happens_in_a_record(tmp_path):
    async def names():
        return [name async for name in RecordedKernel(str(tmp_path)).events()]

    assert asyncio.run(names()) == []


def test_reading_bonds_and_bridges_never_loads_the_netlink_library():
    script = (
        "import sys\n"
        "from xenbond_tui.host.kernel import LiveKernel\n"
        "kernel = LiveKernel()\n"
        "[kernel.bond(name) for name in (*kernel.bond_names(), 'bond0')]\n"
        "kernel.bridge('xenbr0'), kernel.counters(['lo'])\n"
        "from xenbond_tui.host.rtaddr import dump_addresses\n"
        "dump_addresses()\n"
        "sys.exit(bool({'pyroute2', 'asyncio', 'textual'} & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
