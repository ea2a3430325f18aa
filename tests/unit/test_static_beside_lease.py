"""ifupdown: `inet dhcp` and `inet static` of one link. ifup does both: both go along, and back."""

from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, bond, make_facts, nic
from ifupdown_cases import LO, MAIN, PRESENT

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal, Request, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import Proposal
from xenbond_tui.rules.findings import Severity
from xenbond_tui.rules.inventory import files_after

LEASE = "iface eth0 inet dhcp\n\thostname h\n"
STATIC = (
    "iface eth0 inet static\n\taddress 192.0.2.20/24\n\tup ip route add 10.0.0.0/8 via 192.0.2.1\n"
)
MORE = "iface eth0 inet static\n\taddress 198.51.100.7\n\tnetmask 255.255.255.0\n"
SIX = "iface eth0 inet6 static\n\taddress 2001:db8::5/64\n"
BRIDGE = "auto xenbr0\niface xenbr0 inet manual\n\tbridge_ports none\n"
BOTH = {
    "a lease first": LEASE + STATIC,
    "a lease last": STATIC + LEASE,
    "two beside it": LEASE + STATIC + MORE,
    "one before, one after": STATIC + LEASE + MORE,
    "both families": LEASE + STATIC + SIX,
}
PRESENT_OF = {
    "ifupdown": PRESENT,
    "ifupdown2": ("/usr/share/ifupdown2/ifupdown2", "/usr/sbin/ifreload", *PRESENT),
}
LINKS = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
LEFT_OUT = frozenset({"address", "gateway", "dns", "search", "mtu"})


def host(text: str, stack: str) -> HostFacts:
    files = {MAIN: LO + text}
    return make_facts(files=files, present=PRESENT_OF[stack], links=LINKS, live=False)


def asked(stack: str, *slaves: str) -> Answers:
    bridge = BridgeAnswers(left_out=LEFT_OUT, mac="keep")
    return Answers(stack, BondAnswers(slaves=slaves or ("eth0", "eth1")), bridge)


def told(proposal: Proposal, *words: str) -> list[Severity]:
    return [it.severity for it in proposal.findings if any(word in it.text for word in words)]


def main_after(facts: HostFacts, request: Request) -> tuple[HostFacts, Proposal]:
    proposal = planner.propose(facts, request)
    assert proposal.plan is not None, proposal.refusals
    after = files_after(facts, proposal.plan.changes)
    return replace(after, bonds=(bond(),)) if isinstance(request, SetUp) else after, proposal


@pytest.mark.parametrize("stack", PRESENT_OF)
@pytest.mark.parametrize("said", BOTH)
def test_all_of_it_goes_to_the_bridge_and_comes_back(stack: str, said: str) -> None:
    before = host(f"auto eth0\n{BOTH[said]}", stack)
    after, plan = main_after(before, SetUp(asked(stack)))
    text = after.files[MAIN].data.decode()
    words = ("192.0.2.20", "198.51.100.7", "2001:db8::5", "10.0.0.0/8", "hostname h", "inet dhcp")
    for word in words:
        assert text.count(word) == BOTH[said].count(word), word
    assert "iface eth0 inet manual" in text
    assert text.count("iface eth0") == 1
    assert Severity.WARN not in told(plan, *words)
    again = planner.propose(after, SetUp(asked(stack))).plan
    assert again is not None
    assert [it.path for it in again.changes if it.after != it.before] == []
    back, removal = main_after(after, Removal(Answers(stack=stack, bond=BondAnswers(slaves=()))))
    # A blank line stands between two stanzas afterwards.
    assert back.files[MAIN].data.split() == before.files[MAIN].data.split()
    assert Severity.WARN not in told(removal, *words)


@pytest.mark.parametrize("said", BOTH)
def test_a_bridge_that_is_there_gets_all_of_it_too(said: str) -> None:
    after, plan = main_after(
        host(f"auto eth0\n{BOTH[said]}{BRIDGE}", "ifupdown"), SetUp(asked("ifupdown"))
    )
    text = after.files[MAIN].data.decode()
    for word in ("192.0.2.20", "198.51.100.7", "2001:db8::5", "inet dhcp"):
        assert text.count(word) == BOTH[said].count(word), word
    assert Severity.WARN not in told(plan, "192.0.2.20", "198.51.100.7")


@pytest.mark.parametrize("idle", [True, False])
@pytest.mark.parametrize("slaves", [("eth0", "eth1"), ("eth1", "eth0")])
def test_the_address_of_another_nic_does_not_stand_beside_its_lease(
    slaves: tuple[str, str], *, idle: bool
) -> None:
    start = "" if idle else "auto eth1\n"
    text = f"auto eth0\n{LEASE}{start}{STATIC.replace('eth0', 'eth1')}"
    facts = host(text, "ifupdown")
    request = SetUp(
        replace(asked("ifupdown", *slaves), bridge=BridgeAnswers(method="dhcp", mac="keep"))
    )
    after, plan = main_after(facts, request)
    assert "192.0.2.20" not in after.files[MAIN].data.decode()
    assert told(plan, "192.0.2.20")[0] is (Severity.NOTE if idle else Severity.WARN)


@pytest.mark.parametrize("slaves", [("eth0", "eth1"), ("eth1", "eth0")])
def test_of_two_leases_the_options_are_those_of_the_nic_that_a_boot_starts(
    slaves: tuple[str, str],
) -> None:
    idle = "iface eth1 inet dhcp\n\thostname idle\n\tdns-nameservers 192.0.2.99\n"
    after, _ = main_after(
        host(f"{idle}auto eth0\n{LEASE}", "ifupdown"), SetUp(asked("ifupdown", *slaves))
    )
    text = after.files[MAIN].data.decode()
    assert "hostname h\n" in text
    assert "hostname idle" not in text
    assert "192.0.2.99" not in text
