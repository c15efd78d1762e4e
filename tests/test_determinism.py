"""The same seed gives the same bits: twice in one process, in another one, and on one core. As a program it prints digests."""

import hashlib
import json
import os
import subprocess
import sys

if __name__ == "__main__" and "ONE_CORE" in os.environ and hasattr(os, "sched_setaffinity"):  # before libraries make threads
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import flax.linen as nn
import jax
import numpy as np
import pytest

import leadline as ll
from leadline.develop import remedies

KINDS = ("dense", "convolution", "what draws and what counts", "linen", "λ curve", "learning curve", "diagnosis", "folds")
KINDS += ("develop",)
DRAWS = np.random.default_rng(0)
X = DRAWS.normal(size=(96, 6)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int32)
LAYERS = ll.layers


def network(kind):
    made = {
        "convolution": [ll.Input((6, 1)), LAYERS.Conv1D(3, 3, activation="relu"), LAYERS.MaxPooling1D(2), LAYERS.Flatten()],
        "what draws and what counts": [ll.Input((6,)), LAYERS.Dense(5), LAYERS.BatchNormalization(), LAYERS.Dropout(0.3)],
    }.get(kind, [ll.Input((6,)), LAYERS.Dense(5, "relu")])
    model = ll.wrap(nn.Dense(1), (6,), seed=3) if kind == "linen" else ll.Sequential([*made, LAYERS.Dense(1)], seed=3)
    model.compile("adam", ll.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def untimed(tree):
    """Evidence without what a clock gave."""
    if isinstance(tree, dict):
        return {name: untimed(value) for name, value in tree.items() if "seconds" not in name}
    return [untimed(value) for value in tree] if isinstance(tree, list | tuple) else tree


def numbers(kind):
    """What a kind of training leaves behind, as bytes."""
    if kind in KINDS[:4]:
        model = network(kind)
        history = model.fit(X[..., None] if kind == "convolution" else X, Y, epochs=4, batch_size=20, validation_split=0.2)
        return b"".join(array.tobytes() for array in model.get_weights()) + json.dumps(history.history).encode()
    parts = ll.split(X, Y)
    if kind == "λ curve":
        return ll.validation_curve(network("dense"), parts, "l2", [0.0, 0.1], epochs=3, seeds=2).J_cv.tobytes()
    if kind == "learning curve":
        return ll.learning_curve(network("dense"), parts, [20, 40], epochs=3, seeds=2).J_cv.tobytes()
    if kind == "develop":
        return walked()
    folds = 3 if kind == "folds" else 0
    found = ll.diagnose(None, parts, layers=(4,), epochs=3, seeds=2, folds=folds, remedies=not folds)
    return json.dumps(untimed(found.to_dict()), default=str).encode()


def walked():
    """What a loop of several turns leaves behind, its remedies being those that compile nothing."""
    cheap = tuple(move for move in remedies.MOVES if "learning rate" in move.name or "λ" in move.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remedies, "MOVES", cheap)
        story = ll.develop(ll.split(X[:, :3], X[:, 0] + 0.5 * X[:, 1]), budget="1h", layers=(), epochs=60, folds=0, seeds=4)
    assert len(story.turns) > 1
    turns = [[turn.change, repr((turn.J_train, turn.J_cv, turn.predicted)), untimed(turn.evidence)] for turn in story.turns]
    said = json.dumps([turns, story.chosen, story.stopped], default=str)
    return said.encode() + np.asarray(story.model.predict(X[:, :3])).tobytes()


def digest(kind):
    return hashlib.sha256(numbers(kind)).hexdigest()


def in_another_process(*kinds, **environment):
    """The digests of some kinds there; of "costs" the numbers of a λ curve themselves."""
    command = [sys.executable, __file__, *kinds]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=os.environ | environment)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def elsewhere():
    return in_another_process(*KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_bits(kind, elsewhere, tally):
    assert digest(kind) == digest(kind) == elsewhere[kind]
    tally("Trainings, curves, diagnoses and loops of one seed: the same bits twice in one process and in another one", 1, 1)


def test_on_one_core_and_with_one_thread_of_each_library_the_bits_are_the_same(elsewhere, tally):
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    found = in_another_process("dense", "convolution", "λ curve", "develop", ONE_CORE="1", **one)
    assert found == {kind: elsewhere[kind] for kind in found}
    tally("The same on one core, with one thread of each library", len(found), len(found))


def test_on_another_number_of_devices_only_the_rounding_of_a_population_differs(elsewhere):
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=1"
    found = in_another_process("devices", "costs", "dense", "convolution", XLA_FLAGS=flags)
    assert found["devices"] == 1
    assert {kind: found[kind] for kind in ("dense", "convolution")}.items() <= elsewhere.items()
    np.testing.assert_allclose(found["costs"], np.frombuffer(numbers("λ curve")).reshape(np.shape(found["costs"])), rtol=1e-4)


def test_another_seed_gives_other_bits():
    first, other = network("dense"), ll.Sequential([ll.Input((6,)), LAYERS.Dense(5, "relu"), LAYERS.Dense(1)], seed=4)
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


if __name__ == "__main__":
    tell = {"devices": jax.device_count, "costs": lambda: np.frombuffer(numbers("λ curve")).tolist()}
    print(json.dumps({kind: tell[kind]() if kind in tell else digest(kind) for kind in sys.argv[1:]}))
