"""What guests run: a release of Debian on a kernel, one row each, chosen by name.

`make lab RELEASE=trixie KERNEL=7` chooses one for everything. Without that each file of tests has
its turn (`turns.py`), and what is shown on every platform asks for each of them.
"""

import os
from dataclasses import dataclass

from tests.lab.errors import NoLab
from tests.lab.kernels import KERNELS, Kernel


@dataclass(frozen=True, slots=True)
class Platform:
    """A row of `PLATFORMS`, or what the environment asked for."""

    release: str
    """Debian's name of it."""
    kernel: Kernel

    def __str__(self) -> str:
        return f"{self.release}-{self.kernel}"


PLATFORMS = (Platform("bookworm", KERNELS["6.1"]), Platform("trixie", KERNELS["7"]))
"""Debian 12 and 13, each with a kernel of its time or later: what every journey is shown on."""


def chosen() -> Platform | None:
    """The one that the environment asks for, by either half of its name.

    Raises:
        NoLab: it names a release or a kernel that is no row.
    """
    release = os.environ.get("XENBOND_LAB_RELEASE", "")
    kernel = os.environ.get("XENBOND_LAB_KERNEL", "")
    if not release and not kernel:
        return None
    if kernel and kernel not in KERNELS:
        raise NoLab(f"KERNEL={kernel} is none of {', '.join(KERNELS)}")
    releases = [row.release for row in PLATFORMS]
    if release and release not in releases:
        raise NoLab(f"RELEASE={release} is none of {', '.join(releases)}")
    for row in PLATFORMS:
        if release in ("", row.release) and kernel in ("", row.kernel.name):
            return row
    if release:
        return Platform(release, KERNELS[kernel])
    return next(Platform(row.release, KERNELS[kernel]) for row in PLATFORMS)


def each() -> tuple[Platform, ...]:
    """Those that a journey is shown on."""
    only = chosen()
    return PLATFORMS if only is None else (only,)


_in_use: list[Platform] = []


def use(platform: Platform) -> None:
    """From now on guests of this process run that one."""
    _in_use[:] = [platform]


def in_use() -> Platform:
    """The one that a guest of this process runs when nothing else is asked for."""
    return _in_use[0] if _in_use else chosen() or PLATFORMS[-1]


if __name__ == "__main__":
    print("\n".join(map(str, each())))
