"""What ifup's dhclient has leased.

A lease is in `dhclient-eth0.leases`, and where there is no such file since RHEL 7 in
`dhclient-UUID-eth0.lease`, which without UUID is `dhclient--eth0.lease` (ifup-eth).
"""

import re

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.regex import regex
from xenbond_tui.stacks.ifcfg.files import Scripts
from xenbond_tui.stacks.ifcfg.places import LEASES, pid_file
from xenbond_tui.value import replace

OLDEST_RELEASE = 7
"""First release whose dhclient-script tells the kernel how long an address is leased."""
_FIXED = regex(r"^[ \t]*fixed-address[ \t]+([0-9.]+);", re.MULTILINE)
"""dhclient.leases(5): the newest lease is the last."""


def lease_file(scripts: Scripts, link: str) -> str:
    """Where ifup has dhclient keep a link's leases (generate_lease_file_name)."""
    path = f"{LEASES}/dhclient-{link}.leases"
    uuid = next((config.value("UUID") for config in scripts.of_device(link)), None)
    if path in scripts.facts.files or scripts.release < OLDEST_RELEASE:
        return path
    return f"{LEASES}/dhclient-{uuid or ''}-{link}.lease"


def as_leased(facts: HostFacts) -> HostFacts:
    """The host with the addresses dynamic that ifup's dhclient has.

    Before RHEL 7 its script gives them no lifetime, and the kernel takes them for static ones.
    Only where the file says dhcp and dhclient runs for the link, and only what it was leased.
    """
    scripts = Scripts(facts)
    return replace(facts, links=tuple(_as_leased(scripts, link) for link in facts.links))


def _as_leased(scripts: Scripts, link: Link) -> Link:
    configs = scripts.of_device(link.name)
    if pid_file(link.name) not in scripts.facts.files:
        return link
    if not any((it.value("BOOTPROTO") or "").lower() in ("dhcp", "bootp") for it in configs):
        return link
    held = [item for item in link.addresses if (item.family, item.scope) == (4, "global")]
    told = _FIXED.findall(scripts.facts.said(lease_file(scripts, link.name)))
    leased = {told[-1]} if told else {item.ip for item in held if len(held) == 1}
    addresses = (replace(it, dynamic=it.dynamic or it.ip in leased) for it in link.addresses)
    return replace(link, addresses=tuple(addresses))
