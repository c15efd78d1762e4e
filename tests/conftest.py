"""What a test run writes, it writes into a folder of its own: compiled programs, and the settings of Keras.

Programs are compiled without most of XLA's optimisations, in its older, quicker way to fuse loops, and by one thread each, since
all cores have work: nearly all run for an instant, and would be compiled for seconds. They do not know which lines of source
their operations come from, which nobody asks. Where the last bits of what is optimised matter, see `optimised`. Even the smallest
is kept in the folder, since each module frees what it compiled and the next needs much of it again. NumPy's linear algebra has
one thread: the systems are small, and threads that wait for each other on cores with other work take many times as long.

Properties are tried on the same 200 examples in every run; `--hypothesis-profile long` tries 10,000 others each time.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

FOLDER = tempfile.TemporaryDirectory(prefix="leadline-tests-")
SETTINGS = {
    "LEADLINE_CACHE": FOLDER.name,
    "KERAS_HOME": FOLDER.name,
    "KERAS_BACKEND": "jax",
    "OPENBLAS_NUM_THREADS": "1",
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    "XLA_FLAGS": "--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1",
    "JAX_TRACEBACK_IN_LOCATIONS_LIMIT": "0",
    "JAX_COMPILATION_CACHE_DIR": os.path.join(FOLDER.name, "xla"),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}
for name, value in SETTINGS.items():
    os.environ.setdefault(name, value)
threadpool_limits(1, user_api="blas")  # of NumPy, which a plugin of pytest may have loaded before

CALM = {"deadline": None, "database": None, "suppress_health_check": [HealthCheck.too_slow]}  # the cores may have other work
settings.register_profile("ci", max_examples=200, derandomize=True, **CALM)
settings.register_profile("long", max_examples=10_000, print_blob=True, **CALM)
settings.load_profile("ci")


@pytest.fixture
def tally():
    """Writes down what was tried and how much of it held, in the file of JSON lines that LEADLINE_TALLY names, if it does."""

    def add(what, tried, held):
        if path := os.environ.get("LEADLINE_TALLY"):
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"what": what, "tried": tried, "held": held}) + "\n")

    return add


@pytest.fixture(scope="module", autouse=True)
def programs_let_go():
    """Frees what a module compiled: the memory maps of thousands of programs are more than a process may have."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()


@pytest.fixture(scope="module")
def optimised(programs_let_go):
    """Compiles with XLA's optimisations; what was compiled without them, whose last bits may differ, is not taken for it."""
    import jax

    before = jax.config.read("jax_disable_most_optimizations")
    jax.clear_caches()
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command as its script does: status, stdout and stderr."""
    from leadline import cli  # what is set above must be set before leadline is loaded

    monkeypatch.delenv("LEADLINE_LANG", raising=False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["leadline", *arguments])
        with pytest.raises(SystemExit) as left:
            cli.main()
        shown = capsys.readouterr()
        return left.value.code or 0, shown.out, shown.err

    return run
