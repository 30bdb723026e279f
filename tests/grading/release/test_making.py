"""The students' notebooks in a course folder, what is said where they cannot be made, and stock nbgrader on Postgres."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import sqlalchemy
from nbgrader.apps import NbGraderAPI

from descent.grading import intake
from descent.grading.course import Course, CourseError
from descent.grading.gradebook.export import export
from descent.grading.gradebook.records import opened
from descent.grading.release.making import doubts, new_course, release

ROOT = Path(__file__).parents[3]
NAME = "02_gradient_descent"


@pytest.fixture
def course(tmp_path) -> Course:
    solutions = tmp_path / "clone" / "solutions" / NAME
    solutions.mkdir(parents=True)
    file = ROOT / "solutions" / NAME / f"{NAME}.py"
    (solutions / file.name).write_bytes(file.read_bytes())
    config = ROOT / "nbgrader_config.py"
    (tmp_path / "clone" / config.name).write_bytes(config.read_bytes())
    return new_course(tmp_path / "course", solutions.parent)


def test_a_question_added_after_grading_is_refused_and_the_release_stays(course):
    before = release(course, NAME).read_bytes()
    with opened(course) as book, book.db.no_autoflush:
        book.add_student("ada")
        book.add_submission(NAME, "ada")
    notebook = nbformat.read(course.source(NAME), as_version=4)
    cell = nbformat.v4.new_markdown_cell("*Write here.*")
    flags = {"grade": True, "solution": True, "locked": False, "task": False}
    cell.metadata["nbgrader"] = {"schema_version": 3, "points": 3, "grade_id": "why", **flags}
    notebook.cells.append(cell)
    nbformat.write(notebook, course.source(NAME))
    with pytest.raises(
        CourseError, match="has been graded, and nbgrader adds or removes no question"
    ):
        release(course, NAME)
    assert course.released(NAME).read_bytes() == before


def test_a_release_that_is_stopped_leaves_the_one_before(course, monkeypatch):
    before = release(course, NAME).read_bytes()

    def stopped(*_, **__):
        shutil.rmtree(course.released(NAME).parent)
        raise KeyboardInterrupt

    monkeypatch.setattr(NbGraderAPI, "generate_assignment", stopped)
    with pytest.raises(KeyboardInterrupt):
        release(course, NAME)
    assert course.released(NAME).read_bytes() == before


def test_test_cells_that_are_not_the_books_are_said(course):
    assert doubts(course, NAME) == []
    notebook = nbformat.read(course.source(NAME), as_version=4)
    state = {"schema_version": 3, "grade": True, "solution": False, "locked": True, "task": False}
    own = nbformat.v4.new_code_cell("assert f(1) == 2")
    own.metadata["nbgrader"] = {**state, "points": 1, "grade_id": "my_test"}
    (check,) = (c for c in notebook.cells if intake.cell_name(c) == "gradient_descent_check")
    check.metadata["nbgrader"]["points"] = 10
    notebook.cells.append(own)
    nbformat.write(notebook, course.source(NAME))
    points, test = doubts(course, NAME)
    assert points.startswith("gradient_descent_check: the notebook gives 10 points, the check 4")
    assert test.startswith("my_test is no check of this book")


@pytest.mark.slow
def test_stock_autograde_writes_into_a_gradebook_on_postgres(course, postgres):
    engine = sqlalchemy.create_engine(postgres % "postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("CREATE DATABASE stock"))
    engine.dispose()
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(f'c.CourseDirectory.db_url = "{postgres % "stock"}"\n')
    release(course, NAME)
    for student, step in (("ada", "source"), ("bob", "release")):
        shutil.copytree(course.root / step / NAME, course.root / "submitted" / student / NAME)
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not (course.root / "gradebook.db").exists()
    (table,) = export(course, ["nbgrader"])
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [(r["student_id"], r["score"], r["max_score"]) for r in rows] == [
        ("ada", "14.0", "14.0"),
        ("bob", "0.0", "14.0"),
    ]
