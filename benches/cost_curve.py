"""Draws the cost of a training step over the width of the network, before and after, from two files of `cost_curve.rs`.

    cargo bench --bench cost_curve > after.csv
    python3 benches/cost_curve.py before.csv after.csv benches/cost_curve.svg

Also prints the cells that cost more than 1.5 times the curve through their neighbours: the geometric mean of the next widths on
both sides, for the same type and mini-batch. Needs matplotlib.
"""

import csv
import math
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

BATCHES = [1, 8, 64, 512]
COLOURS = ["tab:red", "tab:orange", "tab:blue", "tab:green"]
LIMIT = 1.5


def read(path):
    """The picoseconds per row and parameter of each (type, batch, width)."""
    with open(path, newline="") as file:
        rows = [(row["type"], int(row["batch"]), int(row["width"]), float(row["picoseconds_per_row_and_parameter"])) for row in csv.DictReader(file)]
    return {(name, batch, width): cost for name, batch, width, cost in rows}


def bumps(costs):
    """The cells that cost more than LIMIT times the curve through the next narrower and the next wider network."""
    for name, batch in sorted({key[:2] for key in costs}):
        widths = sorted(width for (n, b, width) in costs if (n, b) == (name, batch))
        for left, width, right in zip(widths, widths[1:], widths[2:]):
            below, here, above = (costs[name, batch, w] for w in (left, width, right))
            # On a log-log plot, the straight line between the neighbours.
            share = math.log(width / left) / math.log(right / left)
            expected = below ** (1 - share) * above**share
            if here > LIMIT * expected:
                yield name, batch, width, here / expected


def main():
    before, after, target = sys.argv[1:]
    costs = {"before": read(before), "after": read(after)}
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.6), sharey=True, layout="constrained")
    for axis, name in zip(axes, ["f32", "f64"]):
        for batch, colour in zip(BATCHES, COLOURS):
            for version, style in [("before", ":"), ("after", "-")]:
                points = sorted((w, cost) for (n, b, w), cost in costs[version].items() if (n, b) == (name, batch))
                label = f"{batch} row{'s' if batch > 1 else ''}" if version == "after" else None
                axis.plot(*zip(*points), style, color=colour, label=label, linewidth=1.3)
        axis.set(xscale="log", yscale="log", title=name, xlabel="width")
        axis.set_xticks([3, 10, 32, 100, 320, 1000], ["3", "10", "32", "100", "320", "1,000"])
        axis.grid(True, which="major", color="0.9")
        axis.legend(title="dotted: before", frameon=False)
    axes[0].set_ylabel("ps per row and parameter")
    plt.rcParams["svg.hashsalt"] = "0"
    figure.savefig(target, metadata={"Date": None})
    for version, table in costs.items():
        found = list(bumps(table))
        print(f"{version}: {len(found)} cells of {len(table)} above {LIMIT} times the curve through their neighbours")
        for name, batch, width, factor in found:
            print(f"  {name}, width {width}, {batch} rows: {factor:.2f}")


main()
