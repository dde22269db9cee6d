#!/bin/sh
# Builds hello.wasm, and with a folder as argument the same program for this machine in it. Needs Debian's rustc,
# libstd-rust-dev-wasm32 and lld (any version).
set -e
cd "$(dirname "$0")"
linker=$(ls /usr/bin/wasm-ld* | head -1)
/usr/bin/rustc --target wasm32-wasi -O -C strip=symbols -C linker="$linker" -o "${1:-.}/hello.wasm" hello.rs
[ -z "$1" ] || /usr/bin/rustc -O -o "$1/hello" hello.rs
