"""Compares L-BFGS of the crate argmin, on the crate's objective and gradient, with scikit-learn's `solver="lbfgs"`.

    python3 tests/lbfgs.py

Runs the package `examples/lbfgs`, which trains three networks and writes their initial parameters. scikit-learn then trains the same
networks from the same parameters on the same data. Fails unless the crate reaches at most scikit-learn's objective, up to a margin.

Needs Python 3.9. Outside a virtual environment, the script creates and uses one in `target/venv-sklearn`.
"""

import subprocess
import sys
import warnings
from pathlib import Path

import environment

ROOT = Path(__file__).resolve().parents[1]
STARTS = ROOT / "target" / "lbfgs-start"
ITERATIONS = 2000
# How much worse than scikit-learn's the final objective may be. Different line searches can lead to different local minima.
MARGIN = 0.01


def main():
    if sys.argv[1:]:
        sys.exit(__doc__)
    environment.enter("venv-sklearn", environment.SKLEARN)
    package = ROOT / "examples" / "lbfgs" / "Cargo.toml"
    command = ["cargo", "run", "--locked", "--release", "--manifest-path", package]
    command += ["--target-dir", ROOT / "target" / "lbfgs", "--", STARTS]
    table = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    print(table)
    rows = [line.split() for line in table.splitlines()[1:]]
    print("problem     crate       scikit-learn  iterations")
    worse = []
    for (name, _, before, after, *_), problem in zip(rows, [product(), diabetes(), digits()]):
        start, end, iterations = trained(name, *problem)
        if not abs(start - float(before)) <= 1e-6 * max(1.0, start):
            sys.exit(f"{name}: the objective at the start is {before}, scikit-learn's {start}")
        print(f"{name:<11} {after:<11} {end:<13.8f} {iterations}")
        # Written so that NaN is worse.
        if not float(after) <= (1 + MARGIN) * end:
            worse.append(name)
    if worse:
        sys.exit(f"scikit-learn is better on {', '.join(worse)}")


# Each problem: x, y, the hidden neurons, and the strength of L2, which are those of `examples/lbfgs`.
def product():
    import numpy as np

    i = np.arange(100)
    x = np.stack([i % 10, i // 10], axis=1) * 0.4 - 1.8
    return x, x[:, 0] * x[:, 1], 8, 1e-3


def table(name):
    import numpy as np

    values = np.loadtxt(ROOT / "examples" / "data" / name, delimiter=",", skiprows=1)
    return values[:, :-1], values[:, -1]


def diabetes():
    x, y = table("diabetes.csv")
    return (x - x.mean(0)) / x.std(0), (y - y.mean()) / y.std(), 8, 0.01


def digits():
    x, y = table("digits.csv")
    return x / 16, y.astype(int), 20, 1e-3


def trained(name, x, y, hidden, strength):
    """The objective before and after training from the written parameters, and the number of iterations."""
    import numpy as np
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    settings = {
        "hidden_layer_sizes": [hidden],
        "activation": "tanh",
        "solver": "lbfgs",
        # scikit-learn divides alpha by the number of rows.
        "alpha": strength * len(x),
        "tol": 1e-8,
        "max_fun": 100 * ITERATIONS,
        "warm_start": True,
        "max_iter": 1,
        "random_state": 0,
    }
    model = (MLPClassifier if y.dtype == int else MLPRegressor)(**settings)
    with warnings.catch_warnings():
        # Suppresses the warning that training has not converged.
        warnings.simplefilter("ignore")
        # Creates the network. A second `fit` continues with the parameters that it finds.
        model.fit(x, y)
        values = np.loadtxt(STARTS / f"{name}.txt")
        for layer, weights in enumerate(model.coefs_):
            fan_in, fan_out = weights.shape
            of_weights, of_biases, values = np.split(values, [fan_in * fan_out, (fan_in + 1) * fan_out])
            model.coefs_[layer] = of_weights.reshape(fan_out, fan_in).T.copy()
            model.intercepts_[layer] = of_biases.copy()
        assert len(values) == 0, name
        start = objective(model, x, y, strength)
        model.max_iter = ITERATIONS
        model.fit(x, y)
    return start, objective(model, x, y, strength), model.n_iter_


def objective(model, x, y, strength):
    """The mean loss of the rows, and half the strength times the squares of the weights."""
    import numpy as np

    penalty = 0.5 * strength * sum((weights**2).sum() for weights in model.coefs_)
    if y.dtype == int:
        return -np.log(model.predict_proba(x)[np.arange(len(x)), y]).mean() + penalty
    return 0.5 * ((y - model.predict(x)) ** 2).mean() + penalty


if __name__ == "__main__":
    main()
