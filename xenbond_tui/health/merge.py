"""Events that several have told, each told once. Pure.

Two tell of the same thing when it has the same code and slave at the same time. Of one boot the
clock that never goes back says what the same time is: the wall clock is set, by a person or by
NTP, and what was written down before differs by that from what is worked out after. Only where one
of the two does not know its boot the wall clock has to do.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from xenbond_tui.facts.bond import BondState
from xenbond_tui.health.event import Event

SAME_WITHIN_S = 2.0
"""Seconds: the same thing seen twice, by two screens or by the kernel's log and a screen."""


def merged(*sources: Sequence[Event], same: float = SAME_WITHIN_S) -> tuple[Event, ...]:
    """Events of several sources in order; of two that tell the same, the first source's stays.

    No source tells a thing twice: of three flaps that one source tells and one that another does,
    one is the same, and three are kept.

    Args:
        sources: each in order.
        same: seconds; the kernel's log is by the bond's clock (`same_for`).
    """
    kept: list[Event] = []
    for source in sources:
        own, rest = _unpaired(kept, source, _since_boot, lambda one, other: True, same)
        # Who knows another boot has seen something else, whatever the wall clock said then.
        _, rest = _unpaired(
            own, rest, _wall, lambda one, other: not (one.boot and other.boot), same
        )
        kept += rest
    return _in_order(kept)


def same_for(bond: BondState | None) -> float:
    """Seconds between a link's change and the bond's word of it in the kernel's log, at most.

    bond_miimon_inspect() looks once a miimon, and then waits for updelay or downdelay.
    """
    if bond is None:
        return SAME_WITHIN_S
    return SAME_WITHIN_S + ((bond.miimon or 0) + max(bond.updelay or 0, bond.downdelay or 0)) / 1000


def _since_boot(event: Event) -> tuple[str, float] | None:
    """Boot and seconds since; None where one of them is not known."""
    if not event.boot or event.monotonic is None:
        return None
    return event.boot, event.monotonic


def _wall(event: Event) -> tuple[str, float]:
    return "", event.wall


def _unpaired(
    kept: Iterable[Event],
    new: Iterable[Event],
    when: Callable[[Event], tuple[str, float] | None],
    may: Callable[[Event, Event], bool],
    same: float,
) -> tuple[list[Event], list[Event]]:
    """Those of both that have no counterpart of the same time by that clock.

    Each is paired with the earliest that fits: with both in order that pairs as many as can be.
    """
    known: dict[tuple[str, str | None, str], list[tuple[float, Event]]] = {}
    left, rest = [], []
    for event in kept:
        at = when(event)
        if at is None:
            left.append(event)
        else:
            known.setdefault((event.code, event.slave, at[0]), []).append((at[1], event))
    for times in known.values():
        times.sort(key=lambda item: item[0])
    for event in sorted(new, key=lambda event: (when(event) or ("", 0.0))[1]):
        at = when(event)
        times = known.get((event.code, event.slave, at[0]), []) if at is not None else []
        first = bisect_left(times, at[1] - same, key=lambda item: item[0]) if at is not None else 0
        for index in range(first, len(times)):
            if at is None or times[index][0] > at[1] + same:
                rest.append(event)
                break
            if may(times[index][1], event):
                del times[index]
                break
        else:
            rest.append(event)
    return [*left, *(event for times in known.values() for _, event in times)], rest


def _in_order(events: list[Event]) -> tuple[Event, ...]:
    """By time; within one boot by the clock that never goes back."""
    began: dict[str, float] = {}
    for event in events:
        at = _since_boot(event)
        if at is not None:
            # The wall clock was right at the end, if ever.
            began[at[0]] = max(began.get(at[0], at[1]), at[1])
    newest = {at: event for event in events if (at := _since_boot(event)) is not None}
    booted = {boot: newest[boot, last].wall - last for boot, last in began.items()}

    def when(event: Event) -> tuple[float, float]:
        at = _since_boot(event)
        return (event.wall, 0.0) if at is None else (booted[at[0]] + at[1], at[1])

    return tuple(sorted(events, key=when))
