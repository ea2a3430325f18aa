"""What names a slave outside the stack's files: it does not come along, and must not go unsaid.

What the host sends and receives goes by the bridge afterwards, so a packet filter's `-i eth0`
matches nothing any more, and a VLAN on a slave gets no frames. Sources: iptables(8), nft(8),
ufw-framework(8), firewalld.zone(5).
"""

import re
from collections.abc import Iterator

from xenbond_tui.answers import Answers, Removal, Request
from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.routing import Route, is_zeroconf
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.regex import regex
from xenbond_tui.rules import before_root, guest_files, hook_scripts
from xenbond_tui.rules.findings import Finding, warn
from xenbond_tui.rules.standing import on_slaves

IPTABLES = (
    *("/etc/iptables/rules.v4", "/etc/iptables/rules.v6"),
    *("/etc/sysconfig/iptables", "/etc/sysconfig/ip6tables"),
    *("/etc/iptables.rules", "/etc/iptables.up.rules"),
    *("/etc/ufw/before.rules", "/etc/ufw/before6.rules", "/etc/ufw/after.rules"),
    *("/etc/ufw/after6.rules", "/etc/ufw/user.rules", "/etc/ufw/user6.rules"),
    *("/lib/ufw/user.rules", "/lib/ufw/user6.rules", "/etc/firewalld/direct.xml"),
)
NFTABLES = ("/etc/nftables.conf", "/etc/sysconfig/nftables.conf")
NFTABLES_MORE = ("/etc/nftables/*.nft", "/etc/nftables.d/*.nft", "/etc/nftables.d/*.conf")
ZONES = "/etc/firewalld/zones/*.xml"
_OPTION = r"(?:-i|-o|--(?:in|out)-interface|--physdev-(?:in|out))(?:\s+|=)\"?(?:{})(?![\w.:-])"
_INTERFACE = regex(r"<interface\s[^>]*name=[\"']([^\"']+)[\"']")
_LEASED = frozenset({"kernel", "dhcp", "ra", "redirect"})
"""Routes the kernel, a lease or a router makes again by itself."""


def paths(tree: Tree) -> tuple[str, ...]:
    """Every file that is looked at."""
    more = (path for pattern in (*NFTABLES_MORE, ZONES) for path in tree.glob(pattern))
    found = hook_scripts.paths(tree) | before_root.paths(tree) | guest_files.paths(tree)
    return tuple(sorted({*IPTABLES, *NFTABLES, *more, *found}))


def changes(facts: HostFacts, request: Request) -> tuple[FileChange, ...]:
    """None: these files are other programs'."""
    return ()


def check(facts: HostFacts, request: Request) -> tuple[Finding, ...]:
    """Each line that will not come along, and what to write."""
    answers = request.answers
    if isinstance(request, Removal):
        gone = (answers.bridge.name, answers.bond.name)
        return (
            *guest_files.naming(facts, request.gone),
            *_rules(facts, gone, request.nic),
            *_zones(facts, gone, request.nic),
            *_routes(facts, gone, request.nic),
            *hook_scripts.named_in(
                facts,
                gone,
                "which goes",
                f"Name {request.nic} there if that is what is meant.",
                goes=True,
            ),
        )
    bond, bridge = answers.bond.name, answers.bridge.name
    slaves = tuple(name for name in answers.bond.slaves if _speaks(facts, answers, name))
    speaking = (*slaves, bond) if _speaks(facts, answers, bond) else slaves
    return (
        *_rules(facts, speaking, bridge),
        *_zones(facts, speaking, bridge),
        *on_slaves(facts, answers),
        *_routes(facts, speaking, bridge),
        *before_root.configured(facts, answers),
        *hook_scripts.named_in(
            facts,
            slaves,
            f"a slave of {bond} afterwards, without address and VLANs",
            f"Name {bridge} there for addresses and routes, {bond} for VLANs.",
        ),
        *hook_scripts.named_in(
            facts,
            speaking[len(slaves) :],
            f"a port of {bridge} afterwards, without an address",
            f"Name {bridge} there for addresses and routes.",
        ),
    )


def _speaks(facts: HostFacts, answers: Answers, name: str) -> bool:
    """False for a link that is a slave or a port already: nothing changes for lines about it."""
    link = facts.link(name)
    return link is None or link.master not in (answers.bond.name, answers.bridge.name)


def _rules(facts: HostFacts, names: tuple[str, ...], now: str) -> Iterator[Finding]:
    """Packet filters' lines about these links, whose packets go by another one afterwards."""
    if not names:
        return
    # iptables writes "every link that begins with eth" as `eth+`, nft as `eth*`.
    known = "|".join(re.escape(name) for name in names)
    starts = "|".join(sorted({_start(name) for name in names}))
    option = regex(_OPTION.format(rf"{known}|(?:{starts})\+"))
    word = regex(rf"(?<![\w.:-])(?:(?:{known})(?![\w.:-])|(?:{starts})\*)")
    name = regex(rf"(?<![\w.:-])(?:{known})(?![\w.:-])")
    for path in sorted(facts.files):
        if path in IPTABLES:
            pattern = option
        elif path in NFTABLES or path.startswith(("/etc/nftables/", "/etc/nftables.d/")):
            pattern = word
        else:
            continue
        there = {line.strip() for _, line in _lines(facts, path)}
        for number, line in _lines(facts, path):
            renamed = name.sub(lambda _: now, line.strip())
            settled = renamed != line.strip() and renamed in there
            if pattern.search(line) and not settled and not line.lstrip().startswith("#"):
                yield warn(
                    "firewall-names-a-link",
                    f"{path}:{number}",
                    f"`{line.strip()}` no longer applies: the host's packets come in and go out "
                    f"by {now} afterwards.",
                    f"Write the same line for {now} as well, before or right after this change.",
                )


def _start(name: str) -> str:
    """What a pattern for that NIC begins with: `eth` of eth0, `enp3s` of enp3s0."""
    return re.escape(name.rstrip("0123456789"))


def _zones(facts: HostFacts, names: tuple[str, ...], now: str) -> Iterator[Finding]:
    found = [path for path in sorted(facts.files) if path.startswith("/etc/firewalld/zones/")]
    if any(now in _INTERFACE.findall(line) for path in found for _, line in _lines(facts, path)):
        return
    for path in found:
        zone = path.rpartition("/")[2].removesuffix(".xml")
        for number, line in _lines(facts, path):
            for name in _INTERFACE.findall(line):
                if name in names:
                    yield warn(
                        "zone-names-a-link",
                        f"{path}:{number}",
                        f"{name} is in firewalld's zone {zone}; {now} is in none, so the "
                        "default zone's rules would hold for it.",
                        f"Run: firewall-cmd --permanent --zone={zone} --add-interface={now}, "
                        "and the same without --permanent when it is up.",
                    )


def _routes(facts: HostFacts, names: tuple[str, ...], now: str) -> Iterator[Finding]:
    """Routes somebody made with `ip`: no file makes them again."""
    if not facts.access.knows_running:
        return
    for route in facts.routes:
        by_hand = route.link in names and route.protocol not in _LEASED
        if (
            by_hand
            and not is_zeroconf(route)
            and route.destination != "default"
            and not _written(facts, route)
        ):
            yield warn(
                "route-in-no-file",
                route.link,
                f"The route to {_words(route)} is in no file I know of: {now} may have it "
                "until the next boot, and not after it.",
                f"Put it into the files for {route.link} first: it then goes to {now} with "
                "the address.",
            )


def _words(route: Route) -> str:
    via = f" via {route.gateway}" if route.gateway else ""
    return f"{route.destination}{via} on {route.link}"


def _written(facts: HostFacts, route: Route) -> bool:
    """Is the destination's address in any configuration file that was read?"""
    network = re.compile(rf"(?<![\w.:]){re.escape(route.destination.partition('/')[0])}(?![\w.:])")
    return any(
        path.startswith("/etc/") and not guest_files.is_one(path) and network.search(state.text)
        for path, state in facts.files.items()
    )


def _lines(facts: HostFacts, path: str) -> Iterator[tuple[int, str]]:
    return enumerate(facts.said(path).splitlines(), 1)
