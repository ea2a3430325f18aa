"""Draws the README's pictures: the screens on the demo host, driven by keys."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from textual.pilot import Pilot

from xenbond_tui.app import XenbondApp
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.kernel import DemoKernel
from xenbond_tui.demo.recordings import unpack

TARGET = Path(__file__).resolve().parent.parent / "assets" / "screenshots"
STILL = ("host", "slaves", "bond", "bridge", "xen", "review", "apply", "health")
"""The pictures that are kept each for itself."""
PATIENCE = 60.0
"""Seconds a screen may take to show what is waited for."""


def shown(app: XenbondApp) -> str:
    """The text on the screen now."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def wait_for(pilot: Pilot[int], app: XenbondApp, text: str) -> None:
    """Wait until the screen shows `text`."""
    deadline = time.monotonic() + PATIENCE
    while text not in shown(app):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{text!r} is not on the screen:\n{shown(app)}")
        await pilot.pause(0.05)


async def draw(directory: str, take: Callable[[str, str], object]) -> None:
    """The whole journey; `take` is given a name and a picture of each screen on the way."""
    machine = open_demo(directory)
    app = XenbondApp(lambda: machine, ascii_only=False)
    async with app.run_test(size=(80, 24)) as pilot:

        async def picture(name: str, text: str) -> None:
            await wait_for(pilot, app, text)
            svg = app.export_screenshot(title=f"xenbond: {name}")
            # Blanks at the start of a line are part of the picture.
            svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
            take(name, svg)

        await picture("host", "> Set up")
        await pilot.press("enter")
        await picture("slaves", "[x] eth1")
        await pilot.press("f10")
        await picture("bond", "(*) active-backup")
        await pilot.press("f10")
        await picture("bridge", "No outage expected")
        await pilot.press("f10")
        await picture("xen", "Toolstack")
        await pilot.press("f10")
        await picture("review", "+auto bond0")
        await pilot.press("a", "f10")
        await picture("apply", "ok      address 192.168.0.222")
        await pilot.press("k")
        await wait_for(pilot, app, "Kept")
        await pilot.press("enter")
        await wait_for(pilot, app, "gateway  192.168.0.1")
        await picture("healthy", "HEALTHY")
        if isinstance(machine.kernel, DemoKernel):
            machine.kernel.pull("eth1")
        await wait_for(pilot, app, "eth1 -> eth0")
        await picture("health", "gateway  192.168.0.1")
        await pilot.press("q")


@contextmanager
def demo() -> Iterator[str]:
    """The demo host's directory."""
    with tempfile.TemporaryDirectory(prefix="xenbond-pictures-") as directory:
        host = f"{directory}/host"
        unpack("debian12-dom0", host)
        yield host


def main() -> None:
    """Draw every picture anew."""
    TARGET.mkdir(parents=True, exist_ok=True)

    def keep(name: str, svg: str) -> None:
        if name in STILL:
            (TARGET / f"{name}.svg").write_text(svg, encoding="utf-8")

    with demo() as host:
        asyncio.run(draw(host, keep))
    for name in STILL:
        print((TARGET / f"{name}.svg").relative_to(TARGET.parent.parent))


if __name__ == "__main__":
    main()
