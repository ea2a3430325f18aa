"""No string of any source leaves raw: not on a terminal, not in JSON, not to a monitoring system.

Sources are real ones: a tree with that string in it, an environment, the words of a command. Sinks
are what a command prints or writes, the screens' output, wall and the system's log.
"""

import json
import os
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.monitoring import checked
from tests.security.hostile import COCKTAILS, STRINGS, raw
from tests.security.hostile_sources import (
    ANSWERS,
    SOURCES,
    STACK,
    Source,
    distribution,
    environment,
    hostname,
    put,
)
from xenbond_tui import cli

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
            f"{len(WORDS)} words of a command line; "
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
