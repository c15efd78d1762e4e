"""A training that is killed at random moments and goes on, again and again, beside one that is not.

    python tests/training/killed_fit.py          # 300 kills in 30 trainings
    python tests/training/killed_fit.py 4 2      # 4 kills in 2 trainings

Each process begins the same `fit(…, resume=folder)`, and is sent SIGKILL at a moment drawn over the time of a training: while
it compiles, in an epoch, while a checkpoint is written. The last one is let run to its end. Printed is how many of the trainings
ended with the same weights and records, to the bit, as the one that was not killed.
"""

import hashlib
import os
import random
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

import leadline as ll

EPOCHS = 400


def train(folder: Path) -> str:
    """The training, and a digest of its weights and records."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(300, 6)).astype(np.float32)
    y = (X[:, 0] * X[:, 1] > 0).astype(np.int32)
    layers = [ll.layers.Dense(8, "relu"), ll.layers.BatchNormalization(), ll.layers.Dropout(0.1), ll.layers.Dense(1)]
    model = ll.Sequential(layers)
    model.compile("adam", ll.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
    best = ll.callbacks.EarlyStopping(patience=EPOCHS, restore_best_weights=True)
    slower = ll.callbacks.ReduceLROnPlateau(patience=20)
    keep = ll.Checkpoint(folder, epochs=7)
    history = model.fit(X, y, epochs=EPOCHS, validation_split=0.2, callbacks=[best, slower], checkpoint=keep, resume=folder)
    digest = hashlib.sha256(b"".join(np.asarray(array).tobytes() for array in model.get_weights()))
    digest.update(repr(history).encode())
    return digest.hexdigest()


def in_a_child(folder: Path) -> int:
    """The training in a child process; a fork, so that nothing is imported twice. JAX has started nothing in the parent."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            Path(f"{folder}.digest").write_text(train(folder))
            status = 0
        finally:
            os._exit(status)
    return child


def ended(folder: Path) -> str:
    """The digest of a training that is let run to its end."""
    if os.waitpid(in_a_child(folder), 0)[1]:
        raise SystemExit("A training that was not killed failed.")
    return Path(f"{folder}.digest").read_text()


def main(kills: int, trainings: int) -> int:
    """Kills, counts and tells."""
    warnings.simplefilter("ignore", RuntimeWarning)  # of forking beside threads
    draw, equal, done = random.Random(0), 0, 0
    with tempfile.TemporaryDirectory() as root:
        whole = ended(Path(root, "first"))
        began = time.perf_counter()
        assert ended(Path(root, "second")) == whole, "Two trainings that were not killed differ."
        seconds = time.perf_counter() - began  # with the programs compiled, as the killed ones find them
        for training in range(trainings):
            folder = Path(root, str(training))
            for _ in range(kills // trainings + (training < kills % trainings)):
                child = in_a_child(folder)
                time.sleep(draw.uniform(0, seconds))
                os.kill(child, signal.SIGKILL)
                done += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL  # unless it was through already
            equal += ended(folder) == whole
            print(f"{equal} of {training + 1} trainings equal after {done} kills", flush=True)
    return 0 if equal == trainings else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:] or ("300", "30"))))
