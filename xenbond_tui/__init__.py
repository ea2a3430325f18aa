"""xenbond: bond NICs under a bridge, safely, from a terminal."""

__version__ = "0.1.0"
