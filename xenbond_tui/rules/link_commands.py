"""Commands of a stack's files that make a link on another, or put one into a bridge.

ip-link(8), vconfig(8), brctl(8).
"""

import re
from collections.abc import Iterator

from xenbond_tui.facts.number import whole
from xenbond_tui.regex import regex
from xenbond_tui.rules.inventory import UNKNOWN, Item

_DOWN = regex(r"(pre-|post-)?down\b")
_MAKES = regex(r"\bt(y(pe?)?)?\s|\bvconfig\s")
_JOINS = regex(r"\bma(s(t(er?)?)?)?\s|\baddif\s")
_PARTS = regex(r"\|\||&&|[;|]|(?<![<>])&(?!>)")
"""Between simple commands; `2>&1` is none."""
_OF_A_SHELL = regex(r"[$`]")
_OF_THE_BOND = regex(r"\bifenslave\b|/bonding/|/bonding_masters\b|\bty?p?e? bond\b|\btype=bond\b")
"""Makes a bond, enslaves a NIC or sets an option: a bridge has nothing of it in sysfs."""
_NEUTRAL = frozenset(
    {"true", ":", "exit", "sleep", "[", "[[", "test", "for", "while", "fi", "done", "esac"}
)
"""Does nothing to a link; a question that the shell asks first is none."""
_WITH_A_VALUE = frozenset(
    {"link", "name", "dev", "mtu", "address", "txqueuelen", "qlen", "broadcast", "index", "netns"}
    | {"numtxqueues", "numrxqueues", "master", "alias", "group"}
)
"""Words of `ip link add` and `ip link set` that another follows."""
_SHORT = ("link", "name", "dev", "type", "master")
"""Those that are looked for; `ip` takes the beginning of each."""
_PARENT = frozenset({"dev", "parent", "vlan.parent", "macvlan.parent", "macsec.parent"})
"""What nmcli calls the link below (nmcli(1))."""


_AHEAD = frozenset({"if", "then", "else", "do", "!", "(", "{", "exec", "nice", "ionice"})
"""What a command may stand behind, where what follows is no text in quotes."""
_BEFORE = _AHEAD | {
    *("sh", "bash", "dash", "busybox", "eval", "command", "env", "sudo", "nohup", "setsid"),
    *("timeout", "start-stop-daemon"),
}
"""Every program and word that runs what follows, after its own options and numbers."""
_ASSIGNS = regex(r"[A-Za-z_]\w*=")
_REDIRECTS = regex(r"\d?>>?&?|<")
_OF_IP = (("link", "address", "route"), ("add", "set", "replace", "change", "append", "prepend"))
"""Objects and what is done to them by their plain names; `ip` takes the beginning of each."""
_VARIABLE = regex(r"\$\{?([A-Za-z_]\w*)")
_ASSIGNED = regex(
    r"(?:^|[;&(\s\"'])(?P<name>[A-Za-z_]\w*)="
    r"(?P<value>\"[^\"$`]*\"|'[^'$`]*'|[^\s;|&$`\"'()]+)"
)
_LOOP = regex(r"\bfor\s+(?P<name>[A-Za-z_]\w*)\s+in\s+(?P<words>[^;`]+)")
_MOST = 32
"""Words a variable stands for, and meanings of a command, that are looked at."""
_LONGEST = 256
"""Characters of a value."""


class Variables:
    """What a shell's text has set so far, read from its top, as far as plain words are said."""

    def __init__(self) -> None:
        """Nothing is set."""
        self._values: dict[str, tuple[str, ...]] = {}

    def meanings(self, command: str) -> tuple[str, ...]:
        """What a command may mean; a variable of several words stands for each of them.

        What it sets itself it may use right away, as the words of a loop, too; what is not known
        stays as it stands.
        """
        for _ in range(2):
            for meant in self._expanded(command):
                self._remember(meant)
        return self._expanded(command)

    def _expanded(self, command: str) -> tuple[str, ...]:
        found: tuple[str, ...] = (command,)
        known = (it[1] for it in _VARIABLE.finditer(command) if it[1] in self._values)
        for name in dict.fromkeys(known):
            one = re.compile(rf"\$(?:{name}\b|\{{{name}\}})")
            words = tuple(word.replace("\\", r"\\") for word in self._values[name])
            loop = _LOOP.search(command)
            if loop is not None and one.search(loop["words"]):
                words = (" ".join(words),)
            found = tuple(one.sub(word, text) for text in found for word in words)[:_MOST]
        return found

    def _remember(self, command: str) -> None:
        for it in _ASSIGNED.finditer(command.removeprefix("Environment=")):
            # One that holds itself twice, again and again, would have no end.
            if len(it["value"]) <= _LONGEST:
                self._values[it["name"]] = tuple(it["value"].strip("\"'").split()[:_MOST])
        if loop := _LOOP.search(command):
            self._values[loop["name"]] = tuple(loop["words"].replace('"', "").split()[:_MOST])


def simple(command: str) -> list[list[str]]:
    """The simple commands of one by their words, those that do nothing left out."""
    found = []
    for words in (part.split() for part in _PARTS.split(command)):
        while words and words[0] in _AHEAD:
            del words[0]
        if words and words[0].rpartition("/")[2] not in _NEUTRAL:
            found.append(words)
    return found


def of_the_bond(command: str) -> bool:
    """Is a command about a bond and its slaves alone: it goes when that goes?"""
    parts = simple(command)
    return bool(parts) and all(_OF_THE_BOND.search(" ".join(words)) for words in parts)


def names_a_bond(command: str) -> bool:
    """Is a part of a command about a bond: does it make one, fill it, or set an option of it?"""
    return _OF_THE_BOND.search(command) is not None


def made(it: Item) -> Iterator[tuple[str, str]]:
    """Name and lower link of each link that the command makes on another."""
    for words in commands(it) if _MAKES.search(it.value) else ():
        if words[:2] == ["ip", "link"] and words[2:3] == ["add"]:
            said = said_of_link(words[3:])
            if said.get("link"):
                name = said.get("name") or said.get("dev") or said.get("")
                yield name or UNKNOWN, said["link"]
        elif words[:3] == ["nmcli", "connection", "add"]:
            told = dict(zip(words[3::2], words[4::2], strict=False))
            lower = next((told[key] for key in told if key in _PARENT), "")
            if lower:
                yield told.get("ifname") or told.get("con-name") or UNKNOWN, lower
        elif words[:2] == ["vconfig", "add"] and len(words) == 4:
            lower, number = words[2:]
            # Which of them, vconfig set_name_type says.
            for name in (f"{lower}.{number}", f"vlan{number}"):
                yield UNKNOWN if UNKNOWN in (lower, number) else name, lower
                if whole(number) is not None:
                    yield name.replace(number, number.zfill(4)), lower


def joined(it: Item) -> Iterator[tuple[str, str]]:
    """Port and bridge of each link that the command puts into a bridge."""
    for words in commands(it) if _JOINS.search(it.value) else ():
        if words[:2] == ["ip", "link"] and words[2:3] == ["set"]:
            said = said_of_link(words[3:])
            if said.get("master"):
                yield said.get("dev") or said.get("") or UNKNOWN, said["master"]
        elif words[:3] == ["nmcli", "connection", "add"]:
            told = dict(zip(words[3::2], words[4::2], strict=False))
            if told.get("master"):
                yield told.get("ifname") or UNKNOWN, told["master"]
        elif words[:2] == ["brctl", "addif"]:
            yield from ((port, words[2]) for port in words[3:])


def commands(it: Item) -> Iterator[list[str]]:
    """Each simple command by its words: programs and `ip` objects by their plain names."""
    if _DOWN.match(it.value):
        return
    told: list[list[str]] = []
    for meant in Variables().meanings(it.value.partition(" ")[2]):
        found = [words for part in _PARTS.split(meant) if (words := _plain(part, it.link))]
        yield from (words for words in found if words not in told)
        told += found


def _plain(command: str, link: str) -> list[str]:
    split = _REDIRECTS.sub(r" \g<0> ", command).split()
    words = _without_what_runs_it([_word(word, link) for word in split])
    if not words:
        return []
    words[0] = words[0].rpartition("/")[2]
    if words[0] == "ip":
        words = ["ip", *(word for word in words[1:] if not word.startswith("-"))]
        for at, known in enumerate(_OF_IP, 1):
            for word in words[at : at + 1]:
                words[at] = next((it for it in known if it.startswith(word)), word)
    elif words[0] == "nmcli":
        words = ["nmcli", *(word for word in words[1:] if not word.startswith("-"))]
        for at, name in ((1, "connection"), (2, "add")):
            if name.startswith(words[at] if at < len(words) else "?"):
                words[at] = name
    return words


def _word(text: str, link: str) -> str:
    word = text.strip("\"'()")
    if _OF_A_SHELL.search(word):
        return UNKNOWN
    return link if word == "*" else word


def _without_what_runs_it(words: list[str]) -> list[str]:
    left = [word for word in words if word]
    run = False
    while left:
        if left[0].rpartition("/")[2] in _BEFORE:
            run = True
        elif not _ASSIGNS.match(left[0]) and not (run and left[0][0] in "-0123456789"):
            break
        del left[0]
    return left


def said_of_link(words: list[str]) -> dict[str, str]:
    """What `ip link add` and `set` are told before `type`; the link without a word as ""."""
    found: dict[str, str] = {}
    left = iter(words)
    for said in left:
        short = (it for it in _SHORT if it.startswith(said) and (it != "master" or len(said) > 1))
        word = next(short, said)
        if word == "type":
            break
        if word in _WITH_A_VALUE:
            found[word] = next(left, UNKNOWN)
        elif word not in ("up", "down"):
            found.setdefault("", word)
    return found
