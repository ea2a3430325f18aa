"""A network stack in one file: all that a new one has to say. Its file has a line for each link.

eth0 192.168.0.222/24 via 192.168.0.1
bond0 of eth0 eth1 mode active-backup miimon 100
xenbr0 of bond0 192.168.0.222/24 via 192.168.0.1
"""

from collections.abc import Iterator, Sequence

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal, Request
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.options.option import Key
from xenbond_tui.plan.actions import DeleteLink, RestoreFiles, RestoreNetwork, Run, WriteFiles
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.rules.findings import Finding, refuse
from xenbond_tui.rules.inventory import Item, Kind, item
from xenbond_tui.stacks.base import Activation, Restart, Stack
from xenbond_tui.stacks.dialect import Dialect

FILE = "/etc/links"
OUTAGE = Outage(1, 2, "while the links are made")
DIALECT = Dialect("toy", keys={"mode": Key("mode"), "miimon": Key("miimon")})


def lines(facts: HostFacts) -> dict[str, list[str]]:
    """Link → the words of its line."""
    found = {}
    for number, text in enumerate((facts.text(FILE) or "").splitlines(), 1):
        link, *words = text.split() or [""]
        if link in found:
            text = f"{link} has a line already. It was left untouched."
            raise XenbondError.at(f"{FILE}:{number}", text)
        found[link] = words
    return found


def after(word: str, words: list[str]) -> str | None:
    """The word behind that one."""
    return words[words.index(word) + 1] if word in words else None


def addressed(words: list[str]) -> list[str]:
    """The words about an address: `192.168.0.222/24 via 192.168.0.1`."""
    return [word for word in words if "/" in word] + (
        ["via", gateway] if (gateway := after("via", words)) else []
    )


class Toy(Stack):
    """One file, and `ifup` for each link."""

    name = "toy"
    title = "Toy links"
    dialect = DIALECT
    restart = Restart(start=(("toy", "up"),), outage=OUTAGE)

    def paths(self, tree: Tree) -> tuple[str, ...]:
        return (FILE,)

    def probes(self) -> tuple[str, ...]:
        return ()

    def owns(self, facts: HostFacts, about: Sequence[Link] = ()) -> Evidence | None:
        return Evidence(self.name, f"{FILE} is there", 90) if FILE in facts.files else None

    def read(self, facts: HostFacts, about: Answers | None = None) -> Answers | None:
        found = lines(facts)
        bond = next((name for name, words in found.items() if "mode" in words), None)
        holder = next((name for name, words in found.items() if words[:2] == ["of", bond]), None)
        if bond is None or holder is None:
            return None
        words, said = found[bond], addressed(found[holder])
        slaves = tuple(words[1 : words.index("mode")])
        return Answers(
            self.name,
            BondAnswers(bond, slaves, after("mode", words) or "", int(after("miimon", words) or 0)),
            BridgeAnswers(holder, addresses=(said[0],), gateway=after("via", said)),
        )

    def inventory(self, facts: HostFacts) -> Iterator[Item]:
        for number, (link, words) in enumerate(lines(facts).items(), 1):
            for word in addressed(words):
                if word != "via":
                    kind = Kind.ADDRESS if "/" in word else Kind.GATEWAY
                    yield item((FILE, number), link, kind, word)

    def able(self, facts: HostFacts, request: Request) -> Iterator[Finding]:
        if "/sbin/ifup" not in facts.present:
            yield refuse("ifup-missing", "/sbin/ifup", "ifup is not there.", "Install it.")

    def set_up(self, facts: HostFacts, answers: Answers) -> "Draft":
        return Draft(facts, answers)

    def remove(self, facts: HostFacts, removal: Removal) -> "Draft":
        return Draft(facts, removal.answers, removal.nic)


class Draft:
    """Bond and bridge there, or the address on `nic` again."""

    def __init__(self, facts: HostFacts, answers: Answers, nic: str = "") -> None:
        self.facts, self.answers, self.nic = facts, answers, nic
        self.lines = lines(facts)

    def check(self) -> tuple[Finding, ...]:
        return ()

    def write(self) -> Iterator[FileChange]:
        bond, bridge = self.answers.bond, self.answers.bridge
        words = [*bridge.addresses, *(["via", bridge.gateway] if bridge.gateway else [])]
        for name in (bond.name, bridge.name, *bond.slaves):
            self.lines.pop(name, None)
        if self.nic:
            self.lines[self.nic] = words
        else:
            self.lines[bond.name] = ["of", *bond.slaves, "mode", bond.mode, "miimon", "100"]
            self.lines[bridge.name] = ["of", bond.name, *words]
        text = "".join(" ".join((link, *words)) + "\n" for link, words in self.lines.items())
        yield FileChange(FILE, self.facts.files[FILE].data, text.encode(), before_mode=0o644)

    def activate(self) -> Activation:
        bond, bridge = self.answers.bond.name, self.answers.bridge.name
        made = (self.nic,) if self.nic else (bond, bridge)
        up = tuple(Step(f"Bring up {link}", Run(("/sbin/ifup", link))) for link in made)
        gone = tuple(Step(f"{link} goes", DeleteLink(link), True) for link in (bridge, bond))
        write, back = Step("Write the file", WriteFiles()), Step("Put it back", RestoreFiles())
        forward = (*gone, write, *up) if self.nic else (write, *up)
        return Activation(forward, (*gone, back, Step("As before", RestoreNetwork())), OUTAGE)
