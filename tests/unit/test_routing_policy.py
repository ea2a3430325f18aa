"""Rules, their tables' routes, permanent neighbours of a real kernel: lost, and brought back."""

from typing import Any

import pytest
from private_netns import in_private_netns

SETUP = """
from xenbond_tui.host.rtdump import dump_policy
from xenbond_tui.host.netlink_write import add_policy, add_route
from xenbond_tui.facts.routing import Rule

ip("link set lo up", "link add eth0 type veth peer name sw0", "link set sw0 up", "link set eth0 up",
   "addr add 192.0.2.2/24 dev eth0", "addr add 2001:db8::2/64 dev eth0 nodad")
RULES = ["from 192.0.2.0/24 table 100 priority 1000",
         "to 198.51.100.0/24 table 1000 priority 1001",
         "iif eth0 table 100 priority 1002",
         "oif eth0 fwmark 0x10/0xff table 100 priority 1003",
         "from 203.0.113.0/24 blackhole priority 1004"]
ip(*(f"rule add {rule}" for rule in RULES))
ip("route add default via 192.0.2.1 dev eth0 table 100",
   "route add 203.0.113.0/24 via 192.0.2.9 dev eth0 table 1000",
   "neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 nud permanent dev eth0",
   "neigh add 192.0.2.8 lladdr 02:00:00:00:00:08 nud reachable dev eth0",
   "neigh add 2001:db8::7 lladdr 02:00:00:00:00:09 nud permanent dev eth0")
subprocess.run(["ip", "-6", "rule", "add", "from", "2001:db8::/64", "table", "100",
                "priority", "1005"], check=True)

def shown(*what):
    return subprocess.run(["ip", *what], capture_output=True, text=True, check=True).stdout
before = dump_policy()
words = [shown("rule"), shown("-6", "rule"), shown("route", "show", "table", "100"),
         shown("route", "show", "table", "1000"), shown("neigh", "show", "nud", "permanent")]
"""


@pytest.fixture(scope="module")
def read() -> Any:
    return in_private_netns(SETUP + "\ntell(asdict(before))")


def test_rules_without_the_kernels_own(read: Any) -> None:
    assert [(rule["priority"], rule["family"], rule["table"]) for rule in read["rules"]] == [
        (1000, 4, 100),
        (1001, 4, 1000),
        (1002, 4, 100),
        (1003, 4, 100),
        (1004, 4, 0),
        (1005, 6, 100),
    ]
    assert all(rule["whole"] for rule in read["rules"])
    assert read["rules"][0]["source"] == "192.0.2.0/24"
    assert read["rules"][1]["destination"] == "198.51.100.0/24"
    assert read["rules"][2]["in_link"] == "eth0"
    assert (read["rules"][3]["fwmark"], read["rules"][3]["fwmask"]) == (0x10, 0xFF)


def test_routes_of_other_tables_only(read: Any) -> None:
    assert {(r["table"], r["destination"], r["gateway"], r["link"]) for r in read["routes"]} == {
        (100, "default", "192.0.2.1", "eth0"),
        (1000, "203.0.113.0/24", "192.0.2.9", "eth0"),
    }


def test_permanent_neighbours_only(read: Any) -> None:
    assert {(item["ip"], item["mac"], item["link"]) for item in read["neighbours"]} == {
        ("192.0.2.7", "02:00:00:00:00:07", "eth0"),
        ("2001:db8::7", "02:00:00:00:00:09", "eth0"),
    }


def test_everything_comes_back_as_it_was() -> None:
    again, same = in_private_netns(
        SETUP
        + """
ip(*(f"rule del priority {number}" for number in range(1000, 1005)))
subprocess.run(["ip", "-6", "rule", "del", "priority", "1005"], check=True)
ip("route flush table 100", "route flush table 1000", "neigh flush dev eth0 nud permanent")
assert dump_policy() != before
for item in (*before.rules, *before.rules, *before.neighbours, *before.neighbours):
    add_policy(item)
for route in before.routes:
    add_route(route)
after = [shown("rule"), shown("-6", "rule"), shown("route", "show", "table", "100"),
         shown("route", "show", "table", "1000"), shown("neigh", "show", "nud", "permanent")]
tell([after, after == words])
"""
    )
    assert same, again


def test_rule_with_more_to_it_is_not_made_by_halves() -> None:
    whole, said = in_private_netns(
        """
from xenbond_tui.host.netlink_write import add_policy
from xenbond_tui.host.rtdump import dump_policy
from xenbond_tui.errors import XenbondError
ip("rule add from 192.0.2.0/24 ipproto tcp dport 22 table 100 priority 1000")
(rule,) = dump_policy().rules
try:
    add_policy(rule)
    said = ""
except XenbondError as error:
    said = str(error)
tell([rule.whole, said])
"""
    )
    assert not whole
    assert "conditions that are not known" in said
