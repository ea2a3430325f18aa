"""What `typing` is to a type checker, and nothing at run time: it was an eighth of `status`."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO as IO
    from typing import Any as Any
    from typing import NoReturn as NoReturn
    from typing import Protocol as Protocol
    from typing import Self as Self
    from typing import TextIO as TextIO

    from typing_extensions import override as override
else:
    IO = list
    Any = NoReturn = Protocol = Self = TextIO = object

    def override(method):
        """Say nothing of a method."""
        return method
