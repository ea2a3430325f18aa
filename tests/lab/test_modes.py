"""What `xenbond status` says of each mode's bond in each state of its cables."""

from typing import Any

import pytest

from tests.lab.bonds import MODES, WITH_ACTIVE_SLAVE, codes, make_bond, status, until_up
from tests.lab.evidence import active_slave
from tests.lab.guest import Guest
from tests.monitoring import checked, labelled, parsed, unmet_by
from xenbond_tui.options import modes as bonding

MONITORING = "/opt/xenbond/lib/python3*/site-packages/xenbond_tui/assets"


def seen(guest: Guest, up: int) -> tuple[int, dict[str, Any]]:
    until_up(guest, up)
    return status(guest)


def mii(bond: dict[str, Any]) -> dict[str, str]:
    return {slave["name"]: slave["mii_status"] for slave in bond["slaves"]}


@pytest.mark.parametrize("mode", MODES)
def test_each_state_of_the_cables(guest: Guest, mode: str) -> None:
    make_bond(guest, mode)
    has_active = mode in WITH_ACTIVE_SLAVE
    # An LACP bond whose switch does not answer is never redundant.
    silent = ["no-lacp-partner"] if mode == "802.3ad" else []
    # Worth knowing while no guest is plugged in, and no reason against it.
    badly = [] if bonding.MODES[mode].under_bridge == "yes" else ["mode-under-bridge"]

    def both(active: str) -> None:
        code, bond = seen(guest, 2)
        assert (bond["mode"], bond["verdict"], code) == (
            (mode, "degraded", 1) if silent else (mode, "healthy", 0)
        )
        assert codes(bond) == [*silent, *badly], bond
        assert bond["active_slave"] == (active if has_active else None)
        said = f"2 of 2 slaves up{f', {active} active' if has_active else ''}. Any one of them may"
        assert bond["headline"].startswith("2 of 2 slaves up. The switch" if silent else said)

    def one(left: str, out: str) -> None:
        code, bond = seen(guest, 1)
        assert (bond["verdict"], code) == ("degraded", 1)
        assert mii(bond) == {left: "up", out: "down"}
        assert codes(bond) == ["slave-down", *silent, *badly], bond
        assert bond["reasons"][0]["slave"] == out
        assert bond["active_slave"] == (left if has_active else None)
        assert bond["headline"] == (f"1 of 2 slaves up. If {left} fails too, xenbr0 is cut off.")

    both("eth0")
    guest.pull(0)
    one("eth1", "eth0")
    guest.plug(0)
    until_up(guest, 2)
    guest.pull(1)
    one("eth0", "eth1")
    guest.pull(0)
    code, bond = seen(guest, 0)
    assert (bond["verdict"], code, bond["active_slave"]) == ("down", 2, None)
    assert bond["headline"] == "0 of 2 slaves up: xenbr0 is cut off."
    assert codes(bond)[0] == "bond-down"
    # The first one back becomes the active one, and stays it.
    guest.plug(0)
    until_up(guest, 1)
    guest.plug(1)
    both("eth0")


def test_a_link_that_failed_again_and_again_is_said_until_it_is_enslaved_anew(
    guest: Guest,
) -> None:
    make_bond(guest, "active-backup")
    for _ in range(3):
        guest.pull(1)
        until_up(guest, 1)
        guest.plug(1)
        until_up(guest, 2)
    code, bond = status(guest)
    assert (bond["verdict"], code, codes(bond)) == ("degraded", 1, ["link-flaps"])
    assert bond["reasons"][0]["slave"] == "eth1"
    assert "failed 3 times" in bond["reasons"][0]["text"]
    guest.sh("echo -eth1 >/sys/class/net/bond0/bonding/slaves; ip link set eth1 down")
    guest.sh("echo +eth1 >/sys/class/net/bond0/bonding/slaves")
    until_up(guest, 2)
    code, bond = status(guest)
    assert (bond["verdict"], code, codes(bond)) == ("healthy", 0, [])


def test_what_is_not_watched_is_no_health(guest: Guest) -> None:
    """Without link monitoring the kernel reports every slave up for ever."""
    make_bond(guest, "active-backup")
    guest.write("/sys/class/net/bond0/bonding/miimon", "0")
    guest.pull(0)
    code, bond = status(guest)
    assert (bond["verdict"], code) == ("misconfigured", 2)
    assert codes(bond)[0] == "no-link-monitoring"
    assert "slaves up" not in bond["headline"]
    guest.plug(0)


def test_what_monitoring_systems_read_in_each_state_of_the_cables(guest: Guest) -> None:
    """The nagios line by its grammar and its exit code, the metrics by Prometheus' own parser."""
    make_bond(guest, "active-backup")

    def read(up: int, code: int, verdict: str, failures: dict[str, int]) -> None:
        until_up(guest, up)
        done = guest.run("xenbond", "status", "--nagios")
        line = checked(done.out)
        print(done)
        assert (done.rc, line.code) == (code, code)
        counts = {f"bond0 {slave} failures": f"{n}c" for slave, n in failures.items()}
        assert line.data == {"bond0 slaves up": str(up), **counts}
        guest.sh("xenbond metrics --output /root/xenbond.prom")
        found = parsed(guest.read("/root/xenbond.prom"))
        verdicts = {dict(key)["verdict"]: n for key, n in found["xenbond_bond_verdict"].items()}
        assert {name for name, holds in verdicts.items() if holds} == {verdict}
        assert found["xenbond_bond_slaves"] == {labelled(bond="bond0"): 2}
        assert found["xenbond_bond_slaves_up"] == {labelled(bond="bond0"): up}
        assert found["xenbond_bond_up"] == {labelled(bond="bond0"): up > 0}
        active = {dict(key)["slave"]: n for key, n in found["xenbond_bond_active_slave"].items()}
        assert [slave for slave, is_it in active.items() if is_it] == active_slave(guest).split()
        total = found["xenbond_slave_link_failures_total"]
        assert {dict(key)["slave"]: n for key, n in total.items()} == failures
        assert unmet_by(found) == [], "of the example alert rules"

    read(2, 0, "healthy", {"eth0": 0, "eth1": 0})
    guest.pull(0)
    read(1, 1, "degraded", {"eth0": 1, "eth1": 0})
    guest.pull(1)
    read(0, 2, "down", {"eth0": 1, "eth1": 1})
    guest.plug(0)
    guest.plug(1)
    until_up(guest, 2)


def test_systemd_takes_the_example_units(guest: Guest) -> None:
    guest.sh(
        f"cp {MONITORING}/monitoring/*.service {MONITORING}/monitoring/*.timer"
        f" {MONITORING}/announce/*.service /etc/systemd/system/"
    )
    units = ("xenbond-metrics.timer", "xenbond-metrics.service", "xenbond-announce@bond0.service")
    done = guest.run("systemd-analyze", "verify", "--man=no", *units)
    assert (done.rc, done.out, done.err) == (0, "", "")
