"""Files are whole or not there at all, and a refusal says what to do."""

import errno
import os
import tempfile
from pathlib import Path

import pytest

from nanosieve.errors import OutputError
from nanosieve.writing import make_folder, write_text, write_whole

NOBODY = 65534


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "table.csv"
    write_text(target, "old")

    def fails_midway(path):
        path.write_text("half of")
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        write_whole(target, fails_midway)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_a_full_disk_is_named_and_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="disk is full"):
        write_text(tmp_path / "table.csv", "x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_permission_is_named():
    with tempfile.TemporaryDirectory() as name:
        # other users may enter the parent, but nobody may write into the folder
        Path(name).chmod(0o755)
        closed = Path(name) / "closed"
        closed.mkdir(mode=0o555)
        superuser = os.geteuid() == 0
        if superuser:  # who may write anywhere, so the rights of nobody are taken for a moment
            os.seteuid(NOBODY)
        try:
            with pytest.raises(OutputError, match="permission"):
                make_folder(closed)
        finally:
            if superuser:
                os.seteuid(0)


def test_a_path_through_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="a part of the path is a file"):
        make_folder(tmp_path / "file" / "results")
