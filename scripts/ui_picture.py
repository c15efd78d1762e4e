"""Walks a loop on scikit-learn's diabetes data, opens the page over its record, and takes the picture of docs/ui.md.

Run it after a change of the page. It needs Chromium and the extra `browser`, as `make test-browser` does.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urljoin

from readme import ROOT, picture
from sklearn.datasets import load_diabetes

LEADLINE = [sys.executable, "-m", "leadline.cli"]


def main() -> None:
    """Walks, serves, and takes the picture of the run's page as far as its turns."""
    with tempfile.TemporaryDirectory() as folder:
        table = load_diabetes(as_frame=True, scaled=False).frame.rename(columns={"target": "progression"})
        table.to_csv(Path(folder, "diabetes.csv"), index=False)
        walk = [*LEADLINE, "develop", "diabetes.csv", "--target", "progression"]
        subprocess.run(walk, cwd=folder, check=True)
        with subprocess.Popen(
            [*LEADLINE, "ui", "--port", "0", "--no-browser"], cwd=folder, stdout=subprocess.PIPE, text=True
        ) as page:
            assert page.stdout is not None
            address = page.stdout.readline().strip()
            try:
                picture([address, urljoin(address, "/runs/1")], 3, ROOT / "docs" / "ui.png")
            finally:
                page.terminate()  # else it would be waited for


if __name__ == "__main__":
    main()
