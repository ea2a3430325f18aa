"""Is a gateway that lies in no network of the host's addresses on the link all the same?

Many hosting providers give a host one address alone (/32, /128) and a gateway elsewhere. Each stack
has a word for it: `pointopoint`, `on-link`, `GatewayOnLink=`, a route to the gateway itself.
"""

from collections.abc import Iterable, Sequence
from ipaddress import ip_interface

from xenbond_tui.answers import BridgeAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules.addresses import Interface, ip_address, same_address


def on_link(
    facts: HostFacts, asked: BridgeAnswers, today: BridgeAnswers | None, links: Iterable[Link]
) -> bool:
    """Is the gateway asked for outside the bridge's networks, and reached on its link?

    It is where it is so today, by the files or by what runs, and where the bridge has no address
    but one that is alone in its network: such a one has no other gateway.

    Args:
        facts: the host, for what runs.
        asked: the bridge, with what was left out.
        today: the same by the files.
        links: bridge, bond and slaves, as far as they run.
    """
    gateway = asked.gateway or ""
    own = _networks(asked.addresses, gateway)
    if not own or _held(own, gateway):
        return False
    if all(item.network.prefixlen == item.max_prefixlen for item in own):
        return True
    if today is not None and today.on_link and same_address(today.gateway or "", gateway):
        return True
    for link in links:
        runs = _networks([item.cidr for item in link.addresses], gateway)
        ways = (it.gateway for it in facts.routes if (it.destination, it.link) == _out(link))
        if (
            runs
            and not _held(runs, gateway)
            and any(same_address(it or "", gateway) for it in ways)
        ):
            return True
    return False


def _out(link: Link) -> tuple[str, str]:
    return "default", link.name


def _networks(addresses: Iterable[str], gateway: str) -> Sequence[Interface]:
    """The addresses of the gateway's family; none where one of them, or it, is no address."""
    try:
        version = ip_address(gateway).version
        found = [ip_interface(item) for item in addresses]
    except ValueError:
        return ()
    return [item for item in found if item.version == version]


def _held(own: Sequence[Interface], gateway: str) -> bool:
    way = ip_address(gateway)
    return way.is_link_local or any(way in item.network for item in own)
