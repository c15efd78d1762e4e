"""Runs the demo and puts what it prints into README.md, between its two marks. Run it after a change of the report."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def main() -> None:
    """Runs the demo, and writes."""
    command = [sys.executable, "-m", "leadline.cli", "diagnose"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    block = f"<!-- demo -->\n```text\n{printed.rstrip()}\n```\n<!-- /demo -->"
    text = README.read_text(encoding="utf-8")
    README.write_text(re.sub(r"<!-- demo -->.*?<!-- /demo -->", lambda _: block, text, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
