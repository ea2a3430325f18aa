#!/bin/bash
# sandbox.sh FOLDER COMMAND...: runs it as root of a copy-on-write copy of this machine.
#
# A mutant of a program that runs as root can do anything. Here it has no network but its own
# loopback, sees no process but those it started, has no device and can make none; what it writes
# goes with it, but for FOLDER, which is /io in there.
set -e
if [ "$1" != --inside ]; then
    FOLDER=$(readlink -f "$1")
    shift
    mkdir -p "$FOLDER" "$FOLDER.box"
    exec unshare --kill-child --net --mount --pid --fork --ipc --uts --propagation private \
        "$0" --inside "$FOLDER" "$@"
fi
FOLDER=$2
BOX=$FOLDER.box
ROOT=$BOX/root
shift 2
mount -t tmpfs -o size=5g,mode=755 box "$BOX"
mkdir "$BOX/upper" "$BOX/work" "$ROOT"
mount -t overlay overlay -o "lowerdir=/,upperdir=$BOX/upper,workdir=$BOX/work" "$ROOT"
mkdir -p "$ROOT/io" "$ROOT/.old"
mount -t tmpfs -o size=1m,mode=755 dev "$ROOT/dev"
for node in null zero full random urandom tty; do
    touch "$ROOT/dev/$node"
    mount --bind "/dev/$node" "$ROOT/dev/$node"
done
mkdir "$ROOT/dev/shm" "$ROOT/dev/pts"
mount -t tmpfs -o size=512m shm "$ROOT/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 pts "$ROOT/dev/pts"
ln -s pts/ptmx "$ROOT/dev/ptmx"
ln -s /proc/self/fd "$ROOT/dev/fd"
mount -t proc proc "$ROOT/proc"
mount -t sysfs -o ro sys "$ROOT/sys"
mount -t tmpfs -o size=2g tmp "$ROOT/tmp"
mount -t tmpfs -o size=64m run "$ROOT/run"
mount --bind "$FOLDER" "$ROOT/io"
cd "$ROOT"
pivot_root . .old
cd /
umount -l /.old
ip link set lo up
# Nothing of it may go on outside, or eat the machine.
links=$(ls /sys/class/net)
[ "$links" = lo ] || { echo "sandbox: it sees $links" >&2; exit 1; }
ulimit -f 1000000 -v 6000000 -u 4000 -c 0
exec setpriv --no-new-privs --bounding-set \
    -mknod,-sys_module,-sys_rawio,-sys_boot,-sys_time,-syslog,-linux_immutable,-bpf,-perfmon \
    nice -n 19 "$@"
