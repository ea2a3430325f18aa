"""Whatever a terminal sends: the screens go on, and the keys typed around it are keys."""

import random
import sys
from collections.abc import Iterator

import pytest
from textual.events import Key, Paste
from textual.message import Message

from tests.terminal.pty_app import PtyApp
from tests.terminal.test_driver import sample, started
from xenbond_tui.terminal.driver import Incoming

NOISE = [
    b"\xe4",
    b"\xff",
    b"\x80",
    b"\xe2\x82",
    b"\xf0\x9f\x98",
    b"\xed\xa0\x80",
    b"\x1b[999999999999;5u",
    b"\x1b[1114112u",
    b"\x1b[97;5;1114112u",
    b"\x1b[99999999999999999999999u",
]


def keys(incoming: Incoming, data: bytes) -> list[str]:
    return [event.key for event in incoming.feed(data) if isinstance(event, Key)]


@pytest.mark.parametrize("noise", NOISE, ids=repr)
def test_only_what_cannot_be_read_is_lost(noise: bytes) -> None:
    incoming = Incoming()
    assert keys(incoming, b"a" + noise + b"b") == ["a", "b"]
    assert keys(incoming, b"\x1b[A") == ["up"]
    by_byte = [key for byte in noise + b"x" for key in keys(incoming, bytes([byte]))]
    assert by_byte == ["x"]


def test_a_character_that_comes_in_pieces_is_one() -> None:
    incoming = Incoming()
    told = [keys(incoming, bytes([byte])) for byte in "é€".encode()]
    assert told == [[], ["é"], [], [], ["euro_sign"]]


def test_a_report_that_cannot_be_read_ends_no_paste_after_it() -> None:
    incoming = Incoming()
    told: list[Message] = list(incoming.feed(b"\x1b[1114112u\x1b[200~name\xff\x1b[201~z"))
    assert [event.text for event in told if isinstance(event, Paste)] == ["name"]


def storm(seed: int) -> Iterator[bytes]:
    """Random bytes, and reports made of the parts of real ones with any numbers in them."""
    chance = random.Random(seed)  # noqa: S311 - the same storm every time
    numbers = ["", "0", "1", "27", "97", "55296", "57358", "1114112", "9" * 12, "-1", "1:2", "²"]
    for _ in range(400):
        if chance.random() < 0.3:
            yield chance.randbytes(chance.randrange(1, 12))
            continue
        inner = ";".join(chance.choice(numbers) for _ in range(chance.randrange(6)))
        kind = chance.choice(["[", "[<", "[?", "O", "[48;", "[I", "[200~", "[201~", "]", "P", ""])
        yield f"\x1b{kind}{inner}{chance.choice('u~ABRMmtcyS$y')}".encode()


@pytest.mark.parametrize("seed", range(20))
def test_no_storm_is_a_fault(seed: int) -> None:
    incoming = Incoming()
    for data in storm(seed):
        for _ in (*incoming.feed(data), *incoming.tick()):
            pass
    list(incoming.feed(b"\x1b[201~" + b"." * 40))
    assert keys(incoming, b"ok") == ["o", "k"]


@pytest.mark.thorough
def test_the_screens_go_on_through_noise() -> None:
    with sample() as app:
        started(app)
        for data in (*NOISE, b"\x1b[48;99999999;99999999;1;1t", b"\x1b[99999;99999R"):
            app.send_bytes(data)
        app.press("f2")
        app.wait_for("Second screen")
        for data in storm(1):
            app.send_bytes(data)
            app.pump(0)
        app.settle()
        app.send_bytes(b"\x1b[201~" + b"." * 40)
        app.press("ctrl+q")
        assert app.wait_exit() == 0
        assert "Traceback" not in app.received.decode(errors="replace")


@pytest.mark.thorough
@pytest.mark.parametrize("reported", [(65535, 65535), (1, 24), (80, 2000)])
def test_a_size_no_terminal_has_is_not_drawn(reported: tuple[int, int]) -> None:
    argv = [sys.executable, "-I", "-m", "xenbond_tui", "demo"]
    hostile = {
        "TEXTUAL_COLOR_SYSTEM": "zz",
        "TEXTUAL_DRIVER": "nothing:Here",
        "TEXTUAL_FILTERS": "dim,none",
        "TEXTUAL_PRESS": "q",
        "TEXTUAL_LOG": "/dev/full",
        "ESCDELAY": "9" * 400,
    }
    env = {"TERM": "xterm", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", **hostile}
    with PtyApp(argv, env, reported=reported) as app:
        app.wait_for("Set up")
        app.press("ctrl+q")
        assert app.wait_exit() == 0


@pytest.mark.thorough
def test_a_fault_while_keys_are_read_is_one_line_and_no_success() -> None:
    program = (
        "import sys; from xenbond_tui.terminal import driver\n"
        "def broken(self, message): raise ValueError('broken here')\n"
        "driver.ChangedCellsDriver.process_message = broken\n"
        "from xenbond_tui.cli import run; sys.exit(run(['demo']))"
    )
    env = {"TERM": "xterm", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    with PtyApp([sys.executable, "-c", program], env) as app:
        app.press("x")
        assert app.wait_exit() == 2
        told = app.received.decode(errors="replace")
        assert "fault in xenbond itself: ValueError: broken here" in told
        assert "Traceback" not in told
