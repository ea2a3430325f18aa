"""What keeps ifup from making bond and bridge, and ifupdown2 not: packages, and lines.

For some lines ifup refuses the whole file, so that nothing in it comes up. Source:
read_interfaces_defn in ifupdown's config.c, and the methods in its *.defn, of 0.8.41 and 0.8.44.
ifupdown2 reads most of this otherwise.
"""

from collections.abc import Iterator

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.interfaces import Line
from xenbond_tui.rules.findings import Finding, lacking, refuse, warn
from xenbond_tui.stacks.ifupdown.files import Configuration, Located
from xenbond_tui.stacks.ifupdown.places import BRCTL, BRIDGE_HOOK, IFENSLAVE, IFUP, IFUPDOWN2

_METHODS = {
    "inet": "loopback static manual dhcp bootp tunnel ppp wvdial ipv4ll",
    "inet6": "auto loopback static manual dhcp tunnel v4tunnel 6to4",
    "ipx": "static dynamic",
    "can": "static",
    "link": "none",
    "meta": "none",
}


def refused_by_ifup(config: Configuration) -> Iterator[Finding]:
    """Each such line; a method that is not known here may be a newer version's."""
    names = {
        located.stanza.arguments[0]
        for located in config.of_keyword("iface", "template")
        if located.stanza.arguments
    }
    for located in config.of_keyword("iface", "template"):
        for line in located.stanza.options:
            if not line.value:
                yield _refused(located, line, "has no value")
        words = located.stanza.arguments
        if "inherits" in words:
            parent = words[words.index("inherits") + 1 :][:1]
            if not parent:
                yield _refused(located, located.head, "names nothing to inherit from")
            elif parent[0] not in names:
                yield _refused(located, located.head, f"inherits from {parent[0]}, which is none")
        elif len(words) > 2 and words[2] not in _METHODS.get(words[1], "").split():
            yield warn(
                "method-unknown",
                located.where(),
                f"I know no method `{words[1]} {words[2]}`; where ifup knows none either, it "
                "refuses the whole file.",
                "Look at what `ifquery --list` says.",
            )
    for located in config.of_keyword("mapping"):
        scripts = 0
        for line in located.stanza.options:
            scripts += line.words[0] == "script"
            if line.words[0] not in ("script", "map"):
                yield _refused(located, line, "is neither `script` nor `map`")
            elif line.words[0] == "script" and scripts > 1:
                yield _refused(located, line, "is a second script of one mapping")


def _refused(located: Located, line: Line, why: str) -> Finding:
    return refuse(
        "ifup-refuses-file",
        located.where(line),
        f"`{line.text}` {why}: ifup refuses the whole file.",
        "Put that right, or begin it with #.",
    )


def packages(facts: HostFacts) -> Iterator[Finding]:
    """What is missing for ifup to make a bond and a bridge."""
    if facts.present.intersection(IFUPDOWN2):
        yield refuse(
            "ifupdown2",
            IFUPDOWN2[0],
            "ifupdown2 is installed in ifupdown's place; it reads bridges and bonds differently.",
            "Take the stack ifupdown2: name none in the answers nor with --stack, or that one.",
        )
        return
    if not any(path in facts.present for path in IFUP):
        yield lacking(
            facts, "ifup-missing", IFUP[0], "ifup is not installed.", "apt-get install ifupdown"
        )
    install = "apt-get install ifenslave bridge-utils"
    if IFENSLAVE not in facts.present:
        yield refuse(
            "ifenslave-missing",
            IFENSLAVE,
            "The package ifenslave is not installed: without it ifup ignores every bond-… line "
            "without a word.",
            install,
        )
    no_hook = BRIDGE_HOOK not in facts.present
    if no_hook or facts.present.isdisjoint(BRCTL):
        text = (
            "The package bridge-utils is not installed: without it ifup ignores every bridge_… "
            "line without a word."
        )
        yield (
            refuse("bridge-utils-missing", BRIDGE_HOOK, text, install)
            if no_hook
            else lacking(facts, "bridge-utils-missing", BRCTL[0], text, install)
        )
