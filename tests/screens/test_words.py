"""What the screens make of values: columns, times, bars, paths. No screen is needed."""

import subprocess
import sys

import pytest

from screens.apply import progress_lines
from screens.durations import minutes, of_minute
from screens.fields import words
from screens.history import WayBack, way_lines
from screens.lines import printable
from screens.plan_words import short_path
from screens.traffic import ASCII_BARS, Traffic, bars
from xenbond_tui.apply.progress import Line
from xenbond_tui.health.watch import Rate
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules.findings import note
from xenbond_tui.text import align


def test_columns_are_as_wide_as_their_widest_cell_and_numbers_are_flush_right() -> None:
    rows = [("NIC", "SPEED", "NOW"), ("eth0", "1000", "free"), ("wlan0", "-", "x")]
    assert align(rows, right={1}) == ["NIC    SPEED  NOW", "eth0    1000  free", "wlan0      -  x"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(107.0, "1:47"), (106.2, "1:47"), (0.0, "0:00"), (-3.0, "0:00"), (600, "10:00")],
)
def test_a_countdown_counts_a_started_second_as_a_whole_one(seconds: float, said: str) -> None:
    assert minutes(seconds) == said


def test_times_of_day_are_local() -> None:
    assert of_minute(1795356151.0) == "14:02"


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (80, "/etc/sysconfig/network-scripts/ifcfg-eth0"),
        (35, ".../network-scripts/ifcfg-eth0"),
        (20, ".../ifcfg-eth0"),
        (13, "ifcfg-eth0"),
        (8, "ifc..th0"),
    ],
)
def test_a_long_path_gives_up_its_first_directories_then_its_middle(width: int, said: str) -> None:
    assert short_path("/etc/sysconfig/network-scripts/ifcfg-eth0", width) == said


def test_control_characters_of_a_file_never_reach_the_terminal() -> None:
    assert printable("a\tb\x1b[2Jc\x07\udcff") == r"a       b\x1b[2Jc\x07\xff"


def test_several_addresses_are_parted_by_blanks_or_commas() -> None:
    assert words(" 10.0.0.1/8, 10.0.0.2/8  ") == ("10.0.0.1/8", "10.0.0.2/8")


def test_bars_grow_with_traffic_and_move_on_as_the_minute_does() -> None:
    traffic = Traffic()
    traffic.add(1.0, {"eth0": Rate(10.0, 0.0)})
    traffic.add(53.0, {"eth0": Rate(0.0, 0.0)})
    traffic.add(57.0, {"eth0": Rate(30.0, 0.0)})
    assert bars(traffic.last_minute("eth0", 57.0, 15), ascii_only=True) == ":" + "." * 13 + "|"
    assert bars(traffic.last_minute("eth0", 61.0, 15), ascii_only=True) == "." * 13 + "|."
    assert bars(traffic.last_minute("eth1", 61.0, 15), ascii_only=True) == ASCII_BARS[0] * 15


def test_a_rate_fills_the_time_since_the_look_before() -> None:
    """A quiet screen looks less often: what was seen between two looks leaves no hole."""
    traffic = Traffic()
    traffic.add(1.0, {"eth0": Rate(30.0, 0.0)})
    traffic.add(13.0, {"eth0": Rate(30.0, 0.0)})
    assert bars(traffic.last_minute("eth0", 21.0, 15), ascii_only=True) == "." * 9 + "||||" + ".."


def test_a_step_tells_its_state_in_words_and_its_time() -> None:
    lines = (
        Line("Write the files", "ok", 0.02, "4 files"),
        Line("Bring up bond0", "failed", 1.5, "RTNETLINK answers: Invalid argument"),
        Line("Bring up xenbr0", "running"),
    )
    assert progress_lines(lines, 60) == [
        "ok      Write the files: 4 files                      0.02 s",
        "FAILED  Bring up bond0: RTNETLINK answers: Invalid    1.50 s",
        "          argument",
        "now     Bring up xenbr0",
    ]


def test_before_the_first_paint_neither_the_host_nor_the_netlink_library_is_loaded() -> None:
    code = (
        "import sys, xenbond_tui.app; "
        "print([n for n in ('pyroute2', 'ruamel', 'xenbond_tui.planner', 'screens.journey') "
        "if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_an_undo_costs_stands_above_what_it_writes() -> None:
    plan = Plan("ifupdown", (FileChange("/etc/a", b"new\n", b"old\n"),), (), ())
    gap = "About 5 to 15 seconds without network while ifdown and ifup change over, because."
    lines = way_lines(WayBack(plan, told=(note("gap", "xenbr0", gap),)), 60)
    assert lines[0] == "! About 5 to 15 seconds without network while ifdown and"
    assert lines[1] == "  ifup change over, because."
    assert lines[2] == "--- /etc/a"
    assert way_lines(WayBack(plan), 60) == lines[2:]
