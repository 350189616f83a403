"""Numbers that are computed again, beside those of a golden file."""

import json
import sys


def compare(found, file, tolerance, versions, choose=lambda expected: expected):
    """Ends the script unless the numbers of the golden file differ from `found` by at most `tolerance`.

    `choose` changes what the file holds before. `versions` names the programs that computed the numbers.
    """
    differences = worst(found, choose(json.loads(file.read_text())), file.name)
    # Written so that NaN is wrong.
    wrong = [one for one in differences if not one[0] <= tolerance]
    for difference, text in wrong[:50]:
        print(f"{text}, off by {difference:.3g}")
    if wrong:
        sys.exit(f"{len(wrong)} of {len(differences)} numbers are off by more than {tolerance}")
    largest = max(difference for difference, _ in differences)
    print(f"{len(differences)} numbers, the largest difference {largest:.3g}; {versions}")


def worst(found, expected, where):
    """All differences between two trees of lists and objects, each with its place; ∞ where the structures differ."""
    if isinstance(expected, dict) and isinstance(found, dict) and found.keys() == expected.keys():
        return [one for key in expected for one in worst(found[key], expected[key], f"{where}.{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
        return [one for i, pair in enumerate(zip(found, expected)) for one in worst(*pair, f"{where}[{i}]")]
    if all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in (found, expected)):
        return [(abs(found - expected), f"{where}: found {found!r}, expected {expected!r}")]
    alike = type(found) is type(expected) and found == expected
    return [] if alike else [(float("inf"), f"{where}: found {found!r:.60}, expected {expected!r:.60}")]
