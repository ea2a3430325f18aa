"""`xenbond metrics` and `status --nagios`: what monitoring systems read."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import bond, bridge
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from tests.monitoring import ASSETS, Samples, checked, labelled, parsed, unmet_by
from xenbond_tui.cli import run
from xenbond_tui.facts.bond import LacpState, SlaveState
from xenbond_tui.health.metrics import metrics_text
from xenbond_tui.health.model import HealthState
from xenbond_tui.health.nagios import nagios_line
from xenbond_tui.health.verdict import judge

ETH0 = SlaveState("eth0", "up", 1000, "full", 2, "00:50:da:7a:51:45")
ETH1 = SlaveState("eth1", "down", None, None, 5, "00:14:22:36:f1:fa")
STATE = HealthState(replace(bond(), slaves=(ETH0, ETH1)), bridge())
HEALTHY = HealthState(replace(bond(), slaves=(ETH0, replace(ETH1, mii_status="up"))), bridge())
LACP = replace(
    STATE.bond,
    name="bond1",
    mode="802.3ad",
    active_slave=None,
    lacp=LacpState("slow", 1, 1, 9, 1, "00:1b:21:00:00:01"),
    slaves=(replace(ETH0, aggregator_id=1), replace(ETH1, aggregator_id=2)),
)


def metrics(*states: HealthState, **last_change: float) -> Samples:
    return parsed(metrics_text([(state, judge(state)) for state in states], last_change))


def test_the_verdict_is_one_of_five() -> None:
    verdicts = metrics(STATE)["xenbond_bond_verdict"]
    assert sum(verdicts.values()) == 1
    assert len(verdicts) == 5
    assert verdicts[labelled(bond="bond0", verdict="degraded")] == 1


@pytest.mark.parametrize(("mii_status", "told"), [("up", 1), ("down", 0), ("", None)])
def test_the_bond_itself_is_up_down_or_not_told(mii_status: str, told: int | None) -> None:
    found = metrics(replace(STATE, bond=replace(STATE.bond, mii_status=mii_status)))
    up = found.get("xenbond_bond_up", {})
    assert up == ({} if told is None else {labelled(bond="bond0"): told})


def test_what_the_bond_is_and_under_which_bridge() -> None:
    (under,) = metrics(STATE)["xenbond_bond_info"]
    assert dict(under) == {
        "bond": "bond0",
        "mode": "active-backup",
        "driver": STATE.bond.driver,
        "bridge": "xenbr0",
    }
    (alone,) = metrics(HealthState(STATE.bond))["xenbond_bond_info"]
    assert not dict(alone).get("bridge")


def test_what_could_not_be_read_is_not_counted() -> None:
    """A zero would be an alert, or keep one away."""
    unread = replace(STATE.bond, unread=("slaves", "active_slave"))
    found = metrics(HealthState(unread, bridge()))
    assert "xenbond_bond_slaves" not in found
    assert "xenbond_bond_slaves_up" not in found
    assert "xenbond_bond_active_slave" not in found
    strange = replace(STATE.bond, slaves=(ETH0, replace(ETH1, mii_status="unknown")))
    found = metrics(HealthState(strange, bridge()))
    assert found["xenbond_bond_slaves"] == {labelled(bond="bond0"): 2}
    assert "xenbond_bond_slaves_up" not in found
    assert found["xenbond_slave_up"] == {labelled(bond="bond0", slave="eth0"): 1}


def test_slaves_failures_and_speed() -> None:
    found = metrics(STATE)
    assert found["xenbond_bond_slaves"][labelled(bond="bond0")] == 2
    assert found["xenbond_bond_slaves_up"][labelled(bond="bond0")] == 1
    assert found["xenbond_slave_link_failures_total"] == {
        labelled(bond="bond0", slave="eth0"): 2,
        labelled(bond="bond0", slave="eth1"): 5,
    }
    # A link that is down has no speed; 0 would be a lie.
    assert found["xenbond_slave_speed_bytes"] == {labelled(bond="bond0", slave="eth0"): 125e6}
    assert found["xenbond_bond_active_slave"][labelled(bond="bond0", slave="eth0")] == 1


def test_each_reason_has_its_code_and_slave() -> None:
    (reason,) = metrics(STATE)["xenbond_bond_reason"]
    assert dict(reason) == {
        "bond": "bond0",
        "code": "slave-down",
        "slave": "eth1",
        "verdict": "degraded",
    }


def test_lacp_of_the_bond_that_has_it() -> None:
    found = metrics(STATE, HealthState(LACP, bridge()))
    assert found["xenbond_bond_lacp_ports"] == {labelled(bond="bond1"): 1}
    partner = labelled(bond="bond1", partner_mac="00:1b:21:00:00:01")
    assert found["xenbond_bond_lacp_partner_info"] == {partner: 1}
    aggregated = found["xenbond_slave_lacp_aggregated"]
    assert aggregated[labelled(bond="bond1", slave="eth0")] == 1
    assert aggregated[labelled(bond="bond1", slave="eth1")] == 0
    assert labelled(bond="bond1", slave="eth0") not in found["xenbond_bond_active_slave"]


def test_the_last_change_is_told_where_it_is_known() -> None:
    name = "xenbond_bond_last_change_timestamp_seconds"
    assert name not in metrics(STATE)
    assert metrics(STATE, bond0=1_795_000_000.5)[name] == {labelled(bond="bond0"): 1_795_000_000.5}


def test_odd_names_are_escaped() -> None:
    odd = HealthState(replace(STATE.bond, name='a"b\\c'), bridge())
    assert labelled(bond='a"b\\c') in metrics(odd)["xenbond_bond_slaves"]


def test_every_family_says_what_it_is_and_has_a_base_unit() -> None:
    text = metrics_text([(HealthState(LACP, bridge()), judge(HealthState(LACP, bridge())))], {})
    families = list(text_string_to_metric_families(text))
    assert all(family.documentation.endswith(".") for family in families)
    assert {family.type for family in families} == {"gauge", "counter"}
    counters = {line.split("{")[0] for line in text.splitlines() if "_total{" in line}
    assert counters == {"xenbond_slave_link_failures_total"}


def test_the_alert_rules_ask_for_metrics_that_exist() -> None:
    found = metrics(STATE)
    assert unmet_by(found) == []
    without = {name: samples for name, samples in found.items() if "failures" not in name}
    assert unmet_by(without) == ["BondLinkFlaps: xenbond_slave_link_failures_total"]
    rules = YAML(typ="safe").load(ASSETS / "xenbond-alerts.yml")["groups"][0]["rules"]
    levels = set(re.findall(r'verdict="(\w+)"', str(rules)))
    assert levels == {"down", "misconfigured", "degraded", "unknown"}


# In a file


def captured(root: Path) -> None:
    """A tree with the /proc of a real kernel: one cable out."""
    captures = Path(__file__).parent.parent / "fixtures/captures/cables"
    text = (captures / "proc_net_bonding_plain_e1000_uc1_1_eth0_down.txt").read_text()
    (root / "proc/net/bonding").mkdir(parents=True)
    (root / "proc/net/bonding/bond0").write_text(text)


def test_the_file_is_whole_and_readable_for_node_exporter(tmp_path: Path) -> None:
    captured(tmp_path)
    output = tmp_path / "xenbond.prom"
    output.write_text("old")
    assert run(["metrics", "--root", str(tmp_path), "--output", str(output)]) == 0
    assert "xenbond_bond_verdict" in parsed(output.read_text())
    assert output.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.glob("xenbond*")] == ["xenbond.prom"]


def test_a_file_node_exporter_would_not_read_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "xenbond.txt"
    assert run(["metrics", "--root", str(tmp_path), "--output", str(output)]) == 64
    assert "reads only *.prom" in capsys.readouterr().err
    assert not output.exists()


def test_a_directory_that_is_missing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "nowhere/xenbond.prom"
    assert run(["metrics", "--root", str(tmp_path), "--output", str(output)]) == 2
    assert str(output) in capsys.readouterr().err


# Nagios


def test_nagios_gets_one_line_with_data() -> None:
    line = nagios_line([(STATE, judge(STATE))])
    assert checked(line).data == {
        "bond0 slaves up": "1",
        "bond0 eth0 failures": "2c",
        "bond0 eth1 failures": "5c",
    }
    assert line == (
        "XENBOND WARNING - bond0: 1 of 2 slaves up. If eth0 fails too, xenbr0 is cut off. "
        "eth1 has no link. | "
        "'bond0 slaves up'=1;2:;1:;0;2 'bond0 eth0 failures'=2c 'bond0 eth1 failures'=5c"
    )


def test_nagios_says_once_that_no_slave_is_up() -> None:
    slaves = tuple(replace(slave, mii_status="down") for slave in HEALTHY.bond.slaves)
    state = replace(HEALTHY, bond=replace(HEALTHY.bond, mii_status="down", slaves=slaves))
    line = nagios_line([(state, judge(state))])
    assert line.startswith("XENBOND CRITICAL - bond0: 0 of 2 slaves up: xenbr0 is cut off. |")


def test_the_worst_bond_comes_first_in_the_line() -> None:
    both = [(state, judge(state)) for state in (HEALTHY, HealthState(LACP, bridge()))]
    line = nagios_line(both)
    assert line.startswith("XENBOND WARNING - bond1: ")
    assert "; bond0: 2 of 2 slaves up" in line


def test_nagios_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--nagios", "--root", str(tmp_path)]) == 3
    assert capsys.readouterr().out == "XENBOND UNKNOWN - there is no bond here\n"
    captured(tmp_path)
    assert run(["status", "--nagios", "--root", str(tmp_path)]) == 1
    assert checked(capsys.readouterr().out).code == 1
    assert run(["status", "bond7", "--nagios", "--root", str(tmp_path)]) == 3
    assert run(["status", "--nagios", "--root", str(tmp_path / "nowhere")]) == 3
    assert capsys.readouterr().out.count("UNKNOWN") == 2
