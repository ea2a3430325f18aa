"""netplan: Ubuntu, and Debian's cloud images; it writes for systemd-networkd or NetworkManager."""

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules.findings import Finding, Severity, note, refuse
from xenbond_tui.stacks.netplan import cloud_init, files, lease, programs, remove
from xenbond_tui.stacks.netplan.bond import KEYS, option_values
from xenbond_tui.stacks.netplan.checks import check
from xenbond_tui.stacks.netplan.edit import Editor
from xenbond_tui.stacks.netplan.files import Configuration
from xenbond_tui.stacks.netplan.links import PHYSICAL, nics_of
from xenbond_tui.stacks.netplan.read import read_answers
from xenbond_tui.stacks.netplan.renderer import renderer_of
from xenbond_tui.stacks.networkd import version
from xenbond_tui.stacks.networkd.daemon import WAIT_ONLINE
from xenbond_tui.stacks.networkmanager import version as nm_version
from xenbond_tui.stacks.networkmanager.transition import sysctls
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
        if not facts.live:
            return found
        renderer = renderer_of(facts, answers, Configuration(facts))
        outage = renderer.outage()
        if outage:
            text = f"The host is out of reach for {outage}."
            return (*found, note("gap", answers.bridge.name, text))
        return (*found, *renderer.notes())

    def plan(self, facts: HostFacts, answers: Answers) -> Plan:
        """The files with the address moved to the bridge, and the steps there and back.

        Raises:
            XenbondError: a file can't be edited without guessing; names file and line.
        """
        config = Configuration(facts)
        renderer = renderer_of(facts, answers, config)
        up, down = renderer.forward(), renderer.rollback()
        Editor(facts, config, answers).edit()
        return Plan(
            stack=self.name,
            changes=(*config.changes(why(answers)), *renderer.beside(), *cloud_init.changes(facts)),
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
        renderer = renderer_of(facts, removal.answers, config)
        up, down, gap = renderer.removed(removal)
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


_MADE = tuple(f"{directory}/" for directory in _RENDERED)


def _is_made(path: str) -> bool:
    return path.rpartition("/")[2].startswith(("10-netplan-", "netplan-"))
