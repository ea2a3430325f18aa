"""What answers leave out is as it is; a bonding option that goes is named by file and line.

One rule for every stack. A key that is left out is the bridge's today, else that of the link whose
address moves to it: the bond, or a slave. Another bond or NIC has no say. `none` takes away.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_interface

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.regex import regex
from xenbond_tui.rules.addresses import STUBS, Interface, ip_address, same_address
from xenbond_tui.rules.check_bond import check_options
from xenbond_tui.rules.findings import Finding, Severity, note
from xenbond_tui.value import replace

_UNFIT = frozenset(
    {"option-not-in-mode", "option-without-effect", "option-alone", "option-no-slave"}
    | {"two-link-monitors", "delay-without-miimon", "delay-below-miimon", "primary-no-slave"}
    | {"options-disagree"}
)
"""Why an option that nobody named can't stay beside those that were."""
_SPLIT = regex(r"""[\s=;,"'\[\]{}]+|:\s""")
"""Between words, in the files of every stack."""
_ETHERNET = 1500
"""Bytes; the MTU of a link that nobody gives one (ETH_DATA_LEN in if_ether.h)."""


def completed(
    facts: HostFacts,
    asked: Answers,
    today: Answers | None,
    gateways: Mapping[str, str] | None = None,
    *,
    by_router: bool = False,
) -> Answers:
    """Answers with what they leave out.

    Args:
        facts: the host, for what no file says.
        asked: slaves by name.
        today: what the files say of the bond, the bridge and the slaves that `asked` names.
        gateways: every gateway that the files have for one of these, and where.
        by_router: the files have the bridge, or who gives it its address, listen to routers.
    """
    bond = today.bond if today is not None and today.bond.name == asked.bond.name else None
    bridge = today.bridge if today is not None else None
    return replace(
        asked,
        bond=asked.bond if bond is None else _bond(asked.bond, bond),
        bridge=_bridge(facts, asked, bridge, gateways or {}, by_router=by_router),
    )


def _bond(asked: BondAnswers, today: BondAnswers) -> BondAnswers:
    out = asked.left_out
    mode = today.mode if "mode" in out else asked.mode
    carrier = today.use_carrier if "use_carrier" in out else asked.use_carrier
    # One that looks at no link at all is given what a new bond gets.
    looks = today.miimon or "arp_interval" in {**today.options, **asked.options}
    miimon = today.miimon if "miimon" in out and looks else asked.miimon
    if "miimon" in out and "arp_interval" in asked.options:
        miimon = 0
    kept = {name: value for name, value in today.options.items() if name in out}
    # Without effect today already, and in nobody's way: nothing changes.
    idle = {it.where for it in check_options(today) if it.severity is not Severity.REFUSE}
    while True:
        bond = replace(
            asked,
            mode=mode,
            miimon=miimon,
            use_carrier=carrier,
            options={**kept, **asked.options},
            left_out=frozenset(),
        )
        wanted = bond.every_option
        bond = replace(
            bond,
            beside={it: at for it, at in today.beside.items() if it in out or it not in wanted},
        )
        told = (it for it in check_options(bond) if it.code in _UNFIT)
        refused = Severity.REFUSE
        unfit = {it.where for it in told if it.severity is refused or it.where not in idle}
        unfit &= kept.keys()
        if not unfit:
            return bond
        kept = {name: value for name, value in kept.items() if name not in unfit}


def _bridge(
    facts: HostFacts,
    answers: Answers,
    today: BridgeAnswers | None,
    gateways: Mapping[str, str],
    *,
    by_router: bool,
) -> BridgeAnswers:
    asked, out = replace(answers.bridge, announced=by_router), answers.bridge.left_out
    links = _links(facts, answers)
    if "address" in out:
        method, addresses = (today.method, today.addresses) if today else _runs(links)
        # What stands beside a lease is moved by the files, or told with its line.
        addresses = addresses if method == "static" else ()
        by_router = by_router and method != "dhcp" and not addresses
        method = "static" if by_router else method
        asked = replace(asked, method=method, addresses=addresses, by_router=by_router)
    static = today is not None and today.method == "static"
    if asked.method == "static":
        if "gateway" in out:
            said = [*([today.gateway] if today and today.gateway else []), *gateways]
            ways = said if static or asked.by_router else _ways_out(facts, links)
            gateway = next((it for it in ways if _has_family(asked, it)), None)
            where = gateways.get(gateway or "", "as the default route runs")
            asked = replace(asked, gateway=gateway, gateway_from=where if gateway else "")
        if "dns" in out and today is not None:
            leased = () if static or today.method == "none" else facts.dns
            servers = today.dns or tuple(ip for ip in leased if ip not in STUBS)
            asked = replace(asked, dns=servers)
        if "search" in out and today is not None:
            leased = () if static or today.method == "none" else facts.search
            asked = replace(asked, search=today.search or leased)
        asked = replace(asked, on_link=_on_link(facts, asked, today, links))
    elif asked.method == "dhcp" and today is not None:
        asked = replace(
            asked,
            dns=today.dns if "dns" in out else asked.dns,
            search=today.search if "search" in out else asked.search,
        )
    if asked.mtu == 0:
        written = today is not None and today.mtu is not None
        wide = any(link.mtu != _ETHERNET for link in links)
        asked = replace(asked, mtu=_ETHERNET if written or wide else None)
    return replace(asked, left_out=frozenset())


def _links(facts: HostFacts, answers: Answers) -> tuple[Link, ...]:
    """Bridge, bond and slaves, as far as they run."""
    names = (answers.bridge.name, answers.bond.name, *answers.bond.slaves)
    return tuple(link for name in names if (link := facts.link(name)) is not None)


def _runs(links: Iterable[Link]) -> tuple[str, tuple[str, ...]]:
    """Method and addresses of the first link that has some."""
    for link in links:
        if any(item.dynamic and item.family == 4 for item in link.shared):
            return "dhcp", ()
        if static := tuple(item.cidr for item in link.shared if not item.dynamic):
            return "static", static
    return "static", ()


def _ways_out(facts: HostFacts, links: Iterable[Link]) -> list[str]:
    """The gateways of default routes by one of these links, IPv4's first."""
    names = {link.name for link in links}
    return [
        route.gateway
        for route in sorted(facts.routes, key=lambda route: route.family)
        if route.destination == "default" and route.gateway and route.link in names
    ]


def _has_family(bridge: BridgeAnswers, gateway: str) -> bool:
    """Is there an address left that the gateway could belong to?"""
    own = any((":" in gateway) == (":" in it) for it in bridge.addresses)
    return own or (bridge.announced and ":" in gateway)


def spoken(answers: Answers, today: Answers | None) -> Answers:
    """A screen's answers as a file has them: options of today that are not among them are `none`.

    Args:
        answers: the screen's, which leave nothing out.
        today: as for `completed`.
    """
    written = today.bond.every_option if today and today.bond.name == answers.bond.name else {}
    silent = OPTIONS.keys() - written.keys() - answers.bond.every_option.keys()
    return replace(answers, bond=replace(answers.bond, left_out=frozenset(silent)))


def told(
    today: Answers | None,
    answers: Answers,
    changes: Iterable[FileChange],
    spelling: Callable[[str], str | None],
) -> Iterator[Finding]:
    """Each bonding option that the plan takes out, or writes because the bond runs with it.

    Args:
        today: as for `completed`.
        answers: completed.
        changes: the plan's files.
        spelling: an option's key in the stack's files.
    """
    if today is None or today.bond.name != answers.bond.name:
        return
    files = tuple(changes)
    for option, value in today.bond.options.items():
        if option in OPTIONS and option not in answers.bond.options:
            place = _place(files, spelling(option) or option, option)
            yield note(
                "option-left-out",
                option,
                f"{place or answers.bond.name}: {option} {value} is taken out. "
                "It is not asked for, or does not go with what is; the kernel's own is "
                f"{OPTIONS[option].default}.",
            )
    for option, (value, where) in answers.bond.beside.items():
        if not where and option in answers.bond.every_option:
            yield note(
                "option-as-it-runs",
                option,
                f"{answers.bond.name} runs with {option} {value}, and no file says so. It is "
                "written.",
            )


def _place(files: Iterable[FileChange], *words: str) -> str:
    """File and line of a word that is in a file before and no more after; "" if nowhere."""
    wanted = {word.replace("_", "-") for word in words}
    for change in files:
        left = wanted & {word for line in _words(change.after) for word in line}
        for number, line in enumerate(_words(change.before), 1):
            if (wanted - left) & line:
                return f"{change.path}:{number}"
    return ""


def _words(data: bytes | None) -> list[set[str]]:
    """The words of each line; comments have none."""
    text = (data or b"").decode("utf-8", "replace").replace("_", "-")
    return [
        {word.removeprefix("bond-") for word in _SPLIT.split(line) if word} | set(line.split())
        if not line.lstrip().startswith("#")
        else set()
        for line in text.splitlines()
    ]


def _on_link(
    facts: HostFacts, asked: BridgeAnswers, today: BridgeAnswers | None, links: Iterable[Link]
) -> bool:
    """Is the gateway asked for outside the bridge's networks, and reached on its link?

    Many hosting providers give a host one address alone (/32, /128) and a gateway elsewhere. Each
    stack has a word for it: `pointopoint`, `on-link`, `GatewayOnLink=`, a route to the gateway.
    It is where it is so today, by the files or by what runs, and where the bridge has no address
    but one that is alone in its network: such a one has no other gateway.

    Args:
        facts: the host, for what runs.
        asked: the bridge, with what was left out.
        today: the same by the files.
        links: bridge, bond and slaves, as far as they run.
    """
    gateway = asked.gateway or ""
    own = _networks(asked.addresses, gateway)
    if not own or _held(own, gateway):
        return False
    if all(item.network.prefixlen == item.max_prefixlen for item in own):
        return True
    if today is not None and today.on_link and same_address(today.gateway or "", gateway):
        return True
    for link in links:
        runs = _networks([item.cidr for item in link.addresses], gateway)
        out = "default", link.name
        ways = (it.gateway for it in facts.routes if (it.destination, it.link) == out)
        if (
            runs
            and not _held(runs, gateway)
            and any(same_address(it or "", gateway) for it in ways)
        ):
            return True
    return False


def _networks(addresses: Iterable[str], gateway: str) -> Sequence[Interface]:
    """The addresses of the gateway's family; none where one of them, or it, is no address."""
    try:
        version = ip_address(gateway).version
        found = [ip_interface(item) for item in addresses]
    except ValueError:
        return ()
    return [item for item in found if item.version == version]


def _held(own: Sequence[Interface], gateway: str) -> bool:
    way = ip_address(gateway)
    return way.is_link_local or any(way in item.network for item in own)
