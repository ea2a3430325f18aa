"""Every command this program runs, word by word. Nothing else is run, whoever asks for it.

A plan is made from files, the kernel's word and other programs' output, and is kept on disk until
it is carried out: so its commands are looked at here, where they are run, once more. `{kind}`
stands for a word of that kind (`KINDS`), `{kind}+` for one or more of it; what is in brackets
may be left out. A command is written by its name alone, and is in a directory of programs.
"""

import os
import re
import shlex
from collections.abc import Callable, Sequence
from functools import cache, partial

from xenbond_tui.host.owned import not_roots
from xenbond_tui.host.program import ONE_FILE, archive, own_argv
from xenbond_tui.host.runner import NOT_EXECUTABLE, SAFE_PATH
from xenbond_tui.regex import regex
from xenbond_tui.typed import TYPE_CHECKING
from xenbond_tui.value import dataclass

if TYPE_CHECKING:
    from xenbond_tui.effects import Completed, Runner

_LINK = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}"
"""A link's name: stricter than the kernel's rule (dev_valid_name), which takes `-f` and `$(id)`."""
_UUID = r"[A-Za-z0-9][A-Za-z0-9-]{0,127}"
"""NetworkManager takes more for a UUID than RFC 9562 does."""
_FILE_NAME = r"(?!\.{1,2}$)[^/]{1,255}"
_CHANGE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}-[0-9]{1,6}"
_DRILL = r"[0-9]{8}-[0-9]{6}"
_LESS = (
    "KillMode|CapabilityBoundingSet|RestrictAddressFamilies|SystemCallArchitectures|"
    "LockPersonality|MemoryDenyWriteExecute|RestrictRealtime|RestrictNamespaces|NoNewPrivileges"
)
"""Properties of a unit that give it no more than it has without them."""
_LONGEST_PATH = 4095
_LONGEST_LABEL = 255
_LONGEST_TEXT = 1 << 16


def _matches(pattern: str, word: str) -> bool:
    return re.fullmatch(pattern, word) is not None


def _links(word: str) -> bool:
    """Names of links in one word, as ifenslave takes them."""
    return all(_matches(_LINK, name) for name in word.split(" "))


def _file(word: str) -> bool:
    """A whole path without detours; it begins with a slash, so it is no option."""
    normal = os.path.normpath(word) == word and word.startswith("/") and word[1:2] not in ("", "/")
    return normal and word.isprintable() and len(word) <= _LONGEST_PATH


def _profile(word: str) -> bool:
    """A file where NetworkManager keeps profiles; "Wired connection 1.nmconnection" is a name."""
    folders = "/(?:etc|run|usr/lib)/NetworkManager/system-connections"
    return word.isprintable() and _matches(f"{folders}/{_FILE_NAME}", word)


def _label(word: str) -> bool:
    """The name of a profile, which nmcli looks up: any text but an option."""
    long = len(word) > _LONGEST_LABEL
    return bool(word) and not long and word.isprintable() and not word.startswith("-")


def _text(word: str) -> bool:
    """A sentence for people, where the command takes it for nothing else."""
    return "\0" not in word and len(word) <= _LONGEST_TEXT


def _only(word: str) -> bool:
    """A regular expression that one link's name matches (ifreload -X)."""
    name = word[1:-1].replace("\\", "")
    return _matches(_LINK, name) and word == f"^{re.escape(name)}$"


def _stop(word: str) -> bool:
    """What systemd runs when a drill has ended: the drill's own restore."""
    try:
        *words, id, back = shlex.split(word)
    except ValueError:
        return False
    ours = tuple(words) == own_argv("drillworker", "--machine", "live", "--id")
    return ours and _matches(_DRILL, id) and back == "--back"


def _of(*patterns: str) -> Callable[[str], bool]:
    return partial(_matches, "|".join(patterns))


KINDS: dict[str, Callable[[str], bool]] = {
    "link": _of(_LINK),
    "links": _links,
    # The part of a file's name behind `ifcfg-`: it has no blank, and no slash that leads elsewhere.
    "config": _of(r"\w[\w.:@+-]{0,126}"),
    "number": _of(r"[0-9]{1,9}"),
    "uuid": _of(_UUID),
    "label": _label,
    "profile": _profile,
    "file": _file,
    "text": _text,
    "only": _only,
    # sed: leases of one link become another's.
    "renamed": _of(rf's/\^ \*interface "{_LINK}";\$/  interface "{_LINK}";/'),
    # The interpreter that we run in ourselves, or the one file.
    "python": lambda word: word == own_argv()[0],
    "archive": lambda word: word == archive(),
    "host": _of(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"),
    # IDs of a change and of a drill: they are made of the time.
    "change": _of(_CHANGE),
    "drill": _of(_DRILL),
    "unit": _of(rf"xenbond-{_CHANGE}(?:--rollback)?", rf"xenbond-drill-{_DRILL}"),
    "announcer": _of(rf"xenbond-announce@{_LINK}\.service"),
    "less": _of(rf"(?:{_LESS})=[ -~]{{1,1000}}"),
    "stop": _stop,
    "checkpoint": _of("/org/freedesktop/NetworkManager/Checkpoint/[0-9]{1,9}"),
    # Where DHCP clients keep things. Whether the directory is root's is asked when it is used.
    "pidfile": _of(rf"(?:/var)?/run/(?:dhclient|udhcpc)[.-]{_LINK}\.pid"),
    "leases": _of(
        rf"/var/lib/dhcp3?/dhclient6?\.{_LINK}\.leases",
        rf"/var/lib/dhclient/dhclient-(?:(?:{_UUID})?-)?{_LINK}\.leases?",
    ),
    "dhcpconf": _of(rf"/etc/(?:dhcp3?/)?dhclient(?:-{_LINK})?\.conf"),
}
"""Name -> is the word of that kind?

What a word is made of comes from files, the kernel, other programs and the operator. Each kind is a
question about one word, whose answer is yes only for what can be neither an option, nor another
path, nor a second word to whoever reads it.
"""

_FILES = ("pidfile", "leases", "dhcpconf")


def is_file(word: str) -> bool:
    """Is it a file that a command reads or writes as root, wherever links lead it?"""
    return any(KINDS[kind](word) for kind in _FILES)


_OURSELVES = {"": "{python} -I -m xenbond_tui", ONE_FILE: "{python}"}.get(
    archive(), "{python} -I {archive}"
)
FORMS = (
    # ifupdown, ifupdown2, network-scripts.
    "ifup {config}",
    "ifup --force [--ignore-errors] {link}",
    "ifup --force -o bond-slaves={links} {link}",
    "ifup --perfmode {link}",
    "ifdown {config}",
    "ifdown --force [--ignore-errors] {link}",
    "ifdown --force --ignore-errors {link}={link}",
    "ifreload -a [-X {only}]+",
    "udevadm trigger --action=add --subsystem-match=net --sysname-match={link}",
    # networkd, netplan.
    "networkctl reload",
    "networkctl reconfigure {link}+",
    "systemd-networkd-wait-online --interface={link} --timeout={number}",
    "systemctl restart systemd-networkd.service",
    "netplan generate",
    "netplan apply",
    # NetworkManager.
    "systemctl reload NetworkManager",
    "nmcli connection reload",
    "nmcli connection load {profile}+",
    "nmcli --wait {number} connection up uuid {uuid}",
    "nmcli --wait {number} connection up id {label}",
    "nmcli --wait {number} device disconnect {link}",
    "nmcli --wait {number} device reapply {link}",
    "nmcli [--wait {number}] device modify {link} ipv4.route-metric {number}",
    *(
        f"busctl --system --auto-start=no call org.freedesktop.NetworkManager {words}"
        for words in (
            "/org/freedesktop/NetworkManager org.freedesktop.DBus.Properties Get ss "
            "org.freedesktop.NetworkManager Checkpoints",
            "/org/freedesktop/NetworkManager org.freedesktop.NetworkManager CheckpointCreate "
            "aouu 0 {number} {number}",
            "/org/freedesktop/NetworkManager org.freedesktop.NetworkManager "
            "CheckpointAdjustRollbackTimeout ou {checkpoint} {number}",
            "/org/freedesktop/NetworkManager org.freedesktop.NetworkManager CheckpointDestroy "
            "o {checkpoint}",
        )
    ),
    # DHCP clients and their leases.
    "dhclient [-4] [-6] [-1] [-q] [-v] [-nw] [-i] [-I] [-H {host}] [-cf {dhcpconf}] "
    "[-pf {pidfile}] [-lf {leases}] [-df {leases}] [-e IF_METRIC={number}] {link}+",
    "udhcpc [-b] [-n] [-R] [-S] [-p {pidfile}] [-x hostname:{host}] -i {link}",
    "dhcpcd [-4] [-6] [-b] [-q] [-h {host}] {link}+",
    "cp --preserve --update {leases} {leases}",
    "sed -i {renamed} {leases}",
    "sed -i /^lease␣{/,/^}/d {leases}",
    "rm -f {leases} [{pidfile}] [{pidfile}]",
    "rm -f {pidfile}",
    "pkill --signal KILL --exact --pidfile {pidfile} dhclient",
    "start-stop-daemon --stop --oknodo --signal KILL --name dhclient --pidfile {pidfile}",
    # The host.
    "modprobe bonding max_bonds=0",
    "modinfo -p bonding",
    "dmesg",
    "ethtool -p {link} {number}",
    "xl list",
    "xm list",
    "xl network-list {number}",
    "xm network-list {number}",
    "restorecon {file}+",
    "insserv [-r] xenbond-recover",
    "wall xenbond:␣{text}",
    "logger -t xenbond -p daemon.warning -- {text}",
    "systemctl --version",
    "systemctl daemon-reload",
    "systemctl restart {announcer}",
    "systemctl [--no-block] stop {announcer}",
    # Ourselves, as a unit.
    "systemd-run --unit={unit} --description={text} [--collect] --quiet [--property={less}]+ -- "
    f"{_OURSELVES} worker --machine live --id {{change}} [--rollback]",
    "systemd-run --unit={unit} --description={text} [--collect] --quiet [--property={less}]+ "
    f"--property=ExecStopPost={{stop}} -- {_OURSELVES} drillworker --machine live --id {{drill}}",
)
"""`␣` stands for a blank within a word."""
_DIRECTORIES = (*SAFE_PATH.split(":"), "/usr/lib/systemd", "/lib/systemd")
_MOST_WORDS = 256
_SLOT = regex(r"\{([a-z]+)\}")
_ITEM = regex(r"\[[^]]+\]\+?|\S+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a form: text with slots in it."""

    texts: tuple[str, ...]
    """Before, between and behind the slots: one more than those."""
    kinds: tuple[str, ...]

    def takes(self, word: str) -> bool:
        """Is it this word, each slot filled with its kind?"""
        if not self.kinds:
            return word == self.texts[0]
        if len(self.kinds) == 2:
            left, sign, right = word.partition(self.texts[1])
            return bool(sign) and KINDS[self.kinds[0]](left) and KINDS[self.kinds[1]](right)
        head, tail = self.texts
        inner = word[len(head) : len(word) - len(tail)]
        return word == f"{head}{inner}{tail}" and KINDS[self.kinds[0]](inner)


@dataclass(frozen=True, slots=True)
class Item:
    """Words of a form that stand together."""

    words: tuple[Word, ...]
    optional: bool
    repeats: bool


Form = tuple[Item, ...]


@cache
def _forms(program: str) -> tuple[Form, ...]:
    """What may come behind a program; () where it is none of ours."""
    rests = (text.removeprefix(program) for text in FORMS if text.partition(" ")[0] == program)
    return tuple(tuple(map(_item, _ITEM.findall(rest))) for rest in rests)


def _item(text: str) -> Item:
    repeats = text.endswith("+")
    bare = text.removesuffix("+")
    optional = bare.startswith("[")
    return Item(tuple(map(_word, bare.strip("[]").split(" "))), optional, repeats)


def _word(text: str) -> Word:
    texts = tuple(part.replace("␣", " ") for part in _SLOT.split(text)[::2])
    return Word(texts, tuple(_SLOT.findall(text)))


def refusal(argv: Sequence[str]) -> str:
    """Why this command is not run, in words; "" when it is one of ours."""
    if not argv:
        return "no command is named"
    if len(argv) > _MOST_WORDS:
        return f"{argv[0]!r} would be given {len(argv) - 1} words"
    directory, slash, program = argv[0].rpartition("/")
    if slash and directory not in _DIRECTORIES:
        return f"{argv[0]!r} is in no directory of the system's programs"
    words = tuple(argv[1:])
    known = _forms(program)
    if not known:
        return f"{program!r} is no program that xenbond runs"
    fitting = max(_match(form, words) for form in known)
    if fitting > len(words):
        return ""
    if fitting == len(words):
        return f"{program} would be given too little"
    return f"{program} would be given {words[fitting]!r}, which is not what belongs there"


def _match(form: Form, words: tuple[str, ...], at: int = 0) -> int:
    """How many words fit at most; one more than there are when all do and nothing is missing."""
    if not form:
        return at + 1 if at == len(words) else at
    item, rest = form[0], form[1:]
    best = _match(rest, words, at) if item.optional else at
    end = at
    for word in item.words:
        if end == len(words) or not word.takes(words[end]):
            return max(best, end)
        end += 1
    again = (Item(item.words, True, True), *rest) if item.repeats else rest
    return max(best, _match(again, words, end))


def _steered(word: str) -> str:
    """Why somebody besides root could say what a file is, or where a link leads; else ""."""
    return not_roots(word) if is_file(word) else ""


class KnownCommands:
    """Runs what is one of our commands, and refuses the rest (effects.Runner)."""

    def __init__(self, runner: "Runner") -> None:
        self._runner = runner

    def run(self, argv: Sequence[str], timeout: float = 60.0) -> "Completed":
        """Run it; exit status 126 and the reason on stderr where it is not to be."""
        why = refusal(argv) or next(filter(None, map(_steered, argv[1:])), "")
        if not why:
            return self._runner.run(argv, timeout)
        from xenbond_tui.effects import Completed

        return Completed(tuple(argv), NOT_EXECUTABLE, "", f"not run: {why}")

    def which(self, name: str) -> str | None:
        """Full path of a command in the fixed, safe search path, or None."""
        return self._runner.which(name)
