import json
import os

import pytest

from descent.grading import intake
from descent.grading.intake import UnreadableError

TESTS = {"f_check": "f"}


def cell(source, grade_id=None, **more):
    metadata = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": "code", "source": source, "metadata": metadata, **more}


def taken_in(*cells):
    return intake.submission({"cells": list(cells)}, TESTS, [])


def test_given_answer_and_added_cells_run_and_tests_do_not():
    taken = taken_in(
        cell("import numpy"),
        {"cell_type": "markdown", "source": "text", "metadata": {}},
        cell("def f(): pass", "f"),
        cell("raise SystemExit", "f_check"),
        cell("x = 1"),
    )
    assert [c.source for c in taken.cells] == ["import numpy", "def f(): pass", "x = 1"]
    assert taken.remarks == []


def test_a_copied_cell_is_said_and_a_copied_test_not_run():
    taken = taken_in(cell("def f(): 1", "f"), cell("t", "f_check"), cell("t", "f_check"))
    assert [c.source for c in taken.cells] == ["def f(): 1"]
    assert taken.remarks == ["Cell 3 is a copy of the cell 'f_check'."]


def test_an_answer_is_found_by_id_then_by_name():
    by_id = taken_in(cell("def g(): 1", "f"), cell("def f(): 2"))
    assert by_id.defines("f").source == "def g(): 1"
    by_name = taken_in(cell("def f(): 1"), cell("f = 2"), cell("x = f"))
    assert by_name.defines("f").source == "f = 2"
    broken = taken_in(cell("def f(:\n  1"))
    assert broken.defines("f").source == "def f(:\n  1"
    assert taken_in(cell("x = 1")).defines("f") is None


@pytest.mark.parametrize(
    "item",
    [
        None,
        3,
        {},
        {"cell_type": "code"},
        cell(3),
        cell([1, "x"]),
        cell("x", 5),
        cell("x") | {"metadata": 1},
    ],
)
def test_odd_cells_stop_nothing(item):
    assert isinstance(taken_in(item).cells, list)


def test_a_source_in_lines_is_joined():
    assert taken_in(cell(["a = 1\n", "b = 2"])).cells[0].source == "a = 1\nb = 2"


def test_magics_become_comments_and_are_said():
    source = "%matplotlib inline\nif True:\n    !pip install x\nx = 5 % 3\nx?\ny = 1"
    text, taken_out = intake.neutralised(source)
    assert [n for n, _ in taken_out] == [1, 3, 5]
    namespace = {}
    exec(text, namespace)
    assert (namespace["x"], namespace["y"]) == (2, 1)
    assert taken_in(cell(source)).remarks[0] == "Cell 1, line 1: `%matplotlib inline` is not run."


def test_a_cell_for_another_language_is_no_python():
    text, _ = intake.neutralised("%%bash\nrm -rf x\nx = 1")
    exec(text, namespace := {})
    assert "x" not in namespace
    text, _ = intake.neutralised("%%time\nx = 1")
    exec(text, namespace)
    assert namespace["x"] == 1


def test_what_is_python_stays_as_it_is():
    source = 's = """\n%not a magic\n!nor this\n"""'
    assert intake.neutralised(source) == (source, [])


def test_the_digest_depends_on_what_runs():
    same = (
        taken_in(cell("def f(): 1", "f")),
        taken_in(cell("def f(): 1", "f"), cell("other", "f_check")),
    )
    assert same[0].digest == same[1].digest
    assert same[0].digest != taken_in(cell("def f(): 2", "f")).digest


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'{"cells": [', "breaks off in line 1"),
        (b"\xff\xfe\x00", "no notebook"),
        (b"[1]", "no list of cells"),
        (b'{"cells": 3}', "no list of cells"),
        (b"[" * 100_000, "no notebook"),
    ],
)
def test_what_is_no_notebook_is_said(tmp_path, content, said):
    path = tmp_path / "n.ipynb"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=said):
        intake.read(path)


def test_a_huge_file_is_refused(tmp_path):
    path = tmp_path / "n.ipynb"
    path.touch()
    os.truncate(path, intake.SIZE_LIMIT + 1)
    with pytest.raises(UnreadableError, match="clear the outputs"):
        intake.read(path)


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = tmp_path / "n.ipynb"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"cells": []}).encode())
    assert intake.read(path) == {"cells": []}


def test_a_renamed_notebook_is_found(tmp_path):
    with pytest.raises(UnreadableError, match=r"expected a\.ipynb"):
        intake.find_notebook(tmp_path, "a")
    (tmp_path / "deep").mkdir()
    other = tmp_path / "deep" / "b.ipynb"
    other.write_text("{}")
    assert intake.find_notebook(tmp_path, "a") == (
        other,
        ["The file is called b.ipynb; it should be a.ipynb."],
    )
    right = tmp_path / "a.ipynb"
    right.write_text("{}")
    assert intake.find_notebook(tmp_path, "a") == (right, [])
