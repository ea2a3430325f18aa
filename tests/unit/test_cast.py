"""The moving picture is one well-formed SVG that shows one frame at a time."""

import re
from xml.etree import ElementTree

from tests.cast import moving

FRAME = '<svg viewBox="0 0 994 635.6" xmlns="http://www.w3.org/2000/svg"><text>{}</text></svg>'


def test_frames_take_turns_and_the_first_is_there_without_any() -> None:
    svg = moving([FRAME.format(name) for name in ("one", "two", "three")], 2.0)
    root = ElementTree.fromstring(svg)  # noqa: S314
    assert root.get("viewBox") == "0 0 994 635.6"
    frames = [item for item in root if item.get("class") == "frame"]
    assert [item.get("style") for item in frames] == [
        "animation-delay: 0s",
        "animation-delay: -4s",
        "animation-delay: -2s",
    ]
    assert "".join(frames[1].itertext()).strip() == "two"
    assert "animation-duration: 6s" in svg
    assert re.search(r"#frame0 \{ visibility: visible; \}", svg)
