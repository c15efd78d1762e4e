import platform

import jax

import leadline
from leadline.record.provenance import machine, versions


def test_versions_are_those_that_run():
    assert versions() == {"leadline": leadline.__version__, "jax": jax.__version__, "python": platform.python_version()}


def test_a_machine_has_no_name():
    assert platform.node() not in machine()
