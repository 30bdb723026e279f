"""A course folder in nbgrader's layout: where things lie."""

import os
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from descent.inputs import unknown

SEED_FILE = "secret_seed"
BOOK_FILE = "book_address"
CONFIG_FILE = "nbgrader_config.py"
LONGEST = 128  # characters of a student's id, and of each name, in nbgrader's gradebook

_ALIKE = 0.8  # of two names' letters

_NO_COURSE = (
    f"has no {SEED_FILE}, so it is not a course folder. "
    "Make one with `descent new-course DIR`, or name yours with --course DIR."
)
_NO_SECRET = (
    f"The course's secret is lost: there is no {SEED_FILE}. Bring it back from a copy: descent secret restore FILE. "
    "If there is no copy, assignments with variants cannot be marked any more; for all others the secret of a new "
    f"course will do: descent new-course DIR, then descent secret restore DIR/{SEED_FILE}."
)


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
            lost = (self.root / "source").is_dir()
            raise CourseError(_NO_SECRET if lost else f"{self.root} {_NO_COURSE}") from None

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

    def handed_in(self, names: list[str]) -> list[str]:
        """The assignments of these names; without names those that somebody has handed in.

        Raises CourseError where nobody has, and as `chosen` does.
        """
        found = [name for name in self.chosen(names) if self.submissions(name)]
        missing = [name for name in names if name not in found]
        if missing or not found:
            first = missing[0] if missing else "ASSIGNMENT"
            raise CourseError(
                f"{', '.join(missing) or 'the course'} has no submissions: expected a notebook in "
                f"{self.root / 'submitted' / 'STUDENT' / first}/. Put them there, or collect them: nbgrader collect {first}"
            )
        return found

    def source(self, assignment: str) -> Path:
        """The instructor's notebook."""
        return self.root / "source" / assignment / f"{assignment}.ipynb"

    def released(self, assignment: str) -> Path:
        """The students' notebook."""
        return self.root / "release" / assignment / f"{assignment}.ipynb"

    def submissions(self, assignment: str) -> dict[str, Path]:
        """Each student's folder, by student; names that no student can have are left to `nameless`."""
        return {
            folder.parent.name: folder
            for folder in self._handed_in(assignment)
            if possible(folder.parent.name)
        }

    def nameless(self, assignment: str) -> list[str]:
        """Folders of submitted/ whose names no student can have: no table or gradebook could hold them."""
        names = [folder.parent.name for folder in self._handed_in(assignment)]
        return [ascii(name) for name in names if not possible(name)]

    def entries(self) -> dict[str, list[str]]:
        """What lies in students' folders, whether it is an assignment's or not: the names, and in whose."""
        found: dict[str, list[str]] = {}
        there = str(self.root / "submitted")
        for student in sorted(os.listdir(there)) if os.path.isdir(there) else ():
            with suppress(OSError):  # a file among them, or a folder that is closed to us
                for name in os.listdir(f"{there}/{student}"):
                    found.setdefault(name, []).append(student)
        return found

    def misplaced(self, assignment: str, entries: dict[str, list[str]]) -> list[str]:
        """Those of the entries that bear nearly this assignment's name, and so are taken for no submission."""
        known = {name.casefold(): name for name in self.assignments()}
        return [
            f"{student}/{name}"
            for name in sorted(entries.keys() - set(known.values()))
            for near in get_close_matches(
                name.casefold().removesuffix(".ipynb").removesuffix(".zip"), known, 1, _ALIKE
            )
            if known[near] == assignment
            for student in entries[name]
        ]

    def _handed_in(self, assignment: str) -> list[Path]:
        there = self.root / "submitted"
        students = sorted(os.listdir(there)) if there.is_dir() else []
        folders = (there / student / assignment for student in students)
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
        from descent.grading.course.settings import database

        return database(self)[0]


def possible(student: str) -> bool:
    """Whether a table can show this id, and every gradebook hold it."""
    return student.isprintable() and len(student) <= LONGEST
