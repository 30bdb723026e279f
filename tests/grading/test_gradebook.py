import shutil

import pytest
from nbgrader.api import Gradebook

from descent.checks.result import Result, Test
from descent.grading import gradebook
from descent.grading.course import Course, CourseError
from descent.grading.journal import Mark


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """Made once: nbgrader takes seconds to make a gradebook."""
    course = Course(tmp_path_factory.mktemp("empty"))
    with gradebook.opened(course) as book:
        book.add_assignment("02")
        book.add_notebook("02", "02")
        book.add_grade_cell("f_check", "02", "02", max_score=4, cell_type="code")
        book.add_solution_cell("f", "02", "02")
        book.add_grade_cell("essay", "02", "02", max_score=3, cell_type="markdown")
        book.add_solution_cell("essay", "02", "02")
    return course.root / "gradebook.db"


@pytest.fixture
def course(empty, tmp_path):
    shutil.copy(empty, tmp_path)
    for student in ("ada", "bob"):
        (tmp_path / "submitted" / student / "02").mkdir(parents=True)
    return Course(tmp_path)


def mark(student="ada", score=3.0, message="Uphill.", **more):
    result = Result("f", "failed", 4.0, (Test("t", 4.0, score, False),), message)
    return Mark(student, "02", "k", (result,), **more)


def test_marks_and_words_are_written(course):
    gradebook.write(course, "02", [mark(), mark("bob", 4.0, "Right.")])
    with Gradebook(course.gradebook) as book:
        assert book.find_submission("02", "ada").score == 3.0
        assert book.find_submission("02", "bob").score == 4.0
        assert book.find_comment("f", "02", "02", "ada").comment == "Uphill."
        assert book.find_grade("essay", "02", "02", "ada").auto_score is None


def test_a_second_writing_changes_marks_and_keeps_manual_ones(course):
    gradebook.write(course, "02", [mark()])
    with Gradebook(course.gradebook) as book:
        book.find_grade("f_check", "02", "02", "ada").manual_score = 2.5
        book.find_grade("essay", "02", "02", "ada").manual_score = 3.0
        book.find_comment("f", "02", "02", "ada").manual_comment = "See me."
        book.db.commit()
    gradebook.write(course, "02", [mark(score=1.0)])
    with Gradebook(course.gradebook) as book:
        grade = book.find_grade("f_check", "02", "02", "ada")
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (1.0, 2.5, True)
        assert book.find_submission("02", "ada").score == 5.5
        assert book.find_comment("f", "02", "02", "ada").comment == "See me."
        assert len(book.students) == 1


def test_an_ungradable_one_is_zero_with_its_reason(course):
    gradebook.write(course, "02", [mark(score=0.0, reason="The file is empty.")])
    with Gradebook(course.gradebook) as book:
        assert book.find_grade("f_check", "02", "02", "ada").score == 0.0
        assert book.find_comment("f", "02", "02", "ada").comment == "The file is empty."


@pytest.mark.parametrize(
    ("note", "day"), [("2026-02-02 14:58:23 UTC\n", 2), ("yesterday", None), ("", None)]
)
def test_the_time_of_handing_in_is_kept(course, note, day):
    (course.root / "submitted" / "ada" / "02" / "timestamp.txt").write_text(note)
    gradebook.write(course, "02", [mark()])
    with Gradebook(course.gradebook) as book:
        time = book.find_submission("02", "ada").timestamp
        assert (time and time.day) == day


def test_an_assignment_that_was_not_released_is_said(course):
    with pytest.raises(CourseError, match="descent release 03"):
        gradebook.write(course, "03", [])
