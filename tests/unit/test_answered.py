"""How the lab's switch in QEMU reads its own log: what a silence lasted, and how sure that is."""

import pytest

from tests.lab.qemu.answered import Span, span

PACE = 0.02


def near(found: Span, least: float, came: float, most: float) -> bool:
    return (found.least, found.came, found.most) == pytest.approx((least, came, most))


def test_on_a_steady_machine_a_silence_is_what_came() -> None:
    came = [(n, n * PACE) for n in range(40) if not 10 <= n < 16]
    assert near(span(came, 9, 10, PACE), 140, 140, 140)


def test_frames_held_up_after_it_make_it_seem_longer() -> None:
    """The machine stood still for 0.4 s: then all came at once that were sent meanwhile."""
    came = [(n, max(n * PACE, 0.72) if n >= 16 else n * PACE) for n in range(60)]
    del came[10:16]
    found = span(came, 9, 10, PACE)
    assert near(found, 140, 540, 540)
    assert found.off(140) == found.off(540) == 0
    assert found.off(100) == pytest.approx(40)
    assert found.off(600) == pytest.approx(60)


def test_one_held_up_before_it_makes_it_seem_shorter() -> None:
    came = [(n, n * PACE) for n in range(40) if not 10 <= n < 16]
    came[9] = (9, 9 * PACE + 0.1)
    assert near(span(came, 9, 10, PACE), 40, 40, 140)


def test_neighbours_on_the_other_side_of_a_silence_say_nothing() -> None:
    came = [(0, 0.0), (5, 0.1), (6, 0.5), (30, 0.6)]
    assert near(span(came, 1, 2, PACE), 400, 400, 400)
