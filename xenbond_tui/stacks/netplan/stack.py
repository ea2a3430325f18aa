"""netplan: Ubuntu, and Debian's cloud images; it writes for systemd-networkd or NetworkManager."""

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules.findings import Finding, Severity, note, refuse
from xenbond_tui.stacks.change_over import Gap
from xenbond_tui.stacks.netplan import cloud_init, files, lease, programs, remove, steps
from xenbond_tui.stacks.netplan.bond import KEYS, option_values
from xenbond_tui.stacks.netplan.checks import check
from xenbond_tui.stacks.netplan.edit import Editor
from xenbond_tui.stacks.netplan.files import Configuration
from xenbond_tui.stacks.netplan.links import PHYSICAL, nics_of
from xenbond_tui.stacks.netplan.networkd_steps import able, networkd_steps, rendered
from xenbond_tui.stacks.netplan.nm_steps import GAP as NM_GAP
from xenbond_tui.stacks.netplan.nm_steps import NmSteps
from xenbond_tui.stacks.netplan.read import read_answers
from xenbond_tui.stacks.networkd import remove as networkd
from xenbond_tui.stacks.networkd import version
from xenbond_tui.stacks.networkd.steps import GAP as NETWORKD_GAP
from xenbond_tui.stacks.networkd.steps import SLAVES_GAP, WAIT_ONLINE
from xenbond_tui.stacks.networkmanager import version as nm_version
from xenbond_tui.stacks.networkmanager.hitless import sysctls
from xenbond_tui.stacks.outcome import (
    expected,
    removed_expected,
    removed_summary,
    removed_why,
    summary,
    why,
)

_RENDERED = ("/run/systemd/network", "/run/NetworkManager/system-connections")
"""Where netplan writes what systemd-networkd and NetworkManager read."""


class Netplan:
    """/etc/netplan/*.yaml, which netplan turns into another program's files at each boot."""

    name = "netplan"
    title = "netplan"

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """Its own files, cloud-init's, and what it has made of them."""
        made = (
            *tree.glob(f"{_RENDERED[0]}/10-netplan-*"),
            *tree.glob(f"{_RENDERED[0]}/10-netplan-*.d/*.conf"),
            *tree.glob(f"{_RENDERED[1]}/netplan-*"),
            *sysctls(tree),
            *version.paths(tree),
            *nm_version.paths(tree),
            *lease.paths(tree),
        )
        return tuple(sorted({*files.paths(tree), *cloud_init.paths(tree), *made}))

    def probes(self) -> tuple[str, ...]:
        """The programs of netplan and of cloud-init."""
        return (*programs.PROBES, *cloud_init.PROBES, *WAIT_ONLINE)

    def owns(self, facts: HostFacts) -> Evidence | None:
        """Strong when it is installed and its files define NICs; stronger when it has made more."""
        if not programs.installed(facts):
            return None
        try:
            config = Configuration(facts)
            names = [
                (definition.id, definition.file.path)
                for definition in config.definitions(*PHYSICAL)
            ]
            nics = tuple(
                dict.fromkeys(nic for name, _ in names for nic in nics_of(facts, config.of(name)))
            )
        except XenbondError:
            # check() refuses the file by name; until then what it defines is not known.
            names, nics = [], ()
        if not nics:
            return None
        own = dict.fromkeys(path for _, path in names)
        text = f"{' and '.join(own)} {'define' if len(own) > 1 else 'defines'} {', '.join(nics)}"
        made = next(
            (path for path in sorted(facts.files) if path.startswith(_MADE) and _is_made(path)),
            None,
        )
        if made is not None:
            text = f"{text}; {made} was made of it"
        return Evidence(
            self.name,
            text,
            95 if made is not None else 80,
            links=nics,
            settle=f"take {{nic}} out of {' and '.join(own)} and run netplan generate",
        )

    def read(self, facts: HostFacts) -> Answers | None:
        """What the files configure today; None for nothing, or files that can't be read."""
        try:
            return read_answers(facts, Configuration(facts))
        except XenbondError:
            return None

    def spelling(self, option: str) -> str | None:
        """Netplan's parameter: `mii-monitor-interval`."""
        return KEYS.get(option)

    def check(self, facts: HostFacts, answers: Answers) -> tuple[Finding, ...]:
        """Definitions that can't be edited, and lines that will not come along."""
        found = check(facts, answers)
        if any(item.severity is Severity.REFUSE for item in found):
            return found
        try:
            self.plan(facts, answers)
        except XenbondError as error:
            where = str(error).partition(": ")[0]
            remedy = "Put that file right and try again."
            return (*found, refuse("file-not-editable", where, str(error), remedy))
        gap = self._gap(facts, answers)
        if facts.live and gap:
            text = f"The host is out of reach for {gap}."
            text = text if gap == SLAVES_GAP else f"{text[:-1]} while netplan changes over."
            return (*found, note("gap", answers.bridge.name, text))
        config = Configuration(facts)
        if facts.live and _renders_for(facts, answers, config) == "networkd":
            return (*found, *networkd_steps(facts, answers, config).lease_moves())
        return found

    def _gap(self, facts: HostFacts, answers: Answers) -> str:
        config = Configuration(facts)
        match _renders_for(facts, answers, config):
            case "networkd":
                by_networkd = networkd_steps(facts, answers, config)
                way = by_networkd.way()
                if isinstance(way, Gap):
                    return f"{NETWORKD_GAP} ({way})"
                return SLAVES_GAP if by_networkd.slaves_set_down else ""
            case "NetworkManager":
                by_nm = NmSteps(facts, answers, config).way
                return f"{NM_GAP} ({by_nm})" if isinstance(by_nm, Gap) else ""
            case _:
                return steps.GAP

    def plan(self, facts: HostFacts, answers: Answers) -> Plan:
        """The files with the address moved to the bridge, and the steps there and back.

        Raises:
            XenbondError: a file can't be edited without guessing; names file and line.
        """
        config = Configuration(facts)
        leased: tuple[FileChange, ...] = ()
        match _renders_for(facts, answers, config):
            case "networkd":
                by_networkd = networkd_steps(facts, answers, config)
                up, down = rendered(by_networkd.up()), rendered(by_networkd.down())
                leased = lease.changes(facts, answers)
            case "NetworkManager":
                by_nm = NmSteps(facts, answers, config)
                up, down = by_nm.up(), by_nm.down()
            case _:
                up, down = steps.up(facts, answers), steps.down(facts, answers)
        Editor(facts, config, answers).edit()
        return Plan(
            stack=self.name,
            changes=(*config.changes(why(answers)), *leased, *cloud_init.changes(facts)),
            up=up,
            down=down,
            expected=expected(answers, option_values(answers.bond)),
            summary=summary(answers),
        )

    def remove(self, facts: HostFacts, removal: Removal) -> Plan:
        """The files with the address on one NIC again, and the steps there and back.

        Raises:
            XenbondError: no file makes the bond, or one can't be edited without guessing.
        """
        config = Configuration(facts)
        match _renders_for(facts, removal.answers, config):
            case "networkd":
                change = networkd_steps(facts, removal.answers, config).change
                up, down, gap = networkd.ways(facts, removal, change)
                up, down = rendered(up), rendered(down)
            case "NetworkManager":
                by_nm = NmSteps(facts, removal.answers, config)
                up, down, gap = by_nm.removal(removal, config)
            case _:
                up, down = steps.removal_up(removal), steps.removal_down(facts, removal)
                gap = steps.GAP
        remove.edit(facts, config, removal)
        return Plan(
            stack=self.name,
            changes=(
                *config.changes(removed_why(removal)),
                *lease.removed(facts, removal, removed_why(removal)),
            ),
            up=up,
            down=down,
            expected=removed_expected(removal),
            summary=removed_summary(removal),
            gap=gap,
        )


def _renders_for(facts: HostFacts, answers: Answers, config: Configuration) -> str:
    """Whose own steps hold: networkd, NetworkManager, or "" where netplan apply has to do it."""
    renderer = Editor(facts, config, answers).renderer
    return "" if renderer == "networkd" and not able(facts) else renderer


_MADE = tuple(f"{directory}/" for directory in _RENDERED)


def _is_made(path: str) -> bool:
    return path.rpartition("/")[2].startswith(("10-netplan-", "netplan-"))
