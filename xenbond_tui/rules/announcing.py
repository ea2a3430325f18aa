"""The service that announces host and guests when another slave becomes the active one.

With a primary slave that happens without a link going down, whenever its cable is back: then no
switch sees it, and each sends to the port before whatever is meant for a guest that is silent.
The service's unit and the link that starts it at boot are files of a plan, the same for every
stack; systemd takes them in, and lets them go, by steps around the stack's own.
"""

from __future__ import annotations

from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.rules import units
from xenbond_tui.rules.findings import Finding, note, refuse
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xenbond_tui.answers import Answers, Request
    from xenbond_tui.effects import Tree
    from xenbond_tui.facts.host import HostFacts
    from xenbond_tui.plan.file_change import FileChange
    from xenbond_tui.plan.plan import Plan, Step

_UNITS = "/etc/systemd/system"
_WANTS = f"{_UNITS}/multi-user.target.wants"
_TEMPLATE = "xenbond-announce@.service"
_MADE = "# Made by xenbond with the bond, and removed with it.\n"
_IN_PATH = ("/usr/bin/env", "xenbond")
FORGETS_S = 300
"""Seconds until a switch forgets where a MAC is (IEEE 802.1D, the ageing time it recommends)."""
LASTS = (
    f"until it speaks by itself or switches forget it (after {FORGETS_S} seconds, unless they are "
    "set otherwise); with it for less than a second, as a rule"
)
"""How long a silent guest is cut off: without the service nothing of this host bounds it.

With it milliseconds, and up to ANNOUNCE_EVERY_S of `health.announcer` where the active slave has
been another one just before; 0.4 to 1.4 s were measured on emulated machines with much to do.
"""


def unit(bond: str) -> str:
    """The service that announces for a bond."""
    return f"xenbond-announce@{bond}.service"


def advice(bond: str) -> str:
    """How to have it."""
    return (
        f"Choose Announce on the wizard's Bridge screen (`announce: true` in answers), or put the "
        f"unit of assets/announce into {_UNITS} and run: "
        f"systemctl enable --now {unit(bond).removesuffix('.service')}"
    )


def cost(when: str) -> str:
    """What it takes without the service, one sentence."""
    return f"When {when}, switches send to the port before: a silent guest is cut off {LASTS}."


def paths(tree: Tree) -> tuple[str, ...]:
    """The units, the links that have them started at boot, and where both would be."""
    own = tree.glob(f"{_UNITS}/{unit('*')}")
    links = (path for item in units.patterns(unit("*")) for path in tree.glob(item))
    return (*own, *links, f"{_UNITS}/{_TEMPLATE}", f"{_WANTS}/{_TEMPLATE}")


def unfit(facts: HostFacts, answers: Answers) -> str:
    """Why this host can't have the service for that bond, as it follows "because"; "" if it can."""
    from xenbond_tui.options.modes import MODES

    mode = answers.bond.mode
    if mode in MODES and mode not in MODES_WITH_ACTIVE_SLAVE:
        return f"{mode} has no active slave: nothing moves from one switch port to another"
    if facts.system.init == "sysv":
        return "systemd does not start this host"
    path = f"{_UNITS}/{unit(answers.bond.name)}"
    if units.masked(facts, unit(answers.bond.name)):
        return f"{path} is a link to /dev/null (`systemctl unmask` takes that back)"
    if path in facts.unreadable:
        return f"{path} {facts.unreadable[path].reason}"
    return facts.at_boot.unfit or facts.at_boot.unfit_itself


def proposed(facts: HostFacts, answers: Answers) -> bool:
    """What the wizard opens with: is it there already, or would its lack be felt?"""
    if unfit(facts, answers):
        return False
    there = units.started_by(facts, unit(answers.bond.name)) is not None
    return there or bool(_moves(facts, answers))


def check(facts: HostFacts, request: Request) -> tuple[Finding, ...]:
    """What it costs not to have it, where the bond will have a primary or guests are there."""
    from xenbond_tui.answers import SetUp

    answers, why = request.answers, unfit(facts, request.answers)
    if not isinstance(request, SetUp):
        return ()
    if answers.bridge.announce and why:
        return (
            refuse(
                "cannot-announce",
                "bridge.announce",
                f"No service can announce host and guests of {answers.bond.name}, because {why}.",
                "Write `announce: false`, or leave it out.",
            ),
        )
    when = _moves(facts, answers)
    if not when or _wanted(facts, request):
        return ()
    at_hand = f"None can be had here, because {why}. `xenbond announce` run by the host's own "
    text = f"Nothing will announce host and guests: {cost(when)}"
    remedy = f"{at_hand}scripts does the same." if why else f"{advice(answers.bond.name)}."
    return (note("not-announced", answers.bond.name, text, remedy),)


def _moves(facts: HostFacts, answers: Answers) -> str:
    """When the active slave changes with somebody there who must be announced; "" for never."""
    from xenbond_tui.facts.guest_ports import guest_ports

    bridge = facts.bridge(answers.bridge.name)
    if answers.bond.mode not in MODES_WITH_ACTIVE_SLAVE:
        return ""
    if primary := answers.bond.options.get("primary"):
        return f"{primary} is back and takes over again"
    guests = guest_ports((bridge,)) if bridge is not None else ()
    return f"another slave takes over under {', '.join(guests)}" if guests else ""


def _wanted(facts: HostFacts, request: Request) -> bool:
    """Is the service there afterwards? What nobody says stays as it is."""
    from xenbond_tui.answers import SetUp

    answers = request.answers
    if not isinstance(request, SetUp) or answers.bond.mode not in MODES_WITH_ACTIVE_SLAVE:
        return False
    if answers.bridge.announce is not None:
        return answers.bridge.announce
    return units.started_by(facts, unit(answers.bond.name)) is not None


def changes(facts: HostFacts, request: Request) -> tuple[FileChange, ...]:
    """The unit and its link, where they come or go; a unit that is somebody else's stays."""
    from xenbond_tui.plan.file_change import FileChange

    bond = request.answers.bond.name
    path, wanted = f"{_UNITS}/{unit(bond)}", _wanted(facts, request)
    state, now = facts.files.get(path), units.started_by(facts, unit(bond))
    mine = state is not None and state.data.startswith(_MADE.encode())
    if not wanted:
        why = f"nothing announces for {bond} any more"
        gone = [FileChange.of(path, state, None, why)] if mine else []
        links = _links(facts, bond)
        return (*gone, *(FileChange.of_link(item, target, None, why) for item, target in links))
    if request.answers.bridge.announce is None or (now is not None and not mine):
        return ()
    why = f"host and guests are announced when the active slave of {bond} changes"
    found = []
    if mine or state is None:
        found.append(FileChange.of(path, state, _text(facts).encode(), why))
    if now is None:
        link = f"{_WANTS}/{unit(bond)}"
        found.append(FileChange.of_link(link, dict(_links(facts, bond)).get(link), path, why))
    return tuple(found)


def _links(facts: HostFacts, bond: str) -> Iterator[tuple[str, str]]:
    """The links of systemd that have it started, and where they lead."""
    for path in sorted({*facts.files, *facts.unreadable}):
        state = facts.files.get(path) or facts.unreadable[path]
        if path.startswith(f"{_UNITS}/") and path.endswith(f"s/{unit(bond)}") and state.symlink:
            yield path, state.symlink


def _text(facts: HostFacts) -> str:
    """The unit: the one that is shipped, with this very program."""
    from xenbond_tui.shipped import asset

    shipped = asset("announce", _TEMPLATE).read_text(encoding="utf-8")
    command = units.quoted((*(facts.at_boot.command or _IN_PATH), "announce"))
    lines = shipped[shipped.index("[Unit]") :].splitlines()
    start = [f"ExecStart={command} %i" if x.startswith("ExecStart=") else x for x in lines]
    return _MADE + "\n".join(start) + "\n"


def carried_out(plan: Plan, bond: str) -> Plan:
    """The plan with what systemd is told of the service: after the stack's steps it is there.

    The way back stops it first. A boot that finds the files put back has begun to start it.
    """
    from xenbond_tui.plan.plan import Step
    from xenbond_tui.plan.usual_actions import Run
    from xenbond_tui.value import replace

    name = unit(bond)
    ours = [item for item in plan.changed if item.path.endswith(f"/{name}")]
    if not ours:
        return plan
    there = any(item.before is not None for item in ours)
    stays = any(item.after is not None for item in ours)

    def step(label: str, *words: str) -> Step:
        return Step(label, Run(("systemctl", *words)), best_effort=True)

    stop = step(f"Stop {name}", "stop", name)
    reload = step("Have systemd read its units again", "daemon-reload")
    start = step(f"Start {name}", "restart", name)

    def around(steps: tuple[Step, ...], *, before: bool, after: bool) -> tuple[Step, ...]:
        first = (stop,) if before and not after else ()
        return (*first, *steps, reload, *((start,) if after else ()))

    # 5: systemd has not heard of it.
    cancel = Run(("systemctl", "--no-block", "stop", name), ok=(0, 1, 5))
    return replace(
        plan,
        forward=around(plan.forward, before=there, after=stays),
        rollback=around(plan.rollback, before=stays, after=there),
        at_boot=(*plan.at_boot, *(() if there else (cancel,))),
    )
