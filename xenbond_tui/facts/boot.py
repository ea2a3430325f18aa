"""Whether xenbond can be run while the host boots."""

from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class AtBoot:
    """What a boot guard would have to rely on; made without arguments: nothing is against it."""

    unfit: str = ""
    """Why root can't run xenbond at boot, as it follows "because"; "" when it can."""
    remedy: str = ""
    """What to do about that, one sentence."""
    command: tuple[str, ...] = ()
    """How it is started then, by absolute paths; (): as its name in the system's PATH."""
    mounts: tuple[str, ...] = ()
    """Paths of the program on file systems that are mounted after the one that /etc is on."""
    unfit_itself: str = ""
    """The same of a service that runs it from where it is, where what is run at boot is a copy."""
