"""A save that fails, or is killed, at each of its steps: the old file or the new one loads, and nothing is left lying about."""

import contextlib
import errno
import io
import itertools
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

import leadline as ll
from leadline.callbacks import csv_logger
from leadline.data.target import Target
from leadline.develop.shown import Shown
from leadline.errors import DataError, LeadlineError
from leadline.files import atomic
from leadline.models.predictor import Predictor

X, y = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32), np.arange(24) % 2
STEPS = ("open", "fsync", "replace", "close")


class Killed(BaseException):
    """What stands for a process that ends at once: nothing that would tidy up after it runs."""


class Disk:
    """Stands for `os` where files are written, and fails at one of the calls that reach the disk; counts them."""

    def __init__(self, monkeypatch, at=None, error=None):
        self.calls, self.at, self.error = [], at, error
        monkeypatch.setattr(atomic, "os", self)
        monkeypatch.setattr(atomic, "open", self.opened, raising=False)
        if error is Killed:
            monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)

    def __getattr__(self, name):
        own = getattr(os, name)
        return (lambda *arguments, **more: self.step(name, own, *arguments, **more)) if name in STEPS else own

    def step(self, name, own, *arguments, **more):
        self.calls.append(name)
        if len(self.calls) - 1 == self.at:
            raise self.error() if self.error is Killed else OSError(self.error, os.strerror(self.error))
        return own(*arguments, **more)

    def opened(self, handle, mode):
        disk = self

        class Raw(io.FileIO):
            def write(self, data):
                return disk.step("write", super().write, data)

        return io.BufferedRandom(Raw(handle, "r+")) if "+" in mode else io.BufferedWriter(Raw(handle, "w"), buffer_size=1 << 12)


@contextlib.contextmanager
def failing(at, error):
    """A disk that fails at this call; what it is to be reported as."""
    with pytest.MonkeyPatch.context() as patch:
        Disk(patch, at, error)
        with pytest.raises(Killed if error is Killed else DataError) as caught:
            yield caught


def network(seed):
    model = ll.Sequential([ll.Input((3,)), ll.layers.Dense(40, "relu"), ll.layers.Dense(2)], seed=seed)
    model.compile("adam", ll.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def of_model(name) -> tuple[Callable, Callable]:
    return lambda seed, folder: network(seed).save(folder / name), lambda folder: ll.load_model(folder / name).predict(X)


def of_weights(name):
    def read(folder):
        model = network(9)
        model.load_weights(folder / name)
        return model.predict(X)

    return lambda seed, folder: network(seed).save_weights(folder / name), read


def predictor(seed, folder):
    model = ll.Sequential([ll.Input((3,)), ll.layers.Dense(2, "softmax")], seed=seed)
    Predictor(model, Target("kind", "binary", ("a", "b"), "")).save(folder / "predictor.model")


class Page(Shown):
    """Evidence whose page is a number and many words."""

    class Face:
        html = staticmethod(lambda shown, title, command: f"<p>{shown.seed} 价</p>\n" * 2000)

    face = Face()

    def __init__(self, seed):
        self.seed = seed


def exported(folder):
    model = onnx.load(folder / "model.onnx")
    onnx.checker.check_model(model)
    return np.concatenate([onnx.numpy_helper.to_array(one).ravel() for one in model.graph.initializer])


def checkpoints():
    def write(seed, folder):
        network(seed).fit(X, y, epochs=2, checkpoint=ll.Checkpoint(folder / "run", epochs=1), verbose=0)

    def read(folder):
        model = network(9)
        model.restore(folder / "run")
        return model.predict(X)

    return write, read


FORMATS = {
    "leadline's own": of_model("model.leadline"),
    "keras": of_model("model.keras"),
    "weights.h5": of_weights("model.weights.h5"),
    "safetensors": of_weights("model.safetensors"),
    "predictor": (predictor, lambda folder: ll.load(folder / "predictor.model").probabilities(X)),
    "report": (
        lambda seed, folder: Page(seed).save(folder / "page.html"),
        lambda folder: np.frombuffer((folder / "page.html").read_bytes(), np.uint8),
    ),
    "onnx": (lambda seed, folder: network(seed).export(folder / "model.onnx"), exported),
}


@pytest.fixture(params=FORMATS)
def form(request):
    return FORMATS[request.param]


def outcomes(tmp_path, write, read):
    """The folder with the old file, and what reading gives for the old and for the new."""
    other = tmp_path / "other"
    other.mkdir()
    write(1, other)
    new = read(other)
    folder = tmp_path / "folder"
    folder.mkdir()
    write(0, folder)
    old = read(folder)
    assert not np.array_equal(old, new)
    return folder, old, new


def steps_of(write, tmp_path):
    """The calls that one save makes."""
    folder = tmp_path / "counted"
    folder.mkdir()
    write(0, folder)
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch)
        write(1, folder)
    assert {"open", "write", "fsync", "replace"} <= set(disk.calls)
    return len(disk.calls)


ERRORS = {"full": errno.ENOSPC, "broken": errno.EIO, "read-only": errno.EROFS, "killed": Killed}
any_error = pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)


@any_error
def test_the_old_or_the_new_file_loads(tmp_path, form, error, tally):
    write, read = form
    count = steps_of(write, tmp_path)
    folder, old, new = outcomes(tmp_path, write, read)
    names = set(os.listdir(folder))
    seen = []
    for at in range(count):
        with failing(at, error) as caught:
            write(1, folder)
        found = read(folder)
        seen.append("old" if np.array_equal(found, old) else "new" if np.array_equal(found, new) else "neither")
        if error is not Killed:
            assert "cannot be written" in str(caught.value)
            assert os.strerror(error) in str(caught.value)
            assert set(os.listdir(folder)) == names, "something was left lying about"
        write(0, folder)
    tally(
        "A save that fails or is killed at one of its steps: the old or the new file loads", count, count - seen.count("neither")
    )
    assert set(seen) <= {"old", "new"}
    assert seen[0] == "old"
    assert seen == sorted(seen, reverse=True), "once the new file is there, it stays"


@any_error
def test_a_training_whose_checkpoint_fails_leaves_one_that_loads(tmp_path, error, tally):
    write, read = checkpoints()
    count = steps_of(write, tmp_path)
    folder, old, _ = outcomes(tmp_path, write, read)
    for at in range(count):
        with failing(at, error):
            write(1, folder)
        assert np.isfinite(read(folder)).all()
        assert read(folder).shape == old.shape
    tally("A training whose checkpoint fails or is killed at one of its steps: an older one loads", count, count)


class Torn(Disk):
    """A disk that fails in the midst of a write, and at all that comes after."""

    def step(self, name, own, *arguments, **more):
        before, self.at = self.at, len(self.calls) if len(self.calls) >= self.at else self.at
        if name == "write" and len(self.calls) == before:
            own(bytes(arguments[0])[: len(arguments[0]) // 2])
        return super().step(name, own, *arguments, **more)


class Paths(type(Path())):
    """Stands for `Path` where a log is written, each time in steps of a few bytes."""

    disk = None

    def open(self, mode="r", buffering=-1, encoding=None, errors=None, newline=None):
        if not set(mode) & set("wa"):
            return super().open(mode, buffering, encoding, errors, newline)
        disk = self.disk
        disk.step("open", lambda: None)

        class Raw(io.FileIO):
            def write(self, data):
                return disk.step("write", super().write, data)

        file = io.BufferedWriter(Raw(self, mode.strip("b")), buffer_size=16)
        return file if "b" in mode else io.TextIOWrapper(file, encoding, errors, newline)


def logged(logger, first, memory):
    """Logs the epochs after the first so many, as a training does: how many are done, and what the log remembers by then."""
    if first:
        logger.on_resume(first, memory)
    else:
        memory = logger.on_train_begin(4).memory
    for epoch in range(first, 4):
        memory = logger.on_epoch_end(epoch, {"loss": 0.5 + epoch, "accuracy": epoch / 3}, memory).memory
        yield epoch + 1, memory


@any_error
@pytest.mark.parametrize("first", [0, 1, 3])
def test_a_log_that_fails_has_each_epoch_once_when_the_training_goes_on(tmp_path, monkeypatch, error, first, tally):
    path = tmp_path / "log.csv"
    logger = ll.callbacks.CSVLogger(path)
    states = [(0, None), *logged(logger, 0, None)]
    whole = path.read_bytes()
    monkeypatch.setattr(csv_logger, "Path", Paths)
    tried = held = 0
    for at in itertools.count():
        path.write_bytes(whole)  # which goes further than the checkpoint
        done, said = [states[first]], None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Paths, "disk", Torn(patch, at, error))
            try:
                for state in logged(logger, *states[first]):
                    done.append(state)  # noqa: PERF402 - what came before a failure stays
            except (Killed, LeadlineError) as failure:
                said = failure
        if said is None:
            break
        assert error is Killed or os.strerror(error) in str(said)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv_logger, "Path", Path)
            assert len(list(logged(logger, *done[-1]))) == 4 - done[-1][0]
        tried, held = tried + 1, held + (path.read_bytes() == whole)
    tally("A log that fails or is killed at one of its steps: when the training goes on, each epoch is in it once", tried, held)
    assert held == tried > 8


def test_nothing_is_written_in_another_way():
    source = Path(ll.__file__).parent
    ways = re.compile(r"""open\([^)\n]*["'](w|wb|x|xb|a|ab|r\+b?)["']|\.write_(text|bytes)\(""")
    found = {path.relative_to(source).as_posix() for path in source.rglob("*.py") if ways.search(path.read_text())}
    logs, examples = {"callbacks/csv_logger.py", "ui/start.py"}, {"data/table.py"}
    assert found <= logs | examples | {"files/atomic.py", "files/archive.py"}
