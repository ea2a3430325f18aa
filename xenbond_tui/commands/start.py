"""A bare `xenbond`: the wizard, or the health screen where a bond under a bridge runs."""

import argparse

from xenbond_tui import compose
from xenbond_tui.commands.show import show


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes no options."""


def run(args: argparse.Namespace) -> int:
    """Open the screens on this host."""
    return show(compose.live)
