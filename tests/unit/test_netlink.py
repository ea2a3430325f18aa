"""Netlink: real links are read and changed, in a network namespace of our own."""

import pytest
from private_netns import in_private_netns

from tests import full_decoding

SETUP = """
from xenbond_tui.host.kernel_writer import LiveWriter
ip("link add eth0 type veth peer name sw0", "link add xenbr0 type bridge",
   "link set eth0 master xenbr0", "link set eth0 up", "link set sw0 up",
   "link set xenbr0 up", "addr add 192.168.0.222/24 dev xenbr0",
   "addr add fd00::1/64 dev xenbr0 nodad", "route add default via 192.168.0.1",
   "route add ::/0 via fd00::2 metric 7")
kernel = LiveWriter()
"""


MULTIPATH = (
    SETUP
    + """
ip("link add eth1 type veth peer name sw1", "link set eth1 up", "link set sw1 up",
   "addr add 172.16.0.2/24 dev eth1", "addr add fd01::1/64 dev eth1 nodad",
   "route add 10.9.0.0/16 metric 5 nexthop via 192.168.0.3 dev xenbr0 weight 3"
   " nexthop via 172.16.0.1 dev eth1 weight 2 nexthop via inet6 fd01::3 dev eth1",
   "route add fd09::/64 nexthop via fd00::3 dev xenbr0 nexthop via fd01::3 dev eth1 weight 2",
   "route add 10.9.0.0/16 via 192.168.0.9 metric 6")
def said():
    text = subprocess.run("ip route show root 10.0.0.0/8; ip -6 route show root fd09::/16",
                          shell=True, text=True, capture_output=True, check=True).stdout
    return " ".join(text.split())
was = said()
routes = [r for r in kernel.snapshot().routes if r.destination in ("10.9.0.0/16", "fd09::/64")]
"""
)


def test_a_snapshot_of_real_links():
    told = in_private_netns(
        SETUP
        + """
snapshot = kernel.snapshot()
tell({"links": {link.name: asdict(link) for link in snapshot.links},
      "routes": [asdict(route) for route in snapshot.routes],
      "bridges": [asdict(bridge) for bridge in snapshot.bridges]})
"""
    )
    links = told["links"]
    assert links["lo"]["kind"] == "loopback"
    assert (links["eth0"]["kind"], links["eth0"]["master"]) == ("veth", "xenbr0")
    assert links["eth0"]["lower"] is None
    assert (links["eth0"]["carrier"], links["eth0"]["admin_up"]) == (True, True)
    assert (links["lo"]["carrier"], links["lo"]["admin_up"]) == (None, False)
    addresses = {item["ip"]: item for item in links["xenbr0"]["addresses"]}
    assert addresses["192.168.0.222"]["prefixlen"] == 24
    assert addresses["fd00::1"]["family"] == 6
    defaults = [route for route in told["routes"] if route["destination"] == "default"]
    assert [(item["gateway"], item["link"], item["metric"]) for item in defaults] == [
        ("192.168.0.1", "xenbr0", None),
        ("fd00::2", "xenbr0", 7),
    ]
    connected = [item for item in told["routes"] if item["destination"] == "192.168.0.0/24"]
    assert [(item["protocol"], item["source"]) for item in connected] == [
        ("kernel", "192.168.0.222")
    ]
    (bridge,) = told["bridges"]
    assert [port["name"] for port in bridge["ports"]] == ["eth0"]


def test_real_answers_are_decoded_as_the_library_does():
    raw = in_private_netns(
        MULTIPATH
        + """
from tests.full_decoding import DUMPS
ip("link add ifb0 type ifb", "link set eth1 alias of-no-interest", "link set eth1 mtu 1400",
   "addr add 10.0.0.1 peer 10.0.0.9 dev eth1",
   "addr add 10.1.0.1/24 dev eth1 valid_lft 600 preferred_lft 600",
   "addr add 10.2.0.1/24 dev eth1 label eth1:0",
   "route add 10.7.0.0/16 via 172.16.0.1 dev eth1 onlink metric 9 table 1000",
   "route add 10.6.0.0/16 via inet6 fd00::7 dev xenbr0", "route add blackhole 10.8.0.0/16",
   "rule add from 192.0.2.0/24 iif eth1 fwmark 0x10/0xff table 1000 priority 1000",
   "rule add ipproto tcp dport 22 table 100 priority 1001", "rule add oif lo prohibit",
   "neigh add 172.16.0.7 lladdr 02:00:00:00:00:07 nud permanent dev eth1",
   "neigh add fd00::9 lladdr 02:00:00:00:00:09 dev xenbr0 router",
   "neigh add proxy 172.16.0.8 dev eth1")
tell({kind: [data.hex() for data in dump()] for kind, dump in DUMPS.items()})
"""
    )
    payloads = {kind: [bytes.fromhex(data) for data in items] for kind, items in raw.items()}
    told, expected = full_decoding.ours(payloads), full_decoding.the_librarys(payloads)
    assert {kind: bool(items) for kind, items in told.items()} == {
        "links": True,
        "options": False,
        "routes": True,
        "rules": True,
        "neighbours": True,
    }
    for kind, items in expected.items():
        assert told[kind] == items


def test_an_address_is_given_with_its_broadcast_and_the_metric_of_its_route():
    told = in_private_netns(
        SETUP
        + """
from xenbond_tui.facts.link import Address
kernel.add_address("eth0", Address("10.1.0.1", 24, broadcast="10.1.0.255", metric=4242))
kernel.add_address("eth0", Address("10.2.0.1", 24))
shown = json.loads(subprocess.check_output(["ip", "-j", "addr", "show", "eth0"]))
tell([[item["local"], item.get("broadcast"), item.get("metric")]
      for item in shown[0]["addr_info"] if item["family"] == "inet"])
"""
    )
    assert told == [["10.1.0.1", "10.1.0.255", 4242], ["10.2.0.1", None, None]]


def test_a_network_taken_apart_is_put_back_together():
    told = in_private_netns(
        SETUP
        + """
def state():
    snapshot = kernel.snapshot()
    return [[(a.cidr, a.scope) for link in snapshot.links if link.name == "xenbr0"
             for a in link.addresses if a.scope == "global"],
            sorted((r.destination, r.gateway, r.metric) for r in snapshot.routes
                   if r.destination == "default")]
before = kernel.snapshot()
was = state()
(bridge,) = [link for link in before.links if link.name == "xenbr0"]
kernel.flush_addresses("xenbr0")
kernel.set_link("xenbr0", up=False)
cleared = state()
kernel.set_link("xenbr0", up=True)
for _ in range(2):  # a second time changes nothing and is no error
    for address in bridge.addresses:
        if address.scope == "global":
            kernel.add_address("xenbr0", address)
    for route in before.routes:
        if route.destination == "default":
            kernel.add_route(route)
tell({"was": was, "cleared": cleared, "now": state()})
"""
    )
    assert told["cleared"] == [[], []]
    assert told["now"] == told["was"]


def test_a_link_that_leaves_its_bridge_asks_again_for_whom_it_asked_as_a_port():
    """The bridge takes the answers: what is asked meanwhile waits a second, and all that is sent.

    With a bond that came under a bridge and is taken back, so did the gateway.
    """
    told = in_private_netns(
        """
        import socket
        from xenbond_tui.host.netlink_write import set_master
        PEER = socket.inet_aton("192.0.2.9")
        ip("link add br0 type bridge", "link add eth0 type veth peer name sw0",
           "link set eth0 master br0", "link set br0 up")
        up("sw0", "eth0")
        ip("addr add 192.0.2.2/24 dev eth0", "addr add 2001:db8::2/64 dev eth0 nodad",
           "neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 nud permanent dev eth0",
           "neigh add 192.0.2.8 lladdr 02:00:00:00:00:08 nud reachable dev eth0")
        for family, peer in ((socket.AF_INET, "192.0.2.9"), (socket.AF_INET6, "2001:db8::9")):
            socket.socket(family, socket.SOCK_DGRAM).sendto(b"?", (peer, 9))

        def neighbours():
            argv = ["ip", "-j", "neigh", "show", "dev", "eth0"]
            found = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)
            return sorted((it["dst"], *it["state"]) for it in found)
        before = neighbours()
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
        wire.bind(("sw0", 0x0806))
        wire.settimeout(60)
        set_master("eth0", None)
        # The kernel asks with an address of its own as sender.
        until(lambda: (frame := wire.recv(64))[28:32] == bytes(4) and frame[38:42] == PEER)
        tell([before, neighbours()])
        """
    )
    known = [["192.0.2.7", "PERMANENT"], ["192.0.2.8", "REACHABLE"]]
    asked = [["192.0.2.9", "INCOMPLETE"], ["2001:db8::9", "INCOMPLETE"]]
    assert told == [[*known, *asked], [*known, asked[0]]]


def test_master_mac_mtu_and_deletion():
    told = in_private_netns(
        SETUP
        + """
def link(name):
    return next((asdict(item) for item in kernel.snapshot().links if item.name == name), None)
kernel.set_master("eth0", None)
kernel.set_mac("eth0", "52:54:00:aa:00:01")
kernel.set_mtu("eth0", 1400)
free = link("eth0")
kernel.set_master("eth0", "xenbr0")
port = link("eth0")
kernel.delete_link("xenbr0")
# What is gone already is no error.
kernel.delete_link("xenbr0")
kernel.flush_addresses("xenbr0")
kernel.set_link("xenbr0", up=False)
tell({"free": free, "port": port, "gone": link("xenbr0")})
"""
    )
    assert (told["free"]["master"], told["port"]["master"]) == (None, "xenbr0")
    assert (told["free"]["mac"], told["free"]["mtu"]) == ("52:54:00:aa:00:01", 1400)
    assert told["gone"] is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("kernel.set_mtu('eth0', 9)", ["eth0", "MTU 9", "refused"]),
        ("kernel.set_mac('gone', '52:54:00:aa:00:01')", ["gone: there is no such link"]),
        ("kernel.set_master('xenbr0', 'eth0')", ["xenbr0", "port of eth0", "refused"]),
        (
            "kernel.add_route(Route('default', '172.16.0.1', 'xenbr0'))",
            ["xenbr0", "route default", "refused"],
        ),
    ],
)
def test_a_refusal_names_the_link_and_the_reason(change, words):
    told = in_private_netns(
        SETUP
        + f"""
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.routing import Route
try:
    {change}
    tell("no error")
except XenbondError as error:
    tell(str(error))
"""
    )
    assert all(word in told for word in words), told
    assert "\n" not in told


def test_single_addresses_routes_and_a_bridge_come_and_go():
    told = in_private_netns(
        SETUP
        + """
from dataclasses import replace
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
own, other = Address("172.16.5.1", 24), Address("172.16.5.1", 32)
worse = Route("default", "172.16.5.9", "br7", metric=4242)
for _ in range(2):  # a second time changes nothing and is no error
    kernel.add_bridge("br7", "52:54:00:aa:00:07")
kernel.set_link("br7", up=True)
kernel.add_address("br7", own)
kernel.add_address("br7", other)
kernel.add_route(worse)
kernel.add_route(replace(worse, metric=None))
def state():
    snapshot = kernel.snapshot()
    (bridge,) = [item for item in snapshot.links if item.name == "br7"]
    return [sorted(a.cidr for a in bridge.addresses if a.family == 4),
            sorted(r.metric or 0 for r in snapshot.routes
                   if r.destination == "default" and r.link == "br7")]
both = state()
for _ in range(2):
    kernel.del_address("br7", other)
    kernel.del_route(replace(worse, metric=None))
one = state()
kernel.del_address("gone", own)
kernel.del_route(replace(worse, link="gone"))
bridge = kernel.bridge("br7")
tell({"both": both, "one": one, "mac": bridge.mac, "stp": bridge.stp})
"""
    )
    assert told["both"] == [["172.16.5.1/24", "172.16.5.1/32"], [0, 4242]]
    assert told["one"] == [["172.16.5.1/24"], [4242]]
    assert (told["mac"], told["stp"]) == ("52:54:00:aa:00:07", False)


def test_no_address_stays_that_others_use():
    told = in_private_netns(
        """
from xenbond_tui.host.kernel_writer import LiveWriter
kernel = LiveWriter()
ip("link add a0 type veth peer name b0",
   "addr add 172.16.5.1/24 dev a0", "addr add 172.16.5.2/24 dev a0",
   "addr add fd00::1/64 dev a0 nodad", "addr add fec0::1/64 dev a0 nodad")
up("a0", "b0")
def held():
    (link,) = [item for item in kernel.snapshot().links if item.name == "a0"]
    return sorted({a.ip for a in link.addresses if a.scope != "link"})
before = held()
kernel.flush_addresses("a0")
tell([before, held()])
"""
    )
    assert told == [["172.16.5.1", "172.16.5.2", "fd00::1", "fec0::1"], []]


def test_an_address_is_announced_on_the_wire():
    told = in_private_netns(
        SETUP
        + """
import socket
kernel.flush_addresses("xenbr0")
ip("link add a0 type veth peer name b0", "link set a0 address 52:54:00:aa:00:0a",
   "addr add 172.16.6.1/24 dev a0", "addr add fd00::6/64 dev a0")
up("a0", "b0")
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
wire.bind(("b0", 0x0806))
wire.settimeout(20)
kernel.announcement("a0")()
tell(wire.recv(100).hex())
"""
    )
    mac, address = "525400aa000a", "ac100601"
    assert told == f"ffffffffffff{mac}08060001080006040001{mac}{address}{'0' * 12}{address}"


def test_a_sysctl_is_set_and_one_that_is_not_there_is_no_error():
    told = in_private_netns(
        SETUP
        + """
name = "net/ipv4/conf/xenbr0/rp_filter"
values = []
for value in ("1", "0"):
    kernel.set_sysctl(name, value)
    values.append(kernel.sysctl(name))
kernel.set_sysctl("net/ipv4/conf/gone/rp_filter", "1")
tell([*values, kernel.sysctl("net/ipv4/conf/gone/rp_filter")])
"""
    )
    assert told == ["1", "0", None]


def test_a_neighbour_answers_a_probe_of_a_link_without_address():
    told = in_private_netns(
        SETUP
        + """
ip("link add a0 type veth peer name b0", "addr add 172.16.6.2/24 dev b0")
up("a0", "b0")
from xenbond_tui.host import arp
usual, arp._PATIENCE_S = arp._PATIENCE_S, 40.0
there = [kernel.answers("a0", "172.16.6.2")]
arp._PATIENCE_S = usual
there.append(kernel.answers("a0", "172.16.6.3"))
kernel.set_link("b0", up=False)
tell([*there, kernel.answers("a0", "172.16.6.2"), kernel.answers("gone", "172.16.6.2")])
"""
    )
    assert told == [True, False, False, False]
