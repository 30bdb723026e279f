"""The gradebook on both databases that nbgrader speaks: sqlite, and a real Postgres server."""

import contextlib
import json
from datetime import datetime, timedelta

import pytest
import sqlalchemy
from nbgrader.api import Gradebook, InvalidEntry, Student
from sqlalchemy.orm import Session

from descent.checks.result import Result, Test
from descent.grading import commands
from descent.grading.course import Course, CourseError
from descent.grading.gradebook import changes, records, writing
from descent.grading.gradebook.doubts import doubts
from descent.grading.gradebook.export import export
from descent.grading.gradebook.late import set_due
from descent.grading.gradebook.papers import Paper
from descent.grading.gradebook.records import cells_of
from descent.grading.gradebook.standing import Late, standings, waiting
from descent.grading.marking import batch
from descent.grading.marking.batch import Options
from descent.grading.marking.journal import Mark
from descent.grading.pages import feedback
from descent.grading.release.stock import find_commands

FLAGS = {"schema_version": 3, "locked": False, "task": False}
BLANK = "*Write here.*"


def notebook(f="def f(): ...", essay=BLANK, later=None):
    def cell(kind, name, source, **flags):
        metadata = {"nbgrader": {**FLAGS, "grade_id": name, **flags}}
        return {"cell_type": kind, "metadata": metadata, "source": source}

    cells = [
        cell("code", "f", f, solution=True, grade=False),
        cell("code", "f_check", "check('f')", solution=False, grade=True, points=4),
        cell("markdown", "essay", essay, solution=True, grade=True, points=3),
    ]
    if later is not None:
        cells.append(cell("markdown", "later", later, solution=True, grade=True, points=2))
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def filled(address):
    """nbgrader's tables with two assignments; it takes seconds to make them."""
    find_commands()
    with Gradebook(address) as book:
        for name, day in (("02", 1), ("03", 8)):
            book.add_assignment(name, duedate=datetime(2026, 2, day, 12))
            book.add_notebook(name, name)
            book.add_grade_cell("f_check", name, name, max_score=4, cell_type="code")
            book.add_solution_cell("f", name, name)
            book.add_grade_cell("essay", name, name, max_score=3, cell_type="markdown")
            book.add_solution_cell("essay", name, name)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request, tmp_path_factory):
    """Gives a fresh gradebook's address at each call."""
    count = iter(range(1000))
    if request.param == "sqlite":
        empty = tmp_path_factory.mktemp("empty") / "gradebook.db"
        filled(f"sqlite:///{empty}")

        def fresh():
            path = empty.with_name(f"{next(count)}.db")
            path.write_bytes(empty.read_bytes())
            return f"sqlite:///{path}"

        yield fresh
        return
    address = request.getfixturevalue("postgres")
    engine = sqlalchemy.create_engine(address % "postgres", isolation_level="AUTOCOMMIT")

    def create(name, template="template1"):
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return address % name

    filled(create("empty"))
    yield lambda: create(f"course{next(count)}", "empty")
    engine.dispose()


@pytest.fixture
def course(database, tmp_path):
    course = Course(tmp_path)
    configure(course, database())
    for name in ("02", "03"):
        for path in (course.source(name), course.released(name)):
            path.parent.mkdir(parents=True)
            path.write_text(notebook())
        for student in ("ada", "bob"):
            hand_in(course, student, name)
    return course


def configure(course, address, *lines):
    text = "\n".join(["c = get_config()", f"c.CourseDirectory.db_url = {address!r}", *lines])
    (course.root / "nbgrader_config.py").write_text(text + "\n")


def hand_in(course, student, name="02", when="", **answers):
    folder = course.root / "submitted" / student / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ipynb").write_text(notebook(**answers))
    if when:
        (folder / "timestamp.txt").write_text(when)


def mark(student="ada", score=3.0, message="Uphill.", name="02", **more):
    result = Result("f", "failed", 4.0, (Test("t", 4.0, score, False),), message)
    return Mark(student, name, "k", (result,), **more)


def test_marks_and_words_are_written(course):
    writing.write(course, "02", [mark(), mark("bob", 4.0, "Right.")])
    with Gradebook(course.gradebook) as book:
        assert book.find_submission("02", "ada").score == 3.0
        assert book.find_submission("02", "bob").score == 4.0
        assert book.find_comment("f", "02", "02", "ada").comment == "Uphill."


def test_a_second_writing_changes_marks_and_keeps_manual_ones(course):
    writing.write(course, "02", [mark()])
    with Gradebook(course.gradebook) as book:
        book.find_grade("f_check", "02", "02", "ada").manual_score = 2.5
        book.find_grade("essay", "02", "02", "ada").manual_score = 3.0
        book.find_comment("f", "02", "02", "ada").manual_comment = "See me."
        book.db.commit()
    writing.write(course, "02", [mark(score=1.0)])
    with Gradebook(course.gradebook) as book:
        grade = book.find_grade("f_check", "02", "02", "ada")
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (1.0, 2.5, True)
        assert book.find_submission("02", "ada").score == 5.5
        assert book.find_comment("f", "02", "02", "ada").comment == "See me."
        assert len(book.students) == 1


def test_written_answers_wait_for_a_person_until_they_are_marked_and_again_if_they_change(course):
    def state():
        with Gradebook(course.gradebook) as book:
            grade = book.find_grade("essay", "02", "02", "ada")
            said = book.find_comment("essay", "02", "02", "ada").auto_comment
            return grade.auto_score, grade.manual_score, grade.needs_manual_grade, said

    writing.write(course, "02", [mark()])
    assert state() == (0.0, None, False, "No response.")
    hand_in(course, "ada", essay="It overshoots.")
    writing.write(course, "02", [mark(file="1")])
    assert state() == (None, None, True, None)
    with Gradebook(course.gradebook) as book:
        grade = book.find_grade("essay", "02", "02", "ada")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        book.db.commit()
    hand_in(course, "ada", essay="It overshoots.", f="def f(): return 1")
    writing.write(course, "02", [mark(score=4.0, file="2")])
    assert state() == (None, 2.0, False, None)  # another answer has changed, not this one
    hand_in(course, "ada", essay="It undershoots.")
    writing.write(course, "02", [mark(score=4.0, file="3")])
    assert state() == (None, 2.0, True, None)
    assert standings(course, "02")["ada"].waiting == {"essay"}
    writing.write(course, "02", [mark("bob")])
    assert (waiting(course, "02"), waiting(course, "03")) == (1, 0)


def test_a_mark_changed_by_hand_is_shown_again_only_where_its_answer_or_mark_changes(course):
    def waits():
        with Gradebook(course.gradebook) as book:
            grade = book.find_grade("f_check", "02", "02", "ada")
            waiting, grade.needs_manual_grade = grade.needs_manual_grade, False
            grade.manual_score = 2.5
            book.db.commit()
            return waiting

    writing.write(course, "02", [mark()])
    assert not waits()
    hand_in(course, "ada", essay="It overshoots.")
    writing.write(course, "02", [mark(message="Another library's words.", file="1")])
    assert not waits()
    writing.write(course, "02", [mark(score=2.0, file="1")])
    assert waits()
    hand_in(course, "ada", essay="It overshoots.", f="def f(): return 1")
    writing.write(course, "02", [mark(score=2.0, file="2")])
    assert waits()


def test_a_question_that_came_later_joins_the_submissions_that_are_there(course):
    writing.write(course, "02", [mark(), mark("bob")])
    with Gradebook(course.gradebook) as book:
        book.find_grade("essay", "02", "02", "ada").manual_score = 1.0
        book.db.commit()
        book.add_grade_cell("later", "02", "02", max_score=2, cell_type="markdown")
        book.add_solution_cell("later", "02", "02")
    for path in (course.source("02"), course.released("02")):
        path.write_text(notebook(later=BLANK))
    hand_in(course, "ada", later="Because.")
    for _ in range(2):
        assert standings(course, "02")["bob"].points == 9.0
        writing.write(course, "02", [mark(file="1"), mark("bob")])
    ada, bob = (standings(course, "02")[student] for student in ("ada", "bob"))
    assert (ada.waiting, ada.score, ada.scores["later"]) == ({"later"}, 4.0, (0.0, 2.0))
    assert (bob.waiting, bob.score, bob.scores["later"]) == (set(), 3.0, (0.0, 2.0))
    with Gradebook(course.gradebook) as book:
        assert book.find_comment("later", "02", "02", "bob").comment == "No response."


def test_a_task_counts_and_is_shown_again_with_another_file(course):
    def waits():
        with Gradebook(course.gradebook) as book:
            grade = book.find_grade("task", "02", "02", "ada")
            waiting, grade.needs_manual_grade = grade.needs_manual_grade, False
            grade.manual_score = 4.0
            book.db.commit()
            return waiting

    with Gradebook(course.gradebook) as book:
        book.add_task_cell("task", "02", "02", max_score=5, cell_type="markdown")
    own = json.loads(notebook())
    flags = {**FLAGS, "task": True, "locked": True, "solution": False, "grade": False}
    task = {"nbgrader": {**flags, "grade_id": "task", "points": 5}}
    own["cells"].append({"cell_type": "markdown", "metadata": task, "source": "Plot it."})
    course.source("02").write_text(json.dumps(own))
    writing.write(course, "02", [mark()])
    assert waits()
    writing.write(course, "02", [mark(score=2.0)])
    assert not waits()
    ada = standings(course, "02")["ada"]
    assert (ada.score, ada.points, ada.scores["task"]) == (6.0, 12.0, (4.0, 5.0))
    with Gradebook(course.gradebook) as book:
        found = cells_of(book, book.find_assignment("02"))
        assert {line.question: line.points for line in found} == {"f": 4, "essay": 3, "task": 5}
    hand_in(course, "ada", f="def f(): return 1")
    writing.write(course, "02", [mark(score=2.0, file="1")])
    assert waits()


def test_in_a_new_gradebook_written_answers_wait_and_blank_ones_do_not(course, database):
    hand_in(course, "ada", essay="It overshoots.")
    for _ in range(2):
        writing.write(course, "02", [mark(), mark("bob")])
        found = standings(course, "02")
        assert (found["ada"].waiting, found["bob"].waiting) == ({"essay"}, set())
        configure(course, database())  # its notebooks in autograded/ are still those of the first


def test_an_ungradable_one_is_zero_with_its_reason(course):
    writing.write(course, "02", [mark(score=0.0, reason="The file is empty.")])
    with Gradebook(course.gradebook) as book:
        assert book.find_grade("f_check", "02", "02", "ada").score == 0.0
        assert book.find_comment("f", "02", "02", "ada").comment == "The file is empty."


def test_a_reason_of_characters_that_no_gradebook_holds_stops_nobody(course):
    writing.write(course, "02", [mark(score=0.0, reason="It failed (\0\ud800)."), mark("bob")])
    with Gradebook(course.gradebook) as book:
        assert book.find_comment("f", "02", "02", "ada").comment == "It failed (��)."
        assert book.find_submission("02", "bob").score == 3.0


@pytest.mark.parametrize(
    ("note", "day"), [("2026-02-02 14:58:23 UTC\n", 2), ("yesterday", None), ("", None)]
)
def test_the_time_of_handing_in_is_kept(course, note, day):
    hand_in(course, "ada", when=note)
    writing.write(course, "02", [mark()])
    with Gradebook(course.gradebook) as book:
        time = book.find_submission("02", "ada").timestamp
        assert (time and time.day) == day


def test_many_are_written_in_batches_and_only_once(course, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 2)
    marks = [mark(f"student{n}", float(n % 5)) for n in range(5)]
    for one in marks:
        hand_in(course, one.student)
    writing.write(course, "02", marks)
    found = standings(course, "02")
    assert {s: found[s].score for s in found} == {one.student: one.score for one in marks}
    papers = {p: p.stat().st_mtime_ns for p in course.root.glob("autograded/*/*/*.ipynb")}
    assert len(papers) == 5
    monkeypatch.setattr(writing, "_put", lambda *_: pytest.fail("written again"))
    writing.write(course, "02", marks)
    assert {p: p.stat().st_mtime_ns for p in papers} == papers


def test_late_days_cost_what_the_policy_says_and_follow_its_changes(course):
    address = course.gradebook
    hand_in(course, "ada", "02", when="2026-02-02 13:00:00 UTC")  # two days begun
    hand_in(course, "ada", "03", when="2026-02-10 11:00:00 UTC")  # two
    hand_in(course, "bob", "02", when="2026-02-01 11:00:00 UTC")

    def penalties():
        for name in ("02", "03"):
            writing.write(course, name, [mark(name=name), mark("bob", name=name)])
        return {
            (n, s): x.late.penalty for n in ("02", "03") for s, x in standings(course, n).items()
        }

    assert doubts(course, "03") == []  # it costs nothing
    free = dict.fromkeys([("02", "ada"), ("03", "ada"), ("02", "bob"), ("03", "bob")], 0.0)
    assert penalties() == free
    configure(course, address, "c.Descent.late_penalty = 0.1", "c.Descent.late_days = 3")
    assert penalties() == free | {("03", "ada"): pytest.approx(0.7)}  # the fourth day
    assert doubts(course, "02") == []
    (course.root / "extensions.csv").write_text("student,assignment,days\nadda,02,1\n")
    untimed, typed = doubts(course, "03")  # bob's came by hand
    assert untimed.endswith("no timestamp.txt that says when, and passes for handed in in time.")
    assert typed.startswith("extensions.csv names adda:")
    (course.root / "extensions.csv").write_text("student,assignment,days\nada,02,1\n")
    assert penalties() == free
    with Gradebook(address) as book:
        assert book.find_submission("02", "ada").extension == timedelta(days=1)
    (course.root / "extensions.csv").write_text("student,assignment,days\n")
    configure(course, address, "c.Descent.late_penalty = 1.0")
    assert penalties()["02", "ada"] == 7.0
    assert standings(course, "02")["ada"].total == 0.0


def test_whose_pages_are_old_now_is_said_where_late_days_have_moved(course, monkeypatch, capsys):
    configure(course, course.gradebook, "c.Descent.late_penalty = 0.1", "c.Descent.late_days = 3")
    hand_in(course, "ada", "02", when="2026-02-02 13:00:00 UTC")  # two days begun
    hand_in(course, "ada", "03", when="2026-02-10 11:00:00 UTC")  # two
    for name in ("02", "03"):
        (course.root / "source" / name).mkdir(parents=True, exist_ok=True)
        (course.root / "source" / name / f"{name}.ipynb").write_text("{}")
    monkeypatch.setattr(batch, "grade", lambda _, name, *__, **___: ([mark(name=name)], 0))
    monkeypatch.setattr(feedback, "write", lambda *_: None)

    def said(*names):
        assert commands.grade(list(names), course, Options()) == 0
        return capsys.readouterr().out

    assert "descent feedback" not in said("03")
    assert said("02").endswith("written before:\ndescent feedback 03\n")
    configure(course, course.gradebook, "c.Descent.late_penalty = 0.2", "c.Descent.late_days = 3")
    assert "descent feedback" not in said("02", "03")  # its pages are written after
    configure(course, course.gradebook, "c.Descent.late_penalty = 0.3", "c.Descent.late_days = 3")
    for hint in ("written before:\ndescent feedback 03\n", "grades.csv\n"):  # once only
        assert commands.export(course, ["nbgrader"]) == 0
        assert capsys.readouterr().out.endswith(hint)


def test_what_late_days_come_to_is_counted_anew_for_pages_and_the_report(course):
    address = course.gradebook
    hand_in(course, "ada", "02", when="2026-02-02 13:00:00 UTC")  # two days begun
    writing.write(course, "02", [mark()])

    def ada():
        return standings(course, "02")["ada"].late

    assert ada() == Late(2, 0, 0, 0.0)
    configure(course, address, "c.Descent.late_penalty = 0.1", "c.Descent.late_days = 1")
    assert ada() == Late(2, 1, 1, pytest.approx(0.7))
    (course.root / "extensions.csv").write_text("student,assignment,days\nada,02,1\n")
    assert ada() == Late(1, 1, 1, 0.0)
    set_due(course, ["02"], datetime(2026, 1, 31, 12))
    assert ada() == Late(2, 1, 1, pytest.approx(0.7))
    with Gradebook(address) as book:  # as formgrader and other programs see it
        assert book.find_submission("02", "ada").late_submission_penalty == pytest.approx(0.7)


def test_nobody_is_late_whose_time_was_taken_away_again(course):
    configure(course, course.gradebook, "c.Descent.late_penalty = 0.1")
    hand_in(course, "ada", when="2026-02-02 13:00:00 UTC")
    writing.write(course, "02", [mark()])
    assert standings(course, "02")["ada"].late.days == 2
    (course.root / "submitted" / "ada" / "02" / "timestamp.txt").unlink()
    writing.write(course, "02", [mark()])
    assert standings(course, "02")["ada"].late == Late()


def test_pages_are_old_until_they_are_written_where_free_days_are_used_up_otherwise(
    course, capsys, monkeypatch
):
    (course.root / "secret_seed").write_text("s")
    configure(course, course.gradebook, "c.Descent.late_penalty = 0.1", "c.Descent.late_days = 3")
    hand_in(course, "ada", "02", when="2026-02-02 11:00:00 UTC")  # a day
    hand_in(course, "ada", "03", when="2026-02-09 11:00:00 UTC")  # another
    for name in ("02", "03"):
        writing.write(course, name, [mark(name=name)])
        feedback.write(course, name, [mark(name=name)], 0)
    page = course.feedback("ada", "03")
    assert "costs no points. Free late days used, with this assignment: 2 of 3." in page.read_text()

    def said():
        assert commands.export(course, ["nbgrader"]) == 0
        return capsys.readouterr().out.splitlines()[1:]

    assert said() == []
    (course.root / "extensions.csv").write_text("student,assignment,days\nada,02,1\n")
    for _ in range(2):  # no points have moved
        assert said()[-1] == "descent feedback 02 03"
    monkeypatch.setattr(batch, "known", lambda *_: ([mark()], 0))
    assert commands.feedback(["02"], course, 0) == 0
    assert "late" not in course.feedback("ada", "02").read_text()
    assert capsys.readouterr().out.endswith("\ndescent feedback 03\n")
    assert said()[-1] == "descent feedback 03"
    feedback.write(course, "03", [mark(name="03")], 0)
    assert "with this assignment: 1 of 3." in page.read_text()
    assert said() == []
    (course.root / "feedback" / "late_days.json").write_text("[1, 2]")
    assert said() == []  # nothing is known


def test_marks_of_what_was_taken_away_are_said(course):
    writing.write(course, "02", [mark(), mark("bob")])
    assert doubts(course, "02") == []
    (course.root / "submitted" / "bob" / "02").rename(course.root / "elsewhere")
    (said,) = doubts(course, "02")
    assert "marks for 02 of bob, and submitted/ holds nothing of theirs" in said
    assert "nbgrader db student remove NAME --force" in said
    for n in range(11):
        writing.write(course, "02", [mark(f"gone{n:02d}")])
    assert "of bob, gone00, gone01, " in doubts(course, "02")[0]
    assert "gone08 and 2 more, and" in doubts(course, "02")[0]


def test_a_check_that_gives_other_points_than_the_gradebook_counts_is_said(course):
    writing.write(course, "02", [mark()])
    with Gradebook(course.gradebook) as book:
        for points in (4, 3):
            book.update_or_create_grade_cell(
                "gradient_descent_check", "02", "02", max_score=points, cell_type="code"
            )
            said = doubts(course, "02")
            assert len(said) == (points == 3)
    assert (
        "gradient_descent earns up to 4 points by its check, and the gradebook counts 3:" in said[0]
    )


def test_a_name_that_is_spelt_in_two_ways_is_said(course):
    for name in ("Zo\u00eb", "Zoe\u0308"):  # the second as a Mac writes it
        hand_in(course, name)
        writing.write(course, "02", [mark(name)])
    (said,) = doubts(course, "02")
    assert said.startswith("Zo\u00eb is in the gradebook 2 times")
    assert r"not: 'Zoe\u0308', 'Zo\xeb'. Rename" in said


def test_what_lies_under_nearly_the_assignments_name_is_said(course):
    writing.write(course, "02", [mark()])
    (course.root / "submitted" / "cyd").mkdir()
    (course.root / "submitted" / "cyd" / "02.ipynb").touch()
    (said,) = doubts(course, "02")
    assert said.startswith("Not graded, since it lies in no folder called submitted/STUDENT/02/:")
    assert "cyd/02.ipynb. If" in said
    assert doubts(course, "03") == []


def test_a_second_notebook_uses_up_no_more_late_days(course):
    with Gradebook(course.gradebook) as book:
        book.add_notebook("extra", "02")
        book.add_grade_cell("essay2", "extra", "02", max_score=3, cell_type="markdown")
    configure(course, course.gradebook, "c.Descent.late_penalty = 0.1", "c.Descent.late_days = 3")
    hand_in(course, "ada", "02", when="2026-02-02 13:00:00 UTC")  # two days begun
    hand_in(course, "ada", "03", when="2026-02-10 11:00:00 UTC")  # two
    for name in ("02", "03"):
        writing.write(course, name, [mark(name=name)])
    assert [standings(course, name)["ada"].late.penalty for name in ("02", "03")] == [
        0.0,
        pytest.approx(0.7),
    ]
    configure(course, course.gradebook, "c.Descent.late_penalty = 0.1")
    export(course, ["nbgrader"])
    assert standings(course, "02")["ada"].late.penalty == pytest.approx(2.0)
    note = course.root / "submitted" / "ada" / "02" / "timestamp.txt"
    note.unlink()
    with Gradebook(course.gradebook) as book:
        book.find_submission("02", "ada").timestamp = None
        book.db.commit()
    assert doubts(course, "02")[0].startswith("1 submission has no timestamp.txt")
    hand_in(course, "ada", "02", when="2026-02-02 13:00:00 UTC")
    writing.write(course, "02", [mark()])
    with Gradebook(course.gradebook) as book:
        assert book.find_submission("02", "ada").late_submission_penalty == pytest.approx(2.0)


def test_an_extension_may_be_for_what_is_not_released_yet(course):
    course.source("04").parent.mkdir()
    course.source("04").write_text(notebook())
    (course.root / "extensions.csv").write_text("student,assignment,days\nada,04,1\n")
    writing.write(course, "02", [mark()])
    (course.root / "extensions.csv").write_text("student,assignment,days\nada,05,1\n")
    with pytest.raises(CourseError, match=r"unknown assignment '05' .*known: 02, 03, 04$"):
        writing.write(course, "02", [mark()])


def everything(course):
    """What stands in the gradebook, and on the shelf."""
    with Gradebook(course.gradebook) as book:
        rows = [own for s in book.assignment_submissions("02") for own in s.notebooks]
        grades = {
            (own.student.id, g.name): (g.auto_score, g.manual_score, g.needs_manual_grade)
            for own in rows
            for g in own.grades
        }
        words = {(own.student.id, c.name): c.comment for own in rows for c in own.comments}
    papers = {p.parts[-3]: p.read_text() for p in course.root.glob("autograded/*/*/*.ipynb")}
    return grades, words, papers


def test_a_writing_that_breaks_off_anywhere_is_finished_by_the_next(course, database, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 2)
    marks = [mark(f"student{n}", float(n)) for n in range(5)]
    for n, one in enumerate(marks):
        hand_in(course, one.student, essay=BLANK if n % 2 else "Because.")
    with Gradebook(course.gradebook) as book:  # two are there, one marked by hand
        writing.write(course, "02", [mark("student0"), mark("student1")])
        grade = book.find_grade("essay", "02", "02", "student0")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        book.db.commit()
    steps = (Session, "bulk_save_objects"), (Session, "commit"), (Session, "flush"), (Paper, "save")
    left = [0]  # steps until it breaks off

    def breaking(step):
        def call(*args, **more):
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
            return step(*args, **more)

        return call

    with monkeypatch.context() as patch:
        for owner, name in steps:
            patch.setattr(owner, name, breaking(getattr(owner, name)))
        for count in range(2, 40, 2):
            left[0] = count
            with contextlib.suppress(KeyboardInterrupt):
                writing.write(course, "02", marks)
    assert left[0] > 0  # the last was whole
    found = everything(course)
    assert {key: found[0][key][:2] for key in found[0] if key[1] == "f_check"} == {
        (f"student{n}", "f_check"): (float(n), None) for n in range(5)
    }
    assert found[0]["student0", "essay"] == (None, 2.0, False)
    assert [found[0][f"student{n}", "essay"] for n in (1, 2, 3, 4)] == [
        (0.0, None, False),
        (None, None, True),
    ] * 2
    assert len(found[1]) == 10
    assert len(found[2]) == 5


def test_what_the_database_refuses_is_said_and_the_next_run_goes_on(course, monkeypatch):
    whole = writing._submission

    def with_another_program(*args):
        with Gradebook(course.gradebook) as book:
            book.db.merge(Student(id="ada"))
            book.db.commit()
        return whole(*args)

    monkeypatch.setattr(writing, "_submission", with_another_program)
    with pytest.raises(CourseError, match=r"cannot be used: .*(UNIQUE|unique)"):
        writing.write(course, "02", [mark()])
    writing.write(course, "02", [mark()])
    assert standings(course, "02")["ada"].score == 3.0


def test_a_server_that_stops_while_the_gradebook_is_opened_is_said(course, monkeypatch):
    def refused(*_, **more):
        raise InvalidEntry("terminating connection due to administrator command")

    monkeypatch.setattr(records.Gradebook, "check_course", refused)
    with pytest.raises(CourseError, match="cannot be opened: terminating connection"):
        writing.write(course, "02", [mark()])


def test_what_has_changed_is_listed_with_both_sayings(course):
    writing.write(course, "02", [mark(), mark("bob")])
    new = [mark(), mark("bob", 4.0, "Right."), mark("eve")]
    assert changes.find(course, "02", new) == [
        changes.Change("bob", "f", 3.0, 4.0, changes.CHECK, "Uphill.", "Right.")
    ]


def test_wrong_settings_are_said_before_marks_are_written_and_the_list_of_changes_is_kept(
    course, monkeypatch
):
    def refused(said):
        with pytest.raises(CourseError, match=said):
            commands.grade(["02"], course, Options())

    monkeypatch.setattr(batch, "grade", lambda *_, **__: ([mark(score=1.0)], 0))
    address = course.gradebook
    writing.write(course, "02", [mark()])
    (course.root / "extensions.csv").write_text("student,assignment,days\nada,05,1\n")
    refused("unknown assignment '05'")
    (path,) = (course.root / "report").glob("02-changes-*.csv")
    listed = path.read_text(encoding="utf-8-sig")
    assert listed.splitlines()[1].startswith('"ada","f","3","1",')
    configure(course, address, "c.Descent.late_penalty = 7")
    monkeypatch.setattr(writing, "write", lambda *_: pytest.fail("written"))
    refused("late_penalty")


def test_what_is_not_there_is_said(course):
    with pytest.raises(CourseError, match="descent release 04"):
        writing.write(course, "04", [])
    configure(course, "postgresql+psycopg://course:secret@/none?host=/nowhere")
    with pytest.raises(CourseError, match=r"course:\*\*\*@.* cannot be opened") as error:
        writing.write(course, "02", [])
    assert "secret" not in str(error.value)
    configure(course, "nonsense")
    with pytest.raises(CourseError, match="nonsense cannot be opened"):
        writing.write(course, "02", [])
