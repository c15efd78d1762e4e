"""A file is replaced whole, or not at all."""

import builtins
import os
import signal
import stat
import subprocess
import sys

import pytest

from leadline.errors import DataError
from leadline.files.atomic import replacing


def write(path, content=b"new"):
    with replacing(path) as file:
        file.write(content)


def failing(*args, **options):
    raise OSError(28, "No space left on device")


class Full:
    """A file on a disk that is full."""

    def __init__(self, file):
        self.file = file

    def __getattr__(self, name):
        return failing if name == "write" else getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.file.close()


@pytest.mark.parametrize("old", [None, b"old"])
def test_the_new_file_takes_the_place_of_the_old(tmp_path, old):
    path = tmp_path / "model"
    if old is not None:
        path.write_bytes(old)
    write(path)
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["model"]


BREAKS = {
    "creating": lambda patch: patch.setattr(os, "open", failing),
    "writing": lambda patch: patch.setattr(builtins, "open", lambda *a, real=open, **o: Full(real(*a, **o))),
    "synchronising": lambda patch: patch.setattr(os, "fsync", failing),
    "renaming": lambda patch: patch.setattr(os, "replace", failing),
}


@pytest.mark.parametrize("step", BREAKS)
def test_where_a_step_fails_the_old_file_stays(tmp_path, monkeypatch, step):
    path = tmp_path / "model"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        BREAKS[step](patch)
        with pytest.raises(DataError, match="model cannot be written: No space left on device"):
            write(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model"]


def test_where_the_folder_cannot_be_synchronised_the_new_file_is_there_and_it_is_said(tmp_path, monkeypatch):
    path, real, calls = tmp_path / "model", os.fsync, []
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: calls.append(handle) or (real(handle) if len(calls) == 1 else failing()))
        with pytest.raises(DataError, match="cannot be written"):
            write(path)
    assert path.read_bytes() == b"new"
    assert len(calls) == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_where_the_writer_fails_the_old_file_stays(tmp_path, error):
    path = tmp_path / "model"
    path.write_bytes(b"old")

    def halves():
        with replacing(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        halves()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model"]


def test_no_folder_and_a_folder_in_its_place(tmp_path):
    with pytest.raises(DataError, match="No such file or directory"):
        write(tmp_path / "none" / "model")
    with pytest.raises(DataError, match="cannot be written"):
        write(tmp_path)


def test_rights_stay_and_a_link_is_followed(tmp_path):
    path, link = tmp_path / "model", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    write(link)
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_killed_while_it_writes_the_old_file_stays(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"old")
    program = (
        "import os, signal, sys\n"
        "from leadline.files.atomic import replacing\n"
        "with replacing(sys.argv[1]) as file:\n"
        "    file.write(b'half')\n"
        "    file.flush()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)])
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
