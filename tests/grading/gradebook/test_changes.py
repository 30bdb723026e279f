import csv

from descent.grading.course import Course
from descent.grading.gradebook.changes import AGAIN, CHECK, Change, told, write

CHANGES = [
    Change("ada", "f", 0.5, 2.0, CHECK, "Too small.", "Everything is right."),
    Change("=eve", "f", 4.0, 0.0, AGAIN, "Right.", "Uphill."),
]


def test_the_screen_says_whose_marks_change_and_why():
    said = told(CHANGES)
    assert "2 marks of 2 students change (handed in again: 1, the check has changed: 1)" in said
    assert "ada, f: 0.5 -> 2" in said
    assert "before: Too small." in said
    assert told([]) == ""
    assert "… and 30 more" in told(CHANGES * 25)


def test_the_file_has_them_all(tmp_path):
    path = write(Course(tmp_path), "02", CHANGES * 25)
    rows = list(csv.reader(path.open(encoding="utf-8")))
    assert len(rows) == 51
    assert rows[1] == ["ada", "f", "0.5", "2", CHECK, "Too small.", "Everything is right."]
    assert rows[2][0] == "'=eve"
