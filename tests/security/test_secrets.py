"""Passwords and keys of files are never shown, in whatever form they stand there."""

import json
import random
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.security.hostile_sources import ANSWERS, ifupdown, put
from xenbond_tui import cli
from xenbond_tui.apply.undo import ChangedSince
from xenbond_tui.errors import XenbondError
from xenbond_tui.masking.keys import SECRETS, Format, is_secret
from xenbond_tui.masking.shown import MASK, masked_words, shown_lines
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import warn

NETPLAN = "/etc/netplan/01.yaml"
IFCFG = "/etc/sysconfig/network-scripts/ifcfg-wlan0"
INTERFACES = "/etc/network/interfaces"
KEYFILE = "/etc/NetworkManager/system-connections/wlan0.nmconnection"
NETDEV = "/etc/systemd/network/wg0.netdev"
SXP = "/etc/xen/xend-config.sxp"


@dataclass(frozen=True)
class Case:
    """A file in which SECRET stands for what must not be shown, and what is shown of it."""

    path: str
    text: str
    shown: str


CASES = {
    "netplan, plain": Case(
        NETPLAN, "wifis:\n  w:\n    password: SECRET\n", "wifis:\n  w:\n    password: *\n"
    ),
    "netplan, quoted": Case(NETPLAN, 'password: "SECRET: #x"\n', "password: *\n"),
    "netplan, single quotes": Case(NETPLAN, "password: 'SEC''RET'\n", "password: *\n"),
    "netplan, flow": Case(
        NETPLAN, 'home: {password: "SECRET, x", mode: ap}\n', "home: {password: *, mode: ap}\n"
    ),
    "netplan, JSON in YAML": Case(
        NETPLAN, '{"password":"SECRET","a":1}\n', '{"password":*,"a":1}\n'
    ),
    "netplan, block scalar": Case(
        NETPLAN,
        "a:\n  password: |\n    SECRET\n    SECRET\n  b: 1\n",
        "a:\n  password: *\n  b: 1\n",
    ),
    "netplan, folded": Case(
        NETPLAN,
        "a:\n  password: >-\n    SECRET\n\n    SECRET\n  b: 1\n",
        "a:\n  password: *\n  b: 1\n",
    ),
    "netplan, plain over lines": Case(
        NETPLAN, "a:\n  password: SECRET\n    SECRET\n  b: 1\n", "a:\n  password: *\n  b: 1\n"
    ),
    "netplan, quoted over lines": Case(
        NETPLAN, 'a:\n  password: "SECRET\n    SECRET"\n  b: 1\n', "a:\n  password: *\n  b: 1\n"
    ),
    "netplan, escaped key": Case(NETPLAN, '"pass\\x77ord": SECRET\n', '"pass\\x77ord": *\n'),
    "netplan, explicit key": Case(NETPLAN, "? password\n: SECRET\n", "? password\n: *\n"),
    "netplan, auth": Case(
        NETPLAN,
        "auth:\n  key-management: eap\n  identity: me\n  password: SECRET\n"
        "  client-key: /etc/key.pem\n  client-key-password: SECRET\n",
        "auth:\n  key-management: eap\n  identity: me\n  password: *\n"
        "  client-key: /etc/key.pem\n  client-key-password: *\n",
    ),
    "netplan, WireGuard": Case(
        NETPLAN,
        "wg0:\n  key: SECRET\n  peers:\n  - keys: {public: PUB, shared: SECRET}\n    x: 1\n",
        "wg0:\n  key: *\n  peers:\n  - keys: {public: PUB, shared: *}\n    x: 1\n",
    ),
    "netplan, behind an alias": Case(
        NETPLAN, "x: &p SECRET\npassword: *p\n", "x: *\npassword: *\n"
    ),
    "netplan, passthrough": Case(
        NETPLAN,
        "passthrough: {wifi-security.psk: SECRET}\n",
        "passthrough: {wifi-security.psk: *}\n",
    ),
    "netplan, comment": Case(NETPLAN, "a: 1\n# password: SECRET\n", "a: 1\n# password:*\n"),
    "netplan, broken": Case(
        NETPLAN,
        "\ta: [\nb:\n  password: SECRET\n    SECRET\n  c: 1\n",
        "\ta: [\nb:\n  password:*\n  c: 1\n",
    ),
    "netplan, broken and quoted": Case(
        NETPLAN, '\ta: [\npassword: "SECRET\nSECRET"\nc: 1\n', "\ta: [\npassword:*\nc: 1\n"
    ),
    "ifcfg": Case(
        IFCFG,
        "ESSID=x\nKEY_MGMT=WPA-PSK\nWPA_PSK='SECRET SECRET'\nKEY1=s:SECRET\n",
        "ESSID=x\nKEY_MGMT=WPA-PSK\nWPA_PSK=*\nKEY1=*\n",
    ),
    "ifcfg, 802.1X": Case(
        IFCFG,
        'IEEE_8021X_IDENTITY=me\nIEEE_8021X_PASSWORD="SECRET"\nIEEE_8021X_PASSWORD_RAW=SECRET\n'
        "IEEE_8021X_PRIVATE_KEY_PASSWORD=SECRET\nIEEE_8021X_PASSWORD_FLAGS=user\n",
        "IEEE_8021X_IDENTITY=me\nIEEE_8021X_PASSWORD=*\nIEEE_8021X_PASSWORD_RAW=*\n"
        "IEEE_8021X_PRIVATE_KEY_PASSWORD=*\nIEEE_8021X_PASSWORD_FLAGS=user\n",
    ),
    "ifcfg, over lines": Case(
        IFCFG, "KEY='SECRET\nSECRET'\"SECRET\"SEC\\\nRET\nA=1\n", "KEY=*\nA=1\n"
    ),
    "ifcfg, two on a line": Case(
        IFCFG, "A=1 KEY_PASSPHRASE1=SECRET; B=2\n", "A=1 KEY_PASSPHRASE1=*; B=2\n"
    ),
    "ifcfg, commented out": Case(IFCFG, "#WPA_PSK=SECRET don't\nA=1\n", "#WPA_PSK=*\nA=1\n"),
    "ifcfg, never closed": Case(IFCFG, "WPA_PSK='SECRET\nA=1\n", "WPA_PSK=*\n"),
    "keys file": Case(
        "/etc/sysconfig/network-scripts/keys-wlan0",
        "KEY_1=SECRET\nFOO=SECRET\n",
        "KEY_1=*\nFOO=*\n",
    ),
    "interfaces": Case(
        INTERFACES,
        "iface w inet dhcp\n  wpa-ssid x\n  wpa-psk SECRET SECRET\n  wireless-key2 s:SECRET\n"
        "  wpa-password SECRET\n  wpa-private-key-passwd SECRET\n",
        "iface w inet dhcp\n  wpa-ssid x\n  wpa-psk *\n  wireless-key2 *\n"
        "  wpa-password *\n  wpa-private-key-passwd *\n",
    ),
    "interfaces, continued": Case(
        INTERFACES, "  wpa-psk \\\n    SEC\\\nRET\n  mtu 1500\n", "  wpa-psk *\n  mtu 1500\n"
    ),
    "interfaces, the key itself continued": Case(
        INTERFACES, "  wpa-\\\npsk SECRET\n  mtu 1500\n", "*\n  mtu 1500\n"
    ),
    "interfaces, commands": Case(
        INTERFACES,
        "  up iwconfig w key s:SECRET\n  up wpa_passphrase net SECRET\n# wpa-psk SECRET\n",
        "  up iwconfig w key *\n  up wpa_passphrase net *\n# wpa-psk *\n",
    ),
    "keyfile": Case(
        KEYFILE,
        "[wifi-security]\nkey-mgmt=wpa-psk\npsk=SECRET SECRET\npsk-flags=0\nwep-key0=SECRET\n"
        "[802-1x]\npassword=SECRET\npassword-raw=1;2;SECRET\nprivate-key-password=SECRET\n"
        "[gsm]\npin=SECRET\n[vpn-secrets]\nanything=SECRET\n[wireguard]\nprivate-key=SECRET\n"
        "[wireguard-peer.PUB]\npreshared-key=SECRET\n[macsec]\nmka-cak=SECRET\nmtu=1500\n",
        "[wifi-security]\nkey-mgmt=wpa-psk\npsk=*\npsk-flags=0\nwep-key0=*\n"
        "[802-1x]\npassword=*\npassword-raw=*\nprivate-key-password=*\n"
        "[gsm]\npin=*\n[vpn-secrets]\nanything=*\n[wireguard]\nprivate-key=*\n"
        "[wireguard-peer.PUB]\npreshared-key=*\n[macsec]\nmka-cak=*\nmtu=1500\n",
    ),
    "networkd": Case(
        NETDEV,
        "[WireGuard]\nPrivateKey=SEC\\\n# in between\nRET\nPrivateKeyFile=/k\n[WireGuardPeer]\n"
        "PublicKey=PUB\nPresharedKey=SECRET\n[MACsecTransmitAssociation]\nKeyId=1\nKey=SECRET\n",
        "[WireGuard]\nPrivateKey=*\nPrivateKeyFile=/k\n[WireGuardPeer]\n"
        "PublicKey=PUB\nPresharedKey=*\n[MACsecTransmitAssociation]\nKeyId=1\nKey=*\n",
    ),
    "xend": Case(
        SXP, "(vncpasswd 'SECRET SECRET')\n(vnc-listen x)\n", "(vncpasswd *)\n(vnc-listen x)\n"
    ),
    "xl": Case("/etc/xen/xl.conf", 'vncpasswd="SECRET"\na=1\n', "vncpasswd=*\na=1\n"),
    "xl, in a list": Case(
        "/etc/xen/guest.cfg",
        "vfb=['type=vnc,vncpasswd=SECRET,x=1']\n",
        "vfb=['type=vnc,vncpasswd=*\n",
    ),
    "unknown": Case(
        "/etc/wpa.conf",
        'network={\n  ssid="x"\n  psk="SECRET"\n}\n',
        'network={\n  ssid="x"\n  psk=*\n}\n',
    ),
}


def shown(path: str, text: str) -> str:
    return "".join(line.shown for line in shown_lines(path, text))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_only_the_secret_is_masked(case: Case, line_end: str) -> None:
    found = shown(case.path, case.text.replace("\n", line_end)).replace("\r\n", "\n")
    assert found == case.shown.replace("*", MASK)
    assert "SEC" not in found
    assert "RET" not in found


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_letter_beyond_ascii_beside_it_changes_nothing(case: Case) -> None:
    for text in (case.text, case.text.upper()):
        plain, other = (shown(case.path, f"# {letter}\n{text}") for letter in "aä")
        assert plain[4:] == other[4:]


def test_a_text_in_which_no_word_speaks_of_one_is_searched_by_no_expression(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One of some thousand lines takes longer by an expression than all else of its diff."""
    monkeypatch.setattr("xenbond_tui.masking.shown._HINT", None)
    text = "iface eth2.1 inet static\n\taddress 192.0.2.1/29\n" * 9
    assert shown(INTERFACES, text) == masked_words(text) == text


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_another_password_is_a_change_and_tells_nothing_of_either(case: Case) -> None:
    other = (
        case.text.replace("SECRET", "hunter2hunter2hunter2")
        .replace("SEC", "hu")
        .replace("RET", "nt")
    )
    change = FileChange(case.path, case.text.encode(), other.encode())
    diff = change.diff()
    assert change.status == "changed"
    assert change.masked
    added, removed = change.counts()
    assert added == removed >= 1
    minus = [line[1:] for line in diff.split("\n") if line.startswith("-") and line[:3] != "---"]
    plus = [line[1:] for line in diff.split("\n") if line.startswith("+") and line[:3] != "+++"]
    # The same to the eye, whatever the lengths: two lines of a key too.
    assert minus == plus
    assert all(MASK in line for line in minus)
    assert not any(word in diff for word in ("SEC", "RET", "hunter2"))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("length", [1, 8, 63, 200])
def test_its_length_can_not_be_told(case: Case, length: int) -> None:
    text = case.text.replace("SECRET", "z" * length)
    assert shown(case.path, text) == shown(case.path, case.text)


def test_a_key_of_more_lines_is_no_longer() -> None:
    def block(lines: int) -> str:
        return "a:\n  password: |\n" + "    SECRET\n" * lines + "  b: 1\n"

    diff = FileChange(NETPLAN, block(2).encode(), block(9).encode()).diff()
    assert diff == (
        f"--- {NETPLAN}\n+++ {NETPLAN}\n@@ -1,3 +1,3 @@\n a:\n"
        f"-  password: {MASK}\n+  password: {MASK}\n   b: 1\n"
    )


def test_a_file_without_secrets_is_shown_to_the_byte() -> None:
    text = "auto eth0\niface eth0 inet static\n\taddress 192.0.2.1/24\r\n\x0cno end"
    assert shown(INTERFACES, text) == text
    change = FileChange(INTERFACES, text.encode(), f"{text}\n".encode())
    assert not change.masked
    assert change.shown_after() == f"{text}\n"
    assert "\\ No newline at end of file" in change.diff()


def test_every_way_a_diff_is_shown() -> None:
    old, new = b"wpa-psk SECRET1\n", b"wpa-psk SECRET2\n"
    since = ChangedSince(FileChange(INTERFACES, old, new), FileChange(INTERFACES, new, old))
    for text in (since.text(), since.since.diff()):
        assert "SECRET" not in text
        assert MASK in text


def test_a_removed_and_a_new_file() -> None:
    for change in (
        FileChange(KEYFILE, b"psk=SECRET\n", None),
        FileChange(KEYFILE, None, b"psk=SECRET\n"),
    ):
        assert change.masked
        assert f"psk={MASK}" in change.diff()
        assert "SECRET" not in change.diff()


def test_the_document_and_the_words_of_a_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "auto eth0\niface eth0 inet static\n  address 192.168.0.222/24\n  gateway 192.168.0.1\n"
    ifupdown(tmp_path, f"{text}  wpa-psk SECRET\n  up echo wpa-psk: SECRET\n")
    put(tmp_path, "answers.yaml", ANSWERS.replace("STACK", "ifupdown"))
    for more in ([], ["--json"]):
        argv = ["plan", "--answers", str(tmp_path / "answers.yaml"), "--root", str(tmp_path)]
        assert cli.run([*argv, *more]) == 1
        out, err = capsys.readouterr()
        assert "SECRET" not in out + err
        assert MASK in out
    files = json.loads(out)["files"]
    masked = {file["path"]: file["masked"] for file in files}
    assert masked[INTERFACES] is True
    assert sum(masked.values()) == 1
    # The file is as it was.
    assert "SECRET" in (tmp_path / "etc/network/interfaces").read_text()


WORDS = (
    "/etc/network/interfaces:7: wpa-psk SECRET is odd",
    "WPA_PSK='SECRET SECRET' can't be written to a shell file",
    'expected a key: password: "SECRET"',
    "802-1x.password=SECRET",
    "nmcli connection modify x wifi-sec.psk SECRET: exit status 2",
    "while reading\n  psk: SECRET\n  ^",
)


@pytest.mark.parametrize("words", WORDS)
def test_what_errors_and_findings_quote(words: str) -> None:
    said = (str(XenbondError(words)), warn("x", words, words, words).text, masked_words(words))
    for text in said:
        assert "SECRET" not in text
        assert MASK in text


@pytest.mark.parametrize(
    "words",
    [
        "/etc/ppp/chap-secrets: Permission denied",
        "The password is in the safe.",
        "key-management: psk",
        "Press any key: it goes on.",
        "802.1X needs a private key in /etc/ssl/private/key.pem",
    ],
)
def test_words_without_a_secret_stay(words: str) -> None:
    assert masked_words(words) == words


def test_each_format_has_its_keys() -> None:
    assert set(SECRETS) == set(Format)
    for format, keys in SECRETS.items():
        assert all(key == key.lower() and "_" not in key for key in keys), format
    for format in Format:
        assert not is_secret(format, "psk-flags")
        assert not is_secret(format, "address")


@pytest.mark.parametrize("path", [NETPLAN, IFCFG, INTERFACES, KEYFILE, NETDEV, SXP, "/etc/other"])
def test_a_large_file_takes_no_longer_than_its_size(path: str) -> None:
    line = {NETPLAN: "  psk: abc # x\n", SXP: "(vncpasswd 'x')\n"}.get(
        path, "  PSK=abc wpa-psk d\n"
    )
    filler = "-" * 70 + " " * 70 + "\n"

    def seconds(times: int) -> float:
        text = ("a:\n" if path == NETPLAN else "") + (line + "#" + filler) * times
        began = time.process_time()
        shown_lines(path, text)
        return time.process_time() - began

    seconds(10)
    # Whoever else is at work takes time from the longer one: its best of three counts.
    short, long = seconds(200), min(seconds(2000) for _ in range(3))
    assert long < 40 * max(short, 0.002)


def test_no_text_is_too_odd() -> None:
    alphabet = "psk=:\"'\\\n \t#{}[]()|>-&*!%@`~,?wpa-password"
    for seed in range(400):
        odd = random.Random(seed)  # noqa: S311
        text = "".join(odd.choice(alphabet) for _ in range(200))
        for path in (NETPLAN, IFCFG, INTERFACES, KEYFILE, NETDEV, SXP, "/x"):
            lines = shown_lines(path, text)
            assert "".join(item.said for item in lines) == text
