"""A removal names the guests' own files that put a NIC on the bridge that goes."""

from pathlib import Path

import pytest
from facts_builder import make_facts

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.rules import guest_files, stale_references

XML = "<domain><interface type='bridge'>\n <mac address='x'/>\n <source bridge='{}'/>\n</interface>"
NETWORK = '<network><forward mode="bridge"/>\n<bridge name="{}"/></network>'
CFG = "name = 'g'\nvif = [ 'mac=00:16:3e:00:00:01, bridge={}',\n        'bridge=br9' ]\n"


def named(files: dict[str, str], *, bridged: bool = True) -> list[str]:
    facts = make_facts(files=files)
    removal = Removal(Answers(), "eth0", bridged=bridged)
    found = stale_references.check(facts, removal)
    return [it.where for it in found if it.code == "guests-name-a-bridge"]


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("/etc/xen/g.cfg", CFG, 2),
        ("/etc/xen/auto/g.cfg", CFG, 2),
        ("/etc/xen/auto/g", CFG, 2),
        # As virt-install left them on RHEL 5.
        ("/etc/xen/g", 'vif=["mac=x,\\\n bridge={},script=vif-bridge"]\n', 2),
        ("/etc/xen/vm/g.cfg", CFG, 2),
        ("/etc/xen/g.cfg", "vif = ['type=ioemu, bridge = {}']\n", 1),
        ("/etc/libvirt/libxl/g.xml", XML, 3),
        ("/etc/libvirt/qemu/g.xml", XML, 3),
        ("/etc/libvirt/qemu/networks/n.xml", NETWORK, 2),
    ],
)
def test_by_file_and_line(path: str, text: str, line: int, tmp_path: Path) -> None:
    assert named({path: text.format("xenbr0")}) == [f"{path}:{line}"]
    for other in ("xenbr01", "xenbr0.5", "xenbr", "br9"):
        assert named({path: text.format(other)}) == []
    assert named({path: text.format("xenbr0")}, bridged=False) == []
    file = tmp_path / path.lstrip("/")
    file.parent.mkdir(parents=True)
    file.touch()
    assert path in guest_files.paths(RootedTree(str(tmp_path)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/etc/xen/g.cfg", "# vif = ['bridge=xenbr0']\n"),
        ("/etc/xen/xmexample1", "vif = ['bridge=xenbr0']\n"),
        ("/etc/xen/xmexample.hvm", "vif = ['bridge=xenbr0']\n"),
        ("/etc/xen/xl.conf", 'vif.default.bridge="xenbr0"\n'),
        ("/etc/xen/g.cfg", "extra = 'backupbridge=xenbr0'\n"),
        ("/etc/libvirt/qemu/g.xml", "<description>bridge='xenbr0'</description>"),
    ],
)
def test_not_what_is_no_guest_s_nic(path: str, text: str) -> None:
    assert named({path: text}) == []


def test_of_many_the_first_are_named_and_the_others_counted() -> None:
    files = {f"/etc/xen/auto/g{number:03}.cfg": CFG.format("xenbr0") for number in range(200)}
    found = stale_references.check(make_facts(files=files), Removal(Answers(), "eth0"))
    (told,) = [it for it in found if it.code == "guests-name-a-bridge"]
    assert "/etc/xen/auto/g005.cfg:2 and 194 more" in told.text
    assert "g006" not in told.text
