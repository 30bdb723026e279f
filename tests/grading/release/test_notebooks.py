from pathlib import Path

import nbformat
import pytest

from descent.grading.release.notebooks import release_notebook, source_notebook
from descent.grading.release.stock import STUB

FILES = sorted((Path(__file__).parents[3] / "solutions").glob("*/*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_solutions_and_hidden_tests_leave(file):
    released = release_notebook(file)
    nbformat.validate(released)
    text = nbformat.writes(released)
    for word in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "hidden", "BEGIN GIVEN"):
        assert word not in text
    assert STUB.splitlines()[0] in text
    assert all(cell.cell_type != "code" or not cell.outputs for cell in released.cells)


@pytest.mark.parametrize("file", FILES[:2], ids=lambda file: file.stem)
def test_the_same_file_gives_the_same_notebook(file):
    for make in (source_notebook, release_notebook):
        assert nbformat.writes(make(file)) == nbformat.writes(make(file))


def test_ids_do_not_depend_on_solutions(tmp_path):
    other = tmp_path / "other.py"
    other.write_text(FILES[1].read_text(encoding="utf-8").replace("346", "347"), encoding="utf-8")
    assert other.read_text(encoding="utf-8") != FILES[1].read_text(encoding="utf-8")
    assert nbformat.writes(release_notebook(other)) == nbformat.writes(release_notebook(FILES[1]))


def test_tests_are_locked_and_answers_are_not():
    for cell in release_notebook(FILES[1]).cells:
        ours = cell.metadata.get("nbgrader")
        if ours:
            assert ours.locked == ours.grade == ours.grade_id.endswith("_check")
            assert cell.metadata.get("editable", True) != ours.locked


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileNotFoundError):
        release_notebook(tmp_path / "absent.py")
