"""The errors an operator sees: one or two plain lines, and the exit code that goes with them."""

EXIT_REFUSED = 2
"""Exit code of every refusal and failure that is not a usage error."""
EXIT_USAGE = 64
"""Exit code of a wrong command line (sysexits.h EX_USAGE)."""


class XenbondError(Exception):
    """Something an operator must read.

    The message names the file, line, key or NIC, says what is wrong and what was left untouched,
    and, where there is one, what to do next. It is printed as it is; there is never a traceback.
    What it quotes of a file may hold a password: its text has that masked.
    """

    exit_code = EXIT_REFUSED

    def __str__(self) -> str:  # type: ignore[explicit-override]
        # Late: most runs have no error to tell.
        from xenbond_tui.masking.shown import masked_words

        return masked_words(super().__str__())


class UsageError(XenbondError):
    """The command line itself is wrong."""

    exit_code = EXIT_USAGE
