"""`xenbond status` on recorded trees: words, JSON, exit codes, and what it does not import."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from xenbond_tui import cli

CABLES = Path(__file__).parent.parent / "fixtures/captures/cables"
BOTH_UP = (CABLES / "proc_net_bonding_plain_e1000_uc1_0_both_up.txt").read_text()
ETH0_DOWN = (CABLES / "proc_net_bonding_plain_e1000_uc1_1_eth0_down.txt").read_text()
BOTH_DOWN = (CABLES / "proc_net_bonding_plain_e1000_uc1_4_both_down.txt").read_text()
LACP = (CABLES.parent / "modes/proc_net_bonding_mode4_no_partner.txt").read_text()


def put(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        real = root / path
        real.parent.mkdir(parents=True, exist_ok=True)
        real.write_text(text)


def record(root: Path, text: str, name: str = "bond0") -> str:
    """A tree with that bond in proc, and in sys as the one port of xenbr0 beside a guest's."""
    put(root, {f"proc/net/bonding/{name}": text})
    net = "sys/class/net"
    put(
        root,
        {
            f"{net}/bonding_masters": f"{name}\n",
            f"{net}/{name}/ifindex": "4\n",
            f"{net}/{name}/bonding/use_carrier": "1\n",
            f"{net}/{name}/brport/state": "3\n",
            f"{net}/xenbr0/ifindex": "5\n",
            f"{net}/xenbr0/bridge/stp_state": "0\n",
            f"{net}/xenbr0/brif/vif1.0": "",
            f"{net}/xenbr0/brif/{name}": "",
        },
    )
    (root / net / name / "master").symlink_to("../xenbr0")
    return str(root)


NO_LACP = dict.fromkeys(
    ("partner_mac", "actor_port_state", "partner_port_state", "actor_churn", "partner_churn")
)


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = cli.run(["status", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(
    ("text", "code", "headline"),
    [
        (BOTH_UP, 0, "bond0  HEALTHY   2 of 2 slaves up, eth0 active. Any one of them may fail."),
        (
            ETH0_DOWN,
            1,
            "bond0  DEGRADED   1 of 2 slaves up. If eth1 fails too, xenbr0 is cut off.",
        ),
        (BOTH_DOWN, 2, "bond0  DOWN   0 of 2 slaves up: xenbr0 is cut off."),
        (BOTH_UP.replace("Interval (ms): 100", "Interval (ms): 0"), 2, "bond0  MISCONFIGURED   "),
    ],
    ids=["healthy", "degraded", "down", "misconfigured"],
)
def test_exit_code_and_first_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: int, headline: str
) -> None:
    found, out, err = run(capsys, "--root", record(tmp_path, text))
    assert found == code
    assert out.startswith(headline)
    assert err == ""


def test_the_text_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--root", record(tmp_path, ETH0_DOWN))
    assert out == (
        "bond0  DEGRADED   1 of 2 slaves up. If eth1 fails too, xenbr0 is cut off.\n"
        "  eth0 has no link. Check its cable, the NIC and the switch port.\n"
        "\n"
        "  active-backup   miimon 100 ms\n"
        "  SLAVE  ROLE    LINK  SPEED  FAILURES  PERMANENT MAC\n"
        "  eth0   backup  DOWN      -         1  52:54:00:aa:00:01\n"
        "  eth1   ACTIVE  up     1000         0  52:54:00:aa:00:02\n"
        "\n"
        "  xenbr0   no address known   ports bond0, vif1.0\n"
    )


def test_the_document_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--json", "--root", record(tmp_path, ETH0_DOWN))
    assert code == 1
    assert json.loads(out) == {
        "version": 1,
        "bonds": [
            {
                "name": "bond0",
                "driver": "v6.1.0-56-amd64",
                "mode": "active-backup",
                "mii_status": "up",
                "miimon": 100,
                "updelay": 0,
                "downdelay": 0,
                "arp_interval": 0,
                "primary": None,
                "active_slave": "eth1",
                "verdict": "degraded",
                "headline": "1 of 2 slaves up. If eth1 fails too, xenbr0 is cut off.",
                "reasons": [
                    {
                        "code": "slave-down",
                        "slave": "eth0",
                        "text": "eth0 has no link.",
                        "advice": "Check its cable, the NIC and the switch port.",
                        "evidence": "/proc/net/bonding/bond0: "
                        "Slave Interface eth0, MII Status down",
                    }
                ],
                "slaves": [
                    {
                        "name": "eth0",
                        "mii_status": "down",
                        "speed": None,
                        "duplex": None,
                        "link_failure_count": 1,
                        "permanent_mac": "52:54:00:aa:00:01",
                        "aggregator_id": None,
                        **NO_LACP,
                    },
                    {
                        "name": "eth1",
                        "mii_status": "up",
                        "speed": 1000,
                        "duplex": "full",
                        "link_failure_count": 0,
                        "permanent_mac": "52:54:00:aa:00:02",
                        "aggregator_id": None,
                        **NO_LACP,
                    },
                ],
                "lacp": None,
                "bridge": {"name": "xenbr0", "addresses": [], "ports": ["bond0", "vif1.0"]},
            }
        ],
    }


def test_lacp_in_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--json", "--root", record(tmp_path, LACP))
    lacp = json.loads(out)["bonds"][0]["lacp"]
    assert set(lacp) == {
        "aggregator_id",
        "ports",
        "actor_key",
        "partner_key",
        "partner_mac",
        "rate",
    }
    assert lacp["partner_mac"] == "00:00:00:00:00:00"


def test_a_record_of_proc_alone_says_nothing_of_bridges(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, {"proc/net/bonding/bond0": BOTH_UP})
    code, out, _ = run(capsys, "--json", "--root", str(tmp_path))
    assert code == 0
    assert json.loads(out)["bonds"][0]["bridge"] is None


def test_an_address_on_a_slave_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = record(tmp_path, BOTH_UP)
    head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
    row = "eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    put(tmp_path, {"proc/net/route": head + row})
    code, out, _ = run(capsys, "--root", root)
    assert code == 2
    assert "eth0 has an address and routes, which belong on xenbr0." in out


@pytest.mark.parametrize("gateway", ["²", "0x1", "1" * 400, "-1", "FFFFFFFFF"])
def test_a_gateway_that_is_no_number_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], gateway: str
) -> None:
    root = record(tmp_path, BOTH_UP)
    head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
    row = f"xenbr0\t00000000\t{gateway}\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    put(tmp_path, {"proc/net/route": head + row})
    code, out, err = run(capsys, "--root", root)
    assert (code, err) == (0, "")
    assert out.startswith("bond0")


def test_the_worst_of_several_bonds_decides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, {"proc/net/bonding/bond0": BOTH_UP, "proc/net/bonding/bond1": ETH0_DOWN})
    code, out, _ = run(capsys, "--root", str(tmp_path))
    assert code == 1
    assert [line.split()[:2] for line in out.splitlines() if line.startswith("bond")] == [
        ["bond0", "HEALTHY"],
        ["bond1", "DEGRADED"],
    ]
    assert run(capsys, "bond0", "--root", str(tmp_path))[0] == 0


@pytest.mark.parametrize("argv", [[], ["bond7"], ["../../etc"], ["--json"]], ids=str)
def test_no_bond(tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    code, out, err = run(capsys, *argv, "--root", str(tmp_path))
    assert code == 3
    assert err.startswith("xenbond: there is no bond")
    assert err.count("\n") == 1
    assert out == "" or json.loads(out) == {"version": 1, "bonds": []}


def test_a_root_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "--root", str(tmp_path / "nowhere"))
    assert code == 64
    assert "no such directory" in err


IMPORTS = (
    "import sys\n"
    "from xenbond_tui.cli import run\n"
    "run(sys.argv[1:])\n"
    "sys.stderr.write('\\nIMPORTED ' + ' '.join(sys.modules))\n"
)


def imported(*argv: str) -> set[str]:
    """Every module in a fresh interpreter after one command."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", IMPORTS, *argv], capture_output=True, text=True, check=True
    )
    return set(done.stderr.rpartition("IMPORTED ")[2].split())


def test_status_imports_nothing_heavy(tmp_path: Path) -> None:
    modules = imported("status", "--root", record(tmp_path, BOTH_UP))
    assert "xenbond_tui.health.verdict" in modules
    heavy = {"textual", "rich", "pyroute2", "ruamel.yaml", "asyncio", "subprocess", "ipaddress"}
    heavy |= {"json", "tempfile", "shutil", "xenbond_tui.planner", "xenbond_tui.facts.host"}
    heavy |= {"xenbond_tui.rules.checks", "xenbond_tui.stacks"}
    assert modules & heavy == set()


def test_the_live_host_is_looked_at_without_heavy_imports() -> None:
    modules = imported("status")
    heavy = {"textual", "rich", "pyroute2", "ruamel.yaml", "asyncio", "subprocess"}
    assert modules & (heavy | {"xenbond_tui.planner", "xenbond_tui.apply"}) == set()


def test_version_imports_nothing_of_ours_but_itself() -> None:
    modules = imported("--version")
    assert {name for name in modules if name.startswith("xenbond_tui.")} == {
        "xenbond_tui.arguments",
        "xenbond_tui.cli",
        "xenbond_tui.errors",
        # Whatever is printed is cleaned first.
        "xenbond_tui.commands",
        "xenbond_tui.commands.streams",
        "xenbond_tui.regex",
        "xenbond_tui.text",
        "xenbond_tui.typed",
    }
    assert modules & {"textual", "rich", "pyroute2"} == set()


def test_plan_never_imports_the_terminal_toolkit(tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("version: 1\nbond: {slaves: [eth0, eth1]}\nbridge: {address: dhcp}\n")
    put(tmp_path, {"etc/network/interfaces": "auto lo\niface lo inet loopback\n"})
    argv = ("plan", "--answers", str(answers), "--stack", "ifupdown", "--root", str(tmp_path))
    modules = imported(*argv)
    assert "xenbond_tui.planner" in modules
    assert modules & {"textual", "rich", "pyroute2"} == set()


# What can't be read is open


def only_sys(root: Path, mode: str, **files: str) -> str:
    """A tree with sys alone, of a bond with eth0 and eth1."""
    options = {"mode": mode, "miimon": "100", "slaves": "eth0 eth1", **files}
    bonding = "sys/class/net/bond0/bonding"
    put(root, {"sys/class/net/bonding_masters": "bond0\n"})
    put(root, {f"{bonding}/{name}": f"{text}\n" for name, text in options.items()})
    return str(root)


@pytest.mark.parametrize("mode", ["active-backup 1", "802.3ad 4"])
def test_no_state_of_any_slave_is_unknown(
    mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = only_sys(tmp_path, mode)
    code, out, _ = run(capsys, "--root", root)
    assert code == 3
    assert out.startswith("bond0  UNKNOWN   Whether bond0 is redundant can't be told. ")
    (found,) = json.loads(run(capsys, "--root", root, "--json")[1])["bonds"]
    assert found["verdict"] is None
    unread = ["bond-unread"] if "backup" in mode else []
    assert [reason["code"] for reason in found["reasons"]] == [*unread, *2 * ["slave-unknown"]]
    code, out, _ = run(capsys, "--root", root, "--nagios")
    assert code == 3
    assert out.startswith("XENBOND UNKNOWN - bond0: ")
    assert "'bond0 slaves up'=U;2:;1:;0;2" in out


@pytest.mark.parametrize(
    ("missing", "codes"),
    [
        ("slaves", ["bond-unread"]),
        ("mode", ["bond-unread", "slave-unknown", "slave-unknown"]),
        ("miimon", ["bond-unread", "slave-unknown", "slave-unknown"]),
    ],
)
def test_an_option_that_is_not_told_is_named(
    missing: str, codes: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = only_sys(tmp_path, "active-backup 1", active_slave="eth0")
    (tmp_path / "sys/class/net/bond0/bonding" / missing).unlink()
    (found,) = json.loads(run(capsys, "--root", root, "--json")[1])["bonds"]
    assert [reason["code"] for reason in found["reasons"]] == codes
    assert found["reasons"][0]["text"] == f"bond0: {missing} can't be read."


def test_a_fault_of_one_bond_is_worse_than_what_is_not_known_of_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = record(tmp_path, ETH0_DOWN, "bond1")
    only_sys(tmp_path, "active-backup 1")
    put(tmp_path, {"sys/class/net/bonding_masters": "bond0 bond1\n"})
    assert run(capsys, "--root", root)[0] == 1


def test_the_state_of_a_port_is_read_from_sysfs_where_proc_keeps_it_from_the_user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """/proc tells it to root alone, sysfs everybody (Linux 3.19)."""
    text = LACP.replace("Churn State: monitoring", "Churn State: churned")
    lines = text.replace("Aggregator ID: 2", "Aggregator ID: 1").splitlines()
    told = "\n".join(
        line for line in lines if not line.startswith((" ", "\t", "details", "Active Aggr"))
    )
    root = record(tmp_path, told)
    assert run(capsys, "--root", root)[0] == 3
    for name in ("eth0", "eth1"):
        state = f"sys/class/net/{name}/bonding_slave/ad_{{}}_oper_port_state"
        put(tmp_path, {state.format("actor"): "61\n", state.format("partner"): "63\n"})
    assert run(capsys, "--root", root)[0] == 0
