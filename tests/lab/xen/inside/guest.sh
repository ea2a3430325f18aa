#!/bin/busybox sh
# First and only program of a guest. It has the address that its command line names, answers pings,
# and says nothing by itself: it knows the gateway's MAC for good, and has no IPv6. Its kernel calls
# /sbin/poweroff for `xl shutdown`.
busybox() { /bin/busybox "$@"; }
busybox mkdir /sbin
printf '#!/bin/busybox sh\n/bin/busybox poweroff -f\n' >/sbin/poweroff
busybox chmod 755 /sbin/poweroff
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox modprobe xen-netfront
for word in $(busybox cat /proc/cmdline); do
	case $word in lab.ip=*) ip=${word#*=} ;; esac
done
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
until [ -e /sys/class/net/eth0 ]; do busybox sleep 0.1; done
echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6
busybox ip addr add "$ip/24" dev eth0
busybox ip link set eth0 up
busybox arp -s 192.168.0.1 52:54:00:ff:ff:01
while :; do busybox sleep 3600; done
