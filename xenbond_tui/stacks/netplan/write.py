"""Writes bond and bridge into the files: what stands there keeps its place and its spelling."""

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.files.yaml_text import YamlText
from xenbond_tui.stacks.netplan import address, bond
from xenbond_tui.stacks.netplan.files import Configuration, Merged
from xenbond_tui.stacks.netplan.links import definition_of, found_by, nic_of
from xenbond_tui.stacks.netplan.places import NEW_FILE, OWN_DIRECTORY


class Editor:
    """One edit of all files."""

    def __init__(self, facts: HostFacts, config: Configuration, answers: Answers) -> None:
        self.facts = facts
        self.config = config
        self.answers = answers
        self.slaves = {nic: definition_of(facts, config, nic) for nic in answers.bond.slaves}
        self.ids = {nic: link.id for nic, link in self.slaves.items()}
        self.source = self._source()
        self.optional = self.source is not None and self.source.true("optional")
        self.home = self._home()
        self.renderer = self._renderer()
        self.mac = normal_mac(answers.bridge.mac) or ""
        self.mtu = None if answers.bridge.mtu is None else str(answers.bridge.mtu)

    def _source(self) -> Merged | None:
        """Whose address moves; nobody's where the bridge has its own."""
        if address.has_address(self._bridge()):
            return None
        return address.source_of((self._bond(), *self.slaves.values()), self.answers)

    def _bond(self) -> Merged:
        return self.config.of(self.answers.bond.name)

    def _bridge(self) -> Merged:
        return self.config.of(self.answers.bridge.name)

    def _home(self) -> YamlText:
        """The file that new definitions go to: where the address stands, or the NICs."""
        links = (self._bridge(), self._bond(), self.source, *self.slaves.values())
        for link in links:
            for definition in reversed(link.definitions if link is not None else ()):
                if definition.file.path.startswith(f"{OWN_DIRECTORY}/"):
                    return definition.file
        return self.config.file(NEW_FILE)

    def _renderer(self) -> str:
        first = next(iter(self.slaves.values()), Merged("", ()))
        holder = self.source or first
        kind = holder.definitions[0].type if holder.definitions else "ethernets"
        return self.config.renderer(holder, kind, self.home)

    def renderers(self) -> dict[str, str]:
        """Each slave's renderer, by NIC."""
        return {
            nic: self.config.renderer(link, "ethernets", self.home)
            for nic, link in self.slaves.items()
        }

    def edit(self) -> None:
        """Write everything.

        Raises:
            XenbondError: a line can't be edited without touching others; names file and line.
        """
        if self.home.data(("network",)) is None:
            self.home.put(("network", "version"), "2")
        for nic in self.slaves:
            self._slave(nic)
        self._write_bond()
        self._write_bridge()
        for name in (*self.ids.values(), self.answers.bond.name):
            self._give_up_address(self.config.of(name))
        address.settle(self._bridge(), self.home, self.answers)

    def _give_up_address(self, link: Merged) -> None:
        """A slave's or the bond's address keys move to the bridge, or go."""
        moves = self.source is not None and link.id == self.source.id
        if moves and self.answers.bridge.method != "none":
            bridge = ("network", "bridges", self.answers.bridge.name)
            address.carry(link, bridge, self.renderer)
        else:
            # A further slave's.
            for key in address.moving_keys(link):
                link.drop(key)

    def _slave(self, nic: str) -> None:
        link = self.slaves[nic]
        if not link.definitions:
            self._new_slave(nic)
            return
        # A bond with one cable out has carrier; the boot need not wait for the other.
        if not link.true("optional"):
            link.last.put("true", "optional")
        joins = self.ids[nic] not in self._bond().words("interfaces")
        if joins:
            # It has the bond's then; where it had the address the bridge has its own.
            link.drop("macaddress")
        for definition in link.definitions:
            if self.mtu is not None and definition.get("mtu") is not None:
                definition.put(self.mtu, "mtu")

    def _new_slave(self, nic: str) -> None:
        """Found by its MAC where the other slaves are, so that its name can't change either."""
        model = next((item for item in self.slaves.values() if item.definitions), None)
        by_mac = model is not None and model.text("match", "macaddress") is not None
        new = found_by(self.facts, nic, self.ids[nic], by_mac=by_mac)
        new["optional"] = "true"
        if self.config.renderer(Merged(nic, ()), "ethernets", self.home) != self.renderer:
            new["renderer"] = self.renderer
        self.home.put(("network", "ethernets", self.ids[nic]), new)

    def _write_bond(self) -> None:
        answers, present = self.answers.bond, self._bond()
        path = ("network", "bonds", answers.name)
        said = bond.parameters(answers, self.ids)
        if not present.definitions:
            new = self._made("bonds", *self.ids.values())
            # With one cable out networkd calls it degraded, which a boot would wait for: 2 minutes.
            new["optional"] = "true"
            self.home.put(path, {**new, "parameters": said})
            return
        if not present.true("optional"):
            present.last.put("true", "optional")
        self._members(present, tuple(self.ids.values()), others=False)
        written, _ = bond.written(present)
        for option, key in bond.DIALECT.said():
            names = [n for n in (key.name, *key.also) if present.having("parameters", n)]
            if key.name in said:
                value, spelt = said[key.name], next(iter(names), key.name)
                text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
                if written.get(option) != bond.DIALECT.read(option, text):
                    present.put(value, "parameters", spelt)
            for spelt in names[1:] if key.name in said else names:
                present.drop("parameters", spelt)
        self._wide(present)

    def _write_bridge(self) -> None:
        answers, present = self.answers.bridge, self._bridge()
        path = ("network", "bridges", answers.name)
        mac, name = self.mac, self.answers.bond.name
        if not present.definitions:
            new = self._made("bridges", name)
            if self.optional:
                new["optional"] = "true"
            # With parameters but no stp netplan turns spanning tree on (src/parse.c).
            new["parameters"] = {"stp": "false", "forward-delay": "0"}
            self.home.put(path, new)
            return
        self._members(present, (name,), others=True)
        if mac and normal_mac(present.text("macaddress") or "") != mac:
            present.put(mac, "macaddress")
        self._wide(present)

    def _members(self, link: Merged, wanted: tuple[str, ...], *, others: bool) -> None:
        """`interfaces:` with these, without the slaves; of `others`, foreign ports stay."""
        for definition, index, item in reversed(link.items("interfaces")):
            nic = nic_of(self.facts, self.config, item) if isinstance(item, str) else ""
            if item not in wanted and (not others or nic in self.slaves):
                definition.drop("interfaces", index)
        present = link.words("interfaces")
        for item in wanted:
            if item not in present:
                holder = link.having("interfaces") or link.last
                holder.file.append((*holder.path, "interfaces"), item)

    def _made(self, kind: str, *members: str) -> dict[str, Data]:
        """What a bond or a bridge that no file defines is to say."""
        new: dict[str, Data] = {"interfaces": [*members]}
        if self.config.renderer(Merged("", ()), kind, self.home) != self.renderer:
            new["renderer"] = self.renderer
        if self.mac:
            new["macaddress"] = self.mac
        if self.mtu is not None:
            new["mtu"] = self.mtu
        return new

    def _wide(self, link: Merged) -> None:
        if self.mtu is not None and link.text("mtu") != self.mtu:
            link.last.put(self.mtu, "mtu")
