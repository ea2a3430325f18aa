#!/bin/sh
# Installs what the lab needs on Debian 12: the kernel that runs as a process, the maker of the
# guest's root, the modules' tools, and ip for tests in namespaces of their own. Everything else
# (ifupdown, ifenslave, bridge-utils, ping …) goes into the guest's root, never onto this machine.
# Says nothing when all is there.
set -eu

missing=
for pair in linux.uml:user-mode-linux mmdebstrap:mmdebstrap depmod:kmod ip:iproute2; do
	PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "lab: needs$missing; install them as root with apt-get" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
	# shellcheck disable=SC2086 # a list of package names
	apt-get -qq install -y --no-install-recommends $missing >"$log" 2>&1
}
# The package lists of a fresh image are often absent or old: refresh them only when that matters.
install || { apt-get -qq update >"$log" 2>&1 && install; } || { cat "$log" >&2; exit 1; }
