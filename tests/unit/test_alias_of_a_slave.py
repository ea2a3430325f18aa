"""The way out that is named for an address under an alias: with it nothing is lost."""

import re
from dataclasses import replace

import pytest
from facts_builder import RHEL5, RHEL8, make_facts
from ifupdown_cases import ANSWERS, BOND, ETH0, LO, MAIN, PRESENT

from xenbond_tui import planner
from xenbond_tui.answers import BridgeAnswers, SetUp
from xenbond_tui.answers_file.reader import FILLED_IN
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import Proposal

NS = "/etc/sysconfig/network-scripts"
ALIAS = "auto eth0:0\niface eth0:0 inet static\n\taddress 192.0.2.11/24\n"


def proposed(facts: HostFacts) -> Proposal:
    """With the host's own address left out, as the wizard has it."""
    answers = replace(ANSWERS, stack="auto", bond=BOND, bridge=BridgeAnswers(left_out=FILLED_IN))
    return planner.propose(facts, SetUp(answers))


def remedy(found: Proposal) -> str:
    (refusal,) = [it for it in found.refusals if it.code == "alias-on-slave"]
    return refusal.remedy


def test_as_a_second_stanza_it_goes_along() -> None:
    def host(text: str) -> HostFacts:
        return make_facts(files={MAIN: LO + ETH0 + text}, present=PRESENT, live=False)

    told = remedy(proposed(host(ALIAS)))
    new, old = re.findall("`([^`]*)`", told)
    assert "take eth0:0 off" in told
    done = proposed(host(ALIAS.replace("auto eth0:0\n", "").replace(old, new)))
    assert done.plan is not None
    assert done.request.answers.bridge.addresses == ("192.168.0.222/24", "192.0.2.11/24")
    (after,) = [change.after or b"" for change in done.plan.changed if change.path == MAIN]
    assert b"iface xenbr0 inet static\n\taddress 192.0.2.11/24\n" in after
    assert b"eth0 inet static" not in after
    assert not [it for it in done.findings if "192.0.2.11" in it.text]


def of_rhel(first: str, files: dict[str, str], system: object = RHEL8) -> HostFacts:
    known = {"/etc/sysconfig/network": "NETWORKING=yes\n", f"{NS}/ifcfg-eth0": first, **files}
    present = ("/etc/init.d/network", "/sbin/ifup", "/usr/sbin/brctl")
    return make_facts(files=known, present=present, system=system, live=False)


FIRST = "DEVICE=eth0\nONBOOT=yes\nIPADDR=192.168.0.222\nPREFIX=24\n"
SECOND = {f"{NS}/ifcfg-eth0:0": "DEVICE=eth0:0\nIPADDR=192.0.2.11\nPREFIX=24\n"}


def test_as_a_second_key_it_goes_along() -> None:
    told = remedy(proposed(of_rhel(FIRST, SECOND)))
    assert f"{NS}/ifcfg-eth0 as IPADDR1= and PREFIX1=" in told
    done = proposed(of_rhel(f"{FIRST}IPADDR1=192.0.2.11\nPREFIX1=24\n", {}))
    assert done.plan is not None
    after = {change.path: change.after or b"" for change in done.plan.changed}
    assert b"IPADDR1=192.0.2.11\n" in after[f"{NS}/ifcfg-xenbr0"]
    assert b"IPADDR" not in after[f"{NS}/ifcfg-eth0"]


@pytest.mark.parametrize(
    "facts",
    [
        # Its scripts know no second address (ifup-eth of RHEL 5).
        of_rhel(FIRST, SECOND, RHEL5),
        of_rhel(FIRST, {f"{NS}/ifcfg-eth0:0": "DEVICE=eth0:0\nBOOTPROTO=dhcp\n"}),
        make_facts(
            files={MAIN: f"{LO}{ETH0}iface eth0:0 inet dhcp\n"}, present=PRESENT, live=False
        ),
    ],
)
def test_where_it_could_not_no_such_way_is_named(facts: HostFacts) -> None:
    told = [it.remedy for it in proposed(facts).refusals if it.code == "alias-on-slave"]
    assert told == ["Give it to xenbr0 as an address, and take it out there."]
