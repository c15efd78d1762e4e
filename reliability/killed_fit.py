"""Trainings that are killed at random moments and go on, each beside one that is not.

    python reliability/killed_fit.py        # 300 kills
    python reliability/killed_fit.py 20     # 20 more; they are added to reliability/results/kills.json
    python reliability/killed_fit.py 4 DIR  # the counts go to another folder

Each process begins the same `fit(…, resume=folder)`, and is sent SIGKILL at a moment drawn over the time of a whole training:
while it traces and loads programs, in an epoch, while a checkpoint is written. A coin decides whether the one that goes on is
killed too, or let run to its end. A kill has held if the training it fell into ended with the same weights and records, to
the bit, as those that were not killed, in this run and in all before it that are counted.
"""

import hashlib
import os
import random
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import scores

CACHE = tempfile.TemporaryDirectory(prefix="leadline-kills-")
os.environ["JAX_COMPILATION_CACHE_DIR"] = CACHE.name  # all programs, the smallest too: a killed one compiles nothing anew
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

import leadline as ll  # noqa: E402

EPOCHS = 400
WHAT = "SIGKILL at a random moment of a training with checkpoints: it goes on to the same weights and records, to the bit"


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


def killed(folder: Path, draw: random.Random, seconds: float) -> Counter[str]:
    """Kills a training, and perhaps the one that goes on, and says when that was."""
    seen: Counter[str] = Counter()
    while not seen or draw.random() < 0.5:
        parts = len(list(folder.glob(".*.part")))
        child = in_a_child(folder)
        time.sleep(draw.uniform(0, seconds))
        os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == 0:  # it was through already
            break
        if status != -signal.SIGKILL:
            raise SystemExit("A training that went on failed.")
        seen["kills"] += 1
        seen["before the first checkpoint"] += not any(folder.glob("epoch-*"))
        seen["while one was written"] += len(list(folder.glob(".*.part"))) > parts
    return seen


def main(kills: int, results: Path) -> int:
    """Kills, counts, and keeps the counts."""
    warnings.simplefilter("ignore", RuntimeWarning)  # of forking beside threads
    before = scores.read(results / "kills.json") or {"counts": {}, "rows": [{"held": 0}]}
    counts, held = Counter[str](before["counts"]), before["rows"][0]["held"]
    draw, end = random.Random(counts["kills"]), counts["kills"] + kills
    with tempfile.TemporaryDirectory() as root:
        whole = ended(Path(root, "first"))
        began = time.perf_counter()
        assert ended(Path(root, "second")) == whole, "Two trainings that were not killed differ."
        seconds = time.perf_counter() - began  # with the programs compiled, as the killed ones find them
        assert before.get("digest", whole) == whole, "A training that was not killed differs from those of the runs before."
        while counts["kills"] < end:
            folder = Path(root, str(counts["trainings"]))
            seen = killed(folder, draw, seconds)
            equal = ended(folder) == whole
            counts += seen + Counter({"trainings": 1})
            held += seen["kills"] * equal
            _keep(results, counts, held, whole)
            print(f"{held} of {counts['kills']} kills held, in {counts['trainings']} trainings", flush=True)
    return 0 if held == counts["kills"] else 1


def _keep(results: Path, counts: Counter[str], held: int, digest: str) -> None:
    note = (
        f"in {counts['trainings']} trainings; {counts['before the first checkpoint']} of the kills came before the first "
        f"checkpoint, {counts['while one was written']} left one half written"
    )
    row = {"what": WHAT, "command": "python reliability/killed_fit.py", "tried": counts["kills"], "held": held, "note": note}
    scores.write(results / "kills.json", [row], counts=dict(counts), digest=digest)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 300, Path(sys.argv[2]) if sys.argv[2:] else scores.RESULTS))
