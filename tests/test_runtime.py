"""How JAX is set up: the cache folder, the devices, and what is left as the user decided."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from leadline import runtime

HOME = Path.home()


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, HOME / ".cache" / "leadline"),
        ("linux", {"XDG_CACHE_HOME": "/x"}, Path("/x/leadline")),
        ("linux", {"XDG_CACHE_HOME": ""}, HOME / ".cache" / "leadline"),
        ("linux", {"XDG_CACHE_HOME": "/x", "LEADLINE_CACHE": "/own"}, Path("/own")),
        ("darwin", {"XDG_CACHE_HOME": "/x"}, HOME / "Library" / "Caches" / "leadline"),
        ("win32", {"LOCALAPPDATA": "/local"}, Path("/local/leadline")),
        ("win32", {"LEADLINE_CACHE": "/own"}, Path("/own")),
    ],
)
def test_cache_folder(monkeypatch, platform, environment, folder):
    for name in ("LEADLINE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert runtime.cache_folder() == folder


class Config(SimpleNamespace):
    """Stands for `jax.config`, as a fresh process has it."""

    def __init__(self, **changes):
        super().__init__(**{"jax_num_cpu_devices": -1, "jax_compilation_cache_dir": None} | changes)

    def update(self, name, value):
        if name == "jax_num_cpu_devices" and getattr(self, "computed", False):
            raise RuntimeError("backends are initialized")
        setattr(self, name, value)


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("LEADLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    return tmp_path / "cache" / "xla"


def prepared(monkeypatch, **changes):
    config = Config(**changes)
    monkeypatch.setattr(runtime, "jax", SimpleNamespace(config=config))
    runtime.prepare()
    return config.jax_num_cpu_devices, config.jax_compilation_cache_dir


def test_a_fresh_process_gets_its_cores_as_devices_and_a_cache(monkeypatch, folder):
    assert prepared(monkeypatch) == (3, str(folder))
    assert folder.is_dir()


def test_what_was_decided_stays(monkeypatch, folder):
    assert prepared(monkeypatch, jax_num_cpu_devices=5, jax_compilation_cache_dir="/theirs") == (5, "/theirs")
    assert not folder.exists()
    monkeypatch.setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=4")
    assert prepared(monkeypatch) == (-1, str(folder))


def test_programs_run_where_they_are_called_unless_the_user_decided(monkeypatch, folder):
    monkeypatch.delenv("JAX_CPU_ENABLE_ASYNC_DISPATCH", raising=False)
    prepared(monkeypatch)
    assert runtime.jax.config.jax_cpu_enable_async_dispatch is False
    monkeypatch.setenv("JAX_CPU_ENABLE_ASYNC_DISPATCH", "1")
    prepared(monkeypatch)
    assert not hasattr(runtime.jax.config, "jax_cpu_enable_async_dispatch")


def test_devices_that_are_fixed_already_do_not_cost_the_cache(monkeypatch, folder):
    assert prepared(monkeypatch, computed=True) == (-1, str(folder))


def test_a_folder_that_cannot_be_made_is_done_without(monkeypatch, folder):
    folder.parent.write_text("a file stands where the folder would")
    assert prepared(monkeypatch) == (3, None)


def test_a_user_without_a_home_is_served(monkeypatch, folder):
    monkeypatch.delenv("LEADLINE_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert prepared(monkeypatch) == (3, None)


def test_a_process_keeps_its_programs_and_finds_them_again(tmp_path):
    program = (
        "import jax, jax.numpy as jnp, leadline\n"
        "jax.config.update('jax_persistent_cache_min_compile_time_secs', 0.0)\n"
        "hits = []\n"
        "jax.monitoring.register_event_listener(lambda event, **_: hits.append(event))\n"
        "jax.jit(lambda x: jnp.sin(x) @ x)(jnp.ones((4, 4))).block_until_ready()\n"
        "print(jax.device_count(), hits.count('/jax/compilation_cache/cache_hits') > 0)\n"
    )
    decided = ("XLA_FLAGS", "JAX_NUM_CPU_DEVICES", "JAX_COMPILATION_CACHE_DIR")
    environment = {name: value for name, value in os.environ.items() if name not in decided}
    environment |= {"LEADLINE_CACHE": str(tmp_path), "JAX_PLATFORMS": "cpu"}
    run = lambda: subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)  # noqa: E731
    assert run().stdout.split() == [str(os.cpu_count()), "False"]
    assert any((tmp_path / "xla").iterdir())
    assert run().stdout.split() == [str(os.cpu_count()), "True"]


def test_the_memory_is_that_of_the_accelerators_else_the_machines(monkeypatch):
    devices = [SimpleNamespace(memory_stats=lambda: {"bytes_limit": 3}), SimpleNamespace(memory_stats=lambda: None)]
    assert 1 << 28 < runtime.device_memory() == runtime.machine_memory() < 1 << 52
    monkeypatch.setattr(runtime.jax, "local_devices", lambda: devices)
    assert runtime.device_memory() == 3
    monkeypatch.delattr("os.sysconf")
    assert runtime.machine_memory() == 8 << 30
