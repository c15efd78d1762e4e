"""Where the operations in C++ are there."""

import os
import shutil

import jax
import pytest

from leadline.native import library


@pytest.mark.skipif(not (os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")), reason="there is no C++ compiler")
def test_where_there_is_a_compiler_they_are_there():
    assert library.is_there()


def test_without_a_library_that_loads_they_are_not(monkeypatch, tmp_path):
    monkeypatch.setattr(library, "LIBRARY", tmp_path / "none.so")
    assert not library.is_there.__wrapped__()
    (tmp_path / "none.so").write_bytes(b"no library")
    assert not library.is_there.__wrapped__()


@pytest.mark.parametrize("device", ["gpu", "tpu"])
def test_on_another_device_they_are_not(monkeypatch, device):
    monkeypatch.setattr(jax, "default_backend", lambda: device)
    assert not library.is_there.__wrapped__()
