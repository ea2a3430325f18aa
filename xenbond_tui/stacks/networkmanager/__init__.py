"""NetworkManager by its own keyfiles (RHEL 9 and later, Fedora, desktops)."""

from xenbond_tui.stacks.networkmanager.stack import NetworkManager

__all__ = ["NetworkManager"]
