"""No string of any source leaves raw: not on a terminal, not in JSON, not to a monitoring system.

Sources are real ones: a tree with that string in it, an environment, the words of a command. Sinks
are what a command prints or writes, the screens' output, wall and the system's log.
"""

import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from tests.monitoring import checked
from tests.security.hostile import ALL, COCKTAILS, STRINGS, name, raw
from xenbond_tui import cli
from xenbond_tui.apply.announce import announce
from xenbond_tui.apply.store import Record, State, Store
from xenbond_tui.commands.say import say, say_json
from xenbond_tui.commands.streams import CleanStream, clean_streams
from xenbond_tui.effects import Completed
from xenbond_tui.text import cells, clean, json_text, one_line, pad, shortened

CAPTURES = Path(__file__).parent.parent / "fixtures/captures/cables"
BOTH_UP = (CAPTURES / "proc_net_bonding_plain_e1000_uc1_0_both_up.txt").read_text()

INTERFACES = """\
auto eth0
iface eth0 inet static
    address 192.168.0.222/24
    gateway 192.168.0.1
"""
ANSWERS = """\
version: 1
stack: STACK
bond: {slaves: [eth0, eth1]}
bridge: {address: 192.168.0.222/24, gateway: 192.168.0.1}
"""

Source = Callable[[Path, str, pytest.MonkeyPatch], None]


def put(root: Path, path: str, text: str) -> None:
    real = root / path
    real.parent.mkdir(parents=True, exist_ok=True)
    real.write_bytes(text.encode("utf-8", "surrogatepass" if _odd(text) else "surrogateescape"))


def _odd(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" and not "\udc80" <= char <= "\udcff" for char in text)


def bond(root: Path, text: str = BOTH_UP, called: str = "bond0", port: str = "vif1.0") -> None:
    net = "sys/class/net"
    put(root, f"proc/net/bonding/{called}", text)
    put(root, f"{net}/bonding_masters", f"{called}\n")
    put(root, f"{net}/{called}/ifindex", "4\n")
    put(root, f"{net}/{called}/brport/state", "3\n")
    put(root, f"{net}/xenbr0/ifindex", "5\n")
    put(root, f"{net}/xenbr0/bridge/stp_state", "0\n")
    put(root, f"{net}/xenbr0/brif/{port}", "")
    put(root, f"{net}/xenbr0/brif/{called}", "")
    os.symlink("../xenbr0", root / net / called / "master")


def nics(root: Path, called: str = "eth1", driver: str = "e1000") -> None:
    for number, link in enumerate(("eth0", called), 2):
        folder = f"sys/class/net/{link}"
        put(root, f"{folder}/ifindex", f"{number}\n")
        put(root, f"{folder}/address", f"52:54:00:aa:00:0{number}\n")
        put(root, f"{folder}/carrier", "1\n")
        put(root, f"{folder}/flags", "0x1003\n")
        (root / folder / "device").mkdir()
        os.symlink(f"/sys/bus/pci/drivers/{name(driver)}", root / folder / "device/driver")


def ifupdown(root: Path, text: str = INTERFACES) -> None:
    for program in ("sbin/ifup", "sbin/brctl"):
        put(root, program, "")
    for hook in ("ifenslave", "bridge"):
        put(root, f"etc/network/if-pre-up.d/{hook}", "")
    put(root, "etc/network/interfaces", text)


def bond_name(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    bond(root, called=name(text, 100).replace("\n", "").replace(" ", "") or "bond0")


def slave_name(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    bond(root, BOTH_UP.replace("eth0", no_blanks(text)))


def driver_release(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    bond(root, BOTH_UP.replace("v6.1.0", no_blanks(text)))


def port_name(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    bond(root, port=name(text) or "vif1.0")


def nic_name(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    nics(root, called=name(text).replace("\n", "") or "eth1")


def driver_name(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    nics(root, driver=text)


def hostname(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root)
    put(root, "proc/sys/kernel/hostname", text)


def distribution(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root)
    put(
        root,
        "etc/os-release",
        f'ID=debian\nPRETTY_NAME="{text}"\nNAME="{text}"\nVERSION_ID="{text}"\n',
    )


def ifupdown_values(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    line = text.replace("\n", " ")
    ifupdown(root, f"{INTERFACES}    dns-search {line}\n    up echo {line}\n# {line}\n")


def ifupdown_words(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root, f"{INTERFACES}{text}\n")


def netplan_values(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    for program in ("usr/sbin/netplan", "lib/systemd/systemd-networkd"):
        put(root, program, "")
    enabled(root, "systemd-networkd.service")
    document = {
        "network": {
            "version": 2,
            "ethernets": {
                "eth0": {
                    "addresses": ["192.168.0.222/24"],
                    "nameservers": {"search": [no_surrogates(text)]},
                },
                "eth1": {},
            },
        }
    }
    put(root, "etc/netplan/01.yaml", json.dumps(document, indent=1))
    (root / "etc/netplan/01.yaml").chmod(0o600)


def enabled(root: Path, unit: str) -> None:
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    put(root, f"lib/systemd/system/{unit}", "[Service]\n")
    os.symlink(f"/lib/systemd/system/{unit}", wants / unit)


def no_blanks(text: str) -> str:
    """The kernel's names have none, of any kind, and no NUL."""
    return "".join(text.replace("\0", "").split())


def no_surrogates(text: str) -> str:
    return "".join(char for char in text if not "\ud800" <= char <= "\udfff")


def ifcfg_values(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    folder = "etc/sysconfig/network-scripts"
    for program in ("sbin/ifup", "usr/sbin/brctl", "sbin/ifdown"):
        put(root, program, "")
    put(root, "etc/rc.d/rc3.d/S10network", "")
    put(root, "etc/redhat-release", f"CentOS release 5.11 {text}\n")
    put(root, f"{folder}/ifup-eth", "")
    quoted = text.replace("'", "").replace("\n", " ")
    put(
        root,
        f"{folder}/ifcfg-eth0",
        f"DEVICE=eth0\nBOOTPROTO=static\nIPADDR=192.168.0.222\nNETMASK=255.255.255.0\n"
        f"ONBOOT=yes\nNAME='{quoted}'\nDOMAIN='{quoted}'\n# {quoted}\n",
    )


def networkd_values(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    put(root, "lib/systemd/systemd-networkd", "")
    enabled(root, "systemd-networkd.service")
    line = text.replace("\n", " ")
    put(
        root,
        "etc/systemd/network/10-eth0.network",
        f"# {line}\n[Match]\nName=eth0\n[Network]\nAddress=192.168.0.222/24\nDomains={line}\n"
        f"Description={line}\n",
    )


def keyfile_values(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    line = text.replace("\n", " ")
    put(root, "usr/sbin/NetworkManager", "")
    put(root, "usr/bin/nmcli", "")
    enabled(root, "NetworkManager.service")
    path = "etc/NetworkManager/system-connections/eth0.nmconnection"
    put(
        root,
        path,
        f"[connection]\nid={line}\nuuid=6a1b0a2e-0000-4000-8000-000000000000\ntype=ethernet\n"
        f"interface-name=eth0\n[ipv4]\nmethod=manual\naddress1=192.168.0.222/24\n"
        f"dns-search={line};\n",
    )
    (root / path).chmod(0o600)


def xen_files(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root)
    line = text.replace("\n", " ")
    put(root, "proc/xen/capabilities", "control_d\n")
    put(root, "etc/xen/xl.conf", f'# {line}\nvif.default.bridge="{line.replace(chr(34), "")}"\n')
    put(root, "etc/xen/xend-config.sxp", f"# {line}\n(network-script 'network-bridge {line}')\n")


def answers_file(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root)
    put(
        root,
        "answers.yaml",
        f"version: 1\nbond: {{name: {json.dumps(no_surrogates(text))}}}\n",
    )


def answers_escaped(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root)
    quoted = json.dumps(no_surrogates(text))
    keys = f"  ? {quoted}\n  : 1\n  search: [{quoted}]\n"
    put(root, "answers.yaml", f"version: 1\nbridge:\n{keys}")


def event_record(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    bond(root)
    event = {"time": 1.0, "code": text, "slave": text, "text": text, "boot": text}
    lines = "".join(
        json.dumps({**event, "monotonic": when}) + "\n" for when in (1.0, None, float("nan"))
    )
    put(root, "var/lib/xenbond/events/bond0.jsonl", lines)


def change_notes(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    records = tuple(
        Record(
            "20260101-000000-1", state, 1.0, 2.0, text, text, text, ((text, text),), text, by=text
        )
        for state in (State.ACTIVE, State.FAILED, State.UNREADABLE)
    )
    env.setattr(Store, "history", lambda store: records)
    env.setattr(Store, "open", lambda store: None)


def removed_notes(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    env.setattr(Store, "history", lambda store: ())
    env.setattr(Store, "removed", lambda store: (text,))


def environment(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root)
    for key in ("SUDO_USER", "LOGNAME", "TERM", "LANG", "SSH_CONNECTION"):
        env.setenv(key, name(text))


SOURCES: tuple[Source, ...] = (
    *(bond_name, slave_name, driver_release, port_name, nic_name, driver_name),
    *(hostname, distribution, ifupdown_values, ifupdown_words, netplan_values, ifcfg_values),
    *(networkd_values, keyfile_values, xen_files, answers_file, answers_escaped),
    *(event_record, change_notes, removed_notes, environment),
)
STACK = {
    netplan_values: "netplan",
    ifcfg_values: "ifcfg",
    networkd_values: "networkd",
    keyfile_values: "networkmanager",
}

SINKS = (
    ("status",),
    ("status", "--json"),
    ("status", "--nagios"),
    ("metrics",),
    ("metrics", "--output", "OUT.prom"),
    ("events",),
    ("events", "--json"),
    ("nics",),
    ("nics", "--json"),
    ("history",),
    ("history", "--json"),
    ("plan", "--answers", "ANSWERS"),
    ("plan", "--json", "--answers", "ANSWERS"),
)


@pytest.mark.parametrize("cocktail", COCKTAILS)
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_what_a_command_prints(
    source: Source,
    cocktail: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    source(root, COCKTAILS[cocktail], monkeypatch)
    if not (root / "answers.yaml").exists():
        put(root, "answers.yaml", ANSWERS.replace("STACK", STACK.get(source, "ifupdown")))
    capsys.readouterr()
    told = ""
    for sink in SINKS:
        argv = [
            word.replace("ANSWERS", str(root / "answers.yaml")).replace(
                "OUT", str(tmp_path / "out")
            )
            for word in sink
        ]
        code = cli.run([*argv, "--root", str(root)])
        out, err = capsys.readouterr()
        told += out + err
        assert raw(out) == [], sink
        assert raw(err) == [], sink
        assert "fault in xenbond itself" not in err, (sink, err)
        assert not any(line.startswith(("XENBOND OK - f", "bond9  ")) for line in out.split("\n"))
        if "--json" in sink and out:
            json.loads(out).keys()
            assert out.isascii()
        if "--nagios" in sink:
            assert out.count("\n") == 1
            assert checked(out).code == code
        if sink[0] == "metrics":
            text = (tmp_path / "out.prom").read_text() if len(sink) > 1 else out
            assert raw(text, "\n") == []
            list(text_string_to_metric_families(text))
    # Else nothing was tried. These three are for the screens.
    if source in (hostname, distribution, environment):
        return
    assert cocktail != "controls" or r"\x1b" in told or r"\u001b" in told


def test_how_many_sources_and_sinks(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(
            f"\n{len(SOURCES)} sources in a tree x {len(SINKS)} outputs of commands, "
            f"{len(WORDS)} words of a command line, {len(DIRECT)} further ways out; "
            f"{len(STRINGS)} kinds of hostile text"
        )
    assert len(SOURCES) * len(SINKS) > 250


# What is typed, and what other programs and the program's own faults say.

WORDS = (
    ("TEXT",),
    ("status", "TEXT"),
    ("status", "TEXT", "--nagios"),
    ("events", "TEXT"),
    ("metrics", "--output", "TEXT"),
    ("metrics", "--output", "/nowhere/TEXT.prom"),
    ("plan", "--answers", "TEXT"),
    ("plan", "--answers", "x", "--stack", "TEXT"),
    ("history", "--TEXT"),
    ("history", "--root", "TEXT"),
    ("undo", "TEXT", "--root", "ROOT"),
    ("extend", "TEXT"),
    ("demo", "--host", "TEXT"),
)


@pytest.mark.parametrize("argv", WORDS, ids=" ".join)
@pytest.mark.parametrize("kind", STRINGS)
def test_words_of_the_command_line(
    argv: tuple[str, ...], kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # As the system hands it over: bytes.
    text = os.fsdecode(STRINGS[kind].replace("\0", "").encode("utf-8", "surrogatepass"))
    cli.run([word.replace("TEXT", text).replace("ROOT", str(tmp_path)) for word in argv])
    out, err = capsys.readouterr()
    assert raw(out + err) == []
    assert "fault in xenbond itself" not in err


@pytest.mark.parametrize("kind", STRINGS)
@pytest.mark.parametrize("debug", ["", "1"])
def test_a_fault_of_our_own(
    kind: str, debug: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(argv: list[str]) -> int:
        raise ValueError(STRINGS[kind])

    monkeypatch.setenv("XENBOND_DEBUG", debug)
    monkeypatch.setattr(cli, "_dispatch", broken)
    assert cli.run(["status"]) == 2
    err = capsys.readouterr().err
    assert raw(err) == []
    assert ("Traceback" in err) == bool(debug)


# Each way out by itself, with anything that Python can hold in a string.

anything = st.text(st.characters(exclude_categories=()), max_size=60)


def stream(encoding: str) -> tuple[io.BytesIO, io.TextIOWrapper]:
    below = io.BytesIO()
    return below, io.TextIOWrapper(below, encoding=encoding, newline="")


def through_the_door(text: str, encoding: str) -> str:
    below, wrapper = stream(encoding)
    CleanStream(wrapper).write(text)
    wrapper.flush()
    return below.getvalue().decode(encoding)


def told_everyone(text: str) -> str:
    class Runner:
        said: list[str] = []

        def which(self, name: str) -> str:
            return f"/bin/{name}"

        def run(self, argv: tuple[str, ...], timeout: float) -> Completed:
            assert not any("\0" in word for word in argv)
            self.said += [word for word in argv if word not in ("wall", "logger")]
            return Completed(argv, 0, "", "")

    class Machine:
        runner = Runner()

    announce(Machine(), text)  # type: ignore[arg-type]
    return "".join(Machine.runner.said)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner),
    max_leaves=12,
)


@given(JSON)
def test_json_is_laid_out_as_pythons_own(document: object) -> None:
    assert json_text(document) == json.dumps(document, indent=2)
    with pytest.raises(TypeError, match="JSON has no bytes"):
        json_text([document, b""])


def document(text: str) -> str:
    written = json_text({text: [text, {"x": (text, float("nan"), None, True)}]})
    # Readers that take no half characters: what they would get is what they can write again.
    json.dumps(json.loads(written), ensure_ascii=False).encode()
    return written


DIRECT: dict[str, Callable[[str], str]] = {
    "stdout and stderr, UTF-8": lambda text: through_the_door(text, "utf-8"),
    "stdout and stderr, ASCII": lambda text: through_the_door(text, "ascii"),
    "stdout and stderr, Latin-1": lambda text: through_the_door(text, "latin-1"),
    "JSON": document,
    "wall and the system's log": told_everyone,
    "one line": one_line,
}


@pytest.mark.parametrize("way", DIRECT)
@given(text=anything)
def test_each_way_out(way: str, text: str) -> None:
    assert raw(DIRECT[way](text), "" if way == "one line" else "\n\t") == []


@given(text=anything)
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    for made in (clean(text), one_line(text)):
        assert (
            clean(made) == one_line(made) == made if "\n" not in made and "\t" not in made else True
        )
        assert clean(clean(made)) == clean(made)


@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_text_in_ascii_is_not_touched(text: str) -> None:
    assert one_line(text) == clean(text) == text


def test_what_stands_for_what() -> None:
    assert one_line("\x1b[m\x7f\n\t") == r"\x1b[m\x7f\x0a\x09"
    assert one_line("\udc9b \u009b \u202e \U000e0001 \ud800") == (
        r"\x9b \u009b \u202e \U000e0001 \ud800"
    )
    assert clean("a\n\tb\r\n") == "a\n\tb\\x0d\n"
    assert one_line("na\u0308her, \u6f22, caf\u00e9") == "na\u0308her, \u6f22, caf\u00e9"
    assert one_line("e" + "\u0301" * 5) == "e\u0301\u0301\u0301" + r"\u0301" * 2


@given(text=anything, width=st.integers(3, 40))
def test_columns_hold(text: str, width: int) -> None:
    shown = one_line(text)
    assert cells(shortened(shown, width)) <= width
    assert cells(pad(shortened(shown, width), width)) == width


def test_nothing_goes_round_the_doors(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    with clean_streams():
        print(ALL)
        print(ALL, file=sys.stderr)
        sys.stdout.writelines([ALL])
        say(ALL)
        say_json({"x": ALL})
        with clean_streams():
            print(ALL)
    assert sys.stdout is before
    out, err = capsys.readouterr()
    assert raw(out + err) == []


# Data is never a template.

PROGRAM = Path(cli.__file__).parent


def _calls() -> Iterator[tuple[str, str]]:
    for folder in (PROGRAM, PROGRAM.parent / "screens"):
        for path in sorted(folder.rglob("*.py")):
            for line in path.read_text().splitlines():
                for match in re.finditer(r"([\w.\])\"']+)\.format\(", line):
                    yield f"{path.name}: {line.strip()}", match[1]


LOCAL = {
    "item": "rules/units.py",
    "name": "apply/surroundings.py",
    "p": "ifcfg/lease.py",
    "pattern": "ifcfg/lease.py",
    "kind": "ifcfg/routes.py",
    "words": "screens/xen.py",
}
"""Loop variables over constants of ours."""


def test_only_constants_are_format_strings() -> None:
    for where, receiver in _calls():
        constant = re.fullmatch(r"_?[A-Z][A-Z_0-9]+", receiver.rpartition(".")[2])
        assert constant or receiver in LOCAL, where
