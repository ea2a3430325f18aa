"""The network stacks of the lab: one row each, and a row is all a stack needs to join the suite."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

INSIDE = Path(__file__).parent / "inside"


@dataclass(frozen=True, slots=True)
class LabStack:
    """A host as that stack's installer leaves it: eth0 has 192.168.0.222/24, eth1 is free."""

    name: str
    """The row's own name, as in `Guest(stack="networkd")`."""
    stack: str
    """xenbond's name of the stack."""
    flavour: str
    """Which of `rootfs.FLAVOURS` it is booted from."""
    init: str
    """"plain" (a shell as PID 1, which runs SysV scripts; 3 s) or "systemd" (6 s or more)."""
    files: Mapping[str, str]
    """Path -> text, laid over what the packages brought."""
    private: frozenset[str] = frozenset()
    """Of these files those that only root may read: mode 0600, the others 0644."""
    enable: tuple[str, ...] = ()
    """Units of the network that start at boot; the other network daemons of the root do not."""
    settled: str = "true"
    """Shell condition: at boot, the stack has done what it was told to."""
    rewrites: frozenset[str] = frozenset()
    """Files that the stack itself writes again, with the same content, whatever it does."""
    own_way: str = "{files}"
    """Shell script: how an operator without xenbond has the stack take new files over."""
    judge: str = "true"
    """Shell: fails when the stack's own program has anything against what is written or runs."""
    judge_of_boot: str = "true"
    """Shell: the same after a boot, when all that runs is made of what is written."""
    mistake: str = ""
    """Shell: puts one into the files, for the judge to find; empty where another test does that."""
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """Path -> file of `inside/`: programs of ours in the place of what can't be installed here."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Path -> what the symbolic link there points to."""
    not_genuine: str = ""
    """With stand-ins: what they stand in for, and why. Told at the end of each run."""

    def __str__(self) -> str:
        return self.name

    def lay_out(self, root: Path, more: Mapping[str, str] | None = None) -> None:
        """Write that host's files below `root`; `more` (path -> text) goes over them."""
        for path, text in {**self.files, **(more or {})}.items():
            laid = _place(root, path)
            laid.write_text(text)
            laid.chmod(0o600 if path in self.private else 0o644)
        for path, name in self.stand_ins.items():
            laid = _place(root, path)
            laid.write_bytes((INSIDE / name).read_bytes())
            laid.chmod(0o755)
        for path, target in self.links.items():
            _place(root, path).symlink_to(target)


def _place(root: Path, path: str) -> Path:
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


INTERFACES = """\
# This file describes the network interfaces available on your system
# and how to activate them. For more information, see interfaces(5).

source /etc/network/interfaces.d/*

# The loopback network interface
auto lo
iface lo inet loopback

# The primary network interface
allow-hotplug eth0
iface eth0 inet static
	address 192.168.0.222/24
	gateway 192.168.0.1
	# dns-* options are implemented by the resolvconf package, if installed
	dns-nameservers 192.168.0.1
	dns-search example.com
"""

INTERFACES2 = """\
# network interface settings

auto lo
iface lo inet loopback

auto eth0
iface eth0 inet static
	address 192.168.0.222/24
	gateway 192.168.0.1

iface eth1 inet manual
"""

NETWORK = """\
[Match]
Name=eth0

[Network]
Address=192.168.0.222/24
Gateway=192.168.0.1
DNS=192.168.0.1
Domains=example.com
"""

KEYFILE = """\
[connection]
id=eth0
uuid=5f2a5b1c-7a0e-4d5e-9a5b-0d6d3c7f2a10
type=ethernet
autoconnect-priority=-999
interface-name=eth0

[ethernet]

[ipv4]
address1=192.168.0.222/24,192.168.0.1
dns=192.168.0.1;
dns-search=example.com;
method=manual

[ipv6]
addr-gen-mode=eui64
method=auto

[proxy]
"""
MANAGED = {"/etc/udev/rules.d/85-nm-unmanaged.rules": "# The lab's NICs are veth pairs.\n"}
"""In the place of the rule that tells NetworkManager to leave veth pairs alone."""

VRF_TABLES = {"/etc/iproute2/rt_tables.d/README": "# Made by hand, as xenbond asks for it.\n"}
"""Debian 12's iproute2 brings this directory, Debian 13's does not, and ifupdown2 3.0 needs it
(`test_ifupdown2_command.py`)."""

NETPLAN = """\
# This is the network config written by the installer
network:
  version: 2
  renderer: {renderer}
  ethernets:
    eth0:
      addresses:
      - 192.168.0.222/24
      nameservers:
        addresses:
        - 192.168.0.1
        search:
        - example.com
      routes:
      - to: default
        via: 192.168.0.1
"""

IFCFG_LO = """\
DEVICE=lo
IPADDR=127.0.0.1
NETMASK=255.0.0.0
NETWORK=127.0.0.0
# If you're having problems with gated making 127.0.0.0/8 a martian,
# you can change this to something else (255.255.255.255, for example)
BROADCAST=127.255.255.255
ONBOOT=yes
NAME=loopback
"""

IFCFG_ETH0 = """\
TYPE="Ethernet"
PROXY_METHOD="none"
BROWSER_ONLY="no"
BOOTPROTO="none"
DEFROUTE="yes"
IPV4_FAILURE_FATAL="no"
IPV6INIT="yes"
IPV6_AUTOCONF="yes"
IPV6_DEFROUTE="yes"
IPV6_FAILURE_FATAL="no"
IPV6_ADDR_GEN_MODE="eui64"
NAME="eth0"
UUID="5f2a5b1c-7a0e-4d5e-9a5b-0d6d3c7f2a10"
DEVICE="eth0"
ONBOOT="yes"
HWADDR="00:50:DA:7A:51:45"
IPADDR="192.168.0.222"
PREFIX="24"
GATEWAY="192.168.0.1"
DNS1="192.168.0.1"
DOMAIN="example.com"
"""

IFCFG_ETH1 = """\
TYPE="Ethernet"
BOOTPROTO="dhcp"
NAME="eth1"
UUID="a3d6cb7e-26e2-4d13-8f9c-6f1f1a7a5b11"
DEVICE="eth1"
ONBOOT="no"
HWADDR="00:14:22:36:F1:FA"
"""

RHEL7 = """\
NAME="Red Hat Enterprise Linux Server"
VERSION="7.9 (Maipo)"
ID="rhel"
ID_LIKE="fedora"
VERSION_ID="7.9"
PRETTY_NAME="Red Hat Enterprise Linux Server 7.9 (Maipo)"
"""

MAIN = "/etc/network/interfaces"
SCRIPTS = "/etc/sysconfig/network-scripts"
PROFILES = "/etc/NetworkManager/system-connections"

ROUTED = "ip -4 route show default | grep -q ."
NETWORKD_SETTLED = f"{ROUTED} && grep -q OPER_STATE=routable /run/systemd/netif/state"
"""It goes on to wait 12 s for a router's advertisement; nobody else need."""
NM_SETTLED = f"{ROUTED} && nmcli -t -f STATE general | grep -q '^connected'"
NETWORKD_JUDGE = """\
! journalctl -b -u systemd-networkd -p warning -q -o cat --no-pager | grep . &&
[ "$(networkctl status bond0 xenbr0 | grep -c '(configured)')" = 2 ]
"""
NM_JUDGE = f'said=$(nmcli connection load {PROFILES}/* 2>&1); echo "$said"; [ -z "$said" ]'
NETPLAN_JUDGE = 'said=$(netplan generate 2>&1) && echo "$said" && [ -z "$said" ]'

LAB_STACKS: dict[str, LabStack] = {
    row.name: row
    for row in (
        LabStack(
            name="ifupdown",
            stack="ifupdown",
            flavour="ifupdown",
            init="plain",
            files={"/etc/network/interfaces": INTERFACES},
            enable=("networking.service",),
            own_way="ifdown eth0; {files}; ifup eth0; ifup bond0 xenbr0",
            judge="ifup --no-act --force --all && ifquery --state bond0 xenbr0",
            mistake=f"sed -i 's/xenbr0 inet static/xenbr0 inet statical/' {MAIN}",
        ),
        LabStack(
            name="ifupdown2",
            stack="ifupdown2",
            flavour="ifupdown2",
            init="systemd",
            files={"/etc/network/interfaces": INTERFACES2, **VRF_TABLES},
            enable=("networking.service",),
            settled=ROUTED,
            own_way="{files}; ifreload -a",
            judge="ifquery --check -a",
            mistake=f"sed -i 's/bond-miimon 100/bond-miimon 250/' {MAIN}",
        ),
        LabStack(
            name="networkd",
            stack="networkd",
            flavour="modern",
            init="systemd",
            files={"/etc/systemd/network/10-eth0.network": NETWORK},
            enable=("systemd-networkd.service",),
            settled=NETWORKD_SETTLED,
            own_way="{files}; systemctl restart systemd-networkd",
            judge_of_boot=NETWORKD_JUDGE,
        ),
        LabStack(
            name="networkmanager",
            stack="networkmanager",
            flavour="modern",
            init="systemd",
            files={
                "/etc/NetworkManager/system-connections/eth0.nmconnection": KEYFILE,
                **MANAGED,
            },
            private=frozenset({"/etc/NetworkManager/system-connections/eth0.nmconnection"}),
            enable=("NetworkManager.service",),
            settled=NM_SETTLED,
            rewrites=frozenset({"/etc/resolv.conf"}),
            own_way="{files}; systemctl restart NetworkManager",
            judge=NM_JUDGE,
            mistake=f"sed -i 's/^type=bridge/type=ridge/' {PROFILES}/*",
        ),
        LabStack(
            name="netplan",
            stack="netplan",
            flavour="modern",
            init="systemd",
            files={"/etc/netplan/01-netcfg.yaml": NETPLAN.format(renderer="networkd")},
            private=frozenset({"/etc/netplan/01-netcfg.yaml"}),
            enable=("systemd-networkd.service",),
            settled=NETWORKD_SETTLED,
            own_way="{files}; netplan apply",
            judge=NETPLAN_JUDGE,
            mistake="sed -i 's/mode: active-backup/mode: sometimes/' /etc/netplan/*",
        ),
        LabStack(
            name="netplan-nm",
            stack="netplan",
            flavour="modern",
            init="systemd",
            files={
                "/etc/netplan/01-netcfg.yaml": NETPLAN.format(renderer="NetworkManager"),
                **MANAGED,
            },
            private=frozenset({"/etc/netplan/01-netcfg.yaml"}),
            enable=("NetworkManager.service",),
            settled=NM_SETTLED,
            rewrites=frozenset({"/etc/resolv.conf"}),
            own_way="{files}; netplan apply",
            judge=NETPLAN_JUDGE,
            mistake="sed -i 's/mode: active-backup/mode: sometimes/' /etc/netplan/*",
        ),
        LabStack(
            name="ifcfg",
            stack="ifcfg",
            flavour="sysconfig",
            init="plain",
            files={
                "/etc/os-release": RHEL7,
                "/etc/redhat-release": "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n",
                "/etc/sysconfig/network": "# Created by anaconda\nNETWORKING=yes\n",
                f"{SCRIPTS}/ifcfg-lo": IFCFG_LO,
                f"{SCRIPTS}/ifcfg-eth0": IFCFG_ETH0,
                f"{SCRIPTS}/ifcfg-eth1": IFCFG_ETH1,
            },
            stand_ins={
                f"{SCRIPTS}/network-functions": "network-scripts/network-functions",
                "/usr/sbin/ifup": "network-scripts/ifup",
                "/usr/sbin/ifdown": "network-scripts/ifdown",
                "/etc/init.d/network": "network-scripts/network",
            },
            links={
                f"{SCRIPTS}/ifup": "../../../usr/sbin/ifup",
                f"{SCRIPTS}/ifdown": "../../../usr/sbin/ifdown",
                **{
                    f"/etc/rc{level}.d/S10network": "../init.d/network"
                    for level in ("2", "3", "4", "5")
                },
            },
            not_genuine="Red Hat's own network-scripts can't be installed here: small stand-ins of "
            "ours run in their place, which do what the manuals say of the keys in use",
            settled=ROUTED,
            own_way="/etc/init.d/network stop; {files}; /etc/init.d/network start",
            judge=f"for file in {SCRIPTS}/ifcfg-*; do bash -n $file || exit 1; done",
            mistake=f"echo 'A=\"' >>{SCRIPTS}/ifcfg-xenbr0",
        ),
    )
}
