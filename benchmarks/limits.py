"""What this machine can do at most, measured: single-precision products, and bytes through memory."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from channel import environment

__all__ = ["least_seconds", "machine", "measured"]

SIZE = 2048
STREAM = 2**26
ROUNDS = 9


def rate(work: Callable[[], object], amount: float) -> float:
    """So much of something a second, in the median."""
    work()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return amount / statistics.median(times)


def measure() -> dict[str, float]:
    """The faster of JAX's and NumPy's products, operations a second; JAX's scaling of a long array, bytes a second."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    square = np.random.default_rng(0).standard_normal((SIZE, SIZE), np.float32)
    on_device, product = jnp.asarray(square), jax.jit(lambda a, b: a @ b)
    work = (lambda: product(on_device, on_device).block_until_ready(), lambda: square @ square)
    long, scale = jnp.ones(STREAM, jnp.float32), jax.jit(lambda x: x * 1.5)
    moved = rate(lambda: scale(long).block_until_ready(), 2 * 4 * STREAM)
    return {"operations_per_s": max(rate(one, 2.0 * SIZE**3) for one in work), "bytes_per_s": moved}


def measured() -> dict[str, float]:
    """The same in a process of its own, and what the last cache holds."""
    done = subprocess.run([sys.executable, __file__], env=environment(), capture_output=True, text=True, check=True)
    return json.loads(done.stdout) | {"cache_bytes": cache_bytes()}


def cache_bytes() -> int:
    """The size of the largest cache; 32 MB where the system does not tell."""
    sizes = [path.read_text().strip() for path in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")]
    return max((int(size[:-1]) * {"K": 2**10, "M": 2**20}[size[-1]] for size in sizes), default=2**25)


def machine() -> dict[str, str | int]:
    """What the processor is called, and how many cores it has for us."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    called = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"processor": called or platform.machine(), "cores": cores or 1, "system": platform.system()}


def least_seconds(operations: float, moved: float, limits: dict[str, float]) -> float:
    """The roofline: no less than the operations at the peak, nor than the bytes, if no cache holds them, at memory's rate."""
    through = moved / limits["bytes_per_s"] if moved > limits["cache_bytes"] else 0.0
    return max(operations / limits["operations_per_s"], through)


if __name__ == "__main__":
    print(json.dumps(measure()))
