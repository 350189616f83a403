#!/usr/bin/env bash
# Builds the programs and checks them with 1 to 4 ranks on this machine, and as root also on two hosts, which are two
# network namespaces. Ends with status 1 at the first failure. Needs an MPI library and libclang; see README.md.
set -euo pipefail
cd "$(dirname "$0")"

# Allows MPI to run as root, as it does in a container.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
programs=${CARGO_TARGET_DIR:-target}/release
folder=$(mktemp -d)
spaces=("dnn-a-$$" "dnn-b-$$")
hosts=(10.199.77.1 10.199.77.2)
finish() {
    for space in "${spaces[@]}"; do
        ip netns delete "$space" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap finish EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# Runs a program on so many ranks. A failure of MPI is usually that ranks wait for ever, so there is a limit.
ranks() {
    local count=$1
    shift
    timeout -k 5 60 mpirun --oversubscribe --mca mpi_yield_when_idle 1 -n "$count" "$@"
}

# Runs a command that must fail by itself, and not by the limit.
fails() {
    local status=0
    "$@" >"$folder/output" 2>&1 || status=$?
    [ "$status" -ne 0 ] || fail "it succeeded: $*"
    [ "$status" -ne 124 ] || fail "it did not end: $*"
}

same() {
    cmp "$1" "$2" || fail "$3"
    echo "$3: the same bits"
}

cargo build --release --locked

for count in 1 2 3 4; do
    echo "== $count ranks"
    ranks "$count" "$programs/verify" all --out "$folder/parts-$count"
    same "$folder/parts-1" "$folder/parts-$count" "fixed parts, $count ranks and 1"
    ranks "$count" "$programs/verify" run --out "$folder/whole"
    rm -f "$folder/checkpoint"
    fails ranks "$count" "$programs/verify" run --checkpoint "$folder/checkpoint" --kill-in 8
    [ -s "$folder/checkpoint" ] || fail "no checkpoint"
    ranks "$count" "$programs/verify" run --checkpoint "$folder/checkpoint" --out "$folder/restarted"
    same "$folder/whole" "$folder/restarted" "restarted after a rank was killed, and undisturbed, $count ranks"
done

echo '== an error of one rank'
fails ranks 1 "$programs/train" : -n 1 "$programs/train" --data missing.csv
grep 'rank 1 of 2: No such file' "$folder/output" || fail 'the error of rank 1 was not printed'

echo '== train'
ranks 2 "$programs/train" --epochs 10 --checkpoint "$folder/digits" >/dev/null
ranks 3 "$programs/train" --epochs 60 --checkpoint "$folder/digits" --out "$folder/best" | tee "$folder/output"
grep -q '10 epochs are done' "$folder/output" || fail 'it did not continue'
grep -qE '^(9[5-9]\.|100)[0-9.]* % of the validation rows' "$folder/output" || fail 'the network is not good enough'

echo '== two hosts'
lay_cable() {
    ip netns add "${spaces[0]}" && ip netns add "${spaces[1]}" || return 1
    ip link add "va$$" netns "${spaces[0]}" type veth peer name "vb$$" netns "${spaces[1]}" || return 1
    local i link
    for i in 0 1; do
        link=(va$$ vb$$)
        ip -n "${spaces[i]}" address add "${hosts[i]}/24" dev "${link[i]}"
        ip -n "${spaces[i]}" link set "${link[i]}" up
        ip -n "${spaces[i]}" link set lo up
    done
}
if [ "$(id -u)" -eq 0 ] && command -v ip >/dev/null && lay_cable 2>"$folder/output"; then
    # In place of ssh: runs a command on a host.
    cat >"$folder/agent" <<EOT
#!/usr/bin/env bash
case \$1 in
${hosts[0]}) space=${spaces[0]} ;;
${hosts[1]}) space=${spaces[1]} ;;
*) echo "unknown host \$1" >&2; exit 1 ;;
esac
shift
exec ip netns exec "\$space" bash -c "\$*"
EOT
    chmod +x "$folder/agent"
    on_hosts() {
        timeout -k 5 60 ip netns exec "${spaces[0]}" mpirun --mca plm_rsh_agent "$folder/agent" \
            --host "${hosts[0]}:1,${hosts[1]}:1" --mca btl tcp,self --mca mpi_yield_when_idle 1 -n 2 "$@"
    }
    programs=$(realpath "$programs")
    on_hosts "$programs/verify" all --out "$folder/parts-hosts"
    same "$folder/parts-1" "$folder/parts-hosts" 'fixed parts, two hosts and 1 rank'
    ip netns exec "${spaces[0]}" cat /proc/net/dev | awk -v link="va$$:" '$1 == link {print "bytes between the hosts: " $2 + $10}'
    if [ "${1:-}" = time ]; then
        for workload in mnist wide; do
            on_hosts "$programs/time" "$workload"
        done
    fi
else
    echo "NOT CHECKED: two hosts, which need root, the program ip, and leave to make network namespaces"
fi
echo 'all checks passed'
