"""Scores of predictions and the sizes of stratified folds by scikit-learn, for `against_sklearn.py`."""

import random
import re
import warnings

# Labels, predicted labels: the second class is never predicted; class 2 is predicted but never true, and class 3 does not
# occur; everything is wrong; everything is right; a single class; large numbers.
LABELS = [
    ([0, 0, 1, 2, 2, 2], [0, 0, 0, 2, 2, 0]),
    ([0, 1, 4, 4, 1, 0, 1], [0, 2, 4, 1, 1, 2, 0]),
    ([0, 1, 2], [1, 2, 0]),
    ([1, 0, 2, 1], [1, 0, 2, 1]),
    ([3, 3, 3], [3, 3, 3]),
    ([100, 7, 123456789012345, 7], [100, 100, 7, 7]),
]
# Truth, scores: separated; the wrong way round; all equal; ties within and between the labels; zeros of both signs.
SCORES = [
    ([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]),
    ([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4]),
    ([0, 1, 1, 0, 1], [0.5, 0.5, 0.5, 0.5, 0.5]),
    ([0, 1, 0, 1, 1, 0, 1], [0.2, 0.2, 0.2, 0.7, 0.7, 0.7, 0.1]),
    ([0, 1, 1, 0], [0.0, -0.0, 1.0, -1.0]),
]
# The last class of some is smaller than the number of folds. Labels appear in their order: scikit-learn numbers them so.
FOLDS = [([6, 5], 3), ([10, 10, 10], 5), ([7, 1, 4], 4), ([2, 2, 2, 2, 2], 2), ([101, 53, 3], 10)]


def metrics():
    """All cases with scikit-learn's results."""
    # Python guarantees the same numbers in later versions for `random()` only.
    draw = random.Random(7).random
    labels = list(LABELS)
    for classes, rows in [(2, 30), (3, 40), (5, 200)]:
        # Larger classes are rarer.
        truth = [int(classes * draw() * draw()) for _ in range(rows)]
        labels.append((truth, [t if draw() < 0.7 else int(classes * draw()) for t in truth]))
    scores = list(SCORES)
    for rows, decimals in [(50, 3), (400, 1)]:
        truth = [int(draw() < 0.3) for _ in range(rows)]
        scores.append((truth, [round(0.4 * t + draw(), decimals) for t in truth]))
    yes_or_no = [
        ([[1, 0], [1, 1], [0, 1]], [[0.9, 0.2], [0.7, 0.3], [0.1, 0.5]]),
        # Labels without a yes in the truth, in the prediction, and in both.
        ([[0, 1, 0, 1], [0, 1, 0, 0]], [[0.6, 0.1, 0.2, 0.9], [0.4, 0.3, 0.4, 0.8]]),
    ]
    truth = [[int(draw() < 0.3) for _ in range(4)] for _ in range(60)]
    yes_or_no.append((truth, [[round(0.3 * t + 0.7 * draw(), 3) for t in row] for row in truth]))
    values = [([[3.0, -0.5], [2.0, 0.25], [-1.0, 4.0], [7.0, 2.0]], [[2.5, 0.0], [2.0, 0.5], [-1.5, 3.0], [8.0, 2.25]])]
    y = [[round(2 * draw() - 1, 3) for _ in range(3)] for _ in range(20)]
    values.append((y, [[round(one + 0.2 * draw(), 3) for one in row] for row in y]))
    logits = [[round(6 * draw() - 3, 3) for _ in range(3)] for _ in range(12)]
    labels_of_rows = [[float(draw() < 0.4) for _ in range(3)] for _ in range(12)]
    weighted = [(logits, labels_of_rows, w, p) for w, p in [([1, 1, 1], [1, 1, 1]), ([2, 0.5, 1], [1, 1, 1]), ([0.3, 2, 1], [9, 0.1, 4])]]
    with warnings.catch_warnings():
        # Suppresses the warnings of quotients with the denominator 0.
        warnings.simplefilter("ignore")
        return {
            "classes": [of_labels(*case) for case in labels],
            "ranking": [of_scores(*case) for case in scores],
            "multilabel": [of_yes_or_no(*case) for case in yes_or_no],
            "values": [of_values(*case) for case in values],
            "label_weights": [of_weights(*case) for case in weighted],
            "folds": [of_folds(*case) for case in FOLDS],
        }


def averages(truth, predicted):
    """Precision, recall and F1 of each class, and their averages."""
    from sklearn.metrics import precision_recall_fscore_support

    results = {}
    for average in ("macro", "micro", "weighted", None):
        scores = precision_recall_fscore_support(truth, predicted, average=average, zero_division=0)
        results[average or "each"] = [one if average else one.tolist() for one in map(plain, scores[:3])]
    return results


def of_labels(truth, predicted):
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, classification_report
    from sklearn.utils.class_weight import compute_sample_weight

    return {
        "truth": truth,
        "predicted": predicted,
        "labels": sorted({*truth, *predicted}),
        "accuracy": float(accuracy_score(truth, predicted)),
        "balanced_accuracy": float(balanced_accuracy_score(truth, predicted)),
        "balanced_weights": compute_sample_weight("balanced", truth).tolist(),
        "averages": averages(truth, predicted),
        # If no prediction is right, scikit-learn writes the whole numbers of rows with a decimal.
        "report": re.sub(r"( +\d+)\.0$", r"  \1", classification_report(truth, predicted, zero_division=0), flags=re.M),
    }


def of_scores(truth, scores):
    from sklearn.metrics import roc_auc_score

    return {"truth": truth, "scores": scores, "roc_auc": float(roc_auc_score(truth, scores))}


def of_yes_or_no(y, predicted):
    import numpy as np
    from sklearn.metrics import classification_report

    answers = (np.array(predicted) >= 0.5).astype(int)
    report = classification_report(np.array(y), answers, zero_division=0)
    return {
        "y": y,
        "predicted": predicted,
        "averages": averages(np.array(y), answers),
        # Without the line "samples avg", which the crate does not have.
        "report": "".join(line for line in report.splitlines(keepends=True) if "samples" not in line),
    }


def of_values(y, predicted):
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    flat = [[one for row in rows for one in row] for rows in (y, predicted)]
    return {
        "y": y,
        "predicted": predicted,
        "mae": float(mean_absolute_error(y, predicted)),
        "rmse": float(root_mean_squared_error(*flat)),
        "r2": float(r2_score(y, predicted)),
    }


def of_weights(logits, y, label_weights, positive_weights):
    """The binary cross-entropy of several labels: for label j a yes has the weight w_j p_j, a no w_j."""
    import numpy as np
    from sklearn.metrics import log_loss

    y_, w, p = np.array(y), np.array(label_weights), np.array(positive_weights)
    probabilities, weights = 1 / (1 + np.exp(-np.array(logits))), w * np.where(y_ == 1, p, 1)
    columns = range(y_.shape[1])
    sums = [log_loss(y_[:, j], probabilities[:, j], sample_weight=weights[:, j], normalize=False) for j in columns]
    return {
        "logits": logits,
        "y": y,
        "label_weights": label_weights,
        "positive_weights": positive_weights,
        "loss": float(sum(sums) / len(y)),
    }


def of_folds(sizes, k):
    """The number of test rows of each class in each fold."""
    import numpy as np
    from sklearn.model_selection import StratifiedKFold

    labels = np.repeat(np.arange(len(sizes)), sizes)
    tests = [test for _, test in StratifiedKFold(k).split(labels, labels)]
    counts = [np.bincount(labels[test], minlength=len(sizes)).tolist() for test in tests]
    return {"sizes": sizes, "k": k, "tests": counts}


def plain(number):
    """A NumPy number as a Python number; arrays stay."""
    return number if getattr(number, "shape", ()) else float(number)
