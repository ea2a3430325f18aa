"""What one NetworkManager can do and another can't: since which release, and where that is said.

`version` tells by the directory of its plug-ins, no command is run; it is asked once for a plan,
and `able` with it. Options of [bond] have their own table (`options.table`).
"""

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.regex import regex
from xenbond_tui.stacks.networkmanager.files import Profile

_NUMBER = regex(r"/NetworkManager/(\d+)\.(\d+)(?:\.(\d+))?[^/]*/libnm-")

Version = tuple[int, ...]
"""Two numbers or more: (1, 32, 12) is later than (1, 32)."""


def version(facts: HostFacts) -> Version | None:
    """(1, 42, 4); None where no plug-in tells."""
    found = (_NUMBER.search(path) for path in (*facts.files, *facts.unreadable))
    return max(
        (tuple(int(part or 0) for part in match.groups()) for match in found if match),
        default=None,
    )


IPV6_OFF = (1, 20)
"""First with ipv6.method=disabled (its NEWS); before, IPv6 could only be left to the kernel
(`ignore`)."""
IPV4_DAD = (1, 46)
"""First that without a word looks for duplicates of an IPv4 address before the link gets it (its
NEWS; _prop_get_ipv4_dad_timeout in nm-device.c: 200 ms, 0 in 1.44)."""


def able(number: Version | None, since: Version) -> bool:
    """Can it? One whose version is not known is taken for a new one."""
    return number is None or number >= since


def detects(number: Version | None, *profiles: Profile) -> bool:
    """Does a link wait for its IPv4 address with one of these profiles (ipv4.dad-timeout)?"""
    said = [profile.get("ipv4", "dad-timeout") or "-1" for profile in profiles]
    return any(item not in ("-1", "0") for item in said) or (
        able(number, IPV4_DAD) and "-1" in said
    )
