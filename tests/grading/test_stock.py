import os

from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from descent.grading.stock import ForgetDuplicates, configure


def cell(grade_id):
    state = {"grade": True, "solution": False, "locked": True, "task": False, "grade_id": grade_id}
    return new_code_cell("x", metadata={"nbgrader": {"schema_version": 3, "points": 1, **state}})


def test_a_copied_cell_becomes_an_ordinary_one():
    notebook = new_notebook(cells=[cell("a"), cell("b"), cell("a")])
    notebook, _ = ForgetDuplicates().preprocess(notebook, {})
    assert ["nbgrader" in item.metadata for item in notebook.cells] == [False, True, True]


def test_our_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("DESCENT_SEED", "before")
    monkeypatch.setenv("PATH", "before")
    (tmp_path / "secret_seed").write_text("the secret\n")
    config = configure(Config(), tmp_path)
    assert os.environ["DESCENT_SEED"] == "the secret"
    assert os.environ["PATH"].endswith(f"{os.pathsep}before")
    assert config.CourseDirectory.root == str(tmp_path)
    assert "*.py" not in config.CourseDirectory.include
    assert config.OverwriteCells.add_missing_cells
