#!/bin/sh
# Installs what the lab needs on this machine, a Debian 12 or later: the maker of the guests' roots,
# what takes kernels apart and fits them with the C library of their own release, a C compiler for
# one file of 50 lines, and ip for tests in namespaces of their own. Kernels and network stacks
# (ifupdown, NetworkManager, ping ...) go into the lab's own folder, never onto this machine.
# QEMU is for the lab's second half alone: where it can't be had, that is said, and the rest goes on.
# Says nothing when all is there.
set -eu

missing_of() {
	missing=
	for pair; do
		names=${pair%%=*}
		found=
		for name in $(echo "$names" | tr , ' '); do
			! PATH="$PATH:/usr/sbin:/sbin" command -v "$name" >/dev/null || found=yes
			case $name in *.h) [ ! -e "$name" ] || found=yes ;; esac
		done
		[ -n "$found" ] || missing="$missing ${pair#*=}"
	done
}
base="mmdebstrap=mmdebstrap patchelf=patchelf cc,gcc,tcc=tcc depmod=kmod ip=iproute2"
qemu="qemu-system-x86_64=qemu-system-x86 ssh=openssh-client /bin/busybox=busybox-static cpio=cpio mke2fs=e2fsprogs zstd=zstd"
# `install-deps.sh one-file-MACHINE`, `rpm` and `packages`: what those targets of make need instead.
case ${1:-} in
one-file-*)
	base="musl-gcc=musl-tools gcc=gcc ar=binutils make=make patch=patch xz=xz-utils"
	base="$base /usr/include/linux/if_link.h=linux-libc-dev"
	qemu=
	[ "$1" != one-file-aarch64 ] || qemu="qemu-aarch64-static=qemu-user-static"
	;;
rpm)
	base="rpmbuild=rpm"
	qemu=
	;;
packages)
	base="rpm=rpm rpmlint=rpmlint lintian=lintian busybox=busybox-static"
	qemu=
	;;
esac
# shellcheck disable=SC2086 # lists of words
missing_of $base $qemu
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "lab: needs$missing; install them as root with apt-get" >&2
	# shellcheck disable=SC2086
	missing_of $base
	[ -z "$missing" ] || exit 1
	exit 0
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Another apt may be at work, as on a machine that has just booted: it is waited for.
install() {
	# shellcheck disable=SC2086 # a list of package names
	apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends $missing >"$log" 2>&1
}
# The package lists of a fresh image are often absent or old: refresh them only when that matters.
refreshed() {
	apt-get -qq update >"$log" 2>&1 && install
}
# shellcheck disable=SC2086
for list in "$base" "$qemu"; do
	missing_of $list
	[ -z "$missing" ] || install || refreshed || {
		cat "$log" >&2
		[ "$list" = "$qemu" ] || exit 1
		echo "lab: without QEMU" >&2
	}
done
