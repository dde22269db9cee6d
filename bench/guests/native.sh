#!/usr/bin/env bash
# native.sh DEBIAN MODULE PROGRAM: makes a program of a WASI 0.1 module by wasm2c (of the packages unpacked in DEBIAN) and
# gcc -O2, around native-guest.c.
set -eu
debian=$1 module=$2 program=$3
guests=$(cd "$(dirname "$0")" && pwd)
libraries=$debian/usr/lib/x86_64-linux-gnu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" "$debian/usr/bin/wasm2c" -n guest "$module" -o "$work/guest.c"
flags=(-O2 -w -I"$work" -I"$debian/usr/include" -I"$debian/usr/src/wasm2c" -I"$guests")
if grep -q 'struct w2c_bench;' "$work/guest.h"; then flags+=(-DHAS_BENCH); fi
gcc "${flags[@]}" "$guests/native-guest.c" "$work/guest.c" "$debian"/usr/share/wabt/wasm2c/wasm-rt-{impl,mem-impl}.c -lm -o "$program"
