"""A DHCP client that is a service by itself, beside the network's own program."""

from pathlib import Path

import pytest
from ifupdown_cases import ANSWERS, ETH0, LO, STACK, host
from proposing import reviewed
from recorded_sys import write
from test_ifupdown_remove import BONDED
from test_two_owners_of_a_bond_that_runs import RUNNING

from xenbond_tui import compose
from xenbond_tui.health.look import look
from xenbond_tui.rules.findings import Finding, Severity

WANTS = "/etc/systemd/system/multi-user.target.wants"
DHCPCD, CONF = f"{WANTS}/dhcpcd.service", "/etc/dhcpcd.conf"
CONNMAN, MAIN_CONF = f"{WANTS}/connman.service", "/etc/connman/main.conf"
ALL = ["eth0", "eth1", "bond0", "xenbr0"]


def told(files: dict[str, str]) -> list[Finding]:
    facts = host(LO + ETH0, files)
    return [it for it in reviewed(STACK, facts, ANSWERS) if it.code == "other-dhcp-client"]


def links(found: list[Finding]) -> list[str]:
    return [
        word
        for it in found
        for word in it.text.partition(" on ")[2].partition(", whatever")[0].split(", ")
    ]


@pytest.mark.parametrize(
    ("files", "where", "asked"),
    [
        ({DHCPCD: ""}, DHCPCD, ALL),
        ({DHCPCD: "", CONF: "hostname\n"}, CONF, ALL),
        ({f"{WANTS}/dhcpcd5.service": ""}, f"{WANTS}/dhcpcd5.service", ALL),
        ({"/etc/rc2.d/S05dhcpcd": ""}, "/etc/rc2.d/S05dhcpcd", ALL),
        (
            {DHCPCD: "", CONF: "# denyinterfaces eth*\n\tdenyinterfaces eth*, xenbr0\n"},
            f"{CONF}:2",
            ["bond0"],
        ),
        ({DHCPCD: "", CONF: "allowinterfaces eth?\ndenyinterfaces eth1\n"}, f"{CONF}:2", ["eth0"]),
        (
            {DHCPCD: "", CONF: "interface eth0\nnodhcp\ninterface bond0\nstatic routers=\n"},
            CONF,
            ALL[1:],
        ),
        ({CONNMAN: ""}, CONNMAN, ["eth0", "eth1"]),
        (
            {CONNMAN: "", MAIN_CONF: "[General]\nNetworkInterfaceBlacklist = vmnet, eth1\n"},
            f"{MAIN_CONF}:2",
            ["eth0"],
        ),
        ({f"{WANTS}/dhcpcd@eth1.service": ""}, f"{WANTS}/dhcpcd@eth1.service", ["eth1"]),
        ({f"{WANTS}/dhclient@xenbr0.service": ""}, f"{WANTS}/dhclient@xenbr0.service", ["xenbr0"]),
    ],
)
def test_a_client_that_a_boot_starts_is_named_with_the_links_it_takes(
    files: dict[str, str], where: str, asked: list[str]
) -> None:
    found = told(files)
    assert [(it.where, it.severity) for it in found] == [(where, Severity.WARN)]
    assert links(found) == asked


@pytest.mark.parametrize(
    "files",
    [
        {CONF: "hostname\n", MAIN_CONF: "[General]\n"},
        {DHCPCD: "", CONF: "denyinterfaces eth* bond* xenbr*\n"},
        {DHCPCD: "", CONF: "allowinterfaces wlan0\n"},
        {CONNMAN: "", MAIN_CONF: "[General]\nNetworkInterfaceBlacklist=eth\n"},
        {f"{WANTS}/dhcpcd@wlan0.service": ""},
        {f"{WANTS}/getty@eth1.service": ""},
    ],
)
def test_one_that_is_not_started_or_kept_off_is_none(files: dict[str, str]) -> None:
    assert told(files) == []


@pytest.mark.parametrize(("unit", "conf"), [(DHCPCD, CONF), (CONNMAN, MAIN_CONF)])
def test_the_way_out_that_is_named_is_one(unit: str, conf: str) -> None:
    (found,) = told({unit: ""})
    line = found.remedy.partition("`")[2].partition("`")[0]
    assert told({unit: "", conf: f"[General]\n{line}\n"}) == []


@pytest.mark.parametrize("kept_off", [True, False])
def test_health_tells_of_it_too(kept_off: bool, tmp_path: Path) -> None:
    conf = "denyinterfaces eth* bond* xenbr*\n" if kept_off else "hostname\n"
    files = {"/etc/network/interfaces": BONDED, DHCPCD: "", CONF: conf}
    write(tmp_path, {**RUNNING, **files})
    ((_, verdict),) = look(compose.offline(str(tmp_path)), "bond0").judged
    found = [it.evidence for it in verdict.reasons if it.code == "other-dhcp-client"]
    assert found == ([] if kept_off else [CONF])
