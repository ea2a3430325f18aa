"""What reads or writes the network before a stack reads its files: initramfs, dracut, cloud-init.

ifupdown's hotplug by udev is the boot guard's (test_apply_boot_guard, test_apply_boot_files), a
profile of the initrd NetworkManager's own (test_networkmanager_checks), as one of dracut's is of
the network-scripts (test_ifcfg_checks).
"""

from collections.abc import Mapping

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, nic
from ifupdown2_cases import PRESENT as IFUPDOWN2
from ifupdown_cases import PRESENT as DEBIAN
from netplan_cases import PRESENT as NETPLAN_PRESENT
from networkmanager_cases import PRESENT as NM_PRESENT
from standing_cases import BOND, IFCFG, IFUPDOWN, NETWORKD, NM, tree_of

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BridgeAnswers, Removal, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import Proposal
from xenbond_tui.value import replace

OWN = "/etc/cloud/cloud.cfg.d/99-disable-network-config.cfg"
CLOUD = "/usr/bin/cloud-init"
BRIDGE = BridgeAnswers(name="br10", method="dhcp", mac=ETH0_MAC)
LINKS = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
HEAD = "# Created by cloud-init automatically, do not edit.\n#\n"
NETPLAN = "/etc/netplan/50-cloud-init.yaml"
ENI = "/etc/network/interfaces.d/50-cloud-init"
DHCP = "network:\n  ethernets:\n    eth0: {dhcp4: true}\n"
SOURCED = {
    IFUPDOWN: "source /etc/network/interfaces.d/*\n",
    ENI: "auto eth0\niface eth0 inet dhcp\n",
}
PROFILE = "[connection]\nid=cloud-init eth0\nuuid=e0\ntype=ethernet\ninterface-name=eth0\n"
NETWORK = "[Match]\nName=eth0\n\n[Network]\nDHCP=ipv4\n"
FILES: Mapping[str, Mapping[str, str]] = {
    "netplan": {NETPLAN: DHCP},
    "ifupdown": SOURCED,
    "ifupdown2": SOURCED,
    "ifcfg": {f"{IFCFG}eth0": f"{HEAD}DEVICE=eth0\nBOOTPROTO=dhcp\nONBOOT=yes\n"},
    "networkmanager": {f"{NM}cloud-init-eth0.nmconnection": f"{PROFILE}[ipv4]\nmethod=auto\n"},
    "networkd": {f"{NETWORKD}10-cloud-init-eth0.network": NETWORK},
}
PRESENT: Mapping[str, tuple[str, ...]] = {
    "ifupdown": DEBIAN,
    "ifupdown2": IFUPDOWN2,
    "netplan": NETPLAN_PRESENT,
    "networkmanager": NM_PRESENT,
}


def host(stack: str, files: Mapping[str, str], *present: str) -> HostFacts:
    facts = replace(tree_of(files), links=LINKS)
    there = (*PRESENT.get(stack, facts.present), *files, *present)
    return replace(facts, present=frozenset(there))


def proposed(stack: str, facts: HostFacts) -> Proposal:
    return planner.propose(facts, SetUp(Answers(stack=stack, bond=BOND, bridge=BRIDGE)))


def files_of(proposal: Proposal) -> dict[str, bytes | None]:
    assert proposal.plan is not None, proposal.findings
    return {change.path: change.after for change in proposal.plan.changed}


def codes(proposal: Proposal) -> dict[str, str]:
    return {item.code: item.where for item in proposal.findings}


@pytest.mark.parametrize("stack", FILES)
def test_cloud_init_is_told_to_leave_the_files_of_each_stack_alone(stack: str) -> None:
    written = next(path for path in reversed(FILES[stack]))
    proposal = proposed(stack, host(stack, FILES[stack], CLOUD))
    assert codes(proposal)["cloud-init-disabled"] == written
    assert files_of(proposal)[OWN] == b"network: {config: disabled}\n"
    without = proposed(stack, host(stack, FILES[stack]))
    assert OWN not in files_of(without)
    assert "cloud-init-disabled" not in codes(without)


def test_an_operators_file_is_not_taken_for_cloud_inits() -> None:
    files = {IFUPDOWN: "# eth0 is the LAN\nauto eth0\niface eth0 inet dhcp\n"}
    assert OWN not in files_of(proposed("ifupdown", host("ifupdown", files, CLOUD)))


@pytest.mark.parametrize(
    ("more", "present", "told"),
    [
        ({}, (CLOUD, "/etc/cloud/cloud-init.disabled"), False),
        ({OWN: "network: {config: disabled}\n"}, (CLOUD,), False),
        ({"/etc/cloud/cloud.cfg.d/s.cfg": "network:\n  config: disabled\n"}, (CLOUD,), False),
        ({"/etc/cloud/cloud.cfg.d/s.cfg": "a: [\n"}, (CLOUD,), True),
        ({"/etc/cloud/cloud.cfg": "users: []\n"}, (CLOUD,), True),
    ],
)
@pytest.mark.parametrize("stack", ["netplan", "ifupdown"])
def test_where_cloud_init_leaves_the_network_alone_nothing_is_written(
    stack: str, more: dict[str, str], present: tuple[str, ...], told: bool
) -> None:
    proposal = proposed(stack, host(stack, {**FILES[stack], **more}, *present))
    assert (OWN in files_of(proposal)) is told
    assert ("cloud-init-disabled" in codes(proposal)) is told


def test_of_a_copy_of_etc_alone_its_own_configuration_tells() -> None:
    files = {**SOURCED, "/etc/cloud/cloud.cfg": "users: []\n"}
    facts = replace(host("ifupdown", files), programs_known=False)
    assert OWN in files_of(proposed("ifupdown", facts))


@pytest.mark.parametrize("stack", ["netplan", "ifupdown"])
def test_a_later_file_of_cloud_inits_that_counts_more_is_refused(stack: str) -> None:
    later = "/etc/cloud/cloud.cfg.d/99-zz.cfg"
    files = {**FILES[stack], later: "network: {version: 1}\n"}
    proposal = proposed(stack, host(stack, files, CLOUD))
    assert [(it.code, it.where) for it in proposal.refusals] == [("cloud-init-overrides", later)]


def test_a_removal_tells_it_too() -> None:
    bonded = "auto bond0\niface bond0 inet dhcp\n\tbond-slaves eth0 eth1\n"
    facts = host("ifupdown", {IFUPDOWN: SOURCED[IFUPDOWN], ENI: bonded}, CLOUD)
    proposal = planner.propose(facts, Removal(Answers(stack="ifupdown"), "eth0"))
    assert codes(proposal)["cloud-init-disabled"] == ENI
    assert OWN in files_of(proposal)


@pytest.mark.parametrize(
    ("path", "line", "whom"),
    [
        ("/proc/cmdline", "root=/dev/sda1 ip=10.0.0.2::10.0.0.1:255.0.0.0:h:eth0:none", "eth0"),
        ("/proc/cmdline", "ip=10.0.0.2::10.0.0.1:255.0.0.0::eth1 quiet", "eth1"),
        ("/proc/cmdline", "ip=eth1:dhcp", "eth1"),
        ("/proc/cmdline", "ip=[2001:db8::2]::[2001:db8::1]:64::eth0:none", "eth0"),
        ("/proc/cmdline", "ip=dhcp", "a NIC"),
        ("/proc/cmdline", "ip=:::::", "a NIC"),
        ("/proc/cmdline", "ip=10.0.0.2", "a NIC"),
        ("/proc/cmdline", "bond=bond0:eth0,eth1:mode=active-backup", "bond0 and eth0 and eth1"),
        ("/proc/cmdline", "vlan=eth0.7:eth0", "eth0"),
        ("/etc/default/grub", 'GRUB_CMDLINE_LINUX="ip=::::h:eth0:dhcp quiet"', "eth0"),
        ("/etc/initramfs-tools/initramfs.conf", "IP=10.0.0.2::10.0.0.1:255.0.0.0::eth0", "eth0"),
        ("/etc/initramfs-tools/conf.d/ip", "IP=:::::eth0:dhcp", "eth0"),
        ("/boot/loader/entries/a.conf", "options root=x ip=eth0:dhcp", "eth0"),
        ("/etc/dracut.conf.d/n.conf", 'kernel_cmdline="ip=eth0:dhcp"', "eth0"),
    ],
)
def test_what_the_initramfs_configures_is_named(path: str, line: str, whom: str) -> None:
    facts = host("ifupdown", {**SOURCED, path: f"# ip=eth0:on\n{line}\n"})
    proposal = proposed("ifupdown", facts)
    told = [it for it in proposal.findings if it.code == "configured-before-root"]
    assert [it.where for it in told] == [f"{path}:2"]
    assert f"configure {whom} before any file" in told[0].text
    assert proposal.plan is not None


@pytest.mark.parametrize(
    "line",
    [
        "ip=none",
        "ip=off rd.neednet=0",
        "ip=10.0.0.2::10.0.0.1:255.0.0.0:eth0:eth9:none",
        "ip=eth9:dhcp bond=bond7:eth8,eth9",
        "ifname=eth0:00:00:5e:00:53:01 net.ifnames=0 zip=eth0",
    ],
)
def test_what_it_does_to_other_links_goes_unsaid(line: str) -> None:
    proposal = proposed("ifupdown", host("ifupdown", {**SOURCED, "/proc/cmdline": f"{line}\n"}))
    assert "configured-before-root" not in codes(proposal)


def test_a_word_that_stands_in_several_files_is_said_once_where_it_can_be_changed() -> None:
    files = {
        "/proc/cmdline": "ip=eth0:dhcp\n",
        "/etc/default/grub": 'GRUB_CMDLINE_LINUX="ip=eth0:dhcp"\n',
    }
    told = proposed("ifupdown", host("ifupdown", {**SOURCED, **files})).findings
    assert [it.where for it in told if it.code == "configured-before-root"] == [
        "/etc/default/grub:1"
    ]


def test_what_networkd_gets_of_the_kernels_command_line_comes_after_our_files() -> None:
    """systemd-network-generator makes 70-eth0.network of `ip=` at each boot."""
    made = "/run/systemd/network/70-eth0.network"
    facts = host("networkd", {made: NETWORK})
    changed = files_of(proposed("networkd", facts))
    ours = [path for path, after in changed.items() if after and b"Bond=bond0" in after]
    assert ours
    assert made not in changed
    assert all(path.rpartition("/")[2] < "70-eth0.network" for path in ours)
