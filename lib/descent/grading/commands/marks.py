"""Marks: given, joined, shown and handed on."""

from functools import partial
from pathlib import Path

from descent.grading.course import Course, CourseError
from descent.grading.marking import batch, shards
from descent.grading.marking.journal import Mark
from descent.grading.marking.progress import Progress
from descent.grading.marking.table import table
from descent.grading.sandbox import ladder
from descent.grading.variants import graded as graded_ones
from descent.grading.words import shortened, so_many


def grade(
    assignment: list[str],
    course: Course,
    options: batch.Options,
    disclose: int | None = None,
    dry_run: bool = False,
) -> int:
    """Grade what is in submitted/: marks into the gradebook, a feedback page for each."""
    left, stale = 0, set()
    with batch.alone(course, options.shard):
        for name in course.handed_in(assignment):
            marks, waiting = _marked(name, course, options)
            if marks and options.shard[1] == 1:
                stale |= _write(name, course, marks, disclose, dry_run)
                stale.discard(name)
            if doubt := graded_ones.doubt(course, name, (mark.events for mark in marks)):
                print(doubt)
            left += waiting
    _say_stale(stale)
    if left:
        were = "was" if left == 1 else "were"
        print(
            f"{so_many(left, 'submission')} {were} not begun before --max-time was over; run the same command to go on."
        )
    return 1 if left else 0


def _say_stale(assignments: set[str]) -> None:
    """Whose pages are old, since late days count otherwise now."""
    if assignments:
        print("Late days count otherwise now in assignments whose pages were written before:")
        print(f"descent feedback {' '.join(sorted(assignments))}")


def _level(course: Course, disclose: int | None) -> int:
    """How much feedback pages show: what was asked for, or else the course's setting."""
    from descent.grading.course.settings import settings

    chosen = settings(course).disclose
    return chosen if disclose is None else disclose


def _marked(name: str, course: Course, options: batch.Options) -> tuple[list[Mark], int]:
    """Marks one assignment: the marks, and how many submissions are left."""
    print(f"{name}: grading", flush=True)
    for folder in course.nameless(name):
        print(f"submitted/{folder}: no student can be called so; rename the folder to grade it.")
    load = partial(_load_gradebook, course)
    marks, left = batch.grade(course, name, options, Progress(), meanwhile=load)
    i, n = options.shard
    if n > 1:
        path = shards.journal_of(course, name, options.shard)
        made = so_many(len(marks), "mark")
        print(f"Part {i} of {n}: {made} in {path}. When all parts are done, bring their")
        print("journals together: descent merge FILE …, then descent grade.")
    return marks, left


def _write(
    name: str, course: Course, marks: list[Mark], disclose: int | None, dry_run: bool
) -> set[str]:
    """Writes marks and pages, unless only to say what they would be; returns assignments whose pages are old now."""
    from descent.grading.gradebook import changes, standing, writing
    from descent.grading.gradebook.doubts import doubts
    from descent.grading.pages import feedback

    level, changed = _level(course, disclose), changes.find(course, name, marks)
    listed = changes.write(course, name, changed) if changed else None  # known only until now
    others: set[str] = set()
    if not dry_run:
        others = writing.write(course, name, marks)
        feedback.write(course, name, marks, level)
    print(f"\n{table(marks)}\n")
    print(changes.told(changed), end="")
    if listed:
        print(f"The list is in {listed}.")
    if dry_run:
        print("The gradebook and the pages are as they were: this was --dry-run.")
        return others
    print(_summary(course, marks))
    for doubt in doubts(course, name):
        print(doubt)
    if waiting := standing.waiting(course, name):
        wait = "waits" if waiting == 1 else "wait"
        print(f"{so_many(waiting, 'submission')} {wait} for marks by hand, in formgrader.")
    return others


def _load_gradebook(course: Course) -> None:
    """Loads what is needed at the end, and takes its time: nbgrader, and the course's settings, which may be wrong."""
    from descent.grading.course.settings import settings
    from descent.grading.gradebook import writing  # noqa: F401

    settings(course)


def _summary(course: Course, marks: list[Mark]) -> str:
    ungradable = sum(bool(mark.reason) for mark in marks)
    levels = [mark.level for mark in marks if not mark.reason]
    graded = f"{len(marks) - ungradable} graded"
    if levels:
        graded += f" (sandbox level {min(levels)}: {ladder.NAMES[min(levels)]})"
    return f"{graded}, {ungradable} ungradable. Feedback pages are in {course.root / 'feedback'}."


def feedback(assignment: list[str], course: Course, disclose: int | None) -> int:
    """Write the feedback pages anew, with the marks and comments given by hand."""
    from descent.grading.gradebook.records import opened
    from descent.grading.gradebook.standing import settle
    from descent.grading.pages import feedback as pages

    level, left = _level(course, disclose), 0
    with batch.alone(course):
        for name in course.handed_in(assignment):
            marks, missing = batch.known(course, name)
            pages.write(course, name, marks, level)
            print(f"{name}: {so_many(len(marks), 'page')} in {course.root / 'feedback'}")
            left += missing
        with opened(course) as book:
            _say_stale(settle(course, book))
    return _ungraded(left)


def merge(journal: list[Path], course: Course) -> int:
    """Join the journals of shards: the next descent grade finds their marks."""
    paths = journal or shards.journals(course)
    if not paths:
        raise CourseError(
            f"{course.root / 'journal'} holds no journal of a shard; name the files: descent merge FILE …"
        )
    with batch.alone(course):
        for name, count in shards.merge(course, paths).items():
            print(f"{name}: {so_many(count, 'new mark')}")
    print("Next: descent grade, which writes them into the gradebook and grades what is missing.")
    return 0


def report(assignment: list[str], course: Course) -> int:
    """Write the class report: how it went, which mistakes were made, what to look at."""
    from descent.grading.pages import report as reports

    left = 0
    for name in course.handed_in(assignment):
        marks, missing = batch.known(course, name)
        if marks:
            print(*reports.write(course, reports.made(course, name, marks, missing)), sep="\n")
        left += missing
    return _ungraded(left)


def _ungraded(left: int) -> int:
    if left:
        are = "is" if left == 1 else "are"
        print(
            f"{so_many(left, 'submission')} {are} not graded as it stands now: run descent grade."
        )
    return 1 if left else 0


def export(course: Course, format: list[str] | None) -> int:
    """Write the marks as CSV tables: for nbgrader, Canvas and Moodle, by question, and with what the grader said."""
    from descent.grading.gradebook.export import FORMATS, left_out
    from descent.grading.gradebook.export import export as write
    from descent.grading.gradebook.records import opened
    from descent.grading.gradebook.standing import settle

    course.assignments()  # is it a course at all?
    with opened(course) as book:
        stale = settle(course, book)
    formats = format or list(FORMATS)
    for path in write(course, formats):
        print(path)
    if "moodle" in formats and (names := left_out(course)):
        print(
            f"Not in Moodle's list, and so not in its table: {shortened(names)}. Moodle would refuse"
        )
        print(
            "the table, or give their marks to others. If they are in the course, take its list in anew."
        )
    _say_stale(stale)
    return 0


def sample_class(dir: Path, solutions: Path, book: str) -> int:
    """Make a course with a class of made-up students of chapter 2, and grade it."""
    from descent.grading import sample

    made = sample.made_course(dir, solutions, book)
    status = grade([sample.ASSIGNMENT], made, batch.Options(allow_weak_sandbox=True))
    return status or export(made, None)
