"""What netplan in particular must refuse or warn about, each with file and line."""

from collections.abc import Iterator, Sequence

from xenbond_tui.answers import Answers, Request
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.proposal import refused
from xenbond_tui.rules.findings import Finding, lacking, note, refuse
from xenbond_tui.rules.occupied import (
    given_up,
    in_another_bond,
    in_another_bridge,
)
from xenbond_tui.stacks.netplan import address, lease
from xenbond_tui.stacks.netplan.beside import beside
from xenbond_tui.stacks.netplan.bond import check_options
from xenbond_tui.stacks.netplan.files import MODE, RENDERERS, Configuration, Merged
from xenbond_tui.stacks.netplan.links import PHYSICAL, all_of, meaning, nics_of, references, unclear
from xenbond_tui.stacks.netplan.places import NETPLAN, OWN_DIRECTORY, TRY
from xenbond_tui.stacks.netplan.write import Editor
from xenbond_tui.stacks.networkmanager.places import GLOBALLY
from xenbond_tui.stacks.networkmanager.unmanaged import left_alone, links_of


def able(facts: HostFacts, request: Request) -> Iterator[Finding]:
    """Refuses a host where the command that has to carry the change out is missing or at work."""
    if facts.access.knows_running and TRY in facts.present:
        yield refuse(
            "netplan-try",
            TRY,
            "`netplan try` is running. When nobody keeps its change it puts its own copies of the "
            "files back, over this change.",
            "End it first: Enter keeps its change, Ctrl-C rolls it back. If none is running, "
            f"remove {TRY}.",
        )
    if not any(path in facts.present for path in NETPLAN):
        yield lacking(
            facts,
            "netplan-missing",
            NETPLAN[0],
            "netplan is not installed, so nothing would read the files.",
            "Install netplan.io; or save the answers and name another stack: "
            "`xenbond apply --answers FILE --stack NAME`.",
        )


def check(facts: HostFacts, config: Configuration, answers: Answers) -> Iterator[Finding]:
    """Everything found in the files, what is said of the slaves first."""
    found: list[Finding] = []
    list(config.definitions())
    for slave in answers.bond.slaves:
        # A definition that means two slaves is found with each.
        found += (x for x in _slave(facts, config, answers, slave) if x not in found)
    yield from found
    if refused(found):
        return
    editor = Editor(facts, config, answers)
    yield from _renderers(editor)
    if editor.renderer == "NetworkManager":
        # The file that Ubuntu ships is emptied by netplan at each boot.
        without = (GLOBALLY, "netplan.conf")
        yield from left_alone(facts, links_of(answers), without=without)
    yield from check_options(answers.bond, editor.renderer)
    yield from _names(config, editor)
    yield from _bond(facts, config, answers)
    yield from _modes(facts, editor)
    if editor.renderer == "networkd":
        yield from beside(facts, editor.ids, answers)
        yield from lease.told(facts, config, answers, editor.source)


def _slave(
    facts: HostFacts, config: Configuration, answers: Answers, slave: str
) -> Iterator[Finding]:
    links = meaning(facts, config, slave)
    for link in () if links else unclear(facts, config, slave):
        yield refuse(
            "slave-unclear",
            link.last.where("match"),
            f"{link.id} may mean {slave} by what it matches, and of this system's NICs nothing "
            "else is known.",
            f"Plan on the running host, or give {link.id} a set-name.",
        )
    if len(links) > 1:
        yield _twice(facts, slave, links)
        return
    for link in links or (Merged(slave, ()),):
        yield from _definition(facts, answers, slave, link)
        yield from _named_elsewhere(config, answers, slave, link)


def _twice(facts: HostFacts, slave: str, links: Sequence[Merged]) -> Finding:
    places = " and ".join(link.last.where() for link in links)
    others = {link.id: [nic for nic in nics_of(facts, link) if nic != slave] for link in links}
    alone = [id for id, nics in others.items() if not nics]
    remedy = f"Keep {alone[0] if alone else slave}, with all that holds for {slave}"
    for id, nics in others.items():
        if nics:
            each = f" Write a definition for {' and for '.join(nics)} each in the place of {id}."
            remedy += each if remedy[-1] == "." else f".{each}"
        elif id != alone[0]:
            remedy += f", and take {id} out"
    return refuse(
        "slave-defined-twice",
        slave,
        f"{slave} is meant by {' and by '.join(others)} ({places}).",
        remedy if remedy[-1] == "." else f"{remedy}.",
    )


def _definition(facts: HostFacts, answers: Answers, slave: str, link: Merged) -> Iterator[Finding]:
    nics, bridge = nics_of(facts, link), answers.bridge.name
    if len(nics) > 1:
        yield refuse(
            "slave-configured-by-pattern",
            link.last.where("match"),
            f"{link.id} means {' and '.join(nics)} by what it matches, and all of them would "
            "become slaves.",
            f"Write a definition for each of them in the place of {link.id}, with all that it "
            f"says but match: {' '.join(f'`{nic}:`' for nic in nics)}. A NIC that comes later "
            "needs its own.",
        )
    for definition in link.definitions:
        if not definition.file.path.startswith(f"{OWN_DIRECTORY}/"):
            yield refuse(
                "not-the-operators-file",
                definition.where(),
                f"{slave} is defined there, in a file that a package or the boot makes.",
                f"Copy it to {OWN_DIRECTORY} under the same name.",
            )
        for key in definition.keys:
            if key not in address.STAYING and key not in address.MOVING:
                yield refuse(
                    "key-not-movable",
                    definition.where(key),
                    f"I can't tell whether {key} of {slave} belongs to the NIC or to its address.",
                    # Ubuntu's desktop: the gateway stands there alone.
                    "Write what its `passthrough` says, a gateway perhaps, in keys of netplan's "
                    "own, and take it out."
                    if key == "networkmanager"
                    else f"Take it out, and give it to {slave} or {bridge} afterwards.",
                )


def _named_elsewhere(
    config: Configuration, answers: Answers, slave: str, link: Merged
) -> Iterator[Finding]:
    bond, bridge = answers.bond.name, answers.bridge.name
    for user, keys in references(config, link.id):
        kind, name, where = user.type, user.id, user.where(*keys)
        ours = (kind, name) in (("bonds", bond), ("bridges", bridge))
        if ours and (keys[0] == "interfaces" or keys[-1] == "primary"):
            continue
        if kind == "vlans":
            # Said of all stacks' files in one place (`rules.what_becomes.uses`).
            continue
        if kind == "bonds":
            yield in_another_bond(where, slave, name)
        elif kind == "bridges" and not ours:
            yield in_another_bridge(where, slave, name)
        elif kind == "bridges":
            yield refuse(
                "slave-named-elsewhere",
                where,
                f"{name} has an option of its port {slave} there, which becomes a slave of {bond}.",
                f"Take it out, or let it name {bond}.",
            )
        else:
            yield refuse(
                "slave-named-elsewhere",
                where,
                f"{name} ({kind}) names {slave} there, and would be cut off from it.",
                f"Take it out, or let it name {bridge}.",
            )


def _renderers(editor: Editor) -> Iterator[Finding]:
    known = editor.renderers()
    others = {nic: who for nic, who in known.items() if who != editor.renderer}
    if editor.renderer not in RENDERERS or any(who not in RENDERERS for who in known.values()):
        names = sorted({editor.renderer, *known.values()} - RENDERERS.keys())
        yield refuse(
            "unknown-renderer",
            "renderer",
            f"The files name the renderer {', '.join(names)}, which I don't know.",
            "Write networkd or NetworkManager.",
        )
    elif others:
        nic, who = next(iter(others.items()))
        yield refuse(
            "two-renderers",
            nic,
            f"{nic} is {who}'s and the bond would be {editor.renderer}'s.",
            "Give all slaves one renderer.",
        )


def _names(config: Configuration, editor: Editor) -> Iterator[Finding]:
    answers = editor.answers
    kinds: list[tuple[str, tuple[str, ...]]]
    kinds = [(answers.bond.name, ("bonds",)), (answers.bridge.name, ("bridges",))]
    kinds += [(name, PHYSICAL) for name in editor.ids.values()]
    ours = (answers.bond.name, answers.bridge.name)
    for link in config.merged(*PHYSICAL):
        for keys in (("set-name",), ("match", "name")):
            if link.text(*keys) in ours:
                yield refuse(
                    "name-taken",
                    (link.having(*keys) or link.last).where(*keys),
                    f"{link.text(*keys)} is the name of the NIC that {link.id} means.",
                    "Choose another name.",
                )
    for name, types in kinds:
        for definition in config.of(name).definitions:
            if definition.type not in types:
                yield refuse(
                    "name-taken",
                    definition.where(),
                    f"{name} is defined there below {definition.type}.",
                    "Choose another name.",
                )


def _bond(facts: HostFacts, config: Configuration, answers: Answers) -> Iterator[Finding]:
    name = answers.bond.name
    for definition in (*config.of(name).definitions, *config.of(answers.bridge.name).definitions):
        if definition.get("openvswitch") is not None:
            yield refuse(
                "bridge-made-otherwise",
                definition.where("openvswitch"),
                f"{definition.id} is Open vSwitch's there, not the kernel's.",
                "Choose other names for bond and bridge, or take `openvswitch` out first.",
            )
        if definition.get("activation-mode") is not None:
            yield refuse(
                "key-not-movable",
                definition.where("activation-mode"),
                f"`activation-mode` keeps {definition.id} down at boot, and with it the host's "
                "network.",
                "Take it out.",
            )
    for item in config.of(name).words("interfaces"):
        for nic in all_of(facts, config, item):
            if nic not in answers.bond.slaves:
                yield given_up(nic, name)


def _modes(facts: HostFacts, editor: Editor) -> Iterator[Finding]:
    state = facts.files.get(editor.home.path)
    if state is not None and state.mode & 0o077:
        yield note(
            "mode-tightened",
            editor.home.path,
            f"Others than root can read it, and netplan warns of that: its mode {state.mode:04o} "
            f"becomes {MODE:04o}.",
        )
