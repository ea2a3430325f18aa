"""Values in /proc/sys and DHCP clients: as they were once a change has gone back."""

import os
from pathlib import Path

import pytest
from fakes import FakeHost, bridged_bond, change
from private_netns import in_private_netns

from xenbond_tui.apply import dhcp_clients, surroundings, transaction
from xenbond_tui.apply.dhcp_clients import DhcpClient
from xenbond_tui.apply.store import Store
from xenbond_tui.apply.surroundings import Surroundings
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.effects import Process
from xenbond_tui.host.known_commands import refusal

DHCLIENT = ("/sbin/dhclient", "-4", "-v", "-pf", "/run/dhclient.eth0.pid", "eth0")
AGAIN = ("dhclient", *DHCLIENT[1:])


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    host = FakeHost(os.fspath(tmp_path))
    host.put("/etc/network/interfaces", b"old\n")
    return host


def process(host: FakeHost, argv: tuple[str, ...]) -> None:
    host.processes.running.append(Process(os.path.basename(argv[0]), argv))


def taken_back(host: FakeHost) -> str:
    plan = bridged_bond(change(host, "/etc/network/interfaces", b"new\n"))
    id = transaction.prepare(host.machine, plan, host.kernel.snapshot(), confirm_within=30)
    assert run_worker(host.machine, id) == 2
    return Store(host.machine).record(id).result


def during_the_change(host: FakeHost, act: object) -> None:
    host.clock.after(10, act)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("argv", "again"),
    [
        (DHCLIENT, AGAIN),
        (
            # As ifupdown starts it.
            (
                *("/sbin/dhclient", "-4", "-v", "-i", "-pf", "/run/dhclient.eth0.pid"),
                *("-lf", "/var/lib/dhcp/dhclient.eth0.leases", "-I"),
                *("-df", "/var/lib/dhcp/dhclient6.eth0.leases", "eth0"),
            ),
            (
                *("dhclient", "-4", "-v", "-i", "-I", "-pf", "/run/dhclient.eth0.pid"),
                *("-lf", "/var/lib/dhcp/dhclient.eth0.leases"),
                *("-df", "/var/lib/dhcp/dhclient6.eth0.leases", "eth0"),
            ),
        ),
        (
            # As ifup-eth starts it.
            (
                *("/sbin/dhclient", "-H", "dom0", "-1", "-q"),
                *("-lf", "/var/lib/dhclient/dhclient-eth0.leases"),
                *("-pf", "/var/run/dhclient-eth0.pid", "eth0"),
            ),
            (
                *("dhclient", "-1", "-q", "-H", "dom0", "-pf", "/var/run/dhclient-eth0.pid"),
                *("-lf", "/var/lib/dhclient/dhclient-eth0.leases", "eth0"),
            ),
        ),
        (
            # With a metric, which ifupdown names last; a lease file for no UUID.
            (
                *("/sbin/dhclient", "-lf", "/var/lib/dhclient/dhclient--eth0.lease", "eth0"),
                *("-e", "IF_METRIC=100"),
            ),
            (
                *("dhclient", "-lf", "/var/lib/dhclient/dhclient--eth0.lease"),
                *("-e", "IF_METRIC=100", "eth0"),
            ),
        ),
        (("/sbin/dhclient3", "eth0"), ("dhclient", "eth0")),
        (("udhcpc", "-b", "-i", "eth1"), ("udhcpc", "-b", "-i", "eth1")),
        (("dhcpcd", "-q", "eth1"), ("dhcpcd", "-q", "eth1")),
        (("/sbin/dhclient", "-d", "eth0"), None),
        (("udhcpc", "-f", "-i", "eth0"), None),
        (("/sbin/dhclient", "eth7"), None),
        (("dhcpcd",), None),
        (("vi", "eth0"), None),
    ],
)
def test_daemons_of_our_links_are_found(
    host: FakeHost, argv: tuple[str, ...], again: tuple[str, ...] | None
) -> None:
    process(host, argv)
    found = dhcp_clients.clients(host.machine, ("eth0", "eth1"))
    assert [client.argv for client in found] == ([] if again is None else [again])
    assert not any(client.others or refusal(client.argv) for client in found)


def test_client_that_is_gone_is_started_again(host: FakeHost) -> None:
    process(host, DHCLIENT)
    during_the_change(host, host.processes.running.clear)
    assert "Still different" not in taken_back(host)
    assert host.runner.ran.count(AGAIN) == 1


def test_client_that_runs_again_is_left_alone(host: FakeHost) -> None:
    process(host, DHCLIENT)
    taken_back(host)
    assert AGAIN not in host.runner.ran


def test_client_of_the_other_family_does_not_stand_in(host: FakeHost) -> None:
    process(host, DHCLIENT)

    def exchanged() -> None:
        host.processes.running[:] = [Process("dhclient", ("/sbin/dhclient", "-6", "eth0"))]

    during_the_change(host, exchanged)
    taken_back(host)
    assert host.runner.ran.count(AGAIN) == 1


def test_client_that_does_not_start_is_told(host: FakeHost) -> None:
    process(host, DHCLIENT)
    during_the_change(host, host.processes.running.clear)
    host.runner.failing.add(AGAIN)
    assert "the DHCP client of eth0 did not start again" in taken_back(host)


@pytest.mark.parametrize(
    "words",
    [
        ("-sf", "/home/alice/script", "eth0"),
        ("-cf", "/home/alice/dhclient.conf", "eth0"),
        ("-lf", "/var/lib/dhcp/../../tmp/leases", "eth0"),
        ("-pf", "/tmp/dhclient.eth0.pid", "eth0"),
        ("-e", "PATH=/tmp", "eth0"),
        ("-H", "$(id)", "eth0"),
        ("eth0", "eth7"),
    ],
)
def test_client_with_options_we_do_not_know_is_told_and_never_run(
    host: FakeHost, words: tuple[str, ...]
) -> None:
    process(host, ("/sbin/dhclient", *words))
    during_the_change(host, host.processes.running.clear)
    assert "the DHCP client of eth0 had options" in taken_back(host)
    assert not [argv for argv in host.runner.ran if "dhclient" in argv[0]]


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
    process(host, DHCLIENT)
    host.kernel.sysctls = {"net/ipv4/conf/eth1/rp_filter": "2"}
    plan = bridged_bond(change(host, "/etc/network/interfaces", b"new\n"))
    id = transaction.prepare(host.machine, plan, host.kernel.snapshot(), confirm_within=30)
    kept = surroundings.read(Store(host.machine).path(id, "surroundings.json"))
    options = ("-4", "-v", "-pf", "/run/dhclient.eth0.pid")
    assert kept == Surroundings(
        {"net/ipv4/conf/eth1/rp_filter": "2"}, (DhcpClient("dhclient", ("eth0",), options),)
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
    machine.writer().set_sysctl(name, "2")
changed = surroundings.look(machine, ["eth0"])
assert surroundings.restore_sysctls(machine.writer(), kept) == ()
tell([dict(item.sysctls) for item in (kept, changed, surroundings.look(machine, ["eth0"]))])
"""
    )
    assert len(kept) > 8
    assert changed != kept
    assert again == kept
