"""Takes bond and bridge out of the files; what the bridge had is one NIC's again."""

from collections.abc import Iterator

from xenbond_tui.answers import Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.stacks.base import Activation, CommonRemoval
from xenbond_tui.stacks.netplan import address, lease
from xenbond_tui.stacks.netplan.activate import activation
from xenbond_tui.stacks.netplan.files import Configuration, Definition, Merged
from xenbond_tui.stacks.netplan.links import definition_of, found_by, nic_of, references
from xenbond_tui.stacks.netplan.write import Editor

_MADE_WITH = frozenset({"interfaces", "parameters", "macaddress", "mtu", "renderer", "optional"})
"""Keys of a bond or a bridge that go with it, or are a NIC's already."""


class RemovalDraft(CommonRemoval):
    """The removal in the making."""

    def write(self) -> Iterator[FileChange]:
        """As `Draft`."""
        config = Configuration(self.facts)
        edit(self.facts, config, self.removal)
        yield from config.changes(self.why)
        yield from lease.gone(self.facts, self.answers.bridge.name, self.why)

    def activate(self) -> Activation:
        """As netplan's files are rendered."""
        config = Configuration(self.facts)
        renderer = Editor(self.facts, config, self.answers).renderer
        return activation(self.facts, self.removal, config, renderer)


def edit(facts: HostFacts, config: Configuration, removal: Removal) -> None:
    """Write everything.

    Raises:
        XenbondError: no file makes that bond, a line can't go along, or one can't be edited
            without touching others; names file and line.
    """
    answers = removal.answers
    bond, bridge = config.of(answers.bond.name), config.of(answers.bridge.name)
    if not bond.definitions:
        raise XenbondError(
            f"No file of netplan defines {answers.bond.name}, so there is nothing I could take "
            "out; nothing was changed."
        )
    for where, text in _foreign(facts, config, bond, bridge, answers.bond.slaves):
        raise XenbondError.at(where, f"{text}; nothing was changed. Take that line out first.")
    nic = definition_of(facts, config, removal.nic)
    holder = bridge if bridge.definitions else bond
    home = nic.last if nic.definitions else Definition(holder.last.file, "ethernets", nic.id)
    if not nic.definitions:
        found = found_by(facts, removal.nic, nic.id)
        home.file.put(home.path, {**found, "optional": "true"})
        nic = config.of(nic.id)
    _move(holder, nic, home, config.renderer(nic, home.type, home.file))
    for definition in (*bridge.definitions, *bond.definitions):
        _drop(definition)
    for slave in answers.bond.slaves:
        if slave != removal.nic:
            _set_free(config, definition_of(facts, config, slave))


def _set_free(config: Configuration, nic: Merged) -> None:
    """With NetworkManager a slave that is free again is defined no more, if nothing is said of it.

    netplan makes a profile of link-local IPv4 of such a definition, and after some seconds
    multicast leaves by that NIC: seen with netplan 0.106 and 1.1, `link-local: []` or not.
    """
    if any(set(definition.keys) - {"optional"} for definition in nic.definitions):
        return
    for definition in nic.definitions:
        if config.renderer(nic, definition.type, definition.file) == "NetworkManager":
            _drop(definition)


def _foreign(
    facts: HostFacts, config: Configuration, bond: Merged, bridge: Merged, slaves: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """Lines that have no place on a NIC, or that need bond or bridge."""
    for link, movable in ((bond, not bridge.definitions), (bridge, True)):
        for definition in link.definitions:
            for key in definition.keys:
                known = key in _MADE_WITH or (key in address.MOVING and movable)
                idle = key in ("dhcp4", "dhcp6", "link-local", "accept-ra")
                if not known and not (idle and not link.true(key)):
                    yield definition.where(key), f"{key} of {link.id} has no place on a NIC"
        for user, keys in references(config, link.id):
            if (user.id, keys[0]) != (bridge.id, "interfaces"):
                yield user.where(*keys), f"{user.id} needs {link.id}"
    for definition, index, item in bridge.items("interfaces"):
        if item != bond.id and nic_of(facts, config, str(item)) not in slaves:
            yield definition.where("interfaces", index), f"{item} is a port of {bridge.id} too"


def _move(holder: Merged, nic: Merged, home: Definition, renderer: str) -> None:
    """The address keys, MTU and `optional` of bridge (or bond) to the NIC."""
    for key in address.moving_keys(holder):
        # The NIC says `dhcp4: false` and the like; what the bridge says replaces it.
        nic.drop(key)
    address.carry(holder, home.path, renderer)
    mtu = holder.text("mtu")
    if mtu is not None and nic.text("mtu") != mtu:
        home.put(mtu, "mtu")
    if not holder.true("optional"):
        # Written when it became a slave: a boot that waits for the address must wait for the NIC.
        nic.drop("optional")


def _drop(definition: Definition) -> None:
    """A definition, and its type's key with the last one below it."""
    links = definition.file.data(definition.path[:2])
    alone = isinstance(links, dict) and list(links) == [definition.id]
    definition.file.drop(definition.path[:2] if alone else definition.path)
