"""Where ifupdown2 has its programs, its settings and its addons: asked of every host."""

IFRELOAD = ("/usr/sbin/ifreload", "/sbin/ifreload")
IFDOWN = ("/usr/sbin/ifdown", "/sbin/ifdown")
SETTINGS = "/etc/network/ifupdown2/ifupdown2.conf"
ADDON = "/usr/share/ifupdown2/addons/bond.py"
"""What it can do is told by this file: distributions back-port, and Proxmox numbers its own."""
VRF_ADDON = "/usr/share/ifupdown2/addons/vrf.py"
VRF_TABLES = "/etc/iproute2/rt_tables.d"
"""Where that addon keeps a list, without making the directory. iproute2 no longer brings it since
it has its own tables under /usr/share (6.5; Debian 13)."""
