"""Writing a file so that at every moment either the old one or the whole new one is there."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from leadline.errors import DataError

__all__ = ["replacing"]


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """A file to be written in the place of `path`, which it takes when the block ends well and all of it is on the disk.

    It is written under another name in the same folder, synchronised, and renamed; the folder is synchronised after. If the
    block or any of these steps fails, the old file stays as it was. A link is followed: the file that it names is replaced.

    Args:
        path: The file; its folder must be there.

    Raises:
        DataError: The file cannot be written.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with replacing(Path(folder, "note.txt")) as file:
        ...         _ = file.write(b"whole")
        ...     Path(folder, "note.txt").read_bytes(), len(os.listdir(folder))
        (b'whole', 1)
    """
    target = Path(os.path.realpath(path))
    part = target.parent / f".{secrets.token_hex(8)}.part"
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(part, target)
        _synchronise(target.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DataError(f"{path} cannot be written: {error.strerror or error}. Choose another place, or make room.") from None
        raise


def _synchronise(folder: Path) -> None:
    """Makes a renaming in a folder durable, where the system lets a folder be opened."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
