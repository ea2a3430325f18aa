"""A Red Hat host with two NICs as the tests of network-scripts have it."""

from collections.abc import Mapping
from typing import Any

from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    RHEL6,
    make_facts,
    nic,
)
from proposing import told_by

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks.ifcfg import Ifcfg

NS = "/etc/sysconfig/network-scripts"
ETH0 = (
    "DEVICE=eth0\nBOOTPROTO=none\nONBOOT=yes\nHWADDR=00:50:DA:7A:51:45\n"
    "IPADDR=192.168.0.222\nNETMASK=255.255.255.0\nGATEWAY=192.168.0.1\n"
)
ETH1 = "DEVICE=eth1\nONBOOT=no\nHWADDR=00:14:22:36:F1:FA\n"
FILES = {
    f"{NS}/ifcfg-eth0": ETH0,
    f"{NS}/ifcfg-eth1": ETH1,
    "/etc/sysconfig/network": "NETWORKING=yes\n",
}
ONE_CABLE = (
    nic("eth0", ETH0_MAC, addresses=(ADDRESS,)),
    nic("eth1", ETH1_MAC, carrier=False),
)
"""eth1 can't carry anything meanwhile, so ifdown and ifup must do it all."""
TOOLS = ("/sbin/ifup", "/usr/sbin/brctl", "/etc/rc.d/init.d/network", "/etc/rc.d/rc3.d/S10network")
ANSWERS = Answers(
    "ifcfg",
    BondAnswers(slaves=("eth0", "eth1")),
    BridgeAnswers(addresses=(ADDRESS,), gateway="192.168.0.1", mac=ETH0_MAC),
    "none",
)


def host(files: Mapping[str, str | bytes | FileState] | None = None, **more: Any) -> HostFacts:
    values: dict[str, object] = {"system": RHEL6, "present": TOOLS, "files": FILES | (files or {})}
    return make_facts(**{**values, **more})


def codes(facts: HostFacts, answers: Answers = ANSWERS) -> dict[str, str]:
    """Code → severity and where, of everything but how long the change takes."""
    found = told_by(Ifcfg(), facts, answers)
    return {item.code: f"{item.severity} {item.where}" for item in found if item.code != "gap"}
