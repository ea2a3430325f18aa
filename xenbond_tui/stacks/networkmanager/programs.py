"""NetworkManager's own programs and unit."""

PROGRAMS = ("/usr/sbin/NetworkManager", "/usr/bin/NetworkManager")
NMCLI = ("/usr/bin/nmcli", "/bin/nmcli")
SERVICE = "NetworkManager.service"
