"""What somebody else wrote is refused in a line, or read; never a traceback, never minutes."""

import contextlib
import gzip
import time
import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.fakes import FakeHost
from xenbond_tui import cli
from xenbond_tui.apply.operator import operator
from xenbond_tui.cli import run
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.number import whole
from xenbond_tui.files import ini, ini_lines, interfaces, shell_lexer, yaml_reader
from xenbond_tui.host.bonding_module import read_bonding_driver
from xenbond_tui.host.recorded import recorded_routes
from xenbond_tui.host.runner import NoRunner
from xenbond_tui.host.sysfs import Sysfs
from xenbond_tui.host.tree import RootedTree

ANSWERS = """\
version: 1
bond:
  name: bond0
  slaves: [eth0, eth1]
  mode: active-backup
  miimon: 100
bridge:
  name: xenbr0
  address: 192.168.0.222/24
  gateway: 192.168.0.1
"""
SOON = 2.0
"""Seconds of processor time, tens of which it would take without bounds; the usual is 0.05."""


def taking(began: float) -> float:
    return time.process_time() - began


@pytest.fixture
def host(tmp_path: Path) -> Path:
    unpack("debian12-dom0", str(tmp_path / "host"))
    return tmp_path / "host"


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """One line, and exit 2."""
    began = time.process_time()
    assert run(argv) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1, said
    assert len(said[0]) < 700
    assert "fault in xenbond itself" not in said[0]
    assert taking(began) < SOON
    return said[0]


MANY = "".join(f"k{number}: 1\n" for number in range(60_000))
BAD_ANSWERS = {
    "60,000 keys": ANSWERS + MANY,
    "20,000 options in 64 KiB": ANSWERS + "x: [" + "1," * 20_000 + "]\n",
    "3,000 brackets deep": ANSWERS + "x: " + "[" * 3_000 + "]" * 3_000,
    "3,000 maps deep": "{a: " * 3_000 + "}" * 3_000,
    "900 maps deep": "{a: " * 900 + "1" + "}" * 900,
    "300 blocks deep": "\n".join(" " * depth + "a:" for depth in range(300)),
    "3,000 lists deep": ANSWERS + "x:\n  " + "- " * 3_000 + "1\n",
    "YAML 1.3": "%YAML 1.3\n---\n" + ANSWERS,
    "YAML 99": "%YAML 99.9\n---\n" + ANSWERS,
    "no such character": ANSWERS.replace("bond0", '"\\UFFFFFFFF"'),
    "a surrogate": ANSWERS.replace("bond0", '"\\uD800"'),
    "10,000 digits": ANSWERS.replace("100", "9" * 10_000),
    "10,000 digits of MTU": ANSWERS + "  mtu: " + "9" * 10_000 + "\n",
    "10,000 digits of a prefix": ANSWERS.replace("/24", "/" + "9" * 10_000),
    "10,000 digits of a version": ANSWERS.replace("version: 1", "version: " + "1" * 10_000),
    "a digit that is none": ANSWERS.replace("100", "²"),
    "comments alone": "#\n" * 400_000,
    "a scalar of 900 kB": ANSWERS + "x: " + "a" * 900_000,
    "NUL": ANSWERS + "\0",
    "an alias of itself": "version: &a [*a]\n",
}


@pytest.mark.parametrize("text", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_answers(text: str, host: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text(text, encoding="utf-8")
    said = refused(capsys, "plan", "--answers", str(answers), "--root", str(host))
    assert "answers.yaml" in said
    assert "nothing was changed" in said


HOSTILE = {
    "nested expansions": '${a:-"' * 20_000,
    "nested expansions of a value": 'A="' + '${a:-"' * 20_000,
    "nested commands": 'A=$("' * 20_000,
    "brackets": "[" * 50_000,
    "maps": "{a: " * 20_000,
    "lists": "- " * 50_000,
    "keys": MANY,
    "parentheses": "(" * 50_000,
    "continued lines": "\\\n" * 20_000,
    "continued assignments": "A=1\\\n" * 20_000,
    "sections": "[a]\n" * 10_000,
    "open quotes": "'" * 50_001,
    "stanzas": "iface eth0 inet static\n" * 10_000,
    "10,000 digits": "A=" + "9" * 10_000,
    "NUL": "\0" * 10_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_every_reader_of_a_hosts_files(text: str) -> None:
    """Each gives back what it read, or refuses it by name; none takes time that grows squared."""
    began = time.process_time()
    assert "".join(item.text for item in shell_lexer.statements(text)) == text
    assert ini.IniFile.parse("/x", text, ini_lines.SYSTEMD).render() == text
    assert interfaces.InterfacesFile.parse("/x", text).render() == text
    with contextlib.suppress(XenbondError):
        yaml_reader.parse(text, "/etc/netplan/x.yaml", yaml_reader.Pieces())
    assert taking(began) < 5 * SOON


@pytest.mark.parametrize(
    "text", ["", "²", "\u0661", "9" * 11, "9" * 10_000, "+1", "-1", " 1", "1_0", "0x1", "1.0", None]
)
def test_no_number(text: str | None) -> None:
    assert whole(text) is None


def test_numbers() -> None:
    assert (whole("0"), whole("007"), whole("4294967295")) == (0, 7, 4294967295)


def test_only_one_place_asks_what_a_digit_is() -> None:
    root = Path(cli.__file__).parent
    asking = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if ".isdigit()" in path.read_text() or ".isnumeric()" in path.read_text()
    }
    assert asking == {"facts/number.py"}


def test_a_route_with_a_digit_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "proc/net").mkdir(parents=True)
    head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
    line = "eth0\t00000000\t0100A8C0\t0003\t0\t0\t²\t00000000\t0\t0\t0\n"
    (tmp_path / "proc/net/route").write_text(head + line, encoding="utf-8")
    (route,) = recorded_routes(Sysfs(str(tmp_path)))
    assert (route.destination, route.metric) == ("default", None)


@pytest.mark.parametrize(
    "value",
    [" ", " \t ", "\n", "a", "1 2 3", "1 2 3 4 5", "² ² ² ²", "\udcff " * 4, "x" * 10_000],
    ids=lambda value: ascii(value[:20]),
)
def test_ssh_connection_of_anything(value: str, tmp_path: Path) -> None:
    host = FakeHost(str(tmp_path))
    machine = replace(host.machine, environ={"SSH_CONNECTION": value, "USER": "alice"})
    found = operator(machine)
    assert found.name.startswith("alice")
    assert found.connection == "", "what is no connection counts as none"


def test_a_packed_bomb_is_unpacked_no_further_than_a_module_goes(tmp_path: Path) -> None:
    """A megabyte that unpacks to one gigabyte: a tree's bonding.ko.gz."""
    modules = tmp_path / "lib/modules/6.1"
    place = modules / "kernel/drivers/net/bonding"
    place.mkdir(parents=True)
    (modules / "modules.dep").write_text("kernel/drivers/net/bonding/bonding.ko.gz:\n")
    # 60 members, each of 16 MiB: gzip unpacks them as one.
    (place / "bonding.ko.gz").write_bytes(gzip.compress(b"\0" * (1 << 24)) * 60)
    assert (place / "bonding.ko.gz").stat().st_size < 1 << 20
    tracemalloc.start()
    began = time.process_time()
    driver = read_bonding_driver(RootedTree(str(tmp_path)), NoRunner(), "6.1", live=False)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert driver.available is True
    assert driver.parameters == {}
    assert most < 64 << 20
    assert taking(began) < SOON


def changed(host: Path, files: Mapping[str, str]) -> str:
    for path, text in files.items():
        (host / path).parent.mkdir(parents=True, exist_ok=True)
        (host / path).write_text(text)
    return str(host)


def test_a_file_that_is_sourced_twice_is_edited_once(
    host: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = (host / "etc/network/interfaces").read_text()
    files = {
        "etc/network/interfaces.d/all": old,
        "etc/network/interfaces": "source /etc/network/interfaces.d/*\n"
        "source /etc/network/interfaces.d/all\n",
    }
    answers = tmp_path / "answers.yaml"
    answers.write_text(ANSWERS)
    root = changed(host, files)
    assert run(["plan", "--answers", str(answers), "--root", root]) == 1
    said = capsys.readouterr().out
    assert said.count("+iface xenbr0 inet") == 1


def test_a_broken_address_in_the_files_stops_a_removal_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = tmp_path / "host"
    unpack("rhel5-dom0", str(host))
    answers = tmp_path / "answers.yaml"
    answers.write_text(ANSWERS)
    assert run(["apply", "--answers", str(answers), "--root", str(host), "--yes"]) == 0
    path = host / "etc/sysconfig/network-scripts/ifcfg-xenbr0"
    path.write_text(path.read_text().replace("192.168.0.222", "192.168.0.256"))
    before = path.read_bytes()
    capsys.readouterr()
    assert run(["remove", "--root", str(host), "--yes"]) == 2
    said = capsys.readouterr().err
    assert "fault in xenbond itself" not in said
    assert "The address '192.168.0.256/24' in its files is not an IP address" in said
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "fault",
    [ValueError("x" * 10_000), StopIteration(), RecursionError("deep"), OSError(5, "I/O", "/x"),
     ValueError("two\nlines")],
)  # fmt: skip
def test_a_fault_of_our_own_is_told_in_a_line(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raising(argv: list[str]) -> int:
        raise fault

    monkeypatch.delenv("XENBOND_DEBUG", raising=False)
    monkeypatch.setattr(cli, "_dispatch", raising)
    said = refused_by_fault(capsys)
    assert type(fault).__name__ in said
    assert "`xenbond history`" in said
    assert "XENBOND_DEBUG" in said


def refused_by_fault(capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["status"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert len(line) < 600
    return line
