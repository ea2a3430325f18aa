"""The editor of /etc/network/interfaces: nothing is lost, an edit touches its own lines only."""

import difflib

import pytest
from hypothesis import given, strategies as st

from xenbond_tui.files.interfaces import InterfacesFile, Line, Stanza

INSTALLER = """\
# This file describes the network interfaces available on your system
# and how to activate them. For more information, see interfaces(5).

source /etc/network/interfaces.d/*

# The loopback network interface
auto lo
iface lo inet loopback

# The primary network interface
allow-hotplug eth0
iface eth0 inet static
\taddress 192.168.0.222/24
\tgateway 192.168.0.1
\t# dns-* options are implemented by the resolvconf package, if installed
\tdns-nameservers 192.168.0.1
\tdns-search example.com
"""


def parsed(text: str) -> InterfacesFile:
    return InterfacesFile.parse("/etc/network/interfaces", text)


def stanza(file: InterfacesFile, head: str) -> Stanza:
    return next(item for item in file.stanzas() if item.head.text == head)


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True))
    return [line for line in lines if line[0] in "+-"]


@given(st.text())
def test_any_text_comes_back_unchanged(text: str) -> None:
    assert parsed(text).render() == text


@given(st.text(alphabet="# \t\r\n\\aifce0-_:"))
def test_any_mix_of_the_format_s_own_characters_comes_back_unchanged(text: str) -> None:
    file = parsed(text)
    file.stanzas()
    file.stray()
    assert file.render() == text


names = st.sampled_from(["lo", "eth0", "eth1", "enp3s0f1", "bond0", "xenbr0", "eth0.10", "eth0:1"])
blank = st.sampled_from([" ", "\t", "    ", " \\\n\t", "  \\\n"])
end = st.sampled_from(["\n", "\r\n", "  \n"])


@st.composite
def realistic_lines(draw: st.DrawFn) -> str:
    space, stop = draw(blank), draw(end)
    name = draw(names)
    return draw(
        st.sampled_from(
            [
                f"auto{space}{name} eth7{stop}",
                f"allow-hotplug{space}{name}{stop}",
                f"iface {name} inet{space}static{stop}",
                f"iface {name} inet6 auto{stop}",
                f"\taddress{space}192.168.0.{len(name)}/24{stop}",
                f"    up ip route add 10.0.0.0/8 via 192.168.0.1 dev {name}{stop}",
                f"# a comment about {name} \\{stop}",
                f"  # an indented one{stop}",
                f"mapping {name}{stop}\tscript /usr/local/bin/where{stop}",
                f"source-directory{space}interfaces.d{stop}",
                stop,
            ]
        )
    )


realistic = st.lists(realistic_lines(), max_size=20).map("".join)


@given(realistic, st.booleans())
def test_realistic_files_come_back_unchanged(text: str, cut: bool) -> None:
    text = text.rstrip("\r\n") if cut else text
    assert parsed(text).render() == text


@given(realistic, st.data())
def test_setting_a_word_changes_that_line_only(text: str, data: st.DataObject) -> None:
    file = parsed(text)
    ifaces = [item for item in file.stanzas() if item.keyword == "iface"]
    if not ifaces:
        return
    chosen = data.draw(st.sampled_from(ifaces))
    at = file.lines.index(chosen.head)
    before = [line.raw for line in file.lines]
    file.set_word(chosen.head, 3, "manual")
    after = [line.raw for line in file.lines]
    assert file.lines[at].words == [*chosen.head.words[:3], "manual"]
    assert [*after[:at], *after[at + 1 :]] == [*before[:at], *before[at + 1 :]]


@given(realistic, st.data())
def test_removing_an_option_takes_that_line_only(text: str, data: st.DataObject) -> None:
    file = parsed(text)
    options = [line for item in file.stanzas() for line in item.options]
    if not options:
        return
    chosen = data.draw(st.sampled_from(options))
    raws = [line.raw for line in file.lines if line is not chosen]
    file.remove(chosen)
    assert [line.raw for line in file.lines] == raws


def test_stanzas_are_seen_as_ifupdown_sees_them() -> None:
    file = parsed(INSTALLER)
    assert [item.head.text for item in file.stanzas()] == [
        "source /etc/network/interfaces.d/*",
        "auto lo",
        "iface lo inet loopback",
        "allow-hotplug eth0",
        "iface eth0 inet static",
    ]
    eth0 = stanza(file, "iface eth0 inet static")
    assert [(line.name, line.value) for line in eth0.options] == [
        ("address", "192.168.0.222/24"),
        ("gateway", "192.168.0.1"),
        ("dns-nameservers", "192.168.0.1"),
        ("dns-search", "example.com"),
    ]
    assert eth0.options[0].number == 13


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("iface e inet static\n  address 1.2.3.4 \\\n   # no comment\n", "1.2.3.4    # no comment"),
        ("iface e inet static\r\n  address 1.2.3.4 \\\r\n", "1.2.3.4 \\"),
        ("iface e inet static\n  address 1.2.3.4\\", "1.2.3.4\\"),
        ("iface e inet static\n# off \\\n  address 1.2.3.4", "1.2.3.4"),
        ("iface e inet static\n\n\n  address\t1.2.3.4 \n", "1.2.3.4"),
    ],
)
def test_continuations_and_comments(text: str, value: str) -> None:
    assert stanza(parsed(text), "iface e inet static").value("address") == value


def test_underscores_and_dashes_are_the_same_name() -> None:
    file = parsed("iface br0 inet manual\n bridge_ports eth0\n bridge-stp off\n")
    br0 = stanza(file, "iface br0 inet manual")
    assert (br0.value("bridge-ports"), br0.value("bridge-stp")) == ("eth0", "off")


def test_comments_stay_with_what_they_are_about() -> None:
    file = parsed(INSTALLER)
    eth0 = stanza(file, "iface eth0 inet static")
    (dns,) = eth0.named("dns-nameservers")
    assert [line.text for line in eth0.comments_above(dns)] == [
        "# dns-* options are implemented by the resolvconf package, if installed"
    ]
    assert [line.text for line in stanza(file, "allow-hotplug eth0").lead] == [
        "# The primary network interface"
    ]


def test_a_commented_out_option_below_a_stanza_belongs_to_it() -> None:
    file = parsed(
        "iface a inet manual\n  mtu 9000\n  # mtu 1500\n# The next\niface b inet manual\n"
    )
    assert [line.text for line in stanza(file, "iface a inet manual").body] == [
        "mtu 9000",
        "# mtu 1500",
    ]
    assert [line.text for line in stanza(file, "iface b inet manual").lead] == ["# The next"]


def test_an_option_is_added_with_the_stanza_s_own_indentation_and_line_end() -> None:
    text = "iface a inet manual\r\n   mtu 9000\r\n\r\niface b inet manual\r\n"
    file = parsed(text)
    file.add_option(stanza(file, "iface a inet manual"), "bond-mode", "802.3ad")
    file.add_option(stanza(file, "iface b inet manual"), "mtu", "9000")
    assert changed_lines(text, file.render()) == ["+    bond-mode 802.3ad\r\n", "+    mtu 9000\r\n"]


def test_adding_below_a_last_line_without_line_end_gives_it_one() -> None:
    file = parsed("iface a inet manual\n\tmtu 9000")
    file.add_option(stanza(file, "iface a inet manual"), "bond-mode", "802.3ad")
    assert file.render() == "iface a inet manual\n\tmtu 9000\n\tbond-mode 802.3ad\n"


def test_appending_leaves_one_blank_line() -> None:
    for text, gap in (("auto lo", "\n\n"), ("auto lo\n", "\n"), ("auto lo\n\n", ""), ("", "")):
        file = parsed(text)
        file.append("auto bond0")
        assert file.render() == text + gap + "auto bond0\n"


def test_a_name_is_dropped_from_a_line_with_its_blanks() -> None:
    for text, after in (
        ("auto lo eth0 eth1\n", "auto lo eth1\n"),
        ("auto lo \\\n  eth0\\\n  eth1 \n", "auto lo\\\n  eth1 \n"),
        ("auto lo eth0\r\n", "auto lo\r\n"),
    ):
        file = parsed(text)
        (auto,) = file.stanzas()
        file.drop_word(auto.head, auto.head.words.index("eth0"))
        assert file.render() == after


def test_a_value_is_set_with_its_name_indentation_and_line_end_kept() -> None:
    text = "iface a inet static\n  address\t 10.0.0.1/8  \r\n  # x\n  mtu \\\n  9000\n"
    file = parsed(text)
    item = stanza(file, "iface a inet static")
    file.set_value(item.options[0], "10.0.0.2/8")
    file.set_value(item.options[1], "1500")
    assert file.render() == (
        "iface a inet static\n  address\t 10.0.0.2/8  \r\n  # x\n  mtu \\\n  1500\n"
    )


def test_a_word_broken_by_a_backslash_is_not_edited() -> None:
    file = parsed("iface eth\\\n0 inet static\n")
    with pytest.raises(ValueError, match="interfaces:1: a word is broken"):
        file.set_word(file.stanzas()[0].head, 3, "manual")


def test_options_outside_any_stanza_are_found() -> None:
    file = parsed("address 1.2.3.4\nauto lo\n\tmtu 5\niface lo inet loopback\n\tmtu 9\n")
    assert [line.number for line in file.stray()] == [1, 3]
    assert isinstance(file.lines[0], Line)
