"""The way out: bond and bridge gone from the files, what the bridge had is one NIC's again."""

from xenbond_tui.answers import Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.ini import IniFile, Section
from xenbond_tui.files.ini_lines import SYSTEMD, Line
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.stacks.base import Activation, CommonRemoval
from xenbond_tui.stacks.networkd import activate, address, carry, lease
from xenbond_tui.stacks.networkd.daemon import Change
from xenbond_tui.stacks.networkd.edits import copies, pruned, refuse_drop_ins
from xenbond_tui.stacks.networkd.files import OURS, PREFIXES, Unit
from xenbond_tui.stacks.networkd.match import (
    Subject,
    literal,
    match_line,
    matching,
    subject,
    unit_of,
)
from xenbond_tui.stacks.networkd.places import ETC
from xenbond_tui.stacks.networkd.write import Editor


class RemovalDraft(CommonRemoval):
    """The removal in the making."""

    def __init__(self, facts: HostFacts, removal: Removal) -> None:
        super().__init__(facts, removal)
        self.editor = Editor(facts, removal.answers)
        self.config = self.editor.config
        self._files = self._names(self.answers.bond.slaves)
        self._holders = self._names((self.answers.bridge.name,), "bridge")

    def _names(self, links: tuple[str, ...], kind: str = "") -> dict[str, str]:
        """Link → name of the .network file it has today."""
        units = {name: unit_of(self.config, subject(self.facts, name, kind)) for name in links}
        return {name: unit.name for name, unit in units.items() if unit is not None}

    def _shared(self) -> frozenset[str]:
        """The NIC, where the file it will have is one of further links too."""
        bond, nic = self.answers.bond, self.removal.nic
        known = {*bond.slaves, bond.name, self.answers.bridge.name}
        others = self._names(tuple(x.name for x in self.facts.links if x.name not in known))
        return frozenset({nic} if self._holders.get(nic) in others.values() else ())

    def activate(self) -> Activation:
        """As networkd can: without an outage, or by itself."""
        change = Change(None, self._files, self._holders, self._shared())
        return activate.remove(self.facts, self.removal, change)

    def write(self) -> tuple[FileChange, ...]:
        """As `Draft`."""
        bond, bridge = self.answers.bond.name, self.answers.bridge.name
        made = self.config.netdev(bond)
        if made is None:
            raise XenbondError(f"No file of systemd-networkd makes {bond}; nothing was changed.")
        nic = subject(self.facts, self.removal.nic)
        given = self._bridge_lines()
        self._nic(nic, given)
        for name in self.answers.bond.slaves:
            if name != nic.name:
                self._spare(subject(self.facts, name))
        for link, kind in ((bond, "bond"), (bridge, "bridge")):
            unit = self.config.netdev(link)
            if unit is not None:
                self._gone(unit)
            unit = unit_of(self.config, subject(self.facts, link, kind))
            if unit is not None and literal(unit, subject(self.facts, link, kind)):
                self._gone(unit)
        guests = f"{ETC}/{PREFIXES[0]}guests.network"
        if guests in self.facts.files:
            self.config.delete(guests, self.why)
        return self.config.changes()

    def _bridge_lines(self) -> IniFile | None:
        """What the file with the address says but for its [Match] and what only a bridge needs."""
        bond, bridge = self.answers.bond.name, self.answers.bridge.name
        link = subject(self.facts, bridge, "bridge")
        if self.config.netdev(bridge) is None:
            # In none is the bond.
            link = subject(self.facts, bond, "bond")
        unit = unit_of(self.config, link)
        if unit is None:
            return None
        taken = carry.parts(copies(unit))
        file = carry.assembled(unit.path, taken.moved)
        for section in file.sections("Network")[:1]:
            held = _held(section)
            # Ours stands right below; a NIC listens to routers without being told.
            below = section.entries[len(held) : len(held) + 1]
            if held and address.method(unit) != "none":
                held += [x for x in below if (x.key, x.value) == address.ADVERTISED]
            file.remove(*held)
        lease.unpin(file, self.removal.nic)
        file.prune()
        carry.renamed(file, link.name, self.removal.nic, unit.path)
        return file

    def _nic(self, link: Subject, given: IniFile | None) -> None:
        unit = unit_of(self.config, link)
        before = self._before(unit, link)
        if before is not None and given is not None and _moved(before) == given.render().strip():
            # The file that would have matched without ours says the very same.
            self.config.delete(unit.path if unit else "", self.why)
            self._holders[link.name] = before.name
            return
        if unit is not None and literal(unit, link) and unit.path.startswith(f"{ETC}/"):
            path, own = unit.path, carry.assembled(unit.path, carry.parts(copies(unit)).own)
        else:
            path = self.editor.file_name(link)
            own = IniFile.parse(path, f"[Match]\n{match_line(self.facts, link)}\n\n", SYSTEMD)
        pruned(own)
        for section, key in carry.BOTH_KEYS if given is not None else ():
            if given is not None and given.get(section, key) is not None:
                own.remove(*own.entries(section, key))
        for part in own.sections("Link"):
            if not part.entries:
                own.remove_section(part)
        text = own.render()
        if given is not None and given.lines:
            if own.lines and own.lines[-1].text and not text.endswith(("\n", "\r")):
                text += own.newline
            text += given.render()
        file = IniFile.parse(path, text, own.dialect)
        if given is None:
            file.trim()
        self.config.write(path, file.render(), self.why)
        self._holders[link.name] = path.rpartition("/")[2]

    def _before(self, unit: Unit | None, link: Subject) -> Unit | None:
        """The file that matches once ours is gone."""
        if unit is None or not unit.path.startswith(OURS):
            return None
        others = (other for other, _ in matching(self.config, link) if other is not unit)
        return next(others, None)

    def _spare(self, link: Subject) -> None:
        unit = unit_of(self.config, link)
        if unit is None or unit.get("Network", "Bond") != self.answers.bond.name:
            return
        if not literal(unit, link):
            # All it takes were to be slaves of that bond, and are free NICs now.
            refuse_drop_ins(unit)
        if unit.path.startswith(OURS):
            self.config.delete(unit.path, self.why)
        else:
            self.editor.free(unit, self.why)

    def _gone(self, unit: Unit) -> None:
        for file in unit.files:
            if not file.path.startswith(f"{ETC}/"):
                raise XenbondError.at(
                    file.path,
                    f"is not under {ETC}, so another program writes it. It was left "
                    "untouched; take it away there and try again.",
                )
            self.config.delete(file.path, self.why)


def _held(section: Section) -> list[Line]:
    """The lines that a bridge's file was given at its top; others like them are the operator's."""
    first = [line for line in section.entries[:2] if (line.key, line.value) in address.HOLD]
    if tuple((line.key, line.value) for line in first) == address.HOLD:
        return first
    return first[:1] if first[:1] == [*section.entries[:1]] else []


def _moved(unit: Unit) -> str:
    """What of a file goes along with the address."""
    return carry.assembled(unit.path, carry.parts(copies(unit)).moved).render().strip()
