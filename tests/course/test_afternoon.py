"""A student's afternoon with chapter 7: a wrong Adam is named, repaired, and graded alike by both graders."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from descent.cli import main
from descent.grading.course import Course
from descent.grading.release.making import new_course, release
from descent.grading.release.notebooks import source_notebook

SOLUTIONS = Path(__file__).parents[2] / "solutions"
ASSIGNMENT = "07_adam"
RIGHT = "lr * m_hat / (np.sqrt(v_hat) + eps)"
WRONG = "lr * m_hat / np.sqrt(v_hat + eps)"


def answered(released, repaired: bool):
    """The released notebook with the solution's answers, Adam's epsilon inside the root unless repaired."""
    notebook = nbformat.read(released, as_version=4)
    solved = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in source_notebook(SOLUTIONS / ASSIGNMENT / f"{ASSIGNMENT}.py").cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    assert RIGHT in solved["adam_step"]
    if not repaired:
        solved["adam_step"] = solved["adam_step"].replace(RIGHT, WRONG)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = solved.get(name, cell.source)
    return notebook


def score(course: Course, student: str) -> float:
    with Gradebook(course.gradebook) as book:
        return book.find_submission(ASSIGNMENT, student).score


@pytest.mark.slow
def test_a_wrong_adam_is_named_repaired_and_graded_alike(tmp_path, capsys):
    course = new_course(tmp_path / "course", SOLUTIONS)
    released = release(course, ASSIGNMENT)
    for student, repaired in (("first_try", False), ("repaired", True)):
        own = course.root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        own.parent.mkdir(parents=True)
        nbformat.write(answered(released, repaired), own)
        assert main(["check", str(own)]) == (0 if repaired else 1)
        said = capsys.readouterr().out
        assert ("Your eps stands inside the root." in said) is not repaired

    assert main(["grade", ASSIGNMENT, "--course", str(course.root), "--allow-weak-sandbox"]) == 0
    ours = {student: score(course, student) for student in ("first_try", "repaired")}
    most = sum(
        cell.metadata.nbgrader.points
        for cell in source_notebook(SOLUTIONS / ASSIGNMENT / f"{ASSIGNMENT}.py").cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    )
    assert ours["repaired"] == most
    assert ours["first_try"] < most

    command = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT, "--force"]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {student: score(course, student) for student in ours} == ours
