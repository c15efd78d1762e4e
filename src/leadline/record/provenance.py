"""By what something was measured: versions, and the machine in words."""

from __future__ import annotations

import os
import platform
from importlib import metadata

__all__ = ["machine", "versions"]


def versions() -> dict[str, str]:
    """Of leadline, jax and Python.

    Examples:
        >>> sorted(versions())
        ['jax', 'leadline', 'python']
    """
    return {name: _version(name) for name in ("leadline", "jax")} | {"python": platform.python_version()}


def machine() -> str:
    """The system and its number of cores, without names or paths.

    Examples:
        >>> machine().endswith("cores")
        True
    """
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # bundled into a program, without its metadata
        return "unknown"
