import json
import multiprocessing
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from descent.grading import commands
from descent.grading.course import CourseError
from descent.grading.marking import batch, executors, journal, shards, worker
from descent.grading.marking.engine import Engine
from descent.grading.marking.journal import Journal, Mark
from descent.grading.release.making import new_course
from descent.grading.sandbox import ladder, messages, processes
from descent.grading.sandbox.libc import libc

SOLUTIONS = Path(__file__).parents[3] / "solutions"
ASSIGNMENT = "02_gradient_descent"
ANSWER = "import numpy as np\ndef largest_stable_lr(H):\n    return 2 / np.linalg.eigvalsh(H)[-1]"
STUDENTS = ("ada", "bob", "eve")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("batch") / "course", SOLUTIONS)


@pytest.fixture
def course(template, tmp_path):
    shutil.copytree(template.root, tmp_path / "course")
    course = type(template)(tmp_path / "course")
    for student in STUDENTS:
        hand_in(course, student, ANSWER)
    return course


def hand_in(course, student, *sources):
    cells = [{"cell_type": "code", "source": source, "metadata": {}} for source in sources]
    path = course.root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells}))


def grade(course, **options):
    seen = []
    options = batch.Options(**{"jobs": 2, "allow_weak_sandbox": True} | options)
    marks, left = batch.grade(course, ASSIGNMENT, options, lambda *said: seen.append(said))
    return {mark.student: mark for mark in marks}, left, seen


def test_only_what_changed_is_marked_again(course):
    marks, left, seen = grade(course)
    assert list(marks) == list(STUDENTS)
    assert {mark.score for mark in marks.values()} == {2.0}
    assert (left, [said[:2] for said in seen]) == (0, [(1, 3), (2, 3), (3, 3)])
    hand_in(course, "bob", "x = 1")
    again, _, seen = grade(course)
    assert [mark.student for _, _, mark in seen] == ["bob"]
    assert again["bob"].score == 0
    assert again["ada"] == marks["ada"]


def test_the_order_and_the_number_of_jobs_change_nothing(course):
    alone = grade(course, jobs=1)[0]
    shutil.rmtree(course.root / "journal")
    for student, mark in grade(course, jobs=3)[0].items():
        assert mark.results == alone[student].results


def test_when_the_time_is_up_the_rest_is_left(course):
    marks, left, _ = grade(course, max_time=0.0)
    assert (marks, left) == ({}, 3)
    assert grade(course)[1] == 0


def test_a_fault_of_the_grader_costs_nobody_else_anything(course, monkeypatch, capsys):
    hand_in(course, "eve", "the_graders_fault = 1")
    honest = Engine.marked

    def faulty(engine, submission, variants):
        if "the_graders_fault" in submission.cells[0].source:
            raise KeyError("no such thing")
        return honest(engine, submission, variants)

    monkeypatch.setattr(Engine, "marked", faulty)
    marks, _, _ = grade(course)
    assert marks["ada"].score == 2.0
    assert "The grader itself failed (KeyError" in marks["eve"].reason
    assert "Traceback" in capsys.readouterr().err
    monkeypatch.undo()
    marks, _, seen = grade(course)
    assert [mark.student for _, _, mark in seen] == ["eve"]
    assert not marks["eve"].reason


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"require_sandbox": 4}, "level 4 is required. Nothing was graded"),
        ({"allow_weak_sandbox": False}, "add --allow-weak-sandbox"),
    ],
)
def test_a_weak_sandbox_fails_closed(course, monkeypatch, options, said):
    honest = processes.Child.receive

    def weak(child, function=None):  # as if every child said that it reached level 1
        message = honest(child, function)
        return messages.Ready(1) if isinstance(message, messages.Ready) else message

    monkeypatch.setattr(processes.Child, "receive", weak)
    with pytest.raises(CourseError, match=said):
        grade(course, **options)
    assert list(journal.read(course.journal(ASSIGNMENT))) == []


def test_marks_from_a_weaker_sandbox_than_is_required_are_given_anew(course, monkeypatch):
    monkeypatch.setenv(ladder.MOST_VARIABLE, "0")
    weak, _, _ = grade(course)
    monkeypatch.delenv(ladder.MOST_VARIABLE)
    reached = level_here()
    assert grade(course)[2] == []  # nothing is required
    again, _, seen = grade(course, require_sandbox=reached)
    assert {mark.level for mark in weak.values()} == {0}
    assert {mark.level for mark in again.values()} == {reached}
    assert len(seen) == (len(STUDENTS) if reached else 0)
    assert grade(course, require_sandbox=reached)[2] == []


def level_here():
    with Engine([], level="public", seed="") as engine:
        return engine.sandbox_level()


def test_what_cannot_be_graded_is_said(course):
    shutil.rmtree(course.root / "submitted")
    with pytest.raises(CourseError, match="has no submissions"):
        grade(course)
    course.source(ASSIGNMENT).write_text("{}")
    with pytest.raises(CourseError, match="no list of cells"):
        grade(course)
    cell = {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "f_check"}}, "source": ""}
    course.source(ASSIGNMENT).write_text(json.dumps({"cells": [cell]}))
    with pytest.raises(CourseError, match="f is unknown"):
        grade(course)


def test_a_reason_does_not_grow_with_what_is_in_the_folder(course):
    folder = course.root / "submitted" / "linker" / ASSIGNMENT
    folder.mkdir(parents=True)
    for n in range(300):
        (folder / f"{n}{'x' * 90}.ipynb").symlink_to("nowhere")
    marks = grade(course)[0]
    assert "no notebook here" in marks["linker"].reason
    assert len(marks["linker"].reason) <= 2_000


def test_shards_together_are_the_whole_class(course):
    whole = grade(course)[0]
    shutil.rmtree(course.root / "journal")
    parts = [grade(course, shard=(i, 2), allow_weak_sandbox=True)[0] for i in (1, 2)]
    assert sorted([*parts[0], *parts[1]]) == list(STUDENTS)
    assert all(parts)
    assert shards.merge(course, shards.journals(course)) == {ASSIGNMENT: 3}
    (course.root / "journal" / "lock.shard-1-of-2").touch()
    everything = (course.root / "journal").iterdir()
    assert shards.merge(course, everything) == {ASSIGNMENT: 0}
    merged, _, seen = grade(course)
    assert seen == []
    assert {s: m.results for s, m in merged.items()} == {s: m.results for s, m in whole.items()}


def test_a_shard_may_be_empty(course):
    parts = [grade(course, shard=(i, 8))[:2] for i in range(1, 9)]
    assert sum(len(marks) for marks, _ in parts) == len(STUDENTS)
    assert {left for _, left in parts} == {0}


def test_a_cluster_without_workers_says_so(monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(executors, "_WAIT", 0.1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None) as cluster,
        pytest.raises(CourseError, match="has no workers"),
    ):
        executors.executor(f"dask:{cluster.scheduler_address}", 1)


def test_dask_marks_alike(course):
    alone = grade(course)[0]
    shutil.rmtree(course.root / "journal")
    for student, mark in grade(course, executor="dask", jobs=1)[0].items():
        assert mark.results == alone[student].results


def test_a_file_that_is_only_saved_again_is_not_marked_again(course):
    grade(course)
    path = course.root / "submitted" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    content = json.loads(path.read_text())
    content["cells"].append({"cell_type": "markdown", "source": "Thank you", "metadata": {}})
    path.write_text(json.dumps(content))
    before = {mark.key for mark in journal.read(course.journal(ASSIGNMENT))}
    assert grade(course)[0]["ada"].score == 2.0
    assert {mark.key for mark in journal.read(course.journal(ASSIGNMENT))} == before


def test_a_submission_whose_worker_dies_is_tried_again(course, monkeypatch, tmp_path):
    honest, once = Engine.marked, tmp_path / "once"

    def deadly(engine, submission, variants):
        if not once.exists():
            once.write_text("")
            os._exit(1)
        return honest(engine, submission, variants)

    monkeypatch.setattr(Engine, "marked", deadly)
    marks, _, _ = grade(course, jobs=1)
    assert {mark.score for mark in marks.values()} == {2.0}


def test_a_worker_that_dies_before_it_begins_is_replaced(course, monkeypatch, tmp_path, capsys):
    honest, once = Engine.sandbox_level, tmp_path / "once"

    def deadly(engine):
        if not once.exists():
            once.write_text("")
            os._exit(1)
        return honest(engine)

    monkeypatch.setattr(Engine, "sandbox_level", deadly)
    assert {mark.score for mark in grade(course)[0].values()} == {2.0}
    monkeypatch.setattr(Engine, "sandbox_level", lambda engine: os._exit(1))
    hand_in(course, "bob", "x = 1")
    with pytest.raises(CourseError, match="ended before they had begun"):
        grade(course)


def test_a_setting_that_will_not_do_is_said_before_anything_is_graded(course):
    path = course.root / "nbgrader_config.py"
    right = path.read_text()
    path.write_text(f"{right}\nc.Descent.disclose = 9\n")
    options = batch.Options(jobs=2, allow_weak_sandbox=True)
    with pytest.raises(CourseError, match="'disclose' trait"):
        commands.grade([ASSIGNMENT], course, options)
    assert multiprocessing.active_children() == []
    assert list(journal.read(course.journal(ASSIGNMENT))) == []
    assert not (course.root / "gradebook.db").exists()
    path.write_text(right)
    with batch.alone(course):
        assert grade(course)[1] == 0


def test_what_workers_need_not_wait_for_is_done_where_any_are_needed(course):
    done = []
    options = batch.Options(jobs=2, allow_weak_sandbox=True)
    for _ in range(2):  # the second run finds all marks
        batch.grade(course, ASSIGNMENT, options, lambda *_: None, lambda: done.append(1))
    assert done == [1]


@pytest.fixture
def interruptible():
    """Also where the suite was started in the background, which has a process ignore interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_while_workers_start_is_not_lost_in_a_callback(course, interruptible):
    class Callback:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        batch.grade(
            course,
            ASSIGNMENT,
            batch.Options(jobs=1, allow_weak_sandbox=True),
            lambda *_: None,
            meanwhile=Callback,
        )
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.skipif(sys.platform != "linux", reason="a call of Linux's")
def test_nobody_looks_into_the_processes_that_mark(course, monkeypatch, tmp_path):
    def seen():  # by others of the same user: PR_GET_DUMPABLE
        return libc().prctl(3, 0, 0, 0, 0)

    honest, found = Engine.sandbox_level, tmp_path / "found"
    monkeypatch.setattr(
        Engine, "sandbox_level", lambda e: found.write_text(f"{seen()}") and honest(e)
    )
    libc().prctl(4, 1, 0, 0, 0)
    assert seen() == 1
    grade(course)
    assert (seen(), found.read_text()) == (0, "0")


def test_where_no_process_can_be_started_nothing_is_graded(course, monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "_command", lambda *_: [str(tmp_path / "no program")])
    with pytest.raises(CourseError, match=r"could be started: .* Nothing was graded"):
        grade(course)
    monkeypatch.undo()
    assert {mark.score for mark in grade(course)[0].values()} == {2.0}


def test_a_journal_of_another_course_is_not_merged(course, tmp_path):
    mark = Mark("ada", "../../other", "key", ())
    with Journal(tmp_path / "other.jsonl") as other:
        other.append(mark)
    with pytest.raises(CourseError, match="of another course"):
        shards.merge(course, [tmp_path / "other.jsonl"])
    for place in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(CourseError, match="holds no marks"):
            shards.merge(course, [place])


def test_a_submission_that_always_takes_its_worker_along_is_said(course, monkeypatch, capsys):
    monkeypatch.setattr(Engine, "marked", lambda *given: os._exit(1))
    marks, _, _ = grade(course, jobs=1)
    assert all("The grader itself failed" in mark.reason for mark in marks.values())


def test_another_version_of_the_library_marks_nothing(course, monkeypatch):
    monkeypatch.setattr(worker, "library_digest", lambda: "another")
    with pytest.raises(CourseError, match="install the same"):
        grade(course)


def test_a_fault_of_the_intake_costs_nobody_else_anything(course, monkeypatch, capsys):
    honest = batch.intake.take_in

    def faulty(found, *others):
        if b"the_graders_fault" in found.content:
            raise RuntimeError("made up")
        return honest(found, *others)

    hand_in(course, "eve", "the_graders_fault = 1")
    monkeypatch.setattr(batch.intake, "take_in", faulty)
    marks, left, _ = grade(course)
    assert left == 0
    assert "grader itself failed" in marks["eve"].reason
    assert marks["ada"].score == 2.0
    monkeypatch.undo()
    assert grade(course)[0]["eve"].reason == ""
    assert "RuntimeError: made up" in capsys.readouterr().err
