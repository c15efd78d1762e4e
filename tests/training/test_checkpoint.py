"""What stands on the disk of a training, and that one that goes on from there ends to the bit as one that was not stopped."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import optax
import pytest

import leadline as ll
from leadline.callbacks import CSVLogger, EarlyStopping, LambdaCallback, LearningRateScheduler, ReduceLROnPlateau
from leadline.errors import ArgumentError, DataError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(70, 4)).astype(np.float32)
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int32)


def made(optimizer="adam", units=6, dtype=None):
    layers = [ll.layers.Dense(units, "relu", dtype=dtype), ll.layers.BatchNormalization(), ll.layers.Dropout(0.2)]
    model = ll.Sequential([*layers, ll.layers.Dense(1)])
    model.compile(optimizer, ll.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def trained(make=made, epochs=8, x=X, **options):
    """Weights as bytes and the records."""
    model = make()
    history = model.fit(x, Y, epochs=epochs, verbose=0, **{"validation_split": 0.2} | options)
    return b"".join(np.asarray(array).tobytes() for array in model.get_weights()), history


def files(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def back_to(folder, epoch):
    """As if it had been killed soon after a checkpoint."""
    for path in Path(folder).iterdir():
        if int(path.name[6:12]) > epoch:
            path.unlink()


def every(folder, **options):
    return ll.Checkpoint(folder, epochs=1, keep=50, **options)


# --- goes on to the bit ---------------------------------------------------------------------------------------------------------

WAYS = {
    "plain": {},
    "not shuffled": {"shuffle": False, "batch_size": 9},
    "nothing validated": {"validation_split": 0.0},
    "a later first epoch": {"initial_epoch": 2},
    "best weights": {"callbacks": [EarlyStopping(patience=6, restore_best_weights=True)]},
    "best weights of before": {
        "callbacks": [
            LearningRateScheduler(lambda epoch, rate: 0.01 if epoch < 3 else 10.0),
            EarlyStopping(patience=5, restore_best_weights=True),
        ]
    },
    "a falling rate": {"callbacks": [ReduceLROnPlateau(patience=1, monitor="loss", min_delta=1.0)]},
    "a rate by epoch": {"callbacks": [LearningRateScheduler(lambda epoch, rate: rate * 0.9)]},
    "SGD with momentum": {"make": lambda: made(ll.optimizers.SGD(0.1, momentum=0.9))},
    "average of the weights": {"make": lambda: made(ll.optimizers.Adam(use_ema=True))},
    "accumulated gradients": {"make": lambda: made(ll.optimizers.Adam(gradient_accumulation_steps=3))},
    "a schedule": {"make": lambda: made(ll.optimizers.Adam(ll.schedules.ExponentialDecay(0.01, 5, 0.9)))},
    "Optax": {"make": lambda: made(optax.lion(1e-3))},
    "half precision": {"make": lambda: made(dtype="bfloat16")},
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_it_ends_as_if_it_had_not_been_stopped(way, tmp_path):
    whole = trained(**way)
    assert trained(**way, checkpoint=every(tmp_path)) == whole
    back_to(tmp_path, 4)
    assert files(tmp_path)[-1] == "epoch-000004.checkpoint"
    assert trained(**way, checkpoint=every(tmp_path), resume=tmp_path) == whole
    assert files(tmp_path)[-1] == "epoch-000008.checkpoint"


def test_the_best_weights_of_before_are_of_before():
    """Else the way of this name would find them anew after it went on."""
    assert np.argmin(trained(**WAYS["best weights of before"])[1].history["val_loss"]) < 4


def test_more_epochs_go_on_where_it_ended(tmp_path):
    trained(epochs=5, checkpoint=tmp_path)
    assert trained(epochs=8, resume=tmp_path) == trained(epochs=8)


def test_of_a_finished_one_nothing_happens(tmp_path):
    whole = trained(checkpoint=tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert trained(resume=tmp_path) == whole
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_one_that_a_callback_stopped_stays_stopped(tmp_path):
    stopping = {"callbacks": [EarlyStopping(monitor="loss", min_delta=10.0, patience=2)]}
    whole = trained(**stopping, checkpoint=tmp_path)
    assert len(whole[1].epoch) == 3
    assert trained(**stopping, resume=tmp_path) == whole


def test_without_a_checkpoint_it_begins_at_the_start(tmp_path):
    assert trained(resume=tmp_path / "new") == trained()
    assert files(tmp_path / "new") == ["epoch-000008.checkpoint"]


def test_a_log_has_every_epoch_once(tmp_path):
    log = CSVLogger(tmp_path / "log.csv")
    trained(checkpoint=every(tmp_path / "run"), callbacks=[log])
    whole = (tmp_path / "log.csv").read_bytes()
    back_to(tmp_path / "run", 4)
    trained(resume=tmp_path / "run", callbacks=[log])
    assert (tmp_path / "log.csv").read_bytes() == whole


def test_a_callback_that_is_new_begins_with_the_training_that_goes_on(tmp_path):
    trained(epochs=4, checkpoint=every(tmp_path / "run"))
    trained(resume=tmp_path / "run", callbacks=[CSVLogger(tmp_path / "log.csv")])
    assert [line.split(",")[0] for line in (tmp_path / "log.csv").read_text().split()] == ["epoch", "4", "5", "6", "7"]


# --- when, and what is kept -----------------------------------------------------------------------------------------------------


def test_the_last_and_the_best_are_kept(tmp_path):
    _, history = trained(epochs=9, checkpoint=ll.Checkpoint(tmp_path, epochs=1, keep=2))
    best = int(np.argmin(history.history["val_loss"])) + 1
    assert files(tmp_path) == [f"epoch-{epoch:06d}.checkpoint" for epoch in sorted({best, 8, 9})]


def test_every_few_epochs_and_at_the_end(tmp_path):
    trained(epochs=8, checkpoint=ll.Checkpoint(tmp_path, epochs=3, keep=9))
    assert [int(name[6:12]) for name in files(tmp_path)] == [3, 6, 8]


def test_by_the_time(tmp_path):
    trained(epochs=3, checkpoint=ll.Checkpoint(tmp_path, seconds=0, keep=9), callbacks=[LambdaCallback()])
    assert [int(name[6:12]) for name in files(tmp_path)] == [1, 2, 3]
    with pytest.raises(ArgumentError, match="'seconds' of a Checkpoint must be a number of at least 0. Got nan"):
        ll.Checkpoint(tmp_path, seconds=float("nan"))


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"epochs": 1.5}, {"keep": 0}, {"keep": True}])
def test_numbers_that_make_no_sense(wrong, tmp_path):
    with pytest.raises(ArgumentError, match="must be a whole number of at least 1"):
        ll.Checkpoint(tmp_path, **wrong)


def test_the_best_is_taken_back(tmp_path):
    rising = LearningRateScheduler(lambda epoch, rate: 1e-3 if epoch < 3 else 0.3)  # from then on it becomes worse
    _, history = trained(epochs=8, checkpoint=every(tmp_path), callbacks=[rising], validation_split=0.0, validation_data=(X, Y))
    model = made()
    model.build((None, 4))
    model.restore(tmp_path)
    assert model.evaluate(X, Y)[0] == pytest.approx(min(history.history["val_loss"]), rel=1e-5)
    with pytest.raises(DataError, match="There is no checkpoint in .*nowhere"):
        model.restore(tmp_path / "nowhere")


# --- another training, damaged files --------------------------------------------------------------------------------------------

OTHERS = {
    "batch size": ({"batch_size": 16}, "batch_size was 32, now 16"),
    "order": ({"shuffle": False}, "shuffle was True, now False"),
    "data": ({"x": X + 1}, r"data.X was float32 56 × 4, sha256 \w+, now float32 56 × 4, sha256"),
    "validation": ({"validation_split": 0.0, "validation_data": (X[:14], Y[:14])}, "data.X was float32 56 × 4"),
    "weights of examples": ({"sample_weight": np.full(70, 2.0)}, "data.weight"),
    "units": ({"make": lambda: made(units=7)}, "network.layers.0.units was 6, now 7"),
    "rate": ({"make": lambda: made(ll.optimizers.Adam(0.5))}, "optimizer.learning_rate was 0.001.*, now 0.5"),
    "optimizer": ({"make": lambda: made("sgd")}, "optimizer.class was Adam, now SGD"),
    "a callback that decides": ({"callbacks": [EarlyStopping()]}, "callbacks"),
    "fewer epochs": ({"epochs": 2}, "The checkpoint is 4 epochs far. Give at least as many. Got 2"),
}


@pytest.fixture(scope="module")
def four_epochs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("four")
    trained(epochs=4, checkpoint=every(folder))
    return folder


@pytest.mark.parametrize(("changed", "message"), OTHERS.values(), ids=OTHERS)
def test_another_training_is_refused_with_the_difference(changed, message, four_epochs):
    with pytest.raises(ArgumentError, match=message):
        trained(**{"epochs": 8} | changed, resume=four_epochs, checkpoint=ll.Checkpoint(four_epochs, epochs=100))


def test_a_damaged_one_is_passed_over_for_the_one_before(tmp_path, capsys):
    whole = trained(checkpoint=every(tmp_path))
    last = tmp_path / "epoch-000008.checkpoint"
    last.write_bytes(last.read_bytes()[:-100])
    assert trained(resume=tmp_path) == whole
    assert "is damaged" in (said := capsys.readouterr().err)
    assert "The checkpoint before it is taken." in said


def test_a_flipped_bit_is_found(tmp_path):
    trained(checkpoint=tmp_path)
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    for place in RANDOM.integers(0, len(content), 40):
        broken = bytearray(content)
        broken[place] ^= 1 << int(RANDOM.integers(8))
        path.write_bytes(broken)
        try:
            again = trained(resume=tmp_path)
        except DataError as error:
            assert "No checkpoint in" in str(error)  # noqa: PT017
        else:
            path.write_bytes(content)
            assert again == trained(resume=tmp_path)


def test_what_is_no_checkpoint(tmp_path):
    model = made()
    model.build((None, 4))
    model.save(tmp_path / "epoch-000001.checkpoint")
    with pytest.raises(DataError, match="No checkpoint in"):
        trained(resume=tmp_path)


def test_a_disk_that_is_full_leaves_the_ones_before(tmp_path, monkeypatch):
    trained(epochs=4, checkpoint=every(tmp_path))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left on device"):
        trained(resume=tmp_path, checkpoint=every(tmp_path))
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_a_callback_remembers_must_be_plain(tmp_path):
    class Odd(ll.callbacks.Callback):
        def on_epoch_end(self, epoch, logs, memory):
            return ll.callbacks.Decision(memory={1, 2})

    with pytest.raises(DataError, match="A checkpoint cannot be written as JSON"):
        trained(checkpoint=every(tmp_path), callbacks=[Odd()])


def test_killed_at_random_moments_it_ends_to_the_bit_as_when_it_was_not(tmp_path):
    """`python reliability/killed_fit.py` for 300 kills."""
    script = str(Path(__file__).parents[2] / "reliability" / "killed_fit.py")
    command = [sys.executable, script, "3", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    kills = json.loads((tmp_path / "kills.json").read_text())["rows"][0]
    assert kills["held"] == kills["tried"] >= 3
