"""Files changed inside: past the checks of the container, to what reads its members.

A zip is taken apart, one of its members changed, and put together again with the digests that its manifest then needs. What is
changed is JSON by its values, HDF5 by its arrays, safetensors by its header, SQLite by its cells; everything else by its bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

import h5py
import numpy as np

from leadline.files.hdf5 import hdf5, read

__all__ = ["mutated", "raw"]

MANIFEST = "manifest.json"
VALUES: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 3, 2**31, 2**63, 10**30, -0.5, 1e308, float("nan"), float("inf"), "", "\x00", "../x", "a" * 300,
    "keras", "os.system", "Dense", "float64", [], {}, [[]], [None], {"": None}, [[[[[[[[[[]]]]]]]]]],
    {"class_name": "Lambda", "config": {}},
)  # fmt: skip
Raw = Callable[[bytes, Random], bytes]


def raw(data: bytes, draws: Random) -> bytes:
    """Some bytes changed, taken away, or put in."""
    changed = bytearray(data)
    for _ in range(draws.randint(1, 4)):
        place = draws.randrange(len(changed) + 1)
        way = draws.randrange(4)
        if way == 0 and place < len(changed):
            changed[place] ^= 1 << draws.randrange(8)
        elif way == 1:
            del changed[place : place + draws.choice((1, 4, 64, 1024))]
        elif way == 2:
            changed[place:place] = draws.randbytes(draws.choice((1, 4, 64)))
        else:
            changed[place : place + 8] = draws.choice((b"\xff" * 8, b"\x00" * 8, b"\x7f" + b"\xff" * 7))
    return bytes(changed)


def mutated(data: bytes, draws: Random, plain: Raw = raw) -> bytes:
    """A file changed at one place of what it holds, or, once in four times and where it is none, by its bytes.

    Args:
        data: The file.
        draws: Where the choices come from.
        plain: What changes bytes.
    """
    if draws.random() < 0.25:
        return plain(data, draws)
    try:
        return _changed(data, draws, plain)
    except Exception:  # a file that cannot be taken apart is changed as bytes
        return plain(data, draws)


def _changed(data: bytes, draws: Random, plain: Raw) -> bytes:
    if data.startswith(b"PK"):
        return _zip(data, draws, plain)
    if data.startswith(b"\x89HDF"):
        return _hdf5(data, draws)
    if data.startswith(b"SQLite"):
        return _sqlite(data, draws)
    if data[:1] in (b"{", b"["):
        return json.dumps(_json(json.loads(data), draws)).encode()
    if len(data) > 8 and data[8:9] == b"{":
        (size,) = struct.unpack("<Q", data[:8])
        header = json.dumps(_json(json.loads(data[8 : 8 + size]), draws)).encode()
        return struct.pack("<Q", len(header)) + header + data[8 + size :]
    return plain(data, draws)


def _zip(data: bytes, draws: Random, plain: Raw) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = draws.choice([*members, *(one for one in members if one.endswith(".json"))])
    members[name] = mutated(members[name], draws, plain)
    if draws.random() < 0.05:
        del members[draws.choice(list(members))]
    if MANIFEST in members and name != MANIFEST:
        manifest = json.loads(members[MANIFEST])
        manifest["sha256"] = {one: hashlib.sha256(content).hexdigest() for one, content in members.items() if one != MANIFEST}
        members[MANIFEST] = json.dumps(manifest).encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for one, content in members.items():
            archive.writestr(zipfile.ZipInfo(one), content)
    return written.getvalue()


def _json(tree: Any, draws: Random) -> Any:
    """The tree with one of its values changed, taken away, or put somewhere else."""
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
            places.append((node, key))
            walk(node[key])

    walk(tree)
    if not places:
        return draws.choice(VALUES)
    node, key = draws.choice(places)
    way = draws.randrange(4)
    if way == 0:
        del node[key]
    elif way == 1:
        other, its = draws.choice(places)
        node[key] = json.loads(json.dumps(other[its])) if not (isinstance(other, list) and its >= len(other)) else None
    else:
        node[key] = draws.choice(VALUES)
    return tree


def _hdf5(data: bytes, draws: Random) -> bytes:
    stored = io.BytesIO(hdf5(read(data, "it")))  # written anew: HDF5's library does not survive writing to a damaged file
    with h5py.File(stored, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        name = draws.choice(names)
        thing, way = file[name], draws.randrange(5)
        if way == 0:
            thing.attrs[draws.choice(("dtype", "name", "shape"))] = draws.choice(("x", 3, 1e300))
        elif way == 1:
            del file[name]
        elif way == 2:
            file[name + "/other" if isinstance(thing, h5py.Group) else name + "x"] = np.zeros(draws.randrange(3))
        else:
            del file[name]
            shape = tuple(draws.randrange(6) for _ in range(draws.randrange(4)))
            kinds = (np.float32, np.float64, np.int8, np.complex64, np.bool_, "S3")
            file[name] = h5py.SoftLink("/") if way == 4 else np.zeros(shape, draws.choice(kinds))
    return stored.getvalue()


def _sqlite(data: bytes, draws: Random) -> bytes:
    with sqlite3.connect(":memory:") as base:
        base.deserialize(data[:18] + b"\x01\x01" + data[20:])  # in memory there is no write-ahead log
        tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        table = draws.choice(tables)
        columns = [row[1] for row in base.execute(f'PRAGMA table_info("{table}")')]
        column = draws.choice(columns)
        cells = (
            None,
            -1,
            2**62,
            1e308,
            "",
            "x",
            "{",
            "[1]",
            "null",
            '{"a": NaN}',
            b"\xff\x00",
            "done",
            "running",
            "2026-13-45T99:00:00",
        )
        orders = (
            (f'UPDATE "{table}" SET "{column}" = ?', (draws.choice(cells),)),
            (f'DELETE FROM "{table}"', ()),
            (f'DROP TABLE "{table}"', ()),
            (f'ALTER TABLE "{table}" DROP COLUMN "{column}"', ()),
            (f"PRAGMA user_version = {draws.choice((-1, 0, 2, 99, 2**31 - 1))}", ()),
        )
        order, values = orders[0] if draws.random() < 0.7 else draws.choice(orders)
        base.execute("PRAGMA foreign_keys = OFF")
        base.execute("PRAGMA ignore_check_constraints = ON")
        base.execute(order, values)
        base.commit()
        return base.serialize()
