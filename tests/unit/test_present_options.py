"""Where the options of a bond that is there come from: files, commands, the module, what runs."""

import re
from collections.abc import Mapping
from dataclasses import replace

import ifupdown_cases
import pytest
from facts_builder import RHEL5, bond, nic
from ifcfg_cases import ANSWERS, NS, host as ifcfg_host
from option_cases import done
from test_left_out import ON_EVERY_STACK, document, full, host, written

from xenbond_tui import planner
from xenbond_tui.answers import SetUp
from xenbond_tui.facts.bond import BondState, SlaveState
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import Proposal
from xenbond_tui.stacks import STACKS, Stack

CONF = "/etc/modprobe.d/bonding.conf"
OLD = "/etc/modprobe.conf"
_MODE = re.compile(rb"(?m)^\s*(bond-mode|Mode=|mode:).*\n|\bmode=\S+ ")
"""The mode in the files of every stack."""
SETS_MODE = [stack for stack in STACKS if stack.name != "networkmanager"]
"""NetworkManager sets a mode by itself where its profile has none."""
BY_COMMAND = [stack for stack in STACKS if stack.name.startswith("ifupdown")]


def added(facts: HostFacts, path: str, text: str) -> HostFacts:
    return replace(facts, files={**facts.files, path: FileState(path, text.encode(), 0o644)})


def proposed(stack: Stack, facts: HostFacts, text: Mapping[str, Mapping[str, object]]) -> Proposal:
    asked = written(text)
    mac = full(stack).bridge.mac
    asked = replace(asked, stack=stack.name, bridge=replace(asked.bridge, mac=mac))
    return planner.propose(facts, SetUp(asked))


def names(stack: Stack, **bond: object) -> dict[str, dict[str, object]]:
    """Answers that name bond, slaves and bridge, and these keys of the bond."""
    text = document(stack)
    text["bond"] = {"name": "bond0", "slaves": text["bond"]["slaves"], **bond}
    text["bridge"] = {"name": text["bridge"]["name"]}
    return text


def outcome(proposal: Proposal) -> tuple[dict[str, bytes], Mapping[str, str]]:
    """The files that change, and the options that the bond has afterwards."""
    plan = proposal.plan
    assert plan is not None, proposal.findings
    changed = {it.path: it.after or b"" for it in plan.changes if it.status != "unchanged"}
    return changed, plan.expected.options


def codes(proposal: Proposal) -> list[tuple[str, str]]:
    return [(it.code, it.where) for it in proposal.findings]


def settled(stack: Stack, facts: HostFacts) -> HostFacts:
    """The host once the module's own file is written."""
    plan = proposed(stack, facts, names(stack)).plan
    assert plan is not None
    return done(facts, plan)


@ON_EVERY_STACK
@pytest.mark.parametrize("about", ["bond0", "bonding"])
def test_an_option_of_the_module_that_is_left_out_stays_there(stack: Stack, about: str) -> None:
    facts = settled(stack, added(host(stack), CONF, f"options {about} resend_igmp=3\n"))
    changed, options = outcome(proposed(stack, facts, names(stack)))
    assert changed == {}
    assert options["resend_igmp"] == "3"


@ON_EVERY_STACK
def test_an_option_of_the_module_can_be_taken_away(stack: Stack) -> None:
    facts = settled(stack, added(host(stack), CONF, "options bond0 resend_igmp=3\n"))
    proposal = proposed(stack, facts, names(stack, options={"resend_igmp": "none"}))
    changed, options = outcome(proposal)
    assert changed == {CONF: b"#options bond0 resend_igmp=3\n"}
    assert "resend_igmp" not in options
    said = [it.text for it in proposal.findings if it.code == "option-left-out"]
    assert len(said) == 1
    assert said[0].startswith(f"{CONF}:1: resend_igmp 3 is taken out.")


@ON_EVERY_STACK
def test_an_option_of_the_module_that_is_named_is_the_files(stack: Stack) -> None:
    if stack.dialect.spelling("resend_igmp") is None:
        return
    facts = settled(
        stack, added(host(stack), CONF, "options bond0 resend_igmp=3 all_slaves_active=1\n")
    )
    proposal = proposed(stack, facts, names(stack, options={"resend_igmp": 5}))
    changed, options = outcome(proposal)
    assert options["resend_igmp"] == "5"
    assert b" all_slaves_active=1\n" in changed.pop(CONF)
    assert len(changed) == 1
    assert proposal.plan is not None
    after = done(facts, proposal.plan)
    assert outcome(proposed(stack, after, names(stack)))[0] == {}


@pytest.mark.parametrize("stack", SETS_MODE, ids=lambda stack: stack.name)
def test_a_line_of_all_bonds_stays_where_there_is_another_bond(stack: Stack) -> None:
    line = "options bonding all_slaves_active=1\n"
    facts = settled(stack, added(host(stack), CONF, line))
    facts = replace(facts, bonds=(bond("bond7", ("eth6", "eth7")),))
    sayable = stack.dialect.spelling("all_slaves_active") is not None
    for value in ("none", "off") if sayable else ("none",):
        proposal = proposed(stack, facts, names(stack, options={"all_slaves_active": value}))
        changed, options = outcome(proposal)
        assert CONF not in changed
        assert options.get("all_slaves_active", "none") == value


@pytest.mark.parametrize("stack", SETS_MODE, ids=lambda stack: stack.name)
def test_the_mode_may_be_the_modules_alone(stack: Stack) -> None:
    """Else it would be read as balance-rr, which a bond has where nothing says a mode."""
    facts = host(stack)
    files = {path: replace(it, data=_MODE.sub(b"", it.data)) for path, it in facts.files.items()}
    assert files != facts.files
    facts = settled(stack, added(replace(facts, files=files), CONF, "options bonding mode=1\n"))
    changed, options = outcome(proposed(stack, facts, names(stack)))
    assert changed == {}
    assert options["mode"] == "active-backup"


@pytest.mark.parametrize(
    "conf",
    [
        "alias bond0 bonding\noptions bond0 mode=1 miimon=100 primary=eth1\n",
        "install bond0 /sbin/modprobe bonding -o bond0 mode=1 miimon=100 primary=eth1\n"
        "alias bond0 bonding\n",
    ],
)
def test_modprobe_conf_of_rhel5_says_the_mode(conf: str) -> None:
    stack = next(stack for stack in STACKS if stack.name == "ifcfg")
    slave = "DEVICE={}\nBOOTPROTO=none\nONBOOT=yes\nMASTER=bond0\nSLAVE=yes\nUSERCTL=no\n"
    files = {
        f"{NS}/ifcfg-eth0": slave.format("eth0"),
        f"{NS}/ifcfg-eth1": slave.format("eth1"),
        f"{NS}/ifcfg-bond0": "DEVICE=bond0\nBOOTPROTO=none\nONBOOT=yes\nBRIDGE=xenbr0\n",
        f"{NS}/ifcfg-xenbr0": "DEVICE=xenbr0\nTYPE=Bridge\nBOOTPROTO=none\nONBOOT=yes\n"
        "IPADDR=192.168.0.222\nNETMASK=255.255.255.0\nSTP=off\nDELAY=0\n",
        OLD: conf,
    }
    facts = ifcfg_host(files, system=RHEL5)
    text = names(stack)
    proposal = planner.propose(facts, SetUp(replace(written(text), stack="ifcfg")))
    changed, options = outcome(proposal)
    assert [path for path in changed if path.endswith(("bond0", "xenbr0", "modprobe.conf"))] == []
    assert options == {"mode": "active-backup", "miimon": "100", "primary": "eth1"}
    assert planner.prefill(facts).bond.mode == "active-backup"
    assert planner.prefill(facts).bond.options == {"primary": "eth1"}
    assert ANSWERS.bond.name == "bond0"


COMMANDS = (
    "post-up echo 300 > /sys/class/net/$IFACE/bonding/updelay",
    "up ip link set bond0 type bond updelay 300",
    "pre-up modprobe bonding updelay=300",
)


def commanded(stack: Stack, command: str) -> HostFacts:
    """A host that has another option by a command, and none by a key of that name."""
    facts = host(stack)
    path = ifupdown_cases.MAIN
    data = re.sub(rb"(?m)^\s*bond-updelay.*\n", b"", facts.files[path].data)
    data = re.sub(rb"(?m)^(\s*)(bond-mode .*\n)", rb"\1\2\1" + command.encode() + b"\n", data)
    return settled(stack, replace(facts, files={**facts.files, path: FileState(path, data, 0o644)}))


@pytest.mark.parametrize("stack", BY_COMMAND, ids=lambda stack: stack.name)
@pytest.mark.parametrize("command", COMMANDS)
def test_an_option_that_a_command_sets_stays_the_commands(stack: Stack, command: str) -> None:
    facts = commanded(stack, command)
    changed, options = outcome(proposed(stack, facts, names(stack)))
    assert changed == {}
    assert options["updelay"] == "300"


@pytest.mark.parametrize("stack", BY_COMMAND, ids=lambda stack: stack.name)
@pytest.mark.parametrize("value", ["400", "none"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_would_set_it_back_is_refused_by_line(
    stack: Stack, value: str, command: str
) -> None:
    facts = commanded(stack, command)
    proposal = proposed(stack, facts, names(stack, options={"updelay": value}))
    where = [it.where for it in proposal.refusals if it.code == "command-contradicts"]
    lines = facts.files[ifupdown_cases.MAIN].data.decode().splitlines()
    number = next(at for at, line in enumerate(lines, 1) if line.strip() == command)
    assert where == [f"{ifupdown_cases.MAIN}:{number}"]


def test_a_command_on_the_way_down_sets_nothing() -> None:
    stack = BY_COMMAND[0]
    facts = commanded(stack, "down echo 300 > /sys/class/net/bond0/bonding/updelay")
    _, options = outcome(proposed(stack, facts, names(stack)))
    assert "updelay" not in options


def running(stack: Stack, **options: str) -> HostFacts:
    facts = host(stack)
    slaves = tuple(SlaveState(name, "up") for name in ("eth0", "eth1"))
    shown = {"mode": "active-backup 1", "miimon": "50", "updelay": "200", "primary": "eth1"}
    state = BondState(
        "bond0", None, "active-backup", "up", slaves=slaves, options={**shown, **options}
    )
    link = nic("bond0", "00:50:da:7a:51:45", kind="bond", master="xenbr0")
    return replace(facts, bonds=(state,), links=(*facts.links, link))


@ON_EVERY_STACK
def test_an_option_that_runs_and_no_file_says_is_written_and_told(stack: Stack) -> None:
    if stack.dialect.spelling("resend_igmp") is None:
        return
    proposal = proposed(stack, running(stack, resend_igmp="3"), names(stack))
    _, options = outcome(proposal)
    assert options["resend_igmp"] == "3"
    assert ("option-as-it-runs", "resend_igmp") in codes(proposal)


@ON_EVERY_STACK
def test_what_runs_as_the_kernel_does_by_itself_is_not_written(stack: Stack) -> None:
    defaults = {"resend_igmp": "1", "lp_interval": "1", "xmit_hash_policy": "layer2 0"}
    proposal = proposed(stack, running(stack, **defaults), names(stack))
    _, options = outcome(proposal)
    assert options.keys() == {"mode", "miimon", "updelay", "primary"}
    assert not any(code == "option-as-it-runs" for code, _ in codes(proposal))


@ON_EVERY_STACK
def test_a_line_of_the_module_that_has_no_effect_is_not_believed(stack: Stack) -> None:
    """`options bond0` is for who loads the module by that alias: nobody but the old scripts."""
    facts = added(running(stack, resend_igmp="1"), CONF, "options bond0 resend_igmp=3\n")
    _, options = outcome(proposed(stack, facts, names(stack)))
    assert "resend_igmp" not in options
