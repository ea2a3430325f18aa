"""The table of bonding options and modes, against what the driver itself says."""

import re
from pathlib import Path

import pytest

from tests.option_values import bad_values, printed, values
from xenbond_tui.host.procfs import MODES as PROC_MODES
from xenbond_tui.options.kind import Choice, PerSlave, Slave
from xenbond_tui.options.modes import MODES, mode_name
from xenbond_tui.options.option import BadValue, Option
from xenbond_tui.options.running import same
from xenbond_tui.options.table import OPTIONS, parse_option, per_slave

EVERY = pytest.mark.parametrize("option", OPTIONS.values(), ids=lambda option: option.name)
SIXTEEN = ",".join(f"192.0.2.{number}" for number in range(1, 17))
MODINFO = Path(__file__).parent.parent / "fixtures/captures/modes/modinfo_bonding.txt"


def parameters() -> dict[str, str]:
    text = MODINFO.read_text()
    return dict(re.findall(r"^(?:parm:\s+)?(\w+):(.*?)(?: \(\w+\))?$", text, re.MULTILINE))


def test_every_option_is_one_the_driver_has() -> None:
    by_module = {option.name for option in OPTIONS.values() if "P" in option.by}
    assert by_module == set(parameters()) & set(OPTIONS)


@EVERY
def test_an_option_that_sysfs_does_not_have_is_read_by_netlink(option: Option) -> None:
    of_slaves = isinstance(option.kind, PerSlave)
    assert bool(option.attribute) is ("S" not in option.by and not of_slaves)


@pytest.mark.parametrize(
    "name",
    ["mode", "use_carrier", "lacp_rate", "ad_select", "arp_validate", "fail_over_mac"],
)
def test_choices_have_the_codes_the_driver_says(name: str) -> None:
    said = re.findall(r"(\d) for ([\w.-]+)", parameters()[name])
    assert len(said) >= 2
    kind = OPTIONS[name].kind
    assert isinstance(kind, Choice)
    assert {value: int(code) for code, value in said}.items() <= kind.codes.items()


def test_modes_are_spelled_as_the_kernel_prints_them() -> None:
    assert {mode.proc.lower(): mode.name for mode in MODES.values()} == PROC_MODES
    assert [mode.code for mode in MODES.values()] == list(range(7))


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.name)
def test_a_mode_is_known_by_name_and_number(mode: object) -> None:
    name = getattr(mode, "name", "")
    assert mode_name(name) == mode_name(str(getattr(mode, "code", ""))) == name


@pytest.mark.parametrize("text", ["7", "-1", "active", "", "01"])
def test_no_such_mode(text: str) -> None:
    assert mode_name(text) is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("miimon", "100", "100"),
        ("miimon", " 0100 ", "100"),
        ("mode", "1", "active-backup"),
        ("use_carrier", "0", "off"),
        ("use_carrier", "ON", "on"),
        ("primary", "eth0", "eth0"),
        ("primary", "00-50-DA-7A-51-45", "00:50:da:7a:51:45"),
        ("xmit_hash_policy", "1", "layer3+4"),
        ("lacp_rate", "fast", "fast"),
        ("num_grat_arp", "255", "255"),
        ("lp_interval", "1", "1"),
        ("arp_ip_target", "192.168.0.1, 192.168.0.2", "192.168.0.1,192.168.0.2"),
        ("arp_ip_target", SIXTEEN, SIXTEEN),
        ("ad_actor_system", "00-50-DA-7A-51-45", "00:50:da:7a:51:45"),
        ("prio", "eth0:-5 eth1:7", "eth0:-5,eth1:7"),
        ("prio", "eth0:-2147483648", "eth0:-2147483648"),
        ("queue_id", "eth0:0,eth1:65535", "eth0:0,eth1:65535"),
    ],
)
def test_good_values_are_kept_in_one_form(name: str, text: str, value: str) -> None:
    assert parse_option(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("miimon", "-1", "takes 0 or more ms, not '-1'"),
        ("miimon", "1e2", "takes 0 or more ms"),
        ("miimon", "2147483648", "takes 0 to 2147483647 ms"),
        ("miimon", "٣", "takes 0 or more ms"),
        ("updelay", "fast", "takes 0 or more ms"),
        ("lp_interval", "0", "takes 1 or more s"),
        ("num_grat_arp", "256", "takes 0 to 255"),
        ("peer_notif_delay", "300001", "takes 0 to 300000 ms"),
        ("use_carrier", "2", "takes off (0) or on (1)"),
        ("lacp_rate", "quick", "takes slow (0) or fast (1)"),
        ("primary", "a/b", "takes the name of a slave"),
        ("arp_ip_target", "192.168.0.1,192.168.0.1", "up to 16 IPv4 addresses"),
        ("arp_ip_target", "2001:db8::1", "up to 16 IPv4 addresses"),
        ("arp_ip_target", "255.255.255.255", "up to 16 IPv4 addresses"),
        ("arp_ip_target", "", "up to 16 IPv4 addresses"),
        ("arp_ip_target", f"{SIXTEEN},192.0.2.17", "up to 16 IPv4 addresses"),
        ("ns_ip6_target", "fe80::9%eth0", "up to 16 IPv6 addresses"),
        ("fail_over_mac", "3", "takes none (0), active (1) or follow (2)"),
        ("prio", "eth0:1,eth0:2", "takes -2147483648 to 2147483647 for each"),
        ("prio", "a/b:1", "takes -2147483648"),
        ("prio", "eth0:high", "takes -2147483648"),
        ("updealy", "1", "not a bonding option"),
    ],
)
def test_bad_values_say_what_is_taken(name: str, text: str, problem: str) -> None:
    found = parse_option(name, text)
    assert isinstance(found, BadValue)
    assert problem in found.text


@EVERY
def test_a_good_value_is_one_and_a_bad_one_near_it_is_none(option: Option) -> None:
    for value in values(option):
        assert option.parse(value) == value
    # Whether a link of that name is a slave is no question of its form.
    for value in () if isinstance(option.kind, Slave) else bad_values(option):
        assert isinstance(option.parse(value), BadValue), value


@EVERY
def test_what_the_kernel_prints_is_that_value_and_no_other(option: Option) -> None:
    first, other, *_ = values(option)
    for text in printed(option, first, 50):
        assert same(option.name, text, first, miimon=50), text
        assert not same(option.name, text, other, miimon=50), text


@pytest.mark.parametrize(
    ("name", "text", "wanted", "is_same"),
    [
        # An empty line is how sysfs prints no slave and no address, None how /proc does.
        ("primary", "", "none", True),
        ("primary", "None", "none", True),
        ("primary", "eth0", "none", False),
        ("arp_ip_target", "", "none", True),
        ("arp_ip_target", "None", "none", True),
        ("arp_ip_target", "192.0.2.1", "none", False),
        ("arp_ip_target", "+192.0.2.1,+192.0.2.9", "192.0.2.9,192.0.2.1", True),
        ("arp_ip_target", "192.0.2.1 rubbish", "192.0.2.1 trash", False),
        ("prio", "None", "none", True),
        ("prio", "eth0:-5", "eth0:5", False),
        # The kernel has a number for every slave.
        ("prio", "eth0:0 eth1:0", "none", True),
        ("prio", "eth0:0 eth1:7", "none", False),
        # What a torn text leaves is no value, and none is an answer too.
        ("lacp_rate", "", "slow", False),
        ("lacp_rate", "", "", True),
        ("lacp_rate", "Of-Tomorrow", "of-tomorrow", True),
        ("of_tomorrow", "a  b\n", "a b", True),
        ("of_tomorrow", "a", "b", False),
    ],
)
def test_nothing_and_rubbish_are_compared_too(
    name: str, text: str, wanted: str, is_same: bool
) -> None:
    assert same(name, text, wanted) is is_same


def test_what_is_said_of_single_slaves_is_known_by_slave() -> None:
    assert per_slave("prio", "eth0:-5,eth1:7") == {"eth0": -5, "eth1": 7}
    assert per_slave("prio", "none") == {}
    assert per_slave("prio", "rubbish") == {}
    assert per_slave("primary", "eth0") == {}


@EVERY
def test_every_row_is_whole(option: Option) -> None:
    assert option.help.endswith(".")
    assert set(option.modes) <= set(MODES)
    assert option.allowed
    assert set(option.by) <= set("PSN")
    assert {
        *option.needs,
        *option.excludes,
        *filter(None, (option.counted_in, option.same_as)),
    } <= {*OPTIONS}
    # "none" stands for leaving it out where a slave or an address would be named.
    leaves_out = option.default == "none" and option.kind.clearable
    # The kernel prints zeros for a MAC that is not set, and does not take them.
    zeros = option.name == "ad_actor_system"
    assert option.parse(option.default) == option.default or leaves_out or zeros
    for key in option.said.values():
        assert all(option.kind.read(value) == value for value in key.refuses)
