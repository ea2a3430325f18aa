"""What the planner's rules have against files and programs is a reason of a bond that is there."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, RHEL6, bond, bridge, make_facts, nic

from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import BondingDriver
from xenbond_tui.health.findings import READ, counts, level_of, reason_of
from xenbond_tui.health.model import HealthState, Level, Written
from xenbond_tui.health.verdict import judge
from xenbond_tui.health.written import said_by
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.rules.findings import Finding, Severity
from xenbond_tui.stacks import STACKS

GOLDEN = Path(__file__).parents[1] / "golden"
NICS = (
    nic("eth0", ETH0_MAC),
    nic("eth1", ETH1_MAC),
    *(nic(f"eth{number}", f"00:16:3e:00:00:0{number}") for number in (2, 3)),
)
FORBIDS = BondingDriver(True, True, {"use_carrier": "option obsolete, use_carrier cannot be 0"})
IFUPDOWN = "/etc/network/interfaces"
BOND = "auto bond0\niface bond0 inet manual\n  bond-slaves eth0 eth1\n  bond-mode 1\n"
PORT = "auto br0\niface br0 inet manual\n  bridge_ports bond0\n"
SCRIPTS = "/etc/sysconfig/network-scripts"
IFCFG = {
    "/etc/sysconfig/network": "NETWORKING=yes\n",
    f"{SCRIPTS}/ifcfg-bond0": 'DEVICE=bond0\nBONDING_OPTS="mode=1"\nBRIDGE=br0\n',
    f"{SCRIPTS}/ifcfg-eth0": "DEVICE=eth0\nMASTER=bond0\nSLAVE=yes\n",
    f"{SCRIPTS}/ifcfg-eth1": "DEVICE=eth1\nMASTER=bond0\nSLAVE=yes\n",
    f"{SCRIPTS}/ifcfg-br0": "DEVICE=br0\nTYPE=Bridge\n",
}
NETWORK = "/etc/systemd/network"
NETWORKD = {
    f"{NETWORK}/a.netdev": "[NetDev]\nName=bond0\nKind=bond\n",
    f"{NETWORK}/b.network": "[Match]\nName=eth0 eth1\n[Network]\nBond=bond0\n",
    f"{NETWORK}/c.network": "[Match]\nName=bond0\n[Network]\nDHCP=yes\n",
}
BEFORE_BONDED = 'if [ -n "${BRIDGE}" ]; then\n  exit 0\nfi\ngrep -l "^MASTER=${DEVICE}"\n'


def written(
    name: str,
    root: Path,
    files: Mapping[str, str],
    *,
    missing: frozenset[str] = frozenset(),
    running: tuple[str, ...] = (),
    driver: BondingDriver | None = None,
) -> Mapping[str, Written]:
    """What those files of that stack say, on a host that has all of its programs but these."""
    for path, text in files.items():
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    stack, tree = next(it for it in STACKS if it.name == name), RootedTree(str(root))
    there = {path: FileState(path, text.encode(), 0o600) for path, text in files.items()}
    foreign = {"/usr/share/ifupdown2", "/usr/sbin/ifreload", "/sbin/ifreload"}
    present = frozenset(stack.probes()) - missing - (foreign if name == "ifupdown" else set())
    host = make_facts(links=NICS, bonds=(bond(),), **({"system": RHEL6} if name == "ifcfg" else {}))
    facts = replace(host, files=there, present=present)
    facts = facts if driver is None else replace(facts, driver=driver)
    return said_by(stack, facts, tree, running)


def told(found: Mapping[str, Written]) -> set[str]:
    return {finding.code for said in found.values() for finding in said.findings}


WRONG: list[tuple[str, str, dict[str, str], frozenset[str]]] = [
    (
        "ifenslave-missing",
        "ifupdown",
        {IFUPDOWN: BOND},
        frozenset({"/etc/network/if-pre-up.d/ifenslave"}),
    ),
    (
        "bridge-utils-missing",
        "ifupdown",
        {IFUPDOWN: BOND + PORT},
        frozenset({"/etc/network/if-pre-up.d/bridge"}),
    ),
    ("on-a-slave", "ifupdown", {IFUPDOWN: BOND + "iface eth0.10 inet manual\n"}, frozenset()),
    (
        "port-beside-bond",
        "ifupdown",
        {IFUPDOWN: BOND + PORT.replace("bond0", "bond0 eth2")},
        frozenset(),
    ),
    ("ifup-refuses-file", "ifupdown", {IFUPDOWN: BOND + "  gateway\n"}, frozenset()),
    (
        "bridge-over-vlan",
        "ifupdown",
        {IFUPDOWN: BOND + "iface bond0.5 inet manual\n" + PORT.replace("bond0", "bond0 bond0.5")},
        frozenset(),
    ),
    (
        "command-contradicts",
        "ifupdown",
        {IFUPDOWN: BOND + "  up echo 4 > /sys/class/net/bond0/bonding/mode\n"},
        frozenset(),
    ),
    (
        "module-use-carrier-0",
        "ifupdown",
        {IFUPDOWN: BOND, "/etc/modprobe.d/a.conf": "options bonding use_carrier=0\n"},
        frozenset(),
    ),
    (
        "bonding-disabled",
        "ifupdown",
        {IFUPDOWN: BOND, "/etc/modprobe.d/a.conf": "install bonding /bin/true\n"},
        frozenset(),
    ),
    ("no-bridge-utils", "ifcfg", IFCFG, frozenset({"/usr/sbin/brctl"})),
    ("network-service-off", "ifcfg", IFCFG, frozenset({"/etc/rc.d/rc3.d/S10network"})),
    ("bond-not-bridged", "ifcfg", {**IFCFG, f"{SCRIPTS}/ifup-eth": BEFORE_BONDED}, frozenset()),
    (
        "alias-on-slave",
        "ifcfg",
        {**IFCFG, f"{SCRIPTS}/ifcfg-eth0:1": "DEVICE=eth0:1\nIPADDR=192.0.2.7\n"},
        frozenset(),
    ),
    ("networkd-not-enabled", "networkd", NETWORKD, frozenset()),
    (
        "more-slaves-match",
        "networkd",
        {**NETWORKD, f"{NETWORK}/b.network": "[Match]\nName=eth[012]\n[Network]\nBond=bond0\n"},
        frozenset(),
    ),
]


@pytest.mark.parametrize(
    ("code", "stack", "files", "missing"), WRONG, ids=[case[0] for case in WRONG]
)
def test_what_the_planner_has_against_it_is_a_reason(
    code: str, stack: str, files: dict[str, str], missing: frozenset[str], tmp_path: Path
) -> None:
    driver = FORBIDS if code == "module-use-carrier-0" else None
    found = written(stack, tmp_path, files, missing=missing, driver=driver)
    (finding,) = (it for it in found["bond0"].findings if it.code == code)
    verdict = judge(HealthState(bond(), bridge("br0"), written=found["bond0"]))
    reason = next(it for it in verdict.reasons if it.code == code)
    assert (reason.text, reason.evidence) == (finding.text, finding.where)
    assert reason.level is level_of(finding)
    assert verdict.level in (Level.DEGRADED, Level.MISCONFIGURED)
    assert reason.advice


@pytest.mark.parametrize(
    ("stack", "missing"),
    [("ifupdown", "/etc/network/if-pre-up.d/bridge"), ("ifcfg", "/usr/sbin/brctl")],
)
def test_a_bond_without_a_bridge_needs_no_programs_for_one(
    stack: str, missing: str, tmp_path: Path
) -> None:
    alone = {path: text.replace("BRIDGE=br0\n", "") for path, text in IFCFG.items()}
    files = {IFUPDOWN: BOND} if stack == "ifupdown" else alone
    found = written(stack, tmp_path, files, missing=frozenset({missing}))
    assert found["bond0"].bridge is None
    assert told(found) <= {"network-service-off"}


CASES = sorted(path.parent for item in STACKS for path in GOLDEN.glob(f"{item.name}/*/after"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_what_a_set_up_writes_is_right(case: Path, tmp_path: Path) -> None:
    """Units are no part of these trees: that they are not enabled is told, and nothing else."""
    stack = case.parent.name
    shutil.copytree(case / "after", tmp_path, dirs_exist_ok=True)
    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    for path in paths:
        # NetworkManager leaves out profiles that others may read.
        path.chmod(0o600)
    files = {f"/{path.relative_to(tmp_path)}": path.read_bytes().decode() for path in paths}
    found = written(stack, tmp_path, files)
    not_started = {"network-service-off", "networkd-not-enabled", "networkmanager-not-enabled"}
    assert told(found) <= {*not_started, "use-carrier-obsolete", "module-use-carrier-0"}
    assert [said.bridge is not None for said in found.values()] == [True]


# Several bonds

SECOND = BOND.replace("bond0", "bond1").replace("eth0 eth1", "eth2 eth3")
TWO = {
    "ifupdown": {IFUPDOWN: BOND + PORT + SECOND.replace("mode 1", "mode 4")},
    "netplan": {
        "/etc/netplan/a.yaml": "network:\n  version: 2\n  ethernets: {eth0: {}, eth1: {}, eth2: {}"
        ", eth3: {}}\n  bonds:\n    bond0:\n      interfaces: [eth0, eth1]\n      parameters: {mode"
        ": active-backup}\n    bond1:\n      interfaces: [eth2, eth3]\n      parameters: {mode: "
        "802.3ad}\n  bridges:\n    br0: {interfaces: [bond0]}\n    br1: {interfaces: [bond1]}\n"
    },
    "networkd": {
        **NETWORKD,
        f"{NETWORK}/a.netdev": "[NetDev]\nName=bond0\nKind=bond\n[Bond]\nMode=active-backup\n",
        f"{NETWORK}/c.network": "[Match]\nName=bond0\n[Network]\nBridge=br0\n",
        f"{NETWORK}/d.netdev": "[NetDev]\nName=bond1\nKind=bond\n[Bond]\nMode=802.3ad\n",
        f"{NETWORK}/e.network": "[Match]\nName=eth2 eth3\n[Network]\nBond=bond1\n",
        f"{NETWORK}/f.network": "[Match]\nName=bond1\n[Network]\nBridge=br1\n",
    },
    "ifcfg": {
        **IFCFG,
        f"{SCRIPTS}/ifcfg-bond1": 'DEVICE=bond1\nBONDING_OPTS="mode=4"\nBRIDGE=br1\n',
        f"{SCRIPTS}/ifcfg-eth2": "DEVICE=eth2\nMASTER=bond1\nSLAVE=yes\n",
        f"{SCRIPTS}/ifcfg-eth3": "DEVICE=eth3\nMASTER=bond1\nSLAVE=yes\n",
    },
}
TWO["ifupdown"][IFUPDOWN] += PORT.replace("br0", "br1").replace("bond0", "bond1")
TWO["ifupdown2"] = TWO["ifupdown"]


@pytest.mark.parametrize("stack", sorted(TWO))
def test_each_bond_is_compared_with_its_own_files(stack: str, tmp_path: Path) -> None:
    found = written(stack, tmp_path, TWO[stack], running=("bond0", "bond1"))
    for name, mode, above, slaves in (
        ("bond0", "active-backup", "br0", ["eth0", "eth1"]),
        ("bond1", "802.3ad", "br1", ["eth2", "eth3"]),
    ):
        said = found[name]
        assert said.options["mode"][0] == mode
        assert said.bridge is not None
        assert said.bridge[0] == above
        assert list(said.slaves) == slaves
        runs = bond(name, slaves, mode=mode, miimon=int(said.unsaid["miimon"][0]))
        state = HealthState(runs, bridge(above, (name,)), written=said)
        codes = {reason.code for reason in judge(state).reasons}
        assert not codes & {"option-differs", "not-in-bridge", "slave-absent"}
        lost = judge(replace(state, bridge=None))
        assert "not-in-bridge" in {reason.code for reason in lost.reasons}


@pytest.mark.parametrize("device", ["", "DEVICE={}\n"])
def test_the_line_that_is_told_is_of_the_bonds_own_file(device: str, tmp_path: Path) -> None:
    """Also where only the name of a file says whose it is."""
    files = dict(TWO["ifcfg"])
    for name, mode in (("bond0", 1), ("bond1", 4)):
        text = f'{device.format(name)}BONDING_OPTS="mode={mode} miimon=100"\n'
        files[f"{SCRIPTS}/ifcfg-{name}"] = text
    found = written("ifcfg", tmp_path, files, running=("bond0", "bond1"))
    for name in ("bond0", "bond1"):
        where = f"{SCRIPTS}/ifcfg-{name}:{2 if device else 1}"
        assert {found[name].options[it][1] for it in ("mode", "miimon")} == {where}


def test_a_bond_that_no_file_makes_is_compared_with_none(tmp_path: Path) -> None:
    assert list(written("ifupdown", tmp_path, {IFUPDOWN: BOND}, running=("bond7",))) == ["bond0"]


@pytest.mark.parametrize(
    ("ports", "is_port"),
    [("regex (bond|vif).*", True), ("regex vif.*", False), ("regex ((", False), ("bond0", True)],
)
def test_a_pattern_of_ports_may_mean_the_bond(ports: str, is_port: bool, tmp_path: Path) -> None:
    files = {IFUPDOWN: BOND + PORT.replace("bond0", ports)}
    said = written("ifupdown", tmp_path, files)["bond0"]
    assert (said.bridge is not None) is is_port
    assert "port-beside-bond" not in {finding.code for finding in said.findings}


def test_a_bond_in_another_bridge_than_its_files_say() -> None:
    said = Written("ifupdown", bridge=("br1", "/etc/network/interfaces:9"))
    (reason,) = judge(HealthState(bond(), bridge("br0"), written=said)).reasons
    assert reason.code == "not-in-bridge"
    assert reason.evidence == "/sys/class/net/bond0/master leads to br0"


def test_why_a_bond_is_out_of_its_bridge_is_told(tmp_path: Path) -> None:
    """It counts by the files, though no bridge runs."""
    said = written("ifcfg", tmp_path, IFCFG, missing=frozenset({"/usr/sbin/brctl"}))["bond0"]
    codes = {reason.code for reason in judge(HealthState(bond(), written=said)).reasons}
    assert {"not-in-bridge", "no-bridge-utils"} <= codes


def test_a_note_is_never_worse_than_healthy() -> None:
    for code in READ:
        note = Finding(Severity.NOTE, code, "x", "Text.", "Do.")
        assert reason_of(note).level is Level.HEALTHY


@pytest.mark.parametrize(
    ("code", "severity", "told"),
    [
        ("address-in-use", Severity.WARN, True),
        ("address-in-use", Severity.NOTE, False),
        ("use-carrier-obsolete", Severity.NOTE, True),
        ("no-such-code", Severity.REFUSE, False),
    ],
)
def test_of_mere_notes_only_those_worth_knowing_are_told(
    code: str, severity: Severity, told: bool
) -> None:
    assert counts(Finding(severity, code, "x:1", "Text.", "Remedy."), under_bridge=True) is told


def test_where_the_remedy_is_what_the_plan_does_the_advice_is_another() -> None:
    """Nobody is told to set up the bond that is there."""
    planned = Finding(Severity.WARN, "hwaddr-wrong", "x", "Text.", "The plan writes it.")
    assert reason_of(planned).advice == "Write the permanent MAC there."
    assert reason_of(replace(planned, code="no-bridge-utils")).advice == "The plan writes it."


def test_another_bridge_of_the_usual_name_is_not_taken_for_the_bond_s(tmp_path: Path) -> None:
    """Its address is not the bond's: what is told is about the address that the bond has."""
    own = (
        "auto bond0\niface bond0 inet static\n  address 192.0.2.5/24\n"
        + BOND.partition("manual\n")[2]
    )
    other = (
        "auto xenbr0\niface xenbr0 inet static\n  address 198.51.100.5/24\n  bridge_ports eth2\n"
    )
    for address, wrong in (("192.0.2.5", True), ("198.51.100.5", False)):
        third = f"auto eth3\niface eth3 inet static\n  address {address}/24\n"
        found = written("ifupdown", tmp_path, {IFUPDOWN: own + other + third})["bond0"]
        assert found.bridge is None
        texts = [it.text for it in found.findings if it.code == "address-in-use"]
        assert bool(texts) == wrong, texts
        assert not any("xenbr" in it for it in texts)
