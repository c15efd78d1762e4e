"""A peer's process and the channel to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["OURS", "Peer", "environment", "names", "written"]

HERE = Path(__file__).parent
OURS = "leadline"
DECIDED_FOR_OTHER_VERSIONS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Settings of a shell that hold the BLAS of the newest NumPy back; no peer is measured with them."""


def names() -> list[str]:
    """The peers, leadline first."""
    found = sorted(path.stem.replace("_", "-") for path in (HERE / "peers").glob("*.py"))
    return [OURS, *(name for name in found if name != OURS)]


def environment(**more: str) -> dict[str, str]:
    """What a peer's process finds: this one's, less what would hold it back, and a cache of its own for compiled programs."""
    kept = {name: value for name, value in os.environ.items() if name not in DECIDED_FOR_OTHER_VERSIONS}
    return kept | more


class Peer:
    """A peer's process and the channel to it.

    Args:
        name: The peer.
        task_name: What it is to do.
        folder: Where the arrays lie.
        environment: The process's.
    """

    def __init__(self, name: str, task_name: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        command = [sys.executable, str(HERE / "peer.py"), name, task_name, str(folder)]
        self._errors = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115
        channels = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._errors}
        self._process = subprocess.Popen(command, text=True, env=dict(environment), **channels)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def read(self) -> dict[str, Any]:
        """The next reply; the first, to no command, says what the peer can do."""
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            raise RuntimeError(f"{self.name} ended:\n{self._errors.read()[-2000:]}")
        return json.loads(line)

    def ask(self, do: str, way: str, amount: int = 0, shuffle: bool = True) -> dict[str, Any]:
        """The reply to a command."""
        print(json.dumps({"do": do, "way": way, "amount": amount, "shuffle": shuffle}), file=self._process.stdin, flush=True)
        return self.read()


def written(data: Mapping[str, np.ndarray], folder: Path) -> None:
    """Writes the arrays where a peer's process reads them."""
    for name, array in data.items():
        np.save(folder / f"{name}.npy", array)
