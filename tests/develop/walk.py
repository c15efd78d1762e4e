"""A development that a test kills: run as a program, it walks in a child process, again after every kill, until it is through.

    python walk.py FOLDER KILLS

The child is killed at a random moment until it was hit KILLS times; where a walk was through before, the next begins anew. What
the last walk of all came to, and one that nobody killed, are written to FOLDER/killed.json and FOLDER/whole.json.
"""

import json
import os
import signal
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from leadline.data.split import split
from leadline.develop import remedies
from leadline.develop.cycle import develop

CHEAP = ("larger λ", "smaller λ", "higher learning rate", "lower learning rate")
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 3))
DATA = split(X, X[:, 0] + 0.5 * X[:, 1] + 0.1 * RANDOM.normal(size=90))


def walk(record):
    """A few turns: the learning rate is far too small to begin with."""
    return develop(DATA, budget="1h", record=record, layers=(), epochs=60, folds=0, seeds=6)


def told(story):
    """What must not depend on how often the walk was killed."""
    turns = []
    for turn in story.turns:
        costs = [None if cost is None else cost.value for cost in (turn.J_cv, turn.predicted, turn.actual)]
        turns.append([turn.number, turn.change, turn.evidence["verdict"], *costs])
    outputs = np.asarray(story.model.predict(story.data.cv.X)).ravel().tolist()
    return {"run": story.run.number, "turns": turns, "chosen": story.chosen, "stopped": story.stopped, "outputs": outputs}


def in_a_child(record, out):
    """The walk in a child process; a fork, so that nothing is imported twice. JAX has started nothing in the parent."""
    child = os.fork()
    if child == 0:
        try:
            out.write_text(json.dumps(told(walk(record))))
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
    return child


def main(folder, kills):
    """Kills until enough hit, then lets the walk end."""
    remedies.MOVES = tuple(move for move in remedies.MOVES if move.name in CHEAP)  # a walk of seconds: there will be many
    warnings.simplefilter("ignore", RuntimeWarning)  # of forking beside threads
    record, began = folder / "killed.db", time.monotonic()
    assert os.waitpid(in_a_child(folder / "whole.db", folder / "whole.json"), 0)[1] == 0
    whole, hits, random = time.monotonic() - began, 0, np.random.default_rng(1)
    while hits < kills:
        child, until, is_over = (
            in_a_child(record, folder / "killed.json"),
            time.monotonic() + random.uniform(0.1, 0.9) * whole,
            False,
        )
        while time.monotonic() < until and not is_over:
            time.sleep(0.005)
            is_over = os.waitpid(child, os.WNOHANG) != (0, 0)
        if is_over:
            record.unlink()  # it was through: the next walk begins anew
        else:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            hits += 1
    assert os.waitpid(in_a_child(record, folder / "killed.json"), 0)[1] == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
