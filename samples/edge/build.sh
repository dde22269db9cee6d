#!/bin/sh
# Makes the modules of the samples again from their sources; with a folder as argument, hello.rs for this machine in it, by the rustc that
# RUSTC names or is in the path. Needs Debian's rustc, libstd-rust-dev-wasm32 and lld (any version), and Go for one of them.
set -e
cd "$(dirname "$0")"
if [ -n "$1" ]; then
    "${RUSTC:-rustc}" -O -C strip=symbols -o "$1/hello" hello.rs
    exit
fi

linker=$(ls /usr/bin/wasm-ld* | head -1)
wasm() { /usr/bin/rustc --target wasm32-wasi -O -C strip=symbols -C panic=abort -C linker="$linker" -o "$@"; }

wasm hello.wasm hello.rs
wasm again.wasm again.rs --crate-type=cdylib
wasm notes.wasm notes/notes.rs
wasm markdown.wasm markdown/markdown.rs
GOOS=wasip1 GOARCH=wasm GO111MODULE=off "${GO:-go}" build -trimpath -ldflags="-s -w" -o words.wasm go/handler.go
