#!/usr/bin/env bash
# Measures what a small program costs that learns x₁·x₂ with this crate, and with other crates.
#
#   measure.sh [NAME…]     # ours, rustyml, candle, burn; default: all
#
# Every program is built in a temporary folder, by a clean `cargo build --release` with the features that it needs alone. A line
# holds the packages that it is built from, the seconds of the build, the seconds of processor time in it, the bytes of the
# stripped program, and what the program prints.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
crate=$(cd "$here/../.." && pwd)
declare -A dependencies=(
    [ours]="ndarray-dnn = { path = \"$crate\" }"
    [rustyml]='rustyml = { version = "0.17", default-features = false, features = ["neural_network"] }
ndarray = "0.17"'
    [candle]='candle-core = "0.11"
candle-nn = "0.11"'
    [burn]='burn = { version = "0.22.1", default-features = false, features = ["std", "autodiff", "optim", "flex", "simd"] }'
)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR RUSTFLAGS

echo '| | lines | packages | build, s | processor, s | bytes, stripped | prints |'
echo '|---|---:|---:|---:|---:|---:|---|'
for name in "${@:-ours rustyml candle burn}"; do
    for name in $name; do
        mkdir -p "$folder/$name/src"
        cp "$here/$name.rs" "$folder/$name/src/main.rs"
        printf '[package]\nname = "program"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[dependencies]\n%s\n' \
            "${dependencies[$name]}" >"$folder/$name/Cargo.toml"
        cd "$folder/$name"
        cargo fetch --quiet
        packages=$(cargo tree --edges normal,build --prefix none | awk '{ print $1, $2 }' | sort -u | wc -l)
        TIMEFORMAT='%R %U %S'
        took=$({ time cargo build --quiet --release 2>&3; } 3>&2 2>&1)
        strip -o stripped target/release/program
        lines=$(grep -c . src/main.rs)
        awk -v name="$name" -v lines="$lines" -v packages="$packages" -v bytes="$(stat -c %s stripped)" \
            -v prints="$(target/release/program | sed -n 1p)" \
            '{ printf "| %s | %d | %d | %.1f | %.1f | %d | %s |\n", name, lines, packages - 1, $1, $2 + $3, bytes, prints }' <<<"$took"
    done
done
