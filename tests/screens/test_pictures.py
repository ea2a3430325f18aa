"""Every screen, at 80x24 and wider, in both themes, on hosts that stand still.

A picture that differs is looked at, not just accepted: `pytest --snapshot-update` replaces them.
"""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import frozen
import pytest
import waiting
import ways
from keys import Way, shows
from textual.pilot import Pilot

from xenbond_tui.app import XenbondApp
from xenbond_tui.demo import simulate
from xenbond_tui.demo.state import DemoBond
from xenbond_tui.machine import Machine

SIZES = [pytest.param((80, 24), id="80x24"), pytest.param((120, 40), id="120x40")]
THEMES = ["textual-dark", "ansi-dark"]

WIZARD = {
    "host": ways.to_host,
    "slaves": ways.to_slaves,
    "bond": ways.to_bond,
    "bridge": ways.to_bridge,
    "xen": ways.to_xen,
    "review": ways.to_review,
}

LAST_SHOWN = {"bridge": "No outage expected", "review": "No outage expected"}
"""What the work of a screen shows last."""

Picture = Callable[[Machine, str, Way], bool]


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    chosen: tuple[int, int] = request.param
    return chosen


@pytest.fixture(params=THEMES)
def picture(
    request: pytest.FixtureRequest, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> Picture:
    def compare(machine: Machine, start: str, way: Way) -> bool:
        app = XenbondApp(lambda: machine, start, theme=request.param)
        same = snap_compare(app, terminal_size=size, run_before=way)
        if not same:
            # Where the report can't be had, as of a run elsewhere, its text says what differs.
            print(lines(app.return_value or ""))
        return same

    return compare


def lines(svg: str) -> str:
    """The text of a picture, a line of the screen each."""
    words = re.findall(r'<text[^>]* y="[^"]*"[^>]*>(.*?)</text>', svg)
    return html.unescape("\n".join(words)).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("name", WIZARD)
def test_wizard(name: str, dom0: Machine, picture: Picture) -> None:
    async def whole(pilot: Pilot[Any]) -> None:
        await WIZARD[name](pilot)
        await shows(pilot, LAST_SHOWN.get(name, ""))

    assert picture(dom0, "wizard", whole)


def test_removal(tmp_path: Path, picture: Picture) -> None:
    assert picture(frozen.removable(tmp_path / "host"), "wizard", ways.to_removal)


@pytest.fixture
def undecided(tmp_path: Path) -> Iterator[Machine]:
    """The dom0 with a change that is up and waits to be kept."""
    with waiting.change(frozen.machine(tmp_path / "host")) as machine:
        yield machine


def test_apply(undecided: Machine, picture: Picture) -> None:
    assert picture(undecided, "wizard", ways.to_decide)


def test_health(bonded: Machine, picture: Picture) -> None:
    async def pulled(pilot: object) -> None:
        await ways.to_health(pilot)  # type: ignore[arg-type]
        await pilot.press("1")  # type: ignore[attr-defined]
        await shows(pilot, "DEGRADED")  # type: ignore[arg-type]
        await shows(pilot, "eth0 link down")  # type: ignore[arg-type]
        await shows(pilot, "1 plug eth0")  # type: ignore[arg-type]
        await shows(pilot, "gateway  192.168.0.1  0.4 ms")  # type: ignore[arg-type]
        await shows(pilot, "sw1 Gi1/0/12")  # type: ignore[arg-type]

    assert picture(bonded, "health", pulled)


def test_drill(bonded: Machine, picture: Picture) -> None:
    async def asked(pilot: object) -> None:
        await ways.to_health(pilot)  # type: ignore[arg-type]
        await pilot.press("d")  # type: ignore[attr-defined]
        await shows(pilot, "192.168.0.1 is asked every 20 ms")  # type: ignore[arg-type]

    assert picture(bonded, "health", asked)


def test_bonds(bonded: Machine, picture: Picture) -> None:
    with frozen.kernel_of(bonded).changing() as state:
        simulate.create_bond(state, "bond1", DemoBond("802.3ad", miimon=100, slaves=["eth3"]))

    async def listed(pilot: object) -> None:
        await shows(pilot, "> bond0  HEALTHY")  # type: ignore[arg-type]
        await shows(pilot, "Any one of them may fail.")  # type: ignore[arg-type]

    assert picture(bonded, "health", listed)
