"""The demo host's files, of which some are replaced as a whole while others read them."""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import TypeVar, cast

from xenbond_tui.demo.state import StateFile
from xenbond_tui.host.tree import RootedTree

_RENDERED = ("/sys/class/net", "/proc/net")
_Read = TypeVar("_Read", bound=Callable[..., object])


def _still(read: _Read) -> _Read:
    """A method of RootedTree that waits while somebody renders what it is asked for."""

    def reads(self: "RenderedTree", asked: str | Iterable[str]) -> object:
        paths = (asked,) if isinstance(asked, str) else (asked := tuple(asked))
        rendered = any(path.startswith(_RENDERED) for path in paths)
        with self.file.rendered() if rendered else nullcontext():
            return read(self, asked)

    return cast("_Read", reads)


class RenderedTree(RootedTree):
    """Waits while somebody renders what is asked for: a kernel's files are there at any time.

    Not within `StateFile.changing`, which it would wait for.
    """

    def __init__(self, root: str, file: StateFile) -> None:
        """`file`: of the state that is rendered there."""
        super().__init__(root)
        self.file = file

    read_all = _still(RootedTree.read_all)
    kernels_own = _still(RootedTree.kernels_own)
    held = _still(RootedTree.held)
    """What is rendered anew is another file."""
    exists = _still(RootedTree.exists)
    present = _still(RootedTree.present)
    glob = _still(RootedTree.glob)
    names = _still(RootedTree.names)
