"""Takes the place of unittest.mock, of which pyroute2 makes one object and never uses it."""


class Mock:
    """Nothing is asked of it."""
