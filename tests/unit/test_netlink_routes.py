"""Netlink: routes of every form are read and added again, in a network namespace of our own."""

from private_netns import in_private_netns
from test_netlink import MULTIPATH, SETUP


def test_a_multipath_route_is_one_route_for_each_hop():
    told = in_private_netns(
        SETUP
        + """
ip("route add 10.9.0.0/16 nexthop via 192.168.0.3 weight 1 nexthop via 192.168.0.4 weight 2",
   "route add blackhole 10.8.0.0/16")
tell([[r.destination, r.gateway, r.link] for r in kernel.snapshot().routes])
"""
    )
    assert ["10.9.0.0/16", "192.168.0.3", "xenbr0"] in told
    assert ["10.9.0.0/16", "192.168.0.4", "xenbr0"] in told
    assert not [route for route in told if route[0] == "10.8.0.0/16"]


def test_routes_that_no_prefix_covers_can_be_added_again():
    told = in_private_netns(
        SETUP
        + """
ip("route add 10.7.0.0/16 via 172.16.0.1 dev xenbr0 onlink metric 9",
   "route add 10.6.0.0/16 via inet6 fd00::7 dev xenbr0",
   "route add 10.5.0.0/16 nexthop via 172.16.0.2 dev xenbr0 onlink nexthop via 192.168.0.3")
def odd():
    found = [route for route in kernel.snapshot().routes if route.destination[:4] in
             ("10.7", "10.6", "10.5")]
    return [[r.destination, r.gateway, r.metric, r.onlink] for r in found], found
before, routes = odd()
ip("route flush root 10.0.0.0/8")
for route in routes:
    kernel.add_route(route)
tell({"before": before, "after": odd()[0]})
"""
    )
    assert ["10.7.0.0/16", "172.16.0.1", 9, True] in told["before"]
    assert ["10.6.0.0/16", "fd00::7", None, False] in told["before"]
    assert ["10.5.0.0/16", "172.16.0.2", None, True] in told["before"]
    assert sorted(told["after"]) == sorted(told["before"])


def test_a_multipath_route_comes_back_with_every_hop_and_its_weight():
    told = in_private_netns(
        MULTIPATH
        + """
ip("route flush root 10.0.0.0/8", "route del fd09::/64")
gone = said()
for route in routes:
    kernel.add_route(route)
again = said()
# One hop left by a tool that knows no more: it is replaced by all of them.
ip("route replace 10.9.0.0/16 via 192.168.0.3 metric 5")
one = said()
kernel.add_route(routes[1])
tell([was, gone, again, one, said()])
"""
    )
    was, gone, again, one, restored = told
    assert "weight 3" in was
    assert gone == ""
    assert again == was
    assert "weight 3" not in one
    assert sorted(restored.split()) == sorted(was.split())


def test_a_roll_back_brings_back_the_hops_that_a_tool_has_lost():
    told = in_private_netns(
        MULTIPATH
        + """
from dataclasses import replace
from xenbond_tui.apply.network import Target, restore_network
ip("route add 10.8.0.0/16 table 7 nexthop via 192.168.0.3 weight 3 nexthop via 172.16.0.1")
def in_table():
    return [r.gateway for r in kernel.policy().routes if r.destination == "10.8.0.0/16"]
before = replace(kernel.snapshot(), policy=kernel.policy())
was, table = said(), in_table()
ip("route replace 10.9.0.0/16 via 172.16.0.1 metric 5", "route del fd09::/64",
   "route replace 10.8.0.0/16 table 7 via 172.16.0.1")
lost = said()
failures = restore_network(kernel, Target(before))
tell([was, lost, said(), list(failures), table, in_table()])
"""
    )
    was, lost, restored, failures, table, table_again = told
    assert lost != was
    assert sorted(restored.split()) == sorted(was.split())
    assert failures == []
    assert table == ["192.168.0.3", "172.16.0.1"] == table_again


def test_a_multipath_route_moves_to_another_link_and_goes_as_a_whole():
    told = in_private_netns(
        MULTIPATH
        + """
ip("link add xenbr1 type bridge", "link set xenbr1 up", "addr add 192.168.0.223/24 dev xenbr1")
first = next(route for route in routes if route.hops)
kernel.add_route(first.by("xenbr1"))
moved = said()
kernel.del_route(first.by("xenbr1"))
lost = said()
ip("link del xenbr0")
kernel.add_route(first)
tell([moved, lost, said()])
"""
    )
    moved, lost, left = told
    assert "192.168.0.3 dev xenbr1 weight 3" in moved
    assert "172.16.0.1 dev eth1 weight 2" in moved
    assert "192.168.0.3 dev xenbr0" not in moved
    assert "metric 5" not in lost
    assert "metric 6" in lost
    # By a link that is gone there is no hop.
    assert "172.16.0.1 dev eth1" in left
