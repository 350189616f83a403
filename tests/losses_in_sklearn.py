"""Computes losses and their derivatives by scikit-learn and SciPy; writes `tests/golden/losses.json`.

    python3 tests/losses_in_sklearn.py            # computes all cases and writes the file
    python3 tests/losses_in_sklearn.py --check    # computes all cases and fails if a number in the file differs

Needs Python 3.9. Outside a virtual environment, the script creates and uses one in `target/venv-sklearn`.

The loss of a row is the sum over its outputs. The losses come from scikit-learn's public metrics (`mean_absolute_error`,
`mean_pinball_loss`, `mean_poisson_deviance`) and from `scipy.special.huber`; the derivatives D, with respect to the output of the
last layer and with the opposite sign, from the loss classes of scikit-learn's linear models and gradient boosting. Both must agree.
Label smoothing is the formula of PyTorch's `CrossEntropyLoss(label_smoothing=...)` with `scipy.special.log_softmax`.
"""

import json
import random
import sys
from pathlib import Path

import environment

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden" / "losses.json"

ROWS, OUTPUTS = 12, 3
SEED = 7
# The largest relative difference between the committed numbers and those of this machine, and between the two sources.
TOLERANCE = 1e-13

QUANTILES = [0.05, 0.5, 0.9]
DELTAS = [0.25, 1.0, 3.0]
SMOOTHINGS = [0.0, 0.1, 0.75]


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    environment.enter("venv-sklearn", environment.SKLEARN)
    golden = computed()
    if sys.argv[1:]:
        check(golden, json.loads(GOLDEN.read_text()), "losses.json")
        print(f"{GOLDEN}: {len(golden['cases'])} cases agree")
    else:
        GOLDEN.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
        print(f"{GOLDEN}: {len(golden['cases'])} cases, {GOLDEN.stat().st_size:,} bytes")


def computed():
    """Outputs of the last layer, targets of each kind, and the losses and derivatives of each case."""
    import numpy as np
    from scipy.special import huber, log_softmax
    from sklearn import metrics
    from sklearn._loss import loss

    # Python guarantees the same numbers in later versions for `random()` only.
    draw = random.Random(SEED).random

    def drawn(low, high):
        return np.array([[round(low + (high - low) * draw(), 3) for _ in range(OUTPUTS)] for _ in range(ROWS)])

    a, y, counts = drawn(-2, 2), drawn(-3, 3), np.floor(drawn(0, 6))
    shares = drawn(0, 1)
    # Rows of one class, and rows of mixed classes.
    classes = np.array([[float(k == i % OUTPUTS) for k in range(OUTPUTS)] for i in range(ROWS)])
    distributions = np.where(np.arange(ROWS)[:, None] % 2 == 0, classes, shares / shares.sum(axis=1, keepdims=True))

    def each(values, answers, of_one):
        """The sum over the outputs of each row, by a function of single numbers."""
        return np.array([sum(of_one([v], [p]) for v, p in zip(*row)) for row in zip(values, answers)])

    def gradient(function, values):
        flat = [np.ascontiguousarray(array.ravel()) for array in (values, a)]
        losses, gradients = function.loss_gradient(y_true=flat[0], raw_prediction=flat[1])
        return losses.reshape(a.shape).sum(axis=1), -gradients.reshape(a.shape)

    cases = []

    def add(name, targets, losses, d, smoothing=0.0):
        cases.append({"loss": name, "label_smoothing": smoothing, "targets": targets, "losses": losses.tolist(), "d": d.tolist()})

    losses, d = gradient(loss.AbsoluteError(), y)
    same("absolute", losses, each(y, a, metrics.mean_absolute_error))
    add("absolute", "y", losses, d)
    for tau in QUANTILES:
        losses, d = gradient(loss.PinballLoss(quantile=tau), y)
        same(tau, losses, each(y, a, lambda y, a: metrics.mean_pinball_loss(y, a, alpha=tau)))
        add(f"quantile({tau})", "y", losses, d)
    for delta in DELTAS:
        losses, d = gradient(loss.HuberLoss(delta=delta), y)
        same(delta, losses, huber(delta, y - a).sum(axis=1))
        add(f"huber({delta})", "y", losses, d)
    # scikit-learn's loss leaves out the constant, and its metric is twice the loss.
    _, d = gradient(loss.HalfPoissonLoss(), counts)
    losses = each(counts, np.exp(a), metrics.mean_poisson_deviance) / 2
    add("poisson", "counts", losses, d)
    for smoothing in SMOOTHINGS:
        smooth = (1 - smoothing) * distributions + smoothing / OUTPUTS
        logarithms = log_softmax(a, axis=1)
        add("softmax", "distributions", -(smooth * logarithms).sum(axis=1), smooth - np.exp(logarithms), smoothing)
    arrays = {"a": a, "y": y, "counts": counts, "distributions": distributions}
    return {**{name: array.tolist() for name, array in arrays.items()}, "cases": cases}


def same(name, found, expected):
    if not abs(found - expected).max() <= TOLERANCE:
        sys.exit(f"{name}: {found} and {expected}")


def check(found, expected, path):
    """Fails unless both have the same structure, and the same numbers up to rounding."""
    if isinstance(expected, dict) and isinstance(found, dict) and found.keys() == expected.keys():
        for key in expected:
            check(found[key], expected[key], f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
        for i, pair in enumerate(zip(found, expected)):
            check(*pair, f"{path}[{i}]")
    elif isinstance(expected, float) and isinstance(found, float):
        # Written so that NaN fails.
        if not abs(found - expected) <= TOLERANCE * max(1.0, abs(expected)):
            sys.exit(f"{path}: {found!r} instead of {expected!r}")
    elif found != expected:
        sys.exit(f"{path}: {found!r} instead of {expected!r}")


if __name__ == "__main__":
    main()
