"""Predictions of the notes' network, from one row to a million."""

from made import classes
from tasks import Goal, Predict
from workloads.notes_mlp import NETWORK

__all__ = ["TASKS"]


def rows(count: int, calls: int) -> Predict:
    """So many at once."""
    data = lambda: {"X": classes(count, (64,), 10)["X"]}  # noqa: E731
    what = f"{count:,} row{'s' if count > 1 else ''} through 64-25-15-10"
    return Predict(what=what, network=NETWORK, data=data, amount=calls, first=1, goals=(Goal(least=1.0),), tolerance=1e-3)


TASKS = {"predict-1": rows(1, 500), "predict-1000": rows(1_000, 100), "predict-1000000": rows(1_000_000, 1)}
