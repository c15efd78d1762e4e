"""The container: every rule that it keeps is broken once."""

import hashlib
import io
import json
import pickle
import stat
import zipfile

import pytest

from leadline.errors import DataError
from leadline.files import archive
from leadline.files.archive import FORMAT, MANIFEST, VERSION, read, write

MEMBERS = {"config.json": b"{}", "weights/0/kernel.npy": bytes(range(256)) * 4}


def crafted(path, members=MEMBERS, *, manifest=None, change=None):
    """A zip as an enemy would write it; `change` is applied to each entry before it is written."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in MEMBERS.items()}
    manifest = {"format": FORMAT, "version": VERSION, "sha256": digests} if manifest is None else manifest
    listed = list(members.items() if isinstance(members, dict) else members)
    with zipfile.ZipFile(path, "w") as made:
        for name, content in [*listed, (MANIFEST, json.dumps(manifest).encode())]:
            entry = zipfile.ZipInfo(name)
            if change is not None:
                change(entry)
            made.writestr(entry, content)
    return path


def listing(**digests):
    return {"format": FORMAT, "version": VERSION, "sha256": digests}


def test_there_and_back_and_always_the_same_bytes(tmp_path):
    write(tmp_path / "one", MEMBERS.items())
    write(tmp_path / "two", MEMBERS.items())
    assert read(tmp_path / "one") == MEMBERS
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert read(crafted(tmp_path / "three")) == MEMBERS


def test_vocabularies_of_keras(tmp_path):
    with pytest.raises(DataError, match="belongs to a layer of Keras that keeps a vocabulary, and leadline has none such"):
        read(crafted(tmp_path / "model", {**MEMBERS, "assets/layers/string_lookup/vocabulary.txt": b"a"}))


def test_a_file_of_keras_has_no_manifest_and_is_held_to_its_crcs(tmp_path):
    path = tmp_path / "model"
    members = {name: name.encode() * 9 for name in ("metadata.json", "config.json", archive.WEIGHTS)}
    with zipfile.ZipFile(path, "w") as made:
        for name, content in members.items():
            made.writestr(name, content)
    assert read(path) == members
    path.write_bytes(path.read_bytes().replace(b"config.jsonconfig.json", b"config.jsonCONFIG.json", 1))
    with pytest.raises(DataError, match="is damaged .*CRC"):
        read(path)


def compressed(entry):
    entry.compress_type = zipfile.ZIP_DEFLATED


def linked(entry):
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16


NAMES = ["/etc/passwd.json", "../config.json", "a/../b.json", "A.json", "a\\b.json", "weights/0/", "a.pkl", "C:a.json", "ä.json"]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_not_allowed(tmp_path, name):
    with pytest.raises(DataError, match="has a name that is not allowed"):
        read(crafted(tmp_path / "model", {**MEMBERS, name: b""}))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"change": compressed}, "is compressed or encrypted"),
        ({"change": linked}, "is a link"),
        ({"members": {"config.json": b"{}"}}, "'weights/0/kernel.npy': the manifest lists it, and it is not there"),
        ({"members": {**MEMBERS, "extra.json": b"{}"}}, "'extra.json': the manifest does not list it"),
        ({"members": {**MEMBERS, "config.json": b"[]"}}, r"'config.json' is not what was written \(its SHA-256 differs\)"),
        ({"manifest": listing() | {"version": 2}}, "is of version 2, and this leadline reads version 1"),
        ({"manifest": listing() | {"version": True}}, "is of version True"),
        ({"manifest": listing() | {"format": "other"}}, "does not say 'leadline model'"),
        ({"manifest": []}, "does not say 'leadline model'"),
        ({"manifest": listing() | {"sha256": []}}, "must have the entries"),
        ({"manifest": listing() | {"more": 1}}, "must have the entries"),
        ({"manifest": listing(**{"config.json": 3, "weights/0/kernel.npy": None})}, "SHA-256 differs"),
    ],
)
def test_rules_of_the_container(tmp_path, options, message):
    with pytest.raises(DataError, match=message):
        read(crafted(tmp_path / "model", **options))


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_name_twice(tmp_path):
    with pytest.raises(DataError, match="'config.json' stands there twice"):
        read(crafted(tmp_path / "model", [*MEMBERS.items(), ("config.json", b"{}")]))


def test_limits_of_number_and_of_text(tmp_path, monkeypatch):
    path = crafted(tmp_path / "model", {**MEMBERS, "long.json": b" " * 300})
    with monkeypatch.context() as patch:
        patch.setattr(archive, "MOST_MEMBERS", 3)
        with pytest.raises(DataError, match="has 4 members, and at most 3 are read"):
            read(path)
    monkeypatch.setattr(archive, "MOST_TEXT", 299)
    with pytest.raises(DataError, match="'long.json' takes 300 bytes, and at most 299 of JSON are read"):
        read(path)


def pointing(path, **fields):
    """A zip of one member whose directory has another entry with these fields."""
    with zipfile.ZipFile(path, "w") as made:
        stored = io.BytesIO()
        with zipfile.ZipFile(stored, "w") as within:
            within.writestr("b.npy", b"x" * 4000)
            entry = within.getinfo("b.npy")
        header = 30 + len("b.npy")
        made.writestr("a.npy", stored.getvalue()[: header + 4000])
        entry.header_offset = 30 + len("a.npy")  # inside the other member's content
        for name, value in fields.items():
            setattr(entry, name, value)
        made.filelist.append(entry)
    return path


@pytest.mark.parametrize("fields", [{}, {"file_size": 40 * 2**30, "compress_size": 40 * 2**30}], ids=["overlap", "40 GB"])
def test_a_file_cannot_ask_for_more_memory_than_its_size(tmp_path, fields):
    path = pointing(tmp_path / "model", **fields)
    assert path.stat().st_size < 5000
    with pytest.raises(DataError, match="its members overlap: .* bytes in a file of 4,"):
        read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins with b''"),
        (pickle.dumps({"a": 1}), "it is a pickle. It was not read further"),
        (b"\x89HDF\r\n\x1a\n", "it is an HDF5 file"),
        (b"\x1f\x8b\x08", "it is a gzip file"),
        (b"a,b\n1,2\n", "begins with b'a,b"),
        (b"PK\x03\x04" + b"\0" * 100, "is damaged"),
    ],
)
def test_other_kinds_of_files_are_known_by_their_first_bytes(tmp_path, content, message):
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read(path)


def test_a_zip_of_something_else_no_file_and_a_folder(tmp_path):
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("config.json", "{}")
    with pytest.raises(DataError, match=r"a zip without manifest.json"):
        read(tmp_path / "other.zip")
    with pytest.raises(DataError, match="There is no file"):
        read(tmp_path / "none")
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        read(tmp_path)
