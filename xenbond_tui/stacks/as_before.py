"""A removal gives the slaves what their files said before the bond, where nothing came in between.

What earlier changes found and left is in their journals. A file that is as the last of them left it
can be again what it was; what a slave is not given back of it is said.
"""

from collections.abc import Iterable, Iterator, Mapping

from xenbond_tui.answers import Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules import cloud_init
from xenbond_tui.rules.findings import Finding, note
from xenbond_tui.rules.inventory import Item, Kind, files_after
from xenbond_tui.rules.what_becomes import OF_AN_ADDRESS
from xenbond_tui.stacks.base import Stack
from xenbond_tui.stacks.present import bonds_written, items_of
from xenbond_tui.value import dataclass, replace

_ASKED = (Kind.ADDRESS, Kind.LEASE)
_ROLE = (Kind.BOND, Kind.MASTER, Kind.PORT, Kind.OF_PORT, Kind.PERHAPS)


@dataclass(frozen=True, slots=True)
class Before:
    """The files before there was a bond."""

    removal: Removal
    items: tuple[Item, ...]
    files: Mapping[str, bytes | None]
    """Those that are as the changes since then left them."""
    slaves: tuple[str, ...]
    """Those of today, and who has been one since."""
    bridged: bool
    """The bridge was there already: only who was not in it is given back, and the rest is said."""

    def given_back(
        self, stack: Stack, facts: HostFacts, written: Iterable[FileChange]
    ) -> tuple[FileChange, ...]:
        """The files of a removal, each that can as it was before.

        Not where the address would be another, or two NICs had it; and while the network runs no
        file that would ask for a further address, set a MAC or run a command.
        """
        changes = (*written,)
        result = items_of(stack, files_after(facts, changes))
        # Of a file that somebody wrote in since, what it says may be new.
        ours = all(it.path in self.files for it in changes if it.after is None)
        for at, change in enumerate(changes):
            was = self.files.get(change.path, change.after)
            if was == change.after or (facts.access.knows_running and None in (was, change.after)):
                continue
            tried = (*changes[:at], replace(change, after=was), *changes[at + 1 :])
            items = items_of(stack, files_after(facts, tried))
            if _fits(facts, self, result, items, change.path, ours=ours):
                changes = tried
        return changes

    def beside_given_back(
        self,
        facts: HostFacts,
        written: Iterable[FileChange],
        beside: Iterable[FileChange],
    ) -> tuple[FileChange, ...]:
        """The other files of a removal, with what is no stack's and goes back with its files.

        cloud-init may write the network again only where all of it is as it was before; what the
        module is told of a bond that is gone does nothing, unless another bond goes by it since.

        Args:
            facts: the host.
            written: the stack's, given back as far as they can be.
            beside: other files that the removal changes.
        """
        changes = {it.path: it for it in beside}
        bond = self.removal.answers.bond
        whole = all(self.files.get(it.path, it.before) == it.after for it in written)
        for path, was in self.files.items():
            module = path.startswith("/etc/modprobe") and not bond.others
            state = facts.files.get(path)
            if state is not None and (module or (path == cloud_init.OWN and whole)):
                change = FileChange.of(path, state, was, f"as it was before {bond.name}")
                if was != state.data or path in changes:
                    changes[path] = change
        return (*changes.values(),)

    def unsaid(self, said: Iterable[Item]) -> tuple[Item, ...]:
        """What the files say, but for what routers announce where no slave's file had to say it.

        And but for who is a slave no more: its files are as they are, or as they were before.
        """
        former = {*self.slaves} - {*self.removal.answers.bond.slaves}
        items = tuple(it for it in said if it.link not in former)
        if (Kind.LEASE, "ra") in {(it.kind, it.value) for it in self.items}:
            return items
        return tuple(it for it in items if (it.kind, it.value) != (Kind.LEASE, "ra"))

    def not_given_back(self, after: Iterable[Item]) -> Iterator[Finding]:
        """Each line that a slave without the address had before the bond, and has no more.

        Where the bridge was there already, of the NIC with the address too: that is the bridge's.
        """
        left, nic = tuple(after), self.removal.nic
        bridge = self.removal.answers.bridge.name
        if self.bridged:
            text = f"{bridge} was there before {self.removal.answers.bond.name}, and goes with it."
            remedy = (
                f"Write {bridge} again if guests are to have it, with {nic} as its port or none."
            )
            yield note("not-given-back", bridge, text, remedy)
        kept = {(it.link, it.kind, it.value) for it in left}
        moved = _of(left, nic) - _of(self.items, nic)
        # Who left the bond before may have been given something else since.
        own = {it.link for it in left if it.kind in _ASKED} - {*self.removal.answers.bond.slaves}
        lost: dict[str, list[str]] = {}
        sized = {it.link for it in left if it.kind is Kind.MTU}
        for it in self.items:
            aside = own if self.bridged else {nic, *own}
            # What it takes over from the bridge has an MTU of its own, or none.
            mtu = it.kind is Kind.MTU and it.link == nic and nic not in sized
            if it.link not in self.slaves or (it.link in aside and not mtu) or it.kind in _ROLE:
                continue
            if (it.link, it.kind, it.value) not in kept and (it.kind, it.value) not in moved:
                lost.setdefault(it.link, []).append(f"`{it.text}` ({it.where})")
        yield from _wider(self, left, nic)
        for name, texts in lost.items():
            yield note(
                "not-given-back",
                name,
                f"Before the bond {name} had {' and '.join(dict.fromkeys(texts))}; "
                "it is left without.",
                f"Write it for {name} again if it is still needed.",
            )


def before(stack: Stack, facts: HostFacts, removal: Removal) -> Before | None:
    """What earlier changes found, back to the first without the bond; None: no such is known."""
    bond, bridge = removal.answers.bond.name, removal.answers.bridge.name
    now: dict[str, bytes | None] = {it.path: it.data for it in facts.files.values()}
    then, touched = dict(now), set[str]()
    slaves = dict.fromkeys(removal.answers.bond.slaves)
    for found in removal.earlier:
        for path, (old, new) in found.items():
            if now.get(path) != new:
                touched.add(path)
            now[path] = then[path] = old
        # NetworkManager passes profiles over that others may read.
        changes = (FileChange(path, None, then[path], 0o600) for path in then)
        earlier = files_after(facts, changes)
        items = items_of(stack, earlier)
        if items and bond not in bonds_written(items):
            left = {path: then[path] for path in then.keys() - touched}
            bridged = any(bridge in (it.link, it.value) for it in items)
            if bridged:
                left = {path: left[path] for path in left.keys() - _of_others(items, removal)}
            return Before(removal, items, left, (*slaves,), bridged)
        written = stack.read(earlier, removal.answers)
        slaves |= dict.fromkeys(written.bond.slaves if written is not None else ())
    return None


def _of_others(items: Iterable[Item], removal: Removal) -> set[str]:
    """Files that speak of another link than a slave which was no port of the bridge."""
    answers = removal.answers
    ports = {it.link for it in items if it.value == answers.bridge.name}
    ports |= {it.value for it in items if it.link == answers.bridge.name}
    idle = {*answers.bond.slaves} - {removal.nic} - ports
    return {it.path for it in items if it.link not in idle}


def _fits(
    facts: HostFacts,
    found: Before,
    result: tuple[Item, ...],
    tried: tuple[Item, ...],
    path: str,
    *,
    ours: bool,
) -> bool:
    answers, nic = found.removal.answers, found.removal.nic
    gone = {answers.bond.name, answers.bridge.name}
    if any(gone & {it.link, it.value} for it in tried):
        return False
    # A further bond, or what somebody else's change made meanwhile.
    if _others(result, found.slaves) != _others(tried, found.slaves):
        return False
    has, had, was = _of(result, nic), _of(tried, nic), _of(found.items, nic)
    # No answers ask for what routers announce: it was so without being said, or another's.
    asks = ours and any(kind in _ASKED for kind, _ in was)
    aside = {(Kind.LEASE, "ra")} if asks else set()
    every = ({(it.kind, it.value) for it in items if it.link == nic} for items in (result, tried))
    said, left = every
    if had - has or said - left - aside:
        return False
    moved = has - was - aside
    for name in {it.link for it in tried if it.path == path} & {*found.slaves} - {nic}:
        said = _of(tried, name)
        asks = facts.access.knows_running and any(kind in _ASKED for kind, _ in said)
        if said & moved or asks:
            return False
    if not facts.access.knows_running:
        return True
    # The steps are of the files as the stack wrote them: they know nothing of a MAC or a command.
    more = {(it.link, it.kind, it.value) for it in tried}
    more -= {(it.link, it.kind, it.value) for it in result}
    return not any(kind in (Kind.MAC, Kind.COMMAND) for _, kind, _ in more)


def _others(items: Iterable[Item], slaves: tuple[str, ...]) -> set[tuple[str, Kind, str]]:
    return {(it.link, it.kind, it.value) for it in items if it.link not in slaves}


def _of(items: Iterable[Item], link: str) -> set[tuple[Kind, str]]:
    return {(it.kind, it.value) for it in items if it.link == link and it.kind in OF_AN_ADDRESS}


def _wider(found: Before, left: Iterable[Item], nic: str) -> Iterator[Finding]:
    """An MTU that the NIC takes along, and had not before."""
    for it in left:
        if (it.link, it.kind) == (nic, Kind.MTU) and it not in found.items:
            if any((was.link, was.kind) == (nic, Kind.MTU) for was in found.items):
                continue
            yield note(
                "not-given-back",
                it.where,
                f"{nic} keeps the MTU {it.value} that it had below the bridge; before the bond its "
                "files said none.",
                "Take that line out if it is to have the usual one again.",
            )
