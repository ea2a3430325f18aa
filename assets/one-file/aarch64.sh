#!/bin/sh
# Builds for 64-bit ARM on x86_64: `aarch64.sh SOURCES TARGET ZIG PYTHON` is interpreter.sh with ZIG, a
# C compiler that brings a musl, and PYTHON, of the same version, which does what the build has Python
# do.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
zig=$3
platform=aarch64-linux-musl
mkdir -p "$2/bin"
target=$(cd "$2" && pwd)
# Zig takes __DATE__ for a fault; it is that of SOURCE_DATE_EPOCH.
for tool in "cc -target $platform -Wno-date-time" ar ranlib; do
	printf '#!/bin/sh\nexec %s %s "$@"\n' "$zig" "$tool" >"$target/bin/${tool%% *}"
done
chmod 755 "$target"/bin/*
export CC="$target/bin/cc" AR="$target/bin/ar" RANLIB="$target/bin/ranlib" CHOST="$platform"
export ZIG_GLOBAL_CACHE_DIR="$target/zig" ZIG_LOCAL_CACHE_DIR="$target/zig"

# What configure learns by a program that it runs: as it is for x86_64.
set -- "$1" "$target" "$platform" "--with-build-python=$4"
for name in computed_gotos file__dev_ptmx pthread_is_default pthread_system_supported \
	working_tzset; do
	set -- "$@" "ac_cv_$name=yes"
done
# Without the first Python hashes in another way.
for name in aligned_required broken_sem_getvalue buggy_getaddrinfo file__dev_ptc; do
	set -- "$@" "ac_cv_$name=no"
done
sh "$here/interpreter.sh" "$@"

# Of Zig itself the file has functions for what the processor lacks.
cd "$target/licences"
cp "$(dirname "$zig")/LICENSE" zig
cp "$(dirname "$zig")/lib/libc/musl/COPYRIGHT" musl
cp "$(dirname "$zig")/lib/libc/musl/src/internal/version.h" musl-version.h
