"""What the files say of the next boot: links that it leaves down, and addresses of slaves."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from facts_builder import RHEL6, RHEL8
from test_written import GOLDEN, read_below

from xenbond_tui.health.model import Written

CASES = {
    "ifcfg": "howto-rhel5",
    "ifupdown": "installer",
    "ifupdown2": "installer",  # reads the same file
    "netplan": "installer",
    "networkd": "installer",
    "networkmanager": "installer",
}


def of(stack_name: str, root: Path, path: str = "", old: str = "", new: str = "") -> Written:
    """What a set-up's tree says of bond0, with a text of one file replaced."""
    after = GOLDEN / stack_name.removesuffix("2") / CASES[stack_name] / "after"
    shutil.copytree(after, root, dirs_exist_ok=True)
    if path:
        file = next(item for item in sorted(root.rglob("*")) if re.search(path, str(item)))
        changed = re.sub(old, new, file.read_text(), flags=re.MULTILINE)
        assert changed != file.read_text()
        file.write_text(changed)
    return read_below(root, stack_name)["bond0"]


@pytest.mark.parametrize("stack", CASES)
def test_a_boot_brings_up_what_a_set_up_wrote(stack: str, tmp_path: Path) -> None:
    said = of(stack, tmp_path)
    assert not said.stays_down
    assert not said.addressed


DOWN = [
    # A link with other lines than `auto` is brought up by nobody.
    ("ifupdown", "interfaces$", "^auto bond0\n", "", ["bond0"]),
    ("ifupdown", "interfaces$", "^auto xenbr0\n", "", ["xenbr0"]),
    ("ifupdown", "interfaces$", "^auto bond0\n", "allow-ovs bond0\n", ["bond0"]),
    ("ifupdown", "interfaces$", "^auto (bond0|xenbr0)\n", "", ["bond0", "xenbr0"]),
    ("ifupdown2", "interfaces$", "^auto xenbr0\n", "", ["xenbr0"]),
    ("ifcfg", "ifcfg-bond0$", "^ONBOOT=.*", "ONBOOT=no", ["bond0"]),
    ("ifcfg", "ifcfg-xenbr0$", "^ONBOOT=.*", 'ONBOOT="No"', ["xenbr0"]),
    ("netplan", "yaml$", r"(?<=interfaces: \[bond0\])", "\n      activation-mode: off", ["xenbr0"]),
    ("networkd", "bond0.network$", r"\Z", "\n[Link]\nActivationPolicy=manual\n", ["bond0"]),
    ("networkd", "xenbr0.network$", r"\Z", "\n[Link]\nUnmanaged=yes\n", ["xenbr0"]),
    ("networkd", "eth1.network$", r"\Z", "\n[Link]\nActivationPolicy=always-down\n", ["eth1"]),
]
NOT_DOWN = [
    ("ifupdown", "interfaces$", "^auto bond0\n", "allow-hotplug bond0\n"),
    ("ifupdown", "interfaces$", "^auto (bond0|xenbr0)\n", "auto /bond* /xen*\n"),
    ("ifupdown", "interfaces$", "^auto (eth0|eth1)\n", ""),
    (
        "ifupdown",
        "interfaces$",
        "^auto bond0\n(?s:(.*))bridge_fd",
        r"\1pre-up ifup bond0\n\tbridge_fd",
    ),
    # A bridge's port comes up with it.
    ("ifupdown2", "interfaces$", "^auto bond0\n", ""),
    # ifup of the bond brings its slaves up, whatever their files say.
    ("ifcfg", "ifcfg-eth1$", "^ONBOOT=.*", "ONBOOT=no"),
    # The kernel opens a slave when it joins the bond.
    ("networkd", "eth1.network$", r"\Z", "\n[Link]\nActivationPolicy=manual\n"),
    # A bond with autoconnect-slaves=1 brings them up, and a port its bridge.
    ("networkmanager", "eth1.nmconnection$", "(?<=^type=ethernet)", "\nautoconnect=false"),
    ("networkmanager", "/bond0.nmconnection$", "(?<=^type=bond)", "\nautoconnect=false"),
    ("networkmanager", "xenbr0.nmconnection$", "(?<=^type=bridge)", "\nautoconnect=false"),
]


@pytest.mark.parametrize(("stack", "path", "old", "new", "links"), DOWN)
def test_a_boot_leaves_down_what_the_files_do_not_bring_up(
    stack: str, path: str, old: str, new: str, links: list[str], tmp_path: Path
) -> None:
    said = of(stack, tmp_path, path, old, new)
    assert list(said.stays_down) == links
    assert all(re.match(r"/etc/\S+:\d+: \S", where) for where in said.stays_down.values())


@pytest.mark.parametrize(("stack", "path", "old", "new"), NOT_DOWN)
def test_a_boot_brings_up_what_another_link_or_line_asks_for(
    stack: str, path: str, old: str, new: str, tmp_path: Path
) -> None:
    assert not of(stack, tmp_path, path, old, new).stays_down


OLD = "[connection]\nid=old\nuuid=old\ntype={}\ninterface-name={}\n{}"


@pytest.mark.parametrize(
    ("stack", "beside", "text"),
    [
        ("networkmanager", "old.nmconnection", OLD.format("ethernet", "eth0", "autoconnect=false")),
        ("networkmanager", "old.nmconnection", OLD.format("bridge", "xenbr0", "autoconnect=false")),
        ("networkmanager", "a.nmconnection", OLD.format("bond", "bond0", "autoconnect=false")),
        ("ifcfg", "ifcfg-xenbr0-old", "DEVICE=xenbr0\nTYPE=Bridge\nONBOOT=no\n"),
        ("ifcfg", "ifcfg-a", "DEVICE=eth0\nONBOOT=no\n"),
    ],
)
def test_an_idle_file_beside_the_one_that_counts_leaves_nothing_down(
    stack: str, beside: str, text: str, tmp_path: Path
) -> None:
    of(stack, tmp_path)
    own = next(tmp_path.rglob("*bond0*"))
    shutil.copyfile(own, own.with_name(beside))
    own.with_name(beside).write_text(text)
    own.with_name(beside).chmod(0o600)
    said = read_below(tmp_path, stack)["bond0"]
    assert said.slaves, "the files are read"
    assert not said.stays_down


def test_a_profile_that_makes_no_slave_does_not_bring_the_slave_up(tmp_path: Path) -> None:
    of("networkmanager", tmp_path)
    for file in tmp_path.rglob("*.nmconnection"):
        text = file.read_text().replace("autoconnect-slaves=1\n", "")
        if "slave-type=bond" in text:
            text = text.replace("[connection]\n", "[connection]\nautoconnect=false\n")
        file.write_text(text)
    beside = next(tmp_path.rglob("bond0.nmconnection")).with_name("z.nmconnection")
    beside.write_text(OLD.format("ethernet", "eth0", ""))
    beside.chmod(0o600)
    assert set(read_below(tmp_path, "networkmanager")["bond0"].stays_down) == {"eth0", "eth1"}


def test_networkmanager_brings_up_nothing_that_no_profile_asks_for(tmp_path: Path) -> None:
    of("networkmanager", tmp_path)
    for file in tmp_path.rglob("*.nmconnection"):
        text = file.read_text().replace("autoconnect-slaves=1\n", "")
        file.write_text(text.replace("[connection]\n", "[connection]\nautoconnect=false\n"))
    assert list(read_below(tmp_path, "networkmanager")["bond0"].stays_down) == [
        "eth1",
        "bond0",
        "eth0",
        "xenbr0",
    ]


@pytest.mark.parametrize("stack", ["ifupdown", "ifupdown2"])
@pytest.mark.parametrize("method", ["static\n\taddress 192.0.2.7/24", "dhcp"])
def test_an_address_of_a_slave_comes_back_with_a_boot(
    stack: str, method: str, tmp_path: Path
) -> None:
    new = f"iface eth1 inet {method}"
    said = of(stack, tmp_path, "interfaces$", "^iface eth1 inet manual", new)
    assert list(said.addressed) == ["eth1"]
    # Without `auto` its stanza is for nobody.
    text = (tmp_path / "etc/network/interfaces").read_text().replace("auto eth1\n", "")
    (tmp_path / "etc/network/interfaces").write_text(text)
    assert not read_below(tmp_path, stack)["bond0"].addressed


@pytest.mark.parametrize(
    ("stack", "path", "new"),
    [
        ("netplan", "yaml$", "    eth1:\n      dhcp4: true"),
        ("ifcfg", "ifcfg-eth1$", "IPADDR=192.0.2.7\nNETMASK=255.255.255.0\nDEVICE=eth1"),
    ],
)
def test_other_stacks_give_a_slave_no_address(
    stack: str, path: str, new: str, tmp_path: Path
) -> None:
    old = {"netplan": "^    eth1:", "ifcfg": "^DEVICE=eth1"}[stack]
    assert not of(stack, tmp_path, path, old, new).addressed


def test_a_slave_that_is_found_by_other_than_its_name_leaves_the_slaves_open(
    tmp_path: Path,
) -> None:
    new = "[match]\ndriver=e1000"
    said = of("networkmanager", tmp_path, "eth1.nmconnection$", "^mac-address=.*", new)
    assert not said.slaves


# Red Hat's files, where NetworkManager acts on them (nm-settings-ifcfg-rh(5))

SCRIPTS = "etc/sysconfig/network-scripts"
STARTED = "etc/systemd/system/multi-user.target.wants/NetworkManager.service"
WITH_PORTS = "[connection]\nconnection.autoconnect-slaves=1\n"


@pytest.mark.parametrize(
    ("of_bond", "of_eth0", "of_eth1", "more", "links"),
    [
        ("", "", "ONBOOT=no\n", {}, ["eth1"]),
        ("", "ONBOOT=no\n", "ONBOOT=no\n", {}, ["eth0", "eth1"]),
        ("AUTOCONNECT_SLAVES=yes\n", "ONBOOT=no\n", "ONBOOT=no\n", {}, []),
        ("AUTOCONNECT_SLAVES=no\n", "", "ONBOOT=no\n", {"conf": WITH_PORTS}, ["eth1"]),
        ("", "", "ONBOOT=no\n", {"conf": WITH_PORTS}, []),
        # A port brings its master up.
        ("ONBOOT=no\n", "", "", {}, []),
        ("ONBOOT=no\n", "ONBOOT=no\n", "ONBOOT=no\n", {}, ["bond0", "eth0", "eth1"]),
        # The scripts' bond brings its slaves up, by whomever.
        ("NM_CONTROLLED=no\n", "", "ONBOOT=no\n", {}, []),
        ("", "", "NM_CONTROLLED=no\nONBOOT=no\n", {}, []),
        # It is not there at boot; it reads keyfiles alone; the scripts' own time.
        ("", "", "ONBOOT=no\n", {"started": False}, []),
        ("", "", "ONBOOT=no\n", {"conf": "[main]\nplugins=keyfile\n"}, []),
        ("", "", "ONBOOT=no\n", {"rhel": RHEL6}, []),
    ],
)
def test_networkmanager_brings_up_slaves_by_their_own_files(
    of_bond: str,
    of_eth0: str,
    of_eth1: str,
    more: dict[str, Any],
    links: list[str],
    tmp_path: Path,
) -> None:
    slave = "MASTER=bond0\nSLAVE=yes\n"
    files = {
        f"{SCRIPTS}/ifcfg-bond0": f"DEVICE=bond0\nBRIDGE=br0\n{of_bond}",
        f"{SCRIPTS}/ifcfg-br0": "DEVICE=br0\nTYPE=Bridge\n",
        f"{SCRIPTS}/ifcfg-eth0": f"DEVICE=eth0\n{slave}{of_eth0}",
        f"{SCRIPTS}/ifcfg-eth1": f"DEVICE=eth1\n{slave}{of_eth1}",
        "etc/sysconfig/network": "NETWORKING=yes\n",
        "etc/NetworkManager/NetworkManager.conf": more.get("conf", ""),
        "usr/lib64/NetworkManager/1.40.16/libnm-settings-plugin-ifcfg-rh.so": "",
    }
    if more.get("started", True):
        files[STARTED] = ""
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    said = read_below(tmp_path, "ifcfg", system=more.get("rhel", RHEL8))["bond0"]
    assert sorted(said.stays_down) == links
