"""The verdict on every captured bond of a real kernel."""

from pathlib import Path

import pytest
from bond_states import CAPTURES, DEGRADED, DOWN, HEALTHY, MISCONFIGURED, captured

from xenbond_tui.health.verdict import judge

CABLES = {
    "0_both_up": (HEALTHY, []),
    "1_eth0_down": (DEGRADED, [("slave-down", "eth0")]),
    "2_eth0_back": (HEALTHY, []),
    "3_eth1_down": (DEGRADED, [("slave-down", "eth1")]),
    "4_both_down": (DOWN, [("bond-down", None), ("slave-down", "eth0"), ("slave-down", "eth1")]),
    "5_eth1_back_only": (DEGRADED, [("slave-down", "eth0")]),
    "6_both_back": (HEALTHY, []),
}
BOTH_DOWN = (DOWN, ["bond-down", "slave-down", "slave-down"])
MODES = {
    "mode0": (DOWN, [*BOTH_DOWN[1], "mode-under-bridge"]),
    "mode1_arp_validate_all": (DEGRADED, ["slave-down"]),
    "mode1_both": (HEALTHY, []),
    "mode1_delays_a": (DEGRADED, ["slave-going-back"]),
    "mode1_delays_b": (HEALTHY, []),
    "mode1_eth0_admin_down": (DEGRADED, ["slave-down"]),
    "mode1_fom_active": (DOWN, [*BOTH_DOWN[1], "mac-changes-at-failover"]),
    "mode1_fom_follow": BOTH_DOWN,
    "mode1_forced_active_eth1": (HEALTHY, []),
    "mode1_no_monitoring": (MISCONFIGURED, ["no-link-monitoring"]),
    "mode1_no_slaves_down": (DOWN, ["no-slaves"]),
    "mode1_no_slaves_up": (DOWN, ["no-slaves"]),
    "mode1_one_slave": (DEGRADED, ["one-slave"]),
    "mode1_primary_eth0": (HEALTHY, []),
    "mode1_primary_eth0_reselect_failure": (HEALTHY, []),
    "mode1_vlan_bridge": BOTH_DOWN,
    "mode2": BOTH_DOWN,
    "mode3": (DOWN, [*BOTH_DOWN[1], "mode-under-bridge"]),
    "mode4_no_partner": (DEGRADED, ["no-lacp-partner"]),
    "mode5": (DOWN, [*BOTH_DOWN[1], "mode-under-bridge"]),
    "mode6": (DOWN, [*BOTH_DOWN[1], "mode-under-bridge"]),
}


@pytest.mark.parametrize(
    "path",
    sorted((CAPTURES / "cables").glob("proc_net_bonding_*")),
    ids=lambda path: path.stem[17:],
)
def test_cables_pulled_from_a_real_kernel(path: Path) -> None:
    state = next(name for name in CABLES if path.stem.endswith(name))
    verdict = judge(captured(path))
    level, reasons = CABLES[state]
    assert verdict.level is level
    assert [(reason.code, reason.slave) for reason in verdict.reasons] == reasons


@pytest.mark.parametrize(
    "path", sorted((CAPTURES / "modes").glob("proc_net_bonding_*")), ids=lambda path: path.stem[17:]
)
def test_set_ups_of_a_real_kernel(path: Path) -> None:
    verdict = judge(captured(path))
    level, codes = MODES[path.stem.removeprefix("proc_net_bonding_")]
    assert verdict.level is level
    assert [reason.code for reason in verdict.reasons] == codes


def test_every_capture_is_in_a_table() -> None:
    assert len(list((CAPTURES / "cables").glob("proc_net_bonding_*"))) == 52
    names = {p.stem[17:] for p in (CAPTURES / "modes").glob("proc_net_bonding_*")}
    assert names == set(MODES)
