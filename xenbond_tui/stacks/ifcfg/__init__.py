"""Red Hat network-scripts: how they spell a bond under a bridge, and how they bring it up."""

from xenbond_tui.stacks.ifcfg.stack import Ifcfg

__all__ = ["Ifcfg"]
