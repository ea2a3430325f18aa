"""Bond and bridge in the ifcfg files: which gets which keys, and what moves where."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.addresses import parse_cidr
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.ifcfg import address, hitless
from xenbond_tui.stacks.ifcfg.activate import ByIfup, Names
from xenbond_tui.stacks.ifcfg.bond import bonding_opts, same_options
from xenbond_tui.stacks.ifcfg.check import check
from xenbond_tui.stacks.ifcfg.files import Config, Scripts, known_mac, takes_part
from xenbond_tui.stacks.ifcfg.inventory import come_up
from xenbond_tui.stacks.ifcfg.routes import left_behind, moved_gateway_device, moved_routes, on_link
from xenbond_tui.stacks.outcome import why_bridge


class SetUpDraft:
    """As `Draft`; each file is edited in memory once."""

    def __init__(self, facts: HostFacts, answers: Answers) -> None:
        self.facts = facts
        self.answers = answers
        self.scripts = Scripts(facts)

    def check(self) -> Iterator[Finding]:
        """What in the files forbids going on, or must be known."""
        return check(self.scripts, self.answers)

    def write(self) -> Iterator[FileChange]:
        """The files of the slaves, the bond and the bridge."""
        bond, bridge = self.answers.bond, self.answers.bridge
        self.slaves = {name: self.scripts.one(name) for name in bond.slaves}
        self.bond, self.bridge = self.scripts.one(bond.name), self.scripts.one(bridge.name)
        # Of today's files.
        self.names = self._names()
        source = self._address_source()
        stay = source and left_behind(self.scripts, self.answers, source[0])
        routes = moved_routes(self.facts, source, bridge.name) if source and not stay else ()
        self._new_bridge()
        if source:
            origin = self.bond if source[0] == bond.name else self.slaves[source[0]]
            address.move(origin.file, self.bridge.file, source[0], bridge.name)
        former = [
            item for item in self.scripts.enslaved_to(bond.name) if item.device not in bond.slaves
        ]
        for name, config in self.slaves.items():
            self._slave(name, config)
            yield config.change(f"{name} becomes a slave of {bond.name}")
        for config in former:
            for key in ("MASTER", "SLAVE"):
                config.file.remove(key)
            yield config.change(f"no longer a slave of {bond.name}")
        if address.by_route(self.bridge.file, bridge):
            routes = on_link(self.facts, bridge, routes)
        self._finish_bridge()
        self._bond()
        yield self.bond.change(f"{bond.name}, a port of {bridge.name}")
        yield self.bridge.change(why_bridge(bridge))
        yield from routes
        yield from moved_gateway_device(self.scripts, (*bond.slaves, bond.name), bridge.name)

    def activate(self) -> Activation:
        """Without an outage where it can be, else in the order of ifdown and ifup."""
        plain = ByIfup(self.facts, self.answers, self.names)
        return plain.unless(lambda: hitless.way(Scripts(self.facts), self.answers))

    def _names(self) -> Names:
        nics = sorted(self.slaves.items(), key=lambda item: bool(self.facts.shared(item[0])))
        links = [
            (self.answers.bridge.name, self.bridge),
            (self.answers.bond.name, self.bond),
            *nics,
        ]
        before = [
            (name, config) for name, config in links if config.state and self.facts.is_up(name)
        ]
        again = [config.name for name, config in before if self._comes_up_again(name, config)]
        return Names(
            self.bond.name,
            self.bridge.name,
            tuple(config.name for _, config in before),
            tuple(reversed(again)),
        )

    def _comes_up_again(self, name: str, config: Config) -> bool:
        """Not a slave, which its bond brings up, nor a spare NIC, which would ask for a lease."""
        if config.value("MASTER"):
            return False
        return bool(self.facts.shared(name)) or address.method(config.file) != "dhcp"

    def _address_source(self) -> tuple[str, ...]:
        """The link whose file has the address today, and what ifup calls it; () when none has."""
        holders = [
            (name, config)
            for name, config in ((self.answers.bond.name, self.bond), *self.slaves.items())
            if address.has_address(config.file, listens=self.scripts.listens)
        ]
        if not holders:
            return ()
        wanted = {str(parse_cidr(item).ip) for item in self.answers.bridge.addresses}

        up = come_up(self.scripts)

        def rank(item: tuple[str, Config]) -> tuple[bool, bool, bool]:
            written = {cidr.partition("/")[0] for cidr in address.addresses(item[1].file)}
            leased = bool(self.facts.shared(item[0])) and not written
            # Of who stays down at boot nothing is in use; who only listens to routers is the last.
            named = wanted & written or leased
            return not named, item[0] not in up, address.method(item[1].file) == "none"

        name, config = min(holders, key=rank)
        return (name, config.name)

    def _slave(self, name: str, config: Config) -> None:
        file, link = config.file, self.facts.link(name)
        if config.device != name:
            file.set("DEVICE", name)
        if config.value("MASTER") != self.answers.bond.name:
            # A slave has the bond's MAC; where it had the address the bridge has that one.
            file.remove("MACADDR")
            file.remove("MASTER_UUID")
        file.set("BOOTPROTO", "none")
        file.set("ONBOOT", "yes")
        mac = None if link is None else known_mac(link, config)
        if mac is not None and config.hwaddr != mac:
            file.set("HWADDR", mac.upper(), bare=True)
        file.set("MASTER", self.answers.bond.name, bare=True)
        file.set("SLAVE", "yes", bare=True)
        # Who else may take it down was decided with the file.
        if file.get("USERCTL") is None:
            file.set("USERCTL", "no", bare=True)
        self._not_network_managers(config)
        # NetworkManager goes by the UUID before the name (nm-settings-ifcfg-rh(5), master).
        for key in (*address.moving_keys(file), "BRIDGE", "BRIDGE_UUID"):
            file.remove(key)

    def _new_bridge(self) -> None:
        file = self.bridge.file
        if self.bridge.state is None:
            file.set("DEVICE", self.answers.bridge.name)
        # The scripts compare the type with the letter's case (ifup-eth).
        file.set("TYPE", "Bridge")
        if self.bridge.state is None:
            file.set("BOOTPROTO", "dhcp" if self.answers.bridge.method == "dhcp" else "none")
        file.set("ONBOOT", "yes")

    def _finish_bridge(self) -> None:
        file, bridge = self.bridge.file, self.answers.bridge
        everywhere = self.scripts.network()
        address.settle(file, bridge, self.facts, self.scripts.release, everywhere)
        if file.get("STP") is None:
            file.set("STP", "off")
        # With spanning tree on the kernel refuses a delay below 2 s (br_set_forward_delay).
        if file.get("DELAY") is None and (file.get("STP") or "").lower() not in ("yes", "on"):
            file.set("DELAY", "0")
        if bridge.mtu is not None and file.get("MTU") != str(bridge.mtu):
            file.set("MTU", str(bridge.mtu))
        # Before 2.6.27 a bridge takes no MAC but a port's, so RHEL 5 pins the bond's instead.
        if (
            self._pins_mac()
            and self.scripts.release > 5
            and (file.get("MACADDR") or "").lower() != bridge.mac
        ):
            file.set("MACADDR", bridge.mac.upper())
        self._not_network_managers(self.bridge)

    def _bond(self) -> None:
        file, bond = self.bond.file, self.answers.bond
        new = self.bond.state is None
        if new:
            file.set("DEVICE", bond.name)
            if self.scripts.release > 5:
                file.set("TYPE", "Bond")
                file.set("BONDING_MASTER", "yes")
        file.set("BOOTPROTO", "none")
        file.set("ONBOOT", "yes")
        present = file.get("BONDING_OPTS") or ""
        if not same_options(present, bond):
            file.set("BONDING_OPTS", bonding_opts(bond, present))
        for key in address.moving_keys(file):
            if key != "MTU":
                file.remove(key)
        file.set("BRIDGE", self.answers.bridge.name)
        # A bridge takes the least MTU of its ports, and slaves take the bond's.
        mtu = self.bridge.file.get("MTU")
        if mtu is not None and file.get("MTU") != mtu:
            file.set("MTU", mtu)
        if (
            self._pins_mac()
            and self.scripts.release <= 5
            and self._bond_mac() != self.answers.bridge.mac
        ):
            file.set("MACADDR", self.answers.bridge.mac.upper())
        self._not_network_managers(self.bond)

    def _pins_mac(self) -> bool:
        return normal_mac(self.answers.bridge.mac) == self.answers.bridge.mac

    def _bond_mac(self) -> str:
        """The MAC the bond has by itself: its own MACADDR, or that of the slave enslaved first.

        ifup-eth enslaves in the order the shell lists the files.
        """
        own = self.bond.file.get("MACADDR")
        if own:
            return own.lower()
        first = min(self.slaves, key=lambda name: self.slaves[name].path)
        link = self.facts.link(first)
        return link.permanent_mac if link is not None else ""

    def _not_network_managers(self, config: Config) -> None:
        if takes_part(self.facts) and config.value("NM_CONTROLLED") != "no":
            config.file.set("NM_CONTROLLED", "no")
