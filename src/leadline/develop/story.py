"""What the loop did and came to, as it is handed out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leadline.data.split import Split
from leadline.develop.plan import Plan
from leadline.develop.shown import Shown
from leadline.models import Model
from leadline.models.predictor import Predictor
from leadline.record import AdviceScore, Cost, Run, Turn

__all__ = ["Story"]


@dataclass(frozen=True, eq=False)
class Story(Shown):
    """What the loop did, and what it came to.

    Attributes:
        run: The run in the record.
        turns: Its turns, the first to the last.
        chosen: The number of the turn whose network was chosen: that of the least J_cv.
        taken: What was changed of it at the end without a turn of its own, in words.
        plan: The chosen plan.
        stopped: Why the loop stopped, in words.
        predictor: The chosen network, trained on train and cv together with every seed, with the preparation of its table.
        advice: How often a gain that was predicted came true, over all runs of the record.
        seconds: How long all turns and the last training took, those before a kill included.
    """

    run: Run
    turns: tuple[Turn, ...]
    chosen: int
    taken: tuple[str, ...]
    plan: Plan
    stopped: str
    predictor: Predictor
    advice: AdviceScore
    seconds: float

    def __repr__(self) -> str:
        """Where the loop ended; `save` and `plot` show the rest."""
        return f"Story(turns={len(self.turns)}, chosen={self.chosen}, stopped={self.stopped!r})"

    @property
    def model(self) -> Model:
        """The chosen network, trained."""
        return self.predictor.model

    @property
    def data(self) -> Split:
        """The split data as the model reads them; its test part is still sealed."""
        return self.plan.data

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        turns = [
            {
                "number": turn.number,
                "change": turn.change,
                "hypothesis": turn.hypothesis,
                "metric": turn.metric,
                "J_train": _plain(turn.J_train),
                "J_cv": _plain(turn.J_cv),
                "baseline": _plain(turn.baseline),
                "predicted": _plain(turn.predicted),
                "actual": _plain(turn.actual),
                "verdict": turn.evidence["verdict"],
                "seconds": turn.seconds,
            }
            for turn in self.turns
        ]
        advice = {"predicted": self.advice.predicted, "came_true": self.advice.came_true}
        ends = {
            "run": self.run.number,
            "chosen": self.chosen,
            "taken": list(self.taken),
            "stopped": self.stopped,
            "advice": advice,
        }
        return {"turns": turns, **ends, "plan": self.plan.described(), "seconds": round(self.seconds, 2)}


def _plain(cost: Cost | None) -> dict[str, Any] | None:
    return None if cost is None else {"value": cost.value, "low": cost.low, "high": cost.high}
