"""What was tried, and what came of it: the record of the loop, in one SQLite file. It knows no model."""

from __future__ import annotations

from leadline.record.advice import AdviceScore
from leadline.record.comparison import Difference, compare
from leadline.record.record import Record
from leadline.record.rows import Cost, Opening, Run, Turn

__all__ = ["AdviceScore", "Cost", "Difference", "Opening", "Record", "Run", "Turn", "compare"]
