import csv
from datetime import datetime
from types import SimpleNamespace

import pytest
from nbgrader.plugins import CsvExportPlugin

from descent.grading.course import Course, CourseError
from descent.grading.gradebook.export import FORMATS, _Class, _nbgrader, export
from descent.grading.gradebook.records import opened
from descent.grading.gradebook.roster import Roster
from descent.grading.gradebook.standing import Total


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """One assignment; one student handed in late, one not at all."""
    course = Course(tmp_path_factory.mktemp("export"))
    (course.root / "nbgrader_config.py").write_text("c.Descent.late_penalty = 0.25\n")
    course.source("02").parent.mkdir(parents=True)
    course.source("02").touch()
    with opened(course) as book, book.db.no_autoflush:
        with pytest.raises(CourseError, match="gradebook is empty"):
            export(course, FORMATS)
        book.add_assignment("02", duedate=datetime(2026, 2, 1))
        book.add_notebook("02", "02")
        book.add_grade_cell("f_check", "02", "02", max_score=4, cell_type="code")
        book.add_solution_cell("f", "02", "02")
        book.add_student("ada", first_name="Ada", last_name="Lovelace", email="ada@x.example")
        book.add_student("bob")
        submission = book.add_submission("02", "ada")
        book.find_grade("f_check", "02", "02", "ada").auto_score = 3.5
        book.find_comment("f", "02", "02", "ada").auto_comment = "=HYPERLINK(1)"
        submission.timestamp = datetime(2026, 2, 2)
        book.db.commit()
    return course


def rows(course, name):
    (path,) = export(course, [name])
    return list(csv.reader(path.open(encoding="utf-8")))


def test_nbgraders_own_table(course, tmp_path):
    ours = rows(course, "nbgrader")
    plugin = CsvExportPlugin()
    plugin.to = str(tmp_path / "stock.csv")
    with opened(course) as book:
        plugin.export(book)
    theirs = list(csv.reader((tmp_path / "stock.csv").open(encoding="utf-8")))
    assert sorted(ours) == sorted(theirs)
    assert ours[1][-4:] == ["3.5", "1.0", "2.5", "4.0"]


def test_points_have_no_needless_digits():
    ada = SimpleNamespace(first_name="Ada", last_name="Lovelace", email="")
    totals = {("ada", "02"): Total(7.0, 14 * 0.1, None)}
    assignments = {"02": SimpleNamespace(duedate=None, max_score=14.0)}
    _, row = _nbgrader(_Class(None, Roster(), {"ada": ada}, assignments, totals))
    assert row[-4:] == [7.0, 1.4, 5.6, 14.0]


def test_canvas(course):
    assert rows(course, "canvas") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "02"],
        ["    Points Possible", "", "", "", "", "4"],
        ["Lovelace, Ada", "", "ada", "ada", "", "2.5"],
        ["bob", "", "bob", "bob", "", ""],
    ]


def test_moodle(course):
    assert rows(course, "moodle") == [["Username", "02"], ["ada", "2.5"], ["bob", "-"]]


def test_a_column_for_each_question(course):
    assert rows(course, "questions") == [
        ["student_id", "last_name", "first_name", "02: f"],
        ["ada", "Lovelace", "Ada", "3.5"],
        ["bob", "", "", ""],
    ]


def test_comments_and_no_text_becomes_a_formula(course):
    assert rows(course, "comments")[1:] == [["02", "ada", "f", "3.5", "4", "'=HYPERLINK(1)"]]
