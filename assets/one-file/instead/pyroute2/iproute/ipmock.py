"""Takes the place of pyroute2's mocked kernel, which its own tests use."""


class IPEngine:
    """Never made."""
