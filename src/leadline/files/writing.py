"""A model into a file, in the format that the file's name asks for."""

from __future__ import annotations

from pathlib import Path

from leadline.files import keras, saved
from leadline.files.saved import Saved

__all__ = ["write"]


def write(model: Saved, path: str | Path) -> None:
    """Writes a model: as Keras does where the name ends in `.keras`, otherwise in leadline's own format.

    Raises:
        ArgumentError: The model holds code, or a class that the format cannot name.
        DataError: The file cannot be written.
    """
    (keras if Path(path).suffix == keras.ENDING else saved).write(model, path)
