"""A new course folder, and the students' notebooks in it."""

import re
import secrets
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from shutil import copy, copytree, rmtree
from tempfile import TemporaryDirectory
from typing import Any

from nbformat import write
from nbgrader.apps import NbGraderAPI

from descent.checks.catalogue import EXERCISES
from descent.grading import intake
from descent.grading.course import BOOK_FILE, CONFIG_FILE, SEED_FILE, Course, CourseError
from descent.grading.course.settings import configuration, database
from descent.grading.release.notebooks import source_notebook
from descent.grading.release.stock import configure
from descent.grading.words import so_many


def new_course(root: Path, solutions: Path, book: str = "") -> Course:
    """Makes a course folder from the solution notebooks of a clone of the book, with a fresh secret seed.

    book: the address of the book's site, to which feedback links (default: none).

    Raises CourseError if the folder is not empty or the solutions are not there.
    """
    files, config = sorted(solutions.glob("*/*.py")), solutions.parent / CONFIG_FILE
    if not files or not config.exists():
        raise CourseError(
            f"{solutions} holds no solution notebooks with {CONFIG_FILE} beside it; run this in a clone of the book, "
            "or name its folder with --solutions DIR."
        )
    if root.exists() and not (root.is_dir() and not any(root.iterdir())):
        raise CourseError(f"{root} is not empty; name a new folder.")
    course = Course(root)
    try:
        for file in files:
            path = course.source(file.stem)
            path.parent.mkdir(parents=True)
            write(source_notebook(file), path)
        for step in ("submitted", "release"):
            (root / step).mkdir()
        copy(config, root)
        if book:
            (root / BOOK_FILE).write_text(book + "\n")
        secret = root / SEED_FILE
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_hex(16) + "\n")
    except BaseException as error:
        rmtree(root, ignore_errors=True)  # half a course is none
        if not isinstance(error, OSError):
            raise
        raise CourseError(
            f"{root} cannot be made: {error.strerror}. Nothing is left of it; name a folder in which you may write."
        ) from None
    return course


def doubts(course: Course, assignment: str) -> list[str]:
    """What `descent grade` will not mark as the instructor's notebook has it, in sentences."""
    said = []
    for cell in intake.read(course.source(assignment))["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        name = about.get("grade_id", "")
        exercise = EXERCISES.get(name.removesuffix("_check")) if name.endswith("_check") else None
        if not about.get("grade") or about.get("solution"):
            continue
        if exercise is None:
            said.append(
                f"{name} is no check of this book: descent grade leaves it without marks. Make it a manually graded "
                "answer, or give marks for it in formgrader."
            )
        elif about.get("points") != exercise.points:
            said.append(
                f"{name}: the notebook gives {so_many(about.get('points') or 0, 'point')}, the check "
                f"{exercise.points:g}, and these are what is earned; write the same into the notebook."
            )
    return said


def release(course: Course, assignment: str) -> Path:
    """Writes the students' notebook into release/ and the assignment into the gradebook; returns its path.

    Raises CourseError with nbgrader's reason where it refuses; what was released before stays.
    """
    folder = course.released(assignment).parent
    config = configure(deepcopy(configuration(course)), course.root.resolve())
    config.CourseDirectory.course_id = database(course)[1]  # Postgres wants one
    with TemporaryDirectory() as kept:
        before = copytree(folder, Path(kept) / "before") if folder.exists() else None
        api: Any = NbGraderAPI(config=config)
        done: Any = {"success": False}
        try:
            done = api.generate_assignment(assignment, force=True, create=True)
        finally:
            if before and not done["success"]:
                with suppress(OSError):  # a disk that is full lets nothing be put back, either
                    copytree(before, folder, dirs_exist_ok=True)
    if not done["success"]:
        raise CourseError(_refused(assignment, done["log"] or done["error"] or ""))
    return course.released(assignment)


def _refused(assignment: str, log: str) -> str:
    """Why nbgrader has not released it."""
    if "Cannot add or remove cells" in log:
        return (
            f"{assignment} has been graded, and nbgrader adds or removes no question then. Undo that change of "
            f"source/{assignment}, or give the changed one a folder and a name of its own. To drop all marks of it "
            "from the gradebook instead, those given by hand and the due date with them: "
            f"nbgrader db assignment remove {assignment} --force"
        )
    errors = [
        line.strip() for line in log.splitlines() if re.match(r"\s*[\w.]*(Error|Exception)\b", line)
    ]
    return f"nbgrader could not release {assignment}: {errors[-1] if errors else log}"
