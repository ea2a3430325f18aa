"""/proc/net/bonding: what the kernel says of a state, whatever the kernel and the copyist did."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from xenbond_tui.host.procfs import parse_proc_bonding

CAPTURES = Path(__file__).parents[1] / "fixtures" / "captures"
TEXTS = sorted(CAPTURES.glob("*/proc_net_bonding_*.txt"))


def _links(path: Path) -> dict[str, dict]:
    """`ip -j -d link` of the same moment, by name."""
    name = path.name.replace("proc_net_bonding_", "ip_j_d_link_").replace(".txt", ".json")
    return {link["ifname"]: link for link in json.loads(path.with_name(name).read_text())}


def test_there_are_captures_of_every_mode_and_of_four_machines():
    assert len([path for path in TEXTS if path.parent.name == "modes"]) == 21
    assert len([path for path in TEXTS if path.parent.name == "cables"]) == 52


@pytest.mark.parametrize(
    "path", TEXTS, ids=lambda path: path.stem.removeprefix("proc_net_bonding_")
)
def test_a_capture_agrees_with_what_netlink_said_at_that_moment(path):
    state = parse_proc_bonding("bond0", path.read_text())
    links = _links(path)
    options = links["bond0"]["linkinfo"]["info_data"]

    assert state.not_understood == ()
    assert state.driver == "v6.1.0-56-amd64"
    assert state.mode == options["mode"]
    assert state.active_slave == options.get("active_slave")
    assert state.primary == options.get("primary")
    for option in ("miimon", "updelay", "downdelay", "arp_interval"):
        assert getattr(state, option) == options[option], option
    # The kernel's line is the bond's carrier.
    assert (state.mii_status == "up") == ("LOWER_UP" in links["bond0"]["flags"])

    slaves = {n: link for n, link in links.items() if link.get("master") == "bond0"}
    assert [slave.name for slave in state.slaves] == sorted(slaves)
    for slave in state.slaves:
        told = slaves[slave.name]["linkinfo"]["info_slave_data"]
        assert slave.mii_status == told["mii_status"].lower().replace("_", " ")
        assert slave.link_failure_count == told["link_failure_count"]
        assert slave.permanent_mac == told["perm_hwaddr"]
        assert slave.queue_id == told["queue_id"]
        assert slave.aggregator_id == told.get("ad_aggregator_id")
        assert slave.actor_port_state == told.get("ad_actor_oper_port_state")
        assert slave.partner_port_state == told.get("ad_partner_oper_port_state")


def test_802_3ad_tells_the_active_aggregator_and_each_slaves_partner():
    state = parse_proc_bonding(
        "bond0", (CAPTURES / "modes/proc_net_bonding_mode4_no_partner.txt").read_text()
    )
    assert state.lacp is not None
    assert (state.lacp.rate, state.lacp.aggregator_id, state.lacp.ports) == ("fast", 1, 1)
    assert (state.lacp.actor_key, state.lacp.partner_key) == (9, 1)
    assert state.lacp.partner_mac == "00:00:00:00:00:00"
    assert state.xmit_hash_policy == "layer3+4"
    assert [slave.aggregator_id for slave in state.slaves] == [1, 2]
    assert {slave.partner_mac for slave in state.slaves} == {"00:00:00:00:00:00"}
    assert {slave.actor_churn for slave in state.slaves} == {"monitoring"}


OLD_KERNELS = {
    "2.6.1 (October 29, 2004)": """\
Ethernet Channel Bonding Driver: 2.6.1 (October 29, 2004)

Bonding Mode: load balancing (round-robin)
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0
Multicast Mode: all slaves

Slave Interface: eth1
MII Status: up
Link Failure Count: 0
Permanent HW addr: 00:04:23:B1:5E:26
""",
    "v3.1.1 (September 26, 2006)": """\
Ethernet Channel Bonding Driver: v3.1.1 (September 26, 2006)

Bonding Mode: fault-tolerance (active-backup)
Primary Slave: eth1
Currently Active Slave: eth1
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0

Slave Interface: eth1
MII Status: up
Link Failure Count: 0
Permanent HW addr: 00:04:23:b1:5e:26
""",
    "v3.4.0 (October 7, 2008)": """\
Ethernet Channel Bonding Driver: v3.4.0 (October 7, 2008)

Bonding Mode: fault-tolerance (active-backup)
Primary Slave: None
Currently Active Slave: eth1
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0

Slave Interface: eth1
MII Status: up
Link Failure Count: 0
Permanent HW addr: 00:04:23:b1:5e:26
""",
    "v3.4.0-1 (October 7, 2008)": """\
Ethernet Channel Bonding Driver: v3.4.0-1 (October 7, 2008)

Bonding Mode: fault-tolerance (active-backup) (fail_over_mac active)
Primary Slave: eth1 (primary_reselect better)
Currently Active Slave: eth1
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0

Slave Interface: eth1
MII Status: up
Speed: 1000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: 00:04:23:b1:5e:26
""",
    "v3.5.0 (November 4, 2008)": """\
Ethernet Channel Bonding Driver: v3.5.0 (November 4, 2008)

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
Transmit Hash Policy: layer2 (0)
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0

802.3ad info
LACP rate: slow
Aggregator selection policy (ad_select): stable
bond bond0 has no active aggregator

Slave Interface: eth1
MII Status: up
Link Failure Count: 0
Permanent HW addr: 00:04:23:b1:5e:26
Aggregator ID: N/A
""",
    "v3.6.0 (September 26, 2009)": """\
Ethernet Channel Bonding Driver: v3.6.0 (September 26, 2009)

Bonding Mode: adaptive load balancing
Primary Slave: None
Currently Active Slave: eth1
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0

Slave Interface: eth1
MII Status: up
Speed: 100 Mbps
Duplex: half
Link Failure Count: 0
Permanent HW addr: 00:04:23:b1:5e:26
Slave queue ID: 0
""",
    "v3.7.1 (April 27, 2011)": """\
Ethernet Channel Bonding Driver: v3.7.1 (April 27, 2011)

Bonding Mode: fault-tolerance (active-backup)
Primary Slave: None
Currently Active Slave: eth1
MII Status: up
MII Polling Interval (ms): 0
Up Delay (ms): 0
Down Delay (ms): 0
ARP Polling Interval (ms): 1000
ARP IP target/s (n.n.n.n form): 192.168.0.1, 192.168.0.2

Slave Interface: eth1
MII Status: up
Speed: Unknown
Duplex: Unknown
Link Failure Count: 0
Permanent HW addr: 00:04:23:b1:5e:26
Slave queue ID: 0
""",
}


@pytest.mark.parametrize("banner", OLD_KERNELS)
def test_every_banner_since_2_6_is_read(banner):
    state = parse_proc_bonding("bond0", OLD_KERNELS[banner])
    assert state.driver == banner
    assert state.not_understood == ()
    assert state.mode
    assert state.mii_status == "up"
    (slave,) = state.slaves
    assert (slave.name, slave.mii_status, slave.link_failure_count) == ("eth1", "up", 0)
    assert slave.permanent_mac == "00:04:23:b1:5e:26"


@pytest.mark.parametrize(
    ("banner", "expected"),
    [
        ("2.6.1 (October 29, 2004)", {"mode": "balance-rr", "active_slave": None}),
        ("v3.1.1 (September 26, 2006)", {"primary": "eth1", "primary_reselect": None}),
        ("v3.4.0 (October 7, 2008)", {"primary": None, "active_slave": "eth1"}),
        (
            "v3.4.0-1 (October 7, 2008)",
            {"fail_over_mac": "active", "primary": "eth1", "primary_reselect": "better"},
        ),
        ("v3.5.0 (November 4, 2008)", {"mode": "802.3ad", "xmit_hash_policy": "layer2"}),
        ("v3.6.0 (September 26, 2009)", {"mode": "balance-alb", "arp_interval": 0}),
        ("v3.7.1 (April 27, 2011)", {"miimon": 0, "arp_interval": 1000}),
    ],
)
def test_what_only_some_kernels_print(banner, expected):
    state = parse_proc_bonding("bond0", OLD_KERNELS[banner])
    assert {key: getattr(state, key) for key in expected} == expected


def test_options_without_a_field_are_told_as_sysfs_tells_them():
    arp = parse_proc_bonding("bond0", OLD_KERNELS["v3.7.1 (April 27, 2011)"])
    assert arp.options == {"arp_ip_target": "192.168.0.1 192.168.0.2"}
    lacp = "Bonding Mode: IEEE 802.3ad Dynamic link aggregation\nMII Status: up\n802.3ad info\n"
    lacp += "LACP active: off\nLACP rate: fast\nMin links: 2\n"
    lacp += "Aggregator selection policy (ad_select): count\n"
    assert parse_proc_bonding("bond0", lacp).options == {
        "lacp_active": "off",
        "lacp_rate": "fast",
        "min_links": "2",
        "ad_select": "count",
    }


FAILOVER = (CAPTURES / "cables/proc_net_bonding_plain_e1000_uc1_1_eth0_down.txt").read_text()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\n".join("\t" + line + "  " for line in text.splitlines()),
        lambda text: text.replace(": ", ":"),
    ],
    ids=["blank lines lost", "doubled", "CRLF", "indented", "no space after colon"],
)
def test_layout_means_nothing(spoil):
    assert parse_proc_bonding("bond0", spoil(FAILOVER)) == parse_proc_bonding("bond0", FAILOVER)


@pytest.mark.parametrize(
    "line",
    [
        "Something New: 7",
        "stray words",
        "Link Failure Count: many",
        "Speed: fast",
        "MII Status: sideways",
        "Slave Interface:",
        "Slave Interface: eth0 eth1",
    ],
)
def test_a_line_nobody_knows_is_told_and_the_rest_is_read(line):
    state = parse_proc_bonding("bond0", FAILOVER + "\nSlave Interface: eth2\n" + line + "\n")
    assert state.not_understood == (line,)
    assert state.slaves[:2] == parse_proc_bonding("bond0", FAILOVER).slaves
    assert [slave.name for slave in state.slaves] == ["eth0", "eth1", "eth2"]


def test_a_key_without_value_is_understood_as_unknown():
    text = FAILOVER.replace("Permanent HW addr: 52:54:00:aa:00:01", "Permanent HW addr:")
    state = parse_proc_bonding("bond0", text)
    assert state.not_understood == ()
    assert [slave.permanent_mac for slave in state.slaves] == [None, "52:54:00:aa:00:02"]


def test_nothing_read_is_nothing_claimed():
    state = parse_proc_bonding("bond0", "")
    assert (state.mode, state.mii_status, state.miimon, state.slaves) == ("", "", None, ())


def _lines(text):
    return {line.strip() for line in text.split("\n")}


@given(st.text())
def test_no_text_makes_it_raise(text):
    assert set(parse_proc_bonding("bond0", text).not_understood) <= _lines(text)


@st.composite
def _mutations(draw):
    lines = draw(st.sampled_from(TEXTS)).read_text().split("\n")
    for _ in range(draw(st.integers(1, 6))):
        position = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(["drop", "double", "swap", "cut", "insert"]))
        if kind == "drop" and len(lines) > 1:
            del lines[position]
        elif kind == "double":
            lines.insert(position, lines[position])
        elif kind == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[position], lines[other] = lines[other], lines[position]
        elif kind == "cut":
            lines[position] = lines[position][: draw(st.integers(0, 30))]
        else:
            lines.insert(position, draw(st.text(max_size=30)))
    return "\n".join(lines)


@settings(max_examples=150)
@given(_mutations())
def test_no_damaged_capture_makes_it_raise(text):
    state = parse_proc_bonding("bond0", text)
    assert set(state.not_understood) <= _lines(text)
    assert all(slave.name and " " not in slave.name for slave in state.slaves)
