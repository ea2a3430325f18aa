"""Who announces host and guests when the active slave moves, and what is said where nobody does."""

from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import bond, bridge, make_facts
from fakes import FakeHost

from xenbond_tui.answers import Answers, BondAnswers, SetUp
from xenbond_tui.errors import XenbondError
from xenbond_tui.health import announcer
from xenbond_tui.health.model import HealthState
from xenbond_tui.rules import announcing

STATE = HealthState(bond(), bridge(ports=("bond0", "vif1.0")))
GUEST = "00:16:3e:00:00:01"
LINK = "/etc/systemd/system/multi-user.target.wants/xenbond-announce@bond0.service"


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(str(tmp_path))


def asked(**options: str) -> SetUp:
    return SetUp(Answers(bond=BondAnswers(slaves=("eth0", "eth1"), options=options)))


def test_who_makes_a_slave_active_announces_host_and_guests(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcer, "read_state", lambda machine, name: STATE)
    host.kernel.add_link("bond0", "bond")
    announcer.make_active(host.machine, "bond0", "eth1", {GUEST: "vif1.0"})
    assert host.kernel.announced == ["xenbr0"]
    assert host.kernel.taught == [("bond0", (GUEST,))]


def test_that_nothing_can_be_announced_is_no_error(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(link: str) -> None:
        raise XenbondError("no frames")

    monkeypatch.setattr(announcer, "read_state", lambda machine, name: STATE)
    monkeypatch.setattr(host.kernel, "announce", refuse)
    announcer.announce_quietly(host.machine, "bond0", {})


def test_review_says_what_it_costs_with_a_primary_or_with_guests() -> None:
    def told(request: SetUp, *, guests: bool = False, present: tuple[str, ...] = ()) -> list[str]:
        bridges = (bridge(ports=("eth0", "vif1.0")),) if guests else ()
        facts = replace(make_facts(present=present), bridges=bridges)
        return [item.code for item in announcing.check(facts, request)]

    assert told(asked()) == []
    assert told(asked(primary="eth0")) == ["not-announced"]
    assert told(asked(), guests=True) == ["not-announced"]
    assert told(asked(primary="eth0"), present=(LINK,)) == []
