"""What `typing` is to a type checker, and nothing at run time: it was an eighth of `status`."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import (
        IO as IO,
        Any as Any,
        NoReturn as NoReturn,
        Protocol as Protocol,
        Self as Self,
        TextIO as TextIO,
    )

    from typing_extensions import override as override
else:
    IO = list
    Any = NoReturn = Protocol = Self = TextIO = object

    def override(method):
        """Say nothing of a method."""
        return method
