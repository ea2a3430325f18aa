"""A small host in memory: its clock jumps, its network follows commands, its files are real."""

import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xenbond_tui.effects import Completed, Pinger, Process, SwitchListener
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.bond import BondState, SlaveState
from xenbond_tui.facts.bridge import BridgePort, BridgeState
from xenbond_tui.facts.link import Address, Counters, Link, ReservedMacs
from xenbond_tui.facts.network import KernelSnapshot
from xenbond_tui.facts.routing import Neighbour, Route, RoutingPolicy, Rule
from xenbond_tui.host.known_commands import refusal
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.machine import Machine, Started
from xenbond_tui.plan.actions import (
    DeleteLink,
    RestoreFiles,
    RestoreNetwork,
    RestoreSysctls,
    Run,
    SetLink,
    SetMaster,
    SetSysctls,
    WaitFor,
    WriteFiles,
)
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Expected, Plan, Step

ADDRESS = Address("192.168.0.222", 24)
GATEWAY = "192.168.0.1"
DEFAULT_ROUTE = Route("default", GATEWAY, "eth0")
EXPECTED = Expected(
    bond="bond0",
    slaves=("eth0", "eth1"),
    options={"mode": "active-backup", "miimon": "100"},
    bridge="xenbr0",
    addresses=(ADDRESS,),
    routes=(Route("default", GATEWAY, "xenbr0"),),
)


class FakeClock:
    """Sleeping takes no time; what was set for a moment happens when that moment is slept over."""

    def __init__(self) -> None:
        self.monotonic_time = 1000.0
        self.wall_time = 1_795_000_000.0
        self._set: list[tuple[float, Callable[[], None]]] = []

    def now(self) -> float:
        return self.wall_time

    def monotonic(self) -> float:
        return self.monotonic_time

    def sleep(self, seconds: float) -> None:
        self.monotonic_time += seconds
        self.wall_time += seconds
        due = [item for item in self._set if item[0] <= self.monotonic_time]
        self._set = [item for item in self._set if item[0] > self.monotonic_time]
        for _, call in sorted(due, key=lambda item: item[0]):
            call()

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        self._set.append((self.monotonic_time + seconds, call))


def nic(name: str, index: int, **fields: Any) -> Link:
    mac = f"52:54:00:00:00:{index:02x}"
    link = Link(name, index, "", mac, mac, "netlink", True, True, 1500)
    return replace(link, **fields)


class FakeKernel:
    """Links, addresses, routes; a bond and a bridge appear when a command makes them."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {
            "eth0": nic("eth0", 1, addresses=(ADDRESS,)),
            "eth1": nic("eth1", 2),
        }
        self.routes: list[Route] = [DEFAULT_ROUTE]
        self.routing = RoutingPolicy()
        self.options = {"mode": "active-backup", "miimon": "100"}
        self.sysctls: dict[str, str] = {}
        """Path below /proc/sys → value, of those this kernel has."""
        self.announced: list[str] = []
        self.solicited: list[str] = []
        self.fdb: dict[str, str] = {}
        """MAC → port that the bridge has learned."""
        self.port_options: dict[str, dict[str, str]] = {}
        """Port → option of brport/ → value; a kernel before 4.18 is as good as one of none."""
        self.taught: list[tuple[str, tuple[str, ...]]] = []
        self.unreachable: set[str] = set()
        """Addresses that answer no ARP probe."""
        self.answered_by: Callable[[str], bool] = lambda ip: True
        """Who answers an echo request; a `FakeRunner` says."""
        self.reserved = ReservedMacs()
        self.refuses: set[str] = set()
        """Names of links for which every change fails."""

    def _change(self, name: str, **fields: Any) -> None:
        if name in self.refuses:
            raise OSError(16, "Device or resource busy")
        if name in self.links:
            self.links[name] = replace(self.links[name], **fields)

    def snapshot(self) -> KernelSnapshot:
        bonds = tuple(state for name in self.bond_names() if (state := self.bond(name)))
        bridges = tuple(
            state
            for name, link in self.links.items()
            if link.kind == "bridge" and (state := self.bridge(name))
        )
        return KernelSnapshot(tuple(self.links.values()), tuple(self.routes), bonds, bridges)

    def policy(self) -> RoutingPolicy:
        return self.routing

    def add_policy(self, item: Rule | Neighbour) -> None:
        field = "rules" if isinstance(item, Rule) else "neighbours"
        self.routing = replace(self.routing, **{field: (*getattr(self.routing, field), item)})

    def beside(self, own: Collection[str], mac: str) -> tuple[Link, ...]:
        return tuple(
            link
            for name, link in self.links.items()
            if name not in own and (link.lower in own or link.master in own or link.mac == mac)
        )

    def bond_names(self) -> tuple[str, ...]:
        return tuple(name for name, link in self.links.items() if link.kind == "bond")

    def bond(self, name: str) -> BondState | None:
        if name not in self.bond_names():
            return None
        slaves = tuple(
            SlaveState(link.name, "up") for link in self.links.values() if link.master == name
        )
        return BondState(
            name, None, self.options["mode"], "up", slaves=slaves, options=self.options
        )

    def bridge(self, name: str) -> BridgeState | None:
        link = self.links.get(name)
        if link is None or link.kind != "bridge":
            return None
        ports = tuple(
            BridgePort(item.name, "forwarding")
            for item in self.links.values()
            if item.master == name
        )
        return BridgeState(name, link.mac, False, 0.0, ports, link.addresses)

    def inet4(self, names: Sequence[str]) -> Mapping[str, str]:
        return {}

    def counters(self, names: Sequence[str]) -> Mapping[str, Counters]:
        return {}

    def events(self) -> AsyncIterator[str]:
        raise NotImplementedError

    def add_link(self, name: str, kind: str, **fields: Any) -> None:
        self.links.setdefault(name, nic(name, len(self.links) + 1, kind=kind, **fields))

    def add_address(self, link: str, address: Address) -> None:
        others = tuple(item for item in self.links[link].addresses if item.ip != address.ip)
        self._change(link, addresses=(*others, address))

    def del_address(self, link: str, address: Address) -> None:
        if link in self.links:
            kept = tuple(item for item in self.links[link].addresses if item != address)
            self._change(link, addresses=kept)

    def flush_addresses(self, link: str) -> None:
        self._change(link, addresses=())
        # IPv6 routes stay, as in the kernel.
        self.routes = [x for x in self.routes if (x.link, x.family) != (link, 4)]

    def add_route(self, route: Route) -> None:
        if route.table != 254:
            self.routing = replace(self.routing, routes=(*self.routing.routes, route))
            return
        self.routes.append(route)

    def del_route(self, route: Route) -> None:
        self.routes = [item for item in self.routes if item != route]

    def announcement(self, link: str) -> Callable[[], None]:
        return lambda: self.announced.append(link)

    def solicit_routers(self, link: str) -> None:
        self.solicited.append(link)

    def answers(self, link: str, ip: str) -> bool:
        return link in self.links and ip not in self.unreachable

    def echoes(self, ip: str) -> bool:
        return self.answered_by(ip)

    def reserved_macs(self, gateways: Collection[str]) -> ReservedMacs:
        return self.reserved

    def listen_for_switches(self, links: Sequence[str]) -> SwitchListener:
        raise NotImplementedError

    def learned(self, bridge: str) -> Mapping[str, str]:
        return self.fdb

    def teaching(self, link: str, macs: Sequence[str]) -> Callable[[], None]:
        return lambda: self.taught.append((link, tuple(macs)))

    def port_option(self, port: str, option: str) -> str | None:
        return self.port_options.get(port, {}).get(option)

    def set_port_option(self, port: str, option: str, value: str) -> None:
        if option in self.port_options.get(port, {}):
            self.port_options[port][option] = value

    def ping(self, ip: str, link: str, interval: float) -> Pinger:
        raise NotImplementedError

    def sysctl(self, name: str) -> str | None:
        return self.sysctls.get(name)

    def set_sysctl(self, name: str, value: str) -> None:
        if name in self.sysctls:
            self.sysctls[name] = value

    def add_bridge(self, name: str, mac: str) -> None:
        self.add_link(name, "bridge", mac=mac, admin_up=False)

    def add_bond(self, name: str, options: Mapping[str, str]) -> None:
        self.add_link(name, "bond", admin_up=False)
        self.options = dict(options)

    def set_bond_option(self, name: str, option: str, value: str) -> None:
        self.options[option] = value

    def set_link(self, name: str, *, up: bool) -> None:
        self._change(name, admin_up=up)

    def set_master(self, name: str, master: str | None) -> None:
        self._change(name, master=master)

    def set_mac(self, name: str, mac: str) -> None:
        self._change(name, mac=mac)

    def set_mtu(self, name: str, mtu: int) -> None:
        self._change(name, mtu=mtu)

    def delete_link(self, name: str) -> None:
        self.links.pop(name, None)
        for port in [link.name for link in self.links.values() if link.master == name]:
            self._change(port, master=None)
        self.routes = [route for route in self.routes if route.link != name]


@dataclass
class FakeRunner:
    """The commands of a host with ifup and ifdown; any other does nothing, well."""

    kernel: FakeKernel
    failing: set[tuple[str, ...]] = field(default_factory=set)
    """Commands that fail, as argv."""
    silent: set[str] = field(default_factory=set)
    """Addresses that do not answer a ping."""
    cut_off_by_bridge: bool = False
    """The gateway does not answer any more once xenbr0 has the address."""
    ran: list[tuple[str, ...]] = field(default_factory=list)

    def which(self, name: str) -> str | None:
        return f"/usr/bin/{name}"

    def run(self, argv: Sequence[str], timeout: float = 60.0) -> Completed:
        args = tuple(argv)
        assert not refusal(args), f"the real runner would refuse {args}: {refusal(args)}"
        self.ran.append(args)
        if args in self.failing:
            return Completed(args, 1, "", f"{args[0]}: it was told to fail\n")
        match args:
            case ("ifdown", "eth0"):
                self.kernel.flush_addresses("eth0")
            case ("ifup", "xenbr0"):
                self._make_bridge()
            case ("ifdown", "xenbr0"):
                self.kernel.delete_link("xenbr0")
                self.kernel.delete_link("bond0")
            case ("ifup", "eth0"):
                self.kernel.add_address("eth0", ADDRESS)
                self.kernel.routes = [DEFAULT_ROUTE]
        return Completed(args, 0, "", "")

    def _make_bridge(self) -> None:
        self.kernel.add_link("bond0", "bond", master="xenbr0")
        self.kernel.add_link("xenbr0", "bridge", addresses=(ADDRESS,))
        for slave in ("eth0", "eth1"):
            self.kernel.set_master(slave, "bond0")
        self.kernel.routes = [Route("default", GATEWAY, "xenbr0")]

    def answers(self, ip: str) -> bool:
        holders = [link.name for link in self.kernel.links.values() if ADDRESS in link.addresses]
        cut = self.cut_off_by_bridge and "xenbr0" in holders
        return bool(holders) and not cut and ip not in self.silent


@dataclass
class FakeProcesses:
    """What root runs."""

    running: list[Process] = field(default_factory=list)
    signals: list[int] = field(default_factory=list)
    endless: bool = False
    """A signal ends nobody."""

    def of_root(self, programs: Collection[str]) -> tuple[Process, ...]:
        return tuple(process for process in self.running if process.program in programs)

    def signal(self, process: Process, number: int) -> None:
        self.signals.append(number)
        if not self.endless:
            self.running.remove(process)


class FakeLauncher:
    """Starts nothing; keeps what it was asked to start."""

    def __init__(self) -> None:
        self.started: list[tuple[str, ...]] = []
        self.cpu_time: Started = lambda: None

    def start(self, name: str, argv: Sequence[str], after: Sequence[str] = ()) -> Started:
        self.started.append(tuple(argv))
        return self.cpu_time


@dataclass
class FakeHost:
    """A machine of fakes on a real directory."""

    root: str
    clock: FakeClock = field(default_factory=FakeClock)
    kernel: FakeKernel = field(default_factory=FakeKernel)
    launcher: FakeLauncher = field(default_factory=FakeLauncher)
    processes: FakeProcesses = field(default_factory=FakeProcesses)

    def __post_init__(self) -> None:
        self.runner = FakeRunner(self.kernel)
        self.kernel.answered_by = self.runner.answers
        self.machine = Machine(
            access=Access(HostKind.DEMO, self.root),
            tree=RootedTree(self.root),
            kernel=self.kernel,
            writer=lambda: self.kernel,
            runner=self.runner,
            clock=self.clock,
            launcher=self.launcher,
            processes=self.processes,
        )

    def put(self, path: str, data: bytes, mode: int = 0o644) -> None:
        real = self.root + path
        os.makedirs(os.path.dirname(real), exist_ok=True)
        with open(real, "wb") as stream:
            stream.write(data)
        os.chmod(real, mode)

    def read(self, path: str) -> bytes:
        with open(self.root + path, "rb") as stream:
            return stream.read()


def change(host: FakeHost, path: str, after: bytes | None, mode: int = 0o644) -> FileChange:
    """A change of a path as it is now."""
    real = host.root + path
    if not os.path.lexists(real):
        return FileChange(path, None, after, mode)
    return FileChange(path, host.read(path), after, mode, os.stat(real).st_mode & 0o7777)


def bridged_bond(*changes: FileChange) -> Plan:
    """eth0 and eth1 into bond0 under xenbr0, with this host's commands."""
    return Plan(
        stack="ifupdown",
        changes=changes,
        forward=(
            Step("take eth0 down", Run(("ifdown", "eth0"))),
            Step("write the files", WriteFiles()),
            Step("bring xenbr0 up", Run(("ifup", "xenbr0"))),
            Step("wait for bond0 on xenbr0", WaitFor("bond0", "forwarding")),
        ),
        rollback=(
            Step("take xenbr0 down", Run(("ifdown", "xenbr0")), best_effort=True),
            Step("put the files back", RestoreFiles()),
            Step("bring eth0 up", Run(("ifup", "eth0"))),
        ),
        expected=EXPECTED,
        summary="bond0 (active-backup: eth0, eth1) under xenbr0",
    )


def removed_bond(*changes: FileChange) -> Plan:
    """Bond and bridge away and the address back on eth0, the slave leaving first."""
    rp_filter = {"net/ipv4/conf/all/rp_filter": "0"}
    return Plan(
        stack="ifupdown",
        changes=changes,
        forward=(
            Step("let frames in by either way", SetSysctls(rp_filter)),
            Step("write the files", WriteFiles()),
            Step("take eth0 out of bond0", SetMaster("eth0", None)),
            Step("bring eth0 up", Run(("ifup", "eth0"))),
            Step("take xenbr0 away", DeleteLink("xenbr0")),
            Step("take bond0 away", DeleteLink("bond0")),
            Step("filter frames as before", RestoreSysctls()),
        ),
        rollback=(
            Step("let frames in by either way", SetSysctls(rp_filter), best_effort=True),
            Step("put the files back", RestoreFiles()),
            Step("set eth0 down", SetLink("eth0", up=False, unless_in="bond0"), best_effort=True),
            Step("bring xenbr0 up", Run(("ifup", "xenbr0")), best_effort=True),
            Step("filter frames as before", RestoreSysctls()),
            Step("what still differs", RestoreNetwork()),
        ),
        expected=replace(EXPECTED, options={}, routes=(DEFAULT_ROUTE,), nic="eth0"),
        summary="eth0 192.168.0.222/24, without bond0 and xenbr0",
    )


def tree_of(root: str, below: str = "/etc") -> dict[str, tuple[object, ...]]:
    """Everything about every path below a directory that a restore must bring back."""
    found: dict[str, tuple[object, ...]] = {}
    for directory, names, files in os.walk(root + below):
        for name in (*names, *files):
            path = os.path.join(directory, name)
            status = os.lstat(path)
            what: object = None
            if os.path.islink(path):
                what = os.readlink(path)
            elif name in files:
                with open(path, "rb") as stream:
                    what = stream.read()
            times = None if os.path.isdir(path) or os.path.islink(path) else status.st_mtime_ns
            found[path] = (status.st_mode, status.st_uid, status.st_gid, times, what)
    return found
