"""What a host is: distribution, init, Xen role, and what its bonding module can do."""

import gzip
import lzma
import struct
from pathlib import Path

import pytest
from recorded_sys import write

from xenbond_tui.effects import Completed
from xenbond_tui.facts.host import XenRole
from xenbond_tui.host.bonding_module import read_bonding_driver
from xenbond_tui.host.runner import NoRunner
from xenbond_tui.host.system import read_system, read_xen_role
from xenbond_tui.host.tree import RootedTree

MODINFO = Path(__file__).parents[1] / "fixtures/captures/modes/modinfo_bonding.txt"

DEBIAN_12 = """\
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
# a comment
VERSION="12 (bookworm)"
ID=debian
"""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"/etc/os-release": DEBIAN_12}, ("Debian 12", "debian", "12")),
        ({"/usr/lib/os-release": DEBIAN_12}, ("Debian 12", "debian", "12")),
        (
            {"/etc/os-release": 'NAME="Red Hat Enterprise Linux"\nVERSION_ID="8.6"\nID="rhel"\n'},
            ("Red Hat Enterprise Linux 8.6", "rhel", "8.6"),
        ),
        ({"/etc/os-release": "NAME='Arch Linux'\nID=arch\n"}, ("Arch Linux", "arch", "")),
        (
            {"/etc/redhat-release": "Red Hat Enterprise Linux Server release 5.4 (Tikanga)\n"},
            ("Red Hat Enterprise Linux 5.4", "rhel", "5.4"),
        ),
        (
            {"/etc/redhat-release": "CentOS release 5.11 (Final)\n"},
            ("CentOS 5.11", "centos", "5.11"),
        ),
        (
            {"/etc/redhat-release": "CentOS Linux release 7.9.2009 (Core)\n"},
            ("CentOS Linux 7.9.2009", "centos", "7.9.2009"),
        ),
        (
            {"/etc/SuSE-release": "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\n"},
            ("SUSE Linux Enterprise Server 11", "sles", "11"),
        ),
        ({"/etc/debian_version": "4.0\n"}, ("Debian 4.0", "debian", "4.0")),
        ({"/etc/redhat-release": "Something Odd\n"}, ("Something Odd", "", "")),
        ({}, ("unknown", "", "")),
    ],
)
def test_the_distribution_in_words(tmp_path, files, expected):
    write(tmp_path, files)
    system = read_system(RootedTree(str(tmp_path)))
    assert (system.distribution, system.distribution_id, system.version) == expected


@pytest.mark.parametrize(
    ("files", "hostname"),
    [
        ({"/proc/sys/kernel/hostname": "dom0\n", "/etc/hostname": "other\n"}, "dom0"),
        ({"/etc/hostname": "xen1\n"}, "xen1"),
        (
            {"/etc/sysconfig/network": "NETWORKING=yes\nHOSTNAME=xen2.example.org\n"},
            "xen2.example.org",
        ),
        ({}, ""),
    ],
)
def test_the_hosts_name(tmp_path, files, hostname):
    write(tmp_path, files)
    assert read_system(RootedTree(str(tmp_path))).hostname == hostname


@pytest.mark.parametrize(
    ("files", "init"),
    [
        ({"/run/systemd/system/x": ""}, "systemd"),
        ({"/lib/systemd/systemd": "", "/proc/1/stat": ""}, "sysv"),
        ({"/lib/systemd/systemd": ""}, ""),
        ({"/etc/inittab": ""}, "sysv"),
        ({"/etc/systemd/system/a.wants/b.service": ""}, ""),
        # Debian's packages link their units there whichever init is installed.
        ({"/etc/systemd/system/a.wants/b.service": "", "/usr/lib/os-release": ""}, "sysv"),
    ],
    ids=[
        "runs",
        "installed, another runs",
        "installed, nothing runs",
        "not installed",
        "a copy of /etc",
        "its units, not itself",
    ],
)
def test_which_init(tmp_path, files, init):
    write(tmp_path, files)
    assert read_system(RootedTree(str(tmp_path))).init == init


TYPE = "/sys/hypervisor/type"
FEATURES = "/sys/hypervisor/properties/features"
CAPABILITIES = "/proc/xen/capabilities"


@pytest.mark.parametrize(
    ("files", "role", "evidence"),
    [
        # The features are those of a recorded Xen 4.17 dom0: bit 11 is set.
        ({TYPE: "xen\n", FEATURES: "000228f0\n"}, "dom0", FEATURES),
        ({TYPE: "xen\n", FEATURES: "000020f0\n"}, "domU", FEATURES),
        ({TYPE: "xen\n", FEATURES: "000020f0\n", CAPABILITIES: "control_d\n"}, "domU", FEATURES),
        ({TYPE: "xen\n", CAPABILITIES: "control_d\n"}, "dom0", CAPABILITIES),
        ({CAPABILITIES: "control_d\n"}, "dom0", CAPABILITIES),
        ({CAPABILITIES: ""}, "domU", CAPABILITIES),
        ({TYPE: "xen\n"}, "domU", TYPE),
        ({TYPE: "kvm\n"}, "none", TYPE),
        ({}, "none", TYPE),
    ],
)
def test_the_xen_role_and_the_file_that_says_so(tmp_path, files, role, evidence):
    write(tmp_path, files)
    found = read_xen_role(RootedTree(str(tmp_path)))
    assert found.role == role
    assert evidence in found.evidence


@pytest.mark.parametrize(
    ("path", "toolstack"),
    [
        ("/etc/xen/xend-config.sxp", "xend"),
        ("/etc/xen/xen-config.sxp", "xend"),
        ("/usr/sbin/xend", "xend"),
        ("/etc/xen/xl.conf", "xl"),
        ("/usr/sbin/xl", "xl"),
    ],
)
def test_the_toolstack_by_what_is_installed(tmp_path, path, toolstack):
    write(tmp_path, {path: ""})
    found = read_xen_role(RootedTree(str(tmp_path)))
    assert found.toolstack == toolstack
    assert path in found.evidence


def test_xend_wins_over_an_xl_beside_it(tmp_path):
    write(tmp_path, {"/etc/xen/xl.conf": "", "/etc/xen/xend-config.sxp": ""})
    assert read_xen_role(RootedTree(str(tmp_path))).toolstack == "xend"
    assert read_xen_role(RootedTree(str(tmp_path / "none"))) == XenRole(
        "none", "none", "neither /sys/hypervisor/type nor /proc/xen/capabilities is there"
    )


NEW_USE_CARRIER = "option obsolete, use_carrier cannot be disabled"
OLD_USE_CARRIER = "Use netif_carrier_ok (vs MII ioctls) in miimon; 0 for off, 1 for on (default)"


def _module(use_carrier: str, prefix: str = "") -> bytes:
    """A module's file around the .modinfo section that matters."""
    entries = [
        f"{prefix}license=GPL",
        f"{prefix}parmtype=use_carrier:int",
        f"{prefix}parm=use_carrier:{use_carrier}",
        f"{prefix}parmtype=miimon:int",
        f"{prefix}parm=miimon:Link check interval in milliseconds",
    ]
    section = b"\0".join(entry.encode() for entry in entries) + b"\0"
    return b"\x7fELF" + struct.pack("20x") + section + b"\xff\x00\x17"


DIRECTORY = "/lib/modules/6.1.0"
MODULE = f"{DIRECTORY}/kernel/drivers/net/bonding/bonding.ko"


def _put(root, path, data):
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def _driver(root, release="6.1.0", runner=None, live=True):
    return read_bonding_driver(RootedTree(str(root)), runner or NoRunner(), release, live=live)


@pytest.mark.parametrize(
    ("ending", "pack"), [("", bytes), (".gz", gzip.compress), (".xz", lzma.compress)]
)
@pytest.mark.parametrize(("text", "refuses"), [(NEW_USE_CARRIER, True), (OLD_USE_CARRIER, False)])
@pytest.mark.parametrize("indexed", [True, False])
def test_parameters_are_read_from_the_module_itself(tmp_path, ending, pack, text, refuses, indexed):
    _put(tmp_path, MODULE + ending, pack(_module(text)))
    if indexed:
        line = f"kernel/drivers/net/bonding/bonding.ko{ending}: kernel/net/tls/tls.ko\n"
        _put(tmp_path, f"{DIRECTORY}/modules.dep", line.encode())
    driver = _driver(tmp_path)
    assert driver.available is True
    assert driver.loaded is False
    assert driver.parameters["use_carrier"] == f"{text} (int)"
    assert driver.parameters["miimon"] == "Link check interval in milliseconds (int)"
    assert driver.refuses_use_carrier_0 is refuses


def test_a_vendors_module_elsewhere_is_found_by_the_index(tmp_path):
    _put(tmp_path, f"{DIRECTORY}/updates/bonding.ko", _module(NEW_USE_CARRIER))
    _put(tmp_path, MODULE, _module(OLD_USE_CARRIER))
    _put(tmp_path, f"{DIRECTORY}/modules.dep", b"updates/bonding.ko:\n")
    assert _driver(tmp_path).refuses_use_carrier_0 is True


def test_old_kmods_absolute_paths_are_understood(tmp_path):
    _put(tmp_path, MODULE, _module(OLD_USE_CARRIER))
    _put(tmp_path, f"{DIRECTORY}/modules.dep", f"{MODULE}: /x.ko\n".encode())
    assert _driver(tmp_path).refuses_use_carrier_0 is False


def test_a_built_in_bonding(tmp_path):
    _put(tmp_path, f"{DIRECTORY}/modules.builtin", b"kernel/drivers/net/bonding/bonding.ko\n")
    described = (
        b"tun.parm=mode:x\0" + _module(NEW_USE_CARRIER, "bonding.").partition(b"bonding.")[2]
    )
    _put(tmp_path, f"{DIRECTORY}/modules.builtin.modinfo", described)
    driver = _driver(tmp_path)
    assert driver.available is True
    assert driver.refuses_use_carrier_0 is True
    assert "mode" not in driver.parameters


class _Modinfo:
    """A host where `modinfo -p bonding` answers as recorded."""

    def __init__(self):
        lines = MODINFO.read_text().splitlines()
        self.text = "".join(f"{line[16:]}\n" for line in lines if line.startswith("parm:"))

    def run(self, argv, timeout=60.0):
        assert tuple(argv) == ("modinfo", "-p", "bonding")
        return Completed(tuple(argv), 0, self.text, "")

    def which(self, name):
        return None


def test_modinfo_is_asked_where_the_file_cannot_be_unpacked(tmp_path):
    _put(tmp_path, MODULE + ".xz", b"not xz at all")
    driver = _driver(tmp_path, runner=_Modinfo())
    assert driver.available is True
    assert driver.refuses_use_carrier_0 is False
    assert driver.parameters["primary"] == "Primary network device to use (charp)"


@pytest.mark.parametrize(("live", "available"), [(True, False), (False, None)])
def test_a_kernel_without_bonding(tmp_path, live, available):
    driver = _driver(tmp_path, live=live)
    assert (driver.available, driver.loaded, driver.parameters) == (available, False, {})
    assert driver.refuses_use_carrier_0 is None


def test_a_loaded_module_is_available(tmp_path):
    write(tmp_path, {"/sys/module/bonding/refcnt": "0\n"})
    driver = _driver(tmp_path)
    assert (driver.available, driver.loaded) == (True, True)


@pytest.mark.parametrize(("kernels", "found"), [(["6.1.0"], True), (["6.1.0", "6.12.0"], False)])
def test_another_systems_kernel_is_only_taken_when_there_is_one(tmp_path, kernels, found):
    for kernel in kernels:
        _put(tmp_path, MODULE.replace("6.1.0", kernel), _module(OLD_USE_CARRIER))
        _put(tmp_path, f"/lib/modules/{kernel}/modules.dep", b"")
    driver = _driver(tmp_path, release="", live=False)
    assert driver.available is (True if found else None)


def test_a_release_is_never_a_path(tmp_path):
    _put(tmp_path, "/lib/modules/x/kernel/drivers/net/bonding/bonding.ko", _module(OLD_USE_CARRIER))
    assert _driver(tmp_path, release="../modules/x", live=False).available is None
