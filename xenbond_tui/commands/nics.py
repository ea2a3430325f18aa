"""`xenbond nics`: every NIC, whether it can be a slave, and if not why."""

import sys
from collections.abc import Sequence

from xenbond_tui.commands.say import say_json
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.network import NetworkFacts
from xenbond_tui.text import cells, one_line, pad
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

_HIDDEN_KINDS = frozenset({"loopback", "bond", "bridge"})
"""What is no NIC in anybody's eyes; everything else is listed with the reason against it."""
_WIDTH = 80


def configure(parser: "argparse.ArgumentParser") -> None:
    """Declare the command line."""
    parser.add_argument("--json", action="store_true", help="print JSON (version 1)")
    parser.add_argument("--root", metavar="DIR", help="another system's tree instead of this host")


def run(args: "argparse.Namespace") -> int:
    """Print the NICs; exit 0 also when there is none.

    Raises:
        XenbondError: the host cannot be read.
    """
    from xenbond_tui.compose import chosen
    from xenbond_tui.host.running import collect_network

    facts = collect_network(chosen(args.root))
    nics = [link for link in facts.links if link.kind not in _HIDDEN_KINDS]
    if args.json:
        document = {"version": 1, "nics": [_as_json(link, facts) for link in nics]}
        say_json(document)
    else:
        sys.stdout.write(table(nics, facts))
    return 0


def _as_json(link: Link, facts: NetworkFacts) -> dict[str, object]:
    from xenbond_tui.rules.suitable import bridge_of, unsuitable

    return {
        "name": link.name,
        "permanent_mac": link.permanent_mac or None,
        "mac": link.mac or None,
        "driver": link.driver or None,
        "bus": link.bus or None,
        "speed": link.speed,
        "duplex": link.duplex,
        "carrier": link.carrier,
        "mtu": link.mtu,
        "master": link.master,
        "addresses": [address.cidr for address in link.addresses],
        "session": _carries_session(link, facts),
        "unsuitable": unsuitable(link, facts, bridge=bridge_of(link, facts)),
    }


def table(nics: Sequence[Link], facts: NetworkFacts) -> str:
    """The NICs as text: one line each, and a second one where there is more to say than fits."""
    if not nics:
        return "No NICs were found.\n"
    head = ("NIC", "LINK", "MBIT/S", "PERMANENT MAC", "DRIVER", "NOW")
    rows = [tuple(map(one_line, _row(link, facts))) for link in nics]
    widths = [max(cells(row[column]) for row in (head, *rows)) for column in range(5)]
    indent = " " * (sum(widths) + 2 * len(widths))
    lines = []
    for row in (head, *rows):
        columns = "  ".join(pad(cell, width) for cell, width in zip(row[:5], widths, strict=True))
        first, *rest = _wrapped(row[5], max(_WIDTH - len(indent), 20)) or [""]
        lines.append(f"{columns}  {first}".rstrip())
        lines += [indent + line for line in rest]
    if any(link.mac_may_be_borrowed for link in nics):
        lines += [
            "",
            "? the current MAC, which may be borrowed from the bond; its own is not known",
        ]
    return "\n".join(lines) + "\n"


def _row(link: Link, facts: NetworkFacts) -> tuple[str, ...]:
    mark = "?" if link.mac_may_be_borrowed else ""
    return (
        link.name,
        _link_word(link),
        "-" if link.speed is None else str(link.speed),
        (link.permanent_mac or "-") + mark,
        link.driver or "-",
        _state(link, facts),
    )


def _link_word(link: Link) -> str:
    if not link.admin_up:
        return "off"
    return {True: "up", False: "no link", None: "unknown"}[link.carrier]


def _state(link: Link, facts: NetworkFacts) -> str:
    """What it does now, why it is unsuitable, and whether it must not be cut."""
    from xenbond_tui.rules.suitable import bridge_of, port_of, unsuitable

    parts = []
    if _carries_session(link, facts):
        parts.append("YOUR SESSION")
    reason = unsuitable(link, facts, bridge=bridge_of(link, facts))
    if reason is not None:
        parts.append(reason if link.master else f"unsuitable: {reason}")
    elif link.master is not None:
        parts.append(port_of(link.master, facts))
    parts += [address.cidr for address in link.shared]
    return ", ".join(parts) or "free"


def _carries_session(link: Link, facts: NetworkFacts) -> bool:
    return facts.session is not None and link.name in (facts.session.nic, facts.session.link)


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
