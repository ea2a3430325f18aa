"""netplan itself reads what we write: each golden tree, and what it makes of it."""

import configparser
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.lab.judge import Verdict, judge

sys.path.insert(0, str(Path(__file__).parent.parent / "unit"))

from netplan_cases import CASES, tree

FLAVOUR = "modern"
NETWORKD = "/run/systemd/network/10-netplan-"
NM = "/run/NetworkManager/system-connections/netplan-"
WAIT_ONLINE = "/run/systemd/system/systemd-networkd-wait-online.service.d/10-netplan.conf"
"""Written by netplan 1.1 and later: it names every link that a boot waits for."""


def generated(case: str, side: str) -> Verdict:
    files = {path: data.decode() for path, data in tree(case, side).items() if "netplan" in path}
    verdict = judge(FLAVOUR, files, "/usr/libexec/netplan/generate", "--root-dir", "/mnt")
    verdict.done.ok()
    return verdict


def said(text: str) -> dict[str, dict[str, str]]:
    """Sections of an ini file; of a key that is there twice, the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


def waits_for(written: Mapping[str, str], path: str) -> bool:
    """Whether a boot waits for the link of that .network file.

    netplan up to 1.0 says so in the file itself, and later ones for all links in one place.
    """
    if WAIT_ONLINE in written:
        name = said(written[path])["Match"].get("Name", path[len(NETWORKD) : -len(".network")])
        return re.search(rf" -i {name}[:\s]", written[WAIT_ONLINE]) is not None
    return "\nRequiredForOnline=no\n" not in written[path]


@pytest.mark.parametrize("case", CASES)
def test_netplan_takes_it_and_says_no_more_of_it_than_before(case: str) -> None:
    def complaints(verdict: Verdict) -> set[str]:
        lines = verdict.done.err.splitlines()
        return {line.partition("WARNING **: ")[2][14:] for line in lines if "WARNING" in line}

    assert complaints(generated(case, "after")) <= complaints(generated(case, "before"))


@pytest.mark.parametrize("case", [name for name in CASES if name != "network-manager-flow"])
def test_networkd_is_told_what_was_asked(case: str) -> None:
    asked, written = CASES[case], generated(case, "after").written
    netdev = said(written[f"{NETWORKD}bond0.netdev"])
    assert netdev["NetDev"]["Kind"] == "bond"
    assert netdev["Bond"]["Mode"] == asked.bond.mode
    assert netdev["Bond"]["MIIMonitorSec"] == f"{asked.bond.miimon}ms"
    assert said(written[f"{NETWORKD}bond0.network"])["Network"]["Bridge"] == "xenbr0"
    bridge = said(written[f"{NETWORKD}xenbr0.netdev"])["NetDev"]
    assert (bridge["Kind"], bridge["MACAddress"].lower()) == ("bridge", asked.bridge.mac)
    network = written[f"{NETWORKD}xenbr0.network"]
    for address in asked.bridge.addresses:
        assert f"\nAddress={address}\n" in network
    if asked.bridge.gateway is not None:
        assert f"\nGateway={asked.bridge.gateway}\n" in network
    for server in asked.bridge.dns:
        assert f"\nDNS={server}\n" in network
    assert ("\nDHCP=ipv4\n" in network) is (asked.bridge.method == "dhcp")
    slaves = [path for path, text in written.items() if "\nBond=bond0\n" in text]
    assert len(slaves) == len(asked.bond.slaves)
    for path in slaves:
        assert "\nAddress=" not in written[path]
        assert "\nDHCP=" not in written[path]
        assert not waits_for(written, path)
    assert not waits_for(written, f"{NETWORKD}bond0.network")


def test_a_boot_waits_for_the_bridge() -> None:
    written = generated("installer", "after").written
    assert waits_for(written, f"{NETWORKD}xenbr0.network")


def test_network_manager_is_told_what_was_asked() -> None:
    written = generated("network-manager-flow", "after").written
    bond = said(written[f"{NM}bond0.nmconnection"])
    assert (bond["bond"]["mode"], bond["bond"]["miimon"]) == ("active-backup", "100")
    assert bond["connection"]["master"] == "xenbr0"
    for slave in ("eth0", "eth1"):
        connection = said(written[f"{NM}{slave}.nmconnection"])["connection"]
        assert (connection["master"], connection["slave-type"]) == ("bond0", "bond")
    bridge = said(written[f"{NM}xenbr0.nmconnection"])
    assert bridge["bridge"]["stp"] == "false"
    assert bridge["ipv4"]["address1"] == "192.168.0.222/24"
    assert bridge["ipv4"]["gateway"] == "192.168.0.1"
