"""Trees of hosts from the field, below tests/fixtures/hosts, laid out as such a host has them.

Git keeps them as plain files: a symbolic link of sysfs is a file that holds its target.
"""

import shutil
from pathlib import Path

HOSTS = Path(__file__).parents[1] / "fixtures/hosts"


def laid_out(name: str, root: Path) -> Path:
    """The tree of that host below `root`, with its links."""
    shutil.copytree(HOSTS / name / "tree", root, dirs_exist_ok=True)
    for path in sorted((root / "sys").rglob("*")):
        if path.is_file() and path.stat().st_size < 200:
            text = path.read_text()
            if text.startswith("../") and "\n" not in text:
                path.unlink()
                path.symlink_to(text)
    return root
