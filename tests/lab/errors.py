"""What the lab says when it can't run."""


class NoLab(Exception):
    """The lab can't run on this machine; the text says why and what would help."""


class NoSource(NoLab):
    """The mirror has no source packages, or not that one: only what is made of it is left out."""
