"""Links, bonds and bridges as sysfs and /proc show them, of this host or of a tree under a root.

Paths and spellings: Documentation/ABI/testing/sysfs-class-net*, net/bonding/bond_sysfs*.c. A file
that is missing, or that answers EINVAL (speed and carrier of a link that is down), is unknown.
"""

import re
from collections.abc import Mapping

from xenbond_tui.facts.bond import (
    MODES_WITH_ACTIVE_SLAVE,
    BondState,
    LacpState,
    SlaveState,
)
from xenbond_tui.facts.bridge import BridgePort, BridgeState
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.number import whole
from xenbond_tui.host import door
from xenbond_tui.host.procfs import parse_proc_bonding
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.regex import regex
from xenbond_tui.value import replace

NET = "/sys/class/net"
PROC_BONDING = "/proc/net/bonding"

_NAME = regex(r"(?!\.{1,2}$)[^/\s]{1,15}")
"""What the kernel takes as a link's name (dev_valid_name())."""
_DEEPEST = 8
"""Links that stand on each other, at most (MAX_NEST_DEV in net/core/dev.c)."""
_PORT_STATES = ("disabled", "listening", "learning", "forwarding", "blocking")
"""brport/state, by number (BR_STATE_*)."""
_NOT_OPTIONS = frozenset(
    {
        "active_slave",
        "ad_actor_key",
        "ad_aggregator",
        "ad_num_ports",
        "ad_partner_key",
        "ad_partner_mac",
        "mii_status",
        "queue_id",
        "slaves",
    }
)
"""Files of bonding/ that report a state instead of a setting."""
_ACTOR_STATE = "bonding_slave/ad_actor_oper_port_state"
_PARTNER_STATE = "bonding_slave/ad_partner_oper_port_state"
_DEVTYPES = frozenset({"bond", "bridge", "vlan", "vxlan", "macvlan", "gre", "geneve", "ppp"})
"""DEVTYPE in uevent, where it names a kind; wlan and others are physical devices."""


class Sysfs:
    """Reads /sys and /proc under `root` ("" for the running host)."""

    def __init__(self, root: str) -> None:
        self._door = door.to(root)
        self._tree = RootedTree(root)
        self._flat = self._tree.flat

    def read(self, path: str) -> str | None:
        """A file's text without trailing white space, or None when it is missing or refused."""
        data = self._tree.kernels_own(path)
        return data if data is None else data.decode("utf-8", "surrogateescape").rstrip()

    def attribute(self, name: str, attribute: str) -> str | None:
        """/sys/class/net/NAME/ATTRIBUTE; None when missing, empty or refused."""
        return self.read(f"{NET}/{name}/{attribute}") or None

    def number(self, name: str, attribute: str) -> int | None:
        """An attribute that is a decimal number."""
        text = self.attribute(name, attribute)
        return int(text) if text is not None and re.fullmatch(r"-?\d{1,18}", text) else None

    def link_target(self, path: str) -> str | None:
        """Last component of a symbolic link's target, or None when it is no link."""
        return self._target(path).rpartition("/")[2] or None

    def _target(self, path: str) -> str:
        try:
            return self._flat.target(path) or self._door.link(path) or ""
        except OSError:
            return ""

    def exists(self, path: str) -> bool:
        """True when the path is there."""
        return self._tree.exists(path)

    def names(self, path: str) -> tuple[str, ...]:
        """Names in a directory, sorted; none when it is missing."""
        return self._tree.names(path)

    def marked(self, name: str, mark: str) -> list[str]:
        """Links that a link stands on, or that stand on it: `lower_` or `upper_` (Linux 3.18)."""
        names = self.names(f"{NET}/{name}")
        return [item.removeprefix(mark) for item in names if item.startswith(mark)]

    def link_names(self) -> tuple[str, ...]:
        """Every network interface (bonding_masters, which lies beside them, is a file)."""
        return tuple(name for name in self.names(NET) if self.exists(f"{NET}/{name}/ifindex"))

    def bond_names(self) -> tuple[str, ...]:
        """Names of the bonds, in the kernel's order where it says, else sorted."""
        masters = self.read(f"{NET}/bonding_masters")
        return tuple(masters.split()) if masters is not None else self.names(PROC_BONDING)

    def kind(self, name: str) -> str:
        """The kernel's kind of link as far as sysfs tells; "" for a physical device."""
        for kind, mark in (("bond", "bonding"), ("bridge", "bridge"), ("tun", "tun_flags")):
            if self.exists(f"{NET}/{name}/{mark}"):
                return kind
        devtype = re.search(r"^DEVTYPE=(\S+)$", self.attribute(name, "uevent") or "", re.MULTILINE)
        if devtype and devtype.group(1) in _DEVTYPES:
            return devtype.group(1)
        if not self.is_virtual(name):
            return ""
        return "loopback" if name == "lo" else "virtual"

    def is_virtual(self, name: str) -> bool:
        """True when no device is behind the link: it lives under /sys/devices/virtual."""
        return "/devices/virtual/" in self._target(f"{NET}/{name}")

    def master(self, name: str) -> str | None:
        """The bond or bridge a link is a port of (brport/bridge on kernels before 3.9)."""
        return self.link_target(f"{NET}/{name}/master") or self.link_target(
            f"{NET}/{name}/brport/bridge"
        )

    def speed(self, name: str) -> int | None:
        """Mbit/s; None while unknown. Drivers say so by -1, 65535 or 4294967295."""
        speed = self.number(name, "speed")
        return None if speed is None or not 0 < speed < 4294967295 or speed == 65535 else speed

    def duplex(self, name: str) -> str | None:
        """full, half or None."""
        duplex = self.attribute(name, "duplex")
        return duplex if duplex in ("full", "half") else None

    def driver(self, name: str) -> str:
        """The kernel driver behind a NIC; "" when there is none."""
        return self.link_target(f"{NET}/{name}/device/driver") or ""

    def bus(self, name: str) -> str:
        """Bus and address such as `pci 0000:00:03.0`; "" when there is no device."""
        address = self.link_target(f"{NET}/{name}/device")
        subsystem = self.link_target(f"{NET}/{name}/device/subsystem")
        return " ".join(part for part in (subsystem, address) if part) if address else ""

    def wireless(self, name: str) -> bool:
        """True for Wi-Fi."""
        return any(self.exists(f"{NET}/{name}/{mark}") for mark in ("phy80211", "wireless"))

    def physfn(self, name: str) -> str | None:
        """Bus address of the physical function behind an SR-IOV virtual function."""
        return self.link_target(f"{NET}/{name}/device/physfn")

    def bond(self, name: str) -> BondState | None:
        """One bond: /proc/net/bonding first, sysfs for what it does not say; None if none."""
        if not _NAME.fullmatch(name):
            return None
        text = self.read(f"{PROC_BONDING}/{name}")
        printed = self.bond_options(name)
        if text is None and not printed:
            return None
        options = {option: _without_code(value) for option, value in printed.items()}
        state = parse_proc_bonding(name, text or "")
        mode = state.mode or options.get("mode", "")
        enslaved = (self.attribute(name, "bonding/slaves") or "").split()
        return replace(
            state,
            mode=mode,
            mii_status=state.mii_status or self.attribute(name, "bonding/mii_status") or "",
            miimon=_first(state.miimon, whole(options.get("miimon"))),
            updelay=_first(state.updelay, whole(options.get("updelay"))),
            downdelay=_first(state.downdelay, whole(options.get("downdelay"))),
            arp_interval=_first(state.arp_interval, whole(options.get("arp_interval"))),
            use_carrier=whole(options.get("use_carrier")),
            primary=state.primary or options.get("primary") or None,
            primary_reselect=state.primary_reselect or options.get("primary_reselect"),
            active_slave=state.active_slave or self.attribute(name, "bonding/active_slave"),
            xmit_hash_policy=state.xmit_hash_policy or options.get("xmit_hash_policy"),
            fail_over_mac=state.fail_over_mac or options.get("fail_over_mac"),
            slaves=tuple(
                self._with_device(self._with_lacp(slave) if mode == "802.3ad" else slave)
                for slave in state.slaves
                or (self.slave(item) for item in enslaved if _NAME.fullmatch(item))
            ),
            lacp=self._lacp(name, state, options),
            master=self.master(name),
            unread=tuple(
                item
                for item in state.unread
                if self.read(f"{NET}/{name}/bonding/{item}") is None
                and (item != "active_slave" or mode in ("", *MODES_WITH_ACTIVE_SLAVE))
            ),
            options={**state.options, **printed},
        )

    def bond_options(self, name: str) -> Mapping[str, str]:
        """Every option of a bond by the kernel's name, as printed: `active-backup 1`."""
        found: dict[str, str] = {}
        for option in self.names(f"{NET}/{name}/bonding"):
            if option in _NOT_OPTIONS:
                continue
            value = self.read(f"{NET}/{name}/bonding/{option}")
            if value is not None:
                found[option] = value
        return found

    def _with_lacp(self, slave: SlaveState) -> SlaveState:
        """With the port's states, which /proc tells root alone, and sysfs everybody (Linux 3.19).

        bond_info_show_slave() in bond_procfs.c; bond_sysfs_slave.c.
        """
        if slave.actor_port_state is not None:
            return slave
        return replace(
            slave,
            actor_port_state=self.number(slave.name, _ACTOR_STATE),
            partner_port_state=self.number(slave.name, _PARTNER_STATE),
        )

    def _with_device(self, slave: SlaveState) -> SlaveState:
        bus = self.bus(slave.name)
        if not bus:
            return replace(slave, stands_on=self._stands_on(slave.name))
        return replace(slave, bus=bus, physfn=self.physfn(slave.name))

    def _stands_on(self, name: str) -> str | None:
        """The lowest link below a VLAN, or a VLAN of one."""
        lowest = None
        for _ in range(_DEEPEST):
            below = self.marked(name, "lower_")
            if len(below) != 1:
                break
            name = lowest = below[0]
        return lowest

    def slave(self, name: str) -> SlaveState:
        """A slave as its bonding_slave/ directory shows it."""
        mac = self.attribute(name, "bonding_slave/perm_hwaddr")
        return SlaveState(
            name=name,
            mii_status=self.attribute(name, "bonding_slave/mii_status") or "unknown",
            speed=self.speed(name),
            duplex=self.duplex(name),
            link_failure_count=self.number(name, "bonding_slave/link_failure_count"),
            permanent_mac=mac.lower() if mac else None,
            queue_id=self.number(name, "bonding_slave/queue_id"),
            aggregator_id=self.number(name, "bonding_slave/ad_aggregator_id"),
        )

    def _lacp(self, name: str, state: BondState, options: Mapping[str, str]) -> LacpState | None:
        if (state.mode or options.get("mode")) != "802.3ad":
            return None
        known = state.lacp or LacpState()
        return LacpState(
            rate=known.rate or options.get("lacp_rate"),
            aggregator_id=_first(known.aggregator_id, self.number(name, "bonding/ad_aggregator")),
            ports=_first(known.ports, self.number(name, "bonding/ad_num_ports")),
            actor_key=_first(known.actor_key, self.number(name, "bonding/ad_actor_key")),
            partner_key=_first(known.partner_key, self.number(name, "bonding/ad_partner_key")),
            partner_mac=known.partner_mac or self.attribute(name, "bonding/ad_partner_mac"),
        )

    def bridge(self, name: str, addresses: tuple[Address, ...]) -> BridgeState | None:
        """One bridge, given the addresses on it; None when there is none of that name."""
        if not _NAME.fullmatch(name) or not self.exists(f"{NET}/{name}/bridge"):
            return None
        return BridgeState(
            name=name,
            mac=self.attribute(name, "address") or "",
            stp=self.number(name, "bridge/stp_state") not in (0, None),
            # In hundredths of a second (USER_HZ).
            forward_delay=(self.number(name, "bridge/forward_delay") or 0) / 100,
            ports=tuple(
                BridgePort(port, self._port_state(port))
                for port in self.names(f"{NET}/{name}/brif")
            ),
            addresses=addresses,
        )

    def _port_state(self, port: str) -> str:
        number = self.number(port, "brport/state")
        known = number is not None and 0 <= number < len(_PORT_STATES)
        return _PORT_STATES[number] if known and number is not None else ""


def _without_code(value: str) -> str:
    """`active-backup 1` → active-backup; a list of addresses stays as it is."""
    words = value.split()
    return words[0] if len(words) == 2 and re.fullmatch(r"\d{1,2}", words[1]) else value


def _first(known: int | None, otherwise: int | None) -> int | None:
    return otherwise if known is None else known
