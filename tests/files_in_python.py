"""Reads the crate's files in Python, and writes a file in Python that the crate reads. All files are in `tests/files`.

    python3 tests/files_in_python.py            # writes sequential.safetensors and sequential.json
    python3 tests/files_in_python.py --check    # fails if these two files differ from what the script writes

Both commands also read the crate's files with safetensors.numpy, compute the networks' predictions in NumPy, and fail if these
differ from the crate's. Needs Python 3.9. Outside a virtual environment, the script creates and uses one in `target/venv-files`.
"""

import json
import sys
from pathlib import Path

import environment

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = [
    "safetensors==0.8.0; python_version >= '3.10'",
    "numpy==2.4.6; python_version >= '3.11'",
    "safetensors==0.7.0; python_version < '3.10'",
    "numpy==2.0.2; python_version < '3.11'",
]
FILES = ROOT / "tests" / "files"
TOLERANCE = {"f64": 1e-14, "f32": 1e-6}


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    environment.enter("venv-files", PACKAGES)
    for element in TOLERANCE:
        read(element)
    written = sequential()
    for name, content in written.items():
        if not sys.argv[1:]:
            (FILES / name).write_bytes(content)
        elif (FILES / name).read_bytes() != content:
            sys.exit(f"{name} differs from what this script writes")
    print(f"two files read; {' and '.join(written)} {'unchanged' if sys.argv[1:] else 'written'}")


def read(element):
    """Computes the predictions of a network from its file alone, and compares them with the crate's."""
    import numpy as np
    from safetensors import safe_open
    from safetensors.numpy import load_file

    path = FILES / f"format_1_{element}.safetensors"
    with safe_open(path, framework="numpy") as file:
        header = json.loads(file.metadata()["ndarray_dnn"])
    # The state dict of a ModuleList named `layers`.
    state = {k: v for k, v in load_file(path).items() if k.startswith("layers.")}
    golden = json.loads((FILES / "format_1.json").read_text())

    answer = np.array(golden["x"], dtype=element.replace("f", "float"))
    for i, activation in enumerate(header["activations"]):
        answer = answer @ state.pop(f"layers.{i}.weight").T + state.pop(f"layers.{i}.bias")
        answer = activate(np, activation, answer)
    assert not state, f"{path} has more layers than activations: {list(state)}"
    if header["settings"]["softmax"]:
        answer = np.exp(answer - answer.max(axis=1, keepdims=True))
        answer /= answer.sum(axis=1, keepdims=True)
    difference = np.abs(answer - golden[element]).max()
    if not difference <= TOLERANCE[element]:
        sys.exit(f"{path.name}: off by {difference}")


def activate(np, name, z):
    if name.startswith("leaky_relu("):
        return np.where(z > 0, z, z.dtype.type(name[len("leaky_relu(") : -1]) * z)
    return {"sigmoid": lambda: 1 / (1 + np.exp(-z)), "tanh": lambda: np.tanh(z), "identity": lambda: z}[name]()


def sequential():
    """A file with the keys of PyTorch's nn.Sequential(Linear(2, 3), ReLU(), Linear(3, 1)), and its predictions."""
    import numpy as np
    from safetensors.numpy import save

    state = {
        "0.weight": np.array([[0.5, -1.25], [1.5, 0.75], [-0.25, 2.0]], dtype=np.float32),
        "0.bias": np.array([0.125, -0.5, 0.0], dtype=np.float32),
        "2.weight": np.array([[1.0, -2.0, 0.5]], dtype=np.float32),
        "2.bias": np.array([0.75], dtype=np.float32),
    }
    x = np.array([[1.0, 0.5], [-1.0, 2.0], [0.0, 0.0]], dtype=np.float32)
    hidden = np.maximum(x @ state["0.weight"].T + state["0.bias"], 0)
    y = hidden @ state["2.weight"].T + state["2.bias"]
    golden = {"x": x.tolist(), "y": y.tolist()}
    return {"sequential.safetensors": save(state), "sequential.json": (json.dumps(golden) + "\n").encode()}


if __name__ == "__main__":
    main()
