"""Which bond a removal takes away, whether a bridge goes with it, who gets the address again."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import bond, make_facts, nic, virtual
from option_cases import HOSTS, done
from proposing import propose_removal
from test_left_out import ON_EVERY_STACK

from xenbond_tui import planner
from xenbond_tui.answers import Answers, Removal, SetUp
from xenbond_tui.apply.store import Store
from xenbond_tui.cli import run
from xenbond_tui.compose import offline
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Plan
from xenbond_tui.planner import stack_named
from xenbond_tui.proposal import Proposal
from xenbond_tui.stacks import Stack

NICS = ("eth0", "eth1", "eth2", "eth3")
IFUPDOWN = "".join(
    f"auto bond{i}\niface bond{i} inet static\n address 192.0.2.{i + 1}/24\n"
    f" bond-slaves eth{2 * i} eth{2 * i + 1}\n bond-mode active-backup\n"
    for i in (0, 1)
)
NS, NM = "/etc/sysconfig/network-scripts/ifcfg-", "/etc/NetworkManager/system-connections/"
ND = "/etc/systemd/network/"
PROFILE = "[connection]\nid={0}\nuuid=u-{0}\ntype={1}\ninterface-name={0}\n{2}\n"
TWO: Mapping[str, Mapping[str, str]] = {
    "ifupdown": {"/etc/network/interfaces": IFUPDOWN},
    "ifupdown2": {"/etc/network/interfaces": IFUPDOWN},
    "ifcfg": {
        **{
            f"{NS}bond{i}": f"DEVICE=bond{i}\nIPADDR=192.0.2.{i + 1}\nPREFIX=24\n"
            'BONDING_OPTS="mode=1 miimon=100"\n'
            for i in (0, 1)
        },
        **{
            f"{NS}{name}": f"DEVICE={name}\nMASTER=bond{i // 2}\nSLAVE=yes\n"
            for i, name in enumerate(NICS)
        },
    },
    "netplan": {
        "/etc/netplan/01.yaml": "network:\n  ethernets: {eth0: {}, eth1: {}, eth2: {}, eth3: {}}\n"
        "  bonds:\n    bond0: {interfaces: [eth0, eth1], addresses: [192.0.2.1/24]}\n"
        "    bond1: {interfaces: [eth2, eth3], addresses: [192.0.2.2/24]}\n"
    },
    "networkd": {
        **{f"{ND}bond{i}.netdev": f"[NetDev]\nName=bond{i}\nKind=bond\n" for i in (0, 1)},
        **{
            f"{ND}bond{i}.network": f"[Match]\nName=bond{i}\n"
            f"[Network]\nAddress=192.0.2.{i + 1}/24\n"
            for i in (0, 1)
        },
        **{
            f"{ND}s{i}.network": f"[Match]\nName=eth{2 * i} eth{2 * i + 1}\n"
            f"[Network]\nBond=bond{i}\n"
            for i in (0, 1)
        },
    },
    "networkmanager": {
        **{
            f"{NM}bond{i}.nmconnection": PROFILE.format(f"bond{i}", "bond", "")
            + f"[ipv4]\nmethod=manual\naddress1=192.0.2.{i + 1}/24\n"
            for i in (0, 1)
        },
        **{
            f"{NM}{name}.nmconnection": PROFILE.format(
                name, "ethernet", f"master=u-bond{i // 2}\nslave-type=bond\n"
            )
            for i, name in enumerate(NICS)
        },
    },
}
"""Two bonds of two NICs with an address each, none of them in a bridge."""


_FOREIGN = "auto xenbr0\niface xenbr0 inet static\n address 198.51.100.1/24\n bridge_ports none\n"
FOREIGN: Mapping[str, Mapping[str, str]] = {
    "ifupdown": {"/etc/network/interfaces": IFUPDOWN + _FOREIGN},
    "ifupdown2": {"/etc/network/interfaces": IFUPDOWN + _FOREIGN},
    "ifcfg": {f"{NS}xenbr0": "DEVICE=xenbr0\nTYPE=Bridge\nIPADDR=198.51.100.1\nPREFIX=24\n"},
    "netplan": {
        "/etc/netplan/02.yaml": "network: {bridges: {xenbr0: {addresses: [198.51.100.1/24]}}}\n"
    },
    "networkd": {
        f"{ND}xenbr0.netdev": "[NetDev]\nName=xenbr0\nKind=bridge\n",
        f"{ND}xenbr0.network": "[Match]\nName=xenbr0\n[Network]\nAddress=198.51.100.1/24\n",
    },
    "networkmanager": {
        f"{NM}xenbr0.nmconnection": PROFILE.format("xenbr0", "bridge", "")
        + "[ipv4]\nmethod=manual\naddress1=198.51.100.1/24\n"
    },
}
"""Beside them a bridge without a port, as guests have among themselves, of the usual name."""


def host(
    stack: Stack, *, live: bool = False, beside: Mapping[str, Mapping[str, str]] | None = None
) -> HostFacts:
    facts = HOSTS[stack.name][0]
    mode = 0o600 if stack.name == "networkmanager" else 0o644
    texts = {**TWO[stack.name], **(beside or {}).get(stack.name, {})}
    files = {path: FileState(path, text.encode(), mode) for path, text in texts.items()}
    links = [
        *(nic(name, f"00:00:5e:00:53:0{i}", master=f"bond{i // 2}") for i, name in enumerate(NICS)),
        *(virtual(f"bond{i}", "bond", f"00:00:5e:00:53:0{2 * i}") for i in (0, 1)),
    ]
    return replace(
        facts,
        files=files,
        present=facts.present | files.keys(),
        links=tuple(links) if live else (),
        bonds=(bond("bond0", NICS[:2]), bond("bond1", NICS[2:])) if live else (),
        routes=(),
        access=Access() if live else Access(HostKind.TREE, "/mnt"),
    )


def set_up(stack: Stack, **options: str) -> tuple[HostFacts, Plan]:
    """Another system's tree, and the plan that moves eth0's address to a bridge."""
    facts, answers = HOSTS[stack.name]
    tree = replace(facts, links=(), access=Access(HostKind.TREE, "/mnt"))
    asked = replace(answers, stack=stack.name, bond=replace(answers.bond, options=options))
    proposal = planner.propose(tree, SetUp(asked))
    assert proposal.plan is not None, proposal.refusals
    return tree, proposal.plan


def removal(stack: Stack, facts: HostFacts, **asked: object) -> Proposal:
    return planner.propose(facts, replace(Removal(Answers(stack=stack.name)), **asked))


@pytest.mark.parametrize("live", [False, True], ids=["tree", "live"])
@ON_EVERY_STACK
def test_of_two_bonds_it_is_asked_which(stack: Stack, live: bool) -> None:
    facts = host(stack, live=live)
    with pytest.raises(XenbondError, match="bond0 and bond1, none of them under a bridge") as told:
        removal(stack, facts)
    assert "`remove bond0` or `remove bond1`" in str(told.value)
    with pytest.raises(XenbondError, match="no bond bond7"):
        removal(stack, facts, bond="bond7")


@pytest.mark.parametrize("live", [False, True], ids=["tree", "live"])
@ON_EVERY_STACK
def test_the_bond_that_is_named_goes_and_no_bridge_is_spoken_of(stack: Stack, live: bool) -> None:
    proposal = removal(stack, host(stack, live=live), bond="bond1")
    assert proposal.plan is not None, proposal.refusals
    plan = proposal.plan
    after = b"".join(it.after or b"" for it in plan.changes)
    assert b"192.0.2.2" in after
    assert b"bond1" not in after
    said = [
        plan.summary,
        *(it.why for it in plan.changes),
        *(step.label for step in (*plan.forward, *plan.rollback)),
        *(it.text for it in proposal.findings),
        plan.outage.text if plan.outage else "",
    ]
    assert not [text for text in said if "xenbr0" in text]
    assert "bond1 goes, the address is eth2's again" in said


@pytest.mark.parametrize("live", [False, True], ids=["tree", "live"])
@ON_EVERY_STACK
def test_a_bridge_without_the_bond_stays_though_it_has_the_usual_name(
    stack: Stack, live: bool
) -> None:
    facts = host(stack, live=live, beside=FOREIGN)
    with pytest.raises(XenbondError, match="Nothing names bond1 as a port of xenbr0") as told:
        removal(stack, facts, bond="bond1")
    assert "xenbr0" in told.value.where or told.value.where.startswith("/etc/")


@pytest.mark.parametrize("ports", ["all", "regex eth9", "glob eth9*"])
@pytest.mark.parametrize("name", ["ifupdown", "ifupdown2"])
def test_a_bridge_whose_ports_are_a_pattern_is_not_taken_for_the_bond_s(
    name: str, ports: str
) -> None:
    text = FOREIGN[name]["/etc/network/interfaces"].replace("ports none", f"ports {ports}")
    beside = {name: {"/etc/network/interfaces": text}}
    with pytest.raises(XenbondError, match="Nothing names bond1 as a port of xenbr0"):
        removal(stack_named(name), host(stack_named(name), beside=beside), bond="bond1")


@ON_EVERY_STACK
def test_the_one_under_a_bridge_goes_where_none_is_named(stack: Stack) -> None:
    tree, plan = set_up(stack)
    proposal = removal(stack, done(tree, plan), nic="eth0")
    assert proposal.plan is not None, proposal.refusals
    assert proposal.plan.summary == "eth0 192.168.0.222/24, without bond0 and xenbr0"
    why = {it.why for it in proposal.plan.changes}
    assert "bond0 and xenbr0 go, the address is eth0's again" in why


def test_a_bond_without_an_address_gives_none_back() -> None:
    text = "auto bond0\niface bond0 inet manual\n bond-slaves eth0 eth1\n bond-mode 1\n"
    present = ("/sbin/ifup", "/etc/network/if-pre-up.d/ifenslave")
    facts = make_facts(
        files={"/etc/network/interfaces": text}, links=(), live=False, present=present
    )
    plan = propose_removal(facts, stack="ifupdown").plan
    assert plan is not None
    assert {it.why for it in plan.changes} == {"bond0 goes"}


# --- who had the address ---

SECOND = {
    "ifupdown": "iface eth0 inet manual\n"
    "auto eth1\niface eth1 inet static\n address 192.0.2.9/24\n",
    "netplan": "network:\n  ethernets: {eth0: {}, eth1: {addresses: [192.0.2.9/24]}}\n",
}
GIVEN = {
    "ifupdown": "iface eth1 inet static\n address 192.0.2.9/24\n",
    "netplan": "eth1: {addresses: [192.0.2.9/24]}",
}
PLACES = {"ifupdown": "etc/network/interfaces", "netplan": "etc/netplan/01.yaml"}
PACKAGES = ("ifenslave", "bridge")
SIGNS = {
    "ifupdown": ("sbin/ifup", "sbin/brctl", *(f"etc/network/if-pre-up.d/{x}" for x in PACKAGES)),
    "netplan": ("usr/sbin/netplan", "usr/libexec/netplan/generate"),
}


def _tree(stack: str, root: Path) -> str:
    for name in SIGNS[stack]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / PLACES[stack]).parent.mkdir(parents=True, exist_ok=True)
    (root / PLACES[stack]).write_text(SECOND[stack])
    return str(root)


@pytest.mark.parametrize("stack", SECOND)
def test_who_had_the_address_gets_it_back(stack: str, tmp_path: Path) -> None:
    """The journal says it: of a tree no running MAC is known, and no file says who it was."""
    root = _tree(stack, tmp_path / "tree")
    answers = tmp_path / "answers.yaml"
    for miimon in (100, 200):
        bond = f"bond: {{name: bond0, slaves: [eth0, eth1], miimon: {miimon}}}"
        answers.write_text(f"version: 1\n{bond}\nbridge: {{name: xenbr0}}\n")
        assert run(["apply", "--answers", str(answers), "--root", root, "--yes"]) == 0
    assert len(Store(offline(root)).files_before()) == 2
    assert run(["remove", "--root", root, "--yes"]) == 0
    assert GIVEN[stack] in (Path(root) / PLACES[stack]).read_text()


def test_a_change_that_was_undone_has_no_say(tmp_path: Path) -> None:
    root = _tree("ifupdown", tmp_path / "tree")
    answers = tmp_path / "answers.yaml"
    answers.write_text("version: 1\nbond: {slaves: [eth0, eth1]}\nbridge: {name: xenbr0}\n")
    assert run(["apply", "--answers", str(answers), "--root", root, "--yes"]) == 0
    assert len(Store(offline(root)).files_before()) == 1
    assert run(["undo", "--root", root, "--yes"]) == 0
    assert Store(offline(root)).files_before() == ()


@ON_EVERY_STACK
def test_else_the_primary_slave_gets_it(stack: Stack) -> None:
    tree, plan = set_up(stack, primary="eth1")
    request = removal(stack, done(tree, plan)).request
    assert isinstance(request, Removal)
    assert request.nic == "eth1"


@ON_EVERY_STACK
def test_the_slave_that_had_it_comes_before_the_primary(stack: Stack) -> None:
    tree, plan = set_up(stack, primary="eth1")
    earlier = ({it.path: (it.before, it.after) for it in plan.changes},)
    request = removal(stack, done(tree, plan), earlier=earlier).request
    assert isinstance(request, Removal)
    assert request.nic == "eth0"
