"""Where a bond's options or its bridge may be said besides: silence of the files is no absence."""

from dataclasses import replace
from pathlib import Path

import pytest
from bond_states import GOOD
from facts_builder import make_facts
from fakes import FakeHost

from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.health.elsewhere import may_say_mtu
from xenbond_tui.health.verdict import judge
from xenbond_tui.health.written_cache import written
from xenbond_tui.machine import Machine
from xenbond_tui.options.table import OPTIONS

BOND = "auto bond0\niface bond0 inet manual\n\tbond-slaves eth0 eth1\n"
BRIDGE = "auto xenbr0\niface xenbr0 inet static\n\taddress 192.0.2.10/24\n"
NETPLAN = """\
network:
  version: 2
  renderer: {}
  ethernets: {{eth0: {{}}, eth1: {{}}}}
  bonds: {{bond0: {{interfaces: [eth0, eth1], parameters: {{mode: active-backup}}}}}}
"""
IFCFG = "/etc/sysconfig/network-scripts/ifcfg-"
RED_HAT = {
    f"{IFCFG}eth0": "DEVICE=eth0\nMASTER=bond0\nSLAVE=yes\n",
    f"{IFCFG}eth1": "DEVICE=eth1\nMASTER=bond0\nSLAVE=yes\n",
    f"{IFCFG}lo": "DEVICE=lo\n",
    "/etc/sysconfig/network-scripts/ifup-eth": "",
    "/etc/sysconfig/network": "NETWORKING=yes\n",
    "/etc/init.d/network": "#!/bin/bash\n",
    "/etc/redhat-release": "CentOS release 6.10 (Final)\n",
}


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    host = FakeHost(str(tmp_path))
    for path in ("/sbin/ifup", "/usr/sbin/netplan", "/sys/class/net/xenbr0/bridge/stp_state"):
        host.put(path, b"0")
    link = {"ifindex": b"9", "address": b"00:50:56:00:00:01", "flags": b"0x1003", "mtu": b"1500"}
    for name, text in (*link.items(), ("type", b"1"), ("addr_len", b"6"), ("operstate", b"up")):
        host.put(f"/sys/class/net/xenbr0/{name}", text + b"\n")
    return host


def as_tree(host: FakeHost) -> Machine:
    """The same, its links too read from below its root."""
    return replace(host.machine, access=Access(HostKind.TREE, host.root))


def said_by(host: FakeHost, files: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """What no file says of bond0 (option → what a boot takes), and the bridges none has it in."""
    for path, text in files.items():
        host.put(path, text.encode())
        if "rc.local" in path or ".d/" in path:
            (Path(host.root) / path.lstrip("/")).chmod(0o755)
    found = written(as_tree(host), "bond0")
    assert found is not None
    return {name: value for name, (value, _) in found.unsaid.items()}, list(found.unjoined)


def test_where_nothing_else_speaks_of_it_silence_is_absence(host: FakeHost) -> None:
    files = {
        "/etc/network/interfaces": f"{BOND}{BRIDGE}\tbridge_ports none\n",
        "/etc/rc.local": "echo 1 > /x\n",
        "/etc/sysfs.conf": "# class/net/bond0/bonding/miimon = 9\n  ; bond0\n",
        "/etc/udev/rules.d/9.rules": '   # ATTR{bonding/miimon}="100"\n',
    }
    unsaid, bridges = said_by(host, files)
    assert bridges == ["xenbr0"]
    assert unsaid == {it: OPTIONS[it].default for it in unsaid}
    assert {"mode", "miimon", "arp_interval", "primary", "updelay", "lacp_rate"} < set(unsaid)


@pytest.mark.parametrize(
    "files",
    [
        {"/etc/network/interfaces": f"{BOND}iface b inet manual\n\tbond-mode 1\n"
         .replace("bond0 inet manual", "bond0 inet manual inherits b")},
        {"/etc/network/interfaces": f"{BOND}\tpost-up /usr/local/sbin/tune-bond\n"},
        {"/etc/network/interfaces": BOND, "/proc/cmdline": "ro bonding.mode=1 bonding.miimon=9\n"},
        {"/etc/network/interfaces": BOND,
         "/etc/rc.local": "#!/bin/sh\necho 100 > /sys/class/net/bond0/bonding/miimon\n"},
        {"/etc/network/interfaces": BOND,
         "/etc/network/if-up.d/tune": '#!/bin/sh\n[ "$IFACE" = bond0 ] && tune $IFACE\n'},
        {"/etc/network/interfaces": BOND,
         "/etc/sysfs.conf": "class/net/bond0/bonding/miimon = 9\n"},
        {"/etc/network/interfaces": BOND,
         "/etc/udev/rules.d/9.rules": 'ATTR{bonding/miimon}="100"\n'},
        {"/etc/network/interfaces": BOND,
         "/etc/network/ifupdown2/policy.d/b.json": '{"bond": {"defaults": {"bond-mode": "1"}}}\n'},
        {**RED_HAT, f"{IFCFG}bond0": 'DEVICE=bond0\nBONDING_OPTS="$BONDING_OPTS miimon=100"\n'},
        {"/etc/network/interfaces": BOND, "/etc/modprobe.d/bonding": "options bonding mode=1\n"},
    ],
    ids=["inherits", "script of a stanza", "cmdline", "rc.local", "if-up.d", "sysfs.conf", "udev",
         "policy.d", "a shell's value", "modprobe.d without .conf"],
)  # fmt: skip
def test_what_speaks_of_the_bond_elsewhere_leaves_it_open(
    files: dict[str, str], host: FakeHost
) -> None:
    assert said_by(host, files)[0] == {}


@pytest.mark.parametrize(
    "text",
    [
        f"{BOND}\tpost-up ip link set $IFACE master xenbr0\n{BRIDGE}\tbridge_ports none\n",
        f"{BOND}{BRIDGE}\tbridge_ports none\n\tup ip link set bond0 master $IFACE\n",
        f"{BOND}{BRIDGE}\tbridge_ports none\n\tup brctl addif $IFACE bond0\n",
        f"{BOND}{BRIDGE}\tup /etc/xen/scripts/network-bridge start\n",
        f"{BOND}{BRIDGE}\tovs_type OVSBridge\n\tovs_ports bond0\n",
    ],
)
def test_a_line_that_may_join_the_bridge_is_no_silence(text: str, host: FakeHost) -> None:
    assert said_by(host, {"/etc/network/interfaces": text})[1] == []


@pytest.mark.parametrize(
    "text",
    [
        f"auto bond0 xenbr0\n{BOND}{BRIDGE}\tbridge_ports none\n".replace("auto bond0\n", ""),
        f'{BOND}\tup logger "bond0 below xenbr0 is up"\n{BRIDGE}\tbridge_ports none\n',
    ],
)
def test_a_line_with_both_names_joins_nothing(text: str, host: FakeHost) -> None:
    assert said_by(host, {"/etc/network/interfaces": text})[1] == ["xenbr0"]


def test_monitoring_by_arp_that_no_line_says_ends_with_a_boot(host: FakeHost) -> None:
    said_by(host, {"/etc/network/interfaces": f"{BOND}\tbond-mode 1\n"})
    state = replace(GOOD, bond=replace(GOOD.bond, miimon=0, arp_interval=1000))
    state = replace(state, written=written(as_tree(host), "bond0"))
    assert "arp_interval 1000, but no file says so" in " ".join(
        it.text for it in judge(state).reasons
    )


@pytest.mark.parametrize(("renderer", "miimon"), [("networkd", "0"), ("NetworkManager", "100")])
def test_netplan_takes_its_renderers_default(renderer: str, miimon: str, host: FakeHost) -> None:
    found, _ = said_by(host, {"/etc/netplan/1.yaml": NETPLAN.format(renderer)})
    assert found.get("miimon", "100") == miimon


def test_a_vrf_is_no_bridge(host: FakeHost) -> None:
    vrf = "network: {version: 2, vrfs: {vrf0: {table: 9, interfaces: [bond0]}}}\n"
    files = {"/etc/netplan/1.yaml": NETPLAN.format("networkd"), "/etc/netplan/2.yaml": vrf}
    assert said_by(host, files)[1] == []


def test_what_is_kept_does_not_depend_on_the_bridge_it_runs_in(host: FakeHost) -> None:
    """A boot asks before the bridge is there; a kept answer must tell it of the bridge then."""
    text = f"{BOND}\tbond-mode 1\n\tbond-miimon 100\n{BRIDGE}\tbridge_ports none\n"
    assert said_by(host, {"/etc/network/interfaces": text})[1] == ["xenbr0"]
    found = written(as_tree(host), "bond0")
    for master, told in ((None, []), ("xenbr1", []), ("xenbr0", ["not-in-bridge"])):
        state = replace(GOOD, bond=replace(GOOD.bond, master=master), written=found)
        codes = [it.code for it in judge(state).reasons if "no file" in it.text]
        assert codes == told


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("\tmtu 9000\n", True),
        ("iface bond0 inet manual\n    MTU=9000\n", True),
        ("# mtu 9000\n", False),
        ("    # mtu 9000\n", False),
        ("\taddress 192.0.2.1\n", False),
    ],
)
def test_a_comment_says_no_mtu_wherever_it_begins(text: str, may: bool) -> None:
    path = "/etc/network/interfaces"
    facts = make_facts(files={path: text})
    assert may_say_mtu(facts, (), ("bond0",)) is may
