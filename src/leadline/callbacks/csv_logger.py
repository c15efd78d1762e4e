"""The record of every epoch as a row of a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar

from leadline.callbacks.callback import Callback, Decision, Logs
from leadline.errors import ArgumentError
from leadline.files.atomic import replacing

__all__ = ["CSVLogger"]


@dataclass(frozen=True)
class CSVLogger(Callback):
    """Writes the record of each epoch as a row of a CSV file, the epochs counted from 0 as in Keras.

    Columns are the epoch and then what the first record has, in order of the alphabet, the learning rate among it; Keras writes
    empty `val_` columns besides where nothing was validated. Numbers are written so that reading gives the same float. The file
    is whole after every epoch; where a training goes on, the rows of epochs that come again are taken away, and what was torn.

    Args:
        filename: The file.
        separator: One character between the cells.
        append: Whether to go on in a file that is there. Otherwise it is emptied when training begins.

    Raises:
        ArgumentError: The separator is not one character; in training: the file cannot be written, or has other columns.
        DataError: Where a training goes on: the file cannot be written anew. It is as it was.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     logger = CSVLogger(f"{folder}/log.csv")
        ...     memory = logger.on_train_begin(1).memory
        ...     _ = logger.on_epoch_end(0, {"loss": 0.5, "accuracy": 0.75}, memory)
        ...     print(Path(folder, "log.csv").read_text())
        epoch,accuracy,loss
        0,0.75,0.5
    """

    filename: str | PathLike[str]
    separator: str = ","
    append: bool = False

    decides: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not isinstance(self.separator, str) or len(self.separator) != 1 or self.separator in '"\r\n':
            raise ArgumentError(
                f"The 'separator' of CSVLogger must be one character, such as ',' or ';'. Got {self.separator!r}."
            )

    def on_train_begin(self, epochs: int) -> Decision:
        """Empties the file, or reads the columns it has."""
        del epochs
        path = Path(self.filename)
        with self.writing():
            if self.append and path.exists():
                with path.open(newline="", encoding="utf-8") as file:
                    return Decision(memory=next(csv.reader(file, delimiter=self.separator), []))
            path.write_bytes(b"")
        return Decision(memory=[])

    def on_resume(self, epoch: int, memory: Any) -> None:
        """Takes away the rows of epochs that are trained again."""
        path = Path(self.filename)
        if not memory or not path.exists():
            return  # no row was written yet
        with self.writing():
            with path.open(newline="", encoding="utf-8") as file:
                rows = list(csv.reader(file, delimiter=self.separator))
            place = memory.index("epoch")
            stays = [row for row in rows[1:] if len(row) == len(rows[0]) and int(row[place]) < epoch]
            text = io.StringIO(newline="")
            csv.writer(text, delimiter=self.separator).writerows(rows[:1] + stays)
            with replacing(path) as file:
                file.write(text.getvalue().encode())

    def on_epoch_end(self, epoch: int, logs: Logs, memory: Any) -> Decision:
        """Writes a row, and the names of the columns above the first one."""
        names = sorted(logs)
        header = ["epoch", *map(inert, names)]
        columns = memory or header
        if not set(header) <= set(columns):
            raise ArgumentError(
                f"CSVLogger cannot append to {self.filename}: it has the columns {', '.join(columns)}, and this training "
                f"records {', '.join(header)}. Give another file, or append=False."
            )
        row = dict(zip(header, [epoch, *(logs[name] for name in names)], strict=True))
        with self.writing(), Path(self.filename).open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, restval="NA", delimiter=self.separator)
            if not memory:
                writer.writeheader()
            writer.writerow(row)
        return Decision(memory=columns)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Turns the errors of the file system into one that says what to do."""
        try:
            yield
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
            remedy = "Give a file that can be written, in a folder that exists."
            raise ArgumentError(f"CSVLogger cannot write {self.filename}: {reason}. {remedy}") from error


def inert(cell: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
