"""What the record says of the turns so far, and what it allows next."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from leadline.develop.climb import Path, Turned, choose, path_of, proposed
from leadline.develop.remedies import Remedy
from leadline.errors import ArgumentError, unknown_name
from leadline.record import Turn

__all__ = ["Past"]


@dataclass(frozen=True, eq=False)
class Past:
    """The turns of a run, read once.

    Attributes:
        turns: All of them, those that are under way or were given up too.
    """

    turns: tuple[Turn, ...]

    @property
    def running(self) -> Turn | None:
        """The turn that is under way."""
        return self.turns[-1] if self.turns and self.turns[-1].state == "running" else None

    @property
    def done(self) -> tuple[Turn, ...]:
        """The finished turns."""
        return tuple(turn for turn in self.turns if turn.state == "done")

    @functools.cached_property
    def made(self) -> dict[int, Turned]:
        """What the finished turns leave, by their numbers."""
        return {turn.number: Turned.from_dict(turn.checkpoint) for turn in self.done}

    @property
    def spent(self) -> float:
        """How long they took."""
        return sum(turn.seconds or 0.0 for turn in self.done)

    @functools.cached_property
    def choice(self) -> tuple[Turned, Remedy | None]:
        """The best turn and the remedy to try from there; turns that were given up are not tried again."""
        return choose(list(self.made.values()), self._tried())

    @functools.cached_property
    def proposals(self) -> tuple[Remedy, ...]:
        """The remedies of the best turn with which one more turn can be made."""
        return proposed(list(self.made.values()), self._tried())[1] if self.made else ()

    def proposal(self, name: str) -> Remedy:
        """The one of them that has that name.

        Raises:
            ArgumentError: None has; or a turn is under way, which must end first.
        """
        if self.running or not self.made:
            raise ArgumentError(
                "A turn of this run is under way, or none was finished yet. Go on without naming a remedy, and it will be."
            )
        found = {remedy.name: remedy for remedy in self.proposals}
        if name not in found:
            raise unknown_name("remedy for the next turn", name, found)
        return found[name]

    def _tried(self) -> list[Path]:
        return [path_of(turn.checkpoint["path"]) for turn in self.turns]
