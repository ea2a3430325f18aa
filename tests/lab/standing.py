"""For each row of the lab a host whose bond carries a VLAN in a bridge of guests as well.

bond0 of eth0 and eth1 has 192.168.0.222/24, with NetworkManager by xenbr0; its VLAN 20 is a port of
br20, which has 192.168.20.222/24 and a guest's port. A stack makes what its files say; the rest is
made here.
"""

from tests.lab.stacks import MAIN, SCRIPTS

_BOND = """\
auto lo
iface lo inet loopback

iface eth0 inet manual

iface eth1 inet manual

auto bond0
iface bond0 inet static
	address 192.168.0.222/24
	gateway 192.168.0.1
	bond-slaves eth0 eth1
	bond-mode active-backup
	bond-miimon 100

auto bond0.20
iface bond0.20 inet manual

auto br20
iface br20 inet static
	address 192.168.20.222/24
"""
_NETPLAN = """\
network:
  version: 2
  renderer: {}
  ethernets:
    eth0: {{}}
    eth1: {{}}
  bonds:
    bond0:
      interfaces: [eth0, eth1]
      parameters: {{mode: active-backup, mii-monitor-interval: 100}}
{}\
  vlans:
    bond0.20: {{id: 20, link: bond0}}
  bridges:
    br20:
      interfaces: [bond0.20]
      addresses: [192.168.20.222/24]
      parameters: {{stp: false, forward-delay: 0}}
{}"""
_ADDRESS = """\
      addresses: [192.168.0.222/24]
      routes:
      - to: default
        via: 192.168.0.1
"""
_BRIDGE = """\
    xenbr0:
      interfaces: [bond0]
      parameters: {stp: false, forward-delay: 0}
"""
_NETWORKD = "/etc/systemd/network"
FILES = {
    "ifupdown": {MAIN: f"{_BOND}\tbridge_ports bond0.20\n\tbridge_stp off\n\tbridge_fd 0\n"},
    "ifupdown2": {MAIN: f"{_BOND}\tbridge-ports bond0.20\n\tbridge-stp off\n\tbridge-fd 0\n"},
    "networkd": {
        f"{_NETWORKD}/10-eth0.network": "[Match]\nName=eth0 eth1\n\n[Network]\nBond=bond0\n",
        f"{_NETWORKD}/20-bond0.netdev": "[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\n"
        "Mode=active-backup\nMIIMonitorSec=100ms\n",
        f"{_NETWORKD}/20-bond0.network": "[Match]\nName=bond0\n\n[Network]\nVLAN=bond0.20\n"
        "Address=192.168.0.222/24\nGateway=192.168.0.1\n",
        f"{_NETWORKD}/30-vlan.netdev": "[NetDev]\nName=bond0.20\nKind=vlan\n\n[VLAN]\nId=20\n",
        f"{_NETWORKD}/30-vlan.network": "[Match]\nName=bond0.20\n\n[Network]\nBridge=br20\n",
        f"{_NETWORKD}/40-br20.netdev": "[NetDev]\nName=br20\nKind=bridge\n",
        f"{_NETWORKD}/40-br20.network": "[Match]\nName=br20\n\n[Network]\n"
        "Address=192.168.20.222/24\n",
    },
    "networkmanager": {},
    "netplan": {"/etc/netplan/01-netcfg.yaml": _NETPLAN.format("networkd", _ADDRESS, "")},
    "netplan-nm": {
        "/etc/netplan/01-netcfg.yaml": _NETPLAN.format("NetworkManager", "", _BRIDGE + _ADDRESS)
    },
    "ifcfg": {
        f"{SCRIPTS}/ifcfg-bond0": "DEVICE=bond0\nTYPE=Bond\nONBOOT=yes\nBOOTPROTO=none\n"
        'BONDING_OPTS="mode=active-backup miimon=100"\nIPADDR=192.168.0.222\nPREFIX=24\n'
        "GATEWAY=192.168.0.1\n",
        **{
            f"{SCRIPTS}/ifcfg-{nic}": f"DEVICE={nic}\nONBOOT=yes\nBOOTPROTO=none\nMASTER=bond0\n"
            "SLAVE=yes\n"
            for nic in ("eth0", "eth1")
        },
    },
}
"""Row → path → text, laid over the row's own files."""

_BY_NMCLI = """\
nmcli connection delete eth0
nmcli connection add type bridge con-name xenbr0 ifname xenbr0 bridge.stp no ipv6.method disabled \\
	ipv4.method manual ipv4.addresses 192.168.0.222/24 ipv4.gateway 192.168.0.1
nmcli connection add type bond con-name bond0 ifname bond0 master xenbr0 \\
	bond.options mode=active-backup,miimon=100
for n in 0 1; do nmcli connection add type ethernet con-name eth$n ifname eth$n master bond0; done
nmcli connection add type bridge con-name br20 ifname br20 bridge.stp no ipv6.method disabled \\
	ipv4.method manual ipv4.addresses 192.168.20.222/24
nmcli connection add type vlan con-name bond0.20 ifname bond0.20 dev bond0 id 20 master br20
for name in br20 xenbr0 bond0 eth0 eth1 bond0.20; do
	nmcli --wait 30 connection up $name || true
done
"""
_BY_HAND = """\
modprobe 8021q
ip link add link bond0 name bond0.20 type vlan id 20
ip link add br20 type bridge
ip addr add 192.168.20.222/24 dev br20
ip link set bond0.20 master br20 up
ip link set br20 up
"""
SCRIPTS_OF = {"networkmanager": _BY_NMCLI, "ifcfg": _BY_HAND}
"""Row → shell: what no file of it says."""

VLAN_AND_GUEST = """\
ip -n switch link add link br0 name br0.20 type vlan id 20
ip -n switch addr add 192.168.20.1/24 dev br0.20
ip -n switch link set br0.20 up
ip netns add dom7
ip link add vif7.0 type veth peer name eth0 address 00:16:3e:00:00:07 netns dom7
ip -n dom7 addr add 192.168.20.7/24 dev eth0
ip -n dom7 link set eth0 up
ip link set vif7.0 address fe:ff:ff:ff:ff:ff master br20 up
"""
"""The switch has that VLAN too, and a guest is on it."""
