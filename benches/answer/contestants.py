"""Trains a network of a Python library until it is good enough, and prints one line of JSON, like `src/main.rs`.

    python contestants.py torch digits examples/data/digits.csv 0     # until it recognises 97 % of the held-out digits
    python contestants.py torch surfaces surfaces.csv 0               # until the rmse of each of the three surfaces is 0.1

`seconds` is the time from the data in memory to the trained network, and `epochs` the number of epochs in it. A library is
imported before that; `run.py` measures the whole process.
"""

import json
import sys
import time
import warnings

import numpy as np

ACCURACY, RMSE = 0.97, 0.1
# A run of so many epochs has failed.
EPOCHS = 20_000


class Task:
    """A network and its data. `eta` and `batch` are those of this crate's presets; all contestants but `sklearn` use them."""

    def __init__(self, x, y, hidden, activation, eta, batch, held_out=None):
        self.x, self.y, self.hidden, self.activation, self.eta, self.batch = x, y, hidden, activation, eta, batch
        self.held_out = held_out
        self.is_classes = held_out is not None
        self.outputs = 10 if self.is_classes else 1

    def is_good(self, predict):
        """Whether `predict` gives logits or classes that are right often enough, or values that are near enough."""
        if self.is_classes:
            x, labels = self.held_out
            answer = np.asarray(predict(x))
            return np.mean((answer if answer.ndim == 1 else answer.argmax(1)) == labels) >= ACCURACY
        return np.sqrt(np.mean((np.asarray(predict(self.x)).ravel() - self.y) ** 2)) <= RMSE


def tasks(name, path, seed):
    """One task of digits, or three of surfaces."""
    table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
    if name == "digits":
        x, labels = table[:, :64] / 16, table[:, 64].astype(int)
        test = np.arange(len(x)) % 5 == seed % 5
        return [Task(x[~test], labels[~test], 64, "relu", 0.01, 32, held_out=(x[test], labels[test]))]
    return [Task(table[:, :2], table[:, 2 + surface], 8, "sigmoid", 0.03, 16) for surface in range(3)]


def sklearn(task, seed, **settings):
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    warnings.filterwarnings("ignore")
    model = (MLPClassifier if task.is_classes else MLPRegressor)(
        hidden_layer_sizes=(task.hidden,),
        activation="logistic" if task.activation == "sigmoid" else "relu",
        random_state=seed,
        **settings,
    )
    first = {"classes": np.unique(task.y)} if task.is_classes else {}
    for epoch in range(1, EPOCHS + 1):
        model.partial_fit(task.x, task.y, **(first if epoch == 1 else {}))
        if task.is_good(model.predict):
            return epoch


def sklearn_alike(task, seed):
    """scikit-learn with the learning rate, the mini-batches and without the L2 of the others."""
    return sklearn(task, seed, learning_rate_init=task.eta, batch_size=task.batch, alpha=0)


def torch(task, seed):
    import torch

    torch.manual_seed(seed)
    hidden = torch.nn.Sigmoid() if task.activation == "sigmoid" else torch.nn.ReLU()
    first, last = torch.nn.Linear(task.x.shape[1], task.hidden), torch.nn.Linear(task.hidden, task.outputs)
    model = torch.nn.Sequential(first, hidden, last)
    optimizer = torch.optim.Adam(model.parameters(), lr=task.eta, fused=True)
    criterion = torch.nn.CrossEntropyLoss() if task.is_classes else torch.nn.MSELoss()
    x, y = torch.from_numpy(task.x), torch.from_numpy(task.y if task.is_classes else task.y[:, None])

    def predict(x):
        with torch.inference_mode():
            return model(torch.from_numpy(x)).numpy()

    for epoch in range(1, EPOCHS + 1):
        for rows in torch.randperm(len(x)).split(task.batch):
            optimizer.zero_grad()
            criterion(model(x[rows]), y[rows]).backward()
            optimizer.step()
        if task.is_good(predict):
            return epoch


def jax(task, seed):
    """A training step as Keras makes one: compiled, for mini-batches of one size; a shorter last one is left out."""
    import jax
    import jax.numpy as jnp

    tree_map = jax.tree_util.tree_map
    random = np.random.default_rng(seed)

    def layer(fan_in, fan_out):
        bound = np.sqrt(6 / (fan_in + fan_out))
        return [random.uniform(-bound, bound, (fan_in, fan_out)).astype(np.float32), np.zeros(fan_out, np.float32)]

    theta = tree_map(jnp.asarray, [layer(task.x.shape[1], task.hidden), layer(task.hidden, task.outputs)])
    hidden = jax.nn.sigmoid if task.activation == "sigmoid" else jax.nn.relu

    def forward(theta, x):
        (w1, b1), (w2, b2) = theta
        return hidden(x @ w1 + b1) @ w2 + b2

    def loss(theta, x, y):
        z = forward(theta, x)
        if task.is_classes:
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], 1))
        return jnp.mean((z[:, 0] - y) ** 2)

    def update(theta, m, v, step, x, y):
        gradient = jax.grad(loss)(theta, x, y)
        m = tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
        v = tree_map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
        rate = task.eta * jnp.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        return tree_map(lambda t, m, v: t - rate * m / (jnp.sqrt(v) + 1e-7), theta, m, v), m, v

    update, answer = jax.jit(update, donate_argnums=(0, 1, 2)), jax.jit(forward)
    m, v = tree_map(jnp.zeros_like, theta), tree_map(jnp.zeros_like, theta)
    step = 0
    for epoch in range(1, EPOCHS + 1):
        order = random.permutation(len(task.x))
        for start in range(0, len(order) - task.batch + 1, task.batch):
            rows = order[start : start + task.batch]
            step += 1
            theta, m, v = update(theta, m, v, np.float32(step), task.x[rows], task.y[rows])
        if task.is_good(lambda x: answer(theta, x)):
            return epoch


CONTESTANTS = {"sklearn": sklearn, "sklearn-alike": sklearn_alike, "torch": torch, "jax": jax}
LIBRARIES = {"sklearn": "sklearn.neural_network", "sklearn-alike": "sklearn.neural_network", "torch": "torch", "jax": "jax"}


def main():
    name, task, path, seed = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    __import__(LIBRARIES[name])
    todo = tasks(task, path, seed)
    start = time.perf_counter()
    epochs = [CONTESTANTS[name](one, seed) for one in todo]
    if None in epochs:
        sys.exit(f"not good enough after {EPOCHS} epochs")
    print(json.dumps({"seconds": time.perf_counter() - start, "epochs": sum(epochs)}))


main()
