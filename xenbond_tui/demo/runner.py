"""The demo host's commands (effects.Runner): `ifup`, `ifdown` and the few others a plan names.

`ifup` reads what was really written in the scratch directory, through the stack that owns it, so
a wrong file has the consequence here that it would have there.
"""

from collections.abc import Callable, Sequence

from xenbond_tui import planner
from xenbond_tui.answers import Answers
from xenbond_tui.demo import simulate
from xenbond_tui.demo.kernel import DemoKernel
from xenbond_tui.demo.state import DemoBond, DemoBridge, DemoState
from xenbond_tui.effects import Completed
from xenbond_tui.machine import Machine
from xenbond_tui.stacks import owners

_DOMAINS = f"{'Name':40} {'ID':>5}   Mem VCPUs\tState\tTime(s)\n"
_DOMAIN = "{:40} {:>5} {:>5}     1     {}\n"
_NICS = f"{'Idx BE Mac Addr.':24} handle state evt-ch   tx-/rx-ring-ref {'BE-path':30}\n"
_NIC = "{:<3} 0  {}{:>6}     4     -1   520/521         /local/domain/0/backend/vif/{}/{}\n"
"""As Xen 4.17's xl prints them."""
_KNOWN = (
    "ifup",
    "ifdown",
    "modinfo",
    "modprobe",
    "wall",
    "logger",
    "service",
    "systemctl",
    "arping",
    "ethtool",
    "ip",
)


class DemoRunner:
    """Runs nothing: changes the demo's kernel as the real commands would."""

    def __init__(self, kernel: DemoKernel) -> None:
        self._kernel = kernel
        self.machine: Machine | None = None
        """Set once by `demo.host`: `ifup` has to read the host's files."""

    def which(self, name: str) -> str | None:
        """Where the command would be."""
        return f"/sbin/{name}" if name in _KNOWN else None

    def run(self, argv: Sequence[str], timeout: float = 60.0) -> Completed:
        """Do what the command would do to the demo's kernel."""
        name = argv[0].rpartition("/")[2]
        words = [word for word in argv[1:] if not word.startswith("-") and "=" not in word]
        if name == "ifup":
            options = dict(word.split("=", 1) for word in argv[1:] if "=" in word)
            given = options.get("bond-slaves", "").split()
            return self._done(argv, *self._each(words, lambda word: self._ifup(word, given)))
        if name == "ifdown":
            return self._done(argv, *self._each(words, self._ifdown))
        if name == "modinfo":
            return self._done(argv, 0, self._kernel.file.load().modinfo)
        if name == "xl" and words and (told := _toolstack(self._kernel.file.load(), *words)):
            return self._done(argv, 0, told)
        if name in _KNOWN:
            return self._done(argv, 0, "")
        return Completed(tuple(argv), 127, "", f"{argv[0]}: not on the demo host")

    @staticmethod
    def _done(argv: Sequence[str], code: int, text: str) -> Completed:
        return Completed(tuple(argv), code, text if code == 0 else "", "" if code == 0 else text)

    @staticmethod
    def _each(names: Sequence[str], act: Callable[[str], str]) -> tuple[int, str]:
        problems = [problem for name in names if (problem := act(name))]
        return (1 if problems else 0), "\n".join(problems)

    def _written(self) -> Answers | None:
        machine = self.machine
        if machine is None:
            return None
        facts = planner.read_host(machine)
        for evidence in owners(facts):
            answers = planner.stack_named(evidence.stack).read(facts)
            if answers is not None:
                return answers
        return None

    def _ifup(self, name: str, slaves: Sequence[str] = ()) -> str:
        """`slaves` are those of `-o bond-slaves=…`, in place of the file's."""
        answers = self._written()
        if answers is None:
            return f"ifup: unknown interface {name}"
        with self._kernel.changing() as state:
            if answers.bond.slaves and name == answers.bond.name:
                return _bond_up(state, answers, slaves or answers.bond.slaves)
            if answers.bond.slaves and name == answers.bridge.name:
                return _bridge_up(state, answers)
            if name not in state.links:
                return f"ifup: unknown interface {name}"
            state.links[name].up = True
            if answers.bond.slaves in ((), (name,)):
                _address(state, name, answers)
        return ""

    def _ifdown(self, name: str) -> str:
        with self._kernel.changing() as state:
            if name not in state.links:
                return f"ifdown: interface {name} not configured"
            link = state.links[name]
            link.addresses = []
            state.gateways.pop(name, None)
            if link.kind:
                simulate.delete(state, name)
            else:
                link.up = False
        return ""


def _toolstack(state: DemoState, command: str, domain: str = "") -> str:
    """What xl says of the guests; nothing where it is asked something else."""
    if command == "list":
        rows = [("Domain-0", "0", "4096", "r-----     312.4")]
        rows += [(name, number, "128", "-b----       5.1") for number, name in state.guests.items()]
        return "".join((_DOMAINS, *(_DOMAIN.format(*row) for row in rows)))
    if command == "network-list" and domain in state.guests:
        of = f"vif{domain}."
        vifs = {it.name.removeprefix(of): it for it in state.links.values() if it.guest_mac}
        nics = [(n, it.guest_mac, n, domain, n) for n, it in vifs.items() if n != it.name]
        return "".join((_NICS, *(_NIC.format(*row) for row in nics)))
    return ""


def _bond_up(state: DemoState, answers: Answers, slaves: Sequence[str]) -> str:
    bond = answers.bond
    missing = [name for name in slaves if name not in state.links]
    if missing:
        return f"ifup: {bond.name}: no such NIC: {', '.join(missing)}"
    options = dict(bond.options)
    if bond.use_carrier is not None:
        options["use_carrier"] = str(int(bond.use_carrier))
    simulate.create_bond(
        state,
        bond.name,
        DemoBond(mode=bond.mode, miimon=bond.miimon, options=options, slaves=list(slaves)),
    )
    return ""


def _bridge_up(state: DemoState, answers: Answers) -> str:
    mac = answers.bridge.mac if answers.bridge.mac not in ("", "keep") else None
    port: str | None = answers.bond.name
    if port not in state.bonds:
        # A bridge with a NIC as its port: the files' only slave is that port.
        port = answers.bond.slaves[0] if len(answers.bond.slaves) == 1 else None
        if port in state.links:
            # Of one NIC alone the answers don't say whether it is under a bridge; now we know.
            state.links[port].addresses = []
            state.gateways.pop(port, None)
    simulate.create_bridge(state, answers.bridge.name, DemoBridge(pinned_mac=mac), port)
    _address(state, answers.bridge.name, answers)
    return ""


def _address(state: DemoState, name: str, answers: Answers) -> None:
    bridge, link = answers.bridge, state.links[name]
    if bridge.method == "dhcp":
        link.addresses, link.dynamic = list(state.lease), True
        state.gateways[name] = state.lease_gateway
    else:
        link.addresses, link.dynamic = list(bridge.addresses), False
        if bridge.gateway:
            state.gateways[name] = bridge.gateway
