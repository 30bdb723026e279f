import json
from dataclasses import replace

import pytest

from descent.checks.result import Result, Test
from descent.grading.marking import journal
from descent.grading.marking.journal import Journal, Mark

RESULT = Result("f", "failed", 3.0, (Test("t", 3.0, 1.5, False, "m"),), "said", diagnosis="d")
MARK = Mark(
    "ada", "02", "key 1", (RESULT,), remarks=("a remark",), level=3, seconds=0.5, noted=("n",)
)


def test_what_is_written_is_found(tmp_path):
    path = tmp_path / "deep" / "j.jsonl"
    Journal(path).append(MARK)
    Journal(path).append(replace(MARK, key="key 2"))
    assert Journal(path).find("key 1") == MARK
    assert Journal(path).find("key 3") is None
    assert (MARK.score, MARK.points) == (1.5, 3.0)


def test_a_line_of_a_version_that_noted_nothing_is_read(tmp_path):
    path = tmp_path / "j.jsonl"
    content = json.dumps(MARK, default=vars)
    path.write_bytes(journal._sealed(content.replace(', "noted": ["n"]', "")))
    assert Journal(path).find("key 1") == replace(MARK, noted=())


@pytest.mark.parametrize(
    ("was", "is_"), [('"earned": 1.5', '"earned": 2.5'), ("ada", "eve"), ('"m"', "7")]
)
def test_a_line_that_was_changed_is_passed_over(tmp_path, was, is_):
    path = tmp_path / "j.jsonl"
    Journal(path).append(MARK)
    assert was in path.read_text()
    path.write_text(path.read_text().replace(was, is_))
    assert list(journal.read(path)) == []


def test_no_byte_that_was_changed_makes_another_mark(tmp_path):
    path, marks = tmp_path / "j.jsonl", [replace(MARK, key=f"key {n}") for n in range(3)]
    with Journal(path) as written:
        for mark in marks:
            written.append(mark)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        left = list(journal.read(path))
        assert all(mark in marks for mark in left)
        assert len(left) >= (1 if whole[place] == ord("\n") else 2)


@pytest.mark.parametrize("end", [b"\r\n", b"\n\n", b"\r"])
def test_ends_of_lines_may_be_those_of_another_system(tmp_path, end):
    path = tmp_path / "j.jsonl"
    Journal(path).append(MARK)
    path.write_bytes(path.read_bytes().replace(b"\n", end) * 2)
    Journal(path).append(replace(MARK, key="key 2"))
    assert [mark.key for mark in journal.read(path)] == ["key 1", "key 1", "key 2"]


@pytest.mark.parametrize("other", ['{"student": "ada", "later": 1}', "[1]", "7", '"ada"', "{}"])
def test_a_line_with_other_fields_is_passed_over(tmp_path, other):
    path = tmp_path / "j.jsonl"
    path.write_bytes(journal._sealed(other) + b"\n")
    assert list(journal.read(path)) == []


@pytest.mark.parametrize("lost", [1, 5, 100])
def test_a_torn_line_costs_only_itself(tmp_path, lost):
    path = tmp_path / "j.jsonl"
    Journal(path).append(MARK)
    Journal(path).append(replace(MARK, key="key 2"))
    path.write_bytes(path.read_bytes()[:-lost])
    torn = Journal(path)
    assert torn.find("key 1") == MARK
    torn.append(replace(MARK, key="key 3"))
    torn.append(replace(MARK, key="key 4"))
    again = Journal(path)
    assert [again.find(f"key {n}") is not None for n in (1, 3, 4)] == [True] * 3
    assert (again.find("key 2") is None) == (lost > 1)


@pytest.mark.parametrize("strange", [b"[" * 100_000, b"9" * 10_000, b"\xff\xfe", b"{}", b"null"])
def test_a_line_of_another_kind_is_passed_over(tmp_path, strange):
    path = tmp_path / "j.jsonl"
    Journal(path).append(MARK)
    path.write_bytes(strange + b"\n" + path.read_bytes() + strange)
    assert list(journal.read(path)) == [MARK]


def test_a_line_that_a_full_disk_cuts_off_costs_only_itself(tmp_path):
    path = tmp_path / "j.jsonl"
    written = Journal(path)
    whole = written._file
    written._file = Full(whole)
    written.append(MARK)
    written._file = whole
    written.append(replace(MARK, key="key 2"))
    assert [mark.key for mark in journal.read(path)] == ["key 2"]


class Full:
    """A file on a disk with little room: part of a line is written."""

    def __init__(self, file):
        self.file = file

    def write(self, line):
        return self.file.write(line[:50])


def test_the_key_depends_on_every_part(monkeypatch):
    keys = {
        journal.key("a", "b"),
        journal.key("ab"),
        journal.key("b", "a"),
        journal.key("a", "b", ""),
    }
    assert len(keys) == 4
    assert journal.key("a", "b") in keys
    monkeypatch.setattr(journal, "library_digest", lambda: "another library")
    assert journal.key("a", "b") not in keys


def test_the_librarys_digest_depends_on_its_code(tmp_path, monkeypatch):
    (tmp_path / "checks").mkdir()
    (tmp_path / "book").mkdir()
    monkeypatch.setattr(journal, "PACKAGE", tmp_path)
    digest = journal.library_digest.__wrapped__
    first = digest()
    (tmp_path / "book" / "x.py").write_text("shown only")
    assert digest() == first
    (tmp_path / "grading" / "pages").mkdir(parents=True)
    (tmp_path / "grading" / "pages" / "report.py").write_text("shown only")
    assert digest() == first
    (tmp_path / "checks" / "x.py").write_text("marks depend on it")
    assert digest() != first


def test_what_is_only_shown_exists():
    assert [name for name in journal._ONLY_SHOWN if not (journal.PACKAGE / name).exists()] == []
