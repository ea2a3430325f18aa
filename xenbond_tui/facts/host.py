"""A whole host: the system, Xen, the bonding module, who owns the network, and all the rest."""

from collections.abc import Iterable, Mapping

from xenbond_tui.facts.access import Access, AtBoot
from xenbond_tui.facts.file_state import FileState, UnreadableFile, Way
from xenbond_tui.facts.kept import Kept
from xenbond_tui.facts.network import NetworkFacts, Session as Session
from xenbond_tui.facts.utf8 import decoded
from xenbond_tui.value import dataclass, field


@dataclass(frozen=True, slots=True)
class XenRole:
    """What this host is to Xen."""

    role: str
    """dom0, domU or none."""
    toolstack: str
    """xend, xl or none."""
    evidence: str
    """Which file said so."""

    @property
    def text(self) -> str:
        """`dom0 with xl: /proc/xen/capabilities says control_d`."""
        toolstack = f" with {self.toolstack}" if self.toolstack != "none" else ""
        return f"{self.role}{toolstack}: {self.evidence}"


@dataclass(frozen=True, slots=True)
class System:
    """The operating system underneath."""

    hostname: str
    distribution: str
    """In words: "Debian 12", "Red Hat Enterprise Linux 5.4"."""
    distribution_id: str
    """os-release's ID, or "rhel", "centos" … derived from the release file of older systems."""
    version: str
    """"12", "5.4"; "" when unknown."""
    kernel: str
    """uname -r."""
    init: str = ""
    """systemd or sysv."""


@dataclass(frozen=True, slots=True)
class BondingDriver:
    """The bonding module of the running kernel."""

    available: bool | None
    """None when it cannot be known (another system's tree)."""
    loaded: bool
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Module parameter → its description, as `modinfo -p bonding` prints it."""

    @property
    def refuses_use_carrier_0(self) -> bool | None:
        """True where use_carrier=0 keeps the module from loading (Linux 6.18 on, 23a6037ce76c).

        Decided by the parameter's description, never by the release: distributions back-port.
        None when the description is not known.
        """
        text = self.parameters.get("use_carrier")
        return None if text is None else "obsolete" in text


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a network stack is believed to own this host's network."""

    stack: str
    text: str
    """In words: "/etc/network/interfaces configures eth0; networking.service is enabled"."""
    weight: int
    """More is stronger; compared between stacks."""
    links: tuple[str, ...] = ()
    """NICs, and of the bonds and bridges asked about those, that it configures at boot or holds
    now. Two stacks with one link are two owners."""
    settle: str = ""
    """How to take a NIC away from this stack, `{nic}` standing for its name: one sentence without
    its full stop, "take {nic} out of /etc/network/interfaces"."""
    renders_for: str = ""
    """Name of the stack that writes this one's files, as netplan does: that one is the owner of
    what they configure, and `links` are those of other files."""
    lets_go_to: tuple[str, ...] = ()
    """Stacks to which it leaves a link as soon as their files name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts(NetworkFacts):
    """Everything read from one host at one time; the input of every decision."""

    system: System
    dns: tuple[str, ...]
    search: tuple[str, ...]
    xen: XenRole
    driver: BondingDriver
    files: Mapping[str, FileState]
    """The configuration files any stack reads, by path."""
    unreadable: Mapping[str, UnreadableFile] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    """Paths of interest that exist (programs such as /sbin/ifup, directories, unit links):
    evidence for who owns the network, without reading them."""
    programs_known: bool = True
    """False for a copy without /usr, as of /etc alone: which programs the host has is not known."""
    ways: Mapping[str, Way] = field(default_factory=dict)
    """Where those files and their directories are in truth, by path."""
    access: Access = field(default_factory=Access)
    """Which host it is, and whether it is known what runs there."""
    at_boot: AtBoot = field(default_factory=AtBoot)
    """Whether a change can be taken back at boot, should the power fail while it waits."""
    guests: Mapping[str, str] = field(default_factory=dict)
    """Port of a bridge → its guest's name, as far as Xen's toolstack tells."""
    kept: Kept = field(default_factory=Kept, compare=False)
    """What readers have made of the files; facts derived from these ones share it."""

    @property
    def ways_in(self) -> tuple[str, ...]:
        """The links that the host is reached by: the session's, then those of default routes."""
        session = (self.session.link,) if self.session and self.session.link else ()
        defaults = (it.link for it in self.routes if it.destination == "default")
        return (*session, *filter(None, defaults))

    @property
    def links_known(self) -> bool:
        """True when a link that is not listed is not there: also of a tree that has its sys."""
        return self.access.knows_running or any(link.name != "lo" for link in self.links)

    def with_guests(self, ports: Iterable[str]) -> str:
        """Ports in words, each with its guest's name where that is known."""
        return ", ".join(
            f"{port} ({self.guests[port]})" if port in self.guests else port for port in ports
        )

    def may_have(self, *programs: str) -> bool:
        """True where one of these is there, and where nobody could look."""
        return not self.programs_known or not self.present.isdisjoint(programs)

    def way(self, path: str) -> Way | None:
        """Where a path leads, or would: a file that is new is in a directory that is known."""
        if path in self.ways:
            return self.ways[path]
        above, _, name = path.rpartition("/")
        parent = self.ways.get(above)
        return None if parent is None else Way(f"{parent.real}/{name}", parent.others)

    def said(self, path: str) -> str:
        """A file's text as far as it is UTF-8, "" when it is not there."""
        state = self.files.get(path)
        return "" if state is None else state.text

    def text(self, path: str) -> str | None:
        """A file's text, or None when it is not there.

        Raises:
            XenbondError: the file is not UTF-8; names the line.
        """
        state = self.files.get(path)
        return None if state is None else decoded(path, state.data)
