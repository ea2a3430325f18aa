"""The interpreter this program runs in: the one that whatever it starts of itself shall run in."""

import os
import sys

INTERPRETER = os.path.abspath(sys.executable)
"""An absolute path; links are not resolved, for a virtual environment is found by its link."""
