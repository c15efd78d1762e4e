"""The operations that are written in C++, where leadline was installed with a compiler."""

from __future__ import annotations

import ctypes
import functools
from pathlib import Path

import jax

__all__ = ["is_there"]

LIBRARY = Path(__file__).with_name("libleadline.so")
OPERATIONS = ("leadline_convolution", "leadline_epoch", "leadline_forward")


@functools.cache
def is_there() -> bool:
    """Whether JAX computes on a CPU, and the compiled library is there; its operations are known to JAX then."""
    if jax.default_backend() != "cpu":
        return False
    try:
        library = ctypes.cdll.LoadLibrary(str(LIBRARY))
    except OSError:
        return False
    for name in OPERATIONS:
        jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(getattr(library, name)), platform="cpu")  # type: ignore[no-untyped-call]
    return True
