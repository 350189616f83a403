#!/usr/bin/env bash
# Counts the instructions of a training step, which do not depend on the load of the machine.
#
#   measure.sh [CRATE_PATH…]     # versions of the crate; default: this one
#
# Needs valgrind. Its callgrind knows AVX2 but not AVX-512. The networks are those of `surfaces` and `digits32` in
# `../peers/workloads.json`, trained by `fit`. The count is the difference of two runs, so it contains no start of a process.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR RUSTFLAGS

# count PROGRAM NETWORK EPOCHS: prints the number of instructions.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$1" "$2" "$3" 2>&1 | awk '/Collected/ { print $NF }'
}

for crate in "${@:-$here/../..}"; do
    crate=$(cd "$crate" && pwd)
    package="$folder/$(cksum <<<"$crate" | cut -d ' ' -f 1)"
    mkdir -p "$package/src"
    cp "$here/main.rs" "$package/src/main.rs"
    [[ ! -f $crate/Cargo.lock ]] || cp "$crate/Cargo.lock" "$package/Cargo.lock"
    printf '[package]\nname = "instructions"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[dependencies]\nndarray-dnn = { path = "%s" }\n' \
        "$crate" >"$package/Cargo.toml"
    cargo build --quiet --release --manifest-path "$package/Cargo.toml"
    program="$package/target/release/instructions"
    # Mini-batches of an epoch, and epochs.
    for network in 'surfaces 3 40' 'digits32 56 2'; do
        read -r name minibatches epochs <<<"$network"
        first=$(count "$program" "$name" "$epochs")
        second=$(count "$program" "$name" $((2 * epochs)))
        printf '%-9s %10d instructions a step   %s\n' "$name" $(((second - first) / (minibatches * epochs))) "$crate"
    done
done
