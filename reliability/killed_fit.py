"""Trainings that are killed at random moments and go on, each beside one that is not.

    python reliability/killed_fit.py        # 300 kills
    python reliability/killed_fit.py 20     # 20 more; they are added to reliability/results/kills.json
    python reliability/killed_fit.py 4 DIR  # the counts go to another folder

Each process begins the same `fit(…, resume=folder)`, and is sent SIGKILL at a moment drawn by lot: once in four times from its
start on, while it traces and loads programs; else after it has written a checkpoint, in an epoch or while the next one is
written, however slow other work makes the machine. A coin decides whether the one that goes on is killed too, or let run to
its end. A kill has held if the training it fell into ended with the same weights and records, to the bit, as those that were
not killed, in this run and in all before it that are counted.
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


def written(folder: Path, before: set[Path], child: int) -> bool:
    """Waits until a process has written a checkpoint; whether it did before it ended."""
    while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if set(folder.glob("epoch-*")) - before:
            return True
        time.sleep(0.001)
    return False


def timed(folder: Path) -> tuple[float, float]:
    """The seconds of a whole training, and those from its first checkpoint on."""
    began = time.perf_counter()
    child = in_a_child(folder)
    written(folder, set(), child)
    first = time.perf_counter()
    os.waitpid(child, 0)
    end = time.perf_counter()
    return end - began, end - first


def killed(folder: Path, draw: random.Random, seconds: tuple[float, float]) -> Counter[str]:
    """Kills a training, and perhaps the one that goes on, and says when that was."""
    seen: Counter[str] = Counter()
    while not seen or draw.random() < 0.5:
        parts, before = len(list(folder.glob(".*.part"))), set(folder.glob("epoch-*"))
        child = in_a_child(folder)
        at_once = draw.random() < 0.25
        if at_once or written(folder, before, child):
            time.sleep(draw.uniform(0, seconds[0] if at_once else seconds[1]))
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
        seconds = timed(Path(root, "second"))  # with the programs compiled, as the killed ones find them
        assert Path(root, "second.digest").read_text() == whole, "Two trainings that were not killed differ."
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
