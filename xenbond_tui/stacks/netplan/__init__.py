"""netplan: the files of /etc/netplan, edited in place."""

from xenbond_tui.stacks.netplan.stack import Netplan

__all__ = ["Netplan"]
