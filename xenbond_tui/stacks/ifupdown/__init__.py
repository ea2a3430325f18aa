"""Debian ifupdown: how it spells a bond under a bridge, and how it brings one up."""

from xenbond_tui.stacks.ifupdown.stack import Ifupdown

__all__ = ["Ifupdown"]
