"""What the bridge has of the link whose address it gets: MTU, MAC, addresses beside a lease."""

from collections.abc import Iterable, Iterator, Sequence

from xenbond_tui.answers import Answers, BondAnswers, Removal, Request, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.facts.number import whole
from xenbond_tui.rules.addresses import same_address
from xenbond_tui.rules.findings import Finding, note, warn
from xenbond_tui.rules.inventory import Item, Kind
from xenbond_tui.value import replace


def holder_of(items: Iterable[Item], answers: Answers, *first: str) -> str:
    """The link whose address the bridge gets: bond or slave, or one of `first`; "" for none."""
    said = tuple(items)
    links = (*first, answers.bond.name, *awake_first(said, answers.bond.slaves))
    found = [it for it in said if it.link in links and it.kind in (Kind.ADDRESS, Kind.LEASE)]
    found.sort(key=lambda it: links.index(it.link))
    wanted = answers.bridge.addresses
    asked = [it for it in found if any(same_address(it.value, one) for one in wanted)]
    own = [it for it in found if it.link in first]
    # Who only listens to routers is the last.
    better = [it for it in found if it.kind is Kind.ADDRESS or it.value == "ipv4"]
    return next((it.link for it in (*asked, *own, *better, *found)), "")


def awake_first(items: Iterable[Item], slaves: Sequence[str]) -> tuple[str, ...]:
    """Slaves in the order in which they are asked for the host's address.

    What a file says of one that a boot leaves down is nobody's today: installers write `ONBOOT=no`
    and a lease for each NIC that is not used.
    """
    down = {it.link for it in items if it.kind is Kind.STAYS_DOWN}
    return tuple(sorted(slaves, key=down.__contains__))


def announced(items: Iterable[Item], answers: Answers) -> bool:
    """Has the bridge, or who gives it its address, one by a router's word or by DHCPv6?"""
    said, bridge = tuple(items), answers.bridge.name
    there = any(bridge in (it.link, it.value) for it in said)
    links = (bridge,) if there else (answers.bond.name, *answers.bond.slaves)
    leases = (it for it in said if it.kind is Kind.LEASE and it.link in links)
    return any(it.value in ("ra", "ipv6") for it in leases)


def with_name_servers(items: Iterable[Item], asked: Answers, today: Answers | None) -> Answers:
    """What the files say today, with the name servers of who has no address but a router's."""
    said = tuple(items)
    holder = holder_of(said, asked, asked.bridge.name)
    found = today or Answers(bond=BondAnswers(name=""))

    def words(kind: Kind) -> tuple[str, ...]:
        found = (it.value for it in said if it.kind is kind and it.link == holder)
        # Those behind a ~ only choose the server (systemd.network(5)).
        return tuple(word for word in found if not word.startswith("~"))

    dns, search = found.bridge.dns or words(Kind.DNS), found.bridge.search or words(Kind.SEARCH)
    return replace(found, bridge=replace(found.bridge, dns=dns, search=search))


def mac_written(items: Iterable[Item], holder: str) -> str:
    """The MAC that the files give the link whose address the bridge gets; "" for none."""
    found = (normal_mac(it.value) for it in items if it.kind is Kind.MAC and it.link == holder)
    return next(filter(None, found), "") if holder else ""


def mac_unknown(said: Iterable[Item], request: Request) -> Iterator[Finding]:
    """The bridge gets another MAC than the slave had whose address moves, for nobody sees it."""
    answers = request.answers
    slaves, bridge = answers.bond.slaves, answers.bridge
    if isinstance(request, Removal) or bridge.mac or bridge.method == "none":
        return
    holder = holder_of(said, answers, bridge.name)
    if holder in slaves[1:]:
        yield warn(
            "mac-not-pinned",
            holder,
            f"{bridge.name} gets the address that {holder} has, but not its MAC, which is not "
            "known here: a reservation of a DHCP server or a switch for it does not hold any more.",
            f"Name the MAC of {holder} in the answers, or plan on the running host.",
        )


def with_mtu(said: Iterable[Item], request: Request) -> Request:
    """The request with the MTU that bridge and bond have, where the answers name none.

    It is the bridge's today, else the bond's, else that of the slave whose address the bridge
    gets; where none has an address, the one that all slaves have.
    """
    answers = request.answers
    if isinstance(request, Removal) or answers.bridge.mtu is not None:
        return request
    items = tuple(said)
    mtus = {it.link: mtu for it in items if it.kind is Kind.MTU and (mtu := whole(it.value))}
    holder = holder_of(items, answers)
    slaves = {mtus.get(name) for name in answers.bond.slaves}
    of_slaves = mtus.get(holder) if holder else slaves.pop() if len(slaves) == 1 else None
    mtu = mtus.get(answers.bridge.name) or mtus.get(answers.bond.name) or of_slaves
    return SetUp(replace(answers, bridge=replace(answers.bridge, mtu=mtu)))


def carried(lost: Iterable[Finding], after: Iterable[Item], request: Request) -> Iterator[Finding]:
    """The findings of addresses that would be lost; a note of each that goes along in the files.

    A bridge that asks for a lease keeps a static address beside it where a slave's files have it;
    the answers do not say so.
    """
    bridge = request.answers.bridge.name
    there = [it.value for it in after if it.kind is Kind.ADDRESS and it.link == bridge]
    for finding in lost:
        cidr = finding.text.split()[0]
        if any(same_address(cidr, other) for other in there):
            text = f"{cidr} moves from {finding.where} to {bridge}, where it stands beside a lease."
            yield note("address-moves", finding.where, text)
        else:
            yield finding


def lease_goes_along(
    found: Iterable[Finding], facts: HostFacts, request: Request
) -> Iterator[Finding]:
    """The findings, each that says a lease ends replaced: the rules do not know the steps."""
    bridge = request.answers.bridge.name
    for finding in found:
        if finding.code != "lease-moves":
            yield finding
            continue
        removed = isinstance(request, Removal)
        source, target = (bridge, finding.where) if removed else (finding.where, bridge)
        link = facts.link(source)
        for item in link.addresses if link is not None else ():
            if item.dynamic and item.family == 4:
                yield note(
                    finding.code,
                    source,
                    f"The lease {item.cidr} goes from {source} to {target}, which is the same "
                    "client to the DHCP server. Should the server give another address all the "
                    "same, the change is undone.",
                )
