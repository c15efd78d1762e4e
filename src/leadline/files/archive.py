"""The container of a model's file: an uncompressed zip whose manifest has a SHA-256 of every member.

Nothing is unpacked onto the disk, and nothing is read that the manifest does not list. Since members are stored as they are, a
file can never ask for more memory than its own size.
"""

from __future__ import annotations

import hashlib
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from leadline.errors import DataError
from leadline.files.atomic import replacing
from leadline.files.plain import MOST_TEXT, decoded, encoded

__all__ = ["FORMAT", "MANIFEST", "VERSION", "WEIGHTS", "read", "write"]

FORMAT = "leadline model"
VERSION = 1
MANIFEST = "manifest.json"
WEIGHTS = "model.weights.h5"
"""The member by which a file of Keras is known."""
MOST_MEMBERS = 100_000

_NAME = re.compile(r"[a-z][a-z0-9_]*(/[a-z0-9_]+)*(\.bfloat16)?\.(json|npy)|model\.weights\.h5")
_OF_KERAS = {"metadata.json", "config.json", WEIGHTS}
_BROKEN = (zipfile.BadZipFile, EOFError, ValueError, struct.error, RuntimeError, OverflowError, zlib.error)
_OTHERS = {b"\x89HDF": "an HDF5 file", b"\x80\x02": "a pickle", b"\x80\x03": "a pickle", b"\x80\x04": "a pickle"}
_OTHERS |= {b"\x80\x05": "a pickle", b"PAR1": "a Parquet file", b"\x1f\x8b": "a gzip file"}


def write(path: str | Path, members: Iterable[tuple[str, bytes]], *, kind: str = FORMAT) -> None:
    """Writes members and their manifest into one file, which takes the place of an old one only when all of it is there.

    The same members always give the same bytes.

    Args:
        path: The file.
        members: Names to contents, one after the other, so that only one needs memory at a time.
        kind: What the manifest says that this is.

    Raises:
        DataError: The file cannot be written.
    """
    listed: dict[str, Any] = {}
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content)
            listed[name] = hashlib.sha256(content).hexdigest()
        manifest = {"format": kind, "version": VERSION, "sha256": listed}
        archive.writestr(zipfile.ZipInfo(MANIFEST), encoded(manifest, "the manifest"))


def read(path: str | Path, *, kind: str = FORMAT) -> dict[str, bytes]:
    """The members of a file: one that `write` made, all verified, or one of Keras, held to the CRC of each member.

    Args:
        path: The file.
        kind: What its manifest must say; a file of Keras is a model.

    Raises:
        DataError: There is no such file, it is of another kind, damaged, of a later version, or breaks a rule of the container.
    """
    try:
        with open(path, "rb") as file:
            _check_kind(file, path)
            with zipfile.ZipFile(file) as archive:
                return _verified(archive, path, kind)
    except FileNotFoundError:
        raise DataError(f"There is no file {path}. Check the path.") from None
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None
    except _BROKEN as error:
        raise DataError(f"{path} is damaged ({error}). Restore it from a copy, or save the model anew.") from None


def _check_kind(file: BinaryIO, path: str | Path) -> None:
    """Refuses by its first bytes what is no zip, whatever it is called."""
    first = file.read(4)
    if first != b"PK\x03\x04":
        other = next((name for start, name in _OTHERS.items() if first.startswith(start)), f"a file that begins with {first!r}")
        raise DataError(f"{path} is no file that leadline wrote: it is {other}. It was not read further.")
    file.seek(0)


def _verified(archive: zipfile.ZipFile, path: str | Path, kind: str) -> dict[str, bytes]:
    entries = _entries(archive, path)
    if entries.keys() == _OF_KERAS and kind == FORMAT:
        return {name: archive.read(entry) for name, entry in entries.items()}
    if MANIFEST not in entries:
        raise DataError(f"{path} is no {kind}: it is a zip without {MANIFEST}, nor is it of Keras.")
    manifest = decoded(archive.read(entries.pop(MANIFEST)), f"{path}: {MANIFEST}")
    digests = _digests(manifest, path, kind)
    if digests.keys() != entries.keys():
        odd = sorted(digests.keys() ^ entries.keys())[0]
        said = "lists it, and it is not there" if odd in digests else "does not list it"
        raise DataError(f"{path}: member {odd!r}: the manifest {said}. Restore the file from a copy.")
    contents = {}
    for name, entry in entries.items():
        contents[name] = archive.read(entry)
        if hashlib.sha256(contents[name]).hexdigest() != digests[name]:
            raise DataError(
                f"{path}: member {name!r} is not what was written (its SHA-256 differs). Restore the file from a copy."
            )
    return contents


def _entries(archive: zipfile.ZipFile, path: str | Path) -> dict[str, zipfile.ZipInfo]:
    """The members by name, if each keeps the rules of the container."""
    listed = archive.infolist()
    if len(listed) > MOST_MEMBERS:
        raise DataError(f"{path} has {len(listed):,} members, and at most {MOST_MEMBERS:,} are read.")
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in listed:
        if fault := _fault(entry, entries):
            raise DataError(f"{path}: member {entry.filename!r} {fault}. It was not written by leadline.")
        entries[entry.filename] = entry
    size = Path(path).stat().st_size
    if (total := sum(entry.file_size for entry in listed)) > size:
        raise DataError(f"{path}: its members overlap: {total:,} bytes in a file of {size:,}. It was not written by leadline.")
    return entries


def _fault(entry: zipfile.ZipInfo, earlier: dict[str, zipfile.ZipInfo]) -> str | None:
    if entry.orig_filename.startswith("assets/"):
        return "belongs to a layer of Keras that keeps a vocabulary, and leadline has none such"
    if not _NAME.fullmatch(entry.orig_filename):
        return "has a name that is not allowed"
    if entry.filename in earlier:
        return "stands there twice"
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size or entry.flag_bits & 1:
        return "is compressed or encrypted"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link"
    if entry.filename.endswith(".json") and entry.file_size > MOST_TEXT:
        return f"takes {entry.file_size:,} bytes, and at most {MOST_TEXT:,} of JSON are read"
    return None


def _digests(manifest: Any, path: str | Path, kind: str) -> dict[str, str]:
    if not isinstance(manifest, dict) or manifest.get("format") != kind:
        raise DataError(f"{path} is no {kind}: its manifest does not say {kind!r}.")
    version = manifest.get("version")
    if version != VERSION or isinstance(version, bool):
        raise DataError(f"{path} is of version {version!r}, and this leadline reads version {VERSION}. Use a leadline that fits.")
    digests = manifest.get("sha256")
    if not isinstance(digests, dict) or manifest.keys() != {"format", "version", "sha256"}:
        raise DataError(f"{path}: the manifest must have the entries format, version and sha256. Got {', '.join(manifest)}.")
    return digests
