"""Trains scikit-learn's networks on given data, mini-batches and initial weights; writes `tests/golden/sklearn.json`. Computes
scikit-learn's metrics, by `sklearn_metrics.py`; writes `tests/golden/sklearn_metrics.json`.

    python3 tests/against_sklearn.py            # computes all cases and writes the files
    python3 tests/against_sklearn.py --check    # computes all cases and fails if a number in the files differs

Needs Python 3.9. Outside a virtual environment, the script creates and uses one in `target/venv-sklearn`.

Data and initial weights are drawn here and rounded to three decimals. Every case is trained twice: by scikit-learn, whose
results are written, and by `by_hand`, which shows the formulas; the two must agree. A case must not depend on rounding, or its
results could not be compared: no argument of a ReLU may be close to 0, and a tiny change of the initial weights must stay tiny.
"""

import json
import random
import sys
import warnings
from pathlib import Path

import comparison
import environment
import sklearn_metrics

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden" / "sklearn.json"
METRICS = ROOT / "tests" / "golden" / "sklearn_metrics.json"

EPOCHS = 50
ROWS, INPUTS = 20, 3
# The largest difference between the committed numbers and those of this machine: rounding over up to 1,000 steps.
TOLERANCE = 1e-10
# The largest difference between scikit-learn and `by_hand`, which has another order of operations.
SAME = 1e-11
# The smallest magnitude allowed for an argument of a ReLU.
MARGIN = 1e-6
# A change of the initial weights. The difference after training must not exceed `SAME`.
HAIR = 1e-14
# Case i has the seed FIRST_SEED + i. With FIRST_SEED = 0, one case had a gradient of 0 in its first step, which Adam divides by
# itself.
FIRST_SEED = 100

PLAIN = {"kind": "sgd", "momentum": 0.0, "nesterov": False}
MOMENTUM = {"kind": "sgd", "momentum": 0.9, "nesterov": False}
NESTEROV = {"kind": "sgd", "momentum": 0.9, "nesterov": True}
ADAM = {"kind": "adam", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-16}
ETA = {"plain": 0.2, "momentum": 0.05, "nesterov": 0.05, "adam": 0.01}
OPTIMIZERS = {"plain": PLAIN, "momentum": MOMENTUM, "nesterov": NESTEROV, "adam": ADAM}

# optimizer, link, outputs, hidden activation, hidden sizes, alpha (scikit-learn's L2), rows of a mini-batch
CASES = [
    ("plain", "none", 1, "tanh", [5], 0.0, 5),
    ("plain", "none", 2, "relu", [5, 4], 0.01, 4),
    ("plain", "softmax", 3, "sigmoid", [6], 0.01, 5),
    ("plain", "softmax", 3, "relu", [5], 0.0, 20),
    ("plain", "logistic", 1, "sigmoid", [4, 4], 0.0, 10),
    ("plain", "logistic", 3, "tanh", [5, 4], 0.01, 5),
    ("momentum", "none", 1, "relu", [5, 4], 0.0, 10),
    ("momentum", "none", 2, "sigmoid", [6], 0.0, 5),
    ("momentum", "softmax", 3, "tanh", [5], 0.01, 4),
    ("momentum", "softmax", 3, "sigmoid", [4, 4], 0.01, 5),
    ("momentum", "logistic", 1, "tanh", [5, 4], 0.0, 1),
    ("momentum", "logistic", 3, "relu", [5], 0.01, 5),
    ("nesterov", "none", 1, "sigmoid", [4, 4], 0.01, 5),
    ("nesterov", "none", 2, "tanh", [5], 0.0, 10),
    ("nesterov", "softmax", 3, "relu", [5, 4], 0.0, 5),
    ("nesterov", "softmax", 3, "tanh", [5, 4], 0.01, 20),
    ("nesterov", "logistic", 1, "relu", [5], 0.01, 4),
    ("nesterov", "logistic", 3, "sigmoid", [6], 0.0, 5),
    ("adam", "none", 1, "relu", [5], 0.01, 5),
    ("adam", "none", 2, "tanh", [5, 4], 0.01, 10),
    ("adam", "softmax", 3, "sigmoid", [6], 0.0, 4),
    ("adam", "softmax", 3, "relu", [5, 4], 0.01, 5),
    ("adam", "logistic", 1, "tanh", [5], 0.0, 20),
    ("adam", "logistic", 3, "sigmoid", [4, 4], 0.0, 5),
]


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    environment.enter("venv-sklearn", environment.SKLEARN)
    golden = {"cases": [trained(drawn(seed, *case)) for seed, case in enumerate(CASES, FIRST_SEED)]}
    metrics = sklearn_metrics.metrics()
    if sys.argv[1:]:
        for found, file in [(golden, GOLDEN), (metrics, METRICS)]:
            comparison.compare(found, file, TOLERANCE, versions())
    else:
        cases = ",\n".join(json.dumps(case, separators=(",", ":")) for case in golden["cases"])
        GOLDEN.write_text('{"cases":[\n' + cases + "\n]}\n")
        print(f"{GOLDEN}: {len(CASES)} cases, {GOLDEN.stat().st_size:,} bytes")
        lines = ",\n".join(f"{json.dumps(kind)}:{json.dumps(cases, separators=(',', ':'))}" for kind, cases in metrics.items())
        METRICS.write_text("{\n" + lines + "\n}\n")


def drawn(seed, optimizer, link, outputs, hidden, sizes, alpha, batch):
    """A case before training, with drawn data and weights."""
    # Python guarantees the same numbers in later versions for `random()` only.
    draw = random.Random(seed).random

    def symmetric(*shape):
        if not shape:
            return round(2 * draw() - 1, 3)
        return [symmetric(*shape[1:]) for _ in range(shape[0])]

    x = symmetric(ROWS, INPUTS)
    if link == "none":
        y = [[round(row[k] * row[k + 1] + 0.3 * symmetric(), 3) for k in range(outputs)] for row in x]
    elif link == "softmax":
        y = [[float(row.index(max(row)) == k) for k in range(outputs)] for row in x]
    else:
        y = [[float(row[k] + 0.3 * symmetric() > 0) for k in range(outputs)] for row in x]
    shapes = list(zip([INPUTS, *sizes], [*sizes, outputs]))
    return {
        "name": f"{optimizer}_{link}_{outputs}_{hidden}_{'x'.join(map(str, sizes))}_{'l2' if alpha else 'no_l2'}",
        "x": x,
        "y": y,
        "hidden": sizes,
        "activations": [hidden] * len(sizes) + ["identity"],
        "link": link,
        "optimizer": OPTIMIZERS[optimizer],
        "eta": ETA[optimizer],
        "momentum": OPTIMIZERS[optimizer].get("momentum", 0.0),
        "alpha": alpha,
        "lambda": alpha / batch,
        "batch": batch,
        "epochs": EPOCHS,
        "initial": [{"weights": symmetric(fan_out, fan_in), "biases": symmetric(fan_out)} for fan_in, fan_out in shapes],
    }


def trained(case):
    """Trains the case and returns it with its results; exits if a check fails."""
    layers, losses = by_sklearn(case)
    by_hand_layers, by_hand_losses, objectives, margin = by_hand(case)
    difference = comparison.worst(by_hand_layers, layers, "final") + comparison.worst(by_hand_losses, losses, "losses")
    if not all(one <= SAME for one, _ in difference):
        sys.exit(f"{case['name']}: scikit-learn and `by_hand` differ: {max(difference)}")
    if not margin >= MARGIN:
        sys.exit(f"{case['name']}: an argument of a ReLU has the magnitude {margin}, below {MARGIN}; choose another seed")
    moved = comparison.worst(by_hand(nudged(case))[0], by_hand_layers, "final")
    if not all(one <= SAME for one, _ in moved):
        sys.exit(f"{case['name']}: a change of {HAIR} in the initial weights grows to {max(moved)[0]}; choose another seed")
    if not losses[-1] < losses[0]:
        sys.exit(f"{case['name']}: the loss does not fall: {losses[0]}, then {losses[-1]}")
    return {**case, "final": layers, "losses": losses, "objectives": objectives}


def nudged(case):
    """The case with every initial weight changed by `HAIR`, alternately up and down."""

    def moved(row):
        return [w + (-1) ** i * HAIR for i, w in enumerate(row)]

    initial = [{**layer, "weights": [moved(row) for row in layer["weights"]]} for layer in case["initial"]]
    return {**case, "initial": initial}


def by_sklearn(case):
    """Trains with scikit-learn; returns the final layers and the `loss_curve_`."""
    import numpy as np
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    optimizer, y = case["optimizer"], np.array(case["y"])
    settings = {
        "hidden_layer_sizes": case["hidden"],
        "activation": {"sigmoid": "logistic"}.get(case["activations"][0], case["activations"][0]),
        "solver": optimizer["kind"],
        "alpha": case["alpha"],
        "batch_size": case["batch"],
        "learning_rate": "constant",
        "learning_rate_init": case["eta"],
        "momentum": case["momentum"],
        "nesterovs_momentum": optimizer.get("nesterov", False),
        "beta_1": optimizer.get("beta1", 0.9),
        "beta_2": optimizer.get("beta2", 0.999),
        "epsilon": optimizer.get("epsilon", 1e-8),
        "shuffle": False,
        "tol": 0.0,
        "n_iter_no_change": 2**60,
        "warm_start": True,
        "max_iter": 1,
        "random_state": 0,
    }
    if case["link"] == "softmax":
        y = y.argmax(1)
    elif y.shape[1] == 1:
        y = y.ravel()
    model = (MLPRegressor if case["link"] == "none" else MLPClassifier)(**settings)
    with warnings.catch_warnings():
        # Suppresses the warning that training has not converged.
        warnings.simplefilter("ignore")
        # The first epoch creates the network. A second `fit` continues with its parameters and a new optimizer.
        model.fit(case["x"], y)
        model.coefs_ = [np.array(layer["weights"]).T.copy() for layer in case["initial"]]
        model.intercepts_ = [np.array(layer["biases"]) for layer in case["initial"]]
        model.loss_curve_, model.best_loss_, model.t_, model._no_improvement_count = [], np.inf, 0, 0
        model.max_iter = case["epochs"]
        model.fit(case["x"], y)
    expected = {"none": "identity"}.get(case["link"], case["link"])
    assert (model.out_activation_, model.n_iter_) == (expected, case["epochs"]), case["name"]
    assert len(model.loss_curve_) == case["epochs"], case["name"]
    layers = [{"weights": w.T.tolist(), "biases": b.tolist()} for w, b in zip(model.coefs_, model.intercepts_)]
    return layers, [float(loss) for loss in model.loss_curve_]


def by_hand(case):
    """Trains in NumPy; returns the final layers, the losses, the objectives, and the smallest magnitude of a ReLU's argument."""
    import numpy as np

    x, y = np.array(case["x"]), np.array(case["y"])
    theta = [np.array(layer[part]) for layer in case["initial"] for part in ("weights", "biases")]
    optimizer, eta, lam, mu = case["optimizer"], case["eta"], case["lambda"], case["momentum"]
    v, s = ([np.zeros_like(one) for one in theta] for _ in range(2))
    hidden, slope = {
        "tanh": (np.tanh, lambda a: 1 - a * a),
        "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
        "relu": (lambda z: np.maximum(z, 0), lambda a: 1.0 * (a > 0)),
    }[case["activations"][0]]
    link = {
        "none": lambda z: z,
        "softmax": lambda z: np.exp(z) / np.exp(z).sum(1, keepdims=True),
        "logistic": lambda z: 1 / (1 + np.exp(-z)),
    }[case["link"]]
    loss = {
        "none": lambda y, z: 0.5 * ((y - z) ** 2).sum(1).mean(),
        "softmax": lambda y, z: -np.log((y * z).sum(1)).mean(),
        "logistic": lambda y, z: -np.log(np.where(y == 1, z, 1 - z)).sum(1).mean(),
    }[case["link"]]
    # scikit-learn's loss is the mean over the outputs, but its gradient is that of the sum.
    divisor = y.shape[1] if case["link"] == "none" else 1
    losses, objectives, margin, t = [], [], np.inf, 0
    for _ in range(case["epochs"]):
        losses.append(0.0)
        objectives.append(0.0)
        for start in range(0, len(x), case["batch"]):
            rows, t = slice(start, start + case["batch"]), t + 1
            outputs = [x[rows]]
            for l in range(0, len(theta), 2):
                z = outputs[-1] @ theta[l].T + theta[l + 1]
                if l + 2 < len(theta) and case["activations"][0] == "relu":
                    margin = min(margin, np.abs(z).min())
                outputs.append(hidden(z) if l + 2 < len(theta) else link(z))
            data, penalty = loss(y[rows], outputs[-1]), 0.5 * lam * sum((w * w).sum() for w in theta[::2])
            losses[-1] += (data / divisor + penalty) * case["batch"] / len(x)
            objectives[-1] += (data + penalty) * case["batch"] / len(x)
            delta, gradients = (outputs[-1] - y[rows]) / case["batch"], []
            for l in reversed(range(0, len(theta), 2)):
                gradients = [delta.T @ outputs[l // 2] + lam * theta[l], delta.sum(0), *gradients]
                if l:
                    delta = delta @ theta[l] * slope(outputs[l // 2])
            for i, g in enumerate(gradients):
                if optimizer["kind"] == "adam":
                    beta1, beta2 = optimizer["beta1"], optimizer["beta2"]
                    v[i] = beta1 * v[i] + (1 - beta1) * g
                    s[i] = beta2 * s[i] + (1 - beta2) * g * g
                    rate = eta * (1 - beta2**t) ** 0.5 / (1 - beta1**t)
                    theta[i] = theta[i] - rate * v[i] / (np.sqrt(s[i]) + optimizer["epsilon"])
                else:
                    v[i] = mu * v[i] - eta * g
                    theta[i] = theta[i] + (mu * v[i] - eta * g if optimizer["nesterov"] else v[i])
    layers = [{"weights": w.tolist(), "biases": b.tolist()} for w, b in zip(theta[::2], theta[1::2])]
    return layers, list(map(float, losses)), list(map(float, objectives)), float(margin)


def versions():
    import numpy
    import sklearn

    return f"scikit-learn {sklearn.__version__}, NumPy {numpy.__version__}"


if __name__ == "__main__":
    main()
