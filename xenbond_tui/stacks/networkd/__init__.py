"""The systemd-networkd stack."""

from xenbond_tui.stacks.networkd.stack import Networkd

__all__ = ["Networkd"]
