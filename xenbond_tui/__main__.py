"""The `xenbond` command."""

import sys


def main() -> None:
    """Run one command and leave with its exit code."""
    from xenbond_tui.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
