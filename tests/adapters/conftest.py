"""Programs of these tests run for an instant, and would be compiled for seconds: so they are compiled without optimisation."""

import jax
import pytest


@pytest.fixture(autouse=True, scope="module")
def compiled_quickly():
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)
