"""Checks that the models of `Dnn::write_onnx` give the crate's predictions in onnxruntime.

    python3 tests/onnx_check.py

Needs Python 3.11 and Cargo. Outside a virtual environment, the script creates and uses one in `target/venv-onnx`.

The script first runs `tests/it/onnx`. That test writes models with every hidden activation, every last activation and every
link that can be combined, in f32 and in f64, together with the crate's predictions for 1 and for 7 rows. Every model must pass
the full check of `onnx`, which infers the shapes, and onnxruntime's predictions must equal the crate's up to rounding.
"""

import json
import subprocess
import sys
from pathlib import Path

import environment

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ["onnx==1.23.2", "onnxruntime==1.32.0", "numpy==2.4.6"]

# The largest absolute differences, by element type. The predictions are about 1.
TOLERANCES = {"f32": 1e-6, "f64": 1e-12}
# 14 last activations with 4 links, without the logistic link over a sigmoid; no hidden layer, or two of any of 14 activations; 2
# element types.
MODELS = (14 * 4 - 1) * 15 * 2
ROWS = {1, 7}


def main():
    if sys.argv[1:]:
        sys.exit(__doc__)
    environment.enter("venv-onnx", PACKAGES)
    directory = written()
    cases = json.loads((directory / "predictions.json").read_text())
    runs = {(case["model"], len(case["x"])) for case in cases}
    if len(runs) != len(cases) or {rows for _, rows in runs} != ROWS or len(runs) != MODELS * len(ROWS):
        sys.exit(f"{directory}: found {len(cases)} predictions, expected those of {MODELS} models for each of {ROWS} rows")
    for name in sorted({case["model"] for case in cases}):
        check_model(directory / f"{name}.onnx")
    check_predictions(directory, cases)


def written():
    """Runs the test that writes the models, and returns their directory."""
    metadata = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    target = json.loads(subprocess.run(metadata, cwd=ROOT, check=True, capture_output=True).stdout)["target_directory"]
    directory = Path(target) / "tmp" / "onnx"
    (directory / "predictions.json").unlink(missing_ok=True)
    subprocess.run(["cargo", "test", "--locked", "--quiet", "--test", "it", "onnx::"], cwd=ROOT, stdout=sys.stderr, check=True)
    return directory


def check_model(path):
    """Checks a model, and that every value except the transposed weights has the shape (batch, n)."""
    import onnx

    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    graph = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True).graph
    values = [*graph.input, *graph.value_info, *graph.output]
    named = {value.name for value in values}
    missing = {output for node in graph.node for output in node.output} - named
    if missing:
        sys.exit(f"{path}: no shape was inferred for {missing}")
    for value in values:
        dims = value.type.tensor_type.shape.dim
        if value.name.endswith(".columns"):
            continue
        if len(dims) != 2 or dims[0].dim_param != "batch" or not dims[1].dim_value > 0:
            sys.exit(f"{path}: expected the shape (batch, n) for {value.name}, found {dims}")


def check_predictions(directory, cases):
    """Compares onnxruntime's predictions with the crate's; prints the largest difference by element type."""
    import numpy as np
    import onnxruntime

    largest, wrong = dict.fromkeys(TOLERANCES, 0.0), []
    for case in cases:
        model, element = case["model"], case["element"]
        dtype = {"f32": np.float32, "f64": np.float64}[element]
        session = onnxruntime.InferenceSession(directory / f"{model}.onnx", providers=["CPUExecutionProvider"])
        (found,) = session.run(["y"], {"x": np.array(case["x"], dtype)})
        expected = np.array(case["y"])
        if (found.dtype, found.shape) != (dtype, expected.shape):
            sys.exit(f"{model}: {found.dtype} {found.shape}, expected {element} {expected.shape}")
        difference = float(np.abs(found - expected).max())
        # Written so that NaN fails.
        if not difference <= TOLERANCES[element]:
            wrong.append(f"{model}, {len(expected)} rows: off by {difference:.3g}")
        largest[element] = max(largest[element], difference)
    print(*wrong[:50], sep="\n", end="\n" if wrong else "")
    if wrong:
        sys.exit(f"{len(wrong)} of {len(cases)} predictions are off by more than {TOLERANCES}")
    differences = ", ".join(f"{difference:.3g} in {element}" for element, difference in largest.items())
    print(f"{len(cases)} predictions, the largest difference {differences}; onnxruntime {onnxruntime.__version__}")


if __name__ == "__main__":
    main()
