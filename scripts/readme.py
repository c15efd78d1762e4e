"""Runs the demo and puts what it prints into both READMEs, between their marks. Run it after a change of the report."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}


def main() -> None:
    """Runs the demo in each language, and writes."""
    for language, file in FILES.items():
        command = [sys.executable, "-m", "leadline.cli", "--lang", language, "diagnose"]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        block = f"<!-- demo -->\n```text\n{printed.rstrip()}\n```\n<!-- /demo -->"
        text = file.read_text(encoding="utf-8")
        written = re.sub(r"<!-- demo -->.*?<!-- /demo -->", lambda _, block=block: block, text, flags=re.DOTALL)
        file.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
