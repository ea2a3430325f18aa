"""The interpreter this program runs in: whatever it starts of itself shall run in the same one."""

import os
import sys


def interpreter() -> str:
    """An absolute path; links are not resolved: a virtual environment is found by its link."""
    return os.path.abspath(sys.executable)
