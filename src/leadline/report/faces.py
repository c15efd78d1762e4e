"""The face of evidence: what `save`, `plot` and a notebook show of a diagnosis or of a walked loop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.develop.climb import best_turn
from leadline.develop.diagnosis import Diagnosis
from leadline.develop.shown import Shown
from leadline.develop.story import Story
from leadline.errors import ArgumentError
from leadline.files.atomic import replacing
from leadline.record import Run, Turn
from leadline.report import figures
from leadline.report.document import document
from leadline.report.drawing import WIDE, blank, lettered, style
from leadline.report.page import page
from leadline.words import _, english, plural, told

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Pages", "recorded", "save_run"]


class Pages:
    """Draws what is shown."""

    def html(self, shown: Shown, title: str, command: str) -> str:
        """The whole report, as one page that needs nothing else."""
        if isinstance(shown, Story):
            return _walked(shown.run, shown.turns, shown.chosen, _ends(shown), title, command)
        assert isinstance(shown, Diagnosis)
        return page(document(shown.to_dict(), title or shown.data.target.name, command=command))

    def figure(self, shown: Shown) -> Figure:
        """Where it stands, both curves and the remedies, as one figure; those who want another draw it of `leadline.report`."""
        turn = next((turn for turn in shown.turns if turn.number == shown.chosen), None) if isinstance(shown, Story) else None
        evidence = turn.evidence if turn else shown.to_dict()  # type: ignore[attr-defined]
        draws = [figures.standing, figures.learning_curve, figures.lambda_curve]
        draws += [figures.remedies] if any(one["gain"] for one in evidence["remedies"]) else []
        import matplotlib

        with style(), matplotlib.rc_context({"font.family": lettered()}):
            drawn = blank(2 * WIDE, 800)
            for place, draw in enumerate(draws):
                draw(evidence, drawn.add_subplot(2, 2, place + 1))
        return drawn

    def text(self, shown: Shown) -> str:
        """What `leadline diagnose` or `leadline develop` prints, without colours."""
        from rich.text import Text

        from leadline.report.terminal import render
        from leadline.report.turns import story_told

        assert isinstance(shown, Story | Diagnosis)
        title = shown.data.target.name
        marked = story_told(shown, title) if isinstance(shown, Story) else render(shown, title)
        return Text.from_markup(marked, emoji=False).plain


def save_run(path: str | Path, run: Run, turns: Sequence[Turn]) -> None:
    """Writes the report of a run that a record holds.

    Args:
        path: Where to.
        run: The run.
        turns: Its turns.

    Raises:
        ArgumentError: No turn of it was finished.
        DataError: The file cannot be written.
    """
    text = recorded(run, turns)
    with replacing(path) as file:
        file.write(text.encode())


def recorded(run: Run, turns: Sequence[Turn], number: int | None = None) -> str:
    """The page of a run that a record holds, with its turns and the diagnosis of the best of them; or of one of its turns.

    Args:
        run: The run.
        turns: Its turns.
        number: The turn; None for the run.

    Raises:
        ArgumentError: There is no such turn, or it was not finished.
    """
    done = [turn for turn in turns if turn.state == "done" and turn.evidence]
    if number is None and (best := best_turn(done)):
        return _walked(run, done, best.number, (), "", "")
    turn = next((turn for turn in done if turn.number == number), None)
    if turn is None:
        none = english(f"Run {run.number} has no finished turn to report on. Let it go on: the same command takes it up.")
        raise ArgumentError(none if number is None else english(f"Run {run.number} has no turn {number} that was finished."))
    target = turn.evidence["data"]["target"]["name"]
    return page(document(turn.evidence, _("Run {run}, turn {turn}: {target}", run=run.number, turn=number, target=target)))


def _walked(run: Run, turns: Sequence[Turn], chosen: int, words: Sequence[str], title: str, command: str) -> str:
    evidence = next(turn.evidence for turn in turns if turn.number == chosen)
    title = title or _("Run {run}: {target}", run=run.number, target=evidence["data"]["target"]["name"])
    return page(document(evidence, title, command=command, turns=turns, words=words))


def _ends(story: Story) -> list[str]:
    count = len(story.turns)
    ended = plural("Stopped after {count} turn: {why}.", "Stopped after {count} turns: {why}.", count, why=told(story.stopped))
    return [ended, *(_("At the end: {change}.", change=told(words)) for words in story.taken)]
