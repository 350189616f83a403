"""Trains networks in scikit-learn, Keras and PyTorch with these libraries' own names of losses and settings.

    coming_from.py            writes golden/coming_from.json
    coming_from.py --check    computes it again, compares, and writes nothing

The Rust test `coming_from` trains the same networks with the settings that `guide::coming_from` names. Needs Python 3.11
and the packages below, which it installs in a virtual environment, and an installed PyTorch for the cases of PyTorch.
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
import environment

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ["scikit-learn==1.9.1", "numpy==2.4.6", "keras==3.15.0", "jax==0.10.2"]
GOLDEN = ROOT / "tests" / "golden" / "coming_from.json"
DEBIAN = "/usr/bin/python3"

ROWS, INPUTS, HIDDEN, BATCH, EPOCHS, SEED = 20, 3, 5, 4, 10, 11
# The largest difference between the committed numbers and those of this machine.
TOLERANCE = 1e-11

SGD = {"optimizer": "SGD", "rate": 0.05, "momentum": 0.9}
ADAM = {"optimizer": "Adam", "rate": 0.01}

# library, loss, optimizer, strength of L2, epsilon. Keras and scikit-learn add their epsilon before they correct the bias, so
# theirs is tiny here.
CASES = [
    ("sklearn", "MLPRegressor", SGD, 0.3, None),
    ("sklearn", "MLPRegressor", ADAM, 0.3, 1e-14),
    ("sklearn", "MLPClassifier", SGD, 0.3, None),
    ("sklearn", "MLPClassifier", ADAM, 0.3, 1e-14),
    ("keras", "mse", SGD, 0.02, None),
    ("keras", "mse", ADAM, 0.02, 1e-14),
    ("keras", "mae", SGD, 0.02, None),
    ("keras", "categorical_crossentropy", SGD, 0.02, None),
    ("keras", "categorical_crossentropy", ADAM, 0.02, 1e-14),
    ("keras", "binary_crossentropy", SGD, 0.02, None),
    ("keras", "mse", ADAM | {"optimizer": "AdamW"}, 0.5, 1e-14),
    ("torch", "MSELoss", SGD, 0.03, None),
    ("torch", "MSELoss", ADAM, 0.03, 1e-3),
    ("torch", "L1Loss", SGD, 0.03, None),
    ("torch", "CrossEntropyLoss", SGD, 0.03, None),
    ("torch", "CrossEntropyLoss", ADAM, 0.03, 1e-3),
    ("torch", "BCEWithLogitsLoss", SGD, 0.03, None),
    ("torch", "MSELoss", ADAM | {"optimizer": "AdamW"}, 0.5, 1e-3),
]
CLASSES = ("MLPClassifier", "categorical_crossentropy", "CrossEntropyLoss")
LABELS = ("binary_crossentropy", "BCEWithLogitsLoss")


def main():
    if sys.argv[1:2] == ["--torch"]:
        print(json.dumps([by_torch(drawn(), case) for case in cases("torch")]))
        return
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    environment.enter("venv-coming-from", PACKAGES)
    data = drawn()
    results = [by_sklearn(data, case) for case in cases("sklearn")] + [by_keras(data, case) for case in cases("keras")]
    python = find_torch()
    if python:
        run = subprocess.run([python, __file__, "--torch"], capture_output=True, text=True, check=True)
        results += json.loads(run.stdout)
    else:
        print("NOT CHECKED: there is no PyTorch; on Debian, apt-get install python3-torch")
    golden = data | {"cases": results}
    if sys.argv[1:]:
        # Those of PyTorch only where it is installed.
        libraries = {case["library"] for case in results}

        def choose(expected):
            return expected | {"cases": [case for case in expected["cases"] if case["library"] in libraries]}

        comparison.compare(golden, GOLDEN, TOLERANCE, ", ".join(sorted(libraries)), choose)
    elif python:
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in results)
        GOLDEN.write_text(json.dumps(data, separators=(",", ":"))[:-1] + ',"cases":[\n' + lines + "\n]}\n")
        print(f"{GOLDEN}: {len(results)} cases, {GOLDEN.stat().st_size:,} bytes")
    else:
        sys.exit(1)


def find_torch():
    """A Python that has PyTorch, or `None`; the variable `TORCH_PYTHON` names another."""
    for python in (os.environ.get("TORCH_PYTHON"), sys.executable, DEBIAN):
        if python and subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode == 0:
            return python
    return None


def cases(library):
    keys = ("library", "loss", "optimizer", "rate", "momentum", "l2", "epsilon")
    for name, loss, steps, l2, epsilon in CASES:
        if name == library:
            values = (name, loss, steps["optimizer"], steps["rate"], steps.get("momentum"), l2, epsilon)
            yield dict(zip(keys, values)) | {"targets": "classes" if loss in CLASSES else "labels" if loss in LABELS else "values"}


def drawn():
    """Data, and the initial layers; a network of 2 outputs has the first 2 rows of the last layer."""
    # Python guarantees the same numbers in later versions for `random()` only.
    draw = random.Random(SEED).random

    def symmetric(*shape):
        if not shape:
            return round(2 * draw() - 1, 3)
        return [symmetric(*shape[1:]) for _ in range(shape[0])]

    x = symmetric(ROWS, INPUTS)
    return {
        "x": x,
        "values": [[round(math.sin(3 * row[k]) + 0.3 * symmetric(), 3) for k in range(3)] for row in x],
        "classes": [[float(row.index(max(row)) == k) for k in range(3)] for row in x],
        "labels": [[float(row[k] > 0.2 * symmetric()) for k in range(2)] for row in x],
        "batch": BATCH,
        "epochs": EPOCHS,
        "initial": [{"weights": symmetric(m, n), "biases": symmetric(m)} for n, m in ((INPUTS, HIDDEN), (HIDDEN, 3))],
    }


def start(data, case):
    """The initial weights (fan_out, fan_in) and biases, and the targets."""
    import numpy as np

    y = np.array(data[case["targets"]])
    hidden, last = data["initial"]
    theta = [hidden["weights"], hidden["biases"], last["weights"][: y.shape[1]], last["biases"][: y.shape[1]]]
    return [np.array(one) for one in theta], y


def finished(case, weights_and_biases):
    parts = [part.tolist() for part in weights_and_biases]
    return case | {"final": [{"weights": w, "biases": b} for w, b in zip(parts[::2], parts[1::2])]}


def by_sklearn(data, case):
    import numpy as np
    from sklearn import neural_network

    theta, y = start(data, case)
    settings = {"solver": "adam"} if case["optimizer"] == "Adam" else {"solver": "sgd", "momentum": case["momentum"]}
    if case["epsilon"]:
        settings["epsilon"] = case["epsilon"]
    model = getattr(neural_network, case["loss"])(
        hidden_layer_sizes=(HIDDEN,), activation="tanh", alpha=case["l2"], batch_size=BATCH,
        learning_rate_init=case["rate"], shuffle=False, nesterovs_momentum=False, tol=0.0,
        n_iter_no_change=2**60, warm_start=True, max_iter=1, random_state=0, **settings,
    )  # fmt: skip
    y = y.argmax(1) if case["targets"] == "classes" else y
    with warnings.catch_warnings():
        # Suppresses the warning that training has not converged.
        warnings.simplefilter("ignore")
        # The first epoch creates the network. A second `fit` continues with its parameters and a new optimizer.
        model.fit(data["x"], y)
        model.coefs_ = [w.T.copy() for w in theta[::2]]
        model.intercepts_ = [b.copy() for b in theta[1::2]]
        model.loss_curve_, model.best_loss_, model.t_, model._no_improvement_count = [], np.inf, 0, 0
        model.max_iter = EPOCHS
        model.fit(data["x"], y)
    assert model.n_iter_ == EPOCHS
    return finished(case, [one for w, b in zip(model.coefs_, model.intercepts_) for one in (w.T, b)])


def by_keras(data, case):
    os.environ["KERAS_BACKEND"] = "jax"
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras
    import numpy as np

    keras.config.set_floatx("float64")
    theta, y = start(data, case)
    link = {"classes": "softmax", "labels": "sigmoid", "values": None}[case["targets"]]
    # AdamW has its own strength of L2.
    is_adam_w = case["optimizer"] == "AdamW"
    l2 = None if is_adam_w else keras.regularizers.L2(case["l2"])
    hidden = keras.layers.Dense(HIDDEN, activation="tanh", kernel_regularizer=l2)
    last = keras.layers.Dense(y.shape[1], activation=link, kernel_regularizer=l2)
    model = keras.Sequential([keras.Input((INPUTS,)), hidden, last])
    of_case = {"epsilon": case["epsilon"]} if case["epsilon"] else {"momentum": case["momentum"]}
    if is_adam_w:
        of_case["weight_decay"] = case["l2"]
    model.compile(getattr(keras.optimizers, case["optimizer"])(case["rate"], **of_case), case["loss"])
    model.set_weights([theta[0].T, theta[1], theta[2].T, theta[3]])
    model.fit(np.array(data["x"]), y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0)
    return finished(case, [one.T if one.ndim == 2 else one for one in model.get_weights()])


def by_torch(data, case):
    import torch

    torch.set_num_threads(1)
    theta, y = start(data, case)
    theta = [torch.tensor(one, requires_grad=True) for one in theta]
    x, y = torch.tensor(data["x"], dtype=torch.float64), torch.tensor(y)
    of_case = {"eps": case["epsilon"]} if case["epsilon"] else {"momentum": case["momentum"]}
    steps = getattr(torch.optim, case["optimizer"])(theta, case["rate"], weight_decay=case["l2"], **of_case)
    loss = getattr(torch.nn, case["loss"])()
    for _ in range(EPOCHS):
        for first in range(0, ROWS, BATCH):
            w1, b1, w2, b2 = theta
            output = torch.tanh(x[first : first + BATCH] @ w1.T + b1) @ w2.T + b2
            steps.zero_grad()
            loss(output, y[first : first + BATCH]).backward()
            steps.step()
    return finished(case, [one.detach() for one in theta])


if __name__ == "__main__":
    main()
