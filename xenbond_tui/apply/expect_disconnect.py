"""What of the operator's way in a change gives up: whether it can be meant to cut someone off."""

from collections.abc import Sequence

from xenbond_tui.apply import network, probes
from xenbond_tui.apply.store import Store
from xenbond_tui.facts.host import Session
from xenbond_tui.facts.network import KernelSnapshot
from xenbond_tui.host import door
from xenbond_tui.machine import Machine
from xenbond_tui.plan.plan import Expected


def disconnected_by(
    now: KernelSnapshot, aim: Expected | None, session: Session | None
) -> tuple[str, ...]:
    """Addresses and gateways that the host has and `aim` does without, in words, the session first.

    Empty where the host is reached as before: then nobody can mean to be cut off by the change.
    A lease that is asked for again is taken for the same one.
    """
    if aim is None:
        return ()
    given_up, involved = probes.changed_on_purpose(now, aim)
    gone = {
        address.ip
        for link in now.links
        if link.name in involved
        for address in link.addresses
        if address.ip in given_up
        and address.scope == "global"
        and not (address.dynamic and (aim.dhcp or address.family == 6))
    }
    found = []
    if session is not None and session.local in gone:
        found.append(f"{session.local}, by which you are logged in")
        gone.discard(session.local)
    found += sorted(gone)
    for route in now.routes:
        if not route.gateway or route.destination != "default" or route.link not in involved:
            continue
        kept = {item.gateway for item in aim.routes if item.family == route.family}
        if not aim.dhcp and route.protocol != "ra" and route.gateway not in kept:
            found.append(f"the gateway {route.gateway}")
    return tuple(dict.fromkeys(found))


def no_way_left(now: KernelSnapshot, aim: Expected | None) -> bool:
    """Does `aim` leave no address where the gateway is reached by now?

    It answers no more then, and that takes the change back at once unless it is meant.
    """
    if aim is None or aim.dhcp or any(item.scope == "global" for item in aim.addresses):
        return False
    _, involved = probes.changed_on_purpose(now, aim)
    return any(r.gateway and r.destination == "default" and r.link in involved for r in now.routes)


def told(loses: Sequence[str], bare: bool, by: str) -> str:
    """What a change gives up, and what it means to say that it is meant; "" where it gives up none.

    Args:
        loses: as `disconnected_by`.
        bare: as `no_way_left`.
        by: how it is said: "the tick".
    """
    if not loses:
        return ""
    gives = f"Gives up {' and '.join(loses)}."
    if bare:
        return (
            f"{gives} No address is left instead: without {by} it is rolled back at once, because "
            "nothing answers. Keep it in time by the console or another NIC."
        )
    return (
        f"{gives} With {by} it is not rolled back at once because nothing answers. Log in the new "
        "way and keep it in time, or it rolls back."
    )


def aim_of_undo(machine: Machine, id: str) -> Expected | None:
    """What the undo of a past change aims at; None where that is not on record.

    Raises:
        XenbondError: its notes are damaged.
    """
    store = Store(machine)
    undone = store.expected(id)
    path = store.path(id, "network.json")
    if undone is None or not door.exists(path):
        return None
    old = network.target_of(network.read_snapshot(path), undone)
    return probes.aim_of_undo(undone, old.before)
