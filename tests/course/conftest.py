"""One course with the class of made-up students, graded once for all tests that read it."""

from pathlib import Path

import pytest

from descent.grading.course import Course
from descent.grading.gradebook import writing
from descent.grading.marking import batch
from descent.grading.pages import feedback
from descent.grading.release.making import new_course, release
from descent.grading.sample import write_sample_class

SOLUTIONS = Path(__file__).parents[2] / "solutions"
ASSIGNMENT = "02_gradient_descent"
OPTIONS = batch.Options(jobs=2, allow_weak_sandbox=True)


@pytest.fixture(scope="session")
def made_up(tmp_path_factory) -> Course:
    """Released, handed in, not graded."""
    course = new_course(
        tmp_path_factory.mktemp("course") / "new", SOLUTIONS, "https://book.example"
    )
    release(course, ASSIGNMENT)
    write_sample_class(course, ASSIGNMENT)
    return course


@pytest.fixture(scope="session")
def graded(made_up) -> dict[str, batch.Mark]:
    """The marks, which are also in the gradebook and on the feedback pages."""
    marks, left = batch.grade(made_up, ASSIGNMENT, OPTIONS, lambda *_: None)
    assert left == 0
    writing.write(made_up, ASSIGNMENT, marks)
    feedback.write(made_up, ASSIGNMENT, marks, disclose=2)
    return {mark.student: mark for mark in marks}
