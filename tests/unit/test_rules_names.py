"""Names of links and MACs."""

import pytest

from xenbond_tui.facts.names import bad_link_name, bad_mac, normal_mac


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00:50:DA:7A:51:45", "00:50:da:7a:51:45"),
        ("00-14-22-36-F1-FA", "00:14:22:36:f1:fa"),
        (" 00:50:da:7a:51:45 ", "00:50:da:7a:51:45"),
        ("00:50:da:7a:51", None),
        ("00:50:da:7a:51:45:00", None),
        ("00:50-da:7a-51:45", None),
        ("0050da7a5145", None),
        ("00:50:da:7a:51:4g", None),
        ("\u0660\u0660:50:da:7a:51:45", None),
        ("eth0", None),
        ("", None),
    ],
)
def test_a_mac_has_one_form(text: str, expected: str | None) -> None:
    assert normal_mac(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("00:50:da:7a:51:45", None),
        ("02:50:da:7a:51:45", None),
        ("01:50:da:7a:51:45", "multicast"),
        ("33:33:00:00:00:01", "multicast"),
        ("ff:ff:ff:ff:ff:ff", "broadcast"),
        ("00:00:00:00:00:00", "all its digits are zero"),
        ("eth0", "not a MAC"),
    ],
)
def test_a_link_cannot_have_every_mac(text: str, problem: str | None) -> None:
    found = bad_mac(text)
    assert (found is None) if problem is None else (found is not None and problem in found)


@pytest.mark.parametrize(
    "name", ["bond0", "xenbr0", "enp3s0f1", "eth0.10", "a", "x" * 15, "br-lan", "web_01", "0net"]
)
def test_good_names(name: str) -> None:
    assert bad_link_name(name) is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "empty"),
        ("x" * 16, "16 characters"),
        ("a/b", "a / in it"),
        ("a b", "a blank"),
        ("a\tb", "a blank"),
        ("bond0\n", "a blank"),
        ("a\x1b", "control character"),
        ("bönd0", "not ASCII"),
        ("bond0:1", "alias"),
        (".", "directory"),
        ("..", "directory"),
        ("bonding_masters", "makes bonds"),
        ("all", "every link"),
        ("none", "bridge_ports"),
        ("noregex", "bridge_ports"),
        ("glob", "bridge_ports"),
        ("renderer", "netplan"),
        ("default", "links yet to come"),
        ("lo", "loopback"),
        ("-bond", "begins with -"),
        (".bond", "begins with ."),
        ("bond$0", "has a $"),
        ("bond'0", "has a '"),
        ("bond%d", "has a %"),
    ],
)
def test_bad_names_say_why(name: str, problem: str) -> None:
    found = bad_link_name(name)
    assert found is not None
    assert problem in found
