#!/bin/sh
# Builds CPython without anything of this machine in it: `interpreter.sh SOURCES TARGET` compiles the
# archives in SOURCES with musl, linked statically, and leaves `xenbond`, the stripped program whose
# main is main.c, and `licences` of what is in it. Modules that nothing of ours imports are left out.
# The same sources and tools make the same bytes: no build path and no date gets in.
# `interpreter.sh SOURCES TARGET PLATFORM WORD...` does it for another platform: there CC, AR and RANLIB
# are the caller's, and the words go to Python's configure.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
sources=$(cd "$1" && pwd)
target=$2
mkdir -p "$target"
target=$(cd "$target" && pwd)
build=x86_64-linux-musl
platform=${3:-$build}
shift 2
[ $# = 0 ] || shift
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0
jobs=${JOBS:-$(nproc)}

cd "$target"
for archive in "$sources"/*.tar.?z; do
	tar --no-same-owner -xf "$archive"
done
mv Python-* python && mv xz-* xz && mv zlib-* zlib
patch -s -d python -p1 <"$here/zipimport.patch"

mkdir -p lib
if [ "$platform" = "$build" ]; then
	# musl-gcc looks for no headers of the kernel, and does not know the name of its own platform.
	mkdir headers bin
	for name in linux asm-generic mtd; do
		ln -s "/usr/include/$name" headers/
	done
	ln -s /usr/include/x86_64-linux-gnu/asm headers/
	cat >bin/cc <<-END
		#!/bin/sh
		case " \$* " in *" --print-multiarch "*) echo $platform; exit ;; esac
		exec musl-gcc -idirafter $target/headers "\$@"
	END
	chmod 755 bin/cc
	export CC="$target/bin/cc"
fi
export CFLAGS="-O2 -g0 -ffile-prefix-map=$target=. -fno-asynchronous-unwind-tables"
export CFLAGS="$CFLAGS -ffunction-sections -fdata-sections"

(
	cd zlib
	./configure --static --prefix="$target/lib"
	make -j"$jobs" libz.a
) >zlib.log 2>&1
(
	cd xz
	./configure --build="$build" --host="$platform" --disable-shared --disable-nls --disable-xz \
		--disable-xzdec --disable-lzmadec --disable-lzmainfo --disable-scripts --disable-doc \
		--disable-threads
	make -j"$jobs" -C src/liblzma
) >xz.log 2>&1

left_out=
for name in _ssl _hashlib _sqlite3 _dbm _gdbm _tkinter readline _curses _curses_panel _uuid _bz2 \
	_ctypes _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw \
	_multibytecodec pyexpat _elementtree _zoneinfo _lsprof _statistics _multiprocessing \
	_posixshmem _interpreters _interpchannels _interpqueues; do
	left_out="$left_out py_cv_module_$name=n/a"
done
(
	cd python
	# shellcheck disable=SC2086 # a list of words
	./configure --build="$build" --host="$platform" --disable-shared --without-ensurepip \
		--disable-test-modules --without-doc-strings --with-system-libmpdec=no \
		MODULE_BUILDTYPE=static LDFLAGS=-static LINKFORSHARED=" " \
		ZLIB_CFLAGS="-I$target/zlib" ZLIB_LIBS="-L$target/zlib -lz" \
		LIBLZMA_CFLAGS="-I$target/xz/src/liblzma/api" \
		LIBLZMA_LIBS="-L$target/xz/src/liblzma/.libs -llzma" $left_out "$@"
	make -j"$jobs" python
) >python.log 2>&1

# The library's archives beside the interpreter's own; what none of them asks for is dropped.
# musl's threads have 128 KiB of stack unless the program says how much: 8 MiB, as elsewhere.
python=$target/python
# shellcheck disable=SC2046,SC2086 # lists of words
"$CC" $CFLAGS -static -s -Wl,--gc-sections -Wl,-z,stack-size=0x800000 -Wl,--build-id=none \
	-I"$python" -I"$python/Include" -I"$python/Include/internal" -o xenbond "$here/main.c" \
	"$python"/libpython3.13.a $(find "$python/Modules" -name "lib*.a" | sort) \
	-L"$target/zlib" -lz -L"$target/xz/src/liblzma/.libs" -llzma -lm
[ "$platform" != "$build" ] || strip "$python/python"

mkdir licences
cp "$python/LICENSE" licences/python
cp "$python/Doc/license.rst" licences/python-incorporated
cp xz/COPYING.0BSD licences/liblzma
cp zlib/LICENSE licences/zlib
