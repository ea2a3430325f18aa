"""`xenbond plan`: exit codes, findings, the document for machines, and that nothing is written."""

import json
import os
from pathlib import Path

import pytest

from xenbond_tui import cli

INTERFACES = """\
auto lo
iface lo inet loopback

auto eth0
iface eth0 inet static
\taddress 192.168.0.222/24
\tgateway 192.168.0.1
"""
ANSWERS = """\
version: 1
stack: ifupdown
bond: {slaves: [eth0, eth1]}
bridge: {address: 192.168.0.222/24, gateway: 192.168.0.1}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree that ifupdown owns, with everything it needs installed."""
    hooks = "etc/network/if-pre-up.d"
    for program in ("sbin/ifup", "sbin/brctl", f"{hooks}/ifenslave", f"{hooks}/bridge"):
        (tmp_path / program).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / program).write_text("")
    interfaces = tmp_path / "etc/network/interfaces"
    interfaces.write_text(INTERFACES)
    (tmp_path / "answers.yaml").write_text(ANSWERS)
    return tmp_path


def tree(root: Path) -> dict[str, bytes | None]:
    return {
        os.path.join(folder, name): Path(folder, name).read_bytes()
        for folder, _, names in os.walk(root)
        for name in names
    }


def plan(
    root: Path, capsys: pytest.CaptureFixture[str], *argv: str, answers: str | None = None
) -> tuple[int, str, str]:
    path = root / "answers.yaml"
    if answers is not None:
        path.write_text(answers)
    before = tree(root)
    code = cli.run(["plan", "--answers", str(path), "--root", str(root), *argv])
    assert tree(root) == before
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_change_is_shown_and_not_made(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = plan(root, capsys)
    assert code == 1
    assert "+++ /etc/network/interfaces" in out
    assert "+\tbond-slaves eth0 eth1" in out
    assert " M /etc/network/interfaces" in out
    assert "steps:" in out


def test_the_document_for_machines(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = plan(root, capsys, "--json")
    document = json.loads(out)
    assert code == 1
    assert set(document) == {
        *("version", "stack", "evidence", "xen", "files", "steps", "outage"),
        *("outage_text", "findings"),
    }
    assert (document["version"], document["stack"]) == (1, "ifupdown")
    changed = next(f for f in document["files"] if f["path"] == "/etc/network/interfaces")
    assert set(changed) == {"path", "status", "diff", "after", "masked"}
    assert changed["masked"] is False
    assert changed["status"] == "changed"
    assert changed["diff"].startswith("--- /etc/network/interfaces\n")
    assert "bond-slaves eth0 eth1" in changed["after"]
    assert all(set(step) == {"label", "argv"} for step in document["steps"])
    commands = [step["argv"] for step in document["steps"] if step["argv"] is not None]
    assert any(argv[0].endswith("ifup") for argv in commands)
    keys = {"severity", "code", "where", "text", "remedy"}
    assert all(set(finding) == keys for finding in document["findings"])


def test_what_is_planned_once_is_not_planned_again(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = plan(root, capsys, "--json")
    for file in json.loads(out)["files"]:
        if file["after"] is not None:
            real = root / file["path"].lstrip("/")
            real.parent.mkdir(parents=True, exist_ok=True)
            real.write_text(file["after"])
    code, out, _ = plan(root, capsys)
    assert code == 0
    assert out.startswith("Nothing to change: ")


def test_a_refusal_is_one_line_with_its_remedy(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = ANSWERS.replace("[eth0, eth1]", "[eth0, eth1], miimon: 0")
    code, out, err = plan(root, capsys, answers=answers)
    assert code == 2
    assert out == ""
    assert (
        "refuse: miimon: Without miimon nobody looks at the links: a pulled cable stays unnoticed "
        "and the bond does not fail over. Set miimon to 100 (ms).\n"
    ) in err


def test_a_refusal_for_machines(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = ANSWERS.replace("[eth0, eth1]", "[eth0, eth0]")
    code, out, _ = plan(root, capsys, "--json", answers=answers)
    document = json.loads(out)
    assert code == 2
    assert (document["files"], document["steps"]) == ([], [])
    codes = {item["code"] for item in document["findings"] if item["severity"] == "refuse"}
    assert codes == {"duplicate-slave"}


# What an operator gets wrong, and the words that must be in the one or two lines about it.
BAD = {
    "no yaml": ("bond: [", "answers.yaml:1: not YAML"),
    "unknown key": (ANSWERS + "bonds: 1\n", "answers.yaml:5: unknown key 'bonds'"),
    "wrong type": (ANSWERS.replace("[eth0, eth1]", "eth0"), "bond.slaves must be a list"),
    "duplicate slave": (ANSWERS.replace("eth1", "eth0"), "refuse: eth0: eth0 is named 2 times"),
    "long name": (ANSWERS.replace("bond: {", "bond: {name: bond0123456789ab, "), "16 characters"),
    "slash": (ANSWERS.replace("bridge: {", "bridge: {name: xen/br0, "), "has a / in it"),
    "no prefix": (ANSWERS.replace("222/24", "222"), "has no prefix length"),
    "no such stack": (ANSWERS.replace("ifupdown", "networkd"), "networkd"),
}


@pytest.mark.parametrize(("answers", "words"), BAD.values(), ids=BAD.keys())
def test_bad_answers(
    root: Path, capsys: pytest.CaptureFixture[str], answers: str, words: str
) -> None:
    code, out, err = plan(root, capsys, answers=answers)
    assert code == 2
    assert out == ""
    assert words in err
    assert "Traceback" not in err


def test_a_file_of_the_host_that_is_not_utf8(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "etc/network/interfaces").write_bytes(INTERFACES.encode() + b"# caf\xe9\n")
    code, _, err = plan(root, capsys)
    assert code == 2
    assert "/etc/network/interfaces" in err
    assert "UTF-8" in err


def test_no_answers_file(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["plan", "--answers", str(root / "none.yaml"), "--root", str(root)]) == 2
    err = capsys.readouterr().err
    assert err.endswith("none.yaml does not exist; nothing was changed.\n")
    assert cli.run(["plan"]) == 64


def test_of_another_tree_it_is_said_which_steps_are_never_run(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = plan(root, capsys)
    assert "steps:" in out
    assert "only the files are written" in out.splitlines()[-1]
