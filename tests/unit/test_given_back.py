"""After set-up and removal each former slave has what its files said, or it is told what not."""

from pathlib import Path

import pytest
from option_cases import HOSTS
from test_left_out import ON_EVERY_STACK

from xenbond_tui import cli
from xenbond_tui.stacks import STACKS, Stack

NS = "/etc/sysconfig/network-scripts/ifcfg-"
INTERFACES = "/etc/network/interfaces"
NETPLAN = "/etc/netplan/01.yaml"
UNITS = "/etc/systemd/network/"
PROFILES = "/etc/NetworkManager/system-connections/"
OWN = ("/etc/network/", "/etc/netplan/", "/etc/systemd/network/", PROFILES, "/etc/sysconfig/")
MACS = ("02:00:00:00:0a:01", "02:00:00:00:0a:02")


def nics(stack: Stack, *said: str) -> dict[str, str]:
    """Files of a host that say that of eth0 and of eth1, in the words of the stack."""
    if stack.name == "ifcfg":
        files = {f"{NS}eth{i}": f"DEVICE=eth{i}\nONBOOT=yes\n{it}" for i, it in enumerate(said)}
        return {**files, "/etc/sysconfig/network": "NETWORKING=yes\n"}
    if stack.name == "networkd":
        return {
            f"{UNITS}eth{i}.network": f"[Match]\nName=eth{i}\n\n{it}" for i, it in enumerate(said)
        }
    if stack.name == "networkmanager":
        head = "[connection]\nid=eth{0}\nuuid=e{0}\ntype=ethernet\ninterface-name=eth{0}\n\n"
        return {f"{PROFILES}eth{i}.nmconnection": head.format(i) + it for i, it in enumerate(said)}
    if stack.name == "netplan":
        nics = "".join(f"    eth{i}: {it}\n" for i, it in enumerate(said))
        return {NETPLAN: f"network:\n  version: 2\n  ethernets:\n{nics}"}
    stanzas = "".join(f"\nauto eth{i}\niface eth{i} {it}" for i, it in enumerate(said))
    return {INTERFACES: f"auto lo\niface lo inet loopback\n{stanzas}"}


WORDS = {
    "lease": {
        "ifcfg": ("BOOTPROTO=dhcp\n",) * 2,
        "ifupdown": ("inet dhcp\n",) * 2,
        "ifupdown2": ("inet dhcp\n",) * 2,
        "netplan": ("{dhcp4: true}",) * 2,
        "networkd": ("[Network]\nDHCP=yes\n",) * 2,
        "networkmanager": ("[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n",) * 2,
    },
    "router": {
        "ifcfg": ("IPV6INIT=yes\nIPV6_AUTOCONF=yes\n",) * 2,
        "ifupdown": ("inet6 auto\n",) * 2,
        "ifupdown2": ("inet6 auto\n",) * 2,
        "netplan": ("{accept-ra: true}",) * 2,
        "networkd": ("[Network]\nIPv6AcceptRA=yes\n",) * 2,
        "networkmanager": ("[ipv4]\nmethod=disabled\n\n[ipv6]\nmethod=auto\n",) * 2,
    },
    "idle": {
        "ifcfg": ("BOOTPROTO=dhcp\n", "BOOTPROTO=none\nDEFROUTE=no\n"),
        "ifupdown": ("inet dhcp\n", "inet manual\n\tup ip link set $IFACE up\n"),
        "ifupdown2": ("inet dhcp\n", "inet manual\n\tup ip link set $IFACE up\n"),
        "netplan": ("{dhcp4: true}", "{dhcp4: false, dhcp6: false}"),
        "networkd": ("[Network]\nDHCP=yes\n", "[Network]\nDHCP=no\nIPv6AcceptRA=no\n"),
        "networkmanager": (
            "[ipv4]\nmethod=auto\n",
            "[ipv4]\nmethod=disabled\n\n[ipv6]\nmethod=ignore\n",
        ),
    },
    "router-then-lease": {
        "ifcfg": ("IPV6INIT=yes\nIPV6_AUTOCONF=yes\n", "BOOTPROTO=dhcp\n"),
        "ifupdown": ("inet6 auto\n", "inet dhcp\n"),
        "ifupdown2": ("inet6 auto\n", "inet dhcp\n"),
        "netplan": ("{accept-ra: true}", "{dhcp4: true}"),
        "networkd": ("[Network]\nIPv6AcceptRA=yes\n", "[Network]\nDHCP=ipv4\n"),
        "networkmanager": (
            "[ipv4]\nmethod=disabled\n\n[ipv6]\nmethod=auto\n",
            "[ipv4]\nmethod=auto\n",
        ),
    },
    "mac": {
        "ifcfg": tuple(
            f"BOOTPROTO={p}\nMACADDR={m}\n" for p, m in zip(("dhcp", "none"), MACS, strict=True)
        ),
        "ifupdown": (f"inet dhcp\n\thwaddress ether {MACS[0]}\n", "inet manual\n"),
        "ifupdown2": (f"inet dhcp\n\thwaddress {MACS[0]}\n", "inet manual\n"),
        "netplan": tuple(
            f"{{dhcp4: {p}, macaddress: '{m}'}}" for p, m in zip(("yes", "no"), MACS, strict=True)
        ),
        "networkd": tuple(
            f"[Link]\nMACAddress={m}\n\n[Network]\nDHCP={p}\n"
            for p, m in zip(("yes", "no"), MACS, strict=True)
        ),
        "networkmanager": tuple(
            f"[ethernet]\ncloned-mac-address={m}\n\n[ipv4]\nmethod={p}\n"
            for p, m in zip(("auto", "disabled"), MACS, strict=True)
        ),
    },
}


class Host:
    """A tree with these files, and what is done to it."""

    def __init__(self, stack: Stack, root: Path, files: dict[str, str]) -> None:
        facts = HOSTS[stack.name][0]
        there = {path: "" for path in facts.present - facts.files.keys()}
        there |= {
            path: it.data.decode() for path, it in facts.files.items() if not path.startswith(OWN)
        }
        there |= files
        self.stack, self.root = stack.name, root / "tree"
        self.answers = root / "answers.yaml"
        for path, text in there.items():
            if any(other.startswith(f"{path}/") for other in there):
                continue
            at = self.root / path.lstrip("/")
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_text(text)
            at.chmod(0o600)

    def files(self) -> dict[str, str]:
        etc = [path for path in (self.root / "etc").rglob("*") if path.is_file()]
        return {str(path): path.read_text() for path in etc}

    def set_up(self, bridge: str = "") -> None:
        bond = "bond: {name: bond0, slaves: [eth0, eth1]}"
        self.answers.write_text(f"version: 1\n{bond}\nbridge: {{name: xenbr0{bridge}}}\n")
        assert self.run("apply", "--answers", str(self.answers)) == 0

    def run(self, *words: str) -> int:
        return cli.run([*words, "--root", str(self.root), "--stack", self.stack, "--yes"])


@ON_EVERY_STACK
@pytest.mark.parametrize("words", WORDS)
def test_a_removal_right_after_the_set_up_gives_back_every_byte(
    stack: Stack, words: str, tmp_path: Path
) -> None:
    host = Host(stack, tmp_path, nics(stack, *WORDS[words][stack.name]))
    before = host.files()
    host.set_up()
    assert host.files() != before
    assert host.run("remove") == 0
    assert host.files() == before


@ON_EVERY_STACK
def test_so_does_one_after_a_further_change(stack: Stack, tmp_path: Path) -> None:
    host = Host(stack, tmp_path, nics(stack, *WORDS["lease"][stack.name]))
    before = host.files()
    host.set_up()
    host.set_up(", address: 192.0.2.5/24")
    host.set_up(", address: dhcp")
    assert host.run("remove") == 0
    assert host.files() == before


@ON_EVERY_STACK
def test_the_address_is_never_given_to_two(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other NIC gets it: who had it does not get it back as well."""
    host = Host(stack, tmp_path, nics(stack, *WORDS["idle"][stack.name]))
    host.set_up()
    assert host.run("remove", "--to", "eth1") == 0
    text = "".join(host.files().values()).lower()
    leases = ("bootproto=dhcp", "inet dhcp", "dhcp4: true", "dhcp=yes", "[ipv4]\nmethod=auto\n")
    idle = text.count("autoconnect=false\n")
    assert sum(text.count(it) for it in leases) - idle == 1, text


@ON_EVERY_STACK
def test_what_somebody_wrote_since_stays(stack: Stack, tmp_path: Path) -> None:
    files = nics(stack, *WORDS["lease"][stack.name])
    host = Host(stack, tmp_path, files)
    host.set_up()
    for path in (host.root / it.lstrip("/") for it in files):
        path.write_text(path.read_text() + "# mine\n")
    assert host.run("remove") == 0
    for path in (host.root / it.lstrip("/") for it in files):
        assert "# mine\n" in path.read_text()


@ON_EVERY_STACK
def test_what_is_not_given_back_is_told(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = nics(stack, *WORDS["lease"][stack.name])
    host = Host(stack, tmp_path, files)
    host.set_up()
    capsys.readouterr()
    for path in (host.root / it.lstrip("/") for it in files):
        path.write_text(path.read_text() + "# mine\n")
    assert host.run("remove") == 0
    told = [it for it in capsys.readouterr().err.splitlines() if it.startswith("note: eth1: ")]
    if stack.name == "networkd":
        # eth1 had a file of ours before its own, which is in force again.
        assert not told
    elif stack.name == "networkmanager":
        assert "autoconnect=false\n" in (host.root / f"{PROFILES}eth1.nmconnection"[1:]).read_text()
    else:
        assert any("Before the bond eth1 had" in it for it in told), told


@ON_EVERY_STACK
def test_a_set_up_tells_that_the_other_slave_s_lease_goes(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = Host(stack, tmp_path, nics(stack, *WORDS["lease"][stack.name]))
    host.set_up()
    told = capsys.readouterr().err
    assert "of eth1 is taken out: " in told or "of eth1 has no effect any more: " in told, told


@pytest.mark.parametrize("method", ["inet dhcp", "inet6 auto", "inet6 dhcp"])
def test_a_bridge_asks_for_a_lease_once_with_the_commands_of_both(
    method: str, tmp_path: Path
) -> None:
    for stack in (it for it in STACKS if it.name.startswith("ifupdown")):
        said = (f"{method}\n\tup echo a\n", f"{method}\n\tup echo b\n")
        host = Host(stack, tmp_path / stack.name, nics(stack, *said))
        host.set_up()
        text = (host.root / INTERFACES.lstrip("/")).read_text()
        assert text.count(f"iface xenbr0 {method}\n") == 1
        assert "\tup echo a\n" in text
        assert "\tup echo b\n" in text


def test_an_operators_file_of_a_slave_is_kept(tmp_path: Path) -> None:
    """Taken away, another file that matches would give the NIC an address."""
    networkd = next(it for it in STACKS if it.name == "networkd")
    files = nics(networkd, "[Network]\nIPv6AcceptRA=yes\n", "[Network]\nLinkLocalAddressing=no\n")
    files[f"{UNITS}zz.network"] = "[Match]\nName=eth*\n\n[Network]\nDHCP=yes\n"
    host = Host(networkd, tmp_path, files)
    host.set_up()
    assert host.run("remove", "--to", "eth1") == 0
    left = (host.root / f"{UNITS}eth0.network".lstrip("/")).read_text()
    assert left == "[Match]\nName=eth0\n\n[Network]\nLinkLocalAddressing=no\n"


@pytest.mark.parametrize(
    "line", ["allow-bond0 eth0", "auto eth0", "allow-lan eth0", "allow-bond0 eth0 eth7"]
)
def test_a_class_of_a_nic_without_a_stanza_is_not_told_to_go(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for stack in (it for it in STACKS if it.name.startswith("ifupdown")):
        text = f"auto lo\niface lo inet loopback\n{line}\nauto eth1\niface eth1 inet dhcp\n"
        host = Host(stack, tmp_path / stack.name, {INTERFACES: text})
        host.set_up()
        assert f"{line}\n" in (host.root / INTERFACES.lstrip("/")).read_text()
        assert line not in capsys.readouterr().err


def test_a_further_bond_that_came_meanwhile_stays(tmp_path: Path) -> None:
    """One file has all: what it was before bond0 knows nothing of bond1."""
    said = ("inet dhcp\n", "inet dhcp\n", "inet manual\n", "inet manual\n")
    stack = next(it for it in STACKS if it.name == "ifupdown")
    host = Host(stack, tmp_path, nics(stack, *said))
    host.set_up()
    second = "bond: {name: bond1, slaves: [eth2, eth3]}\nbridge: {name: br1, address: none}\n"
    host.answers.write_text(f"version: 1\n{second}")
    assert host.run("apply", "--answers", str(host.answers)) == 0
    assert host.run("remove", "bond0") == 0
    assert "iface bond1 inet manual\n" in (host.root / INTERFACES.lstrip("/")).read_text()


def test_a_line_that_somebody_wrote_for_the_bridge_is_the_nic_s_then(tmp_path: Path) -> None:
    stack = next(it for it in STACKS if it.name == "ifcfg")
    host = Host(stack, tmp_path, nics(stack, "BOOTPROTO=dhcp\n", "BOOTPROTO=none\n"))
    host.set_up()
    with (host.root / f"{NS}xenbr0".lstrip("/")).open("a") as file:
        file.write("ZONE=internal\nIPV6INIT=yes\n")
    assert host.run("remove") == 0
    text = (host.root / f"{NS}eth0".lstrip("/")).read_text()
    assert "ZONE=internal\n" in text
    assert "IPV6INIT=yes\n" in text


def test_what_was_so_by_default_is_not_told_to_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """NetworkManager listens to routers where no [ipv6] says that it does not."""
    stack = next(it for it in STACKS if it.name == "networkmanager")
    host = Host(stack, tmp_path, nics(stack, *WORDS["idle"][stack.name]))
    host.set_up()
    capsys.readouterr()
    assert host.run("remove") == 0
    assert "taken out" not in capsys.readouterr().err


MODULE = "/etc/modprobe.d/bond.conf"
CLOUD = {"/etc/cloud/cloud.cfg": "datasource_list: [NoCloud]\n", "/usr/bin/cloud-init": ""}
LEAVE = "/etc/cloud/cloud.cfg.d/99-disable-network-config.cfg"
GENERATED = "# This file is generated from information provided by the datasource.\n"


def only(name: str) -> Stack:
    return next(it for it in STACKS if it.name == name)


@ON_EVERY_STACK
def test_so_is_what_the_module_was_told(stack: Stack, tmp_path: Path) -> None:
    module = {MODULE: "alias bond0 bonding\noptions bond0 mode=0\n"}
    host = Host(stack, tmp_path, {**nics(stack, *WORDS["lease"][stack.name]), **module})
    before = host.files()
    host.set_up()
    assert host.files()[str(host.root) + MODULE] != module[MODULE]
    assert host.run("remove") == 0
    assert host.files() == before


@pytest.mark.parametrize("wrote", [False, True])
def test_cloud_init_gets_its_files_back_where_all_are_as_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, wrote: bool
) -> None:
    stack = only("netplan")
    files = nics(stack, *WORDS["lease"]["netplan"])
    made = NETPLAN.replace("01.yaml", "50-cloud-init.yaml")
    host = Host(stack, tmp_path, {made: GENERATED + files[NETPLAN], **CLOUD})
    before = host.files()
    host.set_up()
    leave = host.root / LEAVE.lstrip("/")
    assert leave.exists()
    if wrote:
        path = host.root / made.lstrip("/")
        path.write_text(path.read_text() + "# mine\n")
    capsys.readouterr()
    assert host.run("remove") == 0
    told = f"note: {LEAVE}: cloud-init goes on leaving" in capsys.readouterr().err
    assert leave.exists() == told == wrote
    assert wrote or host.files() == before


@ON_EVERY_STACK
def test_an_mtu_that_the_nic_did_not_have_is_told(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = Host(stack, tmp_path, nics(stack, *WORDS["lease"][stack.name]))
    host.set_up(", mtu: 9000")
    capsys.readouterr()
    assert host.run("remove") == 0
    text = "".join(text for path, text in host.files().items() if "answers" not in path)
    assert ("keeps the MTU 9000" in capsys.readouterr().err) == ("9000" in text)


def test_a_pattern_that_brings_the_nic_up_leaves_nothing_to_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "auto lo\niface lo inet loopback\nauto /eth*\niface eth0 inet dhcp\n"
    host = Host(only("ifupdown"), tmp_path, {INTERFACES: text})
    host.set_up()
    capsys.readouterr()
    assert host.run("remove") == 0
    assert "is taken out" not in capsys.readouterr().err
    assert (host.root / INTERFACES.lstrip("/")).read_text() == text


def test_a_line_that_asks_for_both_families_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = Host(only("networkd"), tmp_path, nics(only("networkd"), *WORDS["lease"]["networkd"]))
    host.set_up()
    assert capsys.readouterr().err.count("`DHCP=yes` of eth1 is taken out") == 1


def test_an_mtu_that_the_new_holder_had_is_said_where_it_does_not_come_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The address moves to eth1, whose file has had the MTU of another network."""
    stack = next(stack for stack in STACKS if stack.name == "ifcfg")
    there = Host(
        stack,
        tmp_path,
        {
            f"{NS}eth0": "DEVICE=eth0\nONBOOT=yes\nIPADDR=192.0.2.10\nPREFIX=24\n",
            f"{NS}eth1": "DEVICE=eth1\nONBOOT=yes\nBOOTPROTO=dhcp\nMTU=1400\n",
            "/etc/sysconfig/network": "NETWORKING=yes\n",
        },
    )
    there.set_up()
    capsys.readouterr()
    assert there.run("remove", "--to", "eth1") == 0
    said = " ".join("".join(capsys.readouterr()).split())
    has = "MTU=1400" in (there.root / f"{NS}eth1".lstrip("/")).read_text()
    assert ("Before the bond eth1 had `MTU=1400`" in said) is not has
    assert not has
