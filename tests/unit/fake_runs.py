"""One change on a host in memory, as the worker carries it out."""

import os
from collections.abc import Callable

from fakes import ADDRESS, DEFAULT_ROUTE, FakeHost, bridged_bond, change, tree_of

from xenbond_tui.apply import transaction
from xenbond_tui.apply.operator import NOBODY, Operator
from xenbond_tui.apply.requests import Request, post
from xenbond_tui.apply.store import Record, Store
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.plan.plan import Plan

INTERFACES = "/etc/network/interfaces"
OLD = b"auto eth0\niface eth0 inet static\n"
NEW = b"auto xenbr0\niface xenbr0 inet static\n"


def fake_host(directory: os.PathLike[str]) -> FakeHost:
    host = FakeHost(str(directory))
    host.put(INTERFACES, OLD)
    host.put("/etc/resolv.conf", b"nameserver 192.168.0.1\nnameserver 127.0.0.53\n")
    return host


def the_plan(host: FakeHost) -> Plan:
    return bridged_bond(
        change(host, INTERFACES, NEW), change(host, "/etc/modprobe.d/xenbond.conf", b"options\n")
    )


class Run:
    """One transaction on the fake host, as the worker would carry it out."""

    def __init__(
        self,
        host: FakeHost,
        plan: Plan,
        confirm_within: float = 120.0,
        *,
        asked_by: Operator = NOBODY,
        expect_disconnect: bool = False,
    ) -> None:
        self.host = host
        snapshot = host.kernel.snapshot()
        self.before = tree_of(host.root)
        self.id = transaction.prepare(
            host.machine,
            plan,
            snapshot,
            confirm_within=confirm_within,
            asked_by=asked_by,
            expect_disconnect=expect_disconnect,
        )

    def after(self, seconds: float, *asked: Request) -> "Run":
        """Ask something so many seconds from now."""
        for request in asked:
            self.host.clock.after(seconds, self.poster(request))
        return self

    def poster(self, request: Request) -> Callable[[], None]:
        directory = Store(self.host.machine).path(self.id, "requests")
        return lambda: [post(directory, request)].clear()

    def work(self) -> int:
        return run_worker(self.host.machine, self.id)

    @property
    def record(self) -> Record:
        return Store(self.host.machine).record(self.id)

    def assert_back(self) -> None:
        """Files and network are as before the change."""
        assert tree_of(self.host.root) == self.before
        kernel = self.host.kernel
        assert set(kernel.links) == {"eth0", "eth1"}
        assert kernel.links["eth0"].addresses == (ADDRESS,)
        assert [link.master for link in kernel.links.values()] == [None, None]
        assert kernel.routes == [DEFAULT_ROUTE]
