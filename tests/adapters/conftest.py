import pytest


@pytest.fixture(autouse=True, scope="module")
def quickly(compiled_quickly):
    """These tests spend most of their time on compiling."""
