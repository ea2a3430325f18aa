"""What a network stack says; `stacks.propose` makes proposals of it, the same way for all."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module

from xenbond_tui.answers import Answers, Removal, Request
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.plan.usual_actions import Run
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.inventory import Item
from xenbond_tui.stacks.dialect import Dialect
from xenbond_tui.stacks.outcome import why
from xenbond_tui.typed import Any, Protocol
from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class Activation:
    """How the running network follows the files."""

    forward: tuple[Step, ...]
    """In order; contains WriteFiles once."""
    rollback: tuple[Step, ...]
    """In order, from any point of `forward`; contains RestoreFiles once."""
    outage: Outage
    """How long the host is out of reach meanwhile, or why it never is."""
    nm_checkpoint: bool = False
    """As `Plan.nm_checkpoint`."""
    at_boot: tuple[Run, ...] = ()
    """As `Plan.at_boot`."""
    remakes: str = ""
    """Why bond and bridge are deleted and made again, and what stands on them goes; "": not."""
    under_bridge: bool = True
    """The stack can bring a bond that runs under a bridge while it runs."""


@dataclass(frozen=True, slots=True)
class Restart:
    """The whole network stopped and started by the stack's own commands, as an administrator does.

    For who can't ask netlink: between the two the slaves have no address and are down, a bond or
    bridge of the other files is gone, and the files change.
    """

    start: tuple[tuple[str, ...], ...]
    """Commands, one after the other; the state that comes of it is what counts."""
    outage: Outage
    stop: tuple[tuple[str, ...], ...] = ()
    daemons: tuple[str, ...] = ()
    """Units that would make bond and bridge again meanwhile: stopped, and started after `start`,
    where they ran."""


class Draft(Protocol):
    """One request on one host, the stack's files open: asked once for each, in this order.

    Making one, or any of these, raises XenbondError for a file that can't be read or edited without
    guessing; it names file and line.
    """

    def check(self) -> Iterable[Finding]:
        """What in the files forbids going on, or must be known; nothing is edited yet."""
        ...

    def write(self) -> Iterable[FileChange]:
        """The files before and after, those included that stay as they are.

        After a removal they say:

        - no bond and no bridge: their own files or sections are removed, foreign lines in them
          that can't go along are named by an error, never dropped silently;
        - the NIC has what the bridge had: addresses or DHCP, gateway, name servers, search
          domains, MTU, and the static routes, policy rules, firewall zone and commands that
          stood there, each as it was written; started at boot as the bridge was;
        - the other slaves are configured as an installer leaves a free NIC of this stack: known,
          without address, no slave of anything;
        - every other line, and every other link, is untouched.

        Where the set-up lost nothing, the files after its removal are those from before it.
        """
        ...

    def activate(self) -> Activation:
        """The steps forward, and those of a rollback.

        No guest's port is on the bridge of a removal, and no VLAN on it or the bond: the rules have
        refused that. `RestoreNetwork` can't make a bond: the stack's tools must.
        """
        ...


class Stack(ABC):
    """How one network stack spells a bond under a bridge, and how it brings it up and down.

    It is a folder of its name, and what is asked of it a module there answers, imported when it is
    first asked for: every host asks every stack for `paths`, `probes` and `owns`. What is taken
    here, the modules' functions take.
    """

    name: str
    """As in answers files: "ifcfg"."""
    title: str
    """As operators call it: "Red Hat network-scripts"."""
    modules: Mapping[str, str] = {}
    """Usual name of a module → its name here."""

    def module(self, name: str) -> Any:
        """What is in that module of its folder."""
        return import_module(f"xenbond_tui.stacks.{self.name}.{self.modules.get(name, name)}")

    @property
    def dialect(self) -> Dialect:
        """How its files say the bonding options, and which."""
        dialect: Dialect = self.module("bond").DIALECT
        return dialect

    @property
    def restart(self) -> Restart:
        """What an administrator does about all of it: RESTART of `activate`."""
        restart: Restart = self.module("activate").RESTART
        return restart

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """The files this stack would read or write on that host, existing or not, sorted."""
        paths: tuple[str, ...] = self.module("places").paths(tree)
        return paths

    def probes(self) -> tuple[str, ...]:
        """Paths whose mere existence is evidence for or against this stack (programs, units)."""
        probes: tuple[str, ...] = self.module("places").PROBES
        return probes

    @abstractmethod
    def owns(self, facts: HostFacts, about: Sequence[Link] = ()) -> Evidence | None:
        """Why this host's network is this stack's; None if it isn't.

        `about`: links, there or still to be made, that its files may be about besides the NICs.
        """

    def read(self, facts: HostFacts, about: Answers | None = None) -> Answers | None:
        """What is configured today, as far as it can be said in answers.

        None if nothing is; and where the files can't be read, which is refused later.

        With `about` only of the bond, the bridge and the slaves it names: the address is the
        bridge's, else the bond's, else that of a slave. A bond that no file makes has the name "".

        Without a bond, its slaves are the NICs it would be made of first: the bridge's ports, or
        the one NIC that has the address.
        """
        try:
            answers: Answers | None = self.module("read").read(facts, about)
        except XenbondError:
            return None
        return answers

    def inventory(self, facts: HostFacts) -> Iterable[Item]:
        """What the files say of every link, item by item; raises as `set_up` does."""
        items: Iterable[Item] = self.module("inventory").inventory(facts)
        return items

    def able(self, facts: HostFacts, request: Request) -> Iterable[Finding]:
        """What is missing or must be known before any file is read: programs, daemon, version."""
        found: Iterable[Finding] = self.module("check").able(facts, request)
        return found

    def set_up(self, facts: HostFacts, answers: Answers) -> Draft:
        """Bond and bridge as the answers say; those are resolved."""
        draft: Draft = self.module("set_up").SetUpDraft(facts, answers)
        return draft

    def remove(self, facts: HostFacts, removal: Removal) -> Draft:
        """Bond and bridge gone; the removal is resolved."""
        draft: Draft = self.module("remove").RemovalDraft(facts, removal)
        return draft


class CommonRemoval:
    """The removal in the making, as `Draft`."""

    def __init__(self, facts: HostFacts, removal: Removal) -> None:
        self.facts = facts
        self.removal = removal
        self.answers = removal.answers
        self.why = why(removal)

    def check(self) -> tuple[Finding, ...]:
        """As `Draft`: what can't go along is found by editing."""
        return ()


def refuse_what_cannot_go_along(lines: Sequence[str], gone: Sequence[str]) -> None:
    """Lines of what goes that are neither its own nor the address's; the operator has to decide.

    Args:
        lines: each with its place.
        gone: the bridge and the bond, or what they are configured in.

    Raises:
        XenbondError: there are such lines.
    """
    if lines:
        names, go = " and ".join(gone), "go" if len(gone) > 1 else "goes"
        raise XenbondError.at(
            "; ".join(lines),
            f"can't stay when {names} {go}, and I don't know where it belongs. Nothing was "
            "changed; remove or rewrite it, and try again.",
        )


class EditedFiles:
    """Whole files that a stack writes or takes away, in memory until the plan is made."""

    def __init__(self, facts: HostFacts, most: int | None = None) -> None:
        """`most`: permission bits of which a file may have no others, as `FileChange.of`."""
        self._facts = facts
        self._most = most
        self._after: dict[str, tuple[bytes | None, str, int | None]] = {}

    def write(self, path: str, text: str, why: str, most: int | None = None) -> None:
        """A file is to have this text; `most` for this one alone."""
        self._after[path] = (text.encode(), why, most or self._most)

    def delete(self, path: str, why: str) -> None:
        """A file is to go."""
        self._after[path] = (None, why, self._most)

    def changes(self) -> tuple[FileChange, ...]:
        """What was written and deleted, sorted by path."""
        files = self._facts.files
        return tuple(
            FileChange.of(path, files.get(path), after, why, most)
            for path, (after, why, most) in sorted(self._after.items())
            if after is not None or path in files
        )
