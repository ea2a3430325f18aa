"""Each stack: from two NICs to a bridged bond that survives a pulled cable and a boot, and back.

On the way an operator's SSH session lives through what moves its address, guests stay on their
bridge while the bond is changed, and a change over SSH that cuts the operator off goes back by
itself. Without a screen. One host; the tests are the legs of one journey and run in order.
"""

import json
import time

import pytest

from tests.lab.evidence import (
    ANSWERS,
    Before,
    active_slave,
    etc,
    hitless,
    keep,
    network,
    note,
    until_status,
    until_waiting,
    without_times,
)
from tests.lab.guest import Guest
from tests.lab.layouts import GUEST_ADDRESSES, GUESTS, NO_GUESTS
from tests.lab.own_way import KEPT_FILES, keep_files
from tests.lab.platforms import Platform
from tests.lab.ssh import (
    ADDRESS,
    PATIENT_SSHD,
    SSH,
    SSHD,
    comes_back,
    deadline,
    dies,
    in_session,
)
from tests.lab.stacks import LabStack

JOURNEY = True

WANTED = ANSWERS.replace("miimon: 100\n", "miimon: 100\n  options:\n    updelay: 200\n")
KERNEL_SAYS = {"mode": "active-backup 1", "miimon": "100", "updelay": "200", "primary": ""}
EDITED = ANSWERS.replace(
    "miimon: 100\n", "miimon: 50\n  options:\n    primary: eth1\n    updelay: none\n"
)
EDITED_SAYS = {"mode": "active-backup 1", "miimon": "50", "updelay": "0", "primary": "eth1"}
WRONG = WANTED.replace("192.168.0.", "192.168.77.")
"""An address and a gateway of another subnet than the wire's."""
STRICT = "for i in all default eth0; do echo 1 >/proc/sys/net/ipv4/conf/$i/rp_filter; done"
"""Some distributions' default: frames are dropped that come in by another link than the route's."""
SYSCTLS = (
    "cd /proc/sys/net; grep . ipv4/conf/*/rp_filter ipv4/conf/*/arp_ignore ipv6/conf/*/accept_dad"
)
BOUND = {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
ACTIVE = "grep -q '\"active\"' $(ls -d /var/lib/xenbond/transactions/2* | tail -n1)/journal.jsonl"

Json = dict[str, object]


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    for name, text in (("answers", WANTED), ("edited", EDITED), ("wrong", WRONG)):
        host.write(f"/root/{name}.yaml", text)
    host.sh(STRICT)
    host.sh(PATIENT_SSHD)
    return Before.of(host)


@pytest.fixture(scope="module")
def planned(host: Guest, before: Before) -> Json:
    done = host.xenbond("plan", "--answers", "/root/answers.yaml", "--json")
    assert done.rc == 1, "changes are planned"
    document: Json = json.loads(done.out)
    return document


def told(document: Json) -> str:
    """The gap that Review tells of; empty where there shall be none."""
    findings = document["findings"]
    assert isinstance(findings, list)
    return " ".join(finding["text"] for finding in findings if finding["code"] == "gap")


def kernel_says(host: Guest) -> dict[str, str]:
    return {
        name: host.read(f"/sys/class/net/bond0/bonding/{name}").partition("\n")[0].strip()
        for name in KERNEL_SAYS
    }


def as_planned(host: Guest, before: Before) -> None:
    """The kernel has it all: who is in what, the address, the way out, the options."""
    now = network(host)
    assert now.masters == BOUND
    assert now.addresses["xenbr0"] == ("192.168.0.222/24",)
    assert now.addresses["eth0"] == now.addresses["eth1"] == now.addresses["bond0"] == ()
    assert now.macs["xenbr0"] == before.network.macs["eth0"]
    # Red Hat's scripts give each link a route to link-local addresses; it goes with the address.
    scripts = any(route.startswith("169.254.") for route in before.network.routes)
    assert [" ".join(r.split()[:5]) for r in now.routes] == [
        "default via 192.168.0.1 dev xenbr0",
        *(["169.254.0.0/16 dev xenbr0 scope link"] if scripts else []),
    ]
    assert kernel_says(host) == KERNEL_SAYS
    assert host.read("/sys/class/net/xenbr0/bridge/stp_state").strip() == "0"


def test_two_nics_are_found(host: Guest, before: Before) -> None:
    document = json.loads(host.xenbond("nics", "--json").ok())
    nics = {nic["name"]: nic for nic in document["nics"] if nic["unsuitable"] is None}
    assert {name: nic["mac"] for name, nic in nics.items()} == {
        "eth0": "00:50:da:7a:51:45",
        "eth1": "00:14:22:36:f1:fa",
    }
    assert "192.168.0.222/24" in nics["eth0"]["addresses"]


def test_the_plan_writes_nothing(row: LabStack, host: Guest, before: Before, planned: Json) -> None:
    assert planned["stack"] == row.stack, "by the evidence of this host alone"
    assert planned["files"]
    before.is_back(host)


def test_apply_and_undo_leaves_no_trace(
    row: LabStack, host: Guest, before: Before, planned: Json
) -> None:
    """A live address moves and moves back: nothing is lost, and an SSH session lives.

    Where Review told of a gap nothing is asked of its length.
    """
    sysctls = set(host.sh(SYSCTLS).splitlines())
    with in_session(host) as worst:
        with host.pinging() as there:
            keep(host, host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
        as_planned(host, before)
        assert set(host.sh(SYSCTLS).splitlines()) >= sysctls
        assert host.read("/proc/sys/net/ipv4/conf/xenbr0/rp_filter").strip() == "1"
        with host.pinging() as back:
            keep(host, host.start("xenbond", "undo", "--yes"))
    note(
        f"{row}: apply, {there[0]}; undo, {back[0]}; SSH's worst round trip {worst[0]:.0f} ms; "
        f"{told(planned) or 'no gap told of'}"
    )
    if not told(planned):
        hitless(host, there[0], back[0])
    assert not {"bond0", "xenbr0"} & set(network(host).macs)
    before.is_back(host)


def test_apply_and_confirm(row: LabStack, host: Guest, before: Before) -> None:
    began = time.monotonic()
    keep(host, host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    note(f"{row}: up and confirmed after {time.monotonic() - began:.1f} s")
    as_planned(host, before)


def test_healthy(host: Guest) -> None:
    bond = until_status(host, "healthy")
    host.xenbond("status")
    assert (bond["mode"], bond["miimon"]) == ("active-backup", 100)
    bridge = bond["bridge"]
    assert isinstance(bridge, dict)
    assert bridge["name"] == "xenbr0"
    assert bridge["addresses"] == ["192.168.0.222/24"]
    assert bridge["ports"] == ["bond0"]


def test_the_stack_s_own_judge_has_nothing_against_it(row: LabStack, host: Guest) -> None:
    """What was written, by a program that we did not write; and it would see a mistake in it."""
    host.run("sh", "-c", row.judge).ok()
    if row.mistake:
        keep_files(host)
        host.sh(row.mistake)
        assert host.run("sh", "-c", row.judge).rc != 0
        host.sh(KEPT_FILES)


@pytest.fixture(scope="module")
def with_guests(host: Guest, before: Before) -> Before:
    """Two guests have come; the host as it is with them."""
    host.sh(GUESTS)
    host.sh(SSHD)
    return Before.of(host)


def guests_answer(host: Guest) -> None:
    """Both guests' ports are on the bridge and forward: they are reached from the switch."""
    assert network(host).masters == {**BOUND, "vif1.0": "xenbr0", "vif2.0": "xenbr0"}
    for address in GUEST_ADDRESSES:
        host.sh(f"ip netns exec switch ping -qc5 -i0.1 -W1 {address}")


@pytest.mark.further
def test_changed_under_guests_and_rolled_back(
    row: LabStack, host: Guest, with_guests: Before
) -> None:
    """Other options and a primary: the guests stay, there and back."""
    with host.pinging() as own, host.pinging(GUEST_ADDRESSES[0]) as dom:
        applying = host.start("xenbond", "apply", "--answers", "/root/edited.yaml", "--yes")
        until_waiting(host, applying)
    note(f"{row}: bond under guests edited: host {own[0]}; guest {dom[0]}")
    assert kernel_says(host) == EDITED_SAYS
    guests_answer(host)
    assert not applying.over
    with host.pinging() as own, host.pinging(GUEST_ADDRESSES[0]) as dom:
        host.run("xenbond", "undo", "--yes").ok()
        assert applying.wait().rc == 2
    note(f"{row}: bond under guests rolled back: host {own[0]}; guest {dom[0]}")
    assert kernel_says(host) == KERNEL_SAYS
    with_guests.is_back(host)
    guests_answer(host)


@pytest.mark.further
def test_the_session_dies_and_the_countdown_takes_it_back(
    row: LabStack, host: Guest, before: Before, with_guests: Before
) -> None:
    """A change to a wrong address over SSH: the operator gets the host back without doing anything.

    With a terminal, as an operator has one: its programs get a SIGHUP when it dies.
    """
    command = ("xenbond", "apply", "--answers", "/root/wrong.yaml", "--yes")
    wanted = ("--confirm-within", "30", "--expect-disconnect")
    session = host.start(*SSH, "-tt", ADDRESS, *command, *wanted)
    dies(host, session)
    host.wait_until(ACTIVE, timeout=180, every=0.5)
    until = deadline(host)
    first = comes_back(host, 180)[0]
    note(f"{row}: lock-out, the session died: answers {first - until:.1f} s after the deadline")
    assert first > until, "answered although the host had no such address"
    with_guests.is_back(host)
    guests_answer(host)
    assert "nobody confirmed it in time" in host.xenbond("history").ok()
    host.sh(NO_GUESTS)
    as_planned(host, before)


@pytest.mark.parametrize(("nic", "other"), [(0, 1), (1, 0)])
def test_a_pulled_cable(row: LabStack, host: Guest, nic: int, other: int) -> None:
    """The ping goes on over the other cable; the status says what is wrong, then that it is well.

    The guest's kernel looks at the links every 100 ms (miimon): the gap is that and a few ticks.
    """
    with host.pinging() as pings:
        # Which slave is active is history's choice; this leg is about pulling the active one.
        host.write("/sys/class/net/bond0/bonding/active_slave", f"eth{nic}")
        host.pull(nic)
        waited = host.wait_until(
            f'[ "$(cat /sys/class/net/bond0/bonding/active_slave)" = eth{other} ]', every=0.02
        )
        bond = until_status(host, "degraded")
    note(f"{row}: eth{nic} pulled, eth{other} active after {waited:.2f} s; {pings[0]}")
    host.xenbond("status")
    assert bond["active_slave"] == f"eth{other}"
    slaves = bond["slaves"]
    assert isinstance(slaves, list)
    assert {s["name"]: s["mii_status"] for s in slaves} == {
        f"eth{nic}": "down",
        f"eth{other}": "up",
    }
    assert pings[0].longest_gap < 2.0
    assert pings[0].received > 0
    host.plug(nic)
    until_status(host, "healthy")
    assert active_slave(host) == f"eth{other}"


def test_both_cables_pulled(host: Guest, before: Before) -> None:
    """For longer than a daemon may take to give the address up for it."""
    host.pull(0)
    host.pull(1)
    bond = until_status(host, "down")
    assert bond["active_slave"] is None
    host.run("sleep", "5")
    host.plug(0)
    host.plug(1)
    until_status(host, "healthy")
    as_planned(host, before)
    host.run("ping", "-qc3", "-i0.2", "192.168.0.1").ok()


def test_the_next_boot_makes_the_same(row: LabStack, host: Guest, before: Before) -> None:
    """What was written brings the network up by the stack alone, on a machine that just booted."""
    host.reboot()
    note(f"{row}: up again after {host.boot_seconds:.1f} s, with bond and bridge")
    until_status(host, "healthy")
    as_planned(host, before)
    host.run("sh", "-c", f"{row.judge} && {row.judge_of_boot}").ok()
    host.run("ping", "-qc3", "-i0.2", "192.168.0.1").ok()


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(False, id="nobody keeps it", marks=pytest.mark.long),
        pytest.param(True, id="kept", marks=pytest.mark.further),
    ],
)
def test_a_removal_taken_back(row: LabStack, host: Guest, kept: bool) -> None:
    """The mirror image of a set-up, and no gap either way where none is told of.

    What nobody keeps goes back by the same steps as what is undone.
    """
    there = Before.of(host)
    plan = json.loads(host.run("xenbond", "remove", "--json").out)
    gap = told(plan)
    with host.pinging() as away:
        running = host.start("xenbond", "remove", "--yes")
        if kept:
            keep(host, running)
        else:
            until_waiting(host, running)
    assert not {"bond0", "xenbr0"} & set(network(host).macs)
    with host.pinging() as back:
        if kept:
            keep(host, host.start("xenbond", "undo", "--yes"))
        else:
            print(host.run("xenbond", "undo", "--yes"))
            print(running.wait())
    how = "undone" if kept else "nobody keeps it"
    note(f"{row}: removed, {away[0]}; {how}, {back[0]}; {gap or 'no gap told of'}")
    there.is_back(host)
    if not gap:
        hitless(host, away[0], back[0])
    until_status(host, "healthy")


def test_remove_and_the_next_boot(row: LabStack, host: Guest, before: Before) -> None:
    with host.pinging() as pings:
        keep(host, host.start("xenbond", "remove", "--yes"))
    note(f"{row}: removed; meanwhile {pings[0]}")
    for booted in (False, True):
        if booted:
            host.reboot()
        now = network(host)
        assert not {"bond0", "xenbr0"} & set(now.macs)
        assert now.addresses == before.network.addresses
        assert now.macs == before.network.macs
        assert [r.split()[:5] for r in now.routes] == [r.split()[:5] for r in before.network.routes]
        host.run("ping", "-qc3", "-i0.2", "192.168.0.1").ok()
    was, now_is = without_times(before.etc), without_times(etc(host))
    other = sorted(name for name in was | now_is if was.get(name) != now_is.get(name))
    note(f"{row}: removed; under /etc other than before: {', '.join(other) or 'nothing'}")
    assert was.keys() <= now_is.keys()


def test_history_tells_it(
    request: pytest.FixtureRequest, row: LabStack, platform: Platform, host: Guest
) -> None:
    document = json.loads(host.xenbond("history", "--json").ok())
    print(document)
    kept = [change["kind"] for change in document["changes"] if change["state"] == "confirmed"]
    undone = any(
        item.originalname == "test_a_removal_taken_back"
        and item.callspec.params.items() >= {"row": row, "platform": platform, "kept": True}.items()
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
    )
    removals = ["apply", "undo", "apply"] if undone else ["apply"]
    assert kept == [*removals, "apply", "undo", "apply"]
