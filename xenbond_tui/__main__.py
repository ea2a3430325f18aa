"""The `xenbond` command."""

import sys

from xenbond_tui.search_path import only_installed, open_standard_streams

ALLOCATIONS = 50_000
"""Objects made between two runs of the garbage collector. At the default 700 it runs dozens of
times while the modules load, which is an eighth of the time of `xenbond status`, and finds none."""


def main() -> None:
    """Run one command and leave with its exit code."""
    open_standard_streams()
    only_installed()
    import gc

    gc.set_threshold(ALLOCATIONS)
    try:
        from xenbond_tui.cli import run
    except Exception as fault:
        # Half an installation: nothing of ours can tell it better.
        sys.stderr.write(
            f"xenbond: can't start: {type(fault).__name__}: {fault}. Nothing was done. "
            "Install it again, with what it needs.\n"
        )
        sys.exit(2)
    code = run(sys.argv[1:])
    # Else the collector goes through all that is there twice while the interpreter ends.
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
