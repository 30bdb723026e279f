"""Parts of a class that several machines grade, each with a journal of its own, and how these come together again."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from descent.grading.course import Course, CourseError
from descent.grading.marking import journal
from descent.grading.marking.journal import Journal


def holds(shard: tuple[int, int], student: str) -> bool:
    """Whether a student is in the i-th of n parts: that depends on the name alone, and not on who else is in the class."""
    i, n = shard
    return int.from_bytes(hashlib.sha256(student.encode()).digest()[:8], "big") % n == i - 1


def part(shard: tuple[int, int]) -> str:
    """What the names of a part's files bear; nothing where the class is graded as a whole."""
    i, n = shard
    return "" if n == 1 else f".shard-{i}-of-{n}"


def journal_of(course: Course, assignment: str, shard: tuple[int, int]) -> Path:
    """The journal of a part."""
    path = course.journal(assignment)
    return path.with_name(f"{path.stem}{part(shard)}{path.suffix}")


def journals(course: Course) -> list[Path]:
    """The journals of parts in the course's folder."""
    return sorted((course.root / "journal").glob("*.shard-*-of-*.jsonl"))


def merge(course: Course, paths: Iterable[Path]) -> dict[str, int]:
    """Takes the marks of other journals into the course's own; returns how many were new, by assignment.

    Locks among them are passed over. Raises CourseError for a file that is no journal of this course.
    """
    new: dict[str, int] = {}
    for path in paths:
        if path.name.startswith("lock"):  # which lies beside them
            continue
        marks = list(journal.read(path))
        if not marks:
            raise CourseError(
                f"{path} holds no marks: expected a journal, as a run with --shard writes it, unchanged."
            )
        strange = sorted({mark.assignment for mark in marks} - set(course.assignments()))
        if strange:
            raise CourseError(
                f"{path} is of another course: there is no {', '.join(strange)} here."
            )
        for assignment in sorted({mark.assignment for mark in marks}):
            with Journal(course.journal(assignment)) as own:
                fresh = [m for m in marks if m.assignment == assignment and not own.find(m.key)]
                for mark in fresh:
                    own.append(mark)
            new[assignment] = new.get(assignment, 0) + len(fresh)
    return new
