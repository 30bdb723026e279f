"""What the commands of the command line do. Each prints what it did, and returns the exit status."""

from collections import Counter
from functools import partial
from pathlib import Path

from descent.checks import EXERCISES
from descent.checks.catalogue import VARIED
from descent.checks.prove import holes, matrix
from descent.checks.prove import prove as prove_exercise
from descent.grading import intake
from descent.grading.course import Course, CourseError
from descent.grading.marking import batch, shards
from descent.grading.marking.engine import Engine
from descent.grading.marking.journal import Mark
from descent.grading.marking.progress import Progress
from descent.grading.marking.table import table
from descent.grading.sandbox import ladder
from descent.grading.variants import graded as graded_ones
from descent.grading.words import number


def new_course(dir: Path, solutions: Path, book: str) -> int:
    """Make a course folder in nbgrader's layout, with a fresh secret seed."""
    from descent.grading.release import making

    made = making.new_course(dir, solutions, book)
    print(f"{dir}: {', '.join(made.assignments())}")
    print(f"Next: descent release --course {dir}")
    return 0


def release(
    assignment: list[str], course: Course, graded: bool, student: list[str], due: str = ""
) -> int:
    """Make the students' notebooks, without solutions and hidden tests."""
    from descent.grading.gradebook import late
    from descent.grading.release import making

    if student and not graded:
        raise CourseError("--student names whose own notebooks to make; that is for --graded.")
    if graded and not assignment:
        raise CourseError("name the assignments whose marks count: descent release --graded NAME …")
    names = course.chosen(assignment)
    time = late.due_time(course, due) if due else None  # before anything is written
    own = [name for name in names if not graded and graded_ones.find(course, name)]
    if own:
        raise CourseError(
            f"{', '.join(own)} was released with variants: a notebook that is the same for all would be marked "
            f"as wrong. Make students' own with descent release --graded {' '.join(own)}; to release others, name them."
        )
    if graded:
        _release_own(names, course, student)
    for name in () if graded else names:
        print(making.release(course, name))
    for doubt in (doubt for name in names for doubt in making.doubts(course, name)):
        print(doubt)
    if time:
        late.set_due(course, names, time)
        print(f"Due: {time} UTC")
    return 0


def _release_own(assignments: list[str], course: Course, students: list[str]) -> None:
    from descent.grading.gradebook.roster import load
    from descent.grading.release import own

    students = students or list(load(course).students)
    if not students:
        raise CourseError(
            "whose notebooks? The course has no roster yet: descent roster FILE takes your LMS's list in; "
            "or name students with --student."
        )
    for name in assignments:
        chosen = own.release_own(course, name, students)
        made = "1 notebook" if len(chosen) == 1 else f"{len(chosen)} notebooks"
        print(f"{name}: {made}, {course.root / 'release_graded'}/STUDENT/{name}/{name}.ipynb")
        points = {e: EXERCISES[e].points for e in batch.exercises_of(course, name).values()}
        varying = next(iter(chosen.values()))
        vary, most = sum(points[e] for e in varying), sum(points.values())
        print(f"  {number(vary)} of {number(most)} points vary:")
        for exercise in varying:
            spread = Counter(variants[exercise] for variants in chosen.values())
            print(f"  {exercise}: {', '.join(f'{n} × {v}' for v, n in sorted(spread.items()))}")
    print(
        "Give each student their own of these folders; do not hand out release/: it asks for the book's."
    )
    print("Keep the secret: descent secret backup FILE. Without it nothing of this can be marked.")


def secret(action: str, file: Path, course: Course) -> int:
    """Copy the course's secret into a file, or from it into a course of another instructor's."""
    from descent.grading.variants import secret as secrets

    done = secrets.backup if action == "backup" else secrets.restore
    print(f"fingerprint {done(course, file)}: the same on all machines that grade this course")
    return 0


def check(notebook: Path) -> int:
    """Check your own notebook; exit status 1 when something fails."""
    try:
        content, remarks = intake.parse(intake.contents(notebook.resolve()))
    except FileNotFoundError:
        print(f"There is no file {notebook}.")
        return 1
    except (intake.UnreadableError, OSError) as error:
        print(f"{notebook}: {error}")
        return 1
    tests = {k: v for k, v in intake.test_cells(content).items() if v in EXERCISES}
    if not tests:
        print(f"{notebook} has no test cells of this book; is it one of its exercise notebooks?")
        return 1
    submission = intake.submission(content, tests, remarks)
    for remark in submission.remarks:
        print(remark)
    variants = {k: v for k, v in submission.variants.items() if f"{k} ({v})" in VARIED}
    with Engine(list(tests.values()), level="public", seed="", varied=bool(variants)) as engine:
        results = engine.mark(submission, variants)
    for result in results:
        print(f"{result}\n")
    earned, most = sum(r.score for r in results), sum(r.points for r in results)
    print(f"{number(earned)} of {number(most)} points under the visible checks")
    return 0 if all(result.state == "passed" for result in results) else 1


def grade(
    assignment: list[str],
    course: Course,
    options: batch.Options,
    disclose: int | None = None,
    dry_run: bool = False,
) -> int:
    """Grade what is in submitted/: marks into the gradebook, a feedback page for each."""
    names = course.handed_in(assignment)
    with batch.alone(course, options.shard):
        left = sum(_graded(name, course, options, disclose, dry_run) for name in names)
    if left:
        were = "1 submission was" if left == 1 else f"{left} submissions were"
        print(f"{were} not begun before --max-time was over; run the same command to go on.")
    return 1 if left else 0


def _level(course: Course, disclose: int | None) -> int:
    """How much feedback pages show: what was asked for, or else the course's setting."""
    from descent.grading.course.settings import settings

    chosen = settings(course).disclose
    return chosen if disclose is None else disclose


def _graded(
    name: str, course: Course, options: batch.Options, disclose: int | None, dry_run: bool
) -> int:
    """Grades one assignment; returns how many submissions are left."""
    print(f"{name}: grading", flush=True)
    for folder in course.nameless(name):
        print(f"submitted/{folder}: no student can be called so; rename the folder to grade it.")
    load = partial(_load_gradebook, course)
    marks, left = batch.grade(course, name, options, Progress(), meanwhile=load)
    from descent.grading.gradebook import changes, standing, writing
    from descent.grading.pages import feedback

    if options.shard[1] > 1:
        i, n = options.shard
        path = shards.journal_of(course, name, options.shard)
        print(
            f"Part {i} of {n}: {len(marks)} marks in {path}. When all parts are done, bring their"
        )
        print("journals together: descent merge FILE …, then descent grade.")
    elif marks:
        level, changed = _level(course, disclose), changes.find(course, name, marks)
        listed = changes.write(course, name, changed) if changed else None  # known only until now
        if not dry_run:
            writing.write(course, name, marks)
            feedback.write(course, name, marks, level)
        print(f"\n{table(marks)}\n")
        print(changes.told(changed), end="")
        if listed:
            print(f"The list is in {listed}.")
        said = "Nothing was written: this was --dry-run." if dry_run else _summary(course, marks)
        print(said)
        for doubt in () if dry_run else standing.doubts(course, name):
            print(doubt)
        if not dry_run and (waiting := standing.waiting(course, name)):
            are = "1 submission waits" if waiting == 1 else f"{waiting} submissions wait"
            print(f"{are} for marks by hand, in formgrader.")
    if doubt := graded_ones.doubt(course, name, (mark.events for mark in marks)):
        print(doubt)
    return left


def _load_gradebook(course: Course) -> None:
    """Loads what is needed at the end, and takes its time: nbgrader, and the course's settings, which may be wrong."""
    from descent.grading.course.settings import settings
    from descent.grading.gradebook import writing  # noqa: F401

    settings(course)


def feedback(assignment: list[str], course: Course, disclose: int | None) -> int:
    """Write the feedback pages anew, with the marks and comments given by hand."""
    from descent.grading.pages import feedback as pages

    level, left = _level(course, disclose), 0
    with batch.alone(course):
        for name in course.handed_in(assignment):
            marks, missing = batch.known(course, name)
            pages.write(course, name, marks, level)
            print(f"{name}: {len(marks)} pages in {course.root / 'feedback'}")
            left += missing
    return _ungraded(left)


def _ungraded(left: int) -> int:
    if left:
        were = "1 submission is" if left == 1 else f"{left} submissions are"
        print(f"{were} not graded as it stands now: run descent grade.")
    return 1 if left else 0


def merge(journal: list[Path], course: Course) -> int:
    """Join the journals of shards: the next descent grade finds their marks."""
    paths = journal or shards.journals(course)
    if not paths:
        raise CourseError(
            f"{course.root / 'journal'} holds no journal of a shard; name the files: descent merge FILE …"
        )
    with batch.alone(course):
        for name, count in shards.merge(course, paths).items():
            print(f"{name}: {count} new marks")
    print("Next: descent grade, which writes them into the gradebook and grades what is missing.")
    return 0


def _summary(course: Course, marks: list[Mark]) -> str:
    ungradable = sum(bool(mark.reason) for mark in marks)
    levels = [mark.level for mark in marks if not mark.reason]
    graded = f"{len(marks) - ungradable} graded"
    if levels:
        graded += f" (sandbox level {min(levels)}: {ladder.NAMES[min(levels)]})"
    return f"{graded}, {ungradable} ungradable. Feedback pages are in {course.root / 'feedback'}."


def export(course: Course, format: list[str] | None) -> int:
    """Write the marks as CSV tables for nbgrader, Canvas, Moodle, and by question."""
    from descent.grading.gradebook.export import FORMATS
    from descent.grading.gradebook.export import export as write

    for path in write(course, format or list(FORMATS)):
        print(path)
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


def roster(file: Path, course: Course, id: str) -> int:
    """Take over the list of students from Canvas, Moodle or a plain table, so that exports match it."""
    from descent.grading.gradebook import roster as rosters

    came = rosters.take(course, file, id)
    were = "1 student" if len(came.students) == 1 else f"{len(came.students)} students"
    print(f"{file}: {were} ({came.lms}), {len(came.new)} new.")
    print(f"Their ids are what {came.by!r} says: submitted/{came.students[0]}/ASSIGNMENT/.")
    for said, names in (
        ("They were in the roster and are not in this file; they stay", came.absent),
        (
            "They have handed in and are in no roster",
            rosters.strangers(course, rosters.load(course)),
        ),
    ):
        if names:
            more = f" and {len(names) - 10} more" if len(names) > 10 else ""
            print(f"{said}: {', '.join(names[:10])}{more}.")
    return 0


def prove() -> int:
    """Show that every wrong version is rejected and named; exit status 1 on a hole."""
    proofs = [prove_exercise(exercise) for exercise in VARIED.values()]
    print(matrix(proofs))
    found = holes(proofs)
    print("\n".join([*found, f"{len(found)} holes"]))
    return 1 if found else 0


def doctor() -> int:
    """Say what this machine offers: sandbox level and how to get more, memory, compiler, GPU, browser."""
    from descent.grading.sandbox.doctor import rows

    with Engine([], level="public", seed="") as engine:
        level = engine.sandbox_level()
    for row in rows(level):
        print(f"{row.name:<10} {row.found}", *row.advice, sep=f"\n{'':11}", flush=True)
    return 0


def sample_class(dir: Path, solutions: Path, book: str) -> int:
    """Make a course with a class of made-up students of chapter 2, and grade it."""
    from descent.grading import sample

    made = sample.made_course(dir, solutions, book)
    status = grade([sample.ASSIGNMENT], made, batch.Options(allow_weak_sandbox=True))
    return status or export(made, None)
