"""Events between two looks at a bond."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from facts_builder import bond, bridge

from xenbond_tui.health.event import Event, When
from xenbond_tui.health.model import Gateway, HealthState
from xenbond_tui.health.timeline import EVENTS_KEPT, Timeline, changes, fails_over
from xenbond_tui.host.procfs import parse_proc_bonding

CABLES = Path(__file__).parent.parent / "fixtures/captures/cables"
BOTH = {"eth0": True, "eth1": True}
GOOD = HealthState(bond(), bridge(), carrier=BOTH)
NOW = When(1_795_000_000.0, 50.0)


def look(
    state: HealthState = GOOD, *, carrier: dict[str, bool] | None = None, **eth0: Any
) -> HealthState:
    """The state with eth0 changed."""
    first, *others = state.bond.slaves
    changed = replace(first, **eth0)
    return replace(
        state,
        bond=replace(state.bond, slaves=(changed, *others)),
        carrier={**state.carrier, **(carrier or {})},
    )


def active(state: HealthState, name: str | None) -> HealthState:
    return replace(state, bond=replace(state.bond, active_slave=name))


def said(events: tuple[Event, ...]) -> list[tuple[str, str]]:
    return [(event.code, event.text) for event in events]


NO_LINK = look(carrier={"eth0": False})
FAILED = active(look(NO_LINK, mii_status="down", link_failure_count=1), "eth1")
UNKNOWN = replace(GOOD, carrier={})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (GOOD, GOOD, []),
        (None, None, []),
        (GOOD, None, [("bond-gone", "bond0 is gone")]),
        (
            None,
            GOOD,
            [("bond-found", "bond0: 2 of 2 slaves up, eth0 active. Any one of them may fail.")],
        ),
        (GOOD, NO_LINK, [("link-down", "eth0 link down")]),
        (
            NO_LINK,
            FAILED,
            [
                ("slave-down", "eth0 down for the bond (failure 1)"),
                ("active-slave", "active slave eth0 -> eth1"),
                (
                    "verdict-degraded",
                    "degraded: 1 of 2 slaves up. If eth1 fails too, xenbr0 is cut off.",
                ),
            ],
        ),
        # A kernel that does not tell carrier: the bond's own view is the link.
        (
            UNKNOWN,
            look(UNKNOWN, mii_status="down", link_failure_count=2),
            [
                ("link-down", "eth0 link down (failure 2)"),
                (
                    "verdict-degraded",
                    "degraded: 1 of 2 slaves up. If eth1 fails too, xenbr0 is cut off.",
                ),
            ],
        ),
        (NO_LINK, GOOD, [("link-up", "eth0 link up")]),
        (
            look(mii_status="down"),
            look(mii_status="going back"),
            [("slave-going-back", "eth0 going back for the bond")],
        ),
        (
            look(link_failure_count=1),
            look(link_failure_count=3),
            [("failure", "eth0 failed and is up (failure 3)")],
        ),
        (
            look(link_failure_count=3),
            look(link_failure_count=0),
            [("slave-re-enslaved", "eth0 was enslaved again")],
        ),
        (active(GOOD, None), GOOD, [("active-slave", "active slave eth0")]),
        (GOOD, active(GOOD, None), [("no-active-slave", "no active slave; it was eth0")]),
        (
            HealthState(bond(slaves=("eth0",)), bridge()),
            HealthState(bond(), bridge()),
            [("slave-added", "eth1 enslaved")],
        ),
        (
            HealthState(bond(), bridge()),
            HealthState(bond(slaves=("eth0",)), bridge()),
            [("slave-removed", "eth1 is no slave any more")],
        ),
    ],
)
def test_changes(
    before: HealthState | None, after: HealthState | None, expected: list[tuple[str, str]]
) -> None:
    found = said(changes(before, after, NOW))
    # What a verdict says is tested on its own; here only where it is asked for.
    assert [item for item in found if item in expected or "verdict" not in item[0]] == expected


def test_an_event_has_both_clocks_of_its_look() -> None:
    down = Event(NOW.wall, "link-down", "eth0 link down", "eth0", NOW.monotonic)
    assert changes(GOOD, NO_LINK, NOW) == (down,)


def test_a_change_of_the_active_slave_says_how_long_it_took() -> None:
    timeline = Timeline()
    assert timeline.add(GOOD, When(100.0, 10.0)) == ()
    timeline.add(NO_LINK, When(110.0, 20.0))
    timeline.add(NO_LINK, When(110.05, 20.05))
    events = timeline.add(FAILED, When(110.084, 20.084))
    assert ("active-slave", "active slave eth0 -> eth1, 84 ms after the link") in said(events)
    assert timeline.events[0].text == "eth0 link down"


def test_a_change_by_hand_has_no_link_to_measure_from() -> None:
    timeline = Timeline()
    timeline.add(GOOD, When(100.0, 10.0))
    timeline.add(NO_LINK, When(101.0, 11.0))
    timeline.add(GOOD, When(102.0, 12.0))
    assert said(timeline.add(active(GOOD, "eth1"), When(200.0, 110.0))) == [
        ("active-slave", "active slave eth0 -> eth1")
    ]


def test_a_bond_that_is_made_anew_is_followed() -> None:
    timeline = Timeline()
    timeline.add(None, When(99.0, 9.0))
    codes = []
    for second, state in enumerate((GOOD, None, None, GOOD)):
        codes.append([event.code for event in timeline.add(state, When(100.0 + second, second))])
    assert codes == [["bond-found"], ["bond-gone"], [], ["bond-found"]]


def test_it_keeps_the_newest_events() -> None:
    timeline = Timeline()
    for number in range(EVENTS_KEPT + 2):
        timeline.add((GOOD, NO_LINK)[number % 2], When(float(number), float(number)))
    assert len(timeline.events) == EVENTS_KEPT
    assert timeline.events[-1].wall == EVENTS_KEPT + 1


def test_cables_pulled_from_a_real_kernel_read_as_a_story() -> None:
    timeline = Timeline()
    for path in sorted(CABLES.glob("proc_net_bonding_plain_virtio_uc1_*")):
        state = HealthState(parse_proc_bonding("bond0", path.read_text()), bridge())
        timeline.add(state, NOW)
    assert [event.text for event in timeline.events if not event.code.startswith("verdict")] == [
        "eth0 link down (failure 1)",
        "active slave eth0 -> eth1",
        "eth0 link up",
        "eth1 link down (failure 1)",
        "active slave eth1 -> eth0",
        "eth0 link down (failure 2)",
        "no active slave; it was eth0",
        "eth1 link up",
        "active slave eth1",
        "eth0 link up",
    ]


def test_a_link_that_comes_and_goes_is_a_reason() -> None:
    timeline = Timeline()
    for second in range(8):
        state = NO_LINK if second % 2 else GOOD
        timeline.add(state, When(NOW.wall + second, NOW.monotonic + second))
    new = timeline.add(GOOD, When(NOW.wall + 9, NOW.monotonic + 9))
    assert timeline.last is not None
    assert timeline.last.recent_failures == {"eth0": 4}
    assert [event.code for event in new] == ["link-up"]


def asked(silent: int, since: float | None = None, ip: str = "192.168.0.1") -> HealthState:
    return replace(GOOD, gateway=Gateway(ip, 60, silent, silent, 0.3, 60.0, since))


def test_a_gateway_that_falls_silent_and_answers_again_tells_for_how_long() -> None:
    timeline, told = Timeline(), []
    looks = [(0, None), (1, 50.0), (2, 50.0), (3, 50.0), (0, None), (1, 70.0), (0, None)]
    for second, (silent, since) in enumerate(looks):
        new = timeline.add(asked(silent, since), When(100.0 + second, 60.0 + second))
        told += [(event.code, event.text) for event in new]
    # One probe lost, as at second 5, is an accident.
    assert told == [
        ("gateway-silent", "gateway 192.168.0.1 does not answer"),
        ("gateway-back", "gateway 192.168.0.1 answers again, 14 s without"),
    ]


def test_another_gateway_is_no_answer_of_the_first() -> None:
    assert said(changes(asked(3, 50.0), asked(0, ip="192.168.0.254"), NOW)) == []


@pytest.mark.parametrize(
    ("state", "about_to"),
    [
        (GOOD, False),
        (NO_LINK, True),
        (look(carrier={"eth1": False}), False),
        (active(NO_LINK, "eth1"), False),
        (active(NO_LINK, None), False),
        (active(NO_LINK, "eth7"), False),
        (look(UNKNOWN, mii_status="down"), True),
        (look(GOOD, mii_status="down"), False),
    ],
)
def test_a_bond_fails_over_when_its_active_slave_has_no_link(
    state: HealthState, *, about_to: bool
) -> None:
    """By the NIC's own carrier: the bond notices later."""
    assert fails_over(state) is about_to
