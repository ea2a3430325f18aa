"""Whose network it is: what the daemons say, and two owners of one NIC, bond or bridge."""

from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import make_facts, nic

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, SetUp
from xenbond_tui.facts.file_state import UnreadableFile
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.rules import managed_links, units
from xenbond_tui.rules.findings import Severity
from xenbond_tui.rules.owners import check_owners, ranked, rivalries

NM = "/run/NetworkManager/devices/2"
NETWORKD = "/run/systemd/netif/links/2"
IFSTATE = "/run/network/ifstate"
MANAGED = "[device]\nmanaged=true\n"
STARTED = "/etc/systemd/system/multi-user.target.wants/NetworkManager.service"
RUNS = "/run/systemd/units/invocation:NetworkManager.service"


def ifupdown(**more: object) -> Evidence:
    values = {"links": ("eth0",), "settle": "take {nic} out of /etc/network/interfaces", **more}
    return Evidence("ifupdown", "/etc/network/interfaces configures eth0", 75, **values)  # type: ignore[arg-type]


def network_manager(**more: object) -> Evidence:
    values = {"settle": "write unmanaged-devices=interface-name:{nic}", **more}
    return Evidence("networkmanager", "NetworkManager.service is enabled", 60, **values)  # type: ignore[arg-type]


def said(facts: HostFacts) -> list[tuple[str, str, str]]:
    return [(claim.stack, claim.nic, claim.path) for claim in managed_links.managed_links(facts)]


def test_each_daemon_says_which_nic_it_holds() -> None:
    files = {
        NM: MANAGED,
        NETWORKD: "# private\nADMIN_STATE=configured\nNETWORK_FILE=/etc/systemd/a.network\n",
        IFSTATE: "lo=lo\neth0=eth0\n",
    }
    assert said(make_facts(files=files)) == [
        ("networkmanager", "eth0", NM),
        ("networkd", "eth0", NETWORKD),
        ("ifupdown", "eth0", IFSTATE),
    ]


@pytest.mark.parametrize(
    "files",
    [
        {NM: "[device]\nmanaged=false\n"},
        {NM: "[device]\nmanaged=unknown\n"},
        {NETWORKD: "ADMIN_STATE=unmanaged\n"},
        {NETWORKD: "ADMIN_STATE=unmanaged\nNETWORK_FILE=/etc/systemd/network/a.network\n"},
        {IFSTATE: "lo=lo\neth0.5=eth0.5\n"},
    ],
)
def test_a_nic_a_daemon_lets_alone_is_not_claimed(files: dict[str, str]) -> None:
    assert said(make_facts(files=files)) == []


def test_what_a_stopped_daemon_has_left_counts_for_nothing() -> None:
    units_known = ["/run/systemd/units"]
    assert said(make_facts(files={NM: MANAGED}, present=units_known)) == []
    assert len(said(make_facts(files={NM: MANAGED}, present=[*units_known, RUNS]))) == 1


def test_what_lies_under_run_of_another_tree_counts_for_nothing() -> None:
    assert said(make_facts(files={NM: MANAGED}, live=False)) == []


def test_a_file_of_netplans_generator_is_netplans() -> None:
    file = "ADMIN_STATE=configured\nNETWORK_FILE=/run/systemd/network/10-netplan-eth0.network\n"
    assert said(make_facts(files={NETWORKD: file})) == [("netplan", "eth0", NETWORKD)]


def test_a_nic_network_manager_holds_by_netplans_profile_is_netplans() -> None:
    profile = "/run/NetworkManager/system-connections/netplan-eth0.nmconnection"
    mine = {NM: MANAGED, profile: "[connection]\ninterface-name=eth0\n"}
    assert said(make_facts(files=mine)) == [("netplan", "eth0", NM)]
    others = {NM: MANAGED, profile: "[connection]\ninterface-name=eth1\n"}
    assert said(make_facts(files=others)) == [("networkmanager", "eth0", NM)]


def test_two_owners_of_a_nic_are_refused_by_name_with_the_way_out_of_each() -> None:
    facts = make_facts(files={NM: MANAGED})
    found = ranked(facts, (network_manager(), ifupdown()))
    assert [item.stack for item in found] == ["ifupdown", "networkmanager"]
    (finding,) = check_owners(found, ("eth0", "eth1"), "auto")
    assert finding.severity is Severity.REFUSE
    assert finding.where == "eth0"
    assert "/etc/network/interfaces configures eth0" in finding.text
    assert f"{NM} says managed=true" in finding.text
    assert "To keep ifupdown, write unmanaged-devices=interface-name:eth0." in finding.remedy
    assert "To keep networkmanager, take eth0 out of /etc/network/interfaces." in finding.remedy


def test_the_operators_word_settles_it_with_a_warning() -> None:
    both = (ifupdown(), network_manager(links=("eth0",)))
    (finding,) = check_owners(both, ("eth0", "eth1"), "ifupdown")
    assert finding.severity is Severity.WARN
    assert finding.remedy == "Besides, write unmanaged-devices=interface-name:eth0."


def test_two_stacks_with_a_nic_each_are_no_rivals() -> None:
    both = (ifupdown(), network_manager(links=("eth1",)))
    assert not list(rivalries(both, ("eth0", "eth1")))


def test_a_slave_of_another_stack_would_have_two_owners_after_the_plan() -> None:
    """Its own stack goes on starting it at each boot: a client for a lease on a slave, say."""
    networkd = Evidence("networkd", "e.network configures eth1", 90, ("eth1",))
    (finding,) = check_owners((networkd, ifupdown()), ("eth0", "eth1"), "auto", "networkd")
    assert (finding.severity, finding.where) == (Severity.REFUSE, "eth0")
    assert "eth0 would have two owners" in finding.text
    assert finding.remedy == (
        "To go on with networkd, write for it what ifupdown says of eth0 and is still needed; then "
        "take eth0 out of /etc/network/interfaces. Or write for ifupdown what networkd says of the "
        "slaves, take that out there, and plan with --stack ifupdown."
    )
    # What NetworkManager holds it lets go of once /etc/network/interfaces names it, not conversely.
    lets_go = network_manager(links=("eth1",), lets_go_to=("ifupdown",))
    both = (ifupdown(), lets_go)
    assert not list(rivalries(both, ("eth0", "eth1"), "ifupdown"))
    assert [it.nic for it in rivalries(both, ("eth0", "eth1"), "networkmanager")] == ["eth0"]
    keeps = (ifupdown(), replace(lets_go, lets_go_to=()))
    assert [it.nic for it in rivalries(keeps, ("eth0", "eth1"), "ifupdown")] == ["eth1"]


def test_a_copy_of_etc_has_two_owners_too() -> None:
    """Whether ifup is installed nobody could look; the service that starts it is enabled."""
    units_started = ("networking.service", "systemd-networkd.service")
    files = {
        "/etc/network/interfaces": "auto eth0\niface eth0 inet dhcp\n",
        "/etc/systemd/network/a.network": "[Match]\nName=eth0\n[Network]\nDHCP=yes\n",
    }
    wanted = [f"/etc/systemd/system/multi-user.target.wants/{name}" for name in units_started]
    whole = make_facts(files=files, present=wanted)
    copy = replace(whole, programs_known=False)
    found = check_owners(planner.owners(copy), ("eth0", "eth1"), "auto")
    assert [(it.code, it.where) for it in found] == [("two-owners", "eth0")]
    assert not check_owners(planner.owners(whole), ("eth0",), "auto"), "there is no ifup"


def test_a_file_that_cannot_be_read_is_named_and_hides_no_stack() -> None:
    """In a copy of /etc there is no ifup either; the main file alone says only lo."""
    main, part = "/etc/network/interfaces", "/etc/network/interfaces.d/eth0"
    text = "source interfaces.d/*\nauto lo\niface lo inet loopback\n"
    bad = UnreadableFile(part, "is a named pipe")
    copy = replace(make_facts(files={main: text}), programs_known=False)
    assert not planner.owners(copy)
    (found,) = planner.owners(replace(copy, unreadable={part: bad}))
    assert found.stack == "ifupdown"
    assert f"{part}: is a named pipe" in found.text


def test_a_nic_that_netplans_renderer_holds_by_itself_is_no_rivals() -> None:
    """netplan has a profile of eth0 alone: "Wired connection 1" of eth1 is nobody's."""
    netplan = Evidence("netplan", "/etc/netplan/a.yaml configures eth0", 90, ("eth0",))
    files = {f"{NM[:-1]}{index}": MANAGED for index in (2, 3)}
    nics = [nic("eth0", "00:50:56:00:00:01", index=2), nic("eth1", "00:50:56:00:00:02", index=3)]
    facts = make_facts(files=files, links=nics)
    rendered = network_manager(links=(), renders_for="netplan")
    found = ranked(facts, (rendered, netplan))
    assert not list(rivalries(found, ("eth0", "eth1"), "netplan"))
    own = replace(rendered, links=("eth1",))
    found = ranked(facts, (own, netplan))
    assert [it.nic for it in rivalries(found, ("eth0", "eth1"), "netplan")] == ["eth1"]


INTERFACES = "auto eth0\niface eth0 inet static\n\taddress 192.168.0.222/24\n"
KEYFILE = "/etc/NetworkManager/system-connections/x.nmconnection"
PROFILE = "[connection]\nid=x\nuuid=x\ntype={}\ninterface-name={}\n[ipv4]\nmethod={}\n"


@pytest.mark.parametrize(
    ("kind", "link", "method"),
    [("ethernet", "eth1", "auto"), ("ethernet", "eth1", "manual\naddress1=192.0.2.7/24"),
     ("bridge", "xenbr0", "shared\naddress1=10.5.5.1/24")],
)  # fmt: skip
def test_what_a_program_gives_up_for_the_plan_is_named_by_line(
    kind: str, link: str, method: str
) -> None:
    """NetworkManager leaves a link alone that /etc/network/interfaces names; its lines end."""
    profile = PROFILE.format(kind, link, method)
    started = [
        f"/etc/systemd/system/multi-user.target.wants/{name}.service"
        for name in ("networking", "NetworkManager")
    ]
    hooks = [f"/etc/network/if-pre-up.d/{name}" for name in ("ifenslave", "bridge")]
    present = [*started, *hooks]
    facts = make_facts(files={"/etc/network/interfaces": INTERFACES}, present=present)
    private = replace(facts.files["/etc/network/interfaces"], path=KEYFILE, mode=0o600)
    keyfile = replace(private, data=profile.encode())
    copy = replace(facts, files={**facts.files, KEYFILE: keyfile}, programs_known=False)
    bridge = BridgeAnswers(addresses=("192.168.0.222/24",))
    asked = Answers("ifupdown", BondAnswers(slaves=("eth0", "eth1")), bridge)
    found = planner.propose(copy, SetUp(asked)).findings
    (told,) = (it for it in found if it.code == "line-without-effect")
    assert told.where.startswith(f"{KEYFILE}:")
    assert told.text.startswith(f"networkmanager leaves {link} alone as soon as ifupdown's files ")
    assert f"{profile.splitlines()[-1]}` (line {len(profile.splitlines())})" in told.text
    joins = [it for it in found if it.code == "bridge-joins-lan"]
    assert bool(joins) is (kind == "bridge")
    assert not any("DHCP server" in it.text for it in joins), "it ends"


def test_a_renderer_is_no_rival_of_the_stack_that_writes_its_files_and_comes_after_it() -> None:
    netplan = Evidence("netplan", "/etc/netplan/a.yaml configures eth0", 10, ("eth0",))
    networkd = Evidence("networkd", "networkd runs", 90, ("eth1",), renders_for="netplan")
    found = ranked(make_facts(), (networkd, netplan))
    assert [item.stack for item in found] == ["netplan", "networkd"]
    assert not list(rivalries(found, ("eth0",)))
    assert not list(rivalries(found, ("eth0",), "networkd")), "that is told by networkd's check"
    # eth1 is not by netplan's files but by one of networkd's own.
    assert [it.nic for it in rivalries(found, ("eth0", "eth1"), "netplan")] == ["eth1"]


def test_the_wizard_leaves_the_stack_open_so_that_two_owners_are_still_seen() -> None:
    interfaces = "auto eth0\niface eth0 inet static\n    address 192.168.0.222/24\n"
    facts = make_facts(files={"/etc/network/interfaces": interfaces}, present=["/sbin/ifup"])
    assert planner.prefill(facts).stack == "auto"


def link(root: Path, path: str, target: str = "/lib/systemd/system/x.service") -> None:
    where = root / path.lstrip("/")
    where.parent.mkdir(parents=True, exist_ok=True)
    where.symlink_to(target)


def facts_of(root: Path, *names: str) -> HostFacts:
    tree = RootedTree(str(root))
    read = {path: tree.read(path) for path in units.paths(tree, *names)}
    unreadable = {path: bad.reason for path, bad in read.items() if hasattr(bad, "reason")}
    files = {path: file for path, file in read.items() if hasattr(file, "data")}
    return make_facts(files=files, unreadable=unreadable)  # type: ignore[arg-type]


def test_a_unit_is_enabled_by_a_link_of_any_target_or_runlevel(tmp_path: Path) -> None:
    link(tmp_path, "/etc/systemd/system/my-own.target.wants/networking.service")
    link(tmp_path, "/etc/rc3.d/S10network", "../init.d/network")
    facts = facts_of(tmp_path, "networking.service", "network.service")
    assert units.started_by(facts, "networking.service") == (
        "/etc/systemd/system/my-own.target.wants/networking.service"
    )
    assert units.started_by(facts, "network.service") == "/etc/rc3.d/S10network"
    assert units.started_by(facts, "systemd-networkd.service") is None


def test_a_masked_unit_is_not_started_whatever_wants_it(tmp_path: Path) -> None:
    link(tmp_path, "/etc/systemd/system/multi-user.target.wants/networking.service")
    link(tmp_path, "/etc/systemd/system/networking.service", "/dev/null")
    # A tree has no devices; on a live host the reason says "is a character device".
    facts = facts_of(tmp_path, "networking.service")
    assert units.started_by(facts, "networking.service") is None


def test_a_daemon_that_holds_the_nic_counts_without_a_word_of_its_stack() -> None:
    found = ranked(make_facts(files={NM: MANAGED}), (ifupdown(),))
    (finding,) = check_owners(found, ("eth0",), "auto")
    assert "unmanaged-devices=interface-name:eth0" in finding.remedy


def test_network_manager_and_the_ifcfg_files_it_reads_are_no_rivals() -> None:
    """The state RHEL 7 is installed in: both services are enabled, one asks the other."""
    ifcfg = Evidence("ifcfg", "ifcfg-* configure eth0", 90, ("eth0",))
    reads = network_manager(links=("eth0",), lets_go_to=("ifcfg",))
    assert not list(rivalries((ifcfg, reads), ("eth0",)))
    reads_none = network_manager(links=("eth0",))
    assert [it.nic for it in rivalries((ifcfg, reads_none), ("eth0",))] == ["eth0"]


def test_a_nic_that_a_daemon_lets_alone_is_not_its_own_whatever_its_files_say() -> None:
    """Debian with a desktop: a profile for any NIC, and NetworkManager leaves eth0 to ifupdown."""
    files = {NM: "[device]\nmanaged=false\n"}
    both = (ifupdown(), network_manager(links=("eth0", "eth1")))
    found = ranked(make_facts(files=files), both)
    assert found[1].links == ("eth1",)
    assert not list(rivalries(found, ("eth0", "eth1")))


def test_a_plan_of_a_contested_nic_is_refused_and_goes_on_with_a_warning_when_told_which() -> None:
    interfaces = "auto eth0\niface eth0 inet static\n\taddress 192.168.0.222/24\n"
    facts = make_facts(
        files={"/etc/network/interfaces": interfaces, NM: MANAGED, IFSTATE: "eth0=eth0\n"},
        present=[
            *("/sbin/ifup", "/sbin/brctl", "/etc/network/if-pre-up.d/ifenslave"),
            *("/etc/network/if-pre-up.d/bridge", "/etc/rcS.d/S10networking"),
        ],
    )
    answers = Answers(
        bond=BondAnswers(slaves=("eth0", "eth1")),
        bridge=BridgeAnswers(addresses=("192.168.0.222/24",)),
    )
    refused = planner.propose(facts, SetUp(answers))
    assert [finding.code for finding in refused.refusals] == ["two-owners"]
    told = planner.propose(facts, SetUp(replace(answers, stack="ifupdown")))
    assert told.plan is not None
    assert "two-owners" in [f.code for f in told.findings if f.severity is Severity.WARN]


@pytest.mark.parametrize("known", [True, False], ids=["with /sys", "/etc alone"])
@pytest.mark.parametrize(
    ("files", "owner"),
    [
        ({}, "networkmanager"),
        ({"/etc/network/interfaces": "auto lo\niface lo inet loopback\n"}, "networkmanager"),
        ({"/etc/network/interfaces": "iface eth0 inet manual\n"}, "ifupdown"),
        ({"/etc/netplan/1.yaml": "network: {renderer: NetworkManager}\n"}, "networkmanager"),
        ({"/etc/netplan/1.yaml": "network: {ethernets: {eth0: {}}}\n"}, "netplan"),
    ],
)
def test_a_copy_where_only_networkmanager_is_started_is_its_own(
    files: dict[str, str], owner: str, *, known: bool
) -> None:
    facts = make_facts(files=files, present=[STARTED], live=False)
    copy = replace(facts, programs_known=False, links=facts.links * known)
    assert planner.owners(copy)[0].stack == owner
    assert planner.choose_stack(copy, Answers()).name == owner


def test_what_networkmanager_leaves_alone_in_a_copy_is_not_its_own() -> None:
    leaves = {"/etc/NetworkManager/conf.d/x.conf": "[keyfile]\nunmanaged-devices=*\n"}
    facts = make_facts(files=leaves, present=[STARTED], live=False)
    assert not planner.owners(facts)
    assert not planner.owners(make_facts(files={}, present=[], live=False)), "nothing starts it"
