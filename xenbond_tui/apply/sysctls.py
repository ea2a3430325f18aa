"""Values of /proc/sys set for the time of a change, and what they were before.

What they were is kept with the transaction before anything is set, so that a worker that takes
over from one that died can put them back.
"""

import json
from collections.abc import Callable, Mapping

from xenbond_tui.apply.codec import decode
from xenbond_tui.apply.notes import read_note, write_note
from xenbond_tui.effects import KernelWriter
from xenbond_tui.errors import XenbondError
from xenbond_tui.host.document import parse


class Sysctls:
    """The values one transaction has set."""

    def __init__(self, writer: Callable[[], KernelWriter], path: str) -> None:
        self._writer = writer
        self._path = path

    def set(self, values: Mapping[str, str]) -> None:
        """Set them; names this kernel does not have are left out."""
        old = {name: self._writer().sysctl(name) for name in values}
        known = {name: value for name, value in old.items() if value is not None}
        write_note(self._path, json.dumps({**known, **self._kept()}).encode())
        for name in known:
            self._writer().set_sysctl(name, values[name])

    def restore(self) -> None:
        """Put back what they were before the first `set`."""
        for name, value in self._kept().items():
            self._writer().set_sysctl(name, value)

    def _kept(self) -> dict[str, str]:
        try:
            return dict(decode(Mapping[str, str], parse(read_note(self._path))))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            raise XenbondError.at(
                self._path, "can't be read: what was in /proc/sys before is not known."
            ) from None
