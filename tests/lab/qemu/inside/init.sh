# PID 1 of the machine: it mounts what an init mounts, names the NICs by their MACs, makes the bond
# the tests are about, and then waits for the agent, reaping orphans.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
echo lab >/etc/hostname
hostname -F /etc/hostname
ln -s /lab/installed/opt/xenbond /opt/xenbond
ln -s /opt/xenbond/bin/xenbond /usr/local/bin/xenbond
for module in virtio_console virtio_net bonding bridge veth; do modprobe "$module"; done
ip link set lo up
port=$(echo /dev/vport*p1)
python3 -I /lab/inside/agent.py "$port" &
wait $!
poweroff -f -f
