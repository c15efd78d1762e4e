"""What can be shown: evidence knows that it can be, and not how. Who draws stands above, and is told by the package itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Protocol

from leadline.files.atomic import replacing
from leadline.words import speaking

__all__ = ["Face", "Shown"]


class Face(Protocol):
    """Who draws evidence."""

    def html(self, shown: Any, title: str, command: str) -> str:
        """The whole report, as one page that needs nothing else."""

    def figure(self, shown: Any) -> Any:
        """Its charts, as a figure of matplotlib."""

    def text(self, shown: Any) -> str:
        """What the command line says of it, without colours."""


class Shown:
    """Evidence that can be shown as a report."""

    face: ClassVar[Face]
    """Who draws it; `leadline` itself puts the face of `leadline.report` here."""

    def save(self, path: str | Path, *, title: str = "", command: str = "", lang: str | None = None) -> None:
        """Writes the report to a file of HTML that needs nothing else: no network, no other file.

        Args:
            path: Where to; a file that is there is replaced once all of the new one is written.
            title: What was diagnosed; by default the name of the target.
            command: What was typed, for the reader who wants to repeat it.
            lang: The language: "en" or "zh"; by default what `LEADLINE_LANG` says, or English.

        Raises:
            ArgumentError: An unknown language.
            DataError: The file cannot be written.
        """
        with speaking(lang):
            text = self.face.html(self, title, command)
        with replacing(path) as file:
            file.write(text.encode())

    def plot(self, *, lang: str | None = None) -> Any:
        """The charts of the report, as one figure of matplotlib.

        Args:
            lang: The language, as for `save`.

        Raises:
            ArgumentError: An unknown language, or one whose letters no font of this machine has.
        """
        with speaking(lang):
            return self.face.figure(self)

    def __str__(self) -> str:
        """What the command line says, for `print`."""
        return self.face.text(self)

    def _repr_html_(self) -> str:
        """The report in a frame of its own, for notebooks: their style and its do not meet, and its script cannot leave it."""
        import html

        page = html.escape(self.face.html(self, "", ""))
        look = "width:100%;height:46rem;border:1px solid #8886;border-radius:6px"
        return f'<iframe title="leadline report" sandbox="allow-scripts" style="{look}" srcdoc="{page}"></iframe>'
