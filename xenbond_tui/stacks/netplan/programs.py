"""The programs netplan is made of, where its releases have them."""

from collections.abc import Iterator

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Finding, refuse

NETPLAN = ("/usr/sbin/netplan", "/sbin/netplan")
GENERATORS = (
    "/usr/libexec/netplan/generate",
    "/lib/netplan/generate",
    "/usr/lib/netplan/generate",
    "/usr/libexec/netplan/configure",
)
PROBES = (*NETPLAN, *GENERATORS)


def installed(facts: HostFacts) -> bool:
    """True where netplan is there."""
    return any(path in facts.present for path in PROBES)


def missing(facts: HostFacts) -> Iterator[Finding]:
    """Refuses a host without the command that has to carry the change out."""
    if not any(path in facts.present for path in NETPLAN):
        yield refuse(
            "netplan-missing",
            NETPLAN[0],
            "netplan is not installed, so nothing would read the files.",
            "Install netplan.io; or save the answers and name another stack: "
            "`xenbond apply --answers FILE --stack NAME`.",
        )
