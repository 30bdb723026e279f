import os
from pathlib import Path

import pytest

from descent.grading.files import put


def test_a_file_is_replaced_as_a_whole_and_left_if_it_is_the_same(tmp_path):
    path = tmp_path / "deep" / "page.html"
    put(path, b"one")
    before = path.stat()
    put(path, b"one")
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino
    put(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_two_may_write_a_file_at_once(tmp_path, monkeypatch):
    path, replace = tmp_path / "a", Path.replace

    def meanwhile(unfinished, target):
        monkeypatch.setattr(Path, "replace", replace)
        monkeypatch.setattr(os, "getpid", lambda: -1)  # another process
        put(path, b"other")
        replace(unfinished, target)

    monkeypatch.setattr(Path, "replace", meanwhile)
    put(path, b"own")
    assert path.read_bytes() == b"own"
    assert list(tmp_path.iterdir()) == [path]


def test_what_could_not_be_written_leaves_nothing(tmp_path, monkeypatch):
    put(tmp_path / "a", b"before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        put(tmp_path / "a", b"after")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"before"
