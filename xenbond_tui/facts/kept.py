"""What readers have made of one host's files: it lives as long as the facts it belongs to."""

from collections.abc import Callable, Hashable

from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")
_MOST = 1 << 14
"""Results; one plan of a host with some thousand files makes less."""


class Kept:
    """Results of pure functions by what they were given: the texts themselves, no paths alone."""

    def __init__(self) -> None:
        self._made: dict[Hashable, object] = {}

    def once(self, make: "Callable[..., T]", *given: Hashable) -> "T":
        """What a function gives for these; it is asked once. Nobody may change the result."""
        key = (make, *given)
        if key not in self._made:
            if len(self._made) >= _MOST:
                self._made.clear()
            self._made[key] = make(*given)
        return self._made[key]  # type: ignore[return-value]

    def of(self, owner: object, what: Hashable, make: "Callable[[], T]") -> "T":
        """What is made of one value, by which it is and not by what it says; it is asked once."""
        key = (what, id(owner))
        if key not in self._made:
            if len(self._made) >= _MOST:
                self._made.clear()
            # With its owner, so that no other value gets that one's identity meanwhile.
            self._made[key] = (owner, make())
        return self._made[key][1]  # type: ignore[index, no-any-return]
