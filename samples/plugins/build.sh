#!/usr/bin/env bash
# Makes the plugins again from their sources. Needs rustc with the target wasm32-unknown-unknown, Go 1.24 and npm; what is
# missing is said, and the module that is there stays.
set -u
cd "$(dirname "$0")"

attempt() { # name command…
    local name=$1
    shift
    if "$@"; then echo "$name: made"; else echo "$name: not made; $name.wasm stays as it is" >&2; fi
}

rust() {
    ${RUSTC:-rustc} --target wasm32-unknown-unknown --crate-type cdylib -C opt-level=s -C lto -C panic=abort -C strip=symbols \
        ${RUSTFLAGS:-} -o counter.wasm rust/counter.rs
}

golang() { GOOS=wasip1 GOARCH=wasm ${GO:-go} build -buildmode=c-shared -trimpath -ldflags="-s -w" -o shout.wasm go/shout.go; }

assemblyscript() { npx --yes --package assemblyscript@0.28 -- asc assemblyscript/swap.ts -O --runtime stub --use abort= -o swap.wasm; }

attempt counter rust
attempt shout golang
attempt swap assemblyscript
