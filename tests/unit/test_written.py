"""What the files say of a bond, line by line, and that it is read again only when one changed."""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import make_facts, nic
from fakes import FakeHost

from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.health import written as reading
from xenbond_tui.health.event import Event
from xenbond_tui.health.failures import DRILL_STARTED
from xenbond_tui.health.look import look
from xenbond_tui.health.model import Written
from xenbond_tui.health.record import EventRecord
from xenbond_tui.health.written import said_by
from xenbond_tui.health.written_cache import written
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.stacks import STACKS

GOLDEN = Path(__file__).parents[1] / "golden"
NICS = (nic("eth0", "00:50:da:7a:51:45"), nic("eth1", "00:14:22:36:f1:fa"))


def of(stack_name: str, case: str, root: Path) -> Written:
    """What a stack's golden tree says of bond0, once it lies below `root` and is root's alone."""
    shutil.copytree(GOLDEN / stack_name / case / "after", root, dirs_exist_ok=True)
    found = read_below(root, stack_name)
    assert list(found) == ["bond0"]
    return found["bond0"]


def read_below(root: Path, stack_name: str, **fields: object) -> Mapping[str, Written]:
    """What that stack says of the bonds in the files below a directory; `fields` of the host."""
    for path in root.rglob("*"):
        if path.is_file():
            # NetworkManager leaves out profiles that others may read.
            path.chmod(0o600)
    tree = RootedTree(str(root))
    stack = next(stack for stack in STACKS if stack.name == stack_name)
    paths = {path for each in STACKS for path in each.paths(tree)}
    files = {path: entry for path in sorted(paths) if (entry := tree.read(path)) is not None}
    known = {path: entry for path, entry in files.items() if isinstance(entry, FileState)}
    return said_by(stack, replace(make_facts(links=NICS, **fields), files=known), tree)


def line(stack_name: str, case: str, where: str) -> str:
    path, _, number = where.rpartition(":")
    root = GOLDEN / stack_name / case / "after"
    return (root / path.lstrip("/")).read_text().splitlines()[int(number) - 1]


@pytest.mark.parametrize(
    ("stack", "case"),
    [
        ("ifcfg", "howto-rhel5"),
        ("ifupdown", "installer"),
        ("ifupdown", "routes-and-inet6"),
        ("netplan", "installer"),
        ("networkd", "installer"),
        ("networkmanager", "installer"),
    ],
)
def test_each_stack_says_what_a_set_up_wrote(stack: str, case: str, tmp_path: Path) -> None:
    said = of(stack, case, tmp_path)
    spelling = next(item for item in STACKS if item.name == stack).dialect.spelling
    assert said.options["mode"][0] == "active-backup"
    assert said.options["miimon"][0] == "100"
    assert set(said.slaves) == {"eth0", "eth1"}
    for option, (_, where) in said.options.items():
        assert (spelling(option) or "?").lower() in line(stack, case, where).lower()


def test_what_no_line_says_is_not_compared(tmp_path: Path) -> None:
    assert "updelay" not in of("ifupdown", "installer", tmp_path).options


# Kept until a file changes

INTERFACES = """\
auto bond0
iface bond0 inet manual
	bond-slaves eth0 eth1
	bond-mode active-backup
	bond-miimon 100
"""


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    host = FakeHost(str(tmp_path))
    host.put("/etc/network/interfaces", INTERFACES.encode())
    host.put("/sbin/ifup", b"")
    return host


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    real = reading.read_written
    done: list[str] = []

    def counted(machine: object) -> object:
        done.append("read")
        return real(machine)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "read_written", counted)
    return done


def miimon(host: FakeHost) -> Mapping[str, tuple[str, str]]:
    found = written(host.machine, "bond0")
    assert found is not None
    return found.options


def test_it_is_read_once(host: FakeHost, readings: list[str]) -> None:
    first = miimon(host)
    assert first["miimon"] == ("100", "/etc/network/interfaces:5")
    assert miimon(host) == first
    assert readings == ["read"]


def test_a_changed_file_is_read_again(host: FakeHost, readings: list[str]) -> None:
    miimon(host)
    host.put("/etc/network/interfaces", INTERFACES.replace("100", "200").encode())
    assert miimon(host)["miimon"][0] == "200"
    assert readings == ["read", "read"]


def test_a_new_file_is_read(host: FakeHost, readings: list[str]) -> None:
    host.put("/etc/network/interfaces", f"{INTERFACES}source interfaces.d/*\n".encode())
    host.put("/etc/network/interfaces.d/a", b"")
    miimon(host)
    host.put("/etc/network/interfaces.d/b", b"iface eth7 inet manual\n")
    miimon(host)
    assert readings == ["read", "read"]


def test_what_the_rules_find_is_kept_with_it(host: FakeHost, readings: list[str]) -> None:
    first = written(host.machine, "bond0")
    assert first is not None
    assert {"ifenslave-missing"} <= {finding.code for finding in first.findings}
    assert written(host.machine, "bond0") == first
    assert readings == ["read"]
    # The package is installed: a path whose existence alone counts.
    host.put("/etc/network/if-pre-up.d/ifenslave", b"")
    again = written(host.machine, "bond0")
    assert again is not None
    assert "ifenslave-missing" not in {finding.code for finding in again.findings}


def test_another_link_is_a_reason_to_read_again(host: FakeHost, readings: list[str]) -> None:
    """A pattern in a file may be about it; a guest's port is none."""
    miimon(host)
    host.put("/sys/class/net/vif1.0/ifindex", b"7\n")
    miimon(host)
    assert readings == ["read"]
    host.put("/sys/class/net/eth7/ifindex", b"8\n")
    miimon(host)
    assert readings == ["read", "read"]


def test_another_bond_has_none(host: FakeHost) -> None:
    assert written(host.machine, "bond7") is None


def test_a_damaged_note_is_read_anew(host: FakeHost, readings: list[str]) -> None:
    miimon(host)
    Path(host.root, "var/lib/xenbond/written.json").write_text("{")
    miimon(host)
    assert len(readings) == 2


def test_only_root_may_read_it(host: FakeHost) -> None:
    miimon(host)
    note = Path(host.root, "var/lib/xenbond/written.json")
    assert note.stat().st_mode & 0o777 == 0o600
    assert [name for name in os.listdir(note.parent) if "written" in name] == ["written.json"]


def test_another_systems_tree_is_compared_and_left_alone(host: FakeHost) -> None:
    host.kernel.add_link("bond0", "bond")
    (found,) = look(replace(host.machine, access=Access(HostKind.TREE, host.root)), "bond0").judged
    assert found[0].written is not None
    assert found[0].written.options["miimon"] == ("100", "/etc/network/interfaces:5")
    assert not Path(host.root, "var").exists()


def test_a_look_compares_with_the_files(host: FakeHost) -> None:
    host.kernel.add_link("bond0", "bond")
    host.kernel.options["miimon"] = "200"
    (found,) = look(host.machine, "bond0").judged
    said = [reason.text for reason in found[1].reasons if reason.code == "option-differs"]
    assert said == ["bond0 runs with miimon 200; /etc/network/interfaces:5 says 100."]


# What the module's files say, and which bridge


def said_of(host: FakeHost, **files: str) -> Written:
    for path, text in files.items():
        host.put(path, text.encode())
    found = written(host.machine, "bond0")
    assert found is not None
    return found


def test_a_look_tells_when_something_happened_to_each_bond_last(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.kernel.add_link("bond0", "bond")
    events = tuple(Event(at, "link-down", "eth0 lost its link", "eth0") for at in (5.0, 7.0))
    monkeypatch.setattr("xenbond_tui.health.look.read_logs", lambda machine: {"bond0": events})
    assert look(host.machine, "bond0").last_change == {"bond0": 7.0}
    monkeypatch.setattr("xenbond_tui.health.look.read_logs", lambda machine: {"bond9": events})
    assert look(host.machine, "bond0").last_change == {}


@pytest.mark.parametrize(("drilled", "failures"), [(False, {"eth0": 2}), (True, {})])
def test_links_that_a_drill_took_down_have_not_failed(
    drilled: bool, failures: dict[str, int], host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.kernel.add_link("bond0", "bond")
    now = host.clock.now()
    events = tuple(Event(now - ago, "link-down", "eth0 lost its link", "eth0") for ago in (60, 30))
    monkeypatch.setattr("xenbond_tui.health.look.read_logs", lambda machine: {"bond0": events})
    if drilled:
        (Path(host.root) / "var/lib").mkdir(parents=True)
        EventRecord(host.machine, "bond0").append([Event(now - 90, DRILL_STARTED, "a drill")])
    ((state, _),) = look(host.machine, "bond0").judged
    assert state.recent_failures == failures


def test_the_modules_files_say_what_the_networks_files_leave_out(host: FakeHost) -> None:
    text = "options bonding mode=4 downdelay=400\noptions bond0 mode=0 updelay=200 nothing=1\n"
    said = said_of(host, **{"/etc/modprobe.d/bonding.conf": text})
    assert said.options["updelay"] == ("200", "/etc/modprobe.d/bonding.conf:2")
    assert said.options["downdelay"] == ("400", "/etc/modprobe.d/bonding.conf:1")
    assert said.options["mode"] == ("active-backup", "/etc/network/interfaces:4")


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ("auto br0\niface br0 inet manual\n\tbridge_ports bond0\n", 8),
        ("auto br0\niface br0 inet manual\n\tbridge_ports eth5 bond0 eth6\n", 8),
        ("auto br0\niface br0 inet manual\n\tbridge_ports eth5\n", None),
        ("", None),
    ],
)
def test_only_a_line_makes_the_bond_a_port(host: FakeHost, more: str, line: int | None) -> None:
    host.put("/etc/network/interfaces", (INTERFACES + more).encode())
    found = written(host.machine, "bond0")
    where = None if line is None else ("br0", f"/etc/network/interfaces:{line}")
    assert (found.bridge if found is not None else None) == where


@pytest.mark.parametrize(
    ("stack", "case"),
    [
        ("ifcfg", "howto-rhel5"),
        ("ifupdown", "installer"),
        ("netplan", "installer"),
        ("networkd", "installer"),
        ("networkmanager", "installer"),
    ],
)
def test_each_stack_says_which_bridge(stack: str, case: str, tmp_path: Path) -> None:
    said = of(stack, case, tmp_path)
    assert said.bridge is not None
    assert said.bridge[0] == "xenbr0"
    assert re.search("bond0|xenbr0", line(stack, case, said.bridge[1]))


# What no line says


@pytest.mark.parametrize(
    ("written_lines", "unsaid"),
    [
        ("bond-mode active-backup", {"miimon": "0"}),
        ("bond-miimon 100", {"mode": "balance-rr"}),
        ("bond-mode 802.3ad", {"miimon": "100"}),
        ("bond-mode 1\n\tup echo 100 > /sys/class/net/bond0/bonding/miimon", {}),
    ],
)
def test_mode_and_monitoring_that_no_line_says_are_the_kernels_after_a_boot(
    written_lines: str, unsaid: dict[str, str], host: FakeHost
) -> None:
    text = f"auto bond0\niface bond0 inet manual\n\tbond-slaves eth0 eth1\n\t{written_lines}\n"
    said = said_of(host, **{"/etc/network/interfaces": text})
    found = {option: value for option, (value, _) in said.unsaid.items()}
    decides = ("mode", "miimon", "arp_interval", "primary")
    assert {it: found.pop(it) for it in decides if it in found} == {
        **unsaid,
        "arp_interval": "0",
        "primary": "none",
    }
    assert found == {it: OPTIONS[it].default for it in found}


def test_modules_options_are_said_too(host: FakeHost) -> None:
    text = "auto bond0\niface bond0 inet manual\n\tbond-slaves eth0 eth1\n\tbond-mode 1\n"
    module = "options bonding miimon=100\n"
    said = said_of(host, **{"/etc/network/interfaces": text, "/etc/modprobe.d/b.conf": module})
    assert "miimon" not in said.unsaid
    assert {"arp_interval", "primary", "updelay"} < set(said.unsaid)


# What frames bond and bridge take


WITH_MTU = [
    ("ifcfg", "rhel6-existing-bond", ["bond0", "br0"]),
    ("ifupdown", "routes-and-inet6", ["bond0", "xenbr0"]),
    ("netplan", "split-files", ["bond0", "xenbr0"]),
    ("networkd", "routes-and-rules", ["bond0", "xenbr0"]),
]


@pytest.mark.parametrize(("stack", "case", "links"), WITH_MTU)
def test_the_mtu_that_a_set_up_wrote(
    stack: str, case: str, links: list[str], tmp_path: Path
) -> None:
    shutil.copytree(GOLDEN / stack / case / "after", tmp_path, dirs_exist_ok=True)
    said = read_below(tmp_path, stack)["bond0"].mtu
    assert [(link, value) for link, (value, _) in said.items()] == [(it, "9000") for it in links]
    assert all("9000" in line(stack, case, where) for _, where in said.values())


@pytest.mark.parametrize(
    ("more", "links"),
    [
        ("\tmtu 9000\nauto br0\niface br0 inet manual\n\tbridge_ports bond0\n", ["bond0"]),
        # The server may send another; nobody said which of two counts; a slave has the bond's.
        ("auto br0\niface br0 inet dhcp\n\tbridge_ports bond0\n\tmtu 9000\n", []),
        ("\tmtu 9000\niface bond0 inet6 manual\n\tmtu 1400\n", []),
        ("\tmtu auto\nauto eth0\niface eth0 inet manual\n\tmtu 9000\n", []),
        ("auto eth9\niface eth9 inet manual\n\tmtu 9000\n", []),
    ],
)
def test_only_an_mtu_that_nothing_else_sets_is_compared(
    more: str, links: list[str], host: FakeHost
) -> None:
    assert list(said_of(host, **{"/etc/network/interfaces": INTERFACES + more}).mtu) == links


def test_another_mtu_or_primary_than_the_files_say_is_told(host: FakeHost) -> None:
    host.kernel.add_link("bond0", "bond")
    host.kernel.options["primary"] = "eth0"
    host.put("/etc/network/interfaces", f"{INTERFACES}\tmtu 9000\n".encode())
    host.put("/sys/class/net/bond0/mtu", b"1500\n")
    (found,) = look(host.machine, "bond0").judged
    assert [reason.text for reason in found[1].reasons if reason.code == "option-differs"] == [
        "bond0 runs with primary eth0, but no file says so: none after a boot.",
        "bond0 runs with an MTU of 1500; /etc/network/interfaces:6 says 9000.",
    ]
