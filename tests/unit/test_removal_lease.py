"""A removal where the bridge's address is leased: the NIC goes on with the lease, in every stack.

That nothing is lost, and that the server sees one client only, is proven in tests/lab.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import (
    ETH0_MAC,
    ETH1_MAC,
    RHEL6,
    RHEL7,
    address,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    virtual,
)
from ifupdown_cases import PRESENT
from proposing import propose_removal
from steps_in_words import in_words
from test_ifcfg import TOOLS
from test_ifcfg_remove import FILES as IFCFG
from test_ifupdown2 import PRESENT as PRESENT2
from test_ifupdown_remove import BONDED

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import Run, WaitForAddress
from xenbond_tui.plan.plan import Plan
from xenbond_tui.proposal import Proposal
from xenbond_tui.stacks.ifupdown.places import MAIN

LEASED = address("192.168.0.222/24", dynamic=True)
NS = "/etc/sysconfig/network-scripts"
STATE = "/var/lib/dhclient"
DEBIAN = {"/run/dhclient.xenbr0.pid": "810\n", "/var/lib/dhcp/dhclient.xenbr0.leases": "lease {\n"}
RED_HAT = {
    "/var/run/dhclient-xenbr0.pid": "810\n",
    f"{STATE}/dhclient-xenbr0.leases": "lease {\n",
}
INTERFACES = BONDED.replace("inet static", "inet dhcp").replace(
    "    address 192.168.0.222/24\n    gateway 192.168.0.1\n", ""
)
IFCFG_DHCP = {
    **IFCFG,
    "/etc/sysconfig/network": "NETWORKING=yes\n",
    f"{NS}/ifcfg-xenbr0": "DEVICE=xenbr0\nTYPE=Bridge\nBOOTPROTO=dhcp\nSTP=off\nDELAY=0\n",
}
NETWORK = "/etc/systemd/network"
LEASE = (Path(__file__).parent.parent / "fixtures/captures/networkd/lease").read_text()
PINNED = "# As eth0: so the DHCP server takes the bridge for the same client\nIAID=1742142218\n"
NETWORKD = {
    f"{NETWORK}/bond0.netdev": "[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\nMode=active-backup\n",
    f"{NETWORK}/xenbr0.netdev": "[NetDev]\nName=xenbr0\nKind=bridge\n",
    f"{NETWORK}/eth0.network": "[Match]\nName=eth0\n\n[Network]\nBond=bond0\n",
    f"{NETWORK}/eth1.network": "[Match]\nName=eth1\n\n[Network]\nBond=bond0\n",
    f"{NETWORK}/bond0.network": "[Match]\nName=bond0\n\n[Network]\nBridge=xenbr0\n",
    f"{NETWORK}/xenbr0.network": (
        f"[Match]\nName=xenbr0\n\n[Network]\nDHCP=ipv4\n\n[DHCPv4]\n{PINNED}"
    ),
    "/run/systemd/netif/leases/9": LEASE.replace("192.168.0.215", LEASED.ip),
}
NETWORKD_PRESENT = (
    "/etc/systemd/system/multi-user.target.wants/systemd-networkd.service",
    "/usr/lib/systemd/systemd-networkd-wait-online",
)


def host(files: Mapping[str, str], present: tuple[str, ...], **fields: object) -> HostFacts:
    """eth0 and eth1 in bond0 under xenbr0, which has leased its address."""
    over = virtual("xenbr0", "bridge", ETH0_MAC, addresses=(LEASED,))
    values: dict[str, object] = {
        "files": files,
        "present": present,
        "links": (
            nic("eth0", ETH0_MAC, master="bond0", index=2),
            nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC, index=3),
            virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
            replace(over, index=9),
        ),
        "bonds": (bond(),),
        "bridges": (bridge(),),
        "routes": (default_route("xenbr0"),),
    }
    return make_facts(**{**values, **fields})


IFUPDOWN = host({MAIN: INTERFACES, **DEBIAN}, PRESENT)
IFUPDOWN2 = host({MAIN: INTERFACES, **DEBIAN}, PRESENT2)
SCRIPTS = host({**IFCFG_DHCP, **RED_HAT}, TOOLS, system=RHEL7)
DAEMON = host(NETWORKD, NETWORKD_PRESENT)


def planned(facts: HostFacts) -> Plan:
    plan = propose_removal(facts, "eth0").plan
    assert plan is not None
    return plan


def told(proposal: Proposal) -> dict[str, str]:
    return {item.code: item.text for item in proposal.findings}


@pytest.mark.parametrize("facts", [IFUPDOWN, IFUPDOWN2, SCRIPTS, DAEMON])
def test_the_lease_goes_along_and_no_gap_is_told(facts: HostFacts) -> None:
    proposal = propose_removal(facts, "eth0")
    assert proposal.plan is not None
    assert proposal.plan.outage is not None
    assert not proposal.plan.outage.expected
    said = told(proposal)
    assert "gap" not in said
    assert "goes from xenbr0 to eth0, which is the same client" in said["lease-moves"]


@pytest.mark.parametrize("facts", [IFUPDOWN, IFUPDOWN2, SCRIPTS, DAEMON])
def test_without_the_same_lease_the_removal_does_not_go_on(facts: HostFacts) -> None:
    """On the way back it must go on, whatever the server says."""
    plan = planned(facts)
    waits = [step for step in plan.forward if isinstance(step.action, WaitForAddress)]
    assert [(step.action.link, step.best_effort) for step in waits] == [("eth0", False)]  # type: ignore[union-attr]
    back = [step for step in plan.rollback if isinstance(step.action, WaitForAddress)]
    assert [(step.action.link, step.best_effort) for step in back] == [("xenbr0", True)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "facts",
    [
        host({MAIN: INTERFACES}, PRESENT),
        host({MAIN: INTERFACES}, PRESENT2),
        host(IFCFG_DHCP, TOOLS, system=RHEL7),
        host({**IFCFG_DHCP, **RED_HAT}, TOOLS, system=RHEL6),
        host({x: y for x, y in NETWORKD.items() if "leases" not in x}, NETWORKD_PRESENT),
        # The NIC's own number is known from nowhere.
        host(
            {path: text.replace(PINNED, "UseDNS=no\n") for path, text in NETWORKD.items()},
            NETWORKD_PRESENT,
        ),
    ],
)
def test_where_the_lease_can_not_go_along_the_gap_is_told(facts: HostFacts) -> None:
    proposal = propose_removal(facts, "eth0")
    assert proposal.plan is not None
    said = told(proposal)
    assert "gap" in said
    assert "asks for its own" in said["lease-moves"]


def test_ifupdown_s_client_of_the_nic_starts_with_what_the_bridge_s_has() -> None:
    plan = planned(IFUPDOWN)
    up = in_words(plan.forward)
    files = "/var/lib/dhcp/dhclient.xenbr0.leases /var/lib/dhcp/dhclient.eth0.leases"
    assert up.index("eth0 + those of xenbr0") < up.index("flush xenbr0") < up.index("WriteFiles")
    assert up.index("WriteFiles") < up.index(f"cp --preserve --update {files}")
    assert up.index(f"cp --preserve --update {files}") < up.index("ifup eth0")
    must = [step.action for step in plan.forward if not step.best_effort]
    assert Run(("/sbin/ifup", "--force", "eth0"), 100.0) in must


def test_ifupdown2_has_no_client_of_the_bridge_to_stop_when_it_takes_charge() -> None:
    up = in_words(planned(IFUPDOWN2).forward)
    end = "start-stop-daemon --stop --oknodo --signal KILL --name dhclient --pidfile"
    assert up[0] == "WriteFiles"
    assert up.index(f"{end} /run/dhclient.xenbr0.pid") < up.index("ifreload -a")
    assert up.index("ifreload -a") < up.index("wait eth0 192.168.0.222")


def test_ifcfg_s_nic_has_the_lease_before_the_bridge_loses_it() -> None:
    plan = planned(SCRIPTS)
    up, down = in_words(plan.forward), in_words(plan.rollback)
    assert up[0] == "WriteFiles"
    assert up.index("wait eth0 carrier") < up.index("ifup eth0") < up.index("flush xenbr0")
    assert down.index("RestoreFiles") < down.index("ifup xenbr0") < down.index("flush eth0")


def test_networkd_keeps_the_address_of_the_nic_until_it_has_leased_it() -> None:
    up = in_words(planned(DAEMON).forward)
    keep = "/run/systemd/network/eth0.network.d/50-xenbond-lease.conf"
    assert up.index("eth0 + 192.168.0.222/24") < up.index(keep) < up.index("networkctl reload")
    assert up.index("networkctl reload") < up.index("wait eth0 192.168.0.222")
