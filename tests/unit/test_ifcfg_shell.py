"""ifcfg files are shell: what is set on a condition is named by file and line."""

from pathlib import Path

import pytest
from facts_builder import RHEL8
from fakes import FakeHost
from ifcfg_cases import ANSWERS, ETH0, NS, host
from proposing import propose_removal, told_by
from test_elsewhere import IFCFG, RED_HAT, as_tree
from test_ifcfg_remove import FILES as BONDED, host as bonded

from xenbond_tui.files.shell import parse
from xenbond_tui.health.written_cache import written
from xenbond_tui.rules.findings import Severity
from xenbond_tui.stacks.ifcfg import Ifcfg

WAYS = (
    "if [ -f /x ]; then {key}={value}; fi",
    "if [ -f /x ]\nthen\n  {key}={value}\nfi",
    "case $HOSTNAME in\na*) {key}={value} ;;\nesac",
    "[ -f /x ] && {key}={value}",
    "test -f /x || {key}={value}",
    "{key}+={value}",
    "{key}[0]={value}",
    "{{ {key}={value}; }}",
    "for i in 1; do {key}={value}; done",
    "declare {key}={value}",
    "typeset -x {key}={value}",
    'eval "{key}={value}"',
    ": ${{{key}:={value}}}",
    "read {key} < /etc/value",
    "printf -v {key} {value}",
    "f() {{ {key}={value}; }}; f",
    "[ -f /x ] && unset {key}",
)
LOSES = ("GATEWAY", "IPADDR1", "PREFIX", "IPV6_DEFAULTGW", "IPADDR", "IPV6ADDR")
CARRIED = ("MTU", "DNS1", "DOMAIN", "ZONE", "DEFROUTE", "PEERDNS", "DHCP_HOSTNAME", "MACADDR")
PATH = f"{NS}/ifcfg-eth0"


def told(text: str, name: str = "eth0") -> set[tuple[Severity, str]]:
    path = f"{NS}/ifcfg-{name}"
    found = told_by(Ifcfg(), host({path: text}, system=RHEL8), ANSWERS)
    return {(it.severity, it.where) for it in found if it.where.startswith(f"{path}:")}


def first_line(way: str) -> int:
    """Where in it the key stands."""
    return next(number for number, line in enumerate(way.split("\n")) if "{key}" in line)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("key", [*LOSES, *CARRIED])
def test_a_key_on_a_condition_is_named_by_file_and_line(way: str, key: str) -> None:
    """Refused where the address would be lost, else a warning: it stays with the slave."""
    text = f"{ETH0}{way.format(key=key, value='9')}\n"
    line = 1 + ETH0.count("\n") + first_line(way)
    expected = Severity.REFUSE if key in LOSES else Severity.WARN
    assert (expected, f"{PATH}:{line}") in told(text)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("key", ["BOOTPROTO", "ONBOOT", "DEVICE", "HWADDR", "MASTER"])
def test_a_key_that_decides_what_the_file_is_for_is_refused_or_named(way: str, key: str) -> None:
    found = told(f"{ETH0}{way.format(key=key, value='eth0')}\n")
    assert Severity.REFUSE in {severity for severity, _ in found}


@pytest.mark.parametrize("way", WAYS)
def test_a_file_of_another_name_that_may_be_about_a_slave_is_named(way: str) -> None:
    text = f"{way.format(key='DEVICE', value='eth0')}\nONBOOT=yes\n"
    assert (Severity.WARN, f"{NS}/ifcfg-lan:{1 + first_line(way)}") in told(text, "lan")


@pytest.mark.parametrize(
    "text",
    [
        "# if a; then MTU=9000; fi\n",
        'if a; then\n  # MTU=9000\n  logger "MTU is 9000"\nfi\n',
        'if [ "$MTU" = 9000 ]; then logger x; fi\n',
        "[[ $MTU==9000 ]] && logger x\n",
        "MTU_OF_X=9000\n",
        "if a; then NOT_OURS=1; fi\n",
    ],
)
def test_what_sets_no_key_of_ours_is_not_told(text: str) -> None:
    assert {it for it in told(ETH0 + text) if it[0] is not Severity.NOTE} == set()


def test_a_slave_of_today_keeps_its_conditions() -> None:
    """It is a slave with them, and works."""
    text = "DEVICE=eth0\nONBOOT=yes\nMASTER=bond0\nSLAVE=yes\nif a; then MTU=9000; fi\n"
    assert told(text) == set()


@pytest.mark.parametrize("way", [*WAYS, ". /etc/sysconfig/more"])
@pytest.mark.parametrize("key", ["MTU", "GATEWAY"])
def test_a_bond_that_becomes_a_port_is_asked_too(way: str, key: str) -> None:
    own = "DEVICE=bond0\nTYPE=Bond\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=192.168.0.222\nPREFIX=24\n"
    line = f"{own}{way.format(key=key, value='9')}\n"
    assert told(line, "bond0"), "named by its line"
    port = (
        f"{own.replace('IPADDR=192.168.0.222', 'BRIDGE=xenbr0')}{way.format(key='MTU', value='9')}"
    )
    assert not {it for it in told(port, "bond0") if it[0] is Severity.WARN}, "it is one today"


@pytest.mark.parametrize("way", [*WAYS, ". /etc/sysconfig/more"])
@pytest.mark.parametrize("name", ["bond0", "xenbr0"])
def test_a_removal_does_not_drop_a_condition_with_its_file(way: str, name: str) -> None:
    path = f"{NS}/ifcfg-{name}"
    text = f"{BONDED[path]}{way.format(key='MTU', value='9')}\n"
    proposal = propose_removal(bonded(BONDED | {path: text}), stack="ifcfg")
    assert proposal.plan is None
    line = BONDED[path].count("\n") + 1 + (0 if way.startswith(".") else first_line(way))
    assert any(f"{path}:{line}" in it.text for it in proposal.refusals)


@pytest.mark.parametrize("way", WAYS)
def test_health_takes_a_condition_for_no_silence(way: str, tmp_path: Path) -> None:
    """That no file says the mode or a slave is told only where none can."""
    host = FakeHost(str(tmp_path))
    host.put("/sbin/ifup", b"0")
    said = {}
    set_ = way.format(key="BONDING_OPTS", value="mode=1")
    slave = RED_HAT[f"{IFCFG}eth1"].replace("MASTER=bond0", way.format(key="MASTER", value="bond0"))
    bond = "DEVICE=bond0\nTYPE=Bond\nBONDING_MASTER=yes\n"
    for name, of_bond, of_slave in (
        ("plain", bond, RED_HAT[f"{IFCFG}eth1"]),
        ("options", f"{bond}{set_}\n", RED_HAT[f"{IFCFG}eth1"]),
        ("slave", bond, slave),
    ):
        files = {**RED_HAT, f"{IFCFG}bond0": of_bond, f"{IFCFG}eth1": of_slave}
        for path, text in files.items():
            host.put(path, text.encode())
        found = written(as_tree(host), "bond0")
        assert found is not None
        said[name] = found
    assert "miimon" in said["plain"].unsaid
    assert set(said["plain"].slaves) == {"eth0", "eth1"}
    assert not said["options"].unsaid
    assert not said["slave"].slaves


def test_the_lines_are_those_of_the_file() -> None:
    text = b"A=1\nif a; then\n  MTU=1\n  B=2\nfi\nMTU=2\n"
    assert parse(text, "x").unclear() == ((3, "MTU", "MTU=1"), (4, "B", "B=2"))
