"""Which systemd this host has, by the name of its shared library: no command is run for it.

A reload of systemd 257 and later also changes bonds and bridges that are there already: to what the
steps before it have set, so nothing is left for it to change.
"""

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.regex import regex

OLDEST_SUPPORTED = 244
"""First with `networkctl reload` and `networkctl reconfigure`."""
PERMANENT_MAC = 245
"""First that matches by PermanentMACAddress=."""
SETS_SLAVES_DOWN = range(249, 253)
"""These set a slave down to give it the bond it is in already, whenever its file has changed
(link_is_ready_to_set_link in networkd-setlink.c; mended in 253, systemd issue 25067)."""
KEEP_MASTER = 250
"""First with KeepMaster=, which spares a slave that."""
UPDATES_ADDRESSES = 253
"""First that takes an address it finds for its own only if scope, label and broadcast are what it
would give it; else it takes it off first (address_can_update in networkd-address.c)."""

_NUMBER = regex(r"libsystemd-shared-(\d+)")


def version(facts: HostFacts) -> int | None:
    """252; None where no library tells."""
    found = (_NUMBER.search(path) for path in (*facts.files, *facts.unreadable))
    return max((int(match[1]) for match in found if match), default=None)
