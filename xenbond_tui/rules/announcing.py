"""Is there somebody who announces host and guests when another slave becomes the active one?

With a primary slave that happens without a link going down, whenever its cable is back: then no
switch sees it, and each sends to the port before whatever is meant for a guest that is silent.
Measured: 6.3 s without the announcement, 0.34 s with it.
"""

from __future__ import annotations

from xenbond_tui.rules import units
from xenbond_tui.rules.findings import Finding, note
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from xenbond_tui.answers import Request
    from xenbond_tui.effects import Tree
    from xenbond_tui.facts.host import HostFacts
    from xenbond_tui.plan.file_change import FileChange


def unit(bond: str) -> str:
    """The service that announces for a bond."""
    return f"xenbond-announce@{bond}.service"


def advice(bond: str) -> str:
    """How to have it."""
    return f"Run: systemctl enable --now {unit(bond).removesuffix('.service')}"


def paths(tree: Tree) -> tuple[str, ...]:
    """The links that have it started at boot."""
    return tuple(path for item in units.patterns(unit("*")) for path in tree.glob(item))


def probes() -> tuple[str, ...]:
    """Nothing."""
    return ()


def check(facts: HostFacts, request: Request) -> tuple[Finding, ...]:
    """What it costs not to have it, where the bond will have a primary or guests are there."""
    from xenbond_tui.answers import SetUp
    from xenbond_tui.facts.guest_ports import guest_ports
    from xenbond_tui.options.modes import MODES

    bond, bridge = request.answers.bond, facts.bridge(request.answers.bridge.name)
    mode = MODES.get(bond.mode)
    if not isinstance(request, SetUp) or mode is None or not mode.has_active_slave:
        return ()
    if units.started_by(facts, unit(bond.name)) is not None:
        return ()
    primary = bond.options.get("primary")
    if not primary and not (bridge is not None and guest_ports((bridge,))):
        return ()
    when = f"{primary} is back and takes over again" if primary else "another slave takes over"
    return (
        note(
            "not-announced",
            bond.name,
            f"Nothing will announce host and guests when {when}: until a guest speaks by itself, "
            "switches may send to the port before (6 s and more were measured).",
            f"{advice(bond.name)}. The unit is in assets/announce.",
        ),
    )


def changes(facts: HostFacts, request: Request) -> tuple[FileChange, ...]:
    """None: a service is the operator's to enable."""
    return ()
