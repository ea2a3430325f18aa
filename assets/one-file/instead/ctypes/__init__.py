"""Takes ctypes' place in the one file, which is linked statically and so can load no library.

pyroute2 imports it for network namespaces, which xenbond leaves alone; where xenbond itself would
call openat2(2) by it, it opens paths step by step.
"""


class CDLL:
    """A library that can't be loaded."""

    def __init__(self, name: object = None, use_errno: bool = False) -> None:
        raise OSError("no library can be loaded here")
