"""The running network put back as a snapshot has it: whatever still differs, by netlink.

The stack's own tools go first; this is for what they left undone. Links that other people made or
changed meanwhile (a guest that was started) are left alone.
"""

from collections.abc import Callable, Collection, Iterable

from xenbond_tui.apply.codec import decode
from xenbond_tui.apply.notes import read_json
from xenbond_tui.effects import KernelReader, KernelWriter
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.guest_ports import is_guest_port
from xenbond_tui.facts.link import Address, Link, above
from xenbond_tui.facts.network import KernelSnapshot
from xenbond_tui.facts.routing import Neighbour, Route, RoutingPolicy, Rule
from xenbond_tui.plan.plan import Expected
from xenbond_tui.value import dataclass, replace


@dataclass(frozen=True, slots=True)
class Target:
    """What the network shall be again."""

    before: KernelSnapshot
    ours: frozenset[str] = frozenset()
    """The bond and the bridge of the plan: deleted when they were not there before."""
    involved: frozenset[str] = frozenset()
    """All links whose state the plan changes; others only get back what they lost."""
    standing: frozenset[str] = frozenset()
    """All links that stand on those, which must be there again; a guest's port may have ended."""

    def leaving(self, now: KernelSnapshot) -> frozenset[str]:
        """Links of ours that are there now and shall not be."""
        return (self.ours - _names(self.before)) & _names(now)


def target_of(before: KernelSnapshot, expected: Expected | None) -> Target:
    """The snapshot, together with the links that a plan changes."""
    if expected is None:
        return Target(before)
    ours = {expected.bond} | ({expected.bridge} if expected.bridge else set())
    involved = ours | set(expected.slaves)
    for _ in range(2):
        # The bond or bridge a slave was in before, and the bridge that bond was in.
        involved |= {link.master for link in before.links if link.name in involved and link.master}
    guests = {
        link.name
        for link in before.links
        if is_guest_port(link) or link.kind in ("macvtap", "ipvtap")
    }
    standing = above(before.links, involved) - guests
    return Target(before, frozenset(ours), frozenset(involved), standing)


def of_long_ago(target: Target) -> Target:
    """For a snapshot that may be weeks old: only the plan's own links, and no leases."""
    links = tuple(
        replace(link, addresses=tuple(item for item in link.addresses if not item.dynamic))
        for link in target.before.links
        if link.name in target.involved
    )
    routes = tuple(
        route
        for route in target.before.routes
        if route.link in target.involved and route.protocol not in ("dhcp", "ra")
    )
    old = target.before.policy
    policy = RoutingPolicy(
        rules=tuple(item for item in old.rules if {item.in_link, item.out_link} & target.involved),
        routes=tuple(item for item in old.routes if item.link in target.involved),
        neighbours=tuple(item for item in old.neighbours if item.link in target.involved),
    )
    before = replace(target.before, links=links, routes=routes, policy=policy)
    return replace(target, before=before)


def read_snapshot(path: str) -> KernelSnapshot:
    """A snapshot as it was kept with a transaction.

    Raises:
        XenbondError: it is missing or damaged.
    """
    try:
        snapshot: KernelSnapshot = decode(KernelSnapshot, read_json(path))
    except OSError as error:
        raise XenbondError.at(path, f"{error.strerror}; the network can't be compared.") from None
    except ValueError:
        raise XenbondError.at(path, "damaged; the network can't be compared with it.") from None
    return snapshot


def restore_network(kernel: KernelWriter, target: Target) -> tuple[str, ...]:
    """Change what differs from the snapshot, and nothing else.

    Returns:
        What could not be changed, in words; empty when everything is as it was.
    """
    failures: list[str] = []

    def attempt(what: str, call: Callable[..., None], *args: object, **options: object) -> None:
        try:
            call(*args, **options)
        # A kernel refuses in many ways; the rollback goes on with what it does not refuse.
        except Exception as error:
            failures.append(f"{what}: {error}")

    for name in sorted(target.leaving(kernel.snapshot())):
        attempt(f"delete {name}", kernel.delete_link, name)
    _restore_links(kernel, target, attempt)
    _restore_addresses(kernel, target, attempt)
    for route in _missing_routes(target, kernel.snapshot()):
        attempt(f"route {route.destination} on {route.link}", kernel.add_route, route)
    for item in _missing_policy(target, kernel, kernel.snapshot()):
        add = kernel.add_route if isinstance(item, Route) else kernel.add_policy
        attempt(_described(item), add, item)
    now = kernel.snapshot()
    missing = (f"the {_described(it)} is missing" for it in _missing_policy(target, kernel, now))
    return (*failures, *differences(target, now), *missing)


def differences(target: Target, now: KernelSnapshot) -> tuple[str, ...]:
    """What is not as it was, as sentences."""
    found = [f"{name} is still there" for name in sorted(target.leaving(now))]
    current = {link.name: link for link in now.links}
    for link in target.before.links:
        here = current.get(link.name)
        if here is None:
            if link.name in target.involved | target.standing:
                found.append(f"{link.name} is gone")
            continue
        if _wrong_master(target, link, here):
            found.append(f"{link.name} is not a port of {link.master or 'nothing'} again")
        found += [f"{link.name} lacks {item.cidr}" for item in _missing_addresses(link, here)]
    found += [
        f"the route to {route.destination} via {route.gateway or route.link} is missing"
        for route in _missing_routes(target, now)
    ]
    return tuple(found)


_Attempt = Callable[..., None]


def _restore_links(kernel: KernelWriter, target: Target, attempt: _Attempt) -> None:
    current = {link.name: link for link in kernel.snapshot().links}
    kinds = {link.name: link.kind for link in target.before.links}
    for link in target.before.links:
        here = current.get(link.name)
        if here is None:
            continue
        if _wrong_master(target, link, here) and (link.master is None or link.master in current):
            if kinds.get(link.master or "") == "bond":
                # A bond takes only slaves that are down (bond_enslave in bond_main.c).
                attempt(f"{link.name} down", kernel.set_link, link.name, up=False)
            into = f"{link.name} into {link.master or 'nothing'}"
            attempt(into, kernel.set_master, link.name, link.master)
        if link.name not in target.involved:
            continue
        if link.mac and here.mac != link.mac and kinds.get(link.master or "") != "bond":
            attempt(f"{link.name} MAC", kernel.set_mac, link.name, link.mac)
        if here.mtu != link.mtu:
            attempt(f"{link.name} MTU", kernel.set_mtu, link.name, link.mtu)
        attempt(f"{link.name} up", _set_admin_state, kernel, link)


def _set_admin_state(kernel: KernelWriter, link: Link) -> None:
    here = next((item for item in kernel.snapshot().links if item.name == link.name), None)
    if here is not None and here.admin_up != link.admin_up:
        kernel.set_link(link.name, up=link.admin_up)


def _restore_addresses(kernel: KernelWriter, target: Target, attempt: _Attempt) -> None:
    current = {link.name: link for link in kernel.snapshot().links}
    for link in target.before.links:
        here = current.get(link.name)
        if here is None:
            continue
        wanted = link.shared
        keys = {(item.ip, item.prefixlen) for item in wanted}
        extra = [item for item in here.shared if (item.ip, item.prefixlen) not in keys]
        missing = _missing_addresses(link, here)
        if link.name in target.involved and any(not item.dynamic for item in extra):
            attempt(f"{link.name} addresses", kernel.flush_addresses, link.name)
            missing = wanted
        for address in missing:
            attempt(f"{address.cidr} on {link.name}", kernel.add_address, link.name, address)


def _missing_policy(
    target: Target, kernel: KernelReader, now: KernelSnapshot
) -> tuple[Rule | Route | Neighbour, ...]:
    """What was there and is lost; on links that are gone nothing can be."""
    before, here, names = target.before.policy, kernel.policy(), _names(now)
    if before == here:
        return ()
    rules = (item for item in before.rules if item not in here.rules)
    near = (it for it in before.neighbours if it.link in names and it not in here.neighbours)
    return (*rules, *_lost(before.routes, here.routes, names), *near)


def _described(item: Rule | Route | Neighbour) -> str:
    match item:
        case Rule():
            return f"rule {item.priority} for table {item.table}"
        case Neighbour():
            return f"neighbour {item.ip} on {item.link}"
        case Route():
            return f"route {item.destination} of table {item.table} on {item.link}"


def _names(snapshot: KernelSnapshot) -> frozenset[str]:
    return frozenset(link.name for link in snapshot.links)


def _wrong_master(target: Target, link: Link, here: Link) -> bool:
    if here.master == link.master:
        return False
    # A guest's port that lost its bridge goes back; one that someone moved elsewhere stays there.
    return link.name in target.involved or here.master is None


def _missing_addresses(link: Link, here: Link) -> tuple[Address, ...]:
    present = {(item.ip, item.prefixlen) for item in here.addresses}
    leased = {item.family for item in here.addresses if item.dynamic}
    return tuple(
        item
        for item in link.shared
        if (item.ip, item.prefixlen) not in present
        # Another lease of the same kind is as good; router advertisements come by themselves.
        and not (item.dynamic and (item.family in leased or item.family == 6))
    )


def _missing_routes(target: Target, now: KernelSnapshot) -> tuple[Route, ...]:
    return _lost(target.before.routes, now.routes, _names(now) | {""})


def _lost(
    before: Iterable[Route], now: Iterable[Route], links: Collection[str]
) -> tuple[Route, ...]:
    present = {_route_key(route) for route in now}
    missing = [
        route
        for route in before
        if route.protocol not in ("kernel", "ra")
        and route.link in links
        and _route_key(route) not in present
    ]
    # A gateway must be reachable by a route that is there before it.
    return tuple(sorted(missing, key=lambda route: route.gateway is not None))


def _route_key(route: Route) -> tuple[object, ...]:
    return (route.destination, route.gateway, route.link, route.family, route.table)
