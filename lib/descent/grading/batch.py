"""Grades an assignment's submissions, several at a time; none of them stops the others."""

import os
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from descent.checks.catalogue import EXERCISES
from descent.checks.result import Result
from descent.grading import intake
from descent.grading.course import Course, CourseError
from descent.grading.engine import Engine, WeakSandboxError
from descent.grading.journal import Journal, Mark, key
from descent.grading.processes import Limits
from descent.grading.sandbox import NAMES

Progress = Callable[[int, int, Mark], None]  # done, of how many, the last one


@dataclass(frozen=True)
class Options:
    """How to grade: submissions at a time, the least sandbox level, whether levels 0 and 1 will do, seconds."""

    jobs: int = os.cpu_count() or 1
    require_sandbox: int = 0
    allow_weak_sandbox: bool = False
    max_time: float = float("inf")


@dataclass(frozen=True)
class _Work:
    student: str
    submission: intake.Submission
    key: str


def exercises_of(course: Course, assignment: str) -> dict[str, str]:
    """The exercise of each test cell's grade_id, from the instructor's notebook; raises CourseError."""
    try:
        tests = intake.test_cells(intake.read(course.source(assignment)))
    except (intake.UnreadableError, OSError) as error:
        raise CourseError(f"{course.source(assignment)}: {error}") from None
    unknown = sorted(set(tests.values()) - set(EXERCISES))
    if unknown or not tests:
        raise CourseError(
            f"{course.source(assignment)} tests no exercise of the book"
            + (f": {', '.join(unknown)} is unknown." if unknown else ".")
        )
    return tests


def grade(
    course: Course, assignment: str, options: Options, progress: Progress
) -> tuple[list[Mark], int]:
    """The marks of all submissions, by student, and how many were left when the time was up.

    Unchanged submissions are taken from the journal. Raises CourseError if there are no submissions, or
    if the sandbox does not reach the level asked for.
    """
    tests, journal = exercises_of(course, assignment), Journal(course.journal(assignment))
    folders = course.submissions(assignment)
    if not folders:
        raise CourseError(
            f"{assignment} has no submissions: expected submitted/STUDENT/{assignment}/{assignment}.ipynb "
            f"in {course.root}."
        )
    names, limits, seed = list(tests.values()), Limits(), course.seed
    current = _released_version(course, assignment)
    marks: dict[str, Mark] = {}
    work: list[_Work] = []
    for student, folder in folders.items():
        submission, reason = _taken_in(folder, assignment, tests, current)
        digest = submission.digest if submission else reason
        own = key(student, assignment, digest, seed, repr(limits), *names)
        known = journal.find(own)
        if submission is None:
            marks[student] = Mark(student, assignment, own, _ungraded(names), reason=reason)
            if known is None:
                journal.append(marks[student])
        elif known is not None:
            marks[student] = known
        else:
            work.append(_Work(student, submission, own))
    done = len(marks)
    for mark in _marked(work, names, seed, limits, assignment, options):
        done += 1
        marks[mark.student] = mark
        if mark.key:
            journal.append(mark)
        progress(done, len(folders), mark)
    return [marks[student] for student in folders if student in marks], len(folders) - len(marks)


def _released_version(course: Course, assignment: str) -> str:
    try:
        return intake.version(intake.read(course.released(assignment)))
    except (intake.UnreadableError, OSError):
        return ""  # not released from here: nothing to compare with


def _taken_in(
    folder: Path, assignment: str, tests: dict[str, str], current: str
) -> tuple[intake.Submission | None, str]:
    """The submission, or None and why there is none."""
    try:
        found = intake.find(folder, assignment)
        notebook, remarks = intake.parse(found.content)
        return intake.submission(notebook, tests, found.remarks + remarks, current), ""
    except (intake.UnreadableError, OSError) as error:
        return None, str(error)


def _ungraded(names: list[str]) -> tuple[Result, ...]:
    return tuple(Result(name, "ungradable", EXERCISES[name].points) for name in names)


def _marked(
    work: list[_Work],
    names: list[str],
    seed: str,
    limits: Limits,
    assignment: str,
    options: Options,
) -> Iterator[Mark]:
    """The marks in the order in which they are done; stops handing out work when the time is up."""
    if not work:
        return
    end = time.monotonic() + options.max_time
    least = max(options.require_sandbox, 0 if options.allow_weak_sandbox else 2)
    with Engine(names, level="hidden", seed=seed, limits=limits, sandbox=least) as engine:
        try:
            level = engine.sandbox_level()
        except WeakSandboxError as error:
            raise CourseError(_too_weak(error, options)) from None

        def one(item: _Work) -> Mark:
            began = time.monotonic()
            remarks, events = tuple(item.submission.remarks), tuple(item.submission.events)
            try:
                results = tuple(engine.mark(item.submission))
            except Exception as error:  # the grader's own fault must not cost the others anything
                traceback.print_exc()
                reason = (
                    f"The grader itself failed ({type(error).__name__}: {error}); grade it again."
                )
                return Mark(item.student, assignment, "", _ungraded(names), reason, remarks)
            seconds = round(time.monotonic() - began, 3)
            return Mark(
                item.student, assignment, item.key, results, "", remarks, level, seconds, events
            )

        with ThreadPoolExecutor(max(1, options.jobs)) as pool:
            waiting, running = list(work)[::-1], set[Future[Mark]]()
            while running or (waiting and time.monotonic() < end):
                while waiting and len(running) < options.jobs and time.monotonic() < end:
                    running.add(pool.submit(one, waiting.pop()))
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()


def _too_weak(error: WeakSandboxError, options: Options) -> str:
    if options.require_sandbox:
        return f"{error}. Nothing was graded."
    levels = "; ".join(f"{level}: {NAMES[level]}" for level in sorted(NAMES, reverse=True))
    return (
        f"{error}. Nothing was graded. Students' code could read files of this machine. Marks and the batch "
        f"are safe all the same: to grade here, add --allow-weak-sandbox. (Levels: {levels}.)"
    )
