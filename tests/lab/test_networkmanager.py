"""NetworkManager takes our profiles without a word: loaded, active, nothing in its log."""

from collections.abc import Iterator

import pytest

from tests.lab.evidence import ANSWERS, keep, note
from tests.lab.guest import Guest

JOURNEY = True

DIRECTORY = "/etc/NetworkManager/system-connections"
LINKS = {
    "xenbr0": "xenbr0",
    "bond0": "bond0",
    "eth0": "eth0",
    "eth1": "bond0-eth1",
}
"""Link -> the profile it runs by."""
WARNINGS = (
    "journalctl -b -u NetworkManager -o cat --no-pager | grep -E '<(warn|error)>' | "
    "grep -v dispatcher.d/01-ifupdown || true"
)
"""Debian's script for ifupdown fails at each event of a host without ifupdown."""


@pytest.fixture(scope="module")
def host(lab: None) -> Iterator[Guest]:
    with Guest(stack="networkmanager") as booted:
        yield booted


def test_its_log_has_no_warning_that_was_not_there_before(host: Guest) -> None:
    host.write("/root/answers.yaml", ANSWERS)
    before = host.sh(WARNINGS).splitlines()
    keep(host, host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    new = host.sh(WARNINGS).splitlines()[len(before) :]
    note(f"networkmanager: warnings since: {'; '.join(new) or 'none'}")
    assert new == []


@pytest.mark.parametrize(("link", "profile"), LINKS.items())
def test_each_link_is_connected_by_its_own_profile(host: Guest, link: str, profile: str) -> None:
    fields = "GENERAL.STATE,GENERAL.CONNECTION"
    said = host.sh(f"nmcli -g {fields} device show {link}").split("\n")
    assert said[0].startswith("100")
    assert said[1] == profile
    file = f"{DIRECTORY}/{profile}.nmconnection"
    assert f"{profile}:{file}" in host.sh("nmcli -t -f NAME,FILENAME connection show").split("\n")


def test_it_loads_every_profile_again(host: Guest) -> None:
    assert not host.sh(f"nmcli connection load {DIRECTORY}/*.nmconnection 2>&1").strip()


def test_guests_ports_are_left_alone(host: Guest) -> None:
    host.sh("ip link add vif1.0 type veth peer name domu; ip link set vif1.0 up")
    host.wait_until("nmcli -g GENERAL.STATE device show vif1.0 | grep -q unmanaged")
