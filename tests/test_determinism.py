"""The same seed gives the same bits: twice in one process, and in another one. Run as a program it prints the digests."""

import hashlib
import json
import subprocess
import sys

import flax.linen as nn
import numpy as np
import pytest

import leadline as ll

KINDS = ("dense", "convolution", "what draws and what counts", "linen", "λ curve", "learning curve", "diagnosis", "folds")
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
    folds = 3 if kind == "folds" else 0
    found = ll.diagnose(None, parts, layers=(4,), epochs=3, seeds=2, folds=folds, remedies=not folds)
    return json.dumps(untimed(found.to_dict()), default=str).encode()


def digest(kind):
    return hashlib.sha256(numbers(kind)).hexdigest()


@pytest.fixture(scope="module")
def elsewhere():
    """The digests of another process."""
    done = subprocess.run([sys.executable, __file__], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_bits(kind, elsewhere):
    assert digest(kind) == digest(kind) == elsewhere[kind]


def test_another_seed_gives_other_bits():
    first, other = network("dense"), ll.Sequential([ll.Input((6,)), LAYERS.Dense(5, "relu"), LAYERS.Dense(1)], seed=4)
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


if __name__ == "__main__":
    print(json.dumps({kind: digest(kind) for kind in KINDS}))
