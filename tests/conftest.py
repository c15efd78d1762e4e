"""What a test run writes, it writes into a folder of its own: compiled programs, and the settings of Keras."""

import os
import tempfile

import pytest

FOLDER = tempfile.TemporaryDirectory(prefix="leadline-tests-")
for name, value in {"LEADLINE_CACHE": FOLDER.name, "KERAS_HOME": FOLDER.name, "KERAS_BACKEND": "jax"}.items():
    os.environ.setdefault(name, value)


QUICK = {"layers", "losses", "metrics", "ops", "optimizers"}
"""Folders of tests that compute each value once."""


@pytest.fixture(autouse=True, scope="module")
def quickly_where_values_are_computed_once(request):
    """Applies `compiled_quickly` to the tests of the folders in `QUICK`."""
    if request.path.parent.name in QUICK:
        request.getfixturevalue("compiled_quickly")


@pytest.fixture(scope="module")
def compiled_quickly():
    """Compiles without optimisation what runs for an instant and would be compiled for seconds."""
    import jax

    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)
    jax.clear_caches()  # what others run is not to be a program of these, whose last bits may differ
