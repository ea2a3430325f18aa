"""A lease that goes along, where the change is made without an outage: it does not end."""

from collections.abc import Iterable, Iterator

from xenbond_tui.answers import Removal, Request
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Finding, note


def lease_goes_along(
    found: Iterable[Finding], facts: HostFacts, request: Request
) -> Iterator[Finding]:
    """The findings, each that says a lease ends replaced: the rules do not know the steps."""
    bridge = request.answers.bridge.name
    for finding in found:
        if finding.code != "lease-moves":
            yield finding
            continue
        removed = isinstance(request, Removal)
        source, target = (bridge, finding.where) if removed else (finding.where, bridge)
        link = facts.link(source)
        for item in link.addresses if link is not None else ():
            if item.dynamic and item.family == 4:
                yield note(
                    finding.code,
                    source,
                    f"The lease {item.cidr} goes from {source} to {target}, which is the same "
                    "client to the DHCP server. Should the server give another address all the "
                    "same, the change is undone.",
                )
