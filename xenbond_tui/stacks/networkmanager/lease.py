"""A leased address moves: to the server, the bridge is the client that the NIC was.

NetworkManager's own DHCP client names itself by the link's MAC unless told otherwise, and the
bridge has the NIC's (dhcp-client-id in nm-settings-nmcli(5)). A client ID made of the link's name
or of its profile's UUID would be another client, with another lease. A client that ends keeps its
lease, unless its profile has it given back (dhcp-send-release, since 1.48).
"""

from xenbond_tui.stacks.change_over.conditions import NeedsOutage
from xenbond_tui.stacks.networkmanager.files import Profile, boolean

_OF_THE_LINK = ("stable", "perm-mac", "duid", "ipv6-duid")


def refuse(profile: Profile) -> None:
    """The bridge would be another client, or the NIC's end would end the bridge's lease.

    Raises:
        NeedsOutage: so it is.
    """
    identifier = profile.get("ipv4", "dhcp-client-id")
    if identifier in _OF_THE_LINK:
        raise NeedsOutage(
            f"dhcp-client-id={identifier} in {profile.path} makes the bridge another client"
        )
    said = profile.get("ipv4", "dhcp-send-release")
    if said not in (None, "-1") and boolean(said) is not False:
        raise NeedsOutage(f"dhcp-send-release in {profile.path} has the lease given back")
