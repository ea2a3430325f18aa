"""Hosts other than the installer's: /etc/network/interfaces, and guests on their bridge."""

BRIDGED_NIC = """\
auto lo
iface lo inet loopback

iface eth0 inet manual

# The guests' bridge
auto xenbr0
iface xenbr0 inet static
	bridge_ports eth0
	bridge_stp off
	bridge_fd 0
	bridge_hw 00:50:da:7a:51:45
	address 192.168.0.222/24
	gateway 192.168.0.1
"""
"""The usual dom0: its NIC and its address are in xenbr0."""

BRIDGED_BOND = """\
auto lo
iface lo inet loopback

iface eth0 inet manual

iface eth1 inet manual

auto bond0
iface bond0 inet manual
	bond-slaves eth0 eth1
	bond-mode active-backup
	bond-miimon 100

# The guests' bridge
auto xenbr0
iface xenbr0 inet static
	bridge_ports bond0
	bridge_stp off
	bridge_fd 0
	bridge_hw 00:50:da:7a:51:45
	address 192.168.0.222/24
	gateway 192.168.0.1
"""
"""One that has its bond already."""

GUESTS = """\
for n in 1 2; do
	ip netns add dom$n
	ip link add vif$n.0 type veth peer name eth0 address 00:16:3e:00:00:0$n netns dom$n
	ip -n dom$n addr add 192.168.0.10$n/24 dev eth0
	ip -n dom$n link set eth0 up
	ip link set vif$n.0 address fe:ff:ff:ff:ff:ff master xenbr0 up
done
ip netns exec dom1 ping -qc3 -i0.2 192.168.0.1
ip netns exec dom2 ping -qc3 -i0.2 192.168.0.1
"""
"""As vif-bridge of Xen's hotplug scripts plugs them: their MAC never becomes the bridge's."""
NO_GUESTS = "for n in 1 2; do ip link del vif$n.0; ip netns del dom$n; done"
"""They are gone again."""
GUEST_ADDRESSES = ("192.168.0.101", "192.168.0.102")
