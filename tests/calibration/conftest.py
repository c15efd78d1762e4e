"""The scripts of calibration/ import each other by name, as they do when they are run."""

import sys
from pathlib import Path

FOLDER = str(Path(__file__).resolve().parents[2] / "calibration")
if FOLDER not in sys.path:
    sys.path.append(FOLDER)
