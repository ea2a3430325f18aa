# Second stage without systemd: this shell is PID 1. It mounts what an init mounts, wires the NICs,
# runs the SysV scripts that are about the network, and then waits for the agent, reaping orphans.
mount -t sysfs sysfs /sys
mountpoint -q /dev || mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
hostname -F /etc/hostname
mkdir -p /run/network /run/lock
sh -e /lab/inside/wiring.sh
# As /etc/init.d/rc does; of all scripts those that bring the network up, and xenbond's where it
# left one.
for script in /etc/rcS.d/S??* /etc/rc3.d/S??*; do
	case $script in
	*/S??xenbond* | */S??networking | */S??network) "$script" start >>/run/boot.log 2>&1 </dev/null ;;
	esac
done
python3 -I /lab/inside/agent.py /dev/ttyS0 &
wait $!
poweroff -f -f
