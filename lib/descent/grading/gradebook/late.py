"""Late days: what each student has used up, and what that costs under the course's policy."""

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nbgrader.utils import parse_utc

from descent.grading import intake
from descent.grading.course import Course, CourseError
from descent.grading.gradebook.records import opened
from descent.inputs import unknown

EXTENSIONS_FILE = "extensions.csv"
_COLUMNS = ["student", "assignment", "days"]
NONE = timedelta(0)  # no extension
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Extensions:
    """More time: the days of (student, assignment)."""

    days: dict[tuple[str, str], float]

    def of(self, student: str, assignment: str) -> timedelta:
        """What this student has for this assignment."""
        return timedelta(days=self.days.get((student, assignment), 0.0))


def extensions(course: Course, assignments: Iterable[str]) -> Extensions | None:
    """What extensions.csv grants, or None where the course has no such file.

    Its columns are student, assignment, days. Raises CourseError, with the line, for what cannot be meant.
    """
    path, days = course.root / EXTENSIONS_FILE, {}
    if not path.exists():
        return None
    known = list(assignments)
    with path.open(newline="", encoding="utf-8-sig") as stream:
        rows = csv.reader(stream)
        head = [name.strip() for name in next(rows, [])]
        if head != _COLUMNS:
            raise CourseError(f"{path}: the first line must be {','.join(_COLUMNS)}, got {head}")
        for cells in rows:
            place = f"{path}, line {rows.line_num}"
            if not any(cells):
                continue
            if len(cells) != len(_COLUMNS):
                raise CourseError(f"{place}: expected {','.join(_COLUMNS)}, got {','.join(cells)}")
            student, assignment, said = (cell.strip() for cell in cells)
            if assignment not in known:
                raise CourseError(f"{place}: {unknown('assignment', assignment, known)}")
            days[student, assignment] = _days(place, said)
    return Extensions(days)


def _days(place: str, said: str) -> float:
    try:
        days = float(said)
    except ValueError:
        days = math.nan
    if not 0 <= days <= 1000:
        raise CourseError(f"{place}: days must be a number from 0 to 1000, got {said!r}")
    return days


def set_due(course: Course, assignments: Iterable[str], said: str) -> datetime:
    """Notes in the gradebook when these are to be handed in; returns it in UTC, as the gradebook has it.

    said: a date, a time and, if it is not UTC, a time zone such as Europe/Berlin. Raises CourseError
    for what is none.
    """
    try:
        *clock, zone = said.split() if len(said.split()) == 3 else [*said.split(), "UTC"]
        local = datetime.fromisoformat(" ".join(clock)).replace(tzinfo=ZoneInfo(zone))
    except (ValueError, KeyError, OSError):
        raise CourseError(
            f"--due must be such as '2026-02-01 23:59 Europe/Berlin', got {said!r}"
        ) from None
    due = local.astimezone(UTC).replace(tzinfo=None)
    with opened(course) as book:
        for name in assignments:
            entry: Any = book.update_or_create_assignment(name)
            entry.duedate = due
        book.db.commit()
    return due


def handed_in(course: Course, student: str, assignment: str) -> datetime | None:
    """What the exchange noted in timestamp.txt, if it is there and a time."""
    note = course.root / "submitted" / student / assignment / "timestamp.txt"
    try:
        return parse_utc(intake.contents(note)[:100].decode().splitlines()[0].strip())
    except (OSError, ValueError, IndexError, ArithmeticError, TypeError, intake.UnreadableError):
        return None  # whatever a student's hand has made of it


def days_late(handed_in: datetime | None, due: datetime | None) -> int:
    """Days begun after the time that it was due; 0 where one of the times is not known."""
    if handed_in is None or due is None:
        return 0
    return max(0, math.ceil((handed_in - due) / _DAY))


def charged(late: Iterable[int], free: int) -> list[int]:
    """Of the days that each assignment was late, in the order in which they were due, those beyond the free ones."""
    beyond = []
    for days in late:
        used = min(days, free)
        free -= used
        beyond.append(days - used)
    return beyond
