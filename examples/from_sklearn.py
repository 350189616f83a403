"""A usual script for scikit-learn's MLPClassifier; `from_sklearn.rs` is the same script in Rust.

pip install scikit-learn
python examples/from_sklearn.py
"""

import numpy as np
from sklearn.metrics import classification_report, confusion_matrix, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

table = np.loadtxt("examples/data/digits.csv", delimiter=",", skiprows=1)
x, y = table[:, :-1], table[:, -1].astype(int)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, stratify=y, random_state=7)

scaler = StandardScaler().fit(x_train)
model = MLPClassifier((64,), max_iter=300, early_stopping=True, n_iter_no_change=20, random_state=7)
model.fit(scaler.transform(x_train), y_train)
print(f"{model.n_iter_} epochs, best {model.best_validation_score_:.3f}")

predicted = model.predict(scaler.transform(x_test))
print(classification_report(y_test, predicted, digits=3))
print(confusion_matrix(y_test, predicted))

probabilities = model.predict_proba(scaler.transform(x_test))
roc_auc = roc_auc_score(y_test == 8, probabilities[:, 8])
print(f"ROC AUC of 8 or not: {roc_auc:.4f}")

pipeline = make_pipeline(StandardScaler(), MLPClassifier((64,), max_iter=100, random_state=7))
folds = StratifiedKFold(5, shuffle=True, random_state=7)
scores = cross_val_score(pipeline, x, y, cv=folds)
print(f"cross-validation: {scores.mean():.4f}, deviation {scores.std():.4f}")
