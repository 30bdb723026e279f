"""A course folder in nbgrader's layout: where things lie, and how a new one is made."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from shutil import copy

from descent.inputs import unknown

SEED_FILE = "secret_seed"
BOOK_FILE = "book_address"
CONFIG_FILE = "nbgrader_config.py"


class CourseError(Exception):
    """Something that the instructor has to put right; the message says what."""


@dataclass(frozen=True)
class Course:
    """A course folder: `{root}/{step}/{student}/{assignment}/`, with source/ and release/ by assignment."""

    root: Path

    @property
    def seed(self) -> str:
        """The secret under which hidden cases are drawn."""
        try:
            return (self.root / SEED_FILE).read_text().strip()
        except FileNotFoundError:
            raise CourseError(
                f"{self.root} has no {SEED_FILE}, so it is not a course folder. "
                "Make one with `descent new-course DIR`, or name yours with --course DIR."
            ) from None

    def assignments(self) -> list[str]:
        """The names of the assignments, those folders of source/ that hold a notebook of their name."""
        names = sorted(path.parent.name for path in self.root.glob("source/*/*.ipynb"))
        if not names:
            raise CourseError(
                f"{self.root} has no assignment: source/NAME/NAME.ipynb is missing. "
                "Make a course folder with `descent new-course DIR`, or name yours with --course DIR."
            )
        return names

    def chosen(self, names: list[str]) -> list[str]:
        """The assignments of these names, or all of them; raises CourseError for one that does not exist."""
        known = self.assignments()
        for name in names:
            if name not in known:
                raise CourseError(unknown("assignment", name, known))
        return names or known

    def graded(self, names: list[str]) -> list[str]:
        """Those of `chosen` that have been handed in; raises CourseError if there are none."""
        found = [name for name in self.chosen(names) if self.submissions(name)]
        if not found:
            raise CourseError(f"nothing has been handed in: {self.root / 'submitted'} is empty.")
        return found

    def source(self, assignment: str) -> Path:
        """The instructor's notebook."""
        return self.root / "source" / assignment / f"{assignment}.ipynb"

    def released(self, assignment: str) -> Path:
        """The students' notebook."""
        return self.root / "release" / assignment / f"{assignment}.ipynb"

    def submissions(self, assignment: str) -> dict[str, Path]:
        """Each student's folder, by student; names that cannot be printed are left to `nameless`."""
        return {
            folder.parent.name: folder
            for folder in self._handed_in(assignment)
            if folder.parent.name.isprintable()
        }

    def nameless(self, assignment: str) -> list[str]:
        """Folders of submitted/ whose names no student can have: no table or gradebook could hold them."""
        names = [folder.parent.name for folder in self._handed_in(assignment)]
        return [ascii(name) for name in names if not name.isprintable()]

    def _handed_in(self, assignment: str) -> list[Path]:
        folders = sorted(self.root.glob(f"submitted/*/{assignment}"))
        return [folder for folder in folders if folder.is_dir()]

    def feedback(self, student: str, assignment: str) -> Path:
        """The page that a student gets back."""
        return self.root / "feedback" / student / assignment / f"{assignment}.html"

    def journal(self, assignment: str) -> Path:
        """What has been graded."""
        return self.root / "journal" / f"{assignment}.jsonl"

    @property
    def book(self) -> str:
        """The address of the book's site, to which feedback links; empty if the course has none."""
        path = self.root / BOOK_FILE
        return path.read_text().strip().rstrip("/") if path.exists() else ""

    @property
    def gradebook(self) -> str:
        """The address of nbgrader's gradebook, as the course's nbgrader_config.py sets it."""
        from descent.grading.settings import database

        return database(self)[0]


def new_course(root: Path, solutions: Path, book: str = "") -> Course:
    """Makes a course folder from the solution notebooks of a clone of the book, with a fresh secret seed.

    book: the address of the book's site, to which feedback links (default: none).

    Raises CourseError if the folder is not empty or the solutions are not there.
    """
    from nbformat import write

    from descent.grading.release import source_notebook

    files, config = sorted(solutions.glob("*/*.py")), solutions.parent / CONFIG_FILE
    if not files or not config.exists():
        raise CourseError(
            f"{solutions} holds no solution notebooks with {CONFIG_FILE} beside it; run this in a clone of the book, "
            "or name its folder with --solutions DIR."
        )
    if root.exists() and any(root.iterdir()):
        raise CourseError(f"{root} is not empty; name a new folder.")
    course = Course(root)
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
    return course


def release(course: Course, assignment: str) -> Path:
    """Writes the students' notebook into release/ and the assignment into the gradebook; returns its path.

    Raises CourseError with nbgrader's reason where it refuses.
    """
    from copy import deepcopy

    from nbgrader.apps import NbGraderAPI

    from descent.grading.settings import configuration
    from descent.grading.stock import configure

    config = configure(deepcopy(configuration(course)), course.root.resolve())
    done = NbGraderAPI(config=config).generate_assignment(assignment, force=True, create=True)
    if not done["success"]:
        raise CourseError(
            f"nbgrader could not release {assignment}:\n{done['log'] or done['error']}"
        )
    return course.released(assignment)
