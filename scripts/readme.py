"""Runs the demo: what it prints goes into both READMEs, between their marks, and the top of its report becomes their picture.

Run it after a change of the report. It needs Chromium and the extra `browser`, as `make test-browser` does.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
FILES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}
PICTURE = ROOT / "docs" / "report.png"
WIDTH, SCALE = 960, 1.25


def picture(addresses: Sequence[str], sections: int, path: Path) -> None:
    """Takes the first sections of the last of the addresses as a picture of 1,200 pixels' width and 256 colours."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, device_scale_factor=SCALE, color_scheme="light")
        for address in addresses:
            page.goto(address)
        last = page.locator("section").nth(sections - 1).bounding_box()
        assert last is not None
        shown = {"x": 0, "y": 0, "width": WIDTH, "height": last["y"] + last["height"] + 8}
        taken = page.screenshot(full_page=True, clip=shown)
        browser.close()
    few = Image.open(io.BytesIO(taken)).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def main() -> None:
    """Runs the demo in each language, and writes."""
    for language, file in FILES.items():
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.html")
            command = [sys.executable, "-m", "leadline.cli", "--lang", language, "diagnose", "--report", str(report)]
            printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            if language == "en":
                picture([report.resolve().as_uri()], 3, PICTURE)  # the verdict, where it stands, the learning curve
        block = f"<!-- demo -->\n```text\n{printed.rstrip()}\n```\n<!-- /demo -->"
        text = file.read_text(encoding="utf-8")
        written = re.sub(r"<!-- demo -->.*?<!-- /demo -->", lambda _, block=block: block, text, flags=re.DOTALL)
        file.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
