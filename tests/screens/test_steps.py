"""The wizard by keys alone: what can be chosen, what is refused, and what Back keeps."""

import re
from pathlib import Path

import frozen
import ways
from keys import reach, shows, text, until
from textual.widgets import Input

from screens.bond import BondScreen
from screens.bridge import BridgeScreen
from screens.health import HealthScreen
from screens.host import HostScreen
from screens.review import ReviewScreen
from screens.slaves import SlavesScreen
from screens.toggles import PlainRadio
from screens.xen import XenScreen
from xenbond_tui.app import XenbondApp
from xenbond_tui.machine import Machine


async def test_an_unsuitable_nic_can_be_reached_and_read_but_not_chosen(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_slaves(pilot)
        await pilot.press("end", "space")
        await shows(pilot, "wlan0 can't be chosen: Wi-Fi can't be in a bridge.")
        assert " -  wlan0" in text(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, SlavesScreen)
        assert screen.chosen == ("eth0", "eth1")


async def test_one_slave_is_not_enough(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_slaves(pilot)
        await pilot.press("down", "space", "n")
        await shows(pilot, "Only eth0 is chosen. A bond needs two NICs")
        assert isinstance(pilot.app.screen, SlavesScreen)


async def test_the_table_of_nics_follows_the_cables(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_slaves(pilot)
        frozen.kernel_of(dom0).pull("eth1")
        await until(pilot, lambda: re.search(r"\[x\] eth1 +DOWN", text(pilot)) is not None)
        frozen.kernel_of(dom0).plug("eth1")
        await until(pilot, lambda: re.search(r"\[x\] eth1 +up", text(pilot)) is not None)


async def test_two_ports_of_one_card_are_warned_of(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_slaves(pilot)
        await pilot.press("down", "down", "space")
        await shows(pilot, "are two ports of one card")


async def test_an_unfit_mode_cannot_be_chosen_and_says_why(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_bond(pilot)
        await pilot.press("down", "down", "down", "space")
        await shows(pilot, "balance-rr can't be chosen")
        assert "(*) active-backup" in text(pilot)
        await pilot.press("w")
        await shows(pilot, "Why not these modes")
        assert "overtake each other" in text(pilot)


async def test_back_keeps_what_was_typed_even_when_it_is_wrong(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_bridge(pilot)
        await pilot.press("down", "down", "ctrl+u", *"10.0.0.7")
        await pilot.press("ctrl+p")
        await reach(pilot, BondScreen)
        await pilot.press("n")
        await reach(pilot, BridgeScreen)
        assert pilot.app.screen.query_one("#address", Input).value == "10.0.0.7"


async def test_back_to_the_host_and_set_up_again_keeps_the_choice(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_slaves(pilot)
        await pilot.press("down", "down", "space", "f8")
        await reach(pilot, HostScreen)
        await pilot.press("s")
        await reach(pilot, SlavesScreen)
        assert "[x] eth2" in text(pilot)


async def test_an_address_without_prefix_is_refused_where_it_is_typed(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_bridge(pilot)
        await pilot.press("down", "down", "ctrl+u", *"10.0.0.7", "f10")
        await shows(pilot, "has no prefix length; write 10.0.0.7/24")
        assert isinstance(pilot.app.screen, BridgeScreen)


async def test_letters_go_into_a_field_and_the_key_line_says_what_works(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_bridge(pilot)
        await pilot.press("n", "p")
        await shows(pilot, "F8/^P Back   F10/^N Next: Xen")
        assert pilot.app.screen.query_one("#name", Input).value == "xenbr0np"
        await pilot.press("down")
        await shows(pilot, "F8/P Back   F10/N Next: Xen")


async def test_the_question_mark_is_help_also_in_a_field(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_bridge(pilot)
        await pilot.press("question_mark")
        await shows(pilot, "Keys on every screen")
        await pilot.press("escape")
        await reach(pilot, BridgeScreen)
        assert pilot.app.screen.query_one("#name", Input).value == "xenbr0"


async def test_an_option_is_edited_and_a_bad_value_refused(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_bond(pilot)
        await pilot.press("m")
        await shows(pilot, "Options of active-backup")
        await pilot.press("enter", *"soon", "enter")
        await shows(pilot, "updelay takes 0 or more ms, not 'soon'")
        await pilot.press("ctrl+u", *"200", "enter")
        await shows(pilot, "200 ms")
        await pilot.press("p")
        await reach(pilot, BondScreen)
        await shows(pilot, "updelay 200")


async def test_xen_is_skipped_both_ways_where_there_is_none(tmp_path: Path) -> None:
    host = frozen.machine(tmp_path / "host", "alma8")
    async with XenbondApp(lambda: host, "wizard").run_test() as pilot:
        await ways.to_bridge(pilot)
        assert "Xen" not in text(pilot)
        await pilot.press("f10")
        await reach(pilot, ReviewScreen)
        await pilot.press("f8")
        await reach(pilot, BridgeScreen)


async def test_warnings_must_be_ticked_before_it_is_applied(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_review(pilot)
        await pilot.press("n")
        await shows(pilot, "1 warning to read and tick first")
        await shows(pilot, "Warning: You are logged in over eth0.")
        assert isinstance(pilot.app.screen, ReviewScreen)
        await pilot.press("space")
        await shows(pilot, "[x] eth0: session moves")
        await pilot.press("space")
        await shows(pilot, "[ ] eth0: session moves")
        await pilot.press("a")
        await shows(pilot, "[x] eth0: session moves")


async def test_slaves_without_any_link_are_refused_where_they_are_chosen(dom0: Machine) -> None:
    with frozen.kernel_of(dom0).changing() as state:
        state.links["eth0"].cable = False
        state.links["eth1"].cable = False
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_slaves(pilot)
        await pilot.press("n")
        await shows(pilot, "no link on any of them")
        assert isinstance(pilot.app.screen, SlavesScreen)


async def test_what_is_refused_makes_no_plan_and_leads_only_back(dom0: Machine) -> None:
    frozen.remove(dom0, "etc/network/if-pre-up.d/ifenslave")
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_review(pilot)
        await shows(pilot, "Not like this: 1 thing to put right first.")
        await shows(pilot, "Refused: ")
        await pilot.press("n")
        await shows(pilot, "What is refused must be put right first")
        assert isinstance(pilot.app.screen, ReviewScreen)
        await pilot.press("p")
        await reach(pilot, XenScreen)


async def test_the_answers_are_saved_and_a_file_is_not_replaced_unasked(
    dom0: Machine, tmp_path: Path
) -> None:
    path = tmp_path / "bond.yaml"
    path.write_text("mine")
    async with XenbondApp(lambda: dom0, "wizard").run_test(size=(200, 24)) as pilot:
        await ways.to_review(pilot)
        await shows(pilot, "S save")
        await pilot.press("s")
        await shows(pilot, "Where are the answers to be saved?")
        pilot.app.screen.query_one("#path", Input).value = str(path)
        await pilot.press("enter")
        await shows(pilot, "exists. Enter once more replaces it.")
        assert path.read_text() == "mine"
        await pilot.press("enter")
        await reach(pilot, ReviewScreen)
        assert "slaves: [eth0, eth1]" in path.read_text()


async def test_a_window_that_is_too_small_says_so_and_loses_nothing(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_xen(pilot)
        assert isinstance(pilot.app.screen, XenScreen)
        focused = pilot.app.focused
        await pilot.resize_terminal(40, 10)
        await shows(pilot, "Make the window larger")
        await pilot.resize_terminal(80, 24)
        await shows(pilot, "Toolstack")
        assert pilot.app.focused is focused


async def test_a_bond_under_a_bridge_opens_health_and_s_leads_to_the_host(bonded: Machine) -> None:
    async with XenbondApp(lambda: bonded).run_test() as pilot:
        await reach(pilot, HealthScreen)
        await shows(pilot, "bond0  HEALTHY")
        await pilot.press("s")
        await reach(pilot, HostScreen)
        assert "Change    bond0 under xenbr0" in text(pilot)


async def test_what_is_explained_is_wrapped_anew_for_another_width(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test(size=(60, 24)) as pilot:
        await ways.to_host(pilot)
        await shows(pilot, "Slaves, bond, bridge, then a review of every file.")
        await pilot.resize_terminal(120, 40)
        await shows(pilot, "Nothing is written before you have seen it, and all of it rolls")


async def test_enter_shows_all_the_steps_over_the_whole_screen(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:
        await ways.to_review(pilot)
        await until(pilot, lambda: pilot.app.focused is not None)
        for _ in range(6):
            if pilot.app.focused is not None and pilot.app.focused.id == "plan-steps":
                break
            await pilot.press("tab")
        await shows(pilot, "Enter all steps")
        await pilot.press("enter")
        await shows(pilot, "Wait until gateway 192.168.0.1 answers ARP through eth1")
        await pilot.press("escape")
        await shows(pilot, "Enter all steps")


async def test_the_announcement_follows_the_primary_until_somebody_chooses(dom0: Machine) -> None:
    async with XenbondApp(lambda: dom0, "wizard").run_test() as pilot:

        def chosen() -> tuple[str, bool | None]:
            screen = pilot.app.screen
            assert isinstance(screen, BridgeScreen)
            value = screen.query_one("#announce", PlainRadio).value
            return value, screen.read()[0].bridge.announce

        await ways.to_bridge(pilot)
        assert chosen() == ("no", False)
        await pilot.press("f8")
        await reach(pilot, BondScreen)
        pilot.app.screen.query_one("#primary", PlainRadio).focus()
        await pilot.press("right", "f10")
        await reach(pilot, BridgeScreen)
        assert chosen() == ("yes", True)
        pilot.app.screen.query_one("#announce", PlainRadio).focus()
        await shows(pilot, "cut off for 300 seconds")
        await pilot.press("right", "f8")
        await reach(pilot, BondScreen)
        await pilot.press("f10")
        await reach(pilot, BridgeScreen)
        assert chosen() == ("no", False)
