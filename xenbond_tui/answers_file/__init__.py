"""The answers file: reading it with file, line and key in every refusal; writing it back.

The only user of ruamel.yaml, which is imported when a file is really read or written.
"""

from xenbond_tui.answers_file.on_disk import load, save
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.answers_file.writer import dump

__all__ = ["dump", "load", "loads", "save"]
