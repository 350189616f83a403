#!/usr/bin/env bash
# Measures the crate in a small program of a user: its speed in release and debug builds, and the time of a build after an
# edit of the program.
#
#   measure.sh [CRATE_PATH]
#
# CRATE_PATH is the folder of the crate; by default the folder two levels above this script. Everything is built in a
# temporary folder. The script prints the microseconds per step of `fit`, the minimum over many calls of one epoch each:
#
#   release    `cargo build --release`
#   tuned dev  `cargo build` with `[profile.dev.package.ndarray-dnn] opt-level = 3` in the user's Cargo.toml
#   plain dev  `cargo build`
#
# with the speed of each build as a share of the release build's, and the seconds of `cargo build --release` after a change
# of a constant in main.rs, best of three. The environment variable CORE pins the program to that core; default: any.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
crate=$(cd "${1:-$here/../..}" && pwd)
grep -q '^name = "ndarray-dnn"' "$crate/Cargo.toml" || { echo "measure.sh: $crate is not the crate" >&2; exit 2; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/src"
cp "$here/main.rs" "$folder/src/main.rs"
# The same versions of the dependencies as in the crate.
[[ ! -f $crate/Cargo.lock ]] || cp "$crate/Cargo.lock" "$folder/Cargo.lock"
cat >"$folder/Cargo.toml" <<TOML
[package]
name = "user"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
ndarray-dnn = { path = "$crate" }
TOML
cd "$folder"
# The caller's settings must not affect these builds.
unset CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR CARGO_INCREMENTAL RUSTFLAGS

# run BINARY FITS RUNS: prints the lowest time of each network, as "digits32 12.3" and "surfaces 1.2".
run() {
    local pinned=()
    [[ -z ${CORE:-} ]] || pinned=(taskset -c "$CORE")
    for ((i = 0; i < $3; i++)); do
        "${pinned[@]}" "$1" "$2"
    done | awk '!($1 in least) || $2 < least[$1] { least[$1] = $2 } END { for (name in least) print name, least[name] }'
}

cargo build --quiet --release --target-dir release
cargo build --quiet --target-dir tuned --config 'profile.dev.package.ndarray-dnn.opt-level=3'
cargo build --quiet --target-dir plain

{
    run release/release/user 1000 5 | sed 's/^/release /'
    run tuned/debug/user 200 3 | sed 's/^/tuned /'
    run plain/debug/user 30 2 | sed 's/^/plain /'
} | awk '
    { took[$1, $2] = $3 }
    function show(build, title) {
        printf "%-10s", title
        printf " %12.3f %9.4f", took[build, "digits32"], took["release", "digits32"] / took[build, "digits32"]
        printf " %12.3f %9.4f\n", took[build, "surfaces"], took["release", "surfaces"] / took[build, "surfaces"]
    }
    END {
        printf "%-10s %12s %9s %12s %9s\n", "us per step", "digits32", "of release", "surfaces", "of release"
        show("release", "release"); show("tuned", "tuned dev"); show("plain", "plain dev")
    }'

best=
TIMEFORMAT='%R %U %S'
for seed in 2 3 4; do
    sleep 1.1 # the file system's time stamps may be whole seconds
    sed -i "s/^const SEED: u64 = .*/const SEED: u64 = $seed;/" src/main.rs
    took=$({ time cargo build --quiet --release --target-dir release >&3 2>&3; } 3>&2 2>&1)
    best=$(printf '%s\n' ${best:+"$best"} "$took" | sort -n | head -n 1)
done
awk '{ printf "release build after an edit of main.rs: %.2f s (%.2f s of processor time)\n", $1, $2 + $3 }' <<<"$best"
