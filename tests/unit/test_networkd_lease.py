"""systemd-networkd, also behind netplan: a lease moves with the client that the server knows.

The lease file is one that systemd 252 wrote in the lab (tests/fixtures/captures/networkd/lease).
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, address, default_route, nic
from netplan_cases import PRESENT
from networkd_cases import ANSWERS, BOND, DIRECTORY, host
from proposing import plan_for, removal_for, told_by
from steps_in_words import in_words

from xenbond_tui.answers import Answers, BridgeAnswers, Removal, SetUp
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import SetRuntimeFile, WaitForAddress
from xenbond_tui.plan.plan import Plan
from xenbond_tui.planner import propose
from xenbond_tui.stacks.netplan import Netplan
from xenbond_tui.stacks.networkd import Networkd
from xenbond_tui.stacks.networkd.files import Configuration

LEASE = (Path(__file__).parent.parent / "fixtures/captures/networkd/lease").read_text()
LEASES = "/run/systemd/netif/leases/2"
HELD = address("192.168.0.215/24", dynamic=True)
ETH0 = "[Match]\nName=eth0\n\n[Network]\nDHCP=ipv4\n"
YAML = "network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n"
WANTED = replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC))
DROP_IN = f"{DIRECTORY}/10-netplan-xenbr0.network.d/xenbond-lease.conf"
PINNED = "# As eth0: so the DHCP server takes the bridge for the same client\nIAID=1742142218\n"
KEEP = "/run/systemd/network/{}.d/50-xenbond-lease.conf"
ROUTE = replace(default_route(), protocol="dhcp", source="192.168.0.215", metric=1024)


def leased(file: str = ETH0, lease: str = LEASE, **more: Any) -> HostFacts:
    links = (nic("eth0", ETH0_MAC, index=2, addresses=[HELD]), nic("eth1", ETH1_MAC, index=3))
    files = {"10-eth0.network": file, LEASES: lease}
    return host(files, **{"links": links, "routes": [ROUTE], **more})


def by_netplan(yaml: str = YAML, lease: str = LEASE) -> HostFacts:
    facts = leased(lease=lease)
    files = {LEASES: facts.files[LEASES], "/etc/netplan/a.yaml": _file("/etc/netplan/a.yaml", yaml)}
    return replace(facts, files=files, present=facts.present | {*PRESENT})


def _file(path: str, text: str) -> FileState:
    return FileState(path, text.encode(), 0o600, 0, 0, 0)


def bridge_file(facts: HostFacts, answers: Answers = WANTED) -> str:
    return text(plan_for(Networkd(), facts, answers), f"{DIRECTORY}/05-xenbond-xenbr0.network")


def text(plan: Plan, path: str) -> str:
    (after,) = [change.after for change in plan.changes if change.path == path]
    assert after is not None
    return after.decode()


def test_the_bridge_has_the_nic_s_number_in_the_client_identifier() -> None:
    assert bridge_file(leased()).endswith(f"DHCP=ipv4\n\n[DHCPv4]\n{PINNED}")


def test_it_joins_what_the_file_says_of_dhcp() -> None:
    before = f"{ETH0}\n[DHCPv4]\nUseDNS=no\n"
    assert bridge_file(leased(before)).endswith(f"\n[DHCPv4]\n{PINNED}UseDNS=no\n")


@pytest.mark.parametrize(
    "said", ["[DHCPv4]\nIAID=7\n", "[DHCPv4]\nClientIdentifier=mac\n", "[DHCP]\nIAID=7\n"]
)
def test_the_operator_s_own_word_on_it_stays(said: str) -> None:
    assert bridge_file(leased(f"{ETH0}\n{said}")).endswith(f"\n{said}")


@pytest.mark.parametrize(
    "identifier",
    [
        "010050da7a5145",
        # A DUID without a number (ClientIdentifier=duid-only).
        "ff00020000ab11690b0c07c56f23c1",
        "ff67d6fb",
        "not hexadecimal",
    ],
)
def test_an_identifier_without_a_number_is_left_alone(identifier: str) -> None:
    other = LEASE.replace("ff67d6fb0a00020000ab11690b0c07c56f23c1", identifier)
    assert "IAID" not in bridge_file(leased(lease=other))


def test_a_lease_of_another_address_is_not_this_one_s() -> None:
    old = leased(lease=LEASE.replace("192.168.0.215", "192.168.0.99"))
    assert "IAID" not in bridge_file(old)
    assert "a new lease is asked for" in "".join(x.text for x in told_by(Networkd(), old, WANTED))


def test_taken_out_again_with_the_bridge_when_the_address_goes_back_to_that_nic() -> None:
    plan = plan_for(Networkd(), leased(), WANTED)
    files = {change.path: change.after for change in plan.changes if change.after is not None}
    formed = host({path: data for path, data in files.items()})
    there = removal_for(Networkd(), formed, Removal(WANTED, "eth0"))
    assert text(there, f"{DIRECTORY}/10-eth0.network") == ETH0
    elsewhere = removal_for(Networkd(), formed, Removal(WANTED, "eth1"))
    assert PINNED in text(elsewhere, f"{DIRECTORY}/05-xenbond-eth1.network")


def test_networkd_keeps_the_address_until_it_has_leased_it_for_the_bridge() -> None:
    plan = plan_for(Networkd(), leased(), WANTED)
    words = in_words(plan.forward)
    keep = KEEP.format("05-xenbond-xenbr0.network")
    reload, wait = words.index("networkctl reload"), words.index("wait xenbr0 192.168.0.215")
    assert words.index("eth0 down") < words.index(keep) < reload < wait
    assert words.index(f"no {KEEP.format('10-eth0.network')}") < reload
    assert words[wait + 1] == "- default xenbr0 4242"
    assert words.index("+ default xenbr0 4242") < reload
    assert f"no {keep}" not in words, "a file that has changed would begin the lease again"
    added = [step.action for step in plan.forward if getattr(step.action, "address", None)]
    assert not added[0].address.dynamic  # type: ignore[union-attr]
    (waited,) = [x.action for x in plan.forward if isinstance(x.action, WaitForAddress)]
    assert waited.leased


def test_the_way_back_is_its_mirror_image() -> None:
    plan = plan_for(Networkd(), leased(), WANTED)
    words = in_words(plan.rollback)
    keep = KEEP.format("10-eth0.network")
    reload = words.index("networkctl reload")
    assert words.index("eth0 + 192.168.0.215/24") < words.index("delete xenbr0")
    assert words.index("RestoreFiles") < words.index(keep) < reload
    assert words[reload + 1 : reload + 3] == ["wait eth0 192.168.0.215", "- default eth0 4242"]
    assert f"no {KEEP.format('05-xenbond-xenbr0.network')}" in words
    assert all(
        step.best_effort for step in plan.rollback if isinstance(step.action, SetRuntimeFile)
    )


def test_the_word_that_stays_until_the_next_boot_is_no_file_of_the_operator_s() -> None:
    drop_in = KEEP.format("10-eth0.network")
    facts = leased()
    files = {**facts.files, drop_in: _file(drop_in, "[Network]\nKeepConfiguration=static\n")}
    (unit,) = Configuration(replace(facts, files=files)).networks
    assert [file.path for file in unit.files] == [f"{DIRECTORY}/10-eth0.network"]


def test_review_says_that_the_lease_goes_along() -> None:
    for stack, facts in (("networkd", leased()), ("netplan", by_netplan())):
        proposal = propose(facts, SetUp(replace(WANTED, stack=stack)))
        found = [item for item in proposal.findings if item.code in ("lease-moves", "gap")]
        assert [item.where for item in found] == ["eth0"]
        assert "same client to the DHCP server" in found[0].text
        assert "change is undone" in found[0].text


def test_netplan_has_no_word_for_the_number_and_networkd_gets_it_beside() -> None:
    plan = plan_for(Netplan(), by_netplan(), replace(WANTED, stack="netplan"))
    comment, _, key = PINNED.partition("\n")
    assert text(plan, DROP_IN) == f"{comment}\n[DHCPv4]\n{key}"
    words = in_words(plan.forward)
    assert KEEP.format("10-netplan-xenbr0.network") in words
    assert "wait xenbr0 192.168.0.215" in words


def test_netplan_s_client_known_by_its_mac_needs_nothing() -> None:
    by_mac = LEASE.replace("ff67d6fb0a00020000ab11690b0c07c56f23c1", "010050da7a5145")
    facts = by_netplan(f"{YAML}      dhcp-identifier: mac\n", by_mac)
    plan = plan_for(Netplan(), facts, replace(WANTED, stack="netplan"))
    assert DROP_IN not in {change.path for change in plan.changes}
    assert "wait xenbr0 192.168.0.215" in in_words(plan.forward)


def test_netplan_s_drop_in_goes_with_the_bridge_or_its_lease() -> None:
    plan = plan_for(Netplan(), by_netplan(), replace(WANTED, stack="netplan"))
    files = {x.path: _file(x.path, x.after.decode()) for x in plan.changes if x.after is not None}
    formed = replace(by_netplan(), files=files)
    answers = replace(WANTED, stack="netplan")
    gone = removal_for(Netplan(), formed, Removal(answers, "eth0"))
    assert [x.after for x in gone.changes if x.path == DROP_IN] == [None]
    static = replace(answers, bond=BOND, bridge=replace(ANSWERS.bridge, addresses=("10.0.0.2/8",)))
    fixed = plan_for(Netplan(), formed, static)
    assert [x.after for x in fixed.changes if x.path == DROP_IN] == [None]


def test_a_file_that_other_links_have_too_is_not_touched_on_the_way_back() -> None:
    """networkd would configure them all again."""
    three = (*leased().links, nic("eth2", "00:14:22:36:f1:fb", index=4))
    facts = leased(ETH0.replace("eth0", "eth*"), links=three)
    (gap,) = [x.text for x in told_by(Networkd(), facts, WANTED) if x.code == "gap"]
    assert "one of other links too" in gap
    assert "lease-moves" not in {x.code for x in told_by(Networkd(), facts, WANTED)}


def test_what_routers_announced_is_lo_s_meanwhile() -> None:
    announced = address("2001:db8:1:0:250:daff:fe7a:5145/64", dynamic=True)
    links = (
        nic("eth0", ETH0_MAC, index=2, addresses=[HELD, announced]),
        nic("eth1", ETH1_MAC, index=3),
    )
    router = Route("default", "fe80::1", "eth0", 6, metric=1024, protocol="ra")
    plan = plan_for(Networkd(), leased(links=links, routes=[ROUTE, router]), WANTED)
    for steps, link in ((plan.forward, "xenbr0"), (plan.rollback, "eth0")):
        words = in_words(steps)
        reload = words.index("networkctl reload")
        before, after = words[:reload], words[reload:]
        assert f"lo + {announced.ip}/128" in before
        assert f"+ 2001:db8:1::/64 {link} 255" in before
        # What is leased has a worse metric than a new lease's, what is announced a better one.
        assert {f"+ default {link} 4242", f"+ default {link} 1023"} <= {*before}
        assert after.index(f"wait {link} {announced.ip}") < after.index(f"lo - {announced.ip}/128")
        assert f"- 2001:db8:1::/64 {link} 255" in after


# A lease that nobody sees: a copy of the host, a NIC without link


def told_client(facts: HostFacts, answers: Answers = WANTED) -> list[tuple[str, str]]:
    found = told_by(Networkd(), facts, answers)
    return [(it.severity, it.where) for it in found if it.code == "dhcp-client-changes"]


def test_without_a_lease_to_see_another_client_is_warned_of() -> None:
    """The server would see a new client at the next boot, and may give it another address."""
    for facts in (leased(lease=""), leased(lease="", links=[], live=False)):
        assert told_client(facts) == [("warn", f"{DIRECTORY}/10-eth0.network:5")]
    anyone = host({"99-all.network": ETH0.replace("Name=eth0", "Type=ether")}, routes=[])
    assert told_client(anyone) == [("warn", f"{DIRECTORY}/99-all.network:5")]


def test_who_is_the_same_client_or_asks_for_none_is_not_warned() -> None:
    assert told_client(leased()) == []
    for said in ("IAID=7", "ClientIdentifier=mac", "ClientIdentifier=duid-only"):
        assert told_client(leased(f"{ETH0}\n[DHCPv4]\n{said}\n", lease="")) == []
    assert told_client(leased(f"{ETH0}\n[DHCPv4]\nClientIdentifier=duid\n", lease=""))
    static = ETH0.replace("DHCP=ipv4", "Address=192.168.0.215/24")
    assert told_client(leased(static, lease="")) == []
    assert told_client(leased(lease=""), ANSWERS) == []


def test_netplan_says_so_where_networkd_asks() -> None:
    def told(yaml: str, lease: str = "") -> list[str]:
        found = told_by(Netplan(), by_netplan(yaml, lease), replace(WANTED, stack="netplan"))
        return [it.where for it in found if it.code == "dhcp-client-changes"]

    assert told(YAML) == ["/etc/netplan/a.yaml:5"]
    assert told(YAML, LEASE) == []
    assert told(f"{YAML}      dhcp-identifier: mac\n") == []
    assert told(YAML.replace("  version: 2", "  renderer: NetworkManager\n  version: 2")) == []
