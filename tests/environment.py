"""Virtual environments for the scripts in this folder."""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def enter(name, packages):
    """Starts the script again in the virtual environment `target/<name>`, which has the packages.

    Inside of any virtual environment it does nothing.
    """
    if sys.prefix != sys.base_prefix:
        return
    directory = ROOT / "target" / name
    python = directory / "bin" / "python"
    # An incomplete environment is made again.
    if not python.exists() or subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode:
        venv.create(directory, with_pip=True, clear=True)
    # If the packages are installed, this does nothing and needs no network.
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    subprocess.run(install, stdout=sys.stderr, check=True)
    os.execv(python, [str(python), str(Path(sys.argv[0]).resolve()), *sys.argv[1:]])
