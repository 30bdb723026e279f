"""Marks by hand with the gradebook on Postgres: formgrader's pages, and what the next run makes of the marks."""

import json
from pathlib import Path

import nbformat
import pytest
import sqlalchemy
from formgrader import Formgrader

from descent.cli import main
from descent.grading.gradebook.standing import standings
from descent.grading.release.making import new_course

SOLUTIONS = Path(__file__).parents[2] / "solutions"
ASSIGNMENT = "02_gradient_descent"
MASTER = "Above 2/L each step is longer than the last."  # the instructor's, never handed out
WRITTEN, PROGRAM = "why_it_diverges", "largest_stable_lr"


@pytest.fixture
def course(tmp_path, postgres):
    """A course with a written question, on Postgres."""
    engine = sqlalchemy.create_engine(postgres % "postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("CREATE DATABASE formgrader"))
    engine.dispose()
    course = new_course(tmp_path / "course", SOLUTIONS, "https://book.example")
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write('c.CourseDirectory.course_id = "opt"\n')
        file.write(f'c.CourseDirectory.db_url = "{postgres % "formgrader"}"\n')
    notebook = nbformat.read(course.source(ASSIGNMENT), as_version=4)
    cell = nbformat.v4.new_markdown_cell(MASTER, id="written")
    flags = {"grade": True, "solution": True, "locked": False, "task": False}
    cell.metadata["nbgrader"] = {"schema_version": 3, "grade_id": WRITTEN, "points": 3, **flags}
    notebook.cells.append(cell)
    nbformat.write(notebook, course.source(ASSIGNMENT))
    return course


def hand_in(course, student, **answers):
    notebook = json.loads(course.released(ASSIGNMENT).read_text())
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = answers.get(name, cell["source"])
    path = course.root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))


@pytest.mark.browser
def test_marks_by_hand_on_postgres(course, chromium, capsys):
    own_course = ["--course", str(course.root)]
    grade = ["grade", ASSIGNMENT, *own_course, "--allow-weak-sandbox", "--jobs", "1"]
    answers = {WRITTEN: "It overshoots.", PROGRAM: "def largest_stable_lr(H):\n    return 1.0"}
    assert main(["release", ASSIGNMENT, *own_course]) == 0
    assert MASTER not in course.released(ASSIGNMENT).read_text()
    hand_in(course, "ada", **answers)
    hand_in(course, "bob")
    assert main(grade) == 0
    assert "1 submission waits for marks by hand" in capsys.readouterr().out
    assert not (course.root / "gradebook.db").exists()

    formgrader = Formgrader(course, chromium)
    try:
        assert formgrader.list("manage_assignments")[ASSIGNMENT] == ["None", "draft", "2"]
        formgrader.submission(ASSIGNMENT, "ada")
        formgrader.give(WRITTEN, "2.5", "Good.")
        formgrader.give(PROGRAM, "1", "A bound, but of which Hessian?")
        hand_in(course, "ada", **answers, predicted_steps="predicted_steps = 340")
        assert main(grade) == 0  # while the page is open
        formgrader.submission(ASSIGNMENT, "ada")
        assert formgrader.given(WRITTEN) == ("2.5", "Good.")
        assert formgrader.list("manage_students")["None, None"]
        assert formgrader.refused == []
    finally:
        formgrader.close()
    ada = standings(course, ASSIGNMENT)["ada"]
    assert (ada.score, ada.waiting) == (4.5, set())
