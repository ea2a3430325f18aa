"""Forged frames over real sockets: what the kernel keeps away from Python, what counts, how much.

Each in a network namespace of its own: a0 is the host's NIC, b0 the far end of its cable, which has
no address, so that only what a test sends comes from there.
"""

import pytest

from tests.security.hostile_frames import neighbour
from tests.unit.private_netns import in_private_netns
from xenbond_tui.host.lldp import FRAMES_A_TURN, TURN_S

WIRE = """
import socket, struct, threading
HOST, GATEWAY, OTHER = "172.16.6.1", "172.16.6.2", "172.16.6.66"
HOST6, GATEWAY6, OTHER6 = "fd00::1", "fd00::2", "fd00::66"
OWN, THEIRS = bytes.fromhex("02000000000a"), bytes.fromhex("02000000000b")
ip("link add a0 type veth peer name b0", "link set a0 address 02:00:00:00:00:0a",
   "link set b0 address 02:00:00:00:00:0b")
up("a0", "b0")
ip(f"addr add {HOST}/24 dev a0", f"addr add {HOST6}/64 dev a0 nodad",
   f"neigh replace {GATEWAY} lladdr 02:00:00:00:00:0b dev a0",
   f"neigh replace {GATEWAY6} lladdr 02:00:00:00:00:0b dev a0")
far = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
far.bind(("b0", 0x0003))

def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF

def answer(request, source, change):
    '''The frame that answers an echo request as `source`, after `change` of its ICMP part.'''
    if ":" in source:
        icmp = change(b"\\x81" + request[54 + 1:])
        theirs, ours = socket.inet_pton(socket.AF_INET6, source), request[22:38]
        icmp = icmp[:2] + b"\\0\\0" + icmp[4:]
        total = checksum(theirs + ours + struct.pack("!II", len(icmp), 58) + icmp)
        icmp = icmp[:2] + struct.pack("!H", total) + icmp[4:]
        head = struct.pack("!IHBB", 6 << 28, len(icmp), 58, 64) + theirs + ours
        return OWN + THEIRS + b"\\x86\\xdd" + head + icmp
    icmp = change(b"\\0" + request[34 + 1:])
    icmp = icmp[:2] + b"\\0\\0" + icmp[4:]
    icmp = icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(icmp), 0, 0, 64, 1, 0,
                       socket.inet_aton(source), request[26:30])
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return OWN + THEIRS + b"\\x08\\x00" + head + icmp

def same(icmp):
    return icmp

def requests(count):
    '''So many echo requests, as they come to the far end.'''
    far.settimeout(40)
    while count:
        frame, sender = far.recvfrom(2048)
        if sender[2] == socket.PACKET_OUTGOING:
            continue
        v4 = frame[12:14] == b"\\x08\\x00" and frame[23] == 1 and frame[34] == 8
        v6 = frame[12:14] == b"\\x86\\xdd" and frame[20] == 58 and frame[54] == 128
        if v4 or v6:
            count -= 1
            yield frame

def answered(pinger):
    return sum(probe.answered is not None for probe in pinger.probes())
"""

FORGED = """
from xenbond_tui.host import ping
from xenbond_tui.host.echo import Echo
seen = []
read = Echo.answered
Echo.answered = lambda *args: (seen.append(1), read(*args))[1]
gateway, other = (GATEWAY6, OTHER6) if {v6} else (GATEWAY, OTHER)
pinger = ping.EchoPinger(gateway, "a0", 0.02, time.monotonic)
last = None
sent = 0
for request in requests(40):
    forged = [
        answer(request, other, same),
        answer(request, gateway, lambda icmp: icmp[:4] + b"\\xff\\xff" + icmp[6:]),
        answer(request, gateway, lambda icmp: icmp[:8] + bytes(16)),
        answer(request, gateway, lambda icmp: icmp[:8]),
    ]
    for frame in forged:
        far.send(frame)
        sent += 1
    if last is not None:
        # The sequence number of now, with the payload of the request before.
        far.send(answer(last, gateway, lambda icmp: icmp[:6] + request[{seq}] + icmp[8:]))
    last = request
forgeries = answered(pinger), len(seen), sent
for request in requests(20):
    far.send(answer(request, gateway, same))
# Read in the order in which they came: with the last of these the forged ones are through.
until(lambda: answered(pinger) >= 20)
pinger.stop()
tell([*forgeries, answered(pinger)])
"""


@pytest.mark.parametrize("v6", [False, True])
def test_no_forged_echo_reply_counts_and_few_reach_python(v6: bool) -> None:
    seq = "60:62" if v6 else "40:42"
    forged, read, sent, right = in_private_netns(WIRE + FORGED.format(v6=v6, seq=seq))
    assert sent == 160, "the attack took place"
    assert forged == 0
    assert read <= sent / 4, "only those with the identifier and the token reach Python"
    assert right == 20, "and the gateway's own do count"


@pytest.mark.parametrize("v6", [False, True])
def test_one_request_is_answered_by_the_one_that_was_asked_alone(v6: bool) -> None:
    """What a change tries before and after: no program of another's, no answer of another's."""
    told = in_private_netns(
        WIRE
        + f"""
from xenbond_tui.host import ping
from xenbond_tui.host.echo import Echo
from xenbond_tui.host.kernel import LiveKernel
gateway, other = (GATEWAY6, OTHER6) if {v6} else (GATEWAY, OTHER)
read, counted, results = Echo.answered, [], []
def answered_by(echo, data, source, last):
    number = read(echo, data, source, last)
    counted.extend([source[0]] if number is not None else [])
    return number
Echo.answered = answered_by
ping._PATIENCE_S = 40.0
thread = threading.Thread(target=lambda: results.append(LiveKernel().echoes(gateway)))
thread.start()
(request,) = requests(1)
for source in (other, gateway):
    far.send(answer(request, source, same))
thread.join()
ping._PATIENCE_S = 0.1
results.append(LiveKernel().echoes(gateway))
tell([[source == gateway for source in counted], results])
"""
    )
    assert told == [[True], [True, False]], "the other's came first"


def test_a_flood_of_echo_replies_is_kept_away_from_python() -> None:
    """The same flood without the filter reaches it, which shows that the filter did it."""
    told = in_private_netns(
        WIRE
        + """
from xenbond_tui.host import ping, socket_filter
from xenbond_tui.host.echo import Echo
read = Echo.answered
def flooded():
    seen = []
    Echo.answered = lambda *args: (seen.append(1), read(*args))[1]
    pinger = ping.EchoPinger(GATEWAY, "a0", 0.02, time.monotonic)
    (request,) = requests(1)
    frame = answer(request, GATEWAY, lambda icmp: icmp[:4] + b"\\xff\\xff" + icmp[6:])
    for _ in range(5000):
        far.send(frame)
    # Read in the order in which they came: with this one the flood is through.
    far.send(answer(request, GATEWAY, same))
    until(lambda: answered(pinger) or len(seen) > 100)
    pinger.stop()
    return len(seen)
filtered = flooded()
socket_filter.attach = lambda *_: None
tell([filtered, flooded()])
"""
    )
    filtered, unfiltered = told
    assert filtered == 1, "the right one alone"
    assert unfiltered > 100


def test_who_repeats_the_right_answer_without_end_costs_a_bounded_number_of_reads() -> None:
    reads, asked, right = in_private_netns(
        WIRE
        + """
from xenbond_tui.host import ping
from xenbond_tui.host.echo import Echo
read, seen = Echo.answered, []
Echo.answered = lambda *args: (seen.append(1), read(*args))[1]
pinger = ping.EchoPinger(GATEWAY, "a0", 0.2, time.monotonic)
for request in requests(5):
    frame = answer(request, GATEWAY, same)
    for _ in range(2000):
        far.send(frame)
until(lambda: answered(pinger))
pinger.stop()
tell([len(seen), len(pinger.probes()), answered(pinger)])
"""
    )
    assert reads <= 64 * asked, "of 10,000"
    assert right >= 1


# ARP

ARP = """
from xenbond_tui.host import arp
def reply(sender, target=OWN, to=OWN):
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + THEIRS + socket.inet_aton(sender) + target
    return (to + THEIRS + b"\\x08\\x06" + body + bytes(4)).ljust(60, b"\\0")
read, seen = arp.is_answer, []
arp.is_answer = lambda *args: (seen.append(1), read(*args))[1]
def asked(*frames):
    found = []
    thread = threading.Thread(
        target=lambda: found.append(arp.answers("a0", "02:00:00:00:00:0a", GATEWAY)))
    thread.start()
    while thread.is_alive():
        for frame in frames:
            far.send(frame)
        time.sleep(0.01)
    return found[0]
"""


def test_an_arp_reply_counts_only_from_the_address_that_was_asked_to_our_mac() -> None:
    told = in_private_netns(
        WIRE
        + ARP
        + """
nobody = bytes.fromhex("020000000099")
forged = asked(reply(OTHER), reply(GATEWAY, nobody), reply(GATEWAY, nobody, nobody),
               reply(GATEWAY, bytes(6)), reply(GATEWAY, OWN, nobody))
read_of_forged = len(seen)
arp._PATIENCE_S = 40.0
tell([forged, read_of_forged, asked(reply(GATEWAY))])
"""
    )
    assert told == [False, 0, True]


# LLDP

HEAR = """
from xenbond_tui.host import lldp
read, seen = lldp.parse, []
lldp.parse = lambda frame: (seen.append(1), read(frame))[1]
listener = lldp.LldpListener(["a0"], time.monotonic)
"""


def test_lldp_to_others_never_reaches_python() -> None:
    frames = [
        neighbour(66, to=bytes.fromhex(to))
        for to in ("02000000000a", "ffffffffffff", "0180c2000002", "01005e000001")
    ]
    told = in_private_netns(
        WIRE
        + HEAR
        + f"""
for _ in range(250):
    for frame in {[frame.hex() for frame in frames]}:
        far.send(bytes.fromhex(frame))
# Read in the order in which they came: with the last of these the forged ones are through.
for to in ("00", "03", "0e"):
    far.send(bytes.fromhex("{neighbour(1).hex()}"[:10] + to + "{neighbour(1).hex()}"[12:]))
until(lambda: len(seen) >= 3)
listener.stop()
noise = sum(listener.noise().values())
tell([noise, len(seen), [port.system for port in listener.neighbours().values()]])
"""
    )
    assert told == [0, 3, ["sw1"]]


def test_a_flood_of_lldp_is_read_at_our_own_pace_and_said() -> None:
    parsed, seconds, shown, others, noise = in_private_netns(
        WIRE
        + HEAR
        + f"""
far.send(bytes.fromhex("{neighbour(1).hex()}"))
until(listener.neighbours)
began = time.monotonic()
real = bytes.fromhex("{neighbour(1).hex()}")
for number in range(2, 4000):
    far.send(real[:20] + number.to_bytes(2, "big") + real[22:])
    far.send(real[:21] + number.to_bytes(2, "big") + real[23:])
    if number % 100 == 0:
        time.sleep(0.05)
until(listener.noise)
listener.stop()
seconds = time.monotonic() - began
port = listener.neighbours()["a0"]
tell([len(seen), seconds, port.system, len(port.others), listener.noise()["a0"]])
"""
    )
    assert parsed <= FRAMES_A_TURN * (seconds / TURN_S + 3)
    assert shown == "sw1", "who was there first"
    assert others <= 3
    assert noise > 1000


# Whose MACs are whose


def test_the_gateways_mac_is_known_from_arp_and_a_guest_that_has_it_is_found() -> None:
    own, gateways, learned = in_private_netns(
        WIRE
        + """
from xenbond_tui.host.kernel import LiveKernel
ip("link add br0 type bridge", "link add vif1.0 type veth peer name guest",
   "link set vif1.0 master br0", "link set br0 up",
   "neigh replace fd00::9 lladdr 02:00:00:00:00:09 dev a0 router")
up("vif1.0", "guest")
kernel = LiveKernel()
guest = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
guest.bind(("guest", 0))
guest.send((b"\\xff" * 6 + THEIRS + b"\\x80\\x35").ljust(60, b"\\0"))
until(lambda: "02:00:00:00:00:0b" in kernel.learned("br0"))
found = kernel.learned("br0")
reserved = kernel.reserved_macs([GATEWAY])
tell([dict(reserved.own), dict(reserved.gateways), dict(found)])
"""
    )
    assert own["02:00:00:00:00:0a"] == "a0"
    assert gateways == {"02:00:00:00:00:0b": "172.16.6.2", "02:00:00:00:00:09": "fd00::9"}
    assert learned["02:00:00:00:00:0b"] == "vif1.0"
