import pytest

from descent.grading.course import Course, CourseError
from descent.grading.course.settings import database, settings


def course(tmp_path, text):
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n{text}\n")
    return Course(tmp_path)


def test_without_a_file_there_are_defaults(tmp_path):
    found = settings(Course(tmp_path))
    assert (found.disclose, found.late_days, found.late_penalty) == (2, 0, 0.0)
    assert database(Course(tmp_path))[0] == f"sqlite:///{tmp_path.resolve()}/gradebook.db"


def test_the_file_sets_them(tmp_path):
    own = course(tmp_path, "c.Descent.late_days = 3\nc.CourseDirectory.db_url = 'sqlite:///x.db'")
    assert settings(own).late_days == 3
    assert own.gradebook == "sqlite:///x.db"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("c.Descent.late_day = 3", "did you mean 'late_days'"),
        ("c.Descent.disclose = 4", "disclose"),
        ("c.Descent.late_penalty = 'much'", "late_penalty"),
        ("c.Descent.late_penalty = ", "SyntaxError"),
        ("c.Descent.time_zone = 'Berlin'", "must be such as 'Europe/Berlin', got 'Berlin'"),
        ("c.Descent.time_zone = '../x'", "time_zone"),
        ("1 / 0", "ZeroDivisionError"),
        ("import sys; sys.exit()", "SystemExit"),
    ],
)
def test_what_cannot_be_meant_is_said(tmp_path, text, said):
    with pytest.raises(CourseError, match=said):
        settings(course(tmp_path, text))
