"""Whose network it is, on the first screen: a foreign one has no way on, two owners are named."""

from pathlib import Path

import frozen
import ways
from keys import shows, text

from screens.host import HostScreen
from xenbond_tui.app import XenbondApp
from xenbond_tui.machine import Machine


def put(host: Machine, path: str, content: str = "") -> None:
    where = Path(host.access.root, path)
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_text(content)


async def test_on_xcp_ng_there_is_no_way_to_the_set_up_but_the_commands_to_run(
    dom0: Machine,
) -> None:
    put(dom0, "etc/xensource-inventory")
    async with XenbondApp(lambda: dom0, "wizard").run_test(size=(100, 40)) as pilot:
        await ways.to_host(pilot)
        await shows(pilot, "This is XCP-ng or XenServer")
        words = " ".join(text(pilot).split())
        assert "device=eth1 params=uuid" in words
        assert "xe bond-create" in words
        assert "step by step" not in words
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HostScreen)


async def test_two_owners_of_a_nic_are_both_named_with_the_way_out(dom0: Machine) -> None:
    index = next(link.index for link in dom0.kernel.snapshot().links if link.name == "eth0")
    put(dom0, f"run/systemd/netif/links/{index}", "NETWORK_FILE=/etc/systemd/network/a.network\n")
    put(dom0, "etc/systemd/network/a.network", "[Match]\nName=eth0\n[Network]\nDHCP=yes\n")
    enabled = "etc/systemd/system/multi-user.target.wants/systemd-networkd.service"
    put(dom0, enabled)
    put(dom0, "run/network/ifstate", "lo=lo\neth0=eth0\n")
    async with XenbondApp(lambda: dom0, "wizard").run_test(size=(100, 40)) as pilot:
        await ways.to_host(pilot)
        await shows(pilot, "eth0 has two owners")


def test_the_picture_of_the_host_names_the_stack(tmp_path: Path) -> None:
    from screens.host import fact_lines
    from screens.survey import survey

    lines = fact_lines(survey(frozen.dom0(tmp_path / "host")), 80)
    assert any(line.startswith("Network  ifupdown: /etc/network/interfaces") for line in lines)
