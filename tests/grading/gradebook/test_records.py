import pytest

from descent.grading.course import Course, CourseError
from descent.grading.gradebook.records import entry, opened


def test_how_to_release_what_is_not_in_the_gradebook_is_said_for_variants_too(tmp_path):
    said = "release it first: descent release 07_adam, with --graded where"
    with opened(Course(tmp_path)) as book, pytest.raises(CourseError, match=said):
        entry(book, "07_adam")
