"""The `xenbond` command."""

import sys

from xenbond_tui.search_path import only_installed, open_standard_streams


def main() -> None:
    """Run one command and leave with its exit code."""
    open_standard_streams()
    only_installed()
    try:
        from xenbond_tui.garbage import look_no_more, look_seldom

        look_seldom()
        from xenbond_tui.cli import run
    except Exception as fault:
        # Half an installation: nothing of ours can tell it better.
        sys.stderr.write(
            f"xenbond: can't start: {type(fault).__name__}: {fault}. Nothing was done. "
            "Install it again, with what it needs.\n"
        )
        sys.exit(2)
    code = run(sys.argv[1:])
    look_no_more()
    sys.exit(code)


if __name__ == "__main__":
    main()
