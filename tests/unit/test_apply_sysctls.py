"""Sysctls are set for the time of a change; whoever ends it puts back what they were."""

from pathlib import Path

from fakes import FakeKernel

from xenbond_tui.apply.surroundings import Sysctls

RP_FILTER, ARP_IGNORE = "net/ipv4/conf/eth0/rp_filter", "net/ipv4/conf/all/arp_ignore"


def test_another_process_puts_back_what_was_there_before_the_first_change(tmp_path: Path) -> None:
    kernel = FakeKernel()
    kernel.sysctls = {RP_FILTER: "1", ARP_IGNORE: "2"}
    path = str(tmp_path / "sysctls.json")
    first = Sysctls(lambda: kernel, path)
    first.set({RP_FILTER: "0"})
    first.set({RP_FILTER: "2", ARP_IGNORE: "1"})
    assert kernel.sysctls == {RP_FILTER: "2", ARP_IGNORE: "1"}
    Sysctls(lambda: kernel, path).restore()
    assert kernel.sysctls == {RP_FILTER: "1", ARP_IGNORE: "2"}


def test_what_this_kernel_does_not_have_is_left_out(tmp_path: Path) -> None:
    kernel = FakeKernel()
    kernel.sysctls = {RP_FILTER: "1"}
    sysctls = Sysctls(lambda: kernel, str(tmp_path / "sysctls.json"))
    sysctls.set({"net/ipv6/conf/eth0/accept_dad": "0", RP_FILTER: "0"})
    assert kernel.sysctls == {RP_FILTER: "0"}
    sysctls.restore()
    assert kernel.sysctls == {RP_FILTER: "1"}


def test_a_link_that_is_gone_by_then_is_no_error(tmp_path: Path) -> None:
    kernel = FakeKernel()
    kernel.sysctls = {RP_FILTER: "1", ARP_IGNORE: "0"}
    sysctls = Sysctls(lambda: kernel, str(tmp_path / "sysctls.json"))
    sysctls.set({RP_FILTER: "0", ARP_IGNORE: "1"})
    del kernel.sysctls[RP_FILTER]
    sysctls.restore()
    assert kernel.sysctls == {ARP_IGNORE: "0"}


def test_nothing_set_means_nothing_to_put_back(tmp_path: Path) -> None:
    Sysctls(FakeKernel, str(tmp_path / "sysctls.json")).restore()
    assert list(tmp_path.iterdir()) == []
