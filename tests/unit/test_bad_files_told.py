"""Files that nobody expects, met by the commands a person uses: told by name, never a fault."""

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest
from sized_hosts import KINDS, MAIN

from xenbond_tui.cli import run

NETPLAN = "/etc/netplan/a.yaml"
IFCFG = "/etc/sysconfig/network-scripts/ifcfg-eth0"
NETWORK = "/etc/systemd/network/eth0.network"
BRIDGE = "/etc/systemd/network/xenbr0.network"
INTERFACES = "/etc/network/interfaces"
YAML = {
    "no such character": 'network: {renderer: "\\UFFFFFFFF"}\n',
    "YAML 1.3": "%YAML 1.3\n---\nnetwork: {version: 2}\n",
    "900 maps deep": "{a: " * 900 + "1" + "}" * 900,
    "an alias of itself": "network: &a [*a]\n",
    "NUL": "network: {}\n\0",
    "300,000 items": "network: [" + "1," * 300_000 + "]\n",
}


def told(
    capsys: pytest.CaptureFixture[str],
    root: Path,
    stack: str,
    files: Mapping[str, str | bytes],
    command: str = "plan",
) -> tuple[int, str, str]:
    """Exit code, output and errors of a command on that host with some files different."""
    answers = KINDS[stack].write(root, 2, files)
    argv = [command, "--root", str(root)]
    if command == "plan":
        argv += ["--answers", str(answers), "--stack", stack]
    code = run(argv)
    out, err = capsys.readouterr()
    assert "fault in xenbond itself" not in err
    assert "Traceback" not in err
    return code, out, err


@pytest.mark.parametrize("text", YAML.values(), ids=YAML)
def test_netplan_that_is_no_yaml(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = told(capsys, tmp_path, "netplan", {NETPLAN: text})
    assert (code, out) == (2, "")
    assert f"{NETPLAN}" in err
    assert "nothing was changed" in err


def test_a_megabyte_of_netplan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Read like a short one; what is in front of the network goes along unchanged."""
    comments = "# a comment of some length, as people write them\n" * 21_000
    text = comments + KINDS["netplan"].files(2)[NETPLAN]
    code, out, err = told(capsys, tmp_path, "netplan", {NETPLAN: text})
    assert code == 1
    assert "untouched" not in err
    assert "+  bonds:" in out


def test_half_a_megabyte_that_begins_with_a_directive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At once, by its line, and with what to do: ruamel would take seconds."""
    text = "%YAML 1.2\n---\nnetwork:\n" + "# a comment of some length\n" * 20_000
    code, out, err = told(capsys, tmp_path, "netplan", {NETPLAN: text})
    assert (code, out) == (2, "")
    assert f"{NETPLAN}:1: " in err
    assert "longer than 256 KiB, and this line is more than a plain key and value" in err


def test_half_a_character_in_netplan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'network: {renderer: "\\uD800"}\n'
    code, out, err = told(capsys, tmp_path, "netplan", {NETPLAN: text})
    assert (code, out) == (2, "")
    assert "The files name the renderer \\ud800" in err


@pytest.mark.parametrize("stack", MAIN)
def test_no_utf8(stack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = KINDS[stack].files(2)[MAIN[stack]].encode()
    code, out, err = told(capsys, tmp_path, stack, {MAIN[stack]: b"# Gr\xfc\xdfe\n" + old})
    assert (code, out) == (2, "")
    assert f"{MAIN[stack]}:1" in err
    assert "is not UTF-8 text. It was left untouched; save it as UTF-8." in err


@pytest.mark.parametrize("stack", MAIN)
def test_more_lines_than_any_configuration(
    stack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same words for every format, with what to do about it."""
    old = KINDS[stack].files(2)[MAIN[stack]]
    code, out, err = told(capsys, tmp_path, stack, {MAIN[stack]: old + "# a\n" * 50_001})
    assert (code, out) == (2, "")
    assert (
        f"{MAIN[stack]}: has more than 50000 lines, as no configuration has. It was left "
        "untouched; take out what it does not need, and try again." in err
    )


@pytest.mark.parametrize("value", ['${a:-"' * 20_000, '"' + '${a:-"' * 20_000, "9" * 10_000])
def test_an_ifcfg_value_that_no_shell_ends(
    value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"DEVICE=eth0\nIPADDR={value}\n"
    code, out, err = told(capsys, tmp_path, "ifcfg", {IFCFG: text})
    assert (code, out) == (2, "")
    assert IFCFG in err


@pytest.mark.parametrize("text", ["[Match]\nName=xenbr0", "\ufeff[Match]\nName=xenbr0\n"])
def test_a_file_that_only_matches_the_bridge(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = told(capsys, tmp_path, "networkd", {BRIDGE: text})
    assert code == 1
    assert "+[Network]" in out
    assert "+Address=192.168.0.222/24" in out


def test_a_byte_order_mark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\ufeff" + KINDS["networkd"].files(2)[NETWORK]
    code, out, _ = told(capsys, tmp_path, "networkd", {NETWORK: text})
    assert code == 1
    assert "+Address=192.168.0.222/24" in out
    added = [line for line in out.split("\n") if line.startswith("+")]
    assert not any("ufeff" in line for line in added), "it stands at one file's beginning alone"


@pytest.mark.parametrize("end", ["\tup x \\", "\tup x \\\n"])
def test_a_last_line_that_goes_on(
    end: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = KINDS["ifupdown"].files(0)[INTERFACES] + end
    code, out, _ = told(capsys, tmp_path, "ifupdown", {INTERFACES: text})
    assert code == 1
    assert "\n+auto bond0\n" in out


@pytest.mark.parametrize("metric", ["²", "1" * 400, "-1", "0x1", ""])
@pytest.mark.parametrize("command", ["plan", "status"])
def test_a_route_s_number_that_is_none(
    command: str, metric: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
    row = f"eth0\t00000000\t0100A8C0\t0003\t0\t0\t{metric}\t00000000\t0\t0\t0\n"
    code, _, _ = told(capsys, tmp_path, "ifupdown", {"/proc/net/route": head + row}, command)
    assert code == (1 if command == "plan" else 3), "3: it has no bond"


def test_a_module_that_unpacks_to_a_gigabyte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    modules = "/lib/modules/6.1.0"
    packed = gzip.compress(b"\0" * (1 << 27)) * 8
    files = {
        f"{modules}/modules.dep": "kernel/drivers/net/bonding/bonding.ko.gz:\n",
        f"{modules}/kernel/drivers/net/bonding/bonding.ko.gz": packed,
    }
    code, out, _ = told(capsys, tmp_path, "ifupdown", files)
    assert code == 1
    assert "+iface bond0 inet manual" in out
