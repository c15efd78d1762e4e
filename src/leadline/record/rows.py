"""What a record holds, as it is handed out: costs, runs, turns, and openings of sealed test sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from leadline.errors import ArgumentError
from leadline.record.plain import finite

__all__ = ["Cost", "Opening", "Run", "State", "Turn"]

State = Literal["running", "done", "abandoned"]
"""Of a run or a turn: under way (or its process has died), ended well, or given up."""


@dataclass(frozen=True)
class Cost:
    """A measured number with its interval: `Cost(**estimate.to_dict())`.

    Attributes:
        value: The number, finite; a cost that is not known, or not finite, is no `Cost` but None.
        low: The interval's lower end; None where there is none.
        high: Its upper end; None where there is none.

    Raises:
        ArgumentError: A number that is not finite, or a lower end above the upper one.

    Examples:
        >>> Cost(0.106), Cost(0.05, 0.04, 0.07).high
        (Cost(value=0.106, low=None, high=None), 0.07)
    """

    value: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            given = getattr(self, name)
            if name == "value" or given is not None:
                object.__setattr__(self, name, finite(f"Cost.{name}", given))
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ArgumentError(f"An interval goes from low to high. Got low={self.low!r}, high={self.high!r}.")


@dataclass(frozen=True)
class Run:
    """One `develop` or `diagnose` of one data set.

    Attributes:
        number: Its number in the record, from 1.
        command: What was called: "develop" or "diagnose".
        settings: With what, as plain data.
        data_digest: Digest of the whole data.
        split: How they were split, as plain data: shares, seed.
        versions: Of leadline, jax and Python.
        machine: The machine in words, without its name.
        state: "running", "done" or "abandoned".
        started: When, ISO 8601 in UTC.
        ended: When; None while it is running.
        seen: When its process last wrote something of it.
        alive: Whether a process goes on with it, or may; a "running" run that is not alive was killed or left, and can be
            taken up.
    """

    number: int
    command: str
    settings: Mapping[str, Any]
    data_digest: str
    split: Mapping[str, Any]
    versions: Mapping[str, str]
    machine: str
    state: State
    started: str
    ended: str | None
    seen: str
    alive: bool

    @property
    def standing(self) -> str:
        """The state, and "stopped" for a run that is under way and that nobody goes on with."""
        return "stopped" if self.state == "running" and not self.alive else self.state


@dataclass(frozen=True)
class Turn:
    """One turn of the loop: something was changed, trained, measured and judged.

    Attributes:
        run: The number of its run.
        number: Its number within the run, from 1.
        state: "running", "done" or "abandoned".
        started: When, ISO 8601 in UTC.
        ended: When; None while it is running.
        seconds: How long it took, without the time during which nobody went on with it.
        architecture: The network, as plain data.
        hyperparameters: Rates, λ, epochs …, as plain data.
        metric: What the costs are measured in: "error", "rmse", …
        unit: The unit of it; "" where it has none.
        J_train: The cost on train, without the penalty.
        J_cv: The cost on cv.
        baseline: What they are compared with.
        bias: The judgement of J_train − baseline: "high", "fine" or "undetermined".
        variance: The judgement of J_cv − J_train.
        distance: The judgement of J_cv − baseline.
        hypothesis: Why the change was made, in words.
        change: What was changed from the turn before, in words.
        predicted: The ΔJ_cv that was foreseen; below 0 is a gain.
        actual: The ΔJ_cv that came.
        evidence: The whole diagnosis as plain data: its `to_dict()`.
        checkpoint: What lets a killed turn go on, as plain data.
    """

    run: int
    number: int
    state: State
    started: str
    ended: str | None
    seconds: float | None
    architecture: Any
    hyperparameters: Any
    metric: str
    unit: str
    J_train: Cost | None
    J_cv: Cost | None
    baseline: Cost | None
    bias: str | None
    variance: str | None
    distance: str | None
    hypothesis: str
    change: str
    predicted: Cost | None
    actual: Cost | None
    evidence: Any
    checkpoint: Any


@dataclass(frozen=True)
class Opening:
    """One look at a sealed test set.

    Attributes:
        number: Its number in the record, from 1.
        data_digest: Digest of the whole data.
        test_digest: Digest of the sealed part.
        opened: When, ISO 8601 in UTC.
        run: The run that did it; None where it was none.
        turn: The turn of that run; None where it was none.
        metric: What the figure is measured in; None until it is known.
        unit: Its unit; None until it is known.
        figure: What was found; None where whoever opened it never said.
    """

    number: int
    data_digest: str
    test_digest: str
    opened: str
    run: int | None
    turn: int | None
    metric: str | None
    unit: str | None
    figure: Cost | None
