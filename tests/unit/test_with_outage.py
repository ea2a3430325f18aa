"""The order of a move with an outage: what is there, what is new, and what is waited for."""

from dataclasses import replace
from typing import NoReturn

from facts_builder import ADDRESS, ETH0_MAC, ETH1_MAC, make_facts, nic, virtual
from steps_in_words import in_words

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import Run
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.stacks.change_over.conditions import NeedsOutage
from xenbond_tui.stacks.change_over.with_outage import WithOutage

ANSWERS = Answers(
    bond=BondAnswers(slaves=("eth0", "eth1")), bridge=BridgeAnswers(addresses=(ADDRESS,))
)


class Programs(WithOutage):
    """Of a stack whose programs do it all."""

    outage = Outage(2, 9, "while all is made again")

    def take_down(self) -> tuple[Step, ...]:
        """By the files of today."""
        return (Step("Down", Run(("down",))),)

    def bring_up(self) -> tuple[Step, ...]:
        """By the new ones."""
        return (Step("Up", Run(("up",))),)

    def take_down_again(self) -> tuple[Step, ...]:
        """What the new ones made."""
        return (Step("Down", Run(("down-again",))),)

    def bring_back(self) -> tuple[Step, ...]:
        """What ran before."""
        return (Step("Up", Run(("up-again",))),)


def host(*there: str, carrier: bool = True, address: str = ADDRESS) -> HostFacts:
    """eth0 with the address, eth1, and of bond and bridge those that are there."""
    kinds = {"bond0": "bond", "xenbr0": "bridge"}
    links = (
        nic("eth0", ETH0_MAC, addresses=(address,) if address else (), carrier=carrier),
        nic("eth1", ETH1_MAC),
        *(virtual(name, kinds[name], ETH0_MAC) for name in there),
    )
    return make_facts(links=links)


def test_the_files_come_between_what_runs_and_what_shall_run() -> None:
    way = Programs(host(), ANSWERS)
    assert in_words(way.forward()) == ["down", "WriteFiles", "up"]
    back = in_words(way.rollback())
    assert back == ["down-again", "RestoreFiles", "up-again", "RestoreNetwork"]
    must = [step for step in way.rollback() if not step.best_effort]
    assert in_words(tuple(must)) == ["RestoreFiles", "RestoreNetwork"]


def test_what_is_not_there_yet_is_new() -> None:
    assert Programs(host(), ANSWERS).new == ["xenbr0", "bond0"]
    assert Programs(host("xenbr0"), ANSWERS).new == ["bond0"]
    assert Programs(host("xenbr0", "bond0"), ANSWERS, "eth0").new == []


def test_a_removal_takes_the_bridge_along_only_where_there_is_one() -> None:
    assert Programs(host("xenbr0", "bond0"), ANSWERS, "eth0").both == ("xenbr0", "bond0")
    alone = Programs(host("bond0"), ANSWERS, "eth0")
    assert alone.both == ("bond0",)
    assert in_words((alone.forwards_again(),)) == ["wait bond0 carrier"]
    under = Programs(host("xenbr0", "bond0"), ANSWERS, "eth0")
    assert in_words((under.forwards_again(),)) == ["wait bond0 forwarding"]


def test_carrier_is_waited_for_where_there_was_some() -> None:
    assert in_words(Programs(host(), ANSWERS, "eth0").carrier_again()) == ["wait eth0 carrier"]
    assert Programs(host(carrier=False), ANSWERS, "eth0").carrier_again() == ()
    assert Programs(host(), ANSWERS, "eth9").carrier_again() == ()
    assert Programs(host(), ANSWERS).carrier_again() == ()


def test_its_outage_has_the_reason_why_there_is_no_other_way() -> None:
    def refuses() -> NoReturn:
        raise NeedsOutage("eth1 is in use")

    told = Programs(host(), ANSWERS).unless(refuses)
    assert told.outage is not None
    assert told.outage.why == "while all is made again, because eth1 is in use"
    assert told.remakes == "eth1 is in use"
    plain = Programs(host(), ANSWERS).activation()
    assert (plain.outage, plain.remakes) == (Programs.outage, "while all is made again")


def test_where_nobody_is_reached_by_the_slaves_there_is_none() -> None:
    facts = replace(host(address=""), routes=(), session=None)
    told = Programs(facts, ANSWERS).activation(NeedsOutage("eth1 is in use")).outage
    assert told is not None
    assert not told.expected
    assert told.why == "neither host nor guest is reached through eth0 or eth1"
