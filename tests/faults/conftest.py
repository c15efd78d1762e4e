"""The scripts of reliability/ import each other by name, as they do when they are run."""

import sys
from pathlib import Path

FOLDER = str(Path(__file__).resolve().parents[2] / "reliability")
if FOLDER not in sys.path:
    sys.path.append(FOLDER)
