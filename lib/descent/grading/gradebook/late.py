"""Late days: what each student has used up, and what that costs under the course's policy."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from nbgrader.utils import parse_utc

from descent.grading import intake, spreadsheet
from descent.grading.course import Course, CourseError
from descent.grading.course.settings import settings
from descent.grading.gradebook.records import opened
from descent.inputs import unknown

EXTENSIONS_FILE = "extensions.csv"
_COLUMNS = ["student", "assignment", "days"]
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
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
    try:
        (_, head), *rows = list(spreadsheet.read(path)) or [(1, [])]
    except spreadsheet.TableError as error:
        raise CourseError(str(error)) from None
    if [name.strip() for name in head] != _COLUMNS:
        raise CourseError(f"{path}: the first line must be {','.join(_COLUMNS)}, got {head}")
    for line, cells in rows:
        place = f"{path}, line {line}"
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


def due_time(course: Course, said: str) -> datetime:
    """When something is to be handed in, in UTC, as the gradebook has it.

    said: a date, a time and, if it is not the course's own, a time zone such as Europe/Berlin. Raises
    CourseError for what is none.
    """
    *clock, zone = said.split() if len(said.split()) == 3 else [*said.split(), ""]
    try:
        local = datetime.fromisoformat(" ".join(clock))
        if ":" not in said or (zone and local.tzinfo):
            raise ValueError
        own = local.tzinfo or (ZoneInfo(zone) if zone else settings(course).clock)
    except (ValueError, KeyError, OSError):
        raise CourseError(
            f"--due must be a date and a time such as '2026-02-01 23:59 Europe/Berlin', got {said!r}"
        ) from None
    return local.replace(tzinfo=own).astimezone(UTC).replace(tzinfo=None)


def set_due(course: Course, assignments: Iterable[str], due: datetime) -> None:
    """Notes in the gradebook when these are to be handed in, in UTC."""
    with opened(course) as book:
        for name in assignments:
            entry: Any = book.update_or_create_assignment(name)
            entry.duedate = due
        book.db.commit()


def handed_in(course: Course, student: str, assignment: str) -> datetime | None:
    """What the exchange noted in timestamp.txt, if it is there and a time that can mean one thing alone."""
    note = course.root / "submitted" / student / assignment / "timestamp.txt"
    try:
        said = intake.contents(note)[:100].decode("utf-8-sig").splitlines()[0].strip()
        return parse_utc(said) if _TIME.match(said) else None
    except (OSError, ValueError, IndexError, ArithmeticError, TypeError, intake.UnreadableError):
        return None  # whatever a student's hand has made of it


def days_late(
    handed_in: datetime | None,
    due: datetime | None,
    extension: timedelta = NONE,
    clock: tzinfo = UTC,
) -> int:
    """Days begun after the time that it was due, with the extension; 0 where one of the times is not known.

    The times are UTC's. A day ends when the course's clock shows the same time again, so where the clocks
    change it has 23 or 25 hours.
    """
    if handed_in is None or due is None:
        return 0
    try:
        came, end = (
            time.replace(tzinfo=UTC).astimezone(clock).replace(tzinfo=None)
            for time in (handed_in, due)
        )
    except OverflowError:  # the first or last day of the calendar, by a student's hand
        return 0
    return max(0, math.ceil((came - end - extension) / _DAY))


def charged(late: Iterable[int], free: int) -> list[tuple[int, int]]:
    """For assignments in the order in which they were due: the free days used up until then, and the days beyond.

    late: the days that each was late.
    """
    counted, used = [], 0
    for days in late:
        before, used = used, min(used + days, free)
        counted.append((used, before + days - used))
    return counted
