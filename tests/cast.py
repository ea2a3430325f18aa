"""Draws the README's moving picture: the journey on the demo host, one screen after the other.

An SVG whose frames take turns by CSS: it needs no player, and shows its first frame where nothing
moves.
"""

import asyncio
import re
from collections.abc import Sequence

from tests.screenshots import TARGET, demo, draw

SHOWN_S = 3.0
"""Seconds that each frame is shown."""
FRAMES = ("slaves", "bond", "bridge", "review", "apply", "healthy", "health")


def moving(frames: Sequence[str], seconds: float = SHOWN_S) -> str:
    """One SVG of several of the same size, each shown for so many seconds in turn, for ever."""
    found = re.search(r'viewBox="([^"]*)"', frames[0])
    size = found[1] if found is not None else ""
    whole, part = seconds * len(frames), 100 / len(frames)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}">',
        "<style>",
        ".frame { visibility: hidden; animation: turn step-end infinite; "
        f"animation-duration: {whole:g}s; }}",
        "#frame0 { visibility: visible; }",
        "@keyframes turn { 0% { visibility: visible; } "
        f"{part:.3f}% {{ visibility: hidden; }} }}",
        "@media (prefers-reduced-motion: reduce) { .frame { animation: none; } }",
        "</style>",
    ]
    for number, frame in enumerate(frames):
        # Begun in the past, so that no frame waits for its first turn with all the others.
        begun = (number - len(frames)) * seconds if number else 0
        style = f'style="animation-delay: {begun:g}s"'
        lines += [f'<g id="frame{number}" class="frame" {style}>', frame.strip(), "</g>"]
    return "\n".join([*lines, "</svg>"]) + "\n"


def main() -> None:
    """Draw it anew."""
    taken: dict[str, str] = {}
    with demo() as host:
        asyncio.run(draw(host, taken.__setitem__))
    path = TARGET / "moving.svg"
    path.write_text(moving([taken[name] for name in FRAMES]), encoding="utf-8")
    print(path.relative_to(TARGET.parent.parent))


if __name__ == "__main__":
    main()
