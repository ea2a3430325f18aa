"""What is around a bond: the gateway's answers, switch ports, guests' names."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from facts_builder import bond, bridge
from fakes import FakeClock, FakeHost, FakeKernel

from xenbond_tui.effects import Completed, Probe
from xenbond_tui.facts.link import ReservedMacs, SwitchPort
from xenbond_tui.health.around import FILES_EVERY_S, PORT_EVERY_S, Around
from xenbond_tui.health.model import Gateway, HealthState, Level
from xenbond_tui.health.place import refusal
from xenbond_tui.health.verdict import judge
from xenbond_tui.host.guest_names import guest_names

GATEWAYS = (("192.168.0.1", "xenbr0"), ("10.0.0.1", "eth9"))
STATE = HealthState(bond(), bridge(), gateways=GATEWAYS)
SW1 = SwitchPort("00:1b:21:00:00:01", "Gi1/0/12", "sw1")
SW2 = SwitchPort("00:1b:21:00:00:02", "Gi1/0/12", "sw2")


@dataclass
class Echo:
    """A pinger that has sent what a test says."""

    sent: list[Probe] = field(default_factory=list)
    stopped: bool = False

    def probes(self, since: float = 0.0) -> tuple[Probe, ...]:
        return tuple(probe for probe in self.sent if probe.sent >= since)

    def stop(self) -> None:
        self.stopped = True


@dataclass
class Switches:
    heard: dict[str, SwitchPort]
    passed_over: dict[str, int] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    stopped: bool = False

    def neighbours(self) -> Mapping[str, SwitchPort]:
        return self.heard

    def noise(self) -> Mapping[str, int]:
        return self.passed_over

    def forget(self, link: str) -> None:
        self.forgotten.add(link)

    def stop(self) -> None:
        self.stopped = True


class Kernel(FakeKernel):
    def __init__(self) -> None:
        super().__init__()
        self.pingers: list[tuple[str, str, Echo]] = []
        self.listeners: list[tuple[tuple[str, ...], Switches]] = []
        self.heard: dict[str, SwitchPort] = {}

    def ping(self, ip: str, link: str, interval: float) -> Echo:
        self.pingers.append((ip, link, Echo()))
        return self.pingers[-1][2]

    def listen_for_switches(self, links: Sequence[str]) -> Switches:
        self.listeners.append((tuple(links), Switches(self.heard)))
        return self.listeners[-1][1]


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
def around(tmp_path: Path, kernel: Kernel) -> Around:
    return Around(FakeHost(str(tmp_path), clock=FakeClock(), kernel=kernel).machine)


def test_the_gateway_behind_the_bridge_is_asked(around: Around, kernel: Kernel) -> None:
    around.add(STATE)
    around.add(STATE)
    assert [(ip, link) for ip, link, _ in kernel.pingers] == [("192.168.0.1", "xenbr0")]
    kernel.pingers[0][2].sent = [
        Probe(990.0, 990.0005),
        Probe(991.0, None),
        Probe(998.0, None),
        Probe(999.9, None),
    ]
    # The newest may still be answered: it counts neither way.
    half = pytest.approx(0.5)
    assert around.add(STATE).gateway == Gateway(
        "192.168.0.1", 3, 2, 2, half, 10.0, 991.0, worst={99: math.inf}
    )
    # Nobody is asked in between: what is known is told at once.
    assert around.known(STATE) == around.add(STATE)


def test_what_is_to_be_told_at_once_is_news(around: Around, kernel: Kernel) -> None:
    clock = around.machine.clock
    assert isinstance(clock, FakeClock)
    around.add(STATE)
    sent = kernel.pingers[0][2].sent
    sent += [Probe(clock.monotonic(), clock.monotonic() + 0.0005)]
    around.add(STATE)
    before = around.news
    for _ in range(20):
        clock.sleep(1.0)
        sent += [Probe(clock.monotonic(), clock.monotonic() + 0.0005)]
        around.add(STATE)
    told = around.add(STATE).gateway
    assert told is not None
    assert told.sent >= 16, "all of them are counted now and then"
    assert around.news == before
    sent += [Probe(clock.monotonic(), None)]
    clock.sleep(1.5)
    told = around.add(STATE).gateway
    assert told is not None
    assert (told.lost, told.silent) == (1, 1)
    assert around.news == before + 1


def test_a_silence_longer_than_the_window_keeps_its_beginning(
    around: Around, kernel: Kernel
) -> None:
    around.add(STATE)
    kernel.pingers[0][2].sent = [Probe(990.0, 990.0005), Probe(991.0, None)]
    around.add(STATE)
    kernel.pingers[0][2].sent = [Probe(995.0, None), Probe(996.0, None)]
    told = around.add(STATE).gateway
    assert told is not None
    assert (told.silent_since, told.rtt) == (991.0, pytest.approx(0.5))


def test_another_gateway_is_followed(around: Around, kernel: Kernel) -> None:
    around.add(STATE)
    around.add(replace(STATE, gateways=(("192.168.0.254", "xenbr0"),)))
    assert kernel.pingers[0][2].stopped
    assert kernel.pingers[1][0] == "192.168.0.254"
    assert around.add(replace(STATE, gateways=())).gateway is None
    assert kernel.pingers[1][2].stopped


def test_a_switch_port_is_remembered_when_the_cable_is_out(around: Around, kernel: Kernel) -> None:
    kernel.heard = {"eth0": SW1}
    around.add(STATE)
    kernel.listeners[0][1].heard = {}
    one, other = STATE.bond.slaves
    out = replace(STATE.bond, slaves=(replace(one, mii_status="down"), other))
    assert around.add(replace(STATE, bond=out)).switch_ports == {"eth0": SW1}
    assert kernel.listeners[0][1].forgotten == {"eth0"}, "it may be plugged in elsewhere"
    assert around.add(STATE).switch_ports == {}, "with a link again, the switch has to tell"
    assert kernel.listeners[0][0] == ("eth0", "eth1")


def test_stopping_stops_everything(around: Around, kernel: Kernel) -> None:
    around.add(STATE)
    around.stop()
    assert kernel.pingers[0][2].stopped
    assert kernel.listeners[0][1].stopped


def test_files_are_read_again_now_and_then(around: Around, kernel: Kernel) -> None:
    interfaces = Path(around.machine.access.root, "etc/network/interfaces")
    interfaces.parent.mkdir(parents=True)
    Path(around.machine.access.root, "sbin").mkdir()
    Path(around.machine.access.root, "sbin/ifup").touch()
    text = "auto bond0\niface bond0 inet manual\n\tbond-slaves eth0 eth1\n\tbond-miimon 100\n"
    interfaces.write_text(text)
    first = around.add(STATE).written
    assert first is not None
    assert first.options["miimon"] == ("100", "/etc/network/interfaces:4")
    interfaces.write_text(text.replace("100", "250"))
    assert around.add(STATE).written == first
    around.machine.clock.sleep(FILES_EVERY_S)
    second = around.add(STATE).written
    assert second is not None
    assert second.options["miimon"][0] == "250"


# What is made of it


def gateway(silent: int, rtt: float | None = 0.4) -> HealthState:
    return replace(STATE, gateway=Gateway("192.168.0.1", 60, silent, silent, rtt))


def test_a_gateway_that_fell_silent_is_trouble_beyond_the_switch_port() -> None:
    verdict = judge(gateway(silent=5))
    assert verdict.level is Level.DEGRADED
    assert [reason.code for reason in verdict.reasons] == ["gateway-silent"]


def test_miimon_believes_a_driver_that_sees_no_pulled_cable_so_the_active_slave_is_named() -> None:
    """As a dom0's e1000e in QEMU: no failover ever came, and ARP monitoring did it."""
    silent = gateway(silent=5)
    by_miimon = replace(silent.bond, active_slave="eth0", miimon=100)
    (told,) = judge(replace(silent, bond=by_miimon)).reasons
    assert told.text.startswith("The gateway 192.168.0.1 does not answer any more")
    assert told.advice.startswith("Check the switch and its uplink, and the cable of eth0")
    assert "or eth0 has no link" in told.text
    assert "cable of eth0; ARP monitoring sees both" in told.advice
    by_arp = replace(by_miimon, miimon=0, arp_interval=500)
    reasons = judge(replace(silent, bond=by_arp)).reasons
    (told,) = [reason for reason in reasons if reason.code == "gateway-silent"]
    assert "eth0" not in told.text + told.advice


@pytest.mark.parametrize("state", [gateway(silent=4), gateway(silent=60, rtt=None)])
def test_one_that_lost_a_few_or_never_answered_is_none(state: HealthState) -> None:
    assert judge(state).reasons == ()


def test_both_slaves_in_one_switch_are_told_and_stay_healthy() -> None:
    verdict = judge(replace(STATE, switch_ports={"eth0": SW1, "eth1": replace(SW1, port="13")}))
    assert verdict.level is Level.HEALTHY
    assert [reason.code for reason in verdict.reasons] == ["one-switch"]
    assert "sw1" in verdict.reasons[0].text


@pytest.mark.parametrize("ports", [{"eth0": SW1, "eth1": SW2}, {"eth0": SW1}])
def test_two_switches_or_one_unknown_are_not(ports: dict[str, SwitchPort]) -> None:
    assert judge(replace(STATE, switch_ports=ports)).reasons == ()


# Guests

XL = """\
Name                                        ID   Mem VCPUs\tState\tTime(s)
Domain-0                                     0   512     1     r-----      14.4
web server                                   1   128     1     -b----       2.2
db01                                        12  2048     2     -b----     102.2
"""


@dataclass
class Xen:
    tools: dict[str, str]

    def which(self, name: str) -> str | None:
        return name if name in self.tools else None

    def run(self, argv: Sequence[str], timeout: float = 60.0) -> Completed:
        text = self.tools.get(argv[0])
        return Completed(tuple(argv), 127 if text is None else 0, text or "", "")


@pytest.mark.parametrize("tool", ["xl", "xm"])
def test_guests_are_called_by_their_names(tmp_path: Path, tool: str) -> None:
    machine = replace(FakeHost(str(tmp_path)).machine, runner=Xen({tool: XL}))
    ports = ("bond0", "vif1.0", "vif12.1", "tap12.0", "vif12.0-emu", "vif99.0")
    assert guest_names(machine, ports) == {
        "vif1.0": "web server",
        "vif12.1": "db01",
        "tap12.0": "db01",
        "vif12.0-emu": "db01",
    }


def test_guests_are_asked_for_when_their_ports_come(around: Around) -> None:
    xen = Xen({"xl": XL})
    around.machine = replace(around.machine, runner=xen)
    alone = replace(STATE, bridge=bridge(ports=("bond0",)))
    with_guest = replace(STATE, bridge=bridge(ports=("bond0", "vif1.0")))
    assert around.add(alone).guests == {}
    assert around.add(with_guest).guests == {"vif1.0": "web server"}
    xen.tools.clear()
    assert around.add(with_guest).guests == {"vif1.0": "web server"}
    assert around.add(alone).guests == {}


def test_without_xen_there_are_none(tmp_path: Path) -> None:
    machine = replace(FakeHost(str(tmp_path)).machine, runner=Xen({}))
    assert guest_names(machine, ("vif1.0",)) == {}


# A gateway that answers from within, and LLDP that can't be all true

GATEWAY_MAC = "52:54:00:ff:ff:01"


def look_again(around: Around, kernel: Kernel, port: str, *, answers: bool = False) -> HealthState:
    """Once the port has changed; with `answers` it answers there as well as before."""
    for seconds in (0.0, PORT_EVERY_S - 1, 1.0):
        around.machine.clock.sleep(seconds)
        if seconds == 1.0:
            kernel.fdb = {GATEWAY_MAC: port}
        if answers and kernel.pingers:
            now = around.machine.clock.monotonic()
            kernel.pingers[-1][2].sent.append(Probe(now, now + 0.0005))
        state = around.add(STATE)
    return state


def test_a_gateway_behind_a_guests_port_is_told(around: Around, kernel: Kernel) -> None:
    """It may be meant so; then its answers still say nothing of the bond."""
    kernel.reserved = ReservedMacs(gateways={GATEWAY_MAC: "192.168.0.1"})
    verdict = judge(look_again(around, kernel, "vif1.0"))
    assert verdict.level is Level.HEALTHY
    assert [reason.code for reason in verdict.reasons] == ["gateway-inside"]
    assert "vif1.0" in verdict.reasons[0].text
    assert "bridge fdb show br xenbr0" in verdict.reasons[0].evidence


@pytest.mark.parametrize("answers", [False, True])
def test_a_gateway_that_a_guest_took_over_hides_no_fault(
    around: Around, kernel: Kernel, *, answers: bool
) -> None:
    def look(port: str) -> HealthState:
        return look_again(around, kernel, port, answers=answers)

    kernel.reserved = ReservedMacs(gateways={GATEWAY_MAC: "192.168.0.1"})
    assert judge(look("bond0")).reasons == ()
    verdict = judge(look("vif1.0"))
    assert verdict.level is Level.DEGRADED
    assert [reason.code for reason in verdict.reasons] == ["gateway-inside"]
    assert judge(look("bond0")).reasons == (), "it is outside again"


def test_another_stations_mac_behind_a_port_says_nothing_of_the_gateway(
    around: Around, kernel: Kernel
) -> None:
    kernel.reserved = ReservedMacs(gateways={GATEWAY_MAC: "10.0.0.1"})
    assert judge(look_again(around, kernel, "vif1.0")).reasons == ()


@pytest.mark.parametrize("target", ["192.168.0.1", "10.1.2.3"])
def test_a_drill_believes_nobody_within(around: Around, kernel: Kernel, target: str) -> None:
    """Neither the gateway that a guest took over, nor an address that is reached by it."""
    kernel.reserved = ReservedMacs(gateways={GATEWAY_MAC: "192.168.0.1"})
    kernel.fdb = {GATEWAY_MAC: "bond0"}
    assert refusal(around.machine, STATE, target) is None
    kernel.fdb = {GATEWAY_MAC: "vif1.0"}
    why = refusal(around.machine, STATE, target)
    assert why is not None
    assert why.startswith("192.168.0.1 is behind vif1.0, a port of xenbr0, and not behind bond0")


def test_a_forged_neighbour_can_not_hide_that_all_slaves_end_in_one_switch() -> None:
    """It has one more name on the wire of one slave, before the switch's or after."""
    after = replace(SW1, others=("66:66:66:66:66:66",))
    before = SwitchPort("66:66:66:66:66:66", "evil", others=(SW1.chassis,))
    for heard in (after, before):
        for ports in ({"eth0": heard, "eth1": SW1}, {"eth0": SW1, "eth1": heard}):
            (reason,) = judge(replace(STATE, switch_ports=ports)).reasons
            assert reason.code == "one-switch"


def test_more_lldp_than_a_switch_sends_is_told_and_judges_nothing(
    around: Around, kernel: Kernel
) -> None:
    around.add(STATE)
    kernel.listeners[0][1].passed_over = {"eth1": 4711}
    verdict = judge(around.add(STATE))
    assert verdict.level is Level.HEALTHY
    assert [(reason.code, reason.slave) for reason in verdict.reasons] == [("lldp-noise", "eth1")]
    assert "4711" in verdict.reasons[0].evidence
