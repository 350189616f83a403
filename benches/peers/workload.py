"""The workloads of `workloads.json`, with their data and initial weights: the same numbers as in `src/workload.rs`."""

import json
import math
from pathlib import Path

import numpy as np

LOSS_ROWS = 1024
ROWS, LABELS, WEIGHTS = 0, 1, 2


def random(stream, count):
    """`count` integers of 24 random bits: SplitMix64 of a counter."""
    z = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(stream << 40)
    z *= np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.int64)


def symmetric(stream, shape):
    """Numbers uniform in [-1, 1), exact in f32."""
    return (random(stream, math.prod(shape)) / 2**23 - 1).reshape(shape)


class Workload:
    def __init__(self, name):
        table = json.loads((Path(__file__).parent / "workloads.json").read_text())
        self.__dict__.update(next(workload for workload in table if workload["name"] == name))
        self.element = {"f32": np.float32, "f64": np.float64}[self.dtype]
        self.rows, outputs = self.batch * self.minibatches, self.sizes[-1]
        self.x = symmetric(ROWS, (self.rows, self.sizes[0])).astype(self.element)
        if self.softmax:
            self.labels = random(LABELS, self.rows) * outputs >> 24
            self.y = np.eye(outputs, dtype=self.element)[self.labels]
        else:
            self.y = (self.x[:, :2].astype(float) ** 2).sum(1, keepdims=True).repeat(outputs, 1).astype(self.element)
        pairs = list(zip(self.sizes, self.sizes[1:]))
        self.weights = [
            (symmetric(WEIGHTS + l, (fan_out, fan_in)) / math.sqrt(fan_in)).astype(self.element)
            for l, (fan_in, fan_out) in enumerate(pairs)
        ]
        self.biases = [np.zeros(fan_out, self.element) for _, fan_out in pairs]

    def slices(self):
        """The rows of each mini-batch of an epoch."""
        return [slice(start, start + self.batch) for start in range(0, self.rows, self.batch)]

    def loss(self, contestant):
        """The mean cross-entropy, or the mean of half the squared error, over the first rows, without L2."""
        rows = min(self.rows, LOSS_ROWS)
        answer = np.asarray(contestant.predict(rows), dtype=float).reshape(rows, -1)
        y = self.y[:rows]
        if self.softmax:
            return float(-np.log(answer[y == 1]).mean())
        return float(((answer - y) ** 2).sum(1).mean() / 2)
