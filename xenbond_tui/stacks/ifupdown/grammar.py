"""Lines for which ifup refuses the whole file, so that nothing in it comes up.

Source: read_interfaces_defn in ifupdown's config.c, and the methods in its *.defn, of 0.8.41 and
0.8.44. ifupdown2 reads most of this otherwise.
"""

from collections.abc import Iterator

from xenbond_tui.files.interfaces import Line
from xenbond_tui.rules.findings import Finding, refuse, warn
from xenbond_tui.stacks.ifupdown.files import Configuration, Located

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
