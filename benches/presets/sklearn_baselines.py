"""Scores scikit-learn's networks and its gradient boosting on held-out rows; prints Markdown tables.

    python benches/presets/sklearn_baselines.py
    python benches/presets/sklearn_baselines.py bar FOLDER

Needs Python 3.9 and scikit-learn; takes three minutes on one core. The second command scores networks and gradient boosting
at the tasks of the stage `schedules`; FOLDER holds the generated data sets, which `presets data FOLDER` writes.

The seeds s are 0 to 9. The rows i with (i + s) % 5 == 0
are held out, and `random_state` is s; the seeds s and s + 5 hold out the same rows and differ only in the network. Features
are standardised by the training rows, and so are targets where the table says so; pixels are divided by 16. All other
settings are scikit-learn's defaults. R² is computed from the targets as they are in the file.
"""

import os

# Networks this small are slower on more threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples" / "data"
SEEDS = range(10)
HIDDEN = [16, 32, 64, 100]
# scikit-learn's default is 1e-4. It divides alpha by the rows of the mini-batch: 200, or fewer at the end of an epoch.
ALPHAS = [1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0]
# Larger values, to find the limit.
LARGE_ALPHAS = [30.0, 100.0, 300.0]
# The networks and the data sets of the stage `schedules`.
BAR = [(16,), (64, 32)]
CLASSES = ["breast_cancer", "wine", "iris", "penguins", "vote", "weather"]
VALUES = ["temperature", "visits"]
GENERATED = ["friedman_150", "friedman_500", "friedman_5000", "sine"]


def main():
    warnings.filterwarnings("ignore", category=sklearn.exceptions.ConvergenceWarning)
    print(f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}", flush=True)
    if sys.argv[1:2] == ["bar"]:
        bar(Path(sys.argv[2]))
        return
    diabetes()
    classes("digits", EXAMPLES, [64, 100], lambda rows: Divided(16))
    for name in ["breast_cancer", "wine", "iris"]:
        classes(name, HERE / "data", [16, 100], lambda rows: StandardScaler().fit(rows))


def diabetes():
    x, y = table(EXAMPLES, "diabetes")
    rows = [scores("the mean of the targets", lambda s: DummyRegressor(), x, y)]
    rows.append(scores("linear regression", lambda s: LinearRegression(), x, y))
    rows += [scores(f"ridge, alpha {alpha:g}", lambda s: Ridge(alpha=alpha), x, y) for alpha in [1, 10, 30, 100]]
    heading("diabetes: R² on the held-out rows", rows)
    for h in HIDDEN:
        rows = [scores("(a) defaults", regressor(h), x, y)]
        rows.append(scores("(b) y standardised", regressor(h), x, y, scale_y=True))
        rows.append(scores("(c) … and max_iter=1000", regressor(h, max_iter=1000), x, y, scale_y=True))
        rows.append(scores("(d) … and early_stopping", regressor(h, early_stopping=True), x, y, scale_y=True))
        for alpha in ALPHAS[1:] + LARGE_ALPHAS:
            rows.append(scores(f"… and alpha={alpha:g}", regressor(h, alpha=alpha), x, y, scale_y=True))
        rows.append(scores("(e) … and alpha tuned", lambda s, h=h: tuned(regressor(h)(s)), x, y, scale_y=True))
        heading(f"diabetes, {h} hidden: R² on the held-out rows", rows)


def regressor(hidden, **settings):
    return lambda s: MLPRegressor(hidden_layer_sizes=(hidden,), random_state=s, **settings)


def classifier(hidden, **settings):
    return lambda s: MLPClassifier(hidden_layer_sizes=(hidden,), random_state=s, **settings)


def tuned(model):
    """The model, with the alpha that scores best in five folds of the training rows."""
    return GridSearchCV(model, {"alpha": ALPHAS})


def classes(name, folder, sizes, scaler):
    x, y = table(folder, name)
    rows = [scores("the most common class", lambda s: DummyClassifier(), x, y, scaler)]
    rows.append(scores("logistic regression", lambda s: LogisticRegression(max_iter=5000), x, y, scaler))
    for h in sizes:
        rows.append(scores(f"{h} hidden", classifier(h), x, y, scaler))
        rows.append(scores(f"{h} hidden, max_iter=1000", classifier(h, max_iter=1000), x, y, scaler))
        rows.append(scores(f"{h} hidden, early_stopping", classifier(h, early_stopping=True), x, y, scaler))
    heading(f"{name}: accuracy on the held-out rows", rows)


def bar(generated):
    """The tasks of the stage `schedules`: means over the seeds of networks with one and two hidden layers, and of trees.

    The trees do not depend on the seed, so that they are fitted once for each split.
    """
    print("\n| | [16] | [64, 32] | gradient boosting | s |\n|---|---:|---:|---:|---:|")
    for folder, name in [(EXAMPLES, "digits"), *((HERE / "data", name) for name in CLASSES)]:
        x, y = table(folder, name)
        scaler = (lambda rows: Divided(16)) if name == "digits" else (lambda rows: StandardScaler().fit(rows))
        models = [(layers(MLPClassifier, hidden), SEEDS) for hidden in BAR]
        models.append((lambda s: HistGradientBoostingClassifier(random_state=s), SEEDS[:5]))
        line(name, [scores("", model, x, y, scaler, seeds=seeds) for model, seeds in models])
    for folder, name in [
        (EXAMPLES, "diabetes"),
        *((HERE / "data", name) for name in VALUES),
        *((generated, name) for name in GENERATED),
    ]:
        x, y = table(folder, name)
        models = [(layers(MLPRegressor, hidden), SEEDS) for hidden in BAR]
        models.append((lambda s: HistGradientBoostingRegressor(random_state=s), SEEDS[:5]))
        line(name, [scores("", model, x, y, scale_y=True, seeds=seeds) for model, seeds in models])


def layers(kind, hidden):
    return lambda s: kind(hidden_layer_sizes=hidden, random_state=s)


def line(name, results):
    means = [f"{statistics.mean(found):.4f}" for _, found, _, _ in results]
    seconds = ", ".join(f"{seconds:.2f}" for _, _, _, seconds in results)
    print("| " + " | ".join([name, *means, seconds]) + " |", flush=True)


def table(folder, name):
    """The features and the targets of a file."""
    data = np.loadtxt(folder / f"{name}.csv", delimiter=",", skiprows=1)
    return data[:, :-1], data[:, -1]


class Divided:
    def __init__(self, divisor):
        self.divisor = divisor

    def transform(self, x):
        return x / self.divisor


def scores(name, model, x, y, scaler=lambda rows: StandardScaler().fit(rows), scale_y=False, seeds=SEEDS):
    """Returns the name, the score of each seed, the median number of epochs, and the seconds of one fit."""
    found, epochs, start = [], [], time.perf_counter()
    for s in seeds:
        held_out = (np.arange(len(x)) + s) % 5 == 0
        train = ~held_out
        features = scaler(x[train]).transform(x)
        mean, deviation = (y[train].mean(), y[train].std()) if scale_y else (0.0, 1.0)
        one = model(s)
        one.fit(features[train], (y[train] - mean) / deviation if scale_y else y[train])
        answer = one.predict(features[held_out])
        if sklearn.base.is_classifier(one):
            found.append(accuracy_score(y[held_out], answer))
        else:
            found.append(r2_score(y[held_out], answer * deviation + mean))
        epochs.append(getattr(one, "n_iter_", None) if hasattr(one, "loss_curve_") else None)
    seconds = (time.perf_counter() - start) / len(seeds)
    return name, found, None if None in epochs else statistics.median(epochs), seconds


def heading(title, rows):
    print(f"\n### {title}\n")
    print("| | mean | median | worst | " + " | ".join(f"s = {s}" for s in SEEDS) + " | epochs | s per fit |")
    print("|---" + "|---:" * (len(SEEDS) + 5) + "|")
    for name, found, epochs, seconds in rows:
        summary = [statistics.mean(found), statistics.median(found), min(found)]
        cells = [f"{one:.4f}" for one in summary] + [f"{one:.3f}" for one in found]
        print("| " + " | ".join([name, *cells, "–" if epochs is None else f"{epochs:g}", f"{seconds:.2f}"]) + " |", flush=True)


if __name__ == "__main__":
    main()
