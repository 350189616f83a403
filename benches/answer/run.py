"""Compares the time until a network is good enough, from the start of the process, with that of Python libraries.

    python3 benches/answer/run.py
    python3 benches/answer/run.py --seeds 3 --venv FOLDER     # FOLDER: an environment with the Python libraries

Two tasks. digits: 97 % of the held-out digits (each fifth row; another fifth for each seed), with 64 hidden neurons. surfaces:
an rmse of 0.1 on 100 points of each of the article's f1, f2 and f3, one network after the other, with 8 hidden neurons. Each
library is asked after each epoch. `ours` takes its presets; `torch`, `jax` and `sklearn-alike` have the learning rate and the
mini-batches of the presets, and Adam; `sklearn` has the defaults of scikit-learn. Every process runs on one core with one
thread; the contestants take turns, and a table shows the medians over the seeds. The time of a process includes its start, its
imports and the reading of a CSV file.
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
DIGITS = HERE.parents[1] / "examples" / "data" / "digits.csv"
PYTHON = ["sklearn", "sklearn-alike", "torch", "jax"]
PACKAGES = ["numpy", "scikit-learn", "torch", "jax"]
THREADS = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="runs of each contestant (default: 5)")
    parser.add_argument("--venv", type=Path, help="folder of the virtual environment (default: answer-venv in the target folder)")
    options = parser.parse_args()
    runner = build()
    python = environment(options.venv or runner.parents[1] / "answer-venv")
    programs = {"ours": [runner], **{name: [python, HERE / "contestants.py", name] for name in PYTHON}}
    print(f"{cpu()}, one core; medians of {options.seeds} seeds.")
    with tempfile.TemporaryDirectory() as folder:
        surfaces = Path(folder) / "surfaces.csv"
        write_surfaces(surfaces)
        for task, path in [("digits", DIGITS), ("surfaces", surfaces)]:
            compete(task, path, programs, options.seeds)


def build():
    command = ["cargo", "build", "--release", "--message-format", "json-render-diagnostics"]
    lines = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return next(Path(message["executable"]) for message in map(json.loads, lines) if message.get("executable"))


def environment(folder):
    """Creates the virtual environment if it is missing, and returns the path of its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", *PACKAGES], stdout=sys.stderr, check=True)
    return python


def cpu():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def write_surfaces(path):
    """100 points of a fixed sequence in [−2, 2)², which fills the square evenly, with f1, f2 and f3."""
    lines = ["x1,x2,f1,f2,f3"]
    for i in range(1, 101):
        # The additive recurrence of the plastic number.
        x1, x2 = (4 * (0.5 + i * step) % 4 - 2 for step in (0.7548776662466927, 0.5698402909980532))
        values = [x1, x2, x1 * x1 + x2 * x2, x1 * x1 - x2 * x2, math.cos(1.2 * x1) * math.cos(1.2 * x2)]
        lines.append(",".join(map(repr, values)))
    path.write_text("\n".join(lines) + "\n")


def compete(task, path, programs, seeds):
    """Runs all contestants in turn, and prints a table."""
    environ = {**os.environ, **dict.fromkeys(THREADS, "1")}
    core = min(os.sched_getaffinity(0))
    runs = {name: [] for name in programs}
    for seed in range(seeds):
        for name, program in programs.items():
            start = time.perf_counter()
            child = subprocess.run(
                [*program, task, path, str(seed)],
                env=environ,
                preexec_fn=lambda: os.sched_setaffinity(0, [core]),
                capture_output=True,
                text=True,
            )
            whole = time.perf_counter() - start
            if child.returncode:
                print(f"warning: {name}, {task}, seed {seed}: {child.stderr.strip()[-300:]}", file=sys.stderr)
                continue
            line = json.loads(child.stdout.splitlines()[-1])
            runs[name].append((whole, line["seconds"], line["epochs"]))
            print(f"  {task} {name:14}{seed:3}{whole:9.3f} s{line['epochs']:7} epochs", file=sys.stderr)
    print(f"\n### {task}\n\n| | process, s | ratio | training, s | ratio | epochs | runs |\n|---|---:|---:|---:|---:|---:|---:|")
    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in runs.items() if rows}
    ours = medians["ours"]
    for name, (whole, training, epochs) in medians.items():
        cells = [f"{whole:.3g}", f"{whole / ours[0]:.0f}", f"{training:.3g}", f"{training / ours[1]:.0f}", f"{epochs:.0f}"]
        print(f"| {name} | " + " | ".join([*cells, f"{len(runs[name])} of {seeds}"]) + " |")


if __name__ == "__main__":
    main()
