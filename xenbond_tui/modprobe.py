"""The bonding module's own configuration: /etc/modprobe.conf (RHEL 5), /etc/modprobe.d.

What a bond does is written by the network stack. Here is only what the module must not do: load
with parameters that contradict the plan, refuse to load at all, or make a stray bond0.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers, Removal, Request
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.modprobe import Directive, parse, render
from xenbond_tui.options.running import same
from xenbond_tui.options.table import OPTIONS, parse_option
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding, Severity, from_error, note, refuse, warn
from xenbond_tui.value import replace

OLD = "/etc/modprobe.conf"
"""Red Hat Enterprise Linux 5; kmod, everywhere else, does not read it."""
OURS = "/etc/modprobe.d/xenbond.conf"
DIRECTORIES = ("/etc/modprobe.d", "/run/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d")
"""In order of precedence: a file hides those of the same name in later ones (modprobe.d(5))."""

_FORBIDS = frozenset({"/bin/true", "/bin/false", "/sbin/nologin", ":", "true", "false"})
_FORBIDS_USR = frozenset("/usr" + item for item in _FORBIDS if item.startswith("/"))
_NO_BONDS = b"# Loading the bonding module makes no bond of its own.\noptions bonding max_bonds=0\n"


def paths(tree: Tree) -> tuple[str, ...]:
    """Every file modprobe reads on that host, and the one written here."""
    found = {OLD, OURS, *tree.glob("/etc/modprobe.d/*")}
    for directory in DIRECTORIES:
        found.update(tree.glob(f"{directory}/*.conf"))
    return tuple(sorted(found))


def check(facts: HostFacts, request: Request) -> tuple[Finding, ...]:
    """Lines about bonding that contradict the plan, or that keep the module from loading."""
    if isinstance(request, Removal):
        return _check_removal(facts, request)
    answers = request.answers
    found: list[Finding] = []
    for path in _relevant(facts):
        bad = facts.unreadable.get(path)
        if bad is not None and path in (OLD, OURS):
            text = f"{path} {bad.reason}. It was left untouched."
            found.append(refuse("unreadable-file", path, text, "Put it right, or remove it."))
        if path not in facts.files:
            continue
        try:
            for item in parse(facts.files[path].data, path):
                found += _judge(facts, answers, path, item)
        except XenbondError as error:
            found.append(from_error("unreadable-file", error, "Make it plain text."))
    return tuple(found)


def written(facts: HostFacts, bond: str) -> dict[str, tuple[str, str]]:
    """Option → its value and `path:line`, as the module's files have it for that bond.

    A line of the bond's alias (`options bond0`) goes before one of all bonds (`options bonding`).
    Before modprobe.d an alias had a command: `install bond0 modprobe bonding -o bond0 mode=1`.
    """
    found: dict[str, tuple[str, str]] = {}
    for about in ("bonding", bond.replace("-", "_")):
        for path in _relevant(facts):
            state = facts.files.get(path)
            for item in parse(state.data, path) if state is not None else ():
                if item.words[:1] not in (("options",), ("install",)) or item.name != about:
                    continue
                for name, text in item.parameters.items():
                    value = parse_option(name, text) if name in OPTIONS else None
                    if isinstance(value, str):
                        found[name] = value, f"{path}:{item.line}"
    return found


def changes(facts: HostFacts, request: Request) -> tuple[FileChange, ...]:
    """The files about the module as they must be.

    Raises:
        XenbondError: a file is not UTF-8.
    """
    if isinstance(request, Removal):
        return _removal_changes(facts, request)
    answers, done = request.answers, list[FileChange]()
    stray = OLD not in facts.files and not _max_bonds_said(facts)
    for path in _relevant(facts):
        state = facts.files.get(path)
        if state is None or not path.startswith("/etc/"):
            continue
        after = _edited(facts, answers, state)
        if path == OLD:
            after = _with_alias(after, answers.bond.name)
        if path == OURS and stray:
            after = _ended(after) + _NO_BONDS
        if after != state.data:
            why = f"the module loads as {answers.bond.name} needs it"
            done.append(FileChange.of(path, state, after, why))
    if stray and OURS not in facts.files:
        why = "loading the bonding module makes no stray bond"
        done.append(FileChange.of(OURS, None, _NO_BONDS, why))
    return tuple(done)


def _check_removal(facts: HostFacts, removal: Removal) -> tuple[Finding, ...]:
    """A file that would have to be looked at, and can't be."""
    found: list[Finding] = []
    for path in _writable(facts):
        bad = facts.unreadable.get(path)
        if bad is not None:
            text = f"{path} {bad.reason}; what it says of {removal.answers.bond.name} stays there."
            found.append(warn("unreadable-file", path, text, "Put it right, or remove it."))
        elif path in facts.files:
            try:
                parse(facts.files[path].data, path)
            except XenbondError as error:
                found.append(from_error("unreadable-file", error, "", Severity.WARN))
    return tuple(found)


def _removal_changes(facts: HostFacts, removal: Removal) -> tuple[FileChange, ...]:
    """The files without what names the bond, and without `changes`' own lines.

    `options bonding` stays where someone else wrote it, and so does ours while there is another
    bond on this host.
    """
    bond = removal.answers.bond.name
    alone = _alone(facts, removal.answers)
    done: list[FileChange] = []
    for path in _writable(facts):
        state = facts.files.get(path)
        if state is None:
            continue
        data = state.data
        if path == OURS and alone:
            data = data.replace(_NO_BONDS, b"")
        try:
            kept = [item for item in parse(data, path) if not _names_bond(item, bond)]
        except XenbondError:
            continue
        after: bytes | None = render(tuple(kept))
        if path == OURS and not after:
            after = None
        if after != state.data:
            why = f"the module needs to know nothing of {bond} any more"
            done.append(FileChange.of(path, state, after, why))
    return tuple(done)


def _alone(facts: HostFacts, answers: Answers) -> bool:
    """Is there no other bond with slaves, running or in the files?"""
    running = {state.name for state in facts.bonds if state.slaves}
    return not answers.bond.others and running <= {answers.bond.name}


def _writable(facts: HostFacts) -> Iterator[str]:
    return (path for path in _relevant(facts) if path.startswith("/etc/"))


def _names_bond(item: Directive, bond: str) -> bool:
    """An alias of the bonding module by the bond's name, or the options of that alias."""
    if item.words[:1] == ("alias",):
        return item.words[1:3] == (bond, "bonding")
    return item.words[:2] == ("options", bond) and bond != "bonding"


def _edited(facts: HostFacts, answers: Answers, state: FileState) -> bytes:
    directives = []
    for item in parse(state.data, state.path):
        against = _contradictions(facts, answers, item)
        directives.append(replace(item, text=item.without(frozenset(against))) if against else item)
    return render(tuple(directives))


def _relevant(facts: HostFacts) -> Iterator[str]:
    """The files that count, each name once."""
    yield OLD
    seen: set[str] = set()
    everything = {*facts.files, *facts.unreadable}
    for directory in DIRECTORIES:
        for path in sorted(everything):
            parent, _, name = path.rpartition("/")
            conf = name.endswith(".conf") or (OLD in facts.files and parent == DIRECTORIES[0])
            if parent == directory and conf and name not in seen:
                seen.add(name)
                yield path


def _about_bonding(item: Directive, bond: str) -> bool:
    return item.name in ("bonding", bond.replace("-", "_"))


def _contradictions(facts: HostFacts, answers: Answers, item: Directive) -> dict[str, str]:
    """Parameters of an options line that say something else than the plan: name → value there."""
    bond = answers.bond
    if item.words[:1] != ("options",) or not _about_bonding(item, bond.name):
        return {}
    wanted, ours = bond.every_option, item.name != "bonding" or _alone(facts, answers)
    found: dict[str, str] = {}
    for name, value in item.parameters.items():
        # A line of all bonds says it to the others too; what this one has otherwise, its file says.
        other = name in wanted and not same(name, value, wanted[name], bond.miimon)
        if (other or (name in bond.beside and name not in wanted)) and ours:
            found[name] = value
        if name == "use_carrier" and _is_off(value) and facts.driver.refuses_use_carrier_0:
            found[name] = value
    return found


def _is_off(value: str) -> bool:
    return bool(value) and same("use_carrier", value, "off")


def _judge(facts: HostFacts, answers: Answers, path: str, item: Directive) -> Iterator[Finding]:
    where = f"{path}:{item.line}"
    if not item.words or not _about_bonding(item, answers.bond.name):
        return
    kind, argument = item.words[0], " ".join(item.words[2:])
    if kind == "install" and item.words[2:3] and item.words[2] in _FORBIDS | _FORBIDS_USR:
        yield refuse(
            "bonding-disabled",
            where,
            f"`install {item.words[1]} {argument}` keeps the bonding module from loading.",
            "Remove that line if this host may have a bond.",
        )
    elif kind == "install":
        yield warn(
            "bonding-install-command",
            where,
            f"Loading the bonding module runs a command of this host's own: {argument}",
            "Make sure that it still loads the module.",
        )
    elif kind == "alias" and argument in ("off", "null"):
        yield refuse(
            "bonding-disabled",
            where,
            f"`alias {item.words[1]} {argument}` keeps {item.words[1]} from being made.",
            f"Remove that line if this host may have a bond called {item.words[1]}.",
        )
    elif kind == "blacklist":
        yield note(
            "bonding-blacklisted",
            where,
            "The bonding module is blacklisted: it is not loaded by an alias, only by its name.",
        )
    elif kind == "options":
        yield from _judge_options(facts, answers, path, item)


def _judge_options(
    facts: HostFacts, answers: Answers, path: str, item: Directive
) -> Iterator[Finding]:
    where = f"{path}:{item.line}"
    against = _contradictions(facts, answers, item)
    if against:
        said = " ".join(f"{name}={value}" for name, value in against.items())
        ours = path.startswith("/etc/")
        yield (warn if ours else refuse)(
            "module-options-contradict",
            where,
            f"{said} contradicts what is planned for {answers.bond.name}."
            + (" It is taken out of that line." if ours else " That file is not mine to change."),
            "" if ours else f"Copy it to /etc/modprobe.d/{path.rpartition('/')[2]} without that.",
        )
    if not _is_off(item.parameters.get("use_carrier", "")):
        return
    if facts.driver.refuses_use_carrier_0:
        yield warn(
            "module-use-carrier-0",
            where,
            "With use_carrier=0 this kernel's bonding module does not load at all (removed in "
            "Linux 6.18): no bond, and the host off the network at its next boot.",
            "It is taken out of that line." if path.startswith("/etc/") else "",
        )
    elif "use_carrier" not in against:
        yield note(
            "module-use-carrier-0",
            where,
            "use_carrier=0 keeps the bonding module from loading from Linux 6.18 on.",
            "Take it out before the kernel is upgraded that far.",
        )


def _with_alias(data: bytes, bond: str) -> bytes:
    for item in parse(data, OLD):
        if item.words[:1] == ("alias",) and item.words[1:2] == (bond,):
            return data
    return _ended(data) + f"alias {bond} bonding\n".encode()


def _ended(data: bytes) -> bytes:
    return data if not data or data.endswith(b"\n") else data + b"\n"


def _max_bonds_said(facts: HostFacts) -> bool:
    for path in _relevant(facts):
        state = facts.files.get(path)
        if state is None or path == OLD:
            continue
        try:
            directives = parse(state.data, path)
        except XenbondError:
            continue
        for item in directives:
            if item.words[:2] == ("options", "bonding") and "max_bonds" in item.parameters:
                return True
    return False
