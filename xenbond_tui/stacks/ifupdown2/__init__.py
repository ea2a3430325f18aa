"""ifupdown2: ifupdown's files, read by another program."""

from xenbond_tui.stacks.ifupdown2.stack import Ifupdown2

__all__ = ["Ifupdown2"]
