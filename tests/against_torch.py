"""Trains small networks with PyTorch's optimizers, schedules and clipping; the results are in `tests/golden/torch.json`.

    python3 tests/against_torch.py            # trains all cases and writes the file
    python3 tests/against_torch.py --check    # trains all cases and fails if a number in the file differs

Needs PyTorch, of any version from 1.13 on, on the processor alone: in this Python, or in Debian's (`apt-get install
python3-torch`). Without it, the script says so and checks nothing. PyTorch is not installed from PyPI here, since that has
gigabytes of code for graphics cards.

Data and initial weights are drawn here and rounded to three decimals. The settings are the crate's own names, so that the
test reads them, and `optimizer` and `scheduler` translate them into PyTorch's.
"""

import json
import math
import os
import random
import subprocess
import sys
import warnings
from pathlib import Path

import comparison

GOLDEN = Path(__file__).resolve().parent / "golden" / "torch.json"
DEBIAN = "/usr/bin/python3"
# The largest difference between the committed numbers and those of this machine: rounding over 120 steps.
TOLERANCE = 1e-12
SEED, ROWS, SIZES, BATCH, EPOCHS = 7, 20, [3, 5, 2], 5, 30
# The updates of an epoch.
UPDATES = ROWS // BATCH

ADAM, ADAM_W, RMS_PROP = "adam(0.9, 0.999, 1e-8)", "adam_w(0.8, 0.99, 1e-7)", "rms_prop(0.9, 1e-6)"
COSINE, WARM_UP = "cosine(25, 0, 0.05)", "cosine(28, 4, 0.1)"
STEP, ONE_CYCLE = "step(7, 0.5)", "one_cycle(25, 0.3, 0.04, 4e-6)"
# optimizer, momentum, eta, schedule, clip_norm, l1, L2, whether L2 and L1 apply to the biases, max_norm
CASES = [
    (ADAM_W, None, 0.02, "constant", None, 0.0, 0.05, False, None),
    (ADAM_W, None, 0.02, COSINE, None, 0.0, 0.05, True, None),
    (ADAM_W, None, 0.03, ONE_CYCLE, 0.2, 0.0, 0.1, False, 1.0),
    (RMS_PROP, None, 0.005, "constant", None, 0.0, 0.0, True, None),
    (RMS_PROP, None, 0.01, ONE_CYCLE, None, 0.0, 0.01, False, None),
    (RMS_PROP, None, 0.01, WARM_UP, 0.3, 0.002, 0.01, True, 1.2),
    (ADAM, None, 0.02, WARM_UP, None, 0.01, 0.0, True, None),
    (ADAM, None, 0.02, STEP, 0.25, 0.003, 0.02, False, 1.1),
    ("momentum", 0.9, 0.05, "constant", 0.3, 0.0, 0.01, True, None),
    ("momentum", 0.0, 0.3, STEP, 0.3, 0.01, 0.0, False, None),
    ("momentum", 0.0, 0.3, COSINE, None, 0.0, 0.01, True, 0.9),
    ("nesterov", 0.9, 0.03, "constant", 0.2, 0.0, 0.01, False, None),
]
KEYS = ["optimizer", "momentum", "eta", "schedule", "clip_norm", "l1", "l2", "regularize_biases", "max_norm"]


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    find_torch()
    golden = drawn()
    golden["cases"] = [trained(golden, dict(zip(KEYS, case))) for case in CASES]
    if sys.argv[1:]:
        import torch

        comparison.compare(golden, GOLDEN, TOLERANCE, f"PyTorch {torch.__version__}")
    else:
        cases = ",\n".join(json.dumps(case, separators=(",", ":")) for case in golden.pop("cases"))
        GOLDEN.write_text(json.dumps(golden, separators=(",", ":"))[:-1] + ',"cases":[\n' + cases + "\n]}\n")
        print(f"{GOLDEN}: {len(CASES)} cases, {GOLDEN.stat().st_size:,} bytes")


def find_torch():
    """Goes on in a Python that has PyTorch; ends the script if there is none."""

    def has_torch(python):
        return subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode == 0

    if has_torch(sys.executable):
        return
    if os.path.exists(DEBIAN) and not os.path.samefile(DEBIAN, sys.executable) and has_torch(DEBIAN):
        os.execv(DEBIAN, [DEBIAN, *sys.argv])
    print("NOT CHECKED: there is no PyTorch; on Debian, apt-get install python3-torch")
    sys.exit(0 if sys.argv[1:] else 1)


def drawn():
    """The data and the initial layers of all cases."""
    # Python guarantees the same numbers in later versions for `random()` only.
    draw = random.Random(SEED).random

    def symmetric(*shape):
        if not shape:
            return round(2 * draw() - 1, 3)
        return [symmetric(*shape[1:]) for _ in range(shape[0])]

    x = symmetric(ROWS, SIZES[0])
    y = [[round(math.sin(3 * row[k]) + 0.3 * symmetric(), 3) for k in range(SIZES[-1])] for row in x]
    initial = [{"weights": symmetric(m, n), "biases": symmetric(m)} for n, m in zip(SIZES, SIZES[1:])]
    return {"x": x, "y": y, "batch": BATCH, "epochs": EPOCHS, "initial": initial}


def numbers(text):
    """The numbers of `name(1, 0.5)`."""
    return [float(number) for number in text[:-1].split("(")[1].split(",")]


def optimizer(torch, case, weights, biases):
    groups = [
        {"params": weights, "weight_decay": case["l2"]},
        {"params": biases, "weight_decay": case["l2"] if case["regularize_biases"] else 0.0},
    ]
    name = case["optimizer"]
    if name.startswith("rms_prop"):
        alpha, eps = numbers(name)
        return torch.optim.RMSprop(groups, case["eta"], alpha=alpha, eps=eps)
    if name.startswith("adam"):
        beta1, beta2, eps = numbers(name)
        of_name = torch.optim.AdamW if name.startswith("adam_w") else torch.optim.Adam
        return of_name(groups, case["eta"], betas=(beta1, beta2), eps=eps)
    return torch.optim.SGD(groups, case["eta"], case["momentum"], nesterov=name == "nesterov")


def scheduler(torch, case, steps):
    """PyTorch's schedule, which is told of every update."""
    schedules, (name, *_) = torch.optim.lr_scheduler, case["schedule"].split("(")
    if name == "constant":
        return schedules.ConstantLR(steps, 1.0)
    if name == "step":
        every, factor = numbers(case["schedule"])
        return schedules.StepLR(steps, int(every) * UPDATES, factor)
    if name == "cosine":
        epochs, warm_up, floor = numbers(case["schedule"])
        total, rising = int(epochs) * UPDATES, int(warm_up) * UPDATES
        falling = schedules.CosineAnnealingLR(steps, total - rising, eta_min=floor * case["eta"])
        if not rising:
            return falling
        return schedules.SequentialLR(steps, [schedules.LinearLR(steps, floor, 1.0, rising), falling], [rising])
    epochs, rise, start, end = numbers(case["schedule"])
    # PyTorch's cycle ends at its last step, and its peak is one step before the share `pct_start`.
    total = int(epochs) * UPDATES
    pct_start = (rise * total + 1) / (total + 1)
    return schedules.OneCycleLR(
        steps, case["eta"], total + 1, pct_start=pct_start, cycle_momentum=False, div_factor=1 / start,
        final_div_factor=start / end,
    )  # fmt: skip


def horizon(case):
    """The number of updates of the schedule. PyTorch's go up again, or fail, after it; the crate's stay."""
    name, *_ = case["schedule"].split("(")
    return int(numbers(case["schedule"])[0]) * UPDATES if name in ("cosine", "one_cycle") else math.inf


def trained(golden, case):
    """Trains a case; returns it with the rate of each epoch's last update and the final layers."""
    import torch

    torch.set_num_threads(1)
    # `SequentialLR` calls its own schedules in a way that is no longer recommended.
    warnings.simplefilter("ignore")
    x, y = (torch.tensor(golden[key], dtype=torch.float64) for key in "xy")
    theta = [
        [torch.tensor(layer[key], dtype=torch.float64, requires_grad=True) for layer in golden["initial"]]
        for key in ("weights", "biases")
    ]
    weights, biases = theta
    steps = optimizer(torch, case, weights, biases)
    schedule = scheduler(torch, case, steps)
    rates, made = [], 0
    for _ in range(EPOCHS):
        for start in range(0, ROWS, BATCH):
            output = x[start : start + BATCH]
            for layer, (w, b) in enumerate(zip(weights, biases)):
                output = output @ w.T + b
                output = torch.tanh(output) if layer + 1 < len(weights) else output
            steps.zero_grad()
            (0.5 * ((y[start : start + BATCH] - output) ** 2).sum(1).mean()).backward()
            regularized = weights + (biases if case["regularize_biases"] else [])
            with torch.no_grad():
                if case["clip_norm"] is not None:
                    # With a limit of ∞ it only computes the norm. It would divide by the norm + 1e-6.
                    norm = torch.nn.utils.clip_grad_norm_(weights + biases, math.inf)
                    factor = min(1.0, case["clip_norm"] / norm.item())
                    for one in weights + biases:
                        one.grad *= factor
                for one in regularized:
                    one.grad += case["l1"] * one.sign()
                steps.step()
                if case["max_norm"] is not None:
                    # `renorm` would divide by the norm + 1e-7.
                    for w in weights:
                        w *= case["max_norm"] / w.norm(dim=1, keepdim=True).clamp(min=case["max_norm"])
            rate, made = steps.param_groups[0]["lr"], made + 1
            if made <= horizon(case):
                schedule.step()
        rates.append(rate)
    layers = [{"weights": w.tolist(), "biases": b.tolist()} for w, b in zip(weights, biases)]
    return {**case, "rates": rates, "final": layers}


if __name__ == "__main__":
    main()
