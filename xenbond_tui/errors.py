"""The errors an operator sees: one or two plain lines, and the exit code that goes with them."""

EXIT_REFUSED = 2
"""Exit code of every refusal and failure that is not a usage error."""
EXIT_USAGE = 64
"""Exit code of a wrong command line (sysexits.h EX_USAGE)."""


class XenbondError(Exception):
    """Something an operator must read.

    The message names the file, line, key or NIC, says what is wrong and what was left untouched,
    and, where there is one, what to do next. It is printed as it is; there is never a traceback.
    """

    exit_code = EXIT_REFUSED


class UsageError(XenbondError):
    """The command line itself is wrong."""

    exit_code = EXIT_USAGE
