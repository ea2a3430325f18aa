"""What a kernel runs of a bond's options: where it is found, and the forms it is given in."""

from dataclasses import replace

import pytest

from xenbond_tui.facts.bond import BondState
from xenbond_tui.options.running import canonical, counted, for_sysfs, in_order, rounded, running

BOND = BondState("bond0", None, "active-backup", "up")


def test_an_option_is_found_by_the_other_name_the_kernel_has_for_it() -> None:
    assert running(replace(BOND, options={"num_grat_arp": "3\n"}), "num_unsol_na") == "3"
    own = {"num_grat_arp": "3", "num_unsol_na": "4"}
    assert running(replace(BOND, options=own), "num_unsol_na") == "4"


def test_an_option_that_only_proc_tells_is_found_in_its_field() -> None:
    assert running(replace(BOND, miimon=0), "miimon") == "0"
    assert running(BOND, "miimon") is None
    assert running(replace(BOND, miimon=0, options={"miimon": "100"}), "miimon") == "100"


def test_an_empty_line_is_an_answer_only_of_what_can_be_empty() -> None:
    empty = replace(BOND, options={"primary": "\n", "lacp_rate": "\n", "of_tomorrow": "\n"})
    assert running(empty, "primary") == ""
    assert running(empty, "lacp_rate") is None
    assert running(empty, "of_tomorrow") is None


def test_an_option_no_row_knows_is_told_as_the_kernel_prints_it() -> None:
    assert running(replace(BOND, options={"of_tomorrow": " 7\n"}), "of_tomorrow") == "7"


@pytest.mark.parametrize(
    ("delay", "miimon", "kept"),
    [("250", 100, "200"), ("200", 100, "200"), ("250", 0, "250"), ("250", None, "250")],
)
def test_a_delay_is_rounded_down_to_a_multiple_of_miimon(
    delay: str, miimon: int | None, kept: str
) -> None:
    assert rounded(delay, miimon) == kept


@pytest.mark.parametrize(
    ("name", "printed", "value"),
    [
        ("mode", "active-backup 1", "active-backup"),
        ("mode", "of-tomorrow 9", "of-tomorrow 9"),
        ("miimon", "100", "100"),
        ("arp_ip_target", "192.0.2.1 192.0.2.9", "192.0.2.1,192.0.2.9"),
        ("primary", "", "none"),
        ("of_tomorrow", "a b", "a,b"),
    ],
)
def test_what_is_printed_is_told_as_answers_have_it(name: str, printed: str, value: str) -> None:
    assert canonical(name, printed) == value


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("use_carrier", "on", "1"),
        ("use_carrier", "off", "0"),
        ("mode", "active-backup", "active-backup"),
        ("primary", "none", ""),
        ("primary", "eth0", "eth0"),
        # Here none is one of the names.
        ("fail_over_mac", "none", "none"),
        ("of_tomorrow", "none", "none"),
    ],
)
def test_sysfs_gets_what_every_kernel_takes(name: str, value: str, text: str) -> None:
    assert for_sysfs(name, value) == text


def test_a_delay_is_set_after_miimon_and_before_it_where_miimon_ends() -> None:
    assert in_order({"updelay": "200", "miimon": "100"}) == ("miimon", "updelay")
    assert in_order({"miimon": "0", "updelay": "0"}) == ("updelay", "miimon")


def test_what_no_row_knows_is_set_last() -> None:
    options = {"of_tomorrow": "1", "updelay": "0", "mode": "balance-rr", "miimon": "0"}
    assert in_order(options) == ("updelay", "mode", "miimon", "of_tomorrow")


def test_delays_are_counted_in_miimon() -> None:
    assert set(counted(["miimon"])) == {"updelay", "downdelay", "peer_notif_delay"}
    assert counted(["updelay"]) == ()
