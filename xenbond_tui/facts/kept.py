"""What readers have made of one host's files: it lives as long as the facts it belongs to."""

from collections.abc import Callable, Hashable

from xenbond_tui.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")
_MOST = 1 << 16
"""Results; one plan of a host with some thousand files makes less."""
_NOTHING = object()


class Kept:
    """Results of pure functions by what they were given: the texts themselves, no paths alone.

    `earlier` are those of the host a plan is made of: with what is made of the files as they would
    be it is not filled.
    """

    def __init__(self, earlier: "Kept | None" = None) -> None:
        self._earlier = earlier
        self._made: dict[Hashable, object] = {}

    def once(self, make: "Callable[..., T]", *given: Hashable) -> "T":
        """What a function gives for these; it is asked once. Nobody may change the result."""
        key = (make, *given)
        found = self._found(key)
        made: T = self._keep(key, make(*given)) if found is _NOTHING else found
        return made

    def of(self, owner: object, what: Hashable, make: "Callable[[], T]") -> "T":
        """What is made of one value, by which it is and not by what it says; it is asked once."""
        key = (what, id(owner))
        found = self._found(key)
        if found is _NOTHING:
            # With its owner, so that no other value gets that one's identity meanwhile.
            found = self._keep(key, (owner, make()))
        made: T = found[1]
        return made

    def _found(self, key: Hashable) -> Any:
        if self._earlier is not None and (found := self._earlier._found(key)) is not _NOTHING:
            return found
        return self._made.get(key, _NOTHING)

    def _keep(self, key: Hashable, made: Any) -> Any:
        if len(self._made) >= _MOST:
            self._made.clear()
        self._made[key] = made
        return made
