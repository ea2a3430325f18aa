"""The errors an operator sees: one or two plain lines, and the exit code that goes with them."""

from xenbond_tui.typed import Self

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
    code = "refused"
    """What kind of error it is, for programs."""

    def __init__(self, text: str, *, where: str = "", remedy: str = "") -> None:
        self.text = text
        """What is wrong, without the place: what `where` says is not said again."""
        self.where = where
        """The file, line or NIC: "/etc/network/interfaces:3"; "" when it is about none."""
        self.remedy = remedy
        """What to do about it; "" when there is nothing to do, or the text says it."""
        super().__init__(" ".join(filter(None, (f"{where}: {text}" if where else text, remedy))))

    @classmethod
    def at(cls, where: str, text: str, remedy: str = "") -> Self:
        """An error about one place."""
        return cls(text, where=where, remedy=remedy)

    def __str__(self) -> str:  # type: ignore[explicit-override]
        # Late: most runs have no error to tell.
        from xenbond_tui.masking.shown import masked_words

        return masked_words(super().__str__())


class UsageError(XenbondError):
    """The command line itself is wrong."""

    exit_code = EXIT_USAGE
    code = "usage"
