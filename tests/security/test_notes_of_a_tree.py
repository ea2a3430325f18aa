"""What lies in a tree, its record of events and its files, stops no look at it and delays none."""

import json
import time
from pathlib import Path

import pytest

from xenbond_tui import cli
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.host.document import parse
from xenbond_tui.host.procfs import parse_proc_bonding
from xenbond_tui.masking.shown import shown_lines

GOOD = {
    "time": 1.0,
    "monotonic": 1.0,
    "boot": "b",
    "code": "link-up",
    "slave": "eth0",
    "text": "still told",
}


def line(**fields: object) -> str:
    return json.dumps(GOOD | fields)


HOSTILE = {
    "nested": "[" * 100_000,
    "nested objects": '{"a":' * 100_000,
    "beyond the calendar": line(time=1e300),
    "before it": line(time=-1e18),
    "infinite": line(time="inf"),
    "no number": line(time="nan"),
    "no number since boot": line(monotonic="nan"),
    "endless digits": '{"time": ' + "9" * 100_000 + "}",
    "a string without end": '"' + '\\"' * 200_000,
    "half a character": line(text="\ud800"),
    "no object": "7",
    "a list for a name": line(slave=["eth0"]),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_line_in_a_trees_record_stops_events(
    tmp_path: Path, hostile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "var/lib/xenbond/events/bond0.jsonl"
    record.parent.mkdir(parents=True)
    record.write_text(f"{hostile}\n{json.dumps(GOOD)}\n")
    begun = time.process_time()
    for words in ([], ["--json"]):
        assert cli.run(["events", "bond0", "--root", str(tmp_path), *words]) == 0
        out, err = capsys.readouterr()
        assert "still told" in out
        assert "fault" not in err
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("name", ['a"}1', "bond@lan", "bond+1", "-b", "b[1]", "\udcff\x1b[1m"])
def test_a_bond_of_any_name_has_its_events(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bond = tmp_path / "proc/net/bonding" / name
    bond.parent.mkdir(parents=True)
    bond.write_text("Ethernet Channel Bonding Driver: v5.10\n\nBonding Mode: round-robin\n")
    record = tmp_path / f"var/lib/xenbond/events/{name}.jsonl"
    record.parent.mkdir(parents=True)
    record.write_text(f"{json.dumps(GOOD)}\n")
    assert cli.run(["events", "--root", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "still told" in out
    assert not err
    assert "\x1b" not in out


@pytest.mark.parametrize("name", ["../../../../etc/x", "/etc/x", "a/b"])
def test_no_name_leads_out_of_the_records(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path / "etc/x.jsonl"
    outside.parent.mkdir(parents=True)
    outside.write_text(f"{json.dumps(GOOD)}\n")
    (tmp_path / "var/lib/xenbond/events/a").mkdir(parents=True)
    assert cli.run(["events", name, "--root", str(tmp_path)]) == 3
    assert "still told" not in capsys.readouterr().out


def test_a_string_without_end_takes_no_quadratic_time() -> None:
    begun = time.process_time()
    with pytest.raises(ValueError, match="Unterminated"):
        parse(b'{"a": "' + b'\\"' * 500_000)
    assert time.process_time() - begun < 2


BLANKS = " " * 100_000


@pytest.mark.parametrize(
    "read",
    [
        lambda: shown_lines("/etc/network/interfaces", f"psk\n{BLANKS}!\n"),
        lambda: shown_lines("/etc/unknown", f"psk\n{BLANKS}!\n"),
        lambda: parse_proc_bonding("bond0", f"Bonding Mode{BLANKS})\n"),
    ],
    ids=["masking", "masking of any format", "proc"],
)
def test_a_line_of_blanks_takes_no_quadratic_time(read: object) -> None:
    assert callable(read)
    begun = time.process_time()
    read()
    assert time.process_time() - begun < 2


def test_a_bond_of_ten_thousand_slaves_is_looked_at_in_seconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proc = tmp_path / "proc/net/bonding/bond0"
    proc.parent.mkdir(parents=True)
    proc.write_text("Slave Interface: eth0\nMII Status: up\n" * 25_000)
    begun = time.process_time()
    # One slave so often is a text that no kernel prints: unknown.
    assert cli.run(["status", "--root", str(tmp_path)]) == 3
    assert time.process_time() - begun < 3
    assert "fault" not in capsys.readouterr().err


HOSTILE_INTERFACES = {
    "NUL in a path": (b"source /etc/a\0b\n", 0),
    "endless sources": (b"source /etc/*\n" * 20_000, 2),
    "endless words": (b"auto " + b"x " * 400_000, 2),
    "endless stanzas": (b"auto e\niface e inet manual\n" * 20_000, 2),
}
ANSWERS = """\
version: 1
bond: {name: bond0, slaves: [eth0, eth1], mode: active-backup, miimon: 100}
bridge: {name: xenbr0, address: 192.168.0.222/24, gateway: 192.168.0.1}
"""


@pytest.mark.parametrize(
    ("data", "code"), HOSTILE_INTERFACES.values(), ids=HOSTILE_INTERFACES.keys()
)
def test_no_interfaces_file_stops_or_delays_a_look_at_a_tree(
    tmp_path: Path, data: bytes, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = tmp_path / "tree"
    unpack("debian12-dom0", str(tree))
    (tree / "etc/network/interfaces").write_bytes(data)
    (tmp_path / "answers.yaml").write_text(ANSWERS)
    begun = time.process_time()
    assert cli.run(["nics", "--root", str(tree)]) == 0
    plan = ["plan", "--root", str(tree), "--answers", str(tmp_path / "answers.yaml")]
    done = cli.run(plan)
    assert time.process_time() - begun < 5
    out, err = capsys.readouterr()
    assert "fault" not in err
    if code:
        assert done == code
        assert ": /etc/network/interfaces: has more than" in out + err
