#!/usr/bin/env python3
"""Levenberg-Marquardt by this crate and by SciPy, on the same problems and starts, in one run.

    python3 benches/second_order/scipy_lm.py

It needs NumPy and SciPy (measured with 2.4.6 and 1.17.1) and Cargo. Both use one thread. SciPy's
`least_squares(method="lm")` is MINPACK's `lmder`, a QR factorisation of J, here with an analytic Jacobian by NumPy. The
columns are: network, rows, microseconds of an iteration, of 30 iterations, the loss after them. An iteration of SciPy is
one evaluation of the Jacobian. "product and Cholesky" are NumPy's JᵀJ (OpenBLAS' `dsyrk`) and SciPy's `cholesky` alone.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = "1"

import subprocess
import time
from pathlib import Path

import numpy as np
import scipy.linalg
from scipy.optimize import least_squares

ROOT = Path(__file__).resolve().parents[2]


def drawn(i):
    return np.sin(np.asarray(i, dtype=float) * 1.7 + 0.3)


def problem(inputs, hidden, rows):
    """x, y and the start θ = (W₁, b₁, W₂, b₂)."""
    x = drawn(np.arange(rows * inputs)).reshape(rows, inputs)
    y = np.sin(2 * x[:, 0]) * x[:, 1] + 0.1 * drawn(7 * np.arange(rows) + 3)
    layers = []
    for fan_out, fan_in, seed in ((hidden, inputs, 11), (1, hidden, 29)):
        layers.append(drawn(seed + np.arange(fan_out * fan_in)) / np.sqrt(fan_in))
        layers.append(0.1 * drawn(seed + 5000 + np.arange(fan_out)))
    return x, y, np.concatenate(layers)


def functions(x, y, hidden):
    rows, inputs = x.shape
    ends = np.cumsum([hidden * inputs, hidden, hidden])

    def forward(theta):
        w1, b1, w2, b2 = np.split(theta, ends)
        a = np.tanh(x @ w1.reshape(hidden, inputs).T + b1)
        return a, w2, a @ w2 + b2[0]

    def residuals(theta):
        return forward(theta)[2] - y

    def jacobian(theta):
        a, w2, _ = forward(theta)
        delta = (1 - a * a) * w2
        outer = (delta[:, :, None] * x[:, None, :]).reshape(rows, -1)
        return np.hstack([outer, delta, a, np.ones((rows, 1))])

    return residuals, jacobian


def fastest(work, rounds):
    best = np.inf
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def scipy_times(inputs, hidden, rows):
    x, y, theta = problem(inputs, hidden, rows)
    residuals, jacobian = functions(x, y, hidden)
    rounds = 20 if rows <= 100 else 2

    def run(evaluations):
        options = dict(ftol=2.3e-16, xtol=2.3e-16, gtol=2.3e-16, max_nfev=evaluations)
        began = time.perf_counter()
        found = least_squares(residuals, theta, jac=jacobian, method="lm", **options)
        return time.perf_counter() - began, found

    each = whole = np.inf
    for _ in range(rounds):
        long, many = run(30)
        each = min(each, long / max(many.njev, 1))
        whole = min(whole, long)
    j = jacobian(theta)
    a = j.T @ j / rows + np.eye(theta.size)
    product = fastest(lambda: scipy.linalg.blas.dsyrk(1.0, j.T), rounds + 3)
    cholesky = fastest(lambda: scipy.linalg.cholesky(a, lower=True, check_finite=False), rounds + 3)
    loss = many.cost / rows
    return 1e6 * each, 1e6 * whole, loss, 1e6 * product, 1e6 * cholesky


def main():
    command = ["cargo", "bench", "--locked", "--bench", "second_order"]
    ours = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    print("network rows: iteration, 30 iterations, loss")
    for line in filter(None, ours.splitlines()):
        network, rows, each, whole, loss, _ = line.split()
        inputs, hidden, _ = map(int, network.split("-"))
        print(f"{network} {rows}  this crate: {each} µs, {whole} µs, {loss}")
        each, whole, loss, product, cholesky = scipy_times(inputs, hidden, int(rows))
        print(f"{network} {rows}  SciPy:      {each:.1f} µs, {whole:.1f} µs, {loss:.6e}")
        print(f"{network} {rows}  product and Cholesky: {product:.1f} and {cholesky:.1f} µs")


if __name__ == "__main__":
    main()
