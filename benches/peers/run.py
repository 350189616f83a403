"""Compares the speed of this crate with that of other libraries at the same work; prints Markdown tables.

    python3 benches/peers/run.py --threads 1              # every library on one core
    python3 benches/peers/run.py --threads 2              # every library on two cores; this crate with the feature `rayon`
    python3 benches/peers/run.py --predict --work none    # prediction alone
    python3 benches/peers/run.py --before ../old          # also another version of this crate, in turn

Needs Linux, Python 3.11, Cargo, and a C++ compiler for torch.compile. The first run builds the Rust packages in this folder,
which takes about 5 minutes, and creates a virtual environment with NumPy, PyTorch, JAX, scikit-learn and onnxruntime. `--venv`
names the folder of the environment; an existing one is used as it is. `--before` names the folder of another version of this
crate, whose columns are `before` and `before-fit`.

A workload in `workloads.json` is a network, a mini-batch size and a data set. It runs for `--rounds` rounds. In each round
every contestant runs once, in its own process, pinned to the first `--threads` CPUs; OMP_NUM_THREADS and similar variables
limit its threads. All contestants get the same data and, except anofox, the same initial weights. Each trains for `check`
mini-batches, and then for `--seconds`, in about five repeats of whole epochs. The result is the best repeat of all rounds; a
second table shows the medians.

A contestant must also learn. The script compares the losses before and after the `check` mini-batches, and prints a warning
if a loss does not fall or differs from that of the reference.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = ["numpy", "torch", "torch-compile", "jax", "sklearn", "onnxruntime"]
RUST = ["ours", "ours-fit", "candle", "burn", "anofox", "rust-mlp"]
# nexus-inference, built for every x86-64 and for this CPU.
NEXUS = {"nexus": "", "nexus-native": "-C target-cpu=native"}
# Another version of this crate.
BEFORE = {"before": "ours", "before-fit": "ours-fit"}
CONTESTANTS = ["ours", "ours-fit", *BEFORE, *PYTHON, *RUST[2:], *NEXUS]
OURS = ["ours", "ours-fit", *BEFORE]
# They predict exactly as `ours` and `torch`, so their predictions are not timed.
ONLY_TRAIN = ["ours-fit", "before-fit", "torch-compile"]
ONLY_PREDICT = ["onnxruntime", *NEXUS]
ONLY_F32 = ["rust-mlp", *NEXUS]
PACKAGES = ["numpy", "scikit-learn", "torch", "jax", "onnx", "onnxruntime"]
CRATES = ["ndarray-dnn", "candle-core", "burn", "anofox-ml-neural-networks", "rust-mlp"]
THREADS = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"]
# Settings for one machine, which would slow down others. They are removed from the environment.
UNSET = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"]

# Without momentum the loss falls at another rate.
NO_MOMENTUM = ["candle", "anofox"]
# Draws its own initial weights and accepts no others.
OWN_START = ["anofox"]
# The largest relative differences from the reference: of the initial loss, and of the fall of the loss.
ALIKE = {"start": 1e-4, "fall": 1e-2}

# Rows of the square matrices that `contestants.py gemm` multiplies.
GEMM = 1024

WORKLOADS = json.loads((HERE / "workloads.json").read_text())

NOTES = """\
The time of a step, in µs, is that of one mini-batch: forward, backward, momentum and L2. `ours` trains by hand with the
`_into` verbs. `ours-fit` trains by `fit` with all epochs in one call; its time is divided by the number of mini-batches, as are
those of scikit-learn and anofox, which can only fit. The steps of candle and anofox are less work: neither SGD has momentum, and
candle's has no L2. rust-mlp's L2 is not a part of its velocity, and it divides the cross-entropy by the number of classes; its
learning rate compensates for that. anofox draws its own initial weights and its own order of the rows, and divides the gradient
of the squared error by the rows of the mini-batch twice; its learning rate compensates for that. scikit-learn has no L2 on the
biases. `ours` predicts several rows by `predict`, and one row by `compute_into`. nexus-inference predicts row by row.
PyTorch's SGD is the fused one. PyTorch, candle and burn do not halve the squared error; their learning rate for it is half that
of this crate.
The bound is the time of the matrix products alone, `2·3·Σ nₗ₋₁nₗ − 2·n₀n₁` floating-point operations per row (for a
prediction `2·Σ nₗ₋₁nₗ`), at the GFLOP/s given below. It is meaningless for surfaces, where most of the time goes to exponentials.
The losses are means of the cross-entropy, or of half the squared error, over 1,024 rows at most, without L2."""


def main():
    options = arguments()
    programs = build(options)
    python = environment(options.venv or programs["ours"].parents[1] / "peers-venv")
    arena = Arena(programs, python, options)
    print(machine(python, options), flush=True)

    contests = [Contest(workload) for workload in WORKLOADS if workload["name"] in options.work]
    if options.predict:
        contests += [Contest(workload, rows) for workload in WORKLOADS for rows in workload.get("predict", [])]
    for contest in contests:
        arena.run(contest)
    report(contests, arena, options)


def arguments():
    def listed(allowed):
        return lambda text: [one for one in text.split(",") if one in allowed or sys.exit(f"not one of {allowed}: {one}")]

    workloads = [workload["name"] for workload in WORKLOADS if workload["check"] > 0]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--threads", type=int, default=1, help="CPUs and threads of each contestant (default: 1)")
    add("--rounds", type=int, default=5, help="runs of each contestant (default: 5)")
    add("--seconds", type=float, default=1.0, help="seconds of each run (default: 1)")
    add("--work", type=listed([*workloads, "none"]), default=workloads, help="comma-separated workloads, or none (default: " + ",".join(workloads) + ")")
    add("--contestants", type=listed(CONTESTANTS), default=CONTESTANTS, help="comma-separated contestants (default: " + ",".join(CONTESTANTS) + ")")
    add("--predict", action="store_true", help="also time predictions, of one row and of 1,024")
    add("--before", type=Path, help="folder of another version of this crate, timed in turn with this one")
    add("--gflops", help="F32,F64: the speeds for the bound (default: those of NumPy's matrix product in this run)")
    add("--venv", type=Path, help="folder of the virtual environment (default: peers-venv in Cargo's target folder)")
    return parser.parse_args()


def build(options):
    """Builds the Rust packages and returns the path of the program of each Rust contestant."""
    features = ["--features", "rayon"] if options.threads > 1 else []
    peers = cargo_build(HERE, *features)
    programs = dict.fromkeys(RUST, peers)
    for name, flags in NEXUS.items():
        if name in options.contestants and options.predict:
            # A folder for each set of flags, or one build would replace the other.
            programs[name] = cargo_build(HERE / "nexus", "--target-dir", peers.parents[1] / name, RUSTFLAGS=flags)
    if options.before:
        # The same package with the other version of the crate. All other crates are already built.
        copy = peers.parents[1] / "before"
        shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("target"), dirs_exist_ok=True)
        manifest = (HERE / "Cargo.toml").read_text().replace('path = "../.."', f'path = "{options.before.resolve()}"')
        (copy / "Cargo.toml").write_text(manifest)
        before = shutil.copy(cargo_build(copy, *features, "--target-dir", peers.parents[1]), copy / "peers-before")
        programs.update(dict.fromkeys(BEFORE, before))
        programs.update(dict.fromkeys(RUST, cargo_build(HERE, *features, "--target-dir", peers.parents[1])))
    return programs


def cargo_build(folder, *arguments, **environ):
    """Builds a package and returns the path of its program."""
    command = ["cargo", "build", "--release", "--message-format", "json-render-diagnostics", *arguments]
    environ = {**os.environ, **environ}
    lines = subprocess.run(command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return next(Path(message["executable"]) for message in map(json.loads, lines) if message.get("executable"))


def environment(folder):
    """Creates the virtual environment if it is missing, and returns the path of its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", *PACKAGES], stdout=sys.stderr, check=True)
    return python


class Contest:
    """The measurements of one workload."""

    def __init__(self, workload, rows=None):
        self.workload = workload
        # The rows of a prediction, or None for training.
        self.rows = rows
        self.us = {}
        self.losses = {}

    def best(self, contestant):
        return min(self.us.get(contestant, []), default=None)

    def median(self, contestant):
        return statistics.median(self.us[contestant]) if contestant in self.us else None

    def best_peer(self):
        peers = [contestant for contestant in self.us if contestant not in OURS]
        return min(peers, key=self.best, default=None)

    def flops(self):
        sizes = self.workload["sizes"]
        products = [fan_in * fan_out for fan_in, fan_out in zip(sizes, sizes[1:])]
        if self.rows is not None:
            return 2 * sum(products) * self.rows
        return (6 * sum(products) - 2 * products[0]) * self.workload["batch"]

    def has(self, contestant):
        """Whether the contestant can do this work."""
        if contestant in ONLY_F32 and self.workload["dtype"] != "f32":
            return False
        if contestant == "anofox" and self.workload["sizes"][-1] > 1 and not self.workload["softmax"]:
            # It fits a single target.
            return False
        return contestant not in (ONLY_PREDICT if self.rows is None else ONLY_TRAIN)

    def __str__(self):
        workload = self.workload
        sizes = "-".join(map(str, workload["sizes"]))
        network = f"{sizes} {workload['hidden']}{' softmax' if workload['softmax'] else ''}, {workload['dtype']}"
        if self.rows is not None:
            return f"{self.rows:,} row{'s' if self.rows > 1 else ''} through {network}"
        return f"{workload['name']}: {network}, batch {workload['batch']}"


class Arena:
    def __init__(self, programs, python, options):
        self.options = options
        self.programs = {name: [program] for name, program in programs.items()}
        self.programs.update({name: [python, HERE / "contestants.py"] for name in [*PYTHON, "gemm"]})
        self.cpus = sorted(os.sched_getaffinity(0))[: options.threads]
        if len(self.cpus) < options.threads:
            sys.exit(f"there are {len(self.cpus)} CPUs, not {options.threads}")
        self.environ = {name: value for name, value in os.environ.items() if name not in UNSET}
        self.environ.update({name: str(options.threads) for name in THREADS})
        self.environ["TORCHINDUCTOR_CACHE_DIR"] = str(Path(python).parents[1] / "inductor")
        self.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"
        self.gflops = dict(zip(["f32", "f64"], map(float, options.gflops.split(",")))) if options.gflops else {}

    def run(self, contest):
        """Runs all rounds. The first contestant of a round is the last of the next."""
        contestants = [c for c in self.options.contestants if c in self.programs and contest.has(c)]
        print(contest, file=sys.stderr)
        for _ in range(self.options.rounds):
            for contestant in contestants:
                arguments = [contest.workload["name"], str(self.options.seconds)]
                if contest.rows is not None:
                    arguments.append(str(contest.rows))
                if line := self.child(contestant, *arguments):
                    contest.us.setdefault(contestant, []).extend(line["us"])
                    contest.losses[contestant] = line["losses"]
                    print(f"  {contestant:14}{number(min(line['us'])):>9} µs", file=sys.stderr)
            contestants = contestants[1:] + contestants[:1]
            if not self.options.gflops:
                self.measure_gflops(contest.workload["dtype"])

    def measure_gflops(self, dtype):
        if line := self.child("gemm", dtype, str(self.options.seconds / 2)):
            self.gflops[dtype] = max(self.gflops.get(dtype, 0), 2e-3 * GEMM**3 / min(line["us"]))

    def child(self, contestant, *arguments):
        """Runs a contestant in a new process and returns its line; warns and returns None if it fails."""
        child = subprocess.run(
            [*self.programs[contestant], BEFORE.get(contestant, contestant), *arguments],
            env=self.environ,
            preexec_fn=lambda: os.sched_setaffinity(0, self.cpus),
            capture_output=True,
            text=True,
        )
        if child.returncode:
            warn(f"{contestant} {' '.join(arguments)} failed: {child.stderr.strip()[-500:]}")
            return None
        return json.loads(child.stdout.splitlines()[-1])


def check(contest, contestants):
    """Warns of losses that do not fall, and of losses that differ from those of the reference."""
    reference = next((c for c in contestants if c in contest.losses and c not in NO_MOMENTUM), None)
    for contestant, (first, last) in contest.losses.items():
        name = f"{contest.workload['name']}, {contestant}: the loss"
        if contest.rows is None and not last < first:
            warn(f"{name} does not fall: {first:.6g}, then {last:.6g}")
        if reference is None:
            continue
        expected_first, expected_last = contest.losses[reference]
        fall, expected = first - last, expected_first - expected_last
        if contestant not in OWN_START and abs(first / expected_first - 1) > ALIKE["start"]:
            warn(f"{name} starts at {first:.6g}, but that of {reference} at {expected_first:.6g}")
        if contest.rows is None and contestant not in NO_MOMENTUM and abs(fall / expected - 1) > ALIKE["fall"]:
            warn(f"{name} falls by {fall:.6g}, but that of {reference} by {expected:.6g}")


def report(contests, arena, options):
    trained = [contest for contest in contests if contest.rows is None]
    predicted = [contest for contest in contests if contest.rows is not None]
    for title, some in [("Training, µs per step, best", trained), ("Prediction, µs, best", predicted)]:
        if some:
            contestants = [c for c in options.contestants if any(c in contest.us for contest in some)]
            print(f"\n### {title}\n")
            best_table(some, contestants, arena.gflops)
            print("\nMedians:\n")
            rows = [[str(contest), *(number(contest.median(c)) for c in contestants)] for contest in some]
            markdown(["", *contestants], rows)
    for contest in predicted:
        check(contest, options.contestants)
    if trained:
        contestants = [c for c in options.contestants if any(c in contest.losses for contest in trained)]
        print("\n### Loss, before and after training\n")
        rows = []
        for contest in trained:
            losses = (contest.losses.get(c) for c in contestants)
            cells = ("{:.5f} → {:.5f}".format(*pair) if pair else "–" for pair in losses)
            rows.append([f"{contest.workload['name']}, {contest.workload['check']} steps", *cells])
            check(contest, contestants)
        markdown(["", *contestants], rows)
    source = "given" if options.gflops else f"NumPy's best product of {GEMM} × {GEMM} matrices in this run"
    speeds = ", ".join(f"{gflops:.0f} GFLOP/s in {dtype}" for dtype, gflops in sorted(arena.gflops.items()))
    print(f"\n{NOTES}\n{speeds} ({source}).")
    print("\n".join(["", *(f"Warning: {warning}" for warning in WARNINGS)] if WARNINGS else ["", "No warnings."]))


def best_table(contests, contestants, gflops):
    rows = []
    ours = [c for c in OURS if c in contestants]
    for contest in contests:
        peer = contest.best_peer()
        cells = [number(contest.best(c)) for c in contestants]
        cells = [f"**{cell}**" if c == peer else cell for c, cell in zip(contestants, cells)]
        ratios = [ratio(contest.best(peer), contest.best(c)) for c in ours]
        bound = contest.flops() / gflops[contest.workload["dtype"]] / 1e3 if contest.workload["dtype"] in gflops else None
        rows.append([str(contest), *cells, *ratios, number(bound), *(ratio(contest.best(c), bound) for c in ours)])
    heads = [*(f"best peer / {c}" for c in ours), "bound", *(f"{c} / bound" for c in ours)]
    markdown(["", *contestants, *heads], rows)


def markdown(heads, rows):
    print("| " + " | ".join(heads) + " |")
    print("|---" + "|---:" * (len(heads) - 1) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def number(us):
    """A time with three significant digits, or with all digits before the point."""
    if us is None:
        return "–"
    return f"{us:.2f}" if us < 10 else f"{us:.1f}" if us < 100 else f"{us:,.0f}"


def ratio(above, below):
    return f"{above / below:.2f}" if above and below else "–"


WARNINGS = []


def warn(text):
    WARNINGS.append(text)
    print(f"warning: {text}", file=sys.stderr)


def machine(python, options):
    """The machine, the versions and the settings."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    fields = dict(map(str.strip, line.split(":", 1)) for line in info if ":" in line)
    flags = fields.get("flags", "").split()
    vectors = next((name for flag, name in [("avx512f", "AVX-512"), ("avx2", "AVX2")] if flag in flags), "no AVX2")
    crates = {p["name"]: p["version"] for p in tomllib.loads((HERE / "Cargo.lock").read_text())["package"] if p["name"] in CRATES}
    packages = json.loads(output(python, HERE / "contestants.py", "versions"))
    versions = [f"{name} {version}" for name, version in [*((c, crates[c]) for c in CRATES), *packages.items()]]
    versions[0] += f" ({output('git', 'describe', '--always', '--dirty')})"
    return "\n".join(
        [
            f"{fields.get('model name', platform.processor())}, {vectors}, {os.cpu_count()} cores, {options.threads} used; "
            f"{platform.system()} {platform.machine()}, {output('rustc', '--version').split(' (')[0]}, "
            f"Python {output(python, '-V').split()[1]}.",
            ", ".join(versions) + ".",
            f"{options.rounds} rounds of {options.seconds:g} s.",
        ]
    )


def output(*command):
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
