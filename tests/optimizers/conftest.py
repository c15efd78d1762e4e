"""What is computed once here is compiled quickly."""

import pytest


@pytest.fixture(autouse=True, scope="module")
def every_module_compiled_quickly(compiled_quickly):
    return compiled_quickly
