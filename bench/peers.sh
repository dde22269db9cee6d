#!/usr/bin/env bash
# Installs the other engines into a folder, from the package registries that this machine uses: Wasmtime from NuGet,
# JavaScriptCore (in bun) and a host of policies (opa-wasm) from npm; WasmEdge and wasm2c from a Debian release that has
# them, unpacked beside the system's own packages and run with their own C library, so that nothing of the system
# changes. What cannot be installed is said in FOLDER/NAME.missing, and the report repeats it.
#
#   bench/peers.sh FOLDER
set -u -o pipefail

folder=$1
guests=$(cd "$(dirname "$0")" && pwd)/guests
release=${COFFER_BENCH_DEBIAN:-trixie}
wasmtime=50.0.1
bun=@oven/bun-linux-x64@1.4.5
policies=@open-policy-agent/opa-wasm@1.10.0
mkdir -p "$folder" && folder=$(cd "$folder" && pwd) || exit 1
debian=$folder/debian
libraries=$debian/usr/lib/x86_64-linux-gnu
libwasmtime=$folder/nuget/wasmtime/$wasmtime/runtimes/linux-x64/native

missing() { # name reason
    echo "$2" >"$folder/$1.missing"
    echo "$1 is not installed: $2" >&2
}

npm_package() { # name package
    rm -f "$folder/$1.missing"
    [ ! -d "$folder/npm/node_modules/${2%@*}" ] || return 0
    command -v npm >/dev/null || { missing "$1" "there is no npm"; return; }
    mkdir -p "$folder/npm"
    timeout 300 npm install --no-audit --no-fund --prefix "$folder/npm" "$2" >"$folder/npm.log" 2>&1 ||
        missing "$1" "npm install $2: $(grep -m 1 -i error "$folder/npm.log")"
}

# The library of Wasmtime, which the package of it for .NET brings for every system.
wasmtime_package() {
    [ ! -d "$libwasmtime" ] || return 0
    command -v dotnet >/dev/null || { echo "there is no dotnet"; return 1; }
    mkdir -p "$folder/restore"
    cat >"$folder/restore/restore.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageDownload Include="Wasmtime" Version="[$wasmtime]" /></ItemGroup>
</Project>
XML
    timeout 300 dotnet restore --packages "$folder/nuget" "$folder/restore/restore.csproj" >"$folder/nuget.log" 2>&1 ||
        { echo "dotnet restore of Wasmtime $wasmtime: $(grep -m 1 -i error "$folder/nuget.log")"; return 1; }
    [ -d "$libwasmtime" ] || { echo "the package Wasmtime $wasmtime has no library for this system"; return 1; }
}

build_wasmtime() {
    gcc -O2 -o "$folder/wasmtime-guest" "$guests/wasmtime-guest.c" -L"$libwasmtime" -lwasmtime -Wl,-rpath,"$libwasmtime"
}

# The system's first repository but the one for security.
repository() { # options of apt-get
    apt-get indextargets "$@" --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -v security | head -n 1
}

# The packages and all that they need, as on a system that has nothing.
debian_packages() {
    [ ! -e "$debian/usr/bin/wasm2c" ] || [ ! -e "$libraries/libwasmedge.so" ] || return 0
    local apt=$folder/apt uri options
    uri=$(repository)
    if [ -z "$uri" ]; then
        # A system that has never asked its repositories knows their addresses all the same.
        mkdir -p "$apt/system/partial"
        timeout 300 apt-get -qq -o "Dir::State::Lists=$apt/system" update >&2
        uri=$(repository -o "Dir::State::Lists=$apt/system")
    fi

    [ -n "$uri" ] || { echo "no Debian repository is known here"; return 1; }
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$debian"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $release main" >"$apt/sources.list"
    : >"$apt/status"
    options=(-qq -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$apt/lists" -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache"
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null -o Debug::NoLocking=1)
    timeout 300 apt-get "${options[@]}" update >&2 || { echo "apt-get update for $release failed"; return 1; }
    timeout 600 apt-get "${options[@]}" install -y --no-install-recommends --download-only \
        wabt wasmedge libwasmedge-dev libsimde-dev >&2 || { echo "$release has no wabt and wasmedge"; return 1; }
    for package in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$package" "$debian" || return 1; done
    rm -rf "$apt"
}

build_wasmedge() {
    gcc -O2 -Wno-deprecated-declarations -I"$debian/usr/include" -o "$folder/wasmedge-guest" "$guests/wasmedge-guest.c" \
        -L"$libraries" -l:libwasmedge.so.0 -Wl,--unresolved-symbols=ignore-all
}

npm_package javascriptcore "$bun"
npm_package policies "$policies"
rm -f "$folder/wasmtime.missing" "$folder/wasmedge.missing" "$folder/native.missing"
if ! command -v gcc >/dev/null; then
    missing wasmtime "there is no gcc to build its host"
    missing wasmedge "there is no gcc to build its host"
    missing native "there is no gcc"
    exit 0
fi
if reason=$(wasmtime_package); then
    build_wasmtime 2>"$folder/gcc.log" || missing wasmtime "its host does not build: $(head -n 1 "$folder/gcc.log")"
else
    missing wasmtime "$reason"
fi
if reason=$(debian_packages 2>"$folder/apt.log"); then
    build_wasmedge 2>"$folder/gcc.log" || missing wasmedge "its host does not build: $(head -n 1 "$folder/gcc.log")"
else
    missing wasmedge "$reason"
    missing native "$reason"
fi
exit 0
