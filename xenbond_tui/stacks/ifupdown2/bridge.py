"""What ifupdown2 reads of a bridge differently from ifupdown.

Source: ifupdown2 3.0.0, addons/bond.py, addons/bridge.py, addons/address.py.
"""

from xenbond_tui.answers import Answers
from xenbond_tui.facts.guest_ports import PLUGGED
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.stacks.ifupdown.address import carrier_of_ports
from xenbond_tui.stacks.ifupdown.files import Configuration, Located

CONDONE = "bridge-ports-condone-regex"
GUESTS = f"^({'|'.join(PLUGGED)})"
"""Guests' ports: ifreload takes every port off a bridge that its stanza does not name."""


def fit(config: Configuration, answers: Answers) -> None:
    """Turn what was written for ifupdown into what ifupdown2 reads.

    The bridge's MAC is `hwaddress` here (bridge_hw is not known), and guests' ports need a pattern
    to stay where they are. The bond gets no hwaddress: to set one, ifupdown2 takes the bond and its
    slaves down (measured: frames are lost), and nobody sees the MAC of a bridge's port.
    """
    bridge = answers.bridge
    first = carrier_of_ports(config, bridge.name)
    first.set_option("bridge-hw", None)
    _mac(first, bridge.mac)
    if not first.stanza.named(CONDONE):
        first.set_option(CONDONE, GUESTS)


def _mac(located: Located, mac: str) -> None:
    """Without it udev gives the bridge another (systemd.link(5), MACAddressPolicy)."""
    words = (located.stanza.value("hwaddress") or "").split()
    if mac and normal_mac(words[-1] if words else "") != mac:
        located.set_option("hwaddress", mac)
