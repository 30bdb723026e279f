"""Lists of students as Canvas, Moodle and spreadsheets write them, and the exports that go back."""

import csv

import pytest

from descent.grading import commands
from descent.grading.course import Course, CourseError
from descent.grading.gradebook import roster
from descent.grading.gradebook.export import export, left_out
from descent.grading.gradebook.records import opened

CANVAS = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,02 (771),Other (772)
,,,,,Manual Posting,
    Points Possible,,,,,4.00,1.00
"Lovelace, Ada",101,s1,ada,Group A,,
"Boole, George",102,s2,bob,Group B,,
"Student, Test",103,,f3ab,Group B,,
"""
MOODLE = """First name,Surname,ID number,Institution,Department,Email address,Assignment: X (Real)
Ada,Lovelace,s1,,,ada@x.example,-
George,Boole,s2,,,bob@x.example,-
"""


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("empty"))
    with opened(course) as book, book.db.no_autoflush:
        book.add_assignment("02")
        book.add_notebook("02", "02")
        book.add_grade_cell("f_check", "02", "02", max_score=4, cell_type="code")
        for student, score in (("ada", 3.5), ("s2", 2.0)):
            book.add_student(student)
            book.add_submission("02", student)
            book.find_grade("f_check", "02", "02", student).auto_score = score
        book.db.commit()
    return (course.root / "gradebook.db").read_bytes()


@pytest.fixture
def course(empty, tmp_path):
    course = Course(tmp_path)
    (tmp_path / "gradebook.db").write_bytes(empty)
    course.source("02").parent.mkdir(parents=True)
    course.source("02").touch()
    return course


def take(course, text, by="", encoding="utf-8"):
    file = course.root / "students.csv"
    file.write_text(text, encoding=encoding)
    return roster.take(course, file, by)


def exported(course, name):
    (path,) = export(course, [name])
    return list(csv.reader(path.open(encoding="utf-8")))


def test_canvas_gets_its_own_cells_and_columns_back(course):
    came = take(course, CANVAS)
    assert (came.lms, came.by, came.students, came.new) == (
        "canvas",
        "SIS Login ID",
        ["ada", "bob"],
        ["ada", "bob"],
    )
    assert exported(course, "canvas") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "02 (771)"],
        ["    Points Possible", "", "", "", "", "4"],
        ["Lovelace, Ada", "101", "s1", "ada", "Group A", "3.5"],
        ["Boole, George", "102", "s2", "bob", "Group B", ""],
        ["s2", "", "s2", "s2", "", "2"],  # in the gradebook, not in the roster
    ]
    with opened(course) as book:
        ada = book.find_student("ada")
        assert (ada.first_name, ada.last_name, ada.lms_user_id) == ("Ada", "Lovelace", "101")


def test_another_column_may_hold_the_ids(course):
    assert take(course, CANVAS, "SIS User ID").students == ["s1", "s2"]
    assert exported(course, "canvas")[-1] == ["Boole, George", "102", "s2", "bob", "Group B", "2"]


def test_nobody_but_who_is_in_moodles_list_is_in_its_table(course, capsys):
    # Moodle gives a row whose identifying cell is empty to the student of the row before.
    take(course, MOODLE.replace("Ada,Lovelace,s1,,,ada@x", "Zoë,Lovelace,s1,,,zoe@x"))
    assert exported(course, "moodle") == [
        ["First name", "Surname", "ID number", "Email address", "02"],
        ["Zoë", "Lovelace", "s1", "zoe@x.example", "-"],  # an empty cell would be 0 there
        ["George", "Boole", "s2", "bob@x.example", "2"],
    ]
    assert left_out(course) == ["ada"]
    assert commands.export(course, ["canvas", "moodle"]) == 0
    assert "Not in Moodle's list, and so not in its table: ada." in capsys.readouterr().out
    assert commands.export(course, ["canvas"]) == 0
    assert "Moodle" not in capsys.readouterr().out


def test_no_column_that_tells_moodles_rows_apart_has_an_empty_cell(course):
    take(course, MOODLE.replace("bob@x.example", " "))
    assert exported(course, "moodle")[0] == ["First name", "Surname", "ID number", "02"]


def test_canvas_may_write_the_names_into_two_columns(course):
    take(
        course,
        "LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,02 (771)\n"
        "    Points Possible,,,,,,4.00\nLovelace,Ada,101,s1,ada,A,\nStudent,Test,103,,f3ab,B,\n",
    )
    assert exported(course, "canvas") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "02 (771)"],
        ["    Points Possible", "", "", "", "", "4"],
        ["Lovelace, Ada", "101", "s1", "ada", "A", "3.5"],
        ["s2", "", "s2", "s2", "", "2"],
    ]


def test_moodle_gets_its_own_cells_back(course):
    came = take(course, MOODLE)
    assert (came.lms, came.by, came.students) == ("moodle", "ID number", ["s1", "s2"])
    head, *lines = exported(course, "moodle")
    assert head == ["First name", "Surname", "ID number", "Email address", "02"]
    assert lines[-1] == ["George", "Boole", "s2", "bob@x.example", "2"]


def test_two_lists_of_one_course_go_together(course):
    take(course, CANVAS, "SIS User ID")
    take(course, MOODLE)
    assert exported(course, "canvas")[-1][1] == "102"
    assert exported(course, "moodle")[-1][0] == "George"


def test_a_plain_table_as_excel_saves_it(course):
    text = "student_id;first_name;last_name;email\nada;Ada;Lovélace;ada@x.example\ns2;;;bob@x.example\n"
    assert take(course, text, encoding="cp1252").students == ["ada", "s2"]
    with opened(course) as book:
        assert book.find_student("ada").last_name == "Lovélace"
    assert exported(course, "moodle")[1][:2] == ["ada", "ada@x.example"]


def test_what_excel_calls_unicode_text(course):
    text = "student_id\tfirst_name\nada\tZoë\n"
    assert take(course, text, encoding="utf-16").students == ["ada"]
    with opened(course) as book:
        assert book.find_student("ada").first_name == "Zoë"


def test_a_line_that_stands_twice_counts_once(course):
    lines = CANVAS.splitlines(keepends=True)
    assert take(course, "".join([*lines, lines[3]])).students == ["ada", "bob"]


def test_a_list_without_marks_takes_no_heads_away(course):
    take(course, CANVAS)
    take(course, "Student,ID,SIS User ID,SIS Login ID,Section\nX,101,s1,ada,A\n")
    assert exported(course, "canvas")[0][-1] == "02 (771)"


def test_a_second_list_says_who_is_new_and_who_is_not_in_it(course):
    take(course, CANVAS)
    lines = CANVAS.splitlines(keepends=True)
    came = take(course, "".join([*lines[:4], '"Curie, Marie",104,s4,marie,Group A,,\n']))
    assert (came.new, came.absent) == (["marie"], ["bob"])
    assert len(exported(course, "canvas")) == 2 + 4


def test_who_is_in_no_roster_is_said(course, capsys):
    (course.root / "submitted" / "eve" / "02").mkdir(parents=True)
    take(course, CANVAS)
    assert roster.strangers(course, roster.load(course)) == ["eve"]
    assert commands.roster(course.root / "students.csv", course, "") == 0
    assert "are in no roster: eve.\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "by", "said"),
    [
        ("", "", "got nothing"),
        ("Vorname,Nachname\nAda,L\n", "", "Moodle's in English"),
        (CANVAS, "Login", "did you mean"),
        (CANVAS.replace(",ada,", ",,"), "", "line 4: 'SIS Login ID' is empty"),
        (CANVAS.replace(",bob,", ",ada,"), "", "line 5: ada stands in line 4, too"),
        (CANVAS[: CANVAS.index('"Lovelace')], "", "names no student"),
        ('student_id,first_name\nada,"Ada\nbob,Bob\n', "", "line 3: unexpected end of data"),
        (f'student_id\n"{"x" * 200_000}"\n', "", "line 2: field larger"),
        ("PK\x03\x04", "", "save it as CSV"),
        (CANVAS.replace(",bob,", ",../bob,"), "", "cannot be the name of a folder"),
        (CANVAS.replace(",bob,", f",{'b' * 129},"), "", "has at most 128 characters"),
    ],
)
def test_what_cannot_be_meant_is_said_and_changes_nothing(course, text, by, said):
    with pytest.raises(CourseError, match=said):
        take(course, text, by)
    assert roster.load(course).students == {}


def test_files_that_are_not_there_or_spoilt(course):
    with pytest.raises(CourseError, match="cannot be read: No such file"):
        roster.take(course, course.root / "absent.csv")
    (course.root / "roster.json").write_text("{")
    with pytest.raises(
        CourseError, match="or remove it, and take your lists in again: descent roster FILE"
    ):
        roster.load(course)


def test_a_list_that_is_taken_again_by_another_column_names_nobody_twice(course):
    assert take(course, CANVAS).students == ["ada", "bob"]
    came = take(course, CANVAS.replace("Group B", "Group C"), by="SIS User ID")
    assert (came.students, came.new, came.absent) == (["s1", "s2"], ["s1", "s2"], [])
    assert list(roster.load(course).students) == ["s1", "s2"]
    with opened(course) as book:  # ada has handed in under that name
        assert sorted(student.id for student in book.students) == ["ada", "s1", "s2"]
    assert roster.strangers(course, roster.load(course)) == []
    (course.root / "submitted" / "ada" / "02").mkdir(parents=True)
    assert roster.strangers(course, roster.load(course)) == ["ada"]
    gone = CANVAS.replace("103,,f3ab", "103,,").replace(
        '"Boole, George",102,s2,bob,Group B,,\n', ""
    )
    assert take(course, gone, by="SIS User ID").absent == ["s2"]
