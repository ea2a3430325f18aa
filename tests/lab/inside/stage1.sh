# First stage, run by the stub /lab-init with the host's share on /lab: which init shall run, the
# mount option that names the kernel's modules, and the disk if there is one. The guest's root is a
# read-only folder of the host; everything the guest writes goes on top of it, to memory or to a
# disk. The disk is as hard on its users as ext4 can be: what nobody has synced stays in memory, and
# a rename says nothing of the content.
set -e
mount -n -t hostfs none /lib/modules -o "$2"
modprobe overlay
if [ -n "$3" ]; then
	mount -n -t ext4 -o commit=300,noauto_da_alloc /dev/ubda /mnt
else
	mount -n -t tmpfs -o size=700m tmpfs /mnt
fi
mkdir -p /mnt/upper /mnt/work /mnt/root
mount -n -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
mount -n --move /lab /mnt/root/lab
mount -n --move /lib/modules /mnt/root/lib/modules
cd /mnt/root

start() {
	case $1 in
	systemd) exec switch_root /mnt/root /sbin/init ;;
	*) exec switch_root /mnt/root /bin/sh /lab/inside/stage2.sh ;;
	esac
}
[ ! -e /mnt/installed ] || start "$1"

# The machine as an installer leaves it: one NIC configured, the second one free.
echo lab >etc/hostname
printf '127.0.0.1\tlocalhost\n127.0.1.1\tlab.example.com\tlab\n192.168.0.1\tgw.example.com\n' >etc/hosts
printf 'nameserver 192.168.0.1\nsearch example.com\n' >etc/resolv.conf
echo 2d0f5e0f5b7a4c4f9d6a3a8a51450001 >etc/machine-id

# What the stack's installer wrote, and what a test lays over it.
cp -r lab/files/. .

# xenbond as its installer leaves it: a virtual environment and a launcher in the search path.
ln -s /lab/venv opt/xenbond
ln -s /opt/xenbond/bin/xenbond usr/local/bin/xenbond

if [ "$1" = systemd ]; then
	cp lab/inside/lab-wiring.service lab/inside/lab-agent.service etc/systemd/system/
	mkdir -p etc/systemd/system/sysinit.target.wants etc/systemd/system/multi-user.target.wants
	ln -s ../lab-wiring.service etc/systemd/system/sysinit.target.wants/
	ln -s ../lab-agent.service etc/systemd/system/multi-user.target.wants/
	# Of all that could configure the network only what the stack's host has.
	for unit in networking NetworkManager systemd-networkd; do
		[ ! -e "lib/systemd/system/$unit.service" ] || echo "$unit.service"
	done | xargs systemctl --root=. --quiet disable 2>/dev/null
	xargs -r systemctl --root=. --quiet enable <lab/units 2>/dev/null
	# The console belongs to the tests, and what they need of the rest they start. They wait for the
	# network by themselves. The NICs are wired after udev is there: nothing else needs a trigger.
	for unit in getty.target console-getty.service serial-getty@ttyS0.service ssh.service \
		systemd-networkd-wait-online.service NetworkManager-wait-online.service \
		systemd-udev-trigger.service systemd-binfmt.service systemd-modules-load.service \
		systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-logind.service \
		systemd-pstore.service systemd-random-seed.service kmod-static-nodes.service \
		modprobe@.service polkit.service e2scrub_reap.service timers.target; do
		ln -sf /dev/null "etc/systemd/system/$unit"
	done
fi
touch /mnt/installed
sync
start "$1"
