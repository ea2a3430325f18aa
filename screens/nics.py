"""NICs in words: the slaves' table and what is said about one of them."""

from collections.abc import Sequence

from xenbond_tui.facts.guest_ports import is_guest_port
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules.suitable import NIC_KINDS, port_of, unsuitable
from xenbond_tui.text import align

MARK = 4
"""Columns of a mark and the blank after it."""


def nics(facts: HostFacts) -> tuple[Link, ...]:
    """The links that are NICs, suitable or not; not the loopback, bridges, guests' ports."""
    return tuple(
        link
        for link in facts.links
        if link.kind in NIC_KINDS and link.name != "lo" and not is_guest_port(link)
    )


def link_word(link: Link) -> str:
    """up, DOWN, or off for a link that is administratively down and has no carrier to speak of."""
    if not link.admin_up:
        return "off"
    return {True: "up", False: "DOWN", None: "?"}[link.carrier]


def speed_text(speed: int | None) -> str:
    """Mbit/s, or `-` when the driver does not say."""
    return str(speed) if speed and speed > 0 else "-"


def now(link: Link, facts: HostFacts, bond: str, bridge: str) -> str:
    """What the NIC is used for today, or why it can be no slave."""
    reason = unsuitable(link, facts, bond, bridge)
    if reason is not None:
        text = reason
    elif link.addresses:
        shown = link.shared or link.addresses
        text = shown[0].cidr + (f" +{len(shown) - 1}" if len(shown) > 1 else "")
    elif link.master is not None:
        text = port_of(link.master, facts)
    else:
        text = "free"
    return f"{text}   * you" if _carries_session(link, facts) else text


def table(
    facts: HostFacts, chosen: Sequence[str], bond: str, bridge: str, width: int
) -> tuple[str, list[str]]:
    """Header and one line per NIC, each beginning with its mark: `[x]`, `[ ]` or ` - `.

    Where `width` columns are too few the gaps shrink, then drivers are left out; where there is
    room the bus is added.
    """
    links = nics(facts)
    columns = {
        "NIC": [link.name for link in links],
        "LINK": [link_word(link) for link in links],
        "SPEED": [speed_text(link.speed) for link in links],
        "PERMANENT MAC": [
            link.permanent_mac + ("?" if link.mac_may_be_borrowed else "") for link in links
        ],
        "DRIVER": [link.driver for link in links],
        "BUS": [link.bus for link in links],
        "NOW": [now(link, facts, bond, bridge) for link in links],
    }
    lines: list[str] = []
    for left_out, gap in ((), "  "), (("BUS",), "  "), (("BUS",), " "), (("BUS", "DRIVER"), " "):
        shown = {name: cells for name, cells in columns.items() if name not in left_out}
        rows = [tuple(shown), *zip(*shown.values(), strict=True)]
        lines = align(rows, right={2}, gap=gap)
        if max(len(line) for line in lines) + MARK <= width:
            break
    marks = [_mark(unsuitable(link, facts, bond, bridge), link.name in chosen) for link in links]
    header, *rest = lines
    return " " * MARK + header, [f"{mark} {line}" for mark, line in zip(marks, rest, strict=True)]


def _mark(reason: str | None, chosen: bool) -> str:
    if reason is not None:
        return " - "
    return "[x]" if chosen else "[ ]"


def about(link: Link, facts: HostFacts, bond: str, bridge: str) -> list[str]:
    """What is to be said about one NIC: where it sits, then what choosing it means."""
    where = ", ".join(part for part in (link.driver, link.bus) if part) or "no driver named"
    lines = [f"{link.name}: {where}, {_carrier(link)}."]
    reason = unsuitable(link, facts, bond, bridge)
    addresses = [item.cidr for item in link.shared]
    if reason is not None:
        lines.append(f"It can't be chosen: {reason}.")
    elif link.master == bridge:
        yours = "You are logged in over it. " if _carries_session(link, facts) else ""
        lines.append(f"{yours}It stays under {bridge}, with {bond} between, guests and all.")
    elif _carries_session(link, facts):
        lines.append(
            f"You are logged in over this NIC. Its address and its MAC move to {bridge}; if you "
            "can't say keep afterwards, all of it rolls back by itself."
        )
    elif addresses:
        lines.append(f"Its address {addresses[0]} moves to {bridge}.")
    elif link.admin_up and link.carrier is False:
        lines.append("No cable, or the other end is off. It can be chosen, but it carries nothing.")
    elif link.master is not None:
        lines.append(f"It is a {port_of(link.master, facts)} already.")
    else:
        lines.append("Nothing uses it.")
    if link.mac_may_be_borrowed:
        lines.append("Its driver does not tell the permanent MAC; the one shown may be its bond's.")
    return lines


def _carries_session(link: Link, facts: HostFacts) -> bool:
    return facts.session is not None and facts.session.nic == link.name


def _carrier(link: Link) -> str:
    if not link.admin_up:
        return "switched off: its link is not known until it is up"
    if link.carrier is False:
        return "no link"
    speed = f" at {link.speed} Mbit/s" if link.speed and link.speed > 0 else ""
    return f"link up{speed}"
