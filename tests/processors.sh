#!/usr/bin/env bash
# Runs the tests of exactness, of files and of fingerprints on other processors: aarch64 and s390x, which is big-endian, in an
# emulator, and 32-bit x86.
#
#   processors.sh [aarch64|s390x|i686 …]     # default: all
#
# It needs Debian on x86-64. The compilers for these processors are those of Debian, which have Rust 1.85; they are downloaded
# into target/processors/toolchain. The linkers and the emulator are installed if they are missing, which needs root. It says
# NOT CHECKED, and succeeds, where the packages cannot be had.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The modules of `tests/it`.
tests=(golden laws gradients reference files fingerprints)
# The oldest Rust that must compile library and tests.
rust=1.85
folder=$PWD/target/processors
toolchain=$folder/toolchain
chosen=("$@")
[ $# -gt 0 ] || chosen=(aarch64 s390x i686)

not_checked() {
    echo "NOT CHECKED: other processors: $*"
    exit 0
}

# The name of a processor's packages.
declare -A debian=([aarch64]=arm64 [s390x]=s390x [i686]=i386)
for processor in "${chosen[@]}"; do
    [ -n "${debian[$processor]:-}" ] || { echo "unknown processor $processor" >&2; exit 1; }
done
[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] || not_checked 'this is not Debian on x86-64'

# apt with its own lists, for all these architectures, so that the system's settings stay as they are.
apt_of_all() {
    APT_CONFIG=$toolchain/apt.conf "$@"
}

# The versions of a package for an architecture.
versions() {
    apt_of_all apt-cache madison "$1" 2>/dev/null | awk -F '|' '{ gsub(/ /, "", $2); print $2 }' | sort -u
}

# Downloads and unpacks the compiler and the standard libraries; fails if they cannot be had.
fetch() {
    local name version='' library architecture packages candidate
    mkdir -p "$toolchain"/{lists,cache/archives}/partial "$toolchain/packages"
    cat >"$toolchain/apt.conf" <<-END
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; "arm64"; "s390x"; "i386"; };
		APT::Sandbox::User "root";
		Dir::State::lists "$toolchain/lists";
		Dir::Cache "$toolchain/cache";
	END
    # A list that fails, such as one without these architectures, does no harm.
    apt_of_all timeout 120 apt-get -qq update >/dev/null 2>&1 || true
    # Debian 12 has this Rust as rustc-web, later releases as rustc. The version must be the same for all.
    for name in -web ''; do
        for candidate in $(versions "rustc$name:amd64" | grep "^$rust\\." | sort -rV); do
            for architecture in amd64 arm64 s390x i386; do
                versions "libstd-rust$name-dev:$architecture" | grep -Fqx "$candidate" || continue 2
            done
            version=$candidate
            break 2
        done
    done
    [ -n "$version" ] || return 1
    library="libstd-rust$name-$rust"
    packages=("rustc$name=$version")
    packages+=("$(apt_of_all apt-cache show "$library:amd64=$version" | grep -o 'libllvm[0-9]*' | head -1)")
    for architecture in amd64 arm64 s390x i386; do
        packages+=("$library:$architecture=$version" "libstd-rust$name-dev:$architecture=$version")
    done
    (cd "$toolchain/packages" && apt_of_all timeout 300 apt-get -qq download "${packages[@]}") || return 1
    for package in "$toolchain"/packages/*.deb; do
        dpkg -x "$package" "$toolchain/root"
    done
    rm -r "$toolchain/packages" "$toolchain/cache" "$toolchain/lists"
    # The compiler finds its own libraries, and other programs do not.
    cat >"$toolchain/rustc" <<-END
		#!/bin/sh
		LD_LIBRARY_PATH=$toolchain/root/usr/lib/x86_64-linux-gnu exec $toolchain/root/usr/bin/rustc "\$@"
	END
    chmod +x "$toolchain/rustc"
    "$toolchain/rustc" --version >/dev/null
}

# Installs the linkers and the emulator.
install() {
    local packages=(qemu-user) processor
    for processor in aarch64 s390x i686; do
        packages+=("gcc-$processor-linux-gnu" "libc6-dev-${debian[$processor]}-cross")
    done
    if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
        timeout 120 apt-get -qq update >/dev/null 2>&1 || true
        timeout 300 apt-get -qqy install --no-install-recommends "${packages[@]}" >/dev/null
    fi
}

"$toolchain/rustc" --version >/dev/null 2>&1 || { rm -rf "$toolchain" && fetch; } ||
    not_checked "Debian's Rust $rust cannot be had for them"
install || not_checked 'their linkers or the emulator cannot be installed'
echo "$("$toolchain/rustc" --version), $(qemu-aarch64 --version | head -1)"

# Runs a program of this processor.
runner() {
    local loader=/usr/i686-linux-gnu/lib/ld-linux.so.2
    case $1 in
    # A kernel for x86-64 runs it, unless it was built without this.
    i686) "$loader" --version >/dev/null 2>&1 && echo "$loader --library-path ${loader%/*}" ||
        echo 'qemu-i386 -L /usr/i686-linux-gnu' ;;
    *) echo "qemu-$1 -L /usr/$1-linux-gnu" ;;
    esac
}

export RUSTC=$toolchain/rustc CARGO_PROFILE_DEV_DEBUG=0
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTC_WRAPPER
lines=() status=0
for processor in "${chosen[@]}"; do
    target=$processor-unknown-linux-gnu
    variable=CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$target")
    printf '\n-- %s\n' "$processor"
    began=$SECONDS result=passed
    # Optimised, with checks of overflow, as in `cargo test`.
    test=(env "${variable}_LINKER=$processor-linux-gnu-gcc" "${variable}_RUNNER=$(runner "$processor")"
        cargo test --locked --ignore-rust-version --features safetensors
        --target-dir "$folder" --target "$target" --test it --)
    # The whole names, since `laws::` alone would also choose `stream::laws::`.
    names=$("${test[@]}" --list --format terse | sed -n 's/: test$//p' |
        grep -E "^($(IFS='|' && echo "${tests[*]}"))::") &&
        "${test[@]}" --exact $names || result=FAILED status=1
    lines+=("$(printf '%-8s %s: %s, %d s' "$processor" "$result" "${tests[*]}" $((SECONDS - began)))")
done
echo
printf '%s\n' "${lines[@]}"
exit "$status"
