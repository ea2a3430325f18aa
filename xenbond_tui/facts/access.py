"""Which host this is, and what can be known of it and done to it: asked here and nowhere else."""

from enum import StrEnum

from xenbond_tui.value import dataclass


class HostKind(StrEnum):
    """What kind of host; the word its `Access.spec` begins with."""

    LIVE = "live"
    """The one this process runs on."""
    TREE = "root"
    """Another system's tree (--root): files only."""
    DEMO = "demo"
    """The embedded host: its files in a directory, its network simulated."""


@dataclass(frozen=True, slots=True)
class Access:
    """One host, as it is reached from here."""

    kind: HostKind = HostKind.LIVE
    root: str = ""
    """Real path that stands before every path of the host; "" on the live host."""

    @property
    def spec(self) -> str:
        """How another process opens the same host: "live", "root:/mnt" or "demo:/tmp/x"."""
        return f"{self.kind}:{self.root}" if self.root else str(self.kind)

    @property
    def this_host(self) -> bool:
        """Is it the one this process runs on? Its user, session and terminal are then its own."""
        return self.kind is HostKind.LIVE

    @property
    def other_tree(self) -> bool:
        """Is it another system's tree? What it keeps of itself is shown and never believed."""
        return self.kind is HostKind.TREE

    @property
    def can_activate(self) -> bool:
        """Has it a running network that can be changed?"""
        return not self.other_tree

    @property
    def knows_running(self) -> bool:
        """Is it known what runs there? Of another system's tree only what is written is."""
        return not self.other_tree


def parse_access(spec: str) -> Access | None:
    """The host of an `Access.spec`; None where it is of no known form."""
    kind, _, root = spec.partition(":")
    if kind not in tuple(HostKind) or (kind == HostKind.LIVE) is bool(root):
        return None
    return Access(HostKind(kind), root)


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
