"""After the fact: whose marks a repaired check, or another submission, has changed, and why."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from descent.grading import spreadsheet
from descent.grading.course import Course
from descent.grading.course.settings import settings
from descent.grading.gradebook.papers import Shelf
from descent.grading.gradebook.records import entry, opened
from descent.grading.gradebook.writing import said, written
from descent.grading.marking.journal import Mark
from descent.grading.words import clean, number, so_many

CHECK, AGAIN = "the check has changed", "handed in again"
_HEAD = ["student", "question", "before", "after", "why", "said before", "said now"]
_SHOWN = 20  # on screen; the file has all


@dataclass(frozen=True)
class Change:
    """A mark that is not what it was in the gradebook. why: CHECK or AGAIN. The last two: what the grader said."""

    student: str
    question: str
    before: float
    after: float
    why: str
    said_before: str
    said_now: str


def find(course: Course, assignment: str, marks: Iterable[Mark]) -> list[Change]:
    """Where these marks are not those in the gradebook. What is not there yet is no change."""
    found, shelf = [], Shelf(course, assignment)
    with opened(course) as book:
        before = written(book, entry(book, assignment))
    for mark in marks:
        own = before.get(mark.student, {})
        for result in mark.results:
            was, words = own.get(result.exercise, (None, ""))
            if was is not None and was != result.score:
                why = AGAIN if shelf.handed_in_again(mark) else CHECK
                told = (words or "", said(mark, result))
                change = Change(mark.student, result.exercise, was, result.score, why, *told)
                found.append(change)
    return found


def told(changes: list[Change]) -> str:
    """The list for the screen: how many, of whom, and the first of them; empty where there is none."""
    if not changes:
        return ""
    students = len({change.student for change in changes})
    reasons = Counter(change.why for change in changes)
    counted = ", ".join(f"{reason}: {count}" for reason, count in sorted(reasons.items()))
    change = "changes" if len(changes) == 1 else "change"
    whose = f"{so_many(len(changes), 'mark')} of {so_many(students, 'student')}"
    lines = [f"{whose} {change} ({counted}):"]
    for c in changes[:_SHOWN]:
        lines.append(
            f"  {clean(c.student, 40)}, {c.question}: {number(c.before)} -> {number(c.after)}"
        )
        lines += [f"    before: {clean(c.said_before, 90)}", f"    now:    {clean(c.said_now, 90)}"]
    if len(changes) > _SHOWN:
        lines.append(f"  … and {len(changes) - _SHOWN} more")
    return "\n".join(lines) + "\n"


def write(course: Course, assignment: str, changes: Iterable[Change]) -> Path:
    """Writes the list as CSV, and leaves those of earlier runs; returns its path."""
    rows = (
        (c.student, c.question, number(c.before), number(c.after), c.why, c.said_before, c.said_now)
        for c in changes
    )
    now = datetime.now(settings(course).clock)
    name = f"{assignment}-changes-{now:%Y-%m-%d-%H%M%S-%f}.csv"
    return spreadsheet.write(course.root / "report" / name, [_HEAD, *rows])
