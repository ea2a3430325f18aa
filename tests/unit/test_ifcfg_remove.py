"""Red Hat network-scripts: bond and bridge taken away again, to the byte, and what stops that."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    RHEL5,
    RHEL6,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    virtual,
)
from hypothesis import given, strategies as st
from ifcfg_cases import NS
from proposing import plan_for, propose_removal, removal_for
from test_ifcfg import CASES, GOLDEN, TOOLS, _after, _tree, golden

from xenbond_tui import modprobe, planner, xen
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal, SetUp
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import (
    AddAddress,
    DeleteLink,
    Reach,
    RestoreFiles,
    Run,
    SetMaster,
    WriteFiles,
)
from xenbond_tui.stacks.ifcfg import Ifcfg

FILES = {
    f"{NS}/ifcfg-eth0": "DEVICE=eth0\nBOOTPROTO=none\nONBOOT=yes\nMASTER=bond0\nSLAVE=yes\n",
    f"{NS}/ifcfg-eth1": "DEVICE=eth1\nBOOTPROTO=none\nONBOOT=yes\nMASTER=bond0\nSLAVE=yes\n",
    f"{NS}/ifcfg-bond0": (
        "DEVICE=bond0\nTYPE=Bond\nBONDING_MASTER=yes\nBOOTPROTO=none\nONBOOT=yes\n"
        'BONDING_OPTS="mode=active-backup miimon=100"\nBRIDGE=xenbr0\n'
    ),
    f"{NS}/ifcfg-xenbr0": (
        "DEVICE=xenbr0\nTYPE=Bridge\nBOOTPROTO=none\nONBOOT=yes\nIPADDR=192.168.0.222\n"
        "PREFIX=24\nGATEWAY=192.168.0.1\nSTP=off\nDELAY=0\n"
    ),
}


def host(files: Mapping[str, str] = FILES, **fields: object) -> HostFacts:
    """eth0 and eth1 in bond0 under xenbr0, running as the files say."""
    values: dict[str, object] = {
        "system": RHEL6,
        "files": files,
        "present": TOOLS,
        "links": (
            nic("eth0", ETH0_MAC, master="bond0"),
            nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
            virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
            virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
        ),
        "bonds": (bond(),),
        "bridges": (bridge(),),
        "routes": (default_route("xenbr0"),),
    }
    return make_facts(**{**values, **fields})


def removed(facts: HostFacts, nic: str = "eth0", toolstack: str = "none") -> dict[str, bytes]:
    """Path → bytes after the removal."""
    read = Ifcfg().read(facts)
    assert read is not None
    removal = Removal(replace(read, toolstack=toolstack), nic)
    plan = removal_for(Ifcfg(), facts, removal)
    more = (*modprobe.changes(facts, removal), *xen.changes(facts, removal))
    return _after(facts, replace(plan, changes=(*plan.changes, *more)))


def refusal(files: Mapping[str, str]) -> str:
    with pytest.raises(XenbondError) as found:
        removed(host(files))
    return str(found.value)


@pytest.mark.parametrize("case", CASES)
def test_files_become_exactly_these(case: str) -> None:
    facts, answers = golden(case)
    after = _tree(GOLDEN / case / "after")
    facts = replace(facts, files={path: FileState(path, after[path], 0o644) for path in after})
    (first,) = (
        link.name for link in facts.links if link.permanent_mac == ETH0_MAC and not link.kind
    )
    left = removed(facts, first, answers.toolstack)
    wanted = _tree(GOLDEN / case / "removed")
    assert sorted(left) == sorted(wanted)
    for path, data in wanted.items():
        assert left[path].decode() == data.decode(), path


@pytest.mark.parametrize("case", CASES)
def test_what_is_left_reads_as_one_nic_with_the_address(case: str) -> None:
    facts, asked = golden(case)
    left = _tree(GOLDEN / case / "removed")
    facts = replace(facts, files={path: FileState(path, left[path], 0o644) for path in left})
    answers = Ifcfg().read(facts)
    assert answers is not None
    assert len(answers.bond.slaves) < 2
    assert (answers.bridge.method, answers.bridge.addresses) == (
        asked.bridge.method,
        asked.bridge.addresses,
    )


KEYS = st.lists(
    st.sampled_from(
        (
            "GATEWAY=192.168.0.1",
            'DNS1="192.168.0.1"',
            "DOMAIN='example.com'",
            "DEFROUTE=yes",
            "IPADDR1=192.168.0.223\nPREFIX1=24",
            "ZONE=internal # the office",
            "ARPCHECK=no",
        )
    ),
    unique=True,
)


@given(KEYS, st.booleans(), st.booleans(), st.sampled_from(("PREFIX=24", "NETMASK=255.255.255.0")))
def test_set_up_and_removal_give_the_files_back(
    keys: list[str], routed: bool, gateway_device: bool, mask: str
) -> None:
    lines = ["# 3Com", "DEVICE=eth0", f"HWADDR={ETH0_MAC.upper()}", "BOOTPROTO=none", "ONBOOT=yes"]
    lines += ["USERCTL=no", "IPADDR=192.168.0.222", mask, *keys, "# the end", ""]
    files = {
        f"{NS}/ifcfg-eth0": "\n".join(lines),
        f"{NS}/ifcfg-eth1": (
            f"DEVICE=eth1\nHWADDR={ETH1_MAC.upper()}\nBOOTPROTO=none\nONBOOT=no\nUSERCTL=no\n"
        ),
        "/etc/sysconfig/network": "NETWORKING=yes\n"
        + ("GATEWAYDEV=eth0\n" if gateway_device else ""),
    }
    if routed:
        files[f"{NS}/route-eth0"] = "10.0.0.0/8 via 192.168.0.2 dev eth0\n"
    before = make_facts(system=RHEL6, files=files, present=TOOLS)
    read = Ifcfg().read(before)
    assert read is not None
    answers = Answers(
        "ifcfg",
        BondAnswers(slaves=("eth0", "eth1")),
        replace(read.bridge, mac=ETH0_MAC),
        "none",
    )
    plan = plan_for(Ifcfg(), before, answers)
    plan = replace(plan, changes=(*plan.changes, *modprobe.changes(before, SetUp(answers))))
    after = _after(before, plan)
    states = {path: FileState(path, data, 0o644) for path, data in after.items()}
    assert removed(replace(before, files=states)) == {
        path: text.encode() for path, text in files.items()
    }


def test_the_address_may_go_to_the_other_nic() -> None:
    left = removed(host(), "eth1")
    assert left[f"{NS}/ifcfg-eth0"] == b"DEVICE=eth0\nBOOTPROTO=none\nONBOOT=no\n"
    assert left[f"{NS}/ifcfg-eth1"] == (
        b"DEVICE=eth1\nBOOTPROTO=none\nONBOOT=yes\n"
        b"IPADDR=192.168.0.222\nPREFIX=24\nGATEWAY=192.168.0.1\n"
    )
    assert f"{NS}/ifcfg-bond0" not in left
    assert f"{NS}/ifcfg-xenbr0" not in left


def test_a_bond_without_bridge_gives_its_address_back() -> None:
    files = {path: text for path, text in FILES.items() if "xenbr0" not in path}
    files[f"{NS}/ifcfg-bond0"] = "DEVICE=bond0\nBONDING_OPTS=mode=1\nBOOTPROTO=dhcp\nONBOOT=yes\n"
    left = removed(host(files))
    assert left[f"{NS}/ifcfg-eth0"] == b"DEVICE=eth0\nBOOTPROTO=dhcp\nONBOOT=yes\n"


@pytest.mark.parametrize(
    ("path", "line", "where"),
    [
        ("ifcfg-xenbr0", "MY_RACK=7\n", "ifcfg-xenbr0:10: MY_RACK"),
        ("ifcfg-bond0", "ETHTOOL_OPTS='-K bond0 gro off'\n", "ifcfg-bond0:8: ETHTOOL_OPTS"),
        ("ifcfg-vlan5", "DEVICE=vlan5\nPHYSDEV=bond0\n", "ifcfg-vlan5:2: PHYSDEV=bond0"),
        ("ifcfg-xenbr0.5", "DEVICE=xenbr0.5\nVLAN=yes\n", "ifcfg-xenbr0.5: xenbr0.5"),
        ("ifcfg-xenbr0:1", "DEVICE=xenbr0:1\nIPADDR=10.0.0.1\n", "ifcfg-xenbr0:1: xenbr0:1"),
        ("ifcfg-eth2", "DEVICE=eth2\nBRIDGE=xenbr0\n", "ifcfg-eth2:2: BRIDGE=xenbr0"),
    ],
)
def test_a_line_that_needs_bond_or_bridge_is_named_and_not_lost(
    path: str, line: str, where: str
) -> None:
    files = {**FILES, f"{NS}/{path}": FILES.get(f"{NS}/{path}", "") + line}
    text = refusal(files)
    assert text.startswith(f"{NS}/{where}")
    assert "Nothing was changed" in text.replace("\n", " ")


def test_what_networkmanager_writes_into_every_file_is_no_obstacle_and_no_tie() -> None:
    proxy = "PROXY_METHOD=none\nBROWSER_ONLY=no\n"
    more = {
        "eth0": "MASTER_UUID=b0\n",
        "eth1": "MASTER_UUID=b0\n",
        "bond0": f"{proxy}UUID=b0\nBRIDGE_UUID=b1\nAUTOCONNECT_SLAVES=yes\n",
        "xenbr0": f"{proxy}UUID=b1\n",
    }
    files = {f"{NS}/ifcfg-{name}": FILES[f"{NS}/ifcfg-{name}"] + more[name] for name in more}
    after = removed(host(files))
    assert sorted(path for path in after if path.startswith(NS)) == [
        f"{NS}/ifcfg-eth0",
        f"{NS}/ifcfg-eth1",
    ]
    # It goes by the UUID before the name: either would be a port of what is no more.
    assert all(b"UUID" not in data for data in after.values())
    items = list(Ifcfg().inventory(host(files)))
    assert not [it for it in items if it.value.startswith(("PROXY_METHOD", "BROWSER_ONLY"))]


def test_a_slave_with_an_address_of_its_own_is_not_overwritten() -> None:
    files = {**FILES, f"{NS}/ifcfg-eth0": FILES[f"{NS}/ifcfg-eth0"] + "IPADDR=10.0.0.7\n"}
    assert refusal(files).startswith(f"{NS}/ifcfg-eth0: has an address, though")


def test_a_bond_that_no_file_makes_is_not_taken_away() -> None:
    removal = Removal(
        Answers("ifcfg", BondAnswers(slaves=("eth0", "eth1")), BridgeAnswers()), "eth0"
    )
    facts = host({f"{NS}/ifcfg-eth0": "DEVICE=eth0\nBOOTPROTO=dhcp\nONBOOT=yes\n"})
    with pytest.raises(XenbondError, match=r"ifcfg-bond0 is not there, so there is no bond0"):
        removal_for(Ifcfg(), facts, removal)


def test_without_a_gap_the_nic_has_the_address_before_the_bridge_goes() -> None:
    plan = propose_removal(host(), stack="ifcfg").plan
    assert plan is not None
    assert plan.outage is not None
    assert not plan.outage.expected
    actions = [step.action for step in plan.forward]
    assert actions[0] == WriteFiles(), "a full disk is found while nothing has moved"
    taken = [step for step in plan.forward if step.action == SetMaster("eth0", None, "bond0")]
    given = [step for step in plan.forward if isinstance(step.action, AddAddress)]
    (answered,) = (step for step in plan.forward if isinstance(step.action, Reach))
    assert answered.action == Reach("eth0", "192.168.0.1")
    assert [step.action.link for step in given if isinstance(step.action, AddAddress)] == ["eth0"]
    order = [plan.forward.index(step) for step in (*taken, answered, *given)]
    order += [actions.index(DeleteLink("xenbr0")), actions.index(DeleteLink("bond0"))]
    assert order == sorted(order)
    assert not any(step.best_effort for step in (*taken, answered, *given))
    assert not any(isinstance(action, Run) for action in actions)


@pytest.mark.parametrize(
    "facts",
    [
        host(present=(*TOOLS, "/sbin/ifup-local")),
        host(system=RHEL5),
        host(live=False),
        host({**FILES, f"{NS}/rule-xenbr0": "from 10.0.0.0/8 table 7\n"}),
        host({**FILES, f"{NS}/ifcfg-xenbr0": FILES[f"{NS}/ifcfg-xenbr0"] + "ZONE=dmz\n"}),
        host(
            links=tuple(
                replace(link, mtu=9000) if link.name != "lo" else link for link in host().links
            )
        ),
        host(
            links=tuple(
                replace(link, carrier=False) if link.name == "eth1" else link
                for link in host().links
            )
        ),
    ],
    ids=("hook", "rhel5", "tree", "rules", "zone", "mtu", "carrier"),
)
def test_where_ifup_has_more_to_do_it_does_it_and_the_gap_is_told(facts: HostFacts) -> None:
    """Links go before the files, and the NIC comes up after them."""
    read = Ifcfg().read(facts)
    assert read is not None
    answers = replace(read, bridge=replace(read.bridge, mac=ETH0_MAC))
    plan = removal_for(Ifcfg(), facts, Removal(answers, "eth0"))
    if facts.access.knows_running:
        assert plan.outage is not None
        assert (plan.outage.least, plan.outage.most) == (5, 30)
    else:
        assert plan.outage is None, "what runs there is not known"
    actions = [step.action for step in plan.forward]
    written = actions.index(WriteFiles())
    assert actions.index(DeleteLink("xenbr0")) < actions.index(DeleteLink("bond0")) < written
    assert Run(("/sbin/ifup", "eth0"), 120.0) in actions[written:]


def test_the_way_back_of_a_removal_brings_bond_and_bridge_up_from_the_old_files() -> None:
    plan = propose_removal(host(present=(*TOOLS, "/sbin/ifup-local")), stack="ifcfg").plan
    assert plan is not None
    down = [step.action for step in plan.rollback]
    again = [item.argv for item in down[down.index(RestoreFiles()) :] if isinstance(item, Run)]
    assert again == [("/sbin/ifup", "bond0"), ("/sbin/ifup", "xenbr0")]


def test_without_a_gap_the_way_back_runs_no_ifup_either() -> None:
    plan = propose_removal(host(), stack="ifcfg").plan
    assert plan is not None
    down = [step.action for step in plan.rollback]
    ran = [item.argv[0] for item in down if isinstance(item, Run)]
    assert set(ran) <= {"modprobe"}
    assert down.index(SetMaster("eth1", "bond0")) < down.index(SetMaster("eth0", "bond0"))
    assert down.count(RestoreFiles()) == 1


@pytest.mark.parametrize("asked", [False, True])
def test_routes_of_a_slave_do_not_lead_by_a_bridge_without_its_address(*, asked: bool) -> None:
    """A slave is exchanged: xenbr0 keeps its address, and `via 10.0.0.9` is in no network of it."""
    route, bridge_route = f"{NS}/route-eth2", f"{NS}/route-xenbr0"
    bond = 'DEVICE=bond0\nONBOOT=yes\nBRIDGE=xenbr0\nBONDING_OPTS="mode=active-backup miimon=100"\n'
    files = {
        f"{NS}/ifcfg-eth0": "DEVICE=eth0\nONBOOT=yes\nMASTER=bond0\nSLAVE=yes\n",
        f"{NS}/ifcfg-bond0": bond,
        f"{NS}/ifcfg-xenbr0": "DEVICE=xenbr0\nTYPE=Bridge\nIPADDR=192.0.2.10\nPREFIX=24\n",
        f"{NS}/ifcfg-eth2": "DEVICE=eth2\nONBOOT=yes\nIPADDR=10.0.0.1\nPREFIX=24\n",
        route: "10.9.0.0/16 via 10.0.0.9\n",
        "/etc/sysconfig/network": "NETWORKING=yes\n",
    }
    links = (nic("eth0", ETH0_MAC), nic("eth2", ETH1_MAC))
    facts = make_facts(files=files, present=TOOLS, links=links, live=False)
    addresses = ("192.0.2.10/24", *(("10.0.0.1/24",) if asked else ()))
    answers = Answers(
        "ifcfg", BondAnswers(slaves=("eth0", "eth2")), BridgeAnswers(addresses=addresses)
    )
    proposal = planner.propose(facts, SetUp(answers))
    assert proposal.plan is not None
    changed = {it.path: it.after for it in proposal.plan.changes if it.after != it.before}
    stays = [it.where for it in proposal.findings if it.code == "file-stays"]
    if asked:
        assert changed[bridge_route] == b"10.9.0.0/16 via 10.0.0.9\n"
        assert (changed[route], stays) == (None, [])
    else:
        assert not {route, bridge_route} & set(changed)
        assert stays == [route]
