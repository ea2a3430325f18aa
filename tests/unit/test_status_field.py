"""What `status` says of hosts as they were reported: the verdict that their operators needed."""

from pathlib import Path

import pytest
from field_trees import laid_out

from xenbond_tui import compose
from xenbond_tui.health.look import look
from xenbond_tui.health.model import Level

HEALTHY, DEGRADED, MISCONFIGURED, DOWN = (
    Level.HEALTHY,
    Level.DEGRADED,
    Level.MISCONFIGURED,
    Level.DOWN,
)


@pytest.mark.parametrize(
    ("host", "bond", "level", "codes"),
    [
        ("no-active-aggregator", "bond0", DOWN, {"no-active-aggregator"}),
        ("miimon-of-minutes-proc-only", "bond0", DEGRADED, {"slow-link-monitoring"}),
        ("miimon-of-minutes", "bond0", DEGRADED, {"slow-link-monitoring", "long-delay"}),
        ("balance-rr-with-guests", "bond0", MISCONFIGURED, {"mode-under-bridge"}),
        ("storage-bond", "bond0", HEALTHY, set()),
        ("storage-bond", "bond1", HEALTHY, set()),
        ("churned-in-sync", "bond0", HEALTHY, set()),
        (
            "vlans-of-one-nic",
            "bond0",
            DEGRADED,
            {"one-cable", "no-lacp-partner", "lacp-churned"},
        ),
        (
            "modprobe-options",
            "bond0",
            MISCONFIGURED,
            # Its tree has no link that has the scripts started at boot.
            {"no-link-monitoring", "option-differs", "network-service-off"},
        ),
    ],
)
def test_the_verdict(host: str, bond: str, level: Level, codes: set[str], tmp_path: Path) -> None:
    machine = compose.offline(str(laid_out(host, tmp_path)))
    ((state, verdict),) = [
        found for found in look(machine, None).judged if found[0].bond.name == bond
    ]
    assert {reason.code for reason in verdict.reasons} == codes
    assert verdict.level is level
    assert state.bond.name == bond


def test_the_bridge_of_a_vlan_is_found(tmp_path: Path) -> None:
    """bond1 of that host, with VLAN 10 as the port of br10."""
    net = laid_out("storage-bond", tmp_path) / "sys/class/net"
    for name, port in (("br10", "bond1.10"), ("br20", "eth9")):
        (net / name / "bridge").mkdir(parents=True)
        (net / name / "brif" / port).mkdir(parents=True)
    (net / "bond1/upper_bond1.10").mkdir()
    states = [state for state, _ in look(compose.offline(str(tmp_path)), "bond1").judged]
    assert [bridge.name for bridge in states[0].vlan_bridges] == ["br10"]
