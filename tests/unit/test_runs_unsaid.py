"""What runs otherwise than the kernel has it, and that nothing says, is gone at the next boot."""

from dataclasses import replace
from pathlib import Path

import pytest
from bond_states import GOOD
from fakes import FakeHost
from test_elsewhere import BOND, BRIDGE, IFCFG, NETPLAN, RED_HAT, as_tree, host as host

from xenbond_tui.facts.bridge import BridgePort, BridgeState
from xenbond_tui.health.model import Level, Reason
from xenbond_tui.health.verdict import judge
from xenbond_tui.health.written_cache import written
from xenbond_tui.options.kind import PerSlave
from xenbond_tui.options.modes import MODES
from xenbond_tui.options.table import OPTIONS

MAIN = "/etc/network/interfaces"
PLAIN = f"{BOND}\tbond-mode {{}}\n\tbond-miimon 100\n{BRIDGE}\tbridge_ports bond0\n"
MONITORED = NETPLAN.replace("active-backup}}", "active-backup, mii-monitor-interval: 100}}")
RUNS = {
    "use_carrier": "0",
    "updelay": "200",
    "downdelay": "400",
    "peer_notif_delay": "100",
    "arp_ip_target": "192.0.2.1",
    "ns_ip6_target": "2001:db8::1",
    "arp_interval": "1000",
    "arp_validate": "active 1",
    "arp_all_targets": "all 1",
    "arp_missed_max": "5",
    "primary": "eth0",
    "primary_reselect": "failure 2",
    "fail_over_mac": "follow 2",
    "xmit_hash_policy": "layer3+4 1",
    "num_grat_arp": "5",
    "resend_igmp": "3",
    "all_slaves_active": "1",
    "packets_per_slave": "4",
    "lp_interval": "9",
    "lacp_rate": "fast 1",
    "lacp_active": "off 0",
    "lacp_strict": "on 1",
    "coupled_control": "off 0",
    "ad_select": "count 2",
    "ad_actor_sys_prio": "1000",
    "ad_actor_system": "02:00:00:00:00:09",
    "ad_user_port_key": "7",
    "min_links": "1",
    "broadcast_neighbor": "on 1",
}
"""Option → what sysfs prints where somebody has set it."""


def told(host: FakeHost, mode: str, **options: str) -> list[Reason]:
    """What of the options and the MTU of that bond is told to be gone after a boot."""
    state = replace(
        GOOD,
        bond=replace(
            GOOD.bond, mode=mode, options={"mode": f"{mode} {MODES[mode].code}", **options}
        ),
        written=written(as_tree(host), "bond0"),
    )
    found = (it for it in judge(state).reasons if it.code == "option-differs")
    return [it for it in found if "no file says so" in it.text]


def put(host: FakeHost, *files: tuple[str, str]) -> None:
    for path, text in files:
        host.put(path, text.encode())
        (Path(host.root) / path.lstrip("/")).chmod(0o755)


def test_every_option_of_the_bond_has_a_case() -> None:
    """tlb_dynamic_lb the kernel sets by itself; the other names are of the same number."""
    of_the_bond = (it for it in OPTIONS.values() if not isinstance(it.kind, PerSlave))
    names = {it.name for it in of_the_bond if not it.same_as}
    assert names == {*RUNS, "mode", "miimon", "tlb_dynamic_lb"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("option", RUNS)
def test_an_option_that_runs_and_that_no_file_says_is_told(
    mode: str, option: str, host: FakeHost
) -> None:
    put(host, (MAIN, PLAIN.format(mode)))
    counts = not OPTIONS[option].modes or mode in OPTIONS[option].modes
    counts = counts or option in ("arp_interval", "primary")
    found = told(host, mode, **{option: RUNS[option]})
    assert [it.level for it in found] == ([Level.MISCONFIGURED] if counts else [])
    assert all(f"bond0 runs with {option} " in it.text for it in found)
    assert all(it.text.endswith(" after a boot.") and MAIN in it.evidence for it in found)


@pytest.mark.parametrize("mode", MODES)
def test_the_kernels_own_values_are_no_reason(mode: str, host: FakeHost) -> None:
    put(host, (MAIN, PLAIN.format(mode)))
    rows = (it for it in OPTIONS.values() if it.name not in ("mode", "miimon"))
    assert told(host, mode, **{it.name: it.default for it in rows}) == []


@pytest.mark.parametrize(
    ("option", "value"), [("fail_over_mac", "active 1"), ("tlb_dynamic_lb", "0")]
)
@pytest.mark.parametrize("mode", ["active-backup", "balance-tlb"])
def test_what_the_kernel_may_have_set_by_itself_is_no_reason(
    mode: str, option: str, value: str, host: FakeHost
) -> None:
    put(host, (MAIN, PLAIN.format(mode)))
    assert told(host, mode, **{option: value}) == []


SAID = [
    (MAIN, PLAIN.format("1").replace("\tbond-miimon", "\tbond-updelay 200\n\tbond-miimon")),
    (MAIN, PLAIN.format("1").replace("\tbond-miimon", "\tup /usr/local/sbin/tune\n\tbond-miimon")),
    ("/etc/modprobe.d/b.conf", "options bonding updelay=200\n"),
    ("/etc/rc.local", "#!/bin/sh\necho 200 > /sys/class/net/bond0/bonding/updelay\n"),
    ("/etc/sysfs.conf", "class/net/bond0/bonding/updelay = 200\n"),
    ("/etc/udev/rules.d/9.rules", 'ATTR{bonding/updelay}="200"\n'),
    ("/proc/cmdline", "ro bonding.updelay=200\n"),
    ("/etc/systemd/system/tune.service", "[Service]\nExecStart=tune bond0\n"),
]


@pytest.mark.parametrize(("path", "text"), SAID, ids=[path for path, _ in SAID])
def test_what_something_says_or_may_say_is_no_silence(path: str, text: str, host: FakeHost) -> None:
    put(host, (MAIN, PLAIN.format("1")), ("/proc/cmdline", "ro quiet\n"))
    assert len(told(host, "active-backup", updelay="200")) == 1
    put(host, (path, text))
    assert told(host, "active-backup", updelay="200") == []


@pytest.mark.parametrize(
    ("line", "option"), [("num_unsol_na", "num_grat_arp"), ("num_grat_arp", "num_unsol_na")]
)
def test_one_number_of_two_names_is_said_by_either(line: str, option: str, host: FakeHost) -> None:
    plain = PLAIN.format("1").replace("\tbond-miimon", f"\tbond-{line} 5\n\tbond-miimon")
    put(host, (MAIN, plain))
    assert told(host, "active-backup", **{option: "5", line: "5"}) == []


@pytest.mark.parametrize(
    "files",
    [
        {"/etc/netplan/1.yaml": MONITORED.format("networkd")},
        {"/etc/netplan/1.yaml": MONITORED.format("NetworkManager")},
        {**RED_HAT, f"{IFCFG}bond0": 'DEVICE=bond0\nBONDING_OPTS="mode=1 miimon=100"\n'},
    ],
    ids=["networkd", "NetworkManager", "ifcfg"],
)
def test_it_is_told_on_each_stack(files: dict[str, str], host: FakeHost) -> None:
    put(host, *files.items())
    assert told(host, "active-backup", resend_igmp="1", num_grat_arp="1", lp_interval="1") == []
    (found,) = told(host, "active-backup", primary_reselect="failure 2")
    assert "primary_reselect failure, but no file says so: always after a boot" in found.text


def sized(host: FakeHost, bond: int, bridge: int, *ports: str, **sizes: int) -> list[str]:
    """What is told of the MTU of bond0 and xenbr0."""
    over = BridgeState(
        "xenbr0", "", stp=False, forward_delay=0, ports=tuple(map(BridgePort, ("bond0", *ports)))
    )
    state = replace(
        GOOD,
        bond=replace(GOOD.bond, master="xenbr0"),
        bridge=over,
        mtu={"bond0": bond, "xenbr0": bridge, "eth0": bond, "eth1": bond, **sizes},
        written=written(as_tree(host), "bond0"),
    )
    found = (it for it in judge(state).reasons if it.code == "option-differs")
    return [it.text for it in found if "MTU" in it.text]


def test_an_mtu_that_no_file_says_is_told(host: FakeHost) -> None:
    put(host, (MAIN, PLAIN.format("1")))
    assert sized(host, 1500, 1500) == []
    # The bridge has the least of its ports by itself.
    gone = "runs with an MTU of 9000, but no file says so: 1500 after a boot."
    assert sized(host, 9000, 9000) == [f"bond0 {gone}"]
    assert sized(host, 1500, 1400)[0].startswith("xenbr0 runs with an MTU of 1400")
    assert sized(host, 1500, 1400, "vif1.0") == [], "a guest's port is not asked"
    assert sized(host, 1500, 1400, "vif1.0", **{"vif1.0": 1400}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (MAIN, PLAIN.format("1").replace("\tbond-miimon", "\tmtu 9000\n\tbond-miimon")),
        (MAIN, PLAIN.format("1") + "\tup ip link set dev bond0 mtu 9000\n"),
        ("/etc/rc.local", "#!/bin/sh\nfor i in bond0; do ip link set $i mtu 9000; done\n"),
        ("/etc/network/if-up.d/jumbo", '#!/bin/sh\nip link set "$IFACE" mtu 9000\n'),
        ("/etc/sysfs.conf", "class/net/bond0/mtu = 9000\n"),
        ("/etc/udev/rules.d/9.rules", 'ACTION=="add", ATTR{mtu}="9000"\n'),
        ("/etc/systemd/network/9.link", "[Match]\nOriginalName=*\n[Link]\nMTUBytes=9000\n"),
    ],
)
def test_an_mtu_that_something_may_say_is_no_silence(path: str, text: str, host: FakeHost) -> None:
    put(host, (MAIN, PLAIN.format("1")))
    assert len(sized(host, 9000, 9000)) == 1
    put(host, (path, text))
    assert sized(host, 9000, 9000) == []


def test_the_mtu_of_a_leased_link_is_its_servers(host: FakeHost) -> None:
    put(
        host, (MAIN, PLAIN.format("1").replace("inet static\n\taddress 192.0.2.10/24", "inet dhcp"))
    )
    assert sized(host, 1500, 1400) == []
    assert len(sized(host, 9000, 9000)) == 1, "the bond's is not"


def test_the_mtu_of_another_link_is_not_the_bonds(host: FakeHost) -> None:
    other = "auto eth9\niface eth9 inet manual\n\tmtu 9000\n"
    put(host, (MAIN, f"{other}{PLAIN.format('1')}"))
    assert len(sized(host, 9000, 9000)) == 1
