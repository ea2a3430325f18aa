#!/bin/busybox sh
# First program of the machine: the disks' modules, then both disks, then what is on the second one,
# or what the command line names by lab.init.
# The root brings no modules; those the initrd brings are all there are.
busybox() { /bin/busybox "$@"; }
busybox mount -t proc proc /proc
busybox mount -t devtmpfs dev /dev
for module in virtio_pci virtio_blk crc32c_generic ext4; do busybox modprobe "$module"; done
until [ -b /dev/vdb ]; do busybox sleep 0.05; done
busybox mount -t ext4 -o noatime /dev/vda /new
busybox mount -t ext4 -o ro /dev/vdb /new/lab
busybox mount -t tmpfs tmpfs /new/usr/lib/modules
busybox cp -r /lib/modules/. /new/usr/lib/modules
busybox mount -o move /dev /new/dev
init="/bin/sh /lab/inside/qemu/init.sh"
for word in $(busybox cat /proc/cmdline); do
	case $word in lab.init=*) init=${word#*=} ;; esac
done
busybox umount /proc
# shellcheck disable=SC2086 # a program and its argument
exec /bin/busybox switch_root /new $init
