"""Virtual environments for the scripts in this folder."""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# The older versions, the last ones for Python 3.9, give the same numbers.
SKLEARN = [
    "scikit-learn==1.9.1; python_version >= '3.11'",
    "numpy==2.4.6; python_version >= '3.11'",
    "scikit-learn==1.6.1; python_version < '3.11'",
    "numpy==2.0.2; python_version < '3.11'",
]


def enter(name, packages):
    """Restarts the script in the virtual environment `target/<name>`, with the packages installed.

    Does nothing inside a virtual environment.
    """
    if sys.prefix != sys.base_prefix:
        return
    directory = ROOT / "target" / name
    python = directory / "bin" / "python"
    # Replaces an incomplete environment.
    if not python.exists() or subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode:
        venv.create(directory, with_pip=True, clear=True)
    # Does nothing, and needs no network, if the packages are installed.
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    subprocess.run(install, stdout=sys.stderr, check=True)
    os.execv(python, [str(python), str(Path(sys.argv[0]).resolve()), *sys.argv[1:]])
