"""Values in /proc/sys and DHCP clients: as they were once a change has gone back."""

import os
from pathlib import Path

import pytest
from fakes import FakeHost, bridged_bond, change
from private_netns import in_private_netns

from xenbond_tui.apply import surroundings, transaction
from xenbond_tui.apply.store import Store
from xenbond_tui.apply.surroundings import DhcpClient, Surroundings
from xenbond_tui.apply.worker import run_worker

DHCLIENT = ("/sbin/dhclient", "-4", "-v", "-pf", "/run/dhclient.eth0.pid", "eth0")


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    host = FakeHost(os.fspath(tmp_path))
    host.put("/etc/network/interfaces", b"old\n")
    return host


def process(host: FakeHost, number: int, argv: tuple[str, ...]) -> None:
    host.put(f"/proc/{number}/cmdline", b"".join(word.encode() + b"\0" for word in argv))


def taken_back(host: FakeHost) -> str:
    plan = bridged_bond(change(host, "/etc/network/interfaces", b"new\n"))
    id = transaction.prepare(host.machine, plan, host.kernel.snapshot(), confirm_within=30)
    assert run_worker(host.machine, id) == 2
    return Store(host.machine).record(id).result


def during_the_change(host: FakeHost, act: object) -> None:
    host.clock.after(10, act)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("argv", "found"),
    [
        (DHCLIENT, DhcpClient("eth0", DHCLIENT)),
        (("udhcpc", "-b", "-i", "eth1"), DhcpClient("eth1", ("udhcpc", "-b", "-i", "eth1"))),
        (("/sbin/dhclient", "-d", "eth0"), None),
        (("udhcpc", "-f", "-i", "eth0"), None),
        (("/sbin/dhclient", "eth7"), None),
        (("dhcpcd",), None),
        (("vi", "eth0"), None),
        ((), None),
    ],
)
def test_daemons_of_our_links_are_found(
    host: FakeHost, argv: tuple[str, ...], found: DhcpClient | None
) -> None:
    process(host, 4711, argv)
    host.put("/proc/meminfo", b"MemTotal: 1 kB\n")
    expected = () if found is None else (found,)
    assert surroundings.clients(host.machine, ("eth0", "eth1")) == expected


def test_containers_client_is_not_ours(host: FakeHost) -> None:
    process(host, 4711, DHCLIENT)
    for name, namespace in (("4711", "net:[4026532500]"), ("self", "net:[4026531840]")):
        os.makedirs(f"{host.root}/proc/{name}/ns")
        os.symlink(namespace, f"{host.root}/proc/{name}/ns/net")
    assert surroundings.clients(host.machine, ("eth0",)) == ()


def test_client_that_is_gone_is_started_again(host: FakeHost) -> None:
    process(host, 4711, DHCLIENT)
    during_the_change(host, lambda: os.unlink(f"{host.root}/proc/4711/cmdline"))
    taken_back(host)
    assert host.runner.ran.count(DHCLIENT) == 1


def test_client_that_runs_again_is_left_alone(host: FakeHost) -> None:
    process(host, 4711, DHCLIENT)
    taken_back(host)
    assert DHCLIENT not in host.runner.ran


def test_client_that_does_not_start_is_told(host: FakeHost) -> None:
    process(host, 4711, DHCLIENT)
    during_the_change(host, lambda: os.unlink(f"{host.root}/proc/4711/cmdline"))
    host.runner.failing.add(DHCLIENT)
    assert "the DHCP client of eth0 did not start again" in taken_back(host)


def test_values_the_tools_changed_are_set_back(host: FakeHost) -> None:
    before = {
        "net/ipv6/conf/eth0/accept_ra": "1",
        "net/ipv4/conf/eth1/rp_filter": "2",
        "net/ipv4/conf/eth9/rp_filter": "2",
    }
    host.kernel.sysctls = dict(before)
    during_the_change(host, lambda: host.kernel.sysctls.update(dict.fromkeys(before, "0")))
    taken_back(host)
    # eth9 is no link of this change.
    assert host.kernel.sysctls == {**before, "net/ipv4/conf/eth9/rp_filter": "0"}


def test_value_of_a_link_that_is_gone_stops_nothing(host: FakeHost) -> None:
    host.kernel.sysctls = {"net/ipv4/conf/eth1/rp_filter": "2"}
    during_the_change(host, host.kernel.sysctls.clear)
    assert "rp_filter" not in taken_back(host)


def test_value_the_kernel_refuses_is_told(host: FakeHost) -> None:
    host.kernel.sysctls = {"net/ipv4/conf/eth1/rp_filter": "2"}

    def refuse(name: str, value: str) -> None:
        raise OSError(22, "Invalid argument")

    def change_and_refuse() -> None:
        host.kernel.sysctls["net/ipv4/conf/eth1/rp_filter"] = "0"
        host.kernel.set_sysctl = refuse  # type: ignore[method-assign]

    during_the_change(host, change_and_refuse)
    assert "net/ipv4/conf/eth1/rp_filter: [Errno 22] Invalid argument" in taken_back(host)


def test_what_was_kept_is_read_back_equal(host: FakeHost) -> None:
    process(host, 4711, DHCLIENT)
    host.kernel.sysctls = {"net/ipv4/conf/eth1/rp_filter": "2"}
    plan = bridged_bond(change(host, "/etc/network/interfaces", b"new\n"))
    id = transaction.prepare(host.machine, plan, host.kernel.snapshot(), confirm_within=30)
    kept = surroundings.read(Store(host.machine).path(id, "surroundings.json"))
    assert kept == Surroundings(
        {"net/ipv4/conf/eth1/rp_filter": "2"}, (DhcpClient("eth0", DHCLIENT),)
    )


def test_older_transaction_without_them_has_nothing_to_set_back(host: FakeHost) -> None:
    assert surroundings.read(f"{host.root}/nothing") == Surroundings()


def test_a_real_kernel_gets_its_values_back() -> None:
    kept, changed, again = in_private_netns(
        """
from xenbond_tui.apply import surroundings
from xenbond_tui.compose import live
ip("link add eth0 type veth peer name sw0", "link set eth0 up")
machine = live()
kept = surroundings.look(machine, ["eth0"])
for name in ("net/ipv6/conf/eth0/accept_ra", "net/ipv4/conf/eth0/arp_ignore"):
    machine.kernel.set_sysctl(name, "2")
changed = surroundings.look(machine, ["eth0"])
assert surroundings.restore_sysctls(machine.kernel, kept) == ()
tell([dict(item.sysctls) for item in (kept, changed, surroundings.look(machine, ["eth0"]))])
"""
    )
    assert len(kept) > 8
    assert changed != kept
    assert again == kept
