"""The demo host's files, of which some are replaced as a whole while others read them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from xenbond_tui.demo.state import StateFile
from xenbond_tui.facts.file_state import FileState, UnreadableFile
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.typed import override

_RENDERED = ("/sys/class/net", "/proc/net")


class RenderedTree(RootedTree):
    """Waits while somebody renders what is asked for: a kernel's files are there at any time.

    Not within `StateFile.changing`, which it would wait for.
    """

    def __init__(self, root: str, file: StateFile) -> None:
        """`file`: of the state that is rendered there."""
        super().__init__(root)
        self._file = file

    @contextmanager
    def _still(self, *paths: str) -> Iterator[None]:
        if not any(path.startswith(_RENDERED) for path in paths):
            yield
            return
        with self._file.rendered():
            yield

    @override
    def read_all(self, paths: Iterable[str]) -> dict[str, FileState | UnreadableFile]:
        """As RootedTree's."""
        asked = tuple(paths)
        with self._still(*asked):
            return super().read_all(asked)

    @override
    def kernels_own(self, path: str) -> bytes | None:
        """As RootedTree's."""
        with self._still(path):
            return super().kernels_own(path)

    @override
    def held(self, path: str) -> Callable[[], bytes]:
        """As RootedTree's; what is rendered anew is another file."""
        with self._still(path):
            return super().held(path)

    @override
    def exists(self, path: str) -> bool:
        """As RootedTree's."""
        with self._still(path):
            return super().exists(path)

    @override
    def present(self, paths: Iterable[str]) -> frozenset[str]:
        """As RootedTree's."""
        asked = tuple(paths)
        with self._still(*asked):
            return super().present(asked)

    @override
    def glob(self, pattern: str) -> tuple[str, ...]:
        """As RootedTree's."""
        with self._still(pattern):
            return super().glob(pattern)

    @override
    def names(self, directory: str) -> tuple[str, ...]:
        """As RootedTree's."""
        with self._still(directory):
            return super().names(directory)
