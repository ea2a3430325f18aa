"""Bond and bridge in networkd's files: who is a slave, what moves to the bridge, which names."""

from xenbond_tui.answers import Answers
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.guest_ports import PLUGGED
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import SYSTEMD, Line
from xenbond_tui.rules.addresses import parse_cidr
from xenbond_tui.stacks.networkd import address, carry, lease
from xenbond_tui.stacks.networkd.daemon import Change
from xenbond_tui.stacks.networkd.edits import (
    add_section,
    comes_up,
    copies,
    copy,
    make_port,
    netdevs,
    no_name_left,
    pruned,
    refuse_drop_ins,
    set_link_key,
)
from xenbond_tui.stacks.networkd.files import OURS, PREFIXES, Configuration, Unit
from xenbond_tui.stacks.networkd.match import (
    Subject,
    doubtful,
    first_line,
    greedy,
    literal,
    match_line,
    matching,
    more_slaves,
    of_link,
    subject,
    unit_of,
)
from xenbond_tui.stacks.networkd.places import ETC
from xenbond_tui.stacks.outcome import why_bridge


class Editor:
    """Files edited in memory, each once: of a set-up, and those a removal shares with it."""

    def __init__(self, facts: HostFacts, answers: Answers) -> None:
        self.facts = facts
        self.answers = answers
        self.config = Configuration(facts)
        bond, bridge = answers.bond.name, answers.bridge.name
        self.slaves = {name: subject(facts, name) for name in answers.bond.slaves}
        self.bond = subject(facts, bond, "bond")
        self.bridge = subject(facts, bridge, "bridge")
        self.source = self._source()
        self._ports: list[str] = []
        self._files: dict[str, str] = {}
        self._holders = {
            name: unit.name
            for name, link in {**self.slaves, bond: self.bond}.items()
            if (unit := self.unit(link)) is not None
        }
        self._bond_file = ""

    def edit(self) -> None:
        """Write all files as they are to be."""
        for file, why in netdevs(self.config, self.answers):
            self._keep(file, why)
        self._bridge_network()
        for name, link in self.slaves.items():
            self._slave(name, link)
        self._former_slaves()
        self._bond_network()
        self._guests()

    def change(self, written: Answers | None) -> Change:
        """What the steps must know of the plan, once the files are written."""
        return Change(
            written,
            dict(self._files),
            dict(self._holders),
            self._shared(),
            bond_file=self._bond_file,
        )

    def _shared(self) -> frozenset[str]:
        """Slaves whose file of today is one of further links too."""
        known = {*self.slaves, self.answers.bond.name, self.answers.bridge.name}
        others = [link.name for link in self.facts.links if link.name not in known]
        used = [self.unit(subject(self.facts, name)) for name in others]
        units = {name: self.unit(link) for name, link in self.slaves.items()}
        return frozenset(name for name, unit in units.items() if unit is not None and unit in used)

    def unit(self, link: Subject) -> Unit | None:
        """The file that configures a link today."""
        return unit_of(self.config, link)

    def editable(self, link: Subject) -> Unit | None:
        """That file, when it is about this link alone and can be edited where it is."""
        unit = self.unit(link)
        if unit is None or not literal(unit, link) or len(unit.files) > 1 or unit.linked:
            return None
        return unit if unit.path.startswith(f"{ETC}/") else None

    def file_name(self, link: Subject) -> str:
        """Where a new file of a link is written: one that comes first.

        Raises:
            XenbondError: no name would come first.
        """
        others = [other for other, _ in matching(self.config, link)]
        rest = f"{link.name}.network"
        free = [prefix for prefix in PREFIXES if not self.config.there(f"{ETC}/{prefix}{rest}")]
        first = min((other.name for other in others), default="\uffff")
        name = next((name for prefix in free if (name := prefix + rest) < first), None)
        if name is None and not others:
            raise no_name_left(f"{ETC}/{PREFIXES[-1]}{rest}")
        if name is None:
            raise XenbondError.at(
                others[0].path,
                f"matches {link.name} and comes before any name I would give a file. It was left "
                "untouched; rename it so that it begins with a number.",
            )
        return f"{ETC}/{name}"

    def _source(self) -> Subject | None:
        """The link whose file has the address today, and gives it to the bridge."""
        own = self.unit(self.bridge)
        if own is not None and literal(own, self.bridge):
            return None
        units = {link: self.unit(link) for link in (self.bond, *self.slaves.values())}
        better = [it for it, unit in units.items() if unit and address.method(unit) != "none"]
        # Who only listens to routers gives away the address where nobody else has one.
        holders = better or [it for it, unit in units.items() if unit and address.announced(unit)]
        wanted = {str(parse_cidr(item).ip) for item in self.answers.bridge.addresses}

        def rank(link: Subject) -> bool:
            unit = self.unit(link)
            written = {item.partition("/")[0] for item in address.cidrs(unit)} if unit else set()
            running = self.facts.link(link.name)
            held = {item.ip for item in running.addresses} if running is not None else set()
            return not (wanted & written or (not written and held & wanted)) and not (
                self.answers.bridge.method == "dhcp" and bool(held)
            )

        return min(holders, key=rank, default=None)

    def _bridge_network(self) -> None:
        bridge = self.answers.bridge
        unit = self.unit(self.bridge)
        own = unit is not None and literal(unit, self.bridge)
        if unit is not None and own:
            refuse_drop_ins(unit)
            file = copy(unit.main, f"{ETC}/{unit.name}")
        else:
            file = self._carried(self.file_name(self.bridge))
        self._hold(file)
        comes_up(file)
        address.settle(file, bridge)
        if bridge.method == "dhcp" and self.source is not None:
            lease.pin(file, self.facts, self.source.name)
        if bridge.mtu is not None:
            set_link_key(file, "MTUBytes", str(bridge.mtu))
        said = normal_mac(file.get("Link", "MACAddress") or "")
        if own and said is not None and bridge.mac not in ("", said):
            # It counts more than the one that the bridge is made with.
            set_link_key(file, "MACAddress", bridge.mac)
        self._holders[bridge.name] = file.path.rpartition("/")[2]
        self._keep(file, why_bridge(bridge))

    def _carried(self, path: str) -> IniFile:
        """The bridge's new file: what the file with the address says, but for the NIC's own."""
        head = ["[Match]", f"Name={self.bridge.name}"]
        unit = None if self.source is None else self.unit(self.source)
        if unit is None or self.source is None or self.answers.bridge.method == "none":
            file = IniFile.parse(path, "", SYSTEMD)
            file.append(*head)
            file.append("[Network]")
            return file
        taken = carry.parts(copies(unit), keeps=carry.STACKED)
        file = carry.assembled(path, taken.moved)
        carry.renamed(file, self.source.name, self.bridge.name, unit.path)
        file.insert_before(file.lines[0], *head, *([""] if taken.spaced else []))
        return file

    def _hold(self, file: IniFile) -> None:
        if not file.sections("Network"):
            file.append("[Network]")
        section = file.sections("Network")[0]
        lines = [
            f"{key}={value}" for key, value in address.HOLD if file.get("Network", key) is None
        ]
        if self._advertised(file):
            lines.append("=".join(address.ADVERTISED))
        if lines:
            file.insert_after(section.head, *lines)

    def _advertised(self, file: IniFile) -> bool:
        """A router made addresses or routes on the NIC, and shall go on doing so."""
        if self.source is None or file.get("Network", address.ADVERTISED[0]) is not None:
            return False
        link = self.facts.link(self.source.name)
        heard = link is not None and any(item.announced for item in link.addresses)
        return heard or any(
            route.link == self.source.name and route.protocol == "ra" for route in self.facts.routes
        )

    def _bond_network(self) -> None:
        unit = self.unit(self.bond)
        joins = unit is None or unit.get("Network", "Bridge") != self.bridge.name
        file = self._own_file(self.bond, unit, joins=joins)
        make_port(file, "Bridge", self.bridge.name)
        if joins and file.get("Network", "LinkLocalAddressing") is None:
            address.add(file, "LinkLocalAddressing", "no")
        mtu = self.answers.bridge.mtu
        if mtu is not None and file.get("Link", "MTUBytes") != str(mtu):
            set_link_key(file, "MTUBytes", str(mtu))
        if mtu is None and unit is not None and not literal(unit, self.bond):
            # Of a pattern's: the bridge has not that one.
            file.remove(*file.entries("Link", "MTUBytes"))
        for raw in self._ports:
            file.append(*raw.splitlines())
        self._bond_file = file.path.rpartition("/")[2]
        self._keep(file, f"{self.bond.name}, a port of {self.bridge.name}")

    def _slave(self, name: str, link: Subject) -> None:
        bond = self.answers.bond
        unit = self.unit(link)
        if self.source in (None, link):
            self._refuse_doubt(link)
        primary = bond.options.get("primary") == name
        joins = unit is None or unit.get("Network", "Bond") != bond.name
        right = unit is not None and primary == bool(unit.yes("Network", "PrimarySlave"))
        stays = right and not joins and self.editable(link) is None
        if unit is not None and stays and not carry.down(unit):
            self._files[name] = unit.name
            return
        file = self._own_file(link, unit, joins=joins)
        for section in file.sections(*carry.PORT_SECTIONS):
            self._ports.append(section.raw)
            file.remove_section(section)
            file.trim()
        make_port(file, "Bond", bond.name)
        if not primary:
            file.remove(*file.entries("Network", "PrimarySlave"))
        elif not Unit(file.path, (file,)).yes("Network", "PrimarySlave"):
            file.set("Network", "PrimarySlave", "yes")
        mtu = self.answers.bridge.mtu
        if mtu is not None and file.get("Link", "MTUBytes") is not None:
            file.set("Link", "MTUBytes", str(mtu))
        self._files[name] = file.path.rpartition("/")[2]
        self._keep(file, f"{name} becomes a slave of {bond.name}")

    def _own_file(self, link: Subject, unit: Unit | None, *, joins: bool) -> IniFile:
        """The file of a port: its own without what moved, or a new one that comes first.

        A file that is about other links too, or that says more than can move, stays as it is.
        """
        here, moved = self.editable(link), self.source is link
        taken = None if unit is None else carry.parts(copies(unit), keeps=carry.STACKED)
        if here is not None and taken is not None and (moved or not joins or not taken.assignments):
            lines: tuple[Line, ...] = taken.own if moved else tuple(here.main.lines)
            file = carry.assembled(here.path, lines)
            file.bom = here.main.bom
            self._match_port(file, link)
            spaced = taken.spaced
        else:
            others = () if taken is None else taken.own
            file = carry.assembled(self.file_name(link), others)
            for section in file.sections("Match"):
                file.remove_section(section)
            lead = [line for line in file.lines if not line.text or line.comment]
            if not file.sections():
                file.remove(*lead)
            match = match_line(self.facts, link)
            if file.lines:
                file.insert_before(file.lines[0], "[Match]", match, "")
            else:
                file.append("[Match]", match)
            spaced = True
        comes_up(file)
        if moved and file.sections("Network"):
            file.trim()
        if joins and file.get("Link", "RequiredForOnline") is None:
            set_link_key(file, "RequiredForOnline", "no", spaced=spaced)
        if not file.sections("Network"):
            add_section(file, "Network", spaced=spaced)
        return file

    def _match_port(self, file: IniFile, link: Subject) -> None:
        """Slaves, bond and bridge share a MAC: the current one finds a NIC no more."""
        lines = file.entries("Match", "MACAddress")
        if not lines or link.kind:
            return
        key, _, value = match_line(self.facts, link).partition("=")
        first = file.set_value(lines[0], value)
        file.insert_after(first, f"{key}={value}")
        file.remove(first, *lines[1:])

    def _former_slaves(self) -> None:
        """Slaves the bond is to have no longer: known, and without address."""
        bond = self.answers.bond
        for unit, link in more_slaves(self.config, bond):
            if literal(unit, link):
                refuse_drop_ins(unit)
                self.free(unit, f"{link.name} is no slave of {bond.name} any more")
                continue
            file = IniFile.parse(self.file_name(link), "", SYSTEMD)
            file.append("[Match]", f"Name={link.name}")
            file.append_section("Network", ("LinkLocalAddressing", "no"))
            self._keep(file, f"{link.name} stays out of {bond.name}, whatever {unit.name} matches")

    def free(self, unit: Unit, why: str) -> None:
        """Make a slave's file one of a free NIC, or take away a file that was for nothing else."""
        file = copy(unit.main, f"{ETC}/{unit.name}")
        pruned(file)
        said = [line for line in file.lines if line.comment or line.key]
        matched = [line for section in file.sections("Match") for line in section.entries]
        # One that became a slave's by us was for something; without it another one may match.
        plain = unit.get("Link", "RequiredForOnline") is None and not self._shadows(unit)
        ours = unit.path.startswith(OURS) or (plain and unit.path.startswith(f"{ETC}/"))
        if len(said) == len(matched) and ours:
            self.config.delete(unit.path, why)
            return
        if not file.sections("Network"):
            file.append_section("Network", ("LinkLocalAddressing", "no"))
        self._keep(file, why)

    def _shadows(self, unit: Unit) -> bool:
        """Would another file be about a slave of that file without it?"""
        links = [*map(of_link, self.facts.links), *self.slaves.values()]
        found = ([it for it, _ in matching(self.config, link)] for link in links)
        return any(unit in units and units[-1] is not unit for units in found)

    def _guests(self) -> None:
        """A file for any link would take guests' ports from the bridge: it knows no Bridge=."""
        if self.facts.xen.role != "dom0" or not greedy(self.config):
            return
        path = f"{ETC}/{PREFIXES[0]}guests.network"
        if path in self.facts.files:
            return
        file = IniFile.parse(path, "", SYSTEMD)
        file.append("[Match]", f"Name={' '.join(f'{name}*' for name in PLUGGED)}")
        file.append("[Link]", "Unmanaged=yes")
        self._keep(file, "guests' ports are the toolstack's")

    def _refuse_doubt(self, link: Subject) -> None:
        unit = doubtful(self.config, link)
        if unit is not None:
            line = first_line(unit)
            raise XenbondError.at(
                line.where,
                f"whether `{line.line.text}` is about {link.name} can't be told "
                "here. It was left untouched; name the NIC there by Name= and try again.",
            )

    def _keep(self, file: IniFile, why: str) -> None:
        self.config.write(file.path, file.render(), why)
