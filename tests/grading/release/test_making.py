"""The students' notebooks in a course folder, and what is said where they cannot be made."""

from pathlib import Path

import nbformat
import pytest

from descent.grading.course import Course, CourseError
from descent.grading.gradebook.records import opened
from descent.grading.release.making import new_course, release

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
