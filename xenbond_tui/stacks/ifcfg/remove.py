"""The files without bond and bridge: what the bridge had is one NIC's again.

A key of the bond's or the bridge's file that is neither its own nor the address's is not dropped:
the operator has to say where it goes.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.regex import regex
from xenbond_tui.stacks.base import Activation, CommonRemoval, refuse_what_cannot_go_along
from xenbond_tui.stacks.ifcfg import address, hitless
from xenbond_tui.stacks.ifcfg.activate import ByIfup, Names
from xenbond_tui.stacks.ifcfg.files import Config, Scripts
from xenbond_tui.stacks.ifcfg.routes import moved_gateway_device, moved_routes

_OWN = regex(
    r"DEVICE|NAME|UUID|TYPE|BOOTPROTO|ONBOOT|ONPARENT|HOTPLUG|USERCTL|MACADDR|HWADDR|NM_CONTROLLED"
    r"|STP|DELAY|AGEING|PRIO|BRIDGING_OPTS|BRIDGE_UUID|BRIDGE|BRIDGE_MACADDR"
    r"|BONDING_MASTER|BONDING_OPTS|BONDING_MODULE_OPTS|MASTER|SLAVE|LINKDELAY|AUTOCONNECT\w*"
    r"|MASTER_UUID|PROXY_METHOD|BROWSER_ONLY"
)
"""Keys that a bond or a bridge has for itself (initscripts' sysconfig.txt), and those that
NetworkManager writes into every file (nm-settings-ifcfg-rh(5), proxy)."""


class RemovalDraft(CommonRemoval):
    """The removal in the making."""

    def write(self) -> Iterator[FileChange]:
        """As `Draft`."""
        answers, nic, scripts = self.answers, self.removal.nic, Scripts(self.facts)
        bond, bridge = scripts.one(answers.bond.name), scripts.one(answers.bridge.name)
        slaves = {name: scripts.one(name) for name in answers.bond.slaves}
        if bond.state is None:
            raise XenbondError(
                f"{bond.path} is not there, so there is no {answers.bond.name} to take away; "
                "nothing was changed."
            )
        gone = [item for item in (bridge, bond) if item.state is not None]
        lines = [*_unclear(gone), *_above(scripts, gone, slaves)]
        refuse_what_cannot_go_along(lines, [item.name for item in gone])
        given = slaves[nic]
        made = ((answers.bond.name, bond), (answers.bridge.name, bridge))
        there = [item.name for link, item in made if self.facts.link(link) is not None]
        self.names = Names(
            bond.name, bridge.name, tuple(item.name for item in gone), tuple(there), given.name
        )
        routes = [
            it for item in gone for it in moved_routes(self.facts, (item.link, item.name), nic)
        ]
        if given.state is None:
            given.file.set("DEVICE", nic)
        _give(given, gone, self.removal, listens=scripts.listens)
        for name, config in slaves.items():
            _free(config, "yes" if name == nic and not gone[0].no("ONBOOT") else "no")
        yield from (FileChange.of(item.path, item.state, None, self.why) for item in gone)
        for name, config in slaves.items():
            yield config.change(self.why if name == nic else f"{name} is no slave any more")
        yield from routes
        links = tuple(item.link for item in gone)
        yield from moved_gateway_device(scripts, links, nic)

    def activate(self) -> Activation:
        """Without an outage where it can be, else in the order of ifdown and ifup."""
        facts, removal = self.facts, self.removal
        plain = ByIfup(facts, removal.answers, self.names, removal.nic)
        return plain.unless(lambda: hitless.removal(Scripts(facts), removal))


def _unclear(gone: list[Config]) -> Iterator[str]:
    """Keys of the files that go, which are neither theirs nor the address's, or not to be read."""
    for config in gone:
        others = config.file.reads_others()
        yield from (f"{config.path}:{line}: {text}" for line, text in others)
        yield from (f"{config.path}:{line}: {text}" for line, _, text in config.file.unclear())
        for key in config.file.assigned():
            if not _OWN.fullmatch(key) and not address.MOVING.fullmatch(key):
                yield f"{config.where(key)}: {key}"


def _above(scripts: Scripts, gone: list[Config], slaves: dict[str, Config]) -> Iterator[str]:
    """Files of other links that stand on the bond or the bridge: VLANs, aliases, ports."""
    links = {item.link for item in gone}
    mine = {item.path for item in (*gone, *slaves.values())}
    for config in scripts.configs:
        if config.path in mine:
            continue
        device = config.link
        for key in ("PHYSDEV", "BRIDGE", "MASTER"):
            if config.value(key) in links:
                yield f"{config.where(key)}: {key}={config.value(key)}"
        if any(device.startswith((f"{link}:", f"{link}.")) for link in links):
            yield f"{config.path}: {device}"


def _give(config: Config, gone: list[Config], removal: Removal, *, listens: bool) -> None:
    """The NIC's file gets the address's keys, of the bridge before those of the bond.

    Raises:
        XenbondError: the NIC's file has an address too.
    """
    nic = removal.nic
    if address.has_address(config.file):
        raise XenbondError.at(
            config.path,
            f"has an address, though {nic} is a slave. Nothing was "
            "changed; take it out, and try again.",
        )
    has = (item for item in gone if address.has_address(item.file, listens=listens))
    holder = next(has, gone[0])
    protocol = holder.file.get("BOOTPROTO")
    for item in (holder, *(other for other in gone if other is not holder)):
        address.move(item.file, config.file, item.link, nic)
    if protocol and (config.file.get("BOOTPROTO") or "").lower() != protocol.lower():
        config.file.set("BOOTPROTO", protocol)


def _free(config: Config, onboot: str) -> None:
    """No slave any more; without an address it waits until it is needed, as installers leave it."""
    role = ["MASTER", "MASTER_UUID", "SLAVE"]
    # Set-up writes it below SLAVE; the scripts take it for granted (initscripts' sysconfig.txt).
    if config.value("USERCTL") == "no" and config.value("SLAVE") is not None:
        slave, written = config.file.line("SLAVE"), config.file.line("USERCTL")
        role += ["USERCTL"] if slave is not None and written == slave + 1 else []
    for key in role:
        config.file.remove(key)
    if config.file.assigned() and (config.value("ONBOOT") or "").lower() != onboot:
        config.file.set("ONBOOT", onboot)
