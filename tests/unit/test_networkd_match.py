"""PermanentMACAddress= in a copy of a host: judged by what is in the copy, else not known."""

from pathlib import Path

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, nic, virtual
from networkd_cases import ANSWERS, DIRECTORY, host
from proposing import told_by

from xenbond_tui.host.recorded_kernel import RecordedKernel
from xenbond_tui.stacks.networkd import Networkd
from xenbond_tui.stacks.networkd.files import Configuration
from xenbond_tui.stacks.networkd.match import match_line, matches, of_link, subject

OTHER = "00:50:da:7a:51:99"


@pytest.mark.parametrize(
    ("source", "master", "noted", "asked", "told"),
    [
        ("netlink", None, ETH0_MAC, ETH0_MAC, True),
        ("netlink", None, ETH0_MAC, OTHER, False),
        ("sysfs", None, ETH0_MAC, ETH0_MAC, True),
        ("sysfs", None, ETH0_MAC, OTHER, False),
        # What the bond noted when it was enslaved was perhaps set before.
        ("bond", "bond0", ETH0_MAC, ETH0_MAC, True),
        ("bond", "bond0", ETH0_MAC, OTHER, None),
        ("current", None, ETH0_MAC, ETH0_MAC, True),
        ("current", None, ETH0_MAC, OTHER, None),
        # The bond's, as every slave has it.
        ("current", "bond0", ETH0_MAC, ETH0_MAC, None),
        ("current", "bond0", ETH0_MAC, OTHER, None),
        # It is eth1's.
        ("bond", "bond0", ETH0_MAC, ETH1_MAC, False),
        ("current", "bond0", ETH0_MAC, ETH1_MAC, False),
    ],
)
def test_a_permanent_mac_is_judged_as_far_as_it_is_known(
    source: str, master: str | None, noted: str, asked: str, told: bool | None
) -> None:
    unit = f"[Match]\nPermanentMACAddress={asked}\n[Network]\nDHCP=yes\n"
    link = nic("eth0", noted, permanent_mac_source=source, master=master)
    facts = host({"a.network": unit}, links=[link, nic("eth1", ETH1_MAC)])
    (found,) = Configuration(facts).networks
    assert matches(found, subject(facts, "eth0")) is told


def test_what_is_made_has_no_permanent_mac() -> None:
    unit = f"[Match]\nPermanentMACAddress={ETH0_MAC}\n[Network]\nDHCP=yes\n"
    (found,) = Configuration(host({"a.network": unit})).networks
    assert matches(found, of_link(virtual("bond0", "bond", ETH0_MAC))) is False


def test_a_copy_by_permanent_macs_is_networkds() -> None:
    files = {
        f"{at}.network": f"[Match]\nPermanentMACAddress={mac}\n[Network]\nDHCP=yes\n"
        for at, mac in enumerate((ETH0_MAC, ETH1_MAC))
    }
    links = [
        nic(f"eth{at}", mac, index=2 + at, permanent_mac_source="sysfs")
        for at, mac in enumerate((ETH0_MAC, ETH1_MAC))
    ]
    evidence = Networkd().owns(host(files, links=links, live=False))
    assert evidence is not None
    assert evidence.links == ("eth0", "eth1")
    assert match_line(host(files, links=links), links[0]) == f"PermanentMACAddress={ETH0_MAC}"


def test_a_file_that_may_be_about_a_slave_is_named() -> None:
    text = f"[Match]\nPermanentMACAddress={OTHER}\n[Network]\nDHCP=yes\n"
    files = {"05-x.network": text, "10-a.network": "[Match]\nName=eth0 eth1\n[Network]\nDHCP=yes\n"}
    links = [
        nic(f"eth{at}", mac, index=2 + at, permanent_mac_source="current")
        for at, mac in enumerate((ETH0_MAC, ETH1_MAC))
    ]
    found = told_by(Networkd(), host(files, links=links, live=False), ANSWERS)
    told = {it.code: (it.where, it.text) for it in found}
    where, text = told["file-not-editable"]
    assert where == f"{DIRECTORY}/05-x.network:2"
    assert "is about eth0 c" in text


@pytest.mark.parametrize(
    ("assigned", "source"),
    [("0", "sysfs"), ("1", "current"), ("3", "current"), (None, "current"), ("x", "current")],
)
def test_sysfs_tells_whether_a_mac_was_ever_set(
    tmp_path: Path, assigned: str | None, source: str
) -> None:
    place = tmp_path / "sys/class/net/eth0"
    (place / "device").mkdir(parents=True)
    (place / "address").write_text(f"{ETH0_MAC}\n")
    (place / "ifindex").write_text("2\n")
    if assigned is not None:
        (place / "addr_assign_type").write_text(f"{assigned}\n")
    (link,) = RecordedKernel(str(tmp_path)).snapshot().links
    assert (link.permanent_mac, link.permanent_mac_source) == (ETH0_MAC, source)
