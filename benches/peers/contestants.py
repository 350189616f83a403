"""Times one Python contestant at one workload for a short time. `run.py` runs this script for all contestants in turn.

    python contestants.py numpy mnist 1          # trains for about a second
    python contestants.py numpy mnist 1 1024     # predicts 1,024 rows at a time for about a second
    python contestants.py gemm f32 1             # multiplies large square matrices
    python contestants.py versions               # prints the versions of the libraries

The output is that of `src/main.rs`, one line of JSON: `us` holds the microseconds per mini-batch (or per prediction) of each
repeat. After training, `losses` holds the loss before the first mini-batch and after `check` mini-batches; after predictions, it
holds the loss twice. Data and initial weights are the same as in `src/workload.rs`.
"""

import json
import os
import sys
import time
import warnings
from importlib import metadata

import numpy as np

from workload import ROWS, Workload, symmetric

ETA, MOMENTUM, L2 = 0.01, 0.9, 1e-4
REPEATS = 5


class ByStep:
    """A contestant that trains by single steps."""

    def __init__(self, workload):
        self.workload = workload
        self.next = 0

    def train(self, minibatches):
        """Trains for a number of mini-batches, which is a multiple of an epoch, and returns the time."""
        start = time.perf_counter()
        for _ in range(minibatches):
            self.step(self.next)
            self.next = (self.next + 1) % self.workload.minibatches
        self.wait()
        return time.perf_counter() - start

    def wait(self):
        """Waits until all steps are computed."""


class NumPy(ByStep):
    def __init__(self, workload):
        super().__init__(workload)
        self.batches = [(workload.x[rows], workload.y[rows]) for rows in workload.slices()]
        self.theta = [*workload.weights, *workload.biases]
        self.velocity = [np.zeros_like(theta) for theta in self.theta]
        self.layers = list(zip(workload.weights, workload.biases))

    def forward(self, x):
        """The outputs of all layers, after x."""
        outputs = [x]
        for l, (weights, biases) in enumerate(self.layers, 1):
            z = outputs[-1] @ weights.T
            z += biases
            if l < len(self.layers):
                if self.workload.hidden == "sigmoid":
                    np.negative(z, out=z)
                    np.exp(z, out=z)
                    z += 1
                    np.reciprocal(z, out=z)
                else:
                    np.maximum(z, 0, out=z)
            elif self.workload.softmax:
                z -= z.max(1, keepdims=True)
                np.exp(z, out=z)
                z /= z.sum(1, keepdims=True)
            outputs.append(z)
        return outputs

    def step(self, minibatch):
        x, y = self.batches[minibatch]
        outputs = self.forward(x)
        delta = outputs[-1] - y
        delta /= len(x)
        weights, biases = [], []
        for l in reversed(range(len(self.layers))):
            weights.append(delta.T @ outputs[l])
            biases.append(delta.sum(0))
            if l:
                delta = delta @ self.layers[l][0]
                a = outputs[l]
                delta *= a * (1 - a) if self.workload.hidden == "sigmoid" else a > 0
        for theta, velocity, gradient in zip(self.theta, self.velocity, weights[::-1] + biases[::-1]):
            gradient += L2 * theta
            gradient *= ETA
            velocity *= MOMENTUM
            velocity -= gradient
            theta += velocity

    def predict(self, rows):
        return self.forward(self.workload.x[:rows])[-1]


class Torch(ByStep):
    compiled = False

    def __init__(self, workload):
        import torch

        super().__init__(workload)
        self.torch = torch
        layers = []
        for weights, biases in zip(workload.weights, workload.biases):
            layer = torch.nn.Linear(*weights.shape[::-1])
            layer.weight = torch.nn.Parameter(torch.from_numpy(weights))
            layer.bias = torch.nn.Parameter(torch.from_numpy(biases))
            layers += [layer, torch.nn.Sigmoid() if workload.hidden == "sigmoid" else torch.nn.ReLU()]
        network = torch.nn.Sequential(*layers[:-1])
        # PyTorch does not halve the squared error: the learning rate is halved instead, and L2 doubled.
        factor = 1 if workload.softmax else 2
        self.optimizer = torch.optim.SGD(
            network.parameters(), lr=ETA / factor, momentum=MOMENTUM, weight_decay=L2 * factor, fused=True
        )
        y = torch.from_numpy(workload.labels if workload.softmax else workload.y)
        self.x = torch.from_numpy(workload.x)
        self.batches = [(self.x[rows], y[rows]) for rows in workload.slices()]
        criterion = torch.nn.CrossEntropyLoss() if workload.softmax else torch.nn.MSELoss()

        def loss(x, y):
            return criterion(network(x), y)

        self.network = network
        self.criterion = torch.compile(loss) if self.compiled else loss

    def step(self, minibatch):
        self.optimizer.zero_grad()
        self.criterion(*self.batches[minibatch]).backward()
        self.optimizer.step()

    def predict(self, rows):
        with self.torch.inference_mode():
            z = self.network(self.x[:rows])
            return self.torch.softmax(z, 1) if self.workload.softmax else z


class TorchCompile(Torch):
    compiled = True


class Jax(ByStep):
    def __init__(self, workload):
        import jax
        import jax.numpy as jnp

        super().__init__(workload)
        jax.config.update("jax_enable_x64", workload.dtype == "f64")
        self.jax = jax
        tree_map = jax.tree_util.tree_map
        layers = list(zip((weights.T for weights in workload.weights), workload.biases))
        self.theta = tree_map(jnp.asarray, layers)
        self.velocity = tree_map(jnp.zeros_like, self.theta)
        self.batches = [(jnp.asarray(workload.x[rows]), jnp.asarray(workload.y[rows])) for rows in workload.slices()]
        self.heads = {}
        hidden = jax.nn.sigmoid if workload.hidden == "sigmoid" else jax.nn.relu

        def forward(theta, x):
            for weights, biases in theta[:-1]:
                x = hidden(x @ weights + biases)
            weights, biases = theta[-1]
            return x @ weights + biases

        def loss(theta, x, y):
            z = forward(theta, x)
            if workload.softmax:
                return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(z), 1))
            return jnp.mean((z - y) ** 2) / 2

        def update(theta, velocity, x, y):
            gradient = jax.grad(loss)(theta, x, y)
            velocity = tree_map(lambda v, g, t: MOMENTUM * v - ETA * (g + L2 * t), velocity, gradient, theta)
            return tree_map(jnp.add, theta, velocity), velocity

        self.update = jax.jit(update, donate_argnums=(0, 1))
        self.answer = jax.jit(lambda theta, x: jax.nn.softmax(forward(theta, x)) if workload.softmax else forward(theta, x))

    def step(self, minibatch):
        self.theta, self.velocity = self.update(self.theta, self.velocity, *self.batches[minibatch])

    def wait(self):
        self.jax.block_until_ready(self.theta)

    def predict(self, rows):
        if rows not in self.heads:
            self.heads[rows] = self.jax.numpy.asarray(self.workload.x[:rows])
        return self.answer(self.theta, self.heads[rows]).block_until_ready()


class Sklearn:
    """scikit-learn. It can only `fit`; `warm_start` makes it start from the given weights."""

    def __init__(self, workload):
        from sklearn.neural_network import MLPClassifier, MLPRegressor

        warnings.filterwarnings("ignore")
        self.workload = workload
        self.y = workload.labels if workload.softmax else workload.y.squeeze(1) if workload.sizes[-1] == 1 else workload.y
        self.model = (MLPClassifier if workload.softmax else MLPRegressor)(
            hidden_layer_sizes=workload.sizes[1:-1],
            activation="logistic" if workload.hidden == "sigmoid" else "relu",
            solver="sgd",
            batch_size=workload.batch,
            momentum=MOMENTUM,
            nesterovs_momentum=False,
            learning_rate_init=ETA,
            alpha=L2 * workload.batch,  # scikit-learn divides alpha by the rows of the mini-batch
            shuffle=False,
            warm_start=True,
            max_iter=1,
            tol=0,
            n_iter_no_change=2**60,
        )
        self.model.fit(workload.x, self.y)
        self.start()

    def start(self):
        self.model.coefs_ = [weights.T.copy() for weights in self.workload.weights]
        self.model.intercepts_ = [biases.copy() for biases in self.workload.biases]

    def train(self, minibatches):
        """Trains from the initial weights for a number of mini-batches, and returns the time."""
        self.start()
        epochs = minibatches // self.workload.minibatches
        self.model.max_iter = epochs
        start = time.perf_counter()
        self.model.fit(self.workload.x, self.y)
        took = time.perf_counter() - start
        assert self.model.n_iter_ == epochs
        return took

    def predict(self, rows):
        x = self.workload.x[:rows]
        return self.model.predict_proba(x) if self.workload.softmax else self.model.predict(x)


class OnnxRuntime:
    """onnxruntime, which only predicts."""

    def __init__(self, workload):
        import onnx
        import onnxruntime
        from onnx import TensorProto, helper, numpy_helper

        self.workload = workload
        element = {"f32": TensorProto.FLOAT, "f64": TensorProto.DOUBLE}[workload.dtype]
        nodes, parameters, last = [], [], "x"
        for l, pair in enumerate(zip(workload.weights, workload.biases)):
            names = [f"w{l}", f"b{l}"]
            parameters += [numpy_helper.from_array(array, name) for array, name in zip(pair, names)]
            nodes.append(helper.make_node("Gemm", [last, *names], [f"z{l}"], transB=1))
            last = f"z{l}"
            if l + 1 < len(workload.weights):
                nodes.append(helper.make_node("Sigmoid" if workload.hidden == "sigmoid" else "Relu", [last], [f"a{l}"]))
                last = f"a{l}"
        nodes.append(helper.make_node("Softmax" if workload.softmax else "Identity", [last], ["y"]))
        x = helper.make_tensor_value_info("x", element, [None, workload.sizes[0]])
        y = helper.make_tensor_value_info("y", element, [None, workload.sizes[-1]])
        graph = helper.make_graph(nodes, "network", [x], [y], parameters)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
        onnx.checker.check_model(model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def predict(self, rows):
        return self.session.run(["y"], {"x": self.workload.x[:rows]})[0]


class Gemm:
    """Products of two square matrices, to measure the speed of the machine."""

    def __init__(self, dtype):
        self.a = symmetric(ROWS, (1024, 1024)).astype({"f32": np.float32, "f64": np.float64}[dtype])

    def predict(self, _):
        return self.a @ self.a


CONTESTANTS = {
    "numpy": NumPy,
    "torch": Torch,
    "torch-compile": TorchCompile,
    "jax": Jax,
    "sklearn": Sklearn,
    "onnxruntime": OnnxRuntime,
}
PACKAGES = ["numpy", "torch", "jax", "scikit-learn", "onnxruntime"]


def measure(seconds, unit, run):
    """The microseconds per run, for each repeat. `run` makes the given number of runs, always a multiple of `unit`."""
    repeat = seconds / REPEATS
    runs = unit
    while (took := run(runs)) <= repeat / 4:
        runs *= 2
    runs = max(1, round(runs / unit * repeat / took)) * unit
    repeats, total = [], 0.0
    while total < seconds:
        took = run(runs)
        repeats.append(took * 1e6 / runs)
        total += took
    return repeats


def main():
    if sys.argv[1] == "versions":
        print(json.dumps({package: metadata.version(package) for package in PACKAGES}))
        return
    name, workload, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    rows = int(sys.argv[4]) if len(sys.argv) > 4 else None
    if name == "gemm":
        contestant, rows = Gemm(workload), 1024
    else:
        workload = Workload(workload)
        contestant = CONTESTANTS[name](workload)
    line = {}
    if rows is None:
        first = workload.loss(contestant)
        contestant.train(workload.check)
        line["losses"] = [first, workload.loss(contestant)]
        line["us"] = measure(seconds, workload.minibatches, contestant.train)
    else:
        contestant.predict(rows)

        def predict(runs):
            start = time.perf_counter()
            for _ in range(runs):
                contestant.predict(rows)
            return time.perf_counter() - start

        line["us"] = measure(seconds, 1, predict)
        if name != "gemm":
            line["losses"] = [workload.loss(contestant)] * 2
    print(json.dumps(line))


main()
