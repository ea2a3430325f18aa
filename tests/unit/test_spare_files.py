"""A file about a link that nothing starts, beside the one that counts: no obstacle, and no address.

What the scripts read: the loop of /etc/rc.d/init.d/network, need_config of network-functions,
ifup-aliases and ifup-eth's search for MASTER= (initscripts, RHEL 5 to 8).
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import networkmanager_cases
import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, RHEL5, RHEL6, RHEL8, address, nic
from ifcfg_cases import ANSWERS, ETH0, ETH1, NS, host
from proposing import plan_for, propose_removal, told_by
from test_health_findings import IFCFG, SCRIPTS, written
from test_ifcfg_remove import FILES as BONDED, host as bonded

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BridgeAnswers, SetUp
from xenbond_tui.facts.host import System
from xenbond_tui.rules.findings import Finding, Severity
from xenbond_tui.rules.inventory import Kind
from xenbond_tui.stacks.ifcfg import Ifcfg
from xenbond_tui.stacks.networkmanager import NetworkManager
from xenbond_tui.stacks.networkmanager.files import Profiles

SPARE = "DEVICE={}\nONBOOT=no\nIPADDR=192.0.2.99\nPREFIX=24\nGATEWAY=192.0.2.1\n"
OWN = "DEVICE={}\nONBOOT=yes\nBOOTPROTO=none\n"


def of(found: tuple[Finding, ...], path: str) -> list[tuple[Severity, str]]:
    return [(it.severity, it.code) for it in found if path in f"{it.where} {it.text}"]


@pytest.mark.parametrize("system", [RHEL5, RHEL6, replace(RHEL6, version="7.9"), RHEL8])
@pytest.mark.parametrize("end", ["-old", "_test", ".old", "-2026"])
@pytest.mark.parametrize("name", ["eth0", "eth1", "bond0", "xenbr0"])
def test_a_copy_that_no_boot_starts_is_a_note_and_is_left_alone(
    system: System, end: str, name: str
) -> None:
    own, spare = f"{NS}/ifcfg-{name}", f"{NS}/ifcfg-{name}{end}"
    files = {spare: SPARE.format(name)}
    if name not in ("eth0", "eth1"):
        files[own] = OWN.format(name)
    facts = host(files, system=system)
    passed_over = end == ".old" and system is RHEL8
    expected = [] if passed_over else [(Severity.NOTE, "file-stays")]
    assert of(told_by(Ifcfg(), facts, ANSWERS), spare) == expected
    changed = {it.path: it for it in plan_for(Ifcfg(), facts, ANSWERS).changes}
    assert spare not in changed
    assert own in changed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("eth0-old", SPARE.format("eth0").replace("ONBOOT=no\n", "")),
        ("eth0-old", SPARE.format("eth0").replace("=no", "=yes")),
        ("eth0-old", SPARE.format("eth0").replace("ONBOOT=no", "if a; then\nONBOOT=no\nfi")),
        # ifup of a bond starts each file that names it.
        ("eth0-old", SPARE.format("eth0") + "MASTER=bond0\nSLAVE=yes\n"),
        # ifup-aliases has a key of its own, ONPARENT.
        ("eth0:1", SPARE.format("eth0")),
        ("eth0-range0", SPARE.format("eth0")),
    ],
)
def test_what_a_boot_starts_or_may_start_is_refused(name: str, text: str) -> None:
    found = told_by(Ifcfg(), host({f"{NS}/ifcfg-{name}": text}), ANSWERS)
    assert any(severity is Severity.REFUSE for severity, _ in of(found, f"{NS}/ifcfg-{name}"))


def test_where_ifup_finds_no_file_of_the_links_name_several_are_refused() -> None:
    """It looks for HWADDR, then NAME, then DEVICE in all of them (need_config)."""
    facts = host({f"{NS}/ifcfg-lan": ETH0, f"{NS}/ifcfg-old": SPARE.format("eth0")})
    files = {path: it for path, it in facts.files.items() if not path.endswith("ifcfg-eth0")}
    found = told_by(Ifcfg(), replace(facts, files=files), ANSWERS)
    assert "several-files-for-a-link" in [it.code for it in found]


def test_a_copy_that_renames_another_nic_is_told_all_the_same() -> None:
    text = SPARE.format("eth0") + f"HWADDR={ETH1_MAC}\n"
    found = told_by(Ifcfg(), host({f"{NS}/ifcfg-eth0-old": text}), ANSWERS)
    assert (Severity.REFUSE, "hwaddr-twice") in of(found, f"{NS}/ifcfg-eth0-old")
    own = SPARE.format("eth0") + f"HWADDR={ETH0_MAC}\n"
    found = told_by(Ifcfg(), host({f"{NS}/ifcfg-eth0-old": own}), ANSWERS)
    assert of(found, f"{NS}/ifcfg-eth0-old") == [(Severity.NOTE, "file-stays")]


@pytest.mark.parametrize("name", ["eth0", "bond0", "xenbr0"])
def test_a_removal_does_not_mind_a_copy(name: str) -> None:
    spare = f"{NS}/ifcfg-{name}-old"
    facts = bonded(BONDED | {spare: SPARE.format(name)})
    plan = propose_removal(facts, stack="ifcfg").plan
    assert plan is not None
    assert plan.changes
    assert spare not in [it.path for it in plan.changes]


def test_health_has_nothing_against_a_copy(tmp_path: Path) -> None:
    running = ("192.0.2.10/24",)
    files = IFCFG | {f"{SCRIPTS}/ifcfg-eth0-old": SPARE.format("eth0")}
    for said in written("ifcfg", tmp_path, files, running=running).values():
        assert "several-files-for-a-link" not in [it.code for it in said.findings]
        assert not said.stays_down


KEYS = {
    "DNS1": "192.0.2.53",
    "DOMAIN": "idle.example.org",
    "SEARCH": "idle.example.org",
    "MTU": "9000",
    "GATEWAY": "192.0.2.1",
    "METRIC": "7",
    "ZONE": "trusted",
    "DEFROUTE": "no",
    "PEERDNS": "no",
    "NOZEROCONF": "yes",
    "ARPCHECK": "no",
    "DHCP_HOSTNAME": "idle",
    "IPV6ADDR": "2001:db8::9/64",
    "IPV6_DEFAULTGW": "2001:db8::1",
    "IPADDR1": "198.51.100.9",
    "MACADDR": "00:16:3e:00:00:99",
    "HWADDR": ETH0_MAC.upper(),
}
"""What moves with an address: key → what the idle NIC's file says; the other says another value."""


def leased(idle: str, used: str, **more: str) -> Mapping[str, str]:
    """eth0 with a static address and no boot that starts it, eth1 with the host's lease."""
    files = {
        f"{NS}/ifcfg-eth0": f"DEVICE=eth0\nONBOOT=no\nIPADDR=192.0.2.9\nPREFIX=24\n{idle}",
        f"{NS}/ifcfg-eth1": f"DEVICE=eth1\nONBOOT=yes\nBOOTPROTO=dhcp\n{used}",
    }
    plain = answers_of_a_lease()
    facts = host(files | more, live=False, links=(nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC)))
    request = planner.resolve(facts, SetUp(plain))
    plan = plan_for(Ifcfg(), facts, request.answers)
    return {it.path: (it.after or b"").decode() for it in plan.changes}


def answers_of_a_lease() -> Answers:
    left_out = frozenset({"address", "gateway", "dns", "search", "mtu"})
    return replace(ANSWERS, bridge=BridgeAnswers(left_out=left_out, mac="keep"))


@pytest.mark.parametrize("key", KEYS)
def test_no_key_of_an_idle_static_nic_goes_to_the_bridge_of_a_lease(key: str) -> None:
    after = leased(f"{key}={KEYS[key]}\n", "")
    assert "BOOTPROTO=dhcp" in after[f"{NS}/ifcfg-xenbr0"]
    for name in ("xenbr0", "bond0"):
        text = after[f"{NS}/ifcfg-{name}"]
        assert f"{key}={KEYS[key]}" not in text
        assert KEYS[key] in ("no", "yes", "7") or KEYS[key] not in text
        assert "192.0.2.9" not in after[f"{NS}/ifcfg-{name}"]


@pytest.mark.parametrize("key", sorted(KEYS.keys() - {"HWADDR", "MACADDR", "IPADDR1", "GATEWAY"}))
def test_each_key_of_the_nic_in_use_goes_to_the_bridge(key: str) -> None:
    """Not GATEWAY: of a lease the scripts take the gateway, too (ifup-eth)."""
    value = {"MTU": "1450", "IPV6ADDR": "2001:db8::7/64"}.get(key, KEYS[key])
    after = leased(f"{key}=1\n" if key == "MTU" else "", f"{key}={value}\n")
    assert f"{key}={value}" in after[f"{NS}/ifcfg-xenbr0"]


def test_the_routes_of_the_nic_in_use_go_along_and_not_the_idle_ones() -> None:
    idle, used = "10.9.0.0/16 via 192.0.2.1 dev eth0\n", "10.7.0.0/16 via 198.51.100.1 dev eth1\n"
    after = leased("", "", **{f"{NS}/route-eth0": idle, f"{NS}/route-eth1": used})
    assert after[f"{NS}/route-xenbr0"] == used.replace("eth1", "xenbr0")


KEYFILES = "/etc/NetworkManager/system-connections/{}.nmconnection"
PROFILE = (
    "[connection]\nid={0}\nuuid={0}\ntype=ethernet\ninterface-name={1}\n{2}"
    "[ipv4]\nmethod=manual\naddress1={3}/24,192.0.2.1\n"
)
IDLE = "autoconnect=false\n"


@pytest.mark.parametrize("beside", [True, False])
def test_no_loss_is_told_of_an_address_that_no_boot_gives(*, beside: bool) -> None:
    """Beside the profile that counts it stays; of a NIC that has no other it is taken out."""
    idle = ("eth0-old", "eth0") if beside else ("eth1", "eth1")
    texts = {
        KEYFILES.format("eth0"): PROFILE.format("eth0", "eth0", "", "192.0.2.10"),
        KEYFILES.format(idle[0]): PROFILE.format(*idle, IDLE, "192.0.2.99"),
    }
    links = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
    facts = networkmanager_cases.host(texts, links, routes=(), live=False)
    asked = replace(answers_of_a_lease(), stack="networkmanager")
    found = planner.propose(facts, SetUp(asked)).findings
    told = [(it.severity, it.code) for it in found if "192.0.2.99" in f"{it.where} {it.text}"]
    assert told == ([] if beside else [(Severity.NOTE, "line-goes")])


def test_an_address_that_an_idle_nic_has_now_is_lost_and_told() -> None:
    links = (nic("eth0", ETH0_MAC, addresses=(address("192.0.2.10/24"),)),)
    links += (nic("eth1", ETH1_MAC, addresses=(address("192.0.2.99/24"),)),)
    files = {f"{NS}/ifcfg-eth0": ETH0, f"{NS}/ifcfg-eth1": ETH1 + "IPADDR=192.0.2.99\nPREFIX=24\n"}
    found = told_by(Ifcfg(), host(files, links=links), ANSWERS)
    assert (Severity.WARN, "address-dropped") in of(found, "192.0.2.99")


@pytest.mark.parametrize("master", ["bond9", "0f0f0f0f-0000-4000-8000-00000000000f"])
@pytest.mark.parametrize("bond9", [False, True])
def test_a_port_of_what_has_no_profile_is_not_what_a_nic_comes_up_with(
    master: str, *, bond9: bool
) -> None:
    """What a bond that was deleted has left behind; as NetworkManager 1.52 was seen to do."""
    port = (
        "[connection]\nid=p0\nuuid=p0\ntype=ethernet\ninterface-name=eth0\n"
        f"master={master}\nslave-type=bond\n"
    )
    files = {
        KEYFILES.format("p0"): port,
        KEYFILES.format("s0"): PROFILE.format(
            "s0", "eth0", "autoconnect-priority=-1\n", "192.0.2.5"
        ),
    }
    if bond9:
        uuid = "0f0f0f0f-0000-4000-8000-00000000000f"
        text = f"[connection]\nid=b\nuuid={uuid}\ntype=bond\ninterface-name=bond9\n"
        files[KEYFILES.format("b")] = text
    facts = networkmanager_cases.host(files, active={})
    found = Profiles(facts)
    link = facts.link("eth0")
    assert link is not None
    used = found.of(link)
    assert used is not None
    assert used.uuid == ("p0" if bond9 else "s0")
    assert {it.uuid for it in found.come_up()} >= ({"p0"} if bond9 else {"s0"})
    assert bond9 or "p0" not in {it.uuid for it in found.come_up()}


ORPHAN = (
    "[connection]\nid=p0\nuuid=p0\nautoconnect=true\ntype=ethernet\ninterface-name=eth0\n"
    "master={}\nslave-type=bond\n"
)
MASTER = "[connection]\nid={0}\nuuid=u-{0}\ntype={1}\ninterface-name={0}\n{2}"


def stay_down(files: dict[str, str]) -> list[tuple[str, str]]:
    """Where it is said of which link that a boot leaves it down."""
    facts = networkmanager_cases.host(files, active={})
    found = NetworkManager().inventory(facts)
    return [(it.link, f"{it.path}:{it.line}") for it in found if it.kind is Kind.STAYS_DOWN]


def test_of_a_port_left_behind_the_line_of_its_master_is_named() -> None:
    path = KEYFILES.format("p0")
    assert stay_down({path: ORPHAN.format("bond9")}) == [("eth0", f"{path}:7")]


@pytest.mark.parametrize("kind", ["bond", "bridge", "team", "vrf", "ovs-port"])
def test_a_port_of_any_kind_of_master_comes_up_with_it(kind: str) -> None:
    files = {KEYFILES.format("p0"): ORPHAN.format("up9")}
    assert stay_down(files)
    assert not stay_down(files | {KEYFILES.format("up9"): MASTER.format("up9", kind, "")})


def test_of_two_each_may_be_the_others_master() -> None:
    """No boot brings such a thing up; that it is asked ends."""
    files = {
        KEYFILES.format("a9"): MASTER.format("a9", "bond", "master=b9\nslave-type=bridge\n"),
        KEYFILES.format("b9"): MASTER.format("b9", "bridge", "master=a9\nslave-type=bond\n"),
        KEYFILES.format("s0"): PROFILE.format("s0", "eth0", "", "192.0.2.5"),
    }
    facts = networkmanager_cases.host(files, active={})
    answers = Answers(stack="networkmanager", bond=ANSWERS.bond, bridge=ANSWERS.bridge)
    assert planner.propose(facts, SetUp(answers)).findings
