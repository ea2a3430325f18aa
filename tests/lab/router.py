"""An IPv6 router on the switch, and a host behind it: `ROUTER` runs there, after `SWITCH`."""

ANNOUNCED = "2001:db8:1:0:250:daff:fe7a:5145"
"""What eth0's MAC makes of the prefix that the router announces."""
BEYOND = "2001:db8:2::1"
"""A host behind the router: answers to it go by the default route that the router announced."""
BEYOND_IPV4 = "198.51.100.1"
"""Likewise, behind the gateway."""
ROUTER = """\
import socket, struct, sys, time
each = float(sys.argv[1]) if sys.argv[1:] else 3
wire = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
index = socket.if_nametoindex("br0")
wire.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
wire.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
group = socket.inet_pton(socket.AF_INET6, "ff02::2") + struct.pack("I", index)
wire.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
wire.settimeout(each)
prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 3600, 1800, 0)
prefix += socket.inet_pton(socket.AF_INET6, "2001:db8:1::")
while True:
    wire.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + prefix,
                ("ff02::1", 0, 0, index))
    until = time.monotonic() + each
    try:
        while time.monotonic() < until and wire.recv(1500)[0] != 133:
            pass
    except TimeoutError:
        pass
"""
"""Announces itself each 3 s, or as many as it is told, and when asked (RFC 4861)."""
SWITCH = f"""\
ip -n switch addr add {BEYOND}/128 dev lo nodad
ip -n switch addr add {BEYOND_IPV4}/32 dev lo
ip -n switch addr add 2001:db8::1/64 dev br0 nodad
ip -n switch addr add 2001:db8:1::1/64 dev br0 nodad
ip netns exec switch sysctl -qw net.ipv6.conf.all.forwarding=1
"""
