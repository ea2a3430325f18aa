"""Debian's ifupdown with ifenslave and bridge-utils (Debian 9 to 13, Devuan, older Ubuntu)."""

from dataclasses import replace

from xenbond_tui.answers import Answers
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts import Address, Evidence, HostFacts, Route
from xenbond_tui.plan import Expected, Plan, Step
from xenbond_tui.rules.addresses import parse_cidr
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.ifupdown import files, steps
from xenbond_tui.stacks.ifupdown.bond import EXPRESSIBLE, option_values, write_bond, write_slaves
from xenbond_tui.stacks.ifupdown.bridge import file_mtu, holders, resolved, take, write_bridge
from xenbond_tui.stacks.ifupdown.checks import check
from xenbond_tui.stacks.ifupdown.files import MAIN, Configuration
from xenbond_tui.stacks.ifupdown.hitless import Gap, move
from xenbond_tui.stacks.ifupdown.hitless_steps import HitlessSteps
from xenbond_tui.stacks.ifupdown.packages import PROBES, wrong_program
from xenbond_tui.stacks.ifupdown.read import read_answers

_ENABLED = (
    "/etc/systemd/system/multi-user.target.wants/networking.service",
    "/etc/systemd/system/network-online.target.wants/networking.service",
)
_RIVALS = {
    "/etc/systemd/system/multi-user.target.wants/NetworkManager.service": "NetworkManager",
    "/etc/systemd/system/multi-user.target.wants/systemd-networkd.service": "systemd-networkd",
    "/usr/sbin/netplan": "netplan",
}
"""What may own the network instead, by a path that is there when it is in use."""


class Ifupdown:
    """/etc/network/interfaces, brought up by ifup."""

    name = "ifupdown"
    title = "Debian ifupdown"

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """The main file and everything it sources, sorted."""
        return files.paths(tree)

    def probes(self) -> tuple[str, ...]:
        """ifup, its hooks, its service, and what replaces or rivals it."""
        return (*PROBES, *_ENABLED, *_RIVALS)

    def owns(self, facts: HostFacts) -> Evidence | None:
        """Strong when the file configures real links; weak, or none, when it has only lo."""
        ifup = any(path in facts.present for path in ("/sbin/ifup", "/usr/sbin/ifup"))
        rivals = [name for path, name in _RIVALS.items() if path in facts.present]
        enabled = any(path in facts.present for path in _ENABLED)
        links = self._links(facts)
        if MAIN not in facts.files and MAIN not in facts.unreadable:
            return None
        if not links and (not ifup or rivals):
            return None
        said = [
            f"{MAIN} configures {', '.join(links)}"
            if links
            else f"{MAIN} configures no link but lo"
        ]
        weight = 60 if links else 5
        if ifup:
            said.append("ifup is installed")
            weight += 15
        if enabled:
            said.append("networking.service is enabled")
            weight += 15
        if rivals:
            said.append(f"but {' and '.join(rivals)} is there too")
            weight -= 25
        return Evidence(self.name, "; ".join(said), weight)

    def _links(self, facts: HostFacts) -> tuple[str, ...]:
        try:
            config = Configuration(facts)
        except XenbondError:
            # check() refuses the file by name; until then the links it configures are not known.
            return ()
        return tuple(name for name in config.names() if name != "lo")

    def read(self, facts: HostFacts) -> Answers | None:
        """What the files configure today; None for nothing but lo, or files that can't be read."""
        try:
            return read_answers(Configuration(facts))
        except XenbondError:
            return None

    def expresses(self, option: str) -> bool:
        """True for the options ifenslave writes."""
        return option in EXPRESSIBLE

    def check(self, facts: HostFacts, answers: Answers) -> tuple[Finding, ...]:
        """Missing packages, other programs in ifupdown's place, lines that can't be kept."""
        return check(facts, answers)

    def plan(self, facts: HostFacts, answers: Answers) -> Plan:
        """The files with the address moved to the bridge, and the steps there and back.

        Raises:
            XenbondError: a file can't be edited without guessing; names file and line.
        """
        wrong = wrong_program(facts)
        if wrong is not None:
            raise XenbondError(f"{wrong.text} {wrong.remedy}")
        before, after = Configuration(facts), Configuration(facts)
        try:
            _edit(after, answers)
        except ValueError as error:
            raise XenbondError(f"{error}; nothing was changed. Write that line anew.") from None
        up, down = _ways(facts, answers, before, after)
        return Plan(
            stack=self.name,
            changes=tuple(
                change if change.status == "unchanged" else replace(change, why=_why(answers))
                for change in after.changes()
            ),
            up=up,
            down=down,
            expected=_expected(answers),
            summary=_summary(answers),
        )


def _ways(
    facts: HostFacts, answers: Answers, before: Configuration, after: Configuration
) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Up and down: without a gap where it can be, else in the order of ifdown and ifup."""
    try:
        without_gap = HitlessSteps(facts, answers, before, after, move(facts, answers, before))
    except Gap:
        return (
            steps.up(facts, answers, before, after),
            steps.down(facts, answers, before, after),
        )
    return without_gap.up(), without_gap.down()


def _edit(config: Configuration, answers: Answers) -> None:
    mtu = file_mtu(config, answers)
    answers = resolved(answers, mtu)
    if not config.main.lines:
        config.main.append("auto lo", "iface lo inet loopback")
    blocks = tuple(
        block
        for name in holders(config, answers)
        for block in take(config, name, answers.bridge.name)
    )
    missing = write_slaves(config, answers)
    write_bond(config, answers, missing, mtu)
    write_bridge(config, answers, blocks, mtu)


def _expected(answers: Answers) -> Expected:
    bridge = answers.bridge
    addresses = [parse_cidr(item) for item in bridge.addresses] if bridge.method == "static" else []
    routes: tuple[Route, ...] = ()
    if bridge.method == "static" and bridge.gateway is not None:
        family = 6 if ":" in bridge.gateway else 4
        routes = (Route("default", bridge.gateway, bridge.name, family),)
    return Expected(
        bond=answers.bond.name,
        slaves=answers.bond.slaves,
        options=option_values(answers.bond),
        bridge=bridge.name,
        addresses=tuple(
            Address(str(item.ip), item.network.prefixlen, item.version) for item in addresses
        ),
        routes=routes,
        dhcp=bridge.method == "dhcp",
    )


def _why(answers: Answers) -> str:
    slaves = " and ".join(answers.bond.slaves)
    return f"{slaves} under {answers.bond.name}, the address on {answers.bridge.name}"


def _summary(answers: Answers) -> str:
    bond, bridge = answers.bond, answers.bridge
    where = {"dhcp": "dhcp", "none": "no address"}.get(bridge.method) or ", ".join(bridge.addresses)
    return f"{bond.name} ({bond.mode}: {', '.join(bond.slaves)}) under {bridge.name} {where}"
