"""The machine: how JAX is set up on it before its first computation, and how much memory there is.

The cores are devices, and programs run where they are called and are kept on disk. These are defaults for a process that has not
decided otherwise: a setting of JAX or an environment variable from before leadline was imported stays.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

import jax

__all__ = ["COMPILED_BRIEFLY", "cache_folder", "device_memory", "machine_memory", "prepare"]

COMPILED_BRIEFLY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
"""XLA's options for a program that runs once or seldom, compiled in a quarter of the time."""


def cache_folder() -> Path:
    """The folder where compiled programs are kept: `$LEADLINE_CACHE`, else `leadline` in the user's cache folder.

    The user's cache folder is `$XDG_CACHE_HOME` or `~/.cache`; on macOS `~/Library/Caches`; on Windows `%LOCALAPPDATA%`.
    """
    if own := os.environ.get("LEADLINE_CACHE"):
        return Path(own)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "leadline"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "leadline"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leadline"


def prepare() -> None:
    """Gives JAX one host device a core, calls without a change of thread, and a persistent cache of compiled programs.

    Populations are spread over the host devices; a single training uses the first, with all cores inside one operation, as
    without this. A program runs on the thread that calls it: handed to another, which mostly sleeps, a prediction of one row
    takes two to three times as long, and leadline has nothing else to do meanwhile. A cache folder that cannot be made is done
    without: leadline then compiles anew in each process.
    """
    config: Any = jax.config
    decided = "xla_force_host_platform_device_count" in os.environ.get("XLA_FLAGS", "")
    if not decided and config.jax_num_cpu_devices <= 0:
        # Once JAX has computed, its devices are fixed; then what it was set up with is used as it is.
        with contextlib.suppress(RuntimeError):
            config.update("jax_num_cpu_devices", os.cpu_count() or 1)
    if "JAX_CPU_ENABLE_ASYNC_DISPATCH" not in os.environ:
        config.update("jax_cpu_enable_async_dispatch", False)
    if config.jax_compilation_cache_dir is None:
        try:
            folder = cache_folder() / "xla"
            folder.mkdir(parents=True, exist_ok=True)
        except (OSError, RuntimeError):  # RuntimeError: the user has no home
            return
        if os.access(folder, os.W_OK):
            config.update("jax_compilation_cache_dir", str(folder))
            config.update("jax_persistent_cache_min_compile_time_secs", 0)


def machine_memory() -> int:
    """The machine's memory in bytes; 8 GiB where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return 8 << 30


def device_memory() -> int:
    """The memory in bytes that the arrays of a training can take: that of the accelerators, else the machine's."""
    own = [(device.memory_stats() or {}).get("bytes_limit", 0) for device in jax.local_devices()]
    return sum(own) or machine_memory()
