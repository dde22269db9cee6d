#!/usr/bin/env bash
# Runs real programs that nobody here compiled for Coffer, and compares what they print with what they should.
#
#   eng/guests.sh [GROUP…]     groups: languages wasm3 sightglass npm; all of them when none is given
#
# COFFER           the command to run programs with (default: the release build in artifacts/)
# COFFER_TESTDATA  the test data (default: ../shared/testdata)
# GUESTS_NPM       where npm packages are, or are installed (default: a temporary directory)
# GUESTS_TIMEOUT   seconds for one program (default: 120)
set -u -o pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
coffer=${COFFER:-$root/artifacts/bin/Coffer.Cli/release/coffer}
data=${COFFER_TESTDATA:-$root/../shared/testdata}
limit=${GUESTS_TIMEOUT:-120}
expected=$root/eng/guests/expected
bench=$root/eng/guests/bench.wat
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

report() { # verdict name reason
    printf '%-5s %-48s %s\n' "$1" "$2" "$3"
    case $1 in PASS) passed=$((passed + 1)) ;; FAIL) failed=$((failed + 1)) ;; *) skipped=$((skipped + 1)) ;; esac
}

# Runs the command with options; output, error output and exit code stay in $work/out, $work/err and $code.
run() { # directory input argument…
    local directory=$1 input=$2
    shift 2
    local started=${EPOCHREALTIME/./}
    (cd "$directory" && exec timeout "$limit" "$coffer" run "$@") <"$input" >"$work/out" 2>"$work/err"
    code=$?
    took=$(((${EPOCHREALTIME/./} - started) / 1000))
}

first_error() { head -n 1 "$work/err" | cut -c 1-160; }

# What was run, against an exit code and a text; line ends at its end do not matter.
compare() { # name code expected-text
    if [ "$code" -ne "$2" ]; then
        report FAIL "$1" "exit code $code instead of $2: $(first_error)"
    elif [ "$(tr -d '\0' <"$work/out")" != "$3" ]; then
        report FAIL "$1" "output differs: $(diff <(echo "$3") "$work/out" | sed -n 2p | cut -c 1-120)"
    else
        report PASS "$1" "$took ms"
    fi
}

compare_sha1() { # name sha1
    local sum
    sum=$(sha1sum <"$work/out" | cut -d ' ' -f 1)
    if [ "$code" -ne 0 ]; then
        report FAIL "$1" "exit code $code: $(first_error)"
    elif [ "$sum" != "$2" ]; then
        report FAIL "$1" "output has SHA-1 $sum"
    else
        report PASS "$1" "$took ms"
    fi
}

compare_pattern() { # name glob
    # shellcheck disable=SC2053 # the right side is a pattern
    if [ "$code" -ne 0 ]; then
        report FAIL "$1" "exit code $code: $(first_error)"
    elif [[ $(<"$work/out") != $2 ]]; then
        report FAIL "$1" "output does not match: $(head -n 1 "$work/out" | cut -c 1-120)"
    else
        report PASS "$1" "$took ms"
    fi
}

languages() {
    local guests=$data/guests name
    mkdir -p "$work/data"
    fresh() { rm -rf "${work:?}/data" && mkdir "$work/data" && printf 'hello world' >"$work/data/in.txt"; }

    fresh
    run "$guests/c" /dev/null --env FOO=bar --dir "$work/data::/data" hello.wasm /data/in.txt
    compare c/hello 7 "$(<"$expected/c-hello.txt")"
    if [ "$(cat "$work/data/out.txt" 2>&1)" = "written 3.142" ]; then report PASS c/hello-file ""; else report FAIL c/hello-file "wrong content"; fi
    run "$guests/c" /dev/null simd.wasm
    compare c/simd 0 'dot=1.04755e+06'
    for name in sjlj_legacy sjlj_exnref; do
        run "$guests/c" /dev/null $name.wasm
        compare c/$name 0 'setjmp r=42'
    done
    run "$guests/cpp" /dev/null hello.wasm a b
    compare cpp/hello 0 "$(<"$expected/cpp-hello.txt")"
    for name in eh_legacy eh_exnref; do
        run "$guests/cpp" /dev/null $name.wasm
        compare cpp/$name 0 "$(<"$expected/cpp-eh.txt")"
        run "$guests/rust" /dev/null $name.wasm
        compare rust/$name 0 "$(<"$expected/rust-eh.txt")"
    done
    fresh
    run "$guests/rust" /dev/null --env FOO=bar --dir "$work/data::/data" hello.wasm /data
    compare rust/hello 5 "$(<"$expected/rust-hello.txt")"
    fresh
    run "$guests/go" /dev/null --env FOO=bar --dir "$work/data::/data" hello.wasm /data
    compare go/hello 6 "$(<"$expected/go-hello.txt")"
    run "$guests/assemblyscript" /dev/null hello_wasi.wasm
    compare assemblyscript/hello 0 "$(<"$expected/assemblyscript-hello.txt")"
    fresh
    run "$guests/zig" /dev/null --dir "$work/data::/" hello.wasm in.txt
    compare zig/hello 4 "$(<"$expected/zig-hello.txt")"
}

# The programs, arguments and results that wasm3 lists for its own tests.
wasm3() {
    local directory=$data/bench/wasm3
    node -e '
        for (const test of JSON.parse(require("fs").readFileSync(process.argv[1])))
            console.log([test.wasm, test.stdin ?? "", test.stdout_sha1 ?? "", test.pattern ?? "", ...test.args].join("\x1f"));
        ' "$directory/EXPECTED.json" >"$work/wasm3"
    while IFS= read -r line; do
        local fields=()
        IFS=$'\x1f' read -r -a fields <<<"$line"
        local module=${fields[0]} input=/dev/null
        [ -n "${fields[1]}" ] && input=$directory/${fields[1]}
        run "$directory" "$input" --dir . "$module" "${fields[@]:4}"
        local name="wasm3/$(basename "$module" .wasm) ${fields[*]:4}"
        if [ -n "${fields[2]}" ]; then
            compare_sha1 "$name" "${fields[2]}"
        else
            compare_pattern "$name" "${fields[3]}"
        fi
    done <"$work/wasm3"
}

sightglass() {
    local module directory name output
    while IFS= read -r module; do
        directory=$(dirname "$module")
        name=$(basename "$module" .wasm)
        # A component has a layer number where a module has the second half of its version: not WASI 0.1.
        [ "$(od -An -tu2 -j6 -N2 "$module")" -eq 0 ] || continue
        run "$directory" /dev/null --dir . --preload "bench=$bench" "$name.wasm"
        output=$directory/$name.stdout.expected
        [ -f "$output" ] || output=$directory/default.stdout.expected
        # A few have no expectation for their output: they check themselves and say so by their exit code.
        [ -f "$output" ] || output=$work/out
        compare "sightglass/${directory##*/}/$name" 0 "$(<"$output")"
    done < <(find "$data/bench/sightglass" -name '*.wasm' | sort)
}

# Language implementations and compilers, each tens of megabytes, have a script of their own.
npm_packages() {
    local verdict name rest
    while read -r verdict name rest; do
        case $verdict in PASS | FAIL | SKIP) report "$verdict" "npm/$name" "$rest" ;; esac
    done < <(COFFER=$coffer PROGRAMS_NPM=${GUESTS_NPM:-$work/npm} PROGRAMS_TIMEOUT=$limit "$root/eng/programs.sh")
}

[ -x "$coffer" ] || { echo "no $coffer: dotnet build -c Release src/Coffer.Cli" >&2; exit 2; }
for group in "${@:-all}"; do
    case $group in
        languages) languages ;;
        wasm3) wasm3 ;;
        sightglass) sightglass ;;
        npm) npm_packages ;;
        all) languages && wasm3 && sightglass && npm_packages ;;
        *) echo "no group $group" >&2; exit 2 ;;
    esac
done
[ "$skipped" -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
