"""Computes activations and their derivatives with 60 digits; writes `tests/golden/activations.json`.

    python3 tests/activations.py            # writes the file
    python3 tests/activations.py --check    # fails if a number in the file differs
    python3 tests/activations.py --fit      # prints the coefficients of the polynomials in `src/kernel`

Needs Python 3.9. Outside a virtual environment, the script creates and uses one in `target/venv-mpmath`.

Every number is rounded to the nearest f64. The arguments are f32 numbers of all sizes, and some f64 numbers beyond them.
"""

import json
import sys
from pathlib import Path

import environment

PACKAGES = ["mpmath==1.3.0"]
GOLDEN = Path(__file__).resolve().parent / "golden" / "activations.json"


def main():
    if sys.argv[1:] not in ([], ["--check"], ["--fit"]):
        sys.exit(__doc__)
    environment.enter("venv-mpmath", PACKAGES)
    import mpmath

    mpmath.mp.dps = 60
    if sys.argv[1:] == ["--fit"]:
        return fit(mpmath)
    z = arguments()
    golden = {"z": z}
    for name, (value, derivative) in activations(mpmath).items():
        of = lambda f: [float(f(mpmath.mpf(one))) for one in z]
        golden[name] = {"values": of(value), "derivatives": of(derivative)}
    if sys.argv[1:]:
        if json.loads(GOLDEN.read_text()) != golden:
            sys.exit(f"{GOLDEN.name} does not contain the numbers of mpmath {mpmath.__version__}")
        print(f"{len(golden) - 1} activations at {len(z)} arguments, mpmath {mpmath.__version__}")
    else:
        GOLDEN.write_text(json.dumps(golden, separators=(",", ":")).replace('],"', '],\n"') + "\n")
        print(f"{GOLDEN}: {GOLDEN.stat().st_size:,} bytes")


def arguments():
    """Arguments of both signs: a grid with few final zeros, numbers of all exponents, and those close to the limits of eˣ."""
    size = [(i * 131 + 77) / 4096 for i in range(160)] + [20 + (i * 97 + 3) / 64 for i in range(24)]
    size += [1.375 * 2.0**i for i in range(-149, 128, 9)] + [2.0**i for i in (-149, -126, -25, -24, -12, -2, -1, 0, 1, 6)]
    size += [87.5, 88.5, 103.75, 104.0, 700.0, 709.75, 745.0, 746.0, 750.0]
    # Beyond f32.
    size += [5e-324, 1.5e-310, 2.5e-308, 1e-200, 1e-60, 0.1, 1 / 3, 1e60, 1.5e200, 1.7e308]
    return [-one for one in reversed(size)] + [0.0] + size


def activations(mp):
    """The value and the derivative of each activation."""
    one, far = mp.mpf(1), 60
    # Rounded as the constants of the crate are: λ and λ·α.
    scale, floor = mp.mpf(1.0507009873554805), mp.mpf(1.7580993408473766)
    sigmoid = lambda z: one / (1 + mp.exp(-z))
    # Beyond `far`, Φ is 0 or 1, and its density 0.
    phi = lambda z: mp.erfc(-z / mp.sqrt(2)) / 2 if abs(z) < far else mp.mpf(z > 0)
    density = lambda z: mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi) if abs(z) < far else mp.mpf(0)
    elu = lambda scale, floor: (
        lambda z: scale * z if z > 0 else floor * mp.expm1(z),
        lambda z: scale if z > 0 else floor * mp.exp(z),
    )
    return {
        "elu(1.0)": elu(one, one),
        "elu(0.375)": elu(one, mp.mpf(0.375)),
        "selu": elu(scale, floor),
        "softplus": (lambda z: mp.log1p(mp.exp(z)) if z < far else z + mp.log1p(mp.exp(-z)), sigmoid),
        "softsign": (lambda z: z / (1 + abs(z)), lambda z: one / (1 + abs(z)) ** 2),
        "gelu": (lambda z: z * phi(z), lambda z: phi(z) + z * density(z)),
        "silu": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * sigmoid(-z))),
    }


def fit(mp):
    """Chebyshev fits: p of `normal.rs`, and l of `logarithm.rs`."""

    def scaled_phi(c):
        def of(t):
            u = c * (1 + t) / (1 - t)
            return (u + c) * mp.exp(u * u / 2) * mp.erfc(u / mp.sqrt(2)) / 2

        return of

    def artanh(square):
        s = mp.sqrt(square)
        return (mp.atanh(s) / s - 1) / square

    for element, farthest, c, count in (("f32", mp.mpf("14.6"), 4, 10), ("f64", mp.mpf("38.8"), 5, 22)):
        last = (farthest - c) / (farthest + c)
        print(f"P in {element}:", *map(float, mp.chebyfit(scaled_phi(c), [-1, last], count)), sep="\n  ")
    for element, count in (("f32", 5), ("f64", 10)):
        first = mp.mpf("1e-30")
        print(f"L in {element}:", *map(float, mp.chebyfit(artanh, [first, mp.mpf(1) / 9], count)), sep="\n  ")


if __name__ == "__main__":
    main()
