"""A course's beginning: its folder, its notebooks, its secret, its students."""

from collections import Counter
from pathlib import Path

from descent.checks import EXERCISES
from descent.grading.course import Course, CourseError
from descent.grading.marking import batch
from descent.grading.variants import graded as graded_ones
from descent.grading.words import number, shortened, so_many


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
        print(
            f"{name}: {so_many(len(chosen), 'notebook')}, {course.root / 'release_graded'}/STUDENT/{name}/{name}.ipynb"
        )
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


def roster(file: Path, course: Course, id: str) -> int:
    """Take over the list of students from Canvas, Moodle or a plain table, so that exports match it."""
    from descent.grading.gradebook import roster as rosters

    came = rosters.take(course, file, id)
    print(f"{file}: {so_many(len(came.students), 'student')} ({came.lms}), {len(came.new)} new.")
    print(f"Their ids are what {came.by!r} says: submitted/{came.students[0]}/ASSIGNMENT/.")
    if came.absent:
        print(
            f"They were in the roster and are not in this file; they stay: {shortened(came.absent)}."
        )
    if strangers := rosters.strangers(course, rosters.load(course)):
        print(f"They have handed in and are in no roster: {shortened(strangers)}.")
        print("If the file names them in another column: --id COLUMN")
    return 0
