"""The editor of systemd's files and keyfiles: nothing is lost, an edit touches its lines only."""

import ctypes
import ctypes.util
import difflib
import re

import pytest
from hypothesis import given, strategies as st
from ini_files import alphabet, dialects, files, key, name, word

from xenbond_tui.errors import XenbondError
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import KEYFILE, SYSTEMD, Dialect

NETWORK = """\
# The port to the office

[Match]
Name=eth0

; two addresses, on purpose
[Network]
Address = 192.168.0.222/24
Address=192.168.0.223/24
DNS=192.168.0.1 \\
# the second one is new
\t192.168.0.2
IPv6AcceptRA=no

# to the branch
[Route]
Destination=10.0.0.0/8
Gateway=192.168.0.254
[Route]
Gateway=192.168.0.1
# end
"""

PROFILE = """\
[connection]
id=eth0
uuid=11111111-2222-3333-4444-555555555555
type=ethernet

[ipv4]
address1=192.168.0.222/24,192.168.0.1
dns=192.168.0.1;
# dns=9.9.9.9;
method=manual
"""

Reading = list[tuple[str, str, str]]


def parsed(text: str, dialect: Dialect = SYSTEMD) -> IniFile:
    return IniFile.parse("/etc/systemd/network/eth0.network", text, dialect)


def reading(file: IniFile) -> Reading:
    return [
        (section.name, line.key or "", line.value)
        for section in file.sections()
        for line in section.entries
    ]


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True))
    return [line for line in lines if line[0] in "+-"]


def as_systemd_reads(text: str) -> Reading:
    """config_parse() and parse_line() of src/shared/conf-parser.c, without its limits."""
    found: Reading = []
    section, pending = "", None
    bom = "\ufeff"
    lines = re.split(r"\r\n|\n\r|[\r\n\0]", text)
    for line in lines[:-1] if lines[-1] == "" else lines:
        if line.lstrip(" \t\n\r")[:1] in ("#", ";"):
            continue
        if bom and line.startswith("\ufeff"):
            line, bom = line[1:], ""
        whole = line if pending is None else pending + line
        escaped = False
        for char in whole:
            escaped = not escaped and char == "\\"
        if escaped:
            pending = whole[:-1] + " "
            continue
        pending = None
        if (section := _assignment(found, section, whole)) == "broken":
            return found
    if pending is not None:
        _assignment(found, section, pending)
    return found


def _assignment(found: Reading, section: str, text: str) -> str:
    text = text.strip(" \t\n\r")
    if text.startswith("["):
        return text[1:-1] if text.endswith("]") and len(text) > 1 else "broken"
    key, equals, value = text.partition("=")
    if section and equals and key:
        found.append((section, key.strip(" \t\n\r"), value.strip(" \t\n\r")))
    return section


def as_glib_reads(text: str) -> Reading | None:
    """What GLib's own parser makes of a keyfile, the last value of each key; None: refused."""
    name = ctypes.util.find_library("glib-2.0")
    if name is None:
        pytest.skip("GLib, the other reader of keyfiles, is not on this machine")
    glib = ctypes.CDLL(name)
    glib.g_key_file_new.restype = ctypes.c_void_p
    glib.g_key_file_get_groups.restype = ctypes.POINTER(ctypes.c_char_p)
    glib.g_key_file_get_keys.restype = ctypes.POINTER(ctypes.c_char_p)
    glib.g_key_file_get_value.restype = ctypes.c_char_p
    file = ctypes.c_void_p(glib.g_key_file_new())
    data = text.encode()
    if not glib.g_key_file_load_from_data(file, data, ctypes.c_size_t(len(data)), 0, None):
        return None
    found: Reading = []
    groups = glib.g_key_file_get_groups(file, None)
    for group in _strings(groups):
        for item in _strings(glib.g_key_file_get_keys(file, group, None, None)):
            value = glib.g_key_file_get_value(file, group, item, None)
            found.append((group.decode(), item.decode(), value.decode()))
    return found


def _strings(array: "ctypes._Pointer[ctypes.c_char_p]") -> list[bytes]:
    found: list[bytes] = []
    while (item := array[len(found)]) is not None:
        found.append(item)
    return found


@given(st.text(), dialects)
def test_any_text_comes_back_unchanged(text: str, dialect: Dialect) -> None:
    assert parsed(text, dialect).render() == text


@given(st.text(alphabet=alphabet), dialects)
def test_any_mix_of_the_format_s_own_characters_comes_back(text: str, dialect: Dialect) -> None:
    file = parsed(text, dialect)
    file.sections()
    file.stray()
    assert file.render() == text


@given(st.text(alphabet=alphabet) | files(SYSTEMD))
def test_units_are_read_as_systemd_reads_them(text: str) -> None:
    file = parsed(text)
    if not any(line.unknown and line.text.startswith("[") for line in file.lines):
        got = [entry for entry in reading(file) if entry[0]]
        assert got == as_systemd_reads(text)


@given(st.text(alphabet="[]=#;\n\t aB1") | files(KEYFILE))
def test_keyfiles_are_read_as_glib_reads_them(text: str) -> None:
    file = parsed(text, KEYFILE)
    glib = as_glib_reads(text)
    if glib is not None:
        assert not file.stray()
        last = {(section, key): value for section, key, value in reading(file)}
        assert last == {(section, key): value for section, key, value in glib}


@given(files(SYSTEMD), name, key, word)
def test_setting_a_key_changes_that_key_only(text: str, name: str, key: str, word: str) -> None:
    file = parsed(text)
    had = file.entries(name, key)
    before = reading(file)
    file.set(name, key, word)
    after = as_systemd_reads(file.render())
    if had:
        at = len(before) - 1 - [entry[:2] for entry in before][::-1].index((name, key))
        assert after == [*before[:at], (name, key, word), *before[at + 1 :]]
    else:
        at = after.index((name, key, word))
        assert [*after[:at], *after[at + 1 :]] == before
    comments = [line for line in text.splitlines() if line.lstrip()[:1] in ("#", ";")]
    left = [line for line in file.render().splitlines() if line.lstrip()[:1] in ("#", ";")]
    assert left == comments


@given(files(SYSTEMD), files(SYSTEMD))
def test_added_lines_never_join_what_stands_above(text: str, more: str) -> None:
    file = parsed(text + "\n[Network]\nDNS=a \\")
    before = reading(file)
    file.append_section("Route", ("Gateway", "192.168.0.1"))
    assert as_systemd_reads(file.render()) == [*before, ("Route", "Gateway", "192.168.0.1")]
    assert file.render().startswith(text)


@given(files(KEYFILE), name, key)
def test_setting_a_key_of_a_keyfile_touches_its_own_lines(text: str, name: str, key: str) -> None:
    file = parsed(text, KEYFILE)
    file.set(name, key, "new")
    assert file.get(name, key) == "new"
    lost = [line for line in changed_lines(text, file.render()) if line.startswith("-")]
    assert len(lost) <= 1 or not text.endswith("\n")


@given(files(SYSTEMD), st.data())
def test_a_section_taken_out_takes_nothing_else(text: str, data: st.DataObject) -> None:
    file = parsed(text)
    sections = file.sections()
    if not sections:
        return
    doomed = data.draw(st.integers(0, len(sections) - 1))
    rest = [
        (section.name, line.key, line.value)
        for at, section in enumerate(sections)
        if at != doomed
        for line in section.entries
    ]
    file.remove_section(sections[doomed])
    assert as_systemd_reads(file.render()) == rest


def test_one_value_of_several_is_edited_in_its_place() -> None:
    file = parsed(NETWORK)
    first, _ = file.entries("Network", "Address")
    file.set_value(first, "192.168.0.9/24")
    assert changed_lines(NETWORK, file.render()) == [
        "- Address = 192.168.0.222/24\n",
        "+ Address = 192.168.0.9/24\n",
    ]


def test_a_continued_value_is_read_whole_and_keeps_its_comment_when_replaced() -> None:
    file = parsed(NETWORK)
    (dns,) = file.entries("Network", "DNS")
    assert (dns.value.split(), dns.number) == (["192.168.0.1", "192.168.0.2"], 10)
    file.set_value(dns, "9.9.9.9")
    assert "# the second one is new\nDNS=9.9.9.9\nIPv6AcceptRA=no\n" in file.render()


def test_a_section_moves_with_the_comments_above_it() -> None:
    file = parsed(NETWORK)
    route = file.sections("Route")[0]
    assert route.raw == (
        "# to the branch\n[Route]\nDestination=10.0.0.0/8\nGateway=192.168.0.254\n"
    )
    file.remove_section(route)
    assert file.values("Route", "Gateway") == ("192.168.0.1",)
    assert file.render().endswith("IPv6AcceptRA=no\n\n[Route]\nGateway=192.168.0.1\n# end\n")


def test_an_added_key_stands_with_its_like_in_the_file_s_own_line_ends() -> None:
    file = parsed(NETWORK.replace("\n", "\r\n"))
    file.add(file.sections("Network")[0], "Address", "192.168.0.224/24")
    assert changed_lines(NETWORK.replace("\n", "\r\n"), file.render()) == [
        "+ Address=192.168.0.224/24\r\n"
    ]
    assert [line.value for line in file.entries("Network", "Address")][-1] == "192.168.0.224/24"


def test_a_key_said_already_is_left_as_it_was_written() -> None:
    file = parsed("[Network]\n  DHCP =  yes  \n")
    file.set("Network", "DHCP", "yes")
    assert file.render() == "[Network]\n  DHCP =  yes  \n"


def test_a_keyfile_has_no_continuation_lines_and_knows_one_comment_sign() -> None:
    text = PROFILE + "; not a comment\nid=C:\\\n"
    file = parsed(text, KEYFILE)
    assert [line.text for line in file.stray()] == ["; not a comment"]
    assert file.get("ipv4", "id") == "C:\\"
    assert as_glib_reads(text) is None
    file = parsed(PROFILE, KEYFILE)
    file.set("ipv4", "dns", "192.168.0.1;9.9.9.9;")
    assert changed_lines(PROFILE, file.render()) == [
        "- dns=192.168.0.1;\n",
        "+ dns=192.168.0.1;9.9.9.9;\n",
    ]


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a ", " a", "a\\", "a\x00", "a\x1b"])
def test_a_value_that_would_be_read_back_as_another_is_refused(value: str) -> None:
    file = parsed(NETWORK)
    with pytest.raises(XenbondError, match=r"eth0\.network: DNS=.* can't be written"):
        file.set("Network", "DNS", value)
    assert file.render() == NETWORK


@pytest.mark.parametrize("key", ["", "a=b", "#a", "a\n", "[a", " a"])
def test_a_key_that_would_be_read_back_as_another_is_refused(key: str) -> None:
    with pytest.raises(XenbondError, match="can't be written"):
        parsed(NETWORK).set("Network", key, "1")


@pytest.mark.parametrize("name", ["", "a]", "a\nb", " a"])
def test_a_section_that_would_be_read_back_as_another_is_refused(name: str) -> None:
    with pytest.raises(XenbondError, match="can't be written as a section"):
        parsed(NETWORK).append_section(name, ("a", "b"))


def test_bytes_that_are_no_utf8_are_refused_with_their_line() -> None:
    with pytest.raises(XenbondError, match=r"eth0\.network:2: is not UTF-8 text"):
        IniFile.parse("eth0.network", b"[Match]\nName=\xff\n", SYSTEMD)
