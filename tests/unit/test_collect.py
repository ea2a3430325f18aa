"""Everything about a host, read once, through nothing but the machine's doors."""

import pytest
from recorded_sys import nic_files, write

from xenbond_tui.apply.launch import NoLauncher
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import UnreadableFile
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.host.clock import SystemClock
from xenbond_tui.host.collect import collect
from xenbond_tui.host.recorded_kernel import RecordedKernel
from xenbond_tui.host.runner import NoRunner
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.machine import Machine


class _Addressed(RecordedKernel):
    """A recorded network whose IPv4 addresses are known too."""

    addresses: tuple[tuple[str, Address], ...] = (("eth0", Address("192.168.0.222", 24)),)

    def snapshot(self):
        from dataclasses import replace

        read = super().snapshot()
        held = dict(self.addresses)
        links = tuple(
            replace(link, addresses=(held[link.name],)) if link.name in held else link
            for link in read.links
        )
        return replace(read, links=links)


def _collect(root, *, environ=None, kind=HostKind.DEMO, paths=(), probes=()):
    machine = Machine(
        access=Access(kind, str(root)),
        tree=RootedTree(str(root)),
        kernel=_Addressed(str(root)),
        runner=NoRunner(),
        clock=SystemClock(),
        launcher=NoLauncher(),
        environ=environ or {},
    )
    return collect(machine, paths, probes)


@pytest.fixture
def root(tmp_path):
    write(tmp_path, nic_files("eth0", 2, "52:54:00:aa:00:01"))
    write(tmp_path, nic_files("eth1", 3, "52:54:00:aa:00:02"))
    return tmp_path


def test_wanted_files_are_read_refused_or_absent(root):
    write(root, {"/etc/modprobe.conf": "alias eth0 e1000\n", "/etc/interfaces/x": ""})
    facts = _collect(
        root,
        paths=["/etc/modprobe.conf", "/etc/interfaces", "/etc/none"],
        probes=["/etc/interfaces", "/sbin/ifup"],
    )
    assert facts.text("/etc/modprobe.conf") == "alias eth0 e1000\n"
    assert set(facts.files) == {"/etc/modprobe.conf"}
    assert facts.unreadable == {
        "/etc/interfaces": UnreadableFile("/etc/interfaces", "is a directory", directory=True)
    }
    assert facts.present == {"/etc/interfaces"}


RESOLV_CONF = """\
# made by hand
nameserver 192.168.0.1   # the router
nameserver fd00::1
domain old.example.org
search example.org example.net
options timeout:1
nameserver
"""


@pytest.mark.parametrize("linked", [True, False])
def test_name_servers_and_search_domains(root, linked):
    if linked:
        write(root, {"/run/resolv/resolv.conf": RESOLV_CONF})
        write(root, {"/etc/resolv.conf": "-> /run/resolv/resolv.conf"})
    else:
        write(root, {"/etc/resolv.conf": RESOLV_CONF})
    facts = _collect(root)
    assert facts.dns == ("192.168.0.1", "fd00::1")
    assert facts.search == ("example.org", "example.net")


def test_the_session_comes_from_the_machines_environment(root, monkeypatch):
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.9 1 10.0.0.1 22")
    environ = {"SSH_CONNECTION": "192.168.0.9 50000 192.168.0.222 22"}
    session = _collect(root, environ=environ).session
    assert session is not None
    assert (session.peer, session.link, session.nic) == ("192.168.0.9", "eth0", "eth0")
    assert _collect(root, kind=HostKind.TREE).session is None


@pytest.mark.parametrize(("kind", "known"), [(HostKind.DEMO, True), (HostKind.TREE, False)])
def test_whether_what_runs_is_known(root, kind, known):
    facts = _collect(root, kind=kind)
    assert facts.access.knows_running is known
    assert facts.driver.available is (False if known else None)


ROUTE = (
    "Iface Destination Gateway Flags RefCnt Use Metric Mask\n"
    "eth0 00000000 0100A8C0 0003 0 0 0 00000000 0 0 0\n"
    "eth1 0000000A 00000000 0001 0 0 0 000000FF 0 0 0\n"
)
"""The default route over eth0, 10.0.0.0/8 over eth1."""


@pytest.mark.parametrize(
    ("files", "links"),
    [
        ({"/proc/mounts": "/dev/sda1 / ext4 rw 0 0\n10.0.0.1:/srv /srv nfs rw 0 0\n"}, set()),
        ({"/proc/mounts": "10.0.0.1:/srv/root / nfs rw,addr=10.0.0.1 0 0\n"}, {"eth1"}),
        ({"/proc/mounts": "172.16.0.1:/srv/root / nfs4 rw 0 0\n"}, {"eth0"}),
        ({"/proc/mounts": "nfs.example.org:/root / nfs rw 0 0\n"}, {"eth0"}),
        (
            {
                "/proc/mounts": "nfs.example.org:/root / nfs rw 0 0\n",
                "/proc/cmdline": "root=/dev/nfs ip=10.0.0.5::10.0.0.1:255.0.0.0:xen1:eth1:off\n",
            },
            {"eth1"},
        ),
        (
            {
                "/proc/mounts": "/dev/sda1 / ext4 rw 0 0\n",
                "/proc/cmdline": "netroot=iscsi:10.0.0.1::::iqn.x ip=dhcp\n",
                "/sys/class/iscsi_connection/connection1:0/persistent_address": "10.0.0.1\n",
            },
            {"eth1"},
        ),
        (
            {
                "/proc/mounts": "/dev/sda1 / ext4 rw 0 0\n",
                "/sys/class/iscsi_connection/connection1:0/persistent_address": "10.0.0.1\n",
            },
            set(),
        ),
    ],
    ids=[
        "disk, NFS elsewhere",
        "NFS by route",
        "NFS by default route",
        "NFS by name",
        "NFS by the kernel's ip=",
        "root on iSCSI",
        "data on iSCSI",
    ],
)
def test_links_the_root_file_system_hangs_on(root, files, links):
    write(root, {"/proc/net/route": ROUTE, **files})
    facts = _collect(root)
    assert Route("default", "192.168.0.1", "eth0") in facts.routes
    assert facts.root_links == links


def test_a_root_over_a_bridge_holds_every_link_below_it(root):
    write(root, {"/proc/mounts": "10.0.0.1:/r / nfs rw 0 0\n"})
    write(root, {"/proc/net/route": ROUTE.replace("eth1", "xenbr0")})
    write(
        root, {"/sys/class/net/xenbr0/ifindex": "9", "/sys/class/net/xenbr0/bridge/stp_state": "0"}
    )
    write(root, {"/sys/class/net/eth1/master": "-> ../../../../../class/net/xenbr0"})
    assert _collect(root).root_links == {"xenbr0", "eth1"}
