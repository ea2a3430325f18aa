"""`xenbond setup`: a bond under a bridge, screen by screen."""

import argparse

from xenbond_tui import compose
from xenbond_tui.commands.show import show


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes no options."""


def run(args: argparse.Namespace) -> int:
    """Open the wizard on this host."""
    return show(compose.live(), "wizard")
