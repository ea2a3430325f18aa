"""Requests that change links, addresses, routes and rules. The only importer of pyroute2.

pyroute2's traps are kept in here: a synchronous socket cannot be opened inside a running event loop
(write from a thread or from synchronous code). Reading does without it: see `rtnetlink`.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from xenbond_tui.errors import XenbondError


@contextmanager
def requests(doing: str, allowed: Sequence[int] = ()) -> Iterator[Any]:
    """A socket for requests (pyroute2's IPRoute); error numbers in `allowed` are let pass.

    Raises:
        XenbondError: the kernel refused; `doing` and the kernel's own words say what and why.
    """
    from pyroute2 import IPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    try:
        # Without ext_ack the kernel says only a number.
        with IPRoute(ext_ack=True) as ipr:
            yield ipr
    except (NetlinkError, OSError) as error:
        number, *words = error.args or (0,)
        if number in allowed:
            return
        # Extended acknowledgement text where the kernel gave some, else strerror.
        text = str(words[0] if words else os.strerror(number)).rstrip(".")
        raise XenbondError.at(doing, f"the kernel refused: {text}.") from error
