"""netplan: golden trees byte for byte, what is read back, every check, the steps, the way out.

Whether netplan itself takes the golden trees is asked in tests/lab/test_netplan_judge.py.
"""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, bond, bridge, default_route, make_facts, nic, virtual
from hypothesis import given, settings
from hypothesis import strategies as st
from netplan_cases import ANSWERS, BOND, CASES, LINKS, PRESENT, STATIC, facts_of, tree

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.files import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.files import yaml_write
from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.plan import DeleteLink, Plan, RestoreFiles, Run, SetBondOption, WriteFiles
from xenbond_tui.stacks.netplan import Netplan
from xenbond_tui.stacks.netplan.address import MOVING, STAYING
from xenbond_tui.stacks.netplan.bond import canonical

STACK = Netplan()
FILE = "/etc/netplan/a.yaml"
SYSTEMD = "/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so"
ETH0 = """\
network:
  version: 2
  ethernets:
    eth0:
      addresses: [192.168.0.222/24]
      gateway4: 192.168.0.1
      nameservers: {addresses: [192.168.0.1]}
"""


def host(
    files: str | Mapping[str, str],
    *,
    links: tuple[Link, ...] = LINKS,
    present: tuple[str, ...] = PRESENT,
    **more: object,
) -> HostFacts:
    texts = {FILE: files} if isinstance(files, str) else files
    states = {path: FileState(path, text.encode(), 0o600) for path, text in texts.items()}
    return make_facts(files=states, present=present, links=links, **more)  # type: ignore[arg-type]


def after(plan: Plan, path: str = FILE) -> str:
    data = next(change.after for change in plan.changes if change.path == path)
    assert data is not None
    return data.decode()


def planned(files: str | Mapping[str, str], answers: Answers = ANSWERS, path: str = FILE) -> str:
    return after(STACK.plan(host(files), answers), path)


def codes(
    files: str | Mapping[str, str], answers: Answers = ANSWERS, **more: object
) -> dict[str, str]:
    """Code → where, of everything check() finds but how long the change takes."""
    found = STACK.check(host(files, **more), answers)  # type: ignore[arg-type]
    return {item.code: item.where for item in found if item.code != "gap"}


def below(*lines: str) -> str:
    """eth0's definition with more lines in it."""
    return ETH0 + "".join(f"      {line}\n" for line in lines)


# Files


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str) -> None:
    plan = STACK.plan(facts_of(case), CASES[case])
    written = {change.path: change.after for change in plan.changes if change.after is not None}
    golden = tree(case, "after")
    assert {path: written.get(path, tree(case, "before").get(path)) for path in golden} == golden
    assert all(change.mode == 0o600 for change in plan.changed if "netplan" in change.path)


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_is_read_back_and_planned_again_changes_nothing(case: str) -> None:
    facts, asked = facts_of(case, "after"), CASES[case]
    read = STACK.read(facts)
    assert read is not None
    assert read.bond == asked.bond
    assert read.bridge.name == asked.bridge.name
    assert read.bridge.method == asked.bridge.method
    assert read.bridge.addresses == asked.bridge.addresses
    assert read.bridge.gateway == asked.bridge.gateway
    assert read.bridge.mac == asked.bridge.mac
    assert [change.path for change in STACK.plan(facts, asked).changed] == []


@pytest.mark.parametrize("case", CASES)
def test_no_comment_is_lost(case: str) -> None:
    plan = STACK.plan(facts_of(case), CASES[case])
    before = b"".join(change.before or b"" for change in plan.changes).decode()
    now = b"".join(change.after or b"" for change in plan.changes).decode()
    comments = [line.partition("#")[2] for line in before.splitlines() if "#" in line]
    assert all(f"#{comment}" in now for comment in comments)


def test_a_file_others_can_read_becomes_roots_alone() -> None:
    state = FileState(FILE, ETH0.encode(), 0o644)
    facts = make_facts(files={FILE: state}, present=PRESENT, links=LINKS)
    change = STACK.plan(facts, ANSWERS).changed[0]
    assert (change.before_mode, change.mode) == (0o644, 0o600)
    assert "mode-tightened" in {item.code for item in STACK.check(facts, ANSWERS)}


def test_the_resolvers_stub_is_no_server_for_the_resolver() -> None:
    answers = replace(ANSWERS, bridge=replace(STATIC, dns=("127.0.0.53",)))
    text = planned("network:\n  ethernets:\n    eth0: {addresses: [192.168.0.222/24]}\n", answers)
    assert "127.0.0.53" not in text


def test_the_slaves_renderer_is_the_bonds_and_the_bridges() -> None:
    text = planned(ETH0.replace("    eth0:", "    renderer: NetworkManager\n    eth0:"))
    assert text.count("      renderer: NetworkManager\n") == 2


def test_a_mac_set_on_a_slave_goes_to_the_bridge() -> None:
    text = planned(below("macaddress: 02:00:00:00:00:01"))
    assert "02:00:00:00:00:01" not in text
    assert text.count(ETH0_MAC) == 2


def test_a_later_file_shadows_the_same_name_further_down() -> None:
    files = {"/lib/netplan/a.yaml": "network: {ethernets: {eth0: {dhcp4: true}}}\n", FILE: ETH0}
    assert codes(files) == {}
    assert "xenbr0" in planned(files)


# Reading


def test_a_single_nic() -> None:
    assert STACK.read(host(ETH0)) == Answers(
        stack="netplan",
        bond=BondAnswers(slaves=("eth0",)),
        bridge=BridgeAnswers(
            addresses=("192.168.0.222/24",), gateway="192.168.0.1", dns=("192.168.0.1",)
        ),
    )


def test_a_bridge_without_bond() -> None:
    read = STACK.read(facts_of("bridge-without-bond"))
    assert read is not None
    assert (read.bond.slaves, read.bridge.name) == (("eth0",), "xenbr0")


def test_a_bond_without_bridge() -> None:
    read = STACK.read(facts_of("bond-without-bridge"))
    assert read is not None
    assert read.bond == BondAnswers(
        slaves=("eth0", "eth1"),
        miimon=1000,
        options={"primary": "eth0", "num_grat_arp": "5"},
    )
    assert read.bridge.addresses == ("192.168.0.222/24",)


def test_nothing_is_configured() -> None:
    assert STACK.read(host("network: {version: 2}\n")) is None
    assert STACK.read(host("network: [\n")) is None


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        ("miimon", "100", "100"),
        ("miimon", "1s", "1000"),
        ("miimon", "100ms", "100"),
        ("updelay", "2min", "120000"),
        ("all_slaves_active", "yes", "on"),
        ("mode", "1", "active-backup"),
    ],
)
def test_parameters_are_read_with_their_units(option: str, text: str, value: str) -> None:
    assert canonical(option, text) == value


# Whose network it is


def test_files_and_programs_are_the_evidence() -> None:
    evidence = STACK.owns(host(ETH0))
    assert evidence is not None
    assert evidence.links == ("eth0",)
    assert FILE in evidence.text
    made = "/run/systemd/network/10-netplan-eth0.network"
    stronger = STACK.owns(host({FILE: ETH0, made: ""}))
    assert stronger is not None
    assert stronger.weight > evidence.weight
    assert made in stronger.text


def test_without_netplan_or_nics_it_is_not_netplans() -> None:
    assert STACK.owns(host(ETH0, present=())) is None
    assert STACK.owns(host("network: {version: 2, renderer: NetworkManager}\n")) is None


# Checks

VLAN = "  vlans:\n    office: {id: 7, link: eth0}\n"
TUNNEL = "  tunnels:\n    vx: {mode: vxlan, id: 3, link: eth0}\n"
OTHER_BRIDGE = "  bridges:\n    br9:\n      interfaces: [eth1]\n"
OTHER_BOND = "  bonds:\n    bond9:\n      interfaces:\n      - eth1\n"
PATTERN = "network:\n  ethernets:\n    all:\n      match: {name: 'eth*'}\n      dhcp4: true\n"
TWICE = f"    up:\n      match: {{macaddress: '{ETH0_MAC}'}}\n"


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        (ETH0 + VLAN, "vlan-on-slave", f"{FILE}:9"),
        (ETH0 + TUNNEL, "slave-named-elsewhere", f"{FILE}:9"),
        (ETH0 + OTHER_BRIDGE, "slave-in-another-bridge", f"{FILE}:10"),
        (ETH0 + "    eth1: {}\n" + OTHER_BOND, "slave-of-another-bond", f"{FILE}:12"),
        (
            ETH0 + "  bridges:\n    br9: {interfaces: [bond0]}\n",
            "bond-in-another-bridge",
            f"{FILE}:9",
        ),
        (PATTERN, "slave-configured-by-pattern", f"{FILE}:4"),
        (ETH0 + TWICE, "slave-defined-twice", "eth0"),
        (below("hairpin: true"), "key-not-movable", f"{FILE}:8"),
        (below("openvswitch: {}"), "key-not-movable", f"{FILE}:8"),
        (ETH0 + "    eth1: {renderer: NetworkManager}\n", "two-renderers", "eth1"),
        (ETH0 + "  renderer: sriov\n", "unknown-renderer", "renderer"),
        (ETH0 + "  vlans:\n    xenbr0: {id: 7, link: wan}\n", "name-taken", f"{FILE}:9"),
        (ETH0 + "  vlans:\n    eth1: {id: 7, link: wan}\n", "name-taken", f"{FILE}:9"),
        (ETH0 + "    eth1:\n\t  dhcp4: true\n", "file-unreadable", f"{FILE}:9"),
        (ETH0 + "    eth0: {}\n", "file-unreadable", f"{FILE}:8"),
        (below("addresses: []").replace("addresses: [192.168.0.222/24]\n      ", ""), "", ""),
    ],
)
def test_what_is_refused_is_named_with_its_line(text: str, code: str, where: str) -> None:
    found = [(item.code, item.where) for item in STACK.check(host(text), ANSWERS) if item.remedy]
    assert found == ([(code, where)] if code else [])


def test_a_definition_in_a_packages_file_is_refused() -> None:
    path = "/lib/netplan/00-vendor.yaml"
    assert codes({path: ETH0})["not-the-operators-file"] == f"{path}:4"


def test_a_shared_definition_is_refused_before_anything_is_written() -> None:
    text = ETH0.replace("eth0:", "eth0: &nic") + "    eth9: *nic\n"
    assert codes(text)["file-not-editable"] == f"{FILE}:4"


def test_lines_that_will_not_come_along_are_named() -> None:
    text = (
        below() + "    eth1:\n      addresses: [10.0.0.1/8]\n      routes: []\n      dhcp6: yes\n"
    )
    found = [(item.code, item.where) for item in STACK.check(host(text), ANSWERS)]
    assert found[:3] == [
        ("address-dropped", f"{FILE}:9"),
        ("line-dropped", f"{FILE}:10"),
        ("line-dropped", f"{FILE}:11"),
    ]


@pytest.mark.parametrize(
    ("options", "renderer", "code"),
    [
        ({"num_grat_arp": "0"}, "networkd", "value-not-expressible"),
        ({"resend_igmp": "0"}, "NetworkManager", "value-not-expressible"),
        ({"min_links": "0"}, "networkd", None),
        ({"arp_validate": "filter"}, "networkd", "value-not-expressible"),
        ({"arp_validate": "filter"}, "NetworkManager", None),
        ({"peer_notif_delay": "200"}, "networkd", "by-hand"),
        ({"peer_notif_delay": "200"}, "NetworkManager", "by-hand"),
    ],
)
def test_values_netplan_cannot_say(
    options: dict[str, str], renderer: str, code: str | None
) -> None:
    text = ETH0.replace("  version: 2\n", f"  version: 2\n  renderer: {renderer}\n")
    found = codes(text, replace(ANSWERS, bond=replace(BOND, options=options)))
    assert set(found) == ({code} if code else set())


def test_use_carrier_is_not_expressible() -> None:
    assert STACK.spelling("use_carrier") is None
    assert STACK.spelling("lacp_rate") == "lacp-rate"


# cloud-init

GENERATED = "/etc/netplan/50-cloud-init.yaml"
OWN = "/etc/cloud/cloud.cfg.d/99-disable-network-config.cfg"
CLOUD = (*PRESENT, "/usr/bin/cloud-init")


@pytest.mark.parametrize(
    ("files", "present", "told"),
    [
        ({GENERATED: ETH0}, CLOUD, True),
        ({GENERATED: ETH0}, PRESENT, False),
        ({FILE: ETH0}, CLOUD, False),
        ({GENERATED: ETH0}, (*CLOUD, "/etc/cloud/cloud-init.disabled"), False),
        ({GENERATED: ETH0, OWN: "network: {config: disabled}\n"}, CLOUD, False),
        (
            {GENERATED: ETH0, "/etc/cloud/cloud.cfg.d/s.cfg": "network:\n  config: disabled\n"},
            CLOUD,
            False,
        ),
        ({GENERATED: ETH0, "/etc/cloud/cloud.cfg.d/s.cfg": "a: [\n"}, CLOUD, True),
    ],
)
def test_cloud_init_is_told_to_leave_the_network_alone(
    files: dict[str, str], present: tuple[str, ...], told: bool
) -> None:
    facts = host(files, present=present)
    changes = {change.path: change for change in STACK.plan(facts, ANSWERS).changes}
    assert (OWN in changes) is told
    assert ("cloud-init-disabled" in {x.code for x in STACK.check(facts, ANSWERS)}) is told
    if told:
        assert changes[OWN].before is None
        assert changes[OWN].after == b"network: {config: disabled}\n"


def test_a_later_file_of_cloud_inits_that_counts_more_is_refused() -> None:
    later = "/etc/cloud/cloud.cfg.d/99-zz.cfg"
    files = {GENERATED: ETH0, later: "network: {version: 1}\n"}
    assert codes(files, present=CLOUD) == {"cloud-init-overrides": later}


# Steps

GENERATE = Run(("netplan", "generate"))
APPLY = Run(("netplan", "apply"), 120.0)


def live(text: str, *, networkd: bool = True) -> HostFacts:
    facts = host(text, routes=(default_route(),))
    return replace(
        facts,
        files={**facts.files, **({SYSTEMD: FileState(SYSTEMD, b"", 0o644)} if networkd else {})},
    )


def actions(steps: tuple[object, ...]) -> list[object]:
    return [step.action for step in steps]  # type: ignore[attr-defined]


def test_networkd_is_changed_over_without_netplan_apply() -> None:
    plan = STACK.plan(live(ETH0), ANSWERS)
    for steps in (plan.up, plan.down):
        done = actions(steps)
        assert APPLY not in done
        files = next(
            i for i, item in enumerate(done) if isinstance(item, WriteFiles | RestoreFiles)
        )
        assert done[files + 1] == GENERATE
        assert Run(("networkctl", "reload")) in done[files + 2 :]
    assert "gap" not in {item.code for item in STACK.check(live(ETH0), ANSWERS)}


def test_where_networkd_cant_be_told_to_reload_netplan_apply_does_it() -> None:
    facts = live(ETH0, networkd=False)
    plan = STACK.plan(facts, ANSWERS)
    done = actions(plan.up)
    assert [type(done[0]), done[1], done[2]] == [WriteFiles, GENERATE, APPLY]
    assert APPLY in actions(plan.down)
    assert "gap" in {item.code for item in STACK.check(facts, ANSWERS)}


def test_network_manager_takes_the_nic_that_carries_last() -> None:
    facts = live(ETH0.replace("version: 2", "renderer: NetworkManager"))
    plan = STACK.plan(facts, ANSWERS)
    done = actions(plan.up)
    assert [type(done[0]), done[1]] == [WriteFiles, GENERATE]
    ups = [item.argv[-1] for item in done if isinstance(item, Run) and "up" in item.argv]
    assert ups == ["netplan-eth1", "netplan-eth0"]
    back = actions(plan.down)
    assert [type(back[0]), back[1]] == [RestoreFiles, GENERATE]
    again = next(i for i, x in enumerate(back) if isinstance(x, Run) and "netplan-eth0" in x.argv)
    assert again < back.index(DeleteLink("xenbr0")) < back.index(DeleteLink("bond0"))
    assert all(APPLY not in steps for steps in (done, back))
    assert "gap" in {item.code for item in STACK.check(facts, ANSWERS)}


RUNNING = (
    nic("eth0", ETH0_MAC, master="bond0"),
    nic("eth1", ETH1_MAC, master="bond0"),
    virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
    virtual("xenbr0", "bridge", ETH0_MAC, addresses=("192.168.0.222/24",)),
    nic("vif1.0", "fe:ff:ff:ff:ff:ff", master="xenbr0"),
)


def test_a_running_bond_is_made_anew_where_netplan_apply_does_it() -> None:
    facts = replace(
        facts_of("bond-under-bridge"),
        links=RUNNING,
        bonds=(bond(),),
        bridges=(bridge("xenbr0", ("bond0", "vif1.0")),),
    )
    plan = STACK.plan(facts, CASES["bond-under-bridge"])
    assert DeleteLink("bond0") in actions(plan.up)
    assert DeleteLink("xenbr0") not in actions(plan.up) + actions(plan.down)
    assert [step.label for step in plan.up][-2:] == ["Put vif1.0 back on xenbr0", "Set vif1.0 up"]


def test_network_managers_bond_is_changed_while_it_runs() -> None:
    files = tree("bond-under-bridge", "before")[FILE].decode()
    running = bond(
        options={
            "mode": "active-backup 1",
            "miimon": "100",
            "primary": "eth0",
            "updelay": "5000",
            "downdelay": "0",
        }
    )
    facts = replace(
        host(files.replace("version: 2", "renderer: NetworkManager")),
        links=RUNNING,
        routes=(default_route("xenbr0"),),
        bonds=(running,),
        bridges=(bridge("xenbr0", ("bond0", "vif1.0")),),
        dns=("192.168.0.1",),
    )
    plan = STACK.plan(facts, CASES["bond-under-bridge"])
    done = actions(plan.up)
    assert SetBondOption("bond0", "downdelay", "200") in done
    assert SetBondOption("bond0", "primary", "eth1") in done
    assert [type(done[0]), done[1]] == [WriteFiles, GENERATE]
    commands = [item.argv[1:3] for item in done if isinstance(item, Run)]
    assert commands == [("generate",), ("connection", "load"), ("connection", "reload")]
    assert not any(isinstance(item, DeleteLink) for item in done)
    back = actions(plan.down)
    assert SetBondOption("bond0", "primary", "eth0") in back
    assert back.index(GENERATE) > next(
        i for i, item in enumerate(back) if isinstance(item, RestoreFiles)
    )
    found = STACK.check(facts, CASES["bond-under-bridge"])
    assert "gap" not in {item.code for item in found}


# The way out


@pytest.mark.parametrize("case", ["crlf-no-final-newline", "installer", "cloud-init"])
def test_what_was_moved_comes_back(case: str) -> None:
    """All but the second slave's own, which is left without address."""
    plan = STACK.remove(facts_of(case, "after"), Removal(CASES[case], "eth0"))
    for path, text in tree(case, "before").items():
        if "netplan" in path:
            now, was = after(plan, path), text.decode()
            assert STACK.read(host({path: now})) == STACK.read(host({path: was}))
            assert "bond0" not in now
            assert "bridges" not in now
            comments = [line.strip() for line in was.splitlines() if "#" in line]
            assert [line.strip() for line in now.splitlines() if "#" in line] == comments


def test_a_change_and_its_removal_leave_the_file_as_it_was() -> None:
    text = ETH0 + "    eth1:\n      optional: true\n"
    there = planned(text)
    plan = STACK.remove(host(there), Removal(ANSWERS, "eth0"))
    assert after(plan) == text
    assert plan.expected is not None
    assert plan.expected.nic == "eth0"
    assert plan.gap


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ("  vlans:\n    office: {id: 7, link: xenbr0}\n", "office needs xenbr0"),
        ("      hairpin: true\n", "hairpin of xenbr0 has no place"),
    ],
)
def test_lines_without_a_place_on_a_nic_stop_a_removal(more: str, word: str) -> None:
    text = planned(ETH0) + more
    line = len(text.splitlines())
    with pytest.raises(XenbondError, match=f"{FILE}:{line}: {word}"):
        STACK.remove(host(text), Removal(ANSWERS, "eth0"))


def test_there_must_be_a_bond_to_remove() -> None:
    with pytest.raises(XenbondError, match="No file of netplan defines bond0"):
        STACK.remove(host(ETH0), Removal(ANSWERS, "eth0"))


# Odd files

NAMES = st.sampled_from(["eth0", "eth1", "bond0", "xenbr0", "v1", "renderer"])
KEYS_OF = st.sampled_from([*MOVING, *sorted(STAYING), "link", "interfaces", "parameters"])
VALUES: st.SearchStrategy[Data] = st.recursive(
    st.sampled_from(["5", "x", "", "true", "192.168.0.222/24", "eth0", "networkd", "eth*"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS_OF | NAMES, inner, max_size=2),
    max_leaves=4,
)
SECTIONS = st.sampled_from(["ethernets", "bonds", "bridges", "vlans", "renderer", "version"])
LINKS_OF = st.dictionaries(NAMES, st.dictionaries(KEYS_OF, VALUES, max_size=4) | VALUES, max_size=3)
FILES = st.dictionaries(SECTIONS, LINKS_OF | VALUES, max_size=4)


@settings(max_examples=150, deadline=None)
@given(FILES, st.booleans(), st.sampled_from(sorted(CASES)))
def test_an_odd_file_is_refused_or_planned_once_and_for_all(
    network: dict[str, Data], flow: bool, case: str
) -> None:
    whole: Data = {"network": network}
    lines = [yaml_write.flow(whole)] if flow else yaml_write.entry("network", network, 0, 2)
    facts, asked = host("\n".join(lines) + "\n"), CASES[case]
    STACK.owns(facts)
    STACK.read(facts)
    if any(item.severity == "refuse" for item in STACK.check(facts, asked)):
        return
    changes = STACK.plan(facts, asked).changes
    texts = {item.path: item.after.decode() for item in changes if item.after is not None}
    assert [item.path for item in STACK.plan(host(texts), asked).changed] == []
