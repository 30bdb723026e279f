"""Who is in the course, as the LMS knows them, so that the marks that go back find their rows.

The cells by which Canvas or Moodle tells its students apart are kept as they came, in roster.json, and are
repeated in every export; names and e-mail addresses go into the gradebook.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import Student

from descent.grading import spreadsheet
from descent.grading.course import LONGEST, Course, CourseError, possible
from descent.grading.files import put
from descent.grading.gradebook.records import opened
from descent.inputs import unknown

ROSTER_FILE = "roster.json"
CANVAS, MOODLE, PLAIN = "canvas", "moodle", "plain"
COLUMNS: dict[
    str, list[str]
] = {  # those that tell students apart, in the order of the LMS's own files
    CANVAS: ["Student", "ID", "SIS User ID", "SIS Login ID", "Root Account", "Section"],
    MOODLE: [
        "Username",
        "First name",
        "Surname",
        "Last name",
        "ID number",
        "Institution",
        "Department",
        "Email address",
    ],
    PLAIN: ["student_id", "first_name", "last_name", "email"],
}
_IDS = {  # by which of them a student's folder is called, the first that the file has
    CANVAS: ["SIS Login ID", "SIS User ID", "ID"],
    MOODLE: ["Username", "ID number", "Email address"],
    PLAIN: ["student_id"],
}
_USUAL = {
    CANVAS: ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"],
    MOODLE: ["Username", "Email address"],
}
_NOBODY = re.compile(
    r"\s*(Points Possible|Manual Posting|Student, Test)\b|\s*$"
)  # rows of Canvas's own
_WITH_ID = re.compile(r"(.+) \((\d+)\)")  # how Canvas heads the column of an assignment


@dataclass
class Roster:
    """students: by id, and by LMS, the LMS's own cells. heads: by LMS, its columns' names for assignments."""

    students: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    heads: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, lms: str) -> dict[str, dict[str, str]]:
        """The LMS's own cells of each student in its list."""
        return {student: own[lms] for student, own in self.students.items() if lms in own}

    def columns(self, lms: str) -> list[str]:
        """Those of the LMS's columns that its file had; the usual ones if there was none."""
        had = {name for own in self.of(lms).values() for name in own}
        return [name for name in COLUMNS[lms] if name in (had or _USUAL[lms])]


@dataclass(frozen=True)
class Imported:
    """What came of a file. by: the column whose cells are the students' ids. absent: who was there before, but not in it."""

    lms: str
    by: str
    students: list[str]
    new: list[str]
    absent: list[str]


def load(course: Course) -> Roster:
    """The course's roster; empty if none was imported."""
    path = course.root / ROSTER_FILE
    try:
        return Roster(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return Roster()
    except (ValueError, TypeError) as error:
        raise CourseError(
            f"{path} cannot be read ({error}). Put it back from a copy; or remove it, and take your lists in again: "
            "descent roster FILE"
        ) from None


def take(course: Course, file: Path, by: str = "") -> Imported:
    """Takes over a list of students: Canvas's or Moodle's export of its gradebook, or a plain table.

    by: the column whose cells are the ids, which are also the names of the folders in submitted/ (default:
    the first of the usual ones that the file has). Raises CourseError, with the line, for what cannot be meant.
    """
    head, rows = _table(file)
    lms = _kind(file, head)
    by = by or next((name for name in _IDS[lms] if name in head), "")
    if by not in head:
        raise CourseError(f"{file}: {unknown('column', by, head)}")
    roster = load(course)
    known = set(roster.of(lms))
    met: dict[str, int] = {}
    people: dict[str, dict[str, str]] = {}
    for line, row in rows:
        if lms == CANVAS and _NOBODY.match(row.setdefault("Student", _in_one(row))):
            continue
        student = row[by].strip()
        _check(file, line, by, student)
        if people.get(student, row) != row:
            raise CourseError(
                f"{file}, line {line}: {student} stands in line {met[student]}, too, and not with the same cells; "
                "leave one of the two lines."
            )
        met[student], people[student] = line, row
        roster.students.setdefault(student, {})[lms] = {
            name: row[name] for name in COLUMNS[lms] if name in row
        }
    if not people:
        raise CourseError(f"{file} names no student: there is nothing below its first line.")
    renamed = _renamed(roster, lms, people, known - set(people))
    heads = {m[1]: name for name in head if (m := _WITH_ID.fullmatch(name))}
    own = {name: heads[name] for name in course.assignments() if name in heads}
    roster.heads[lms] = roster.heads.get(lms, {}) | own
    _into_gradebook(course, lms, people, renamed)
    put(course.root / ROSTER_FILE, json.dumps(vars(roster), indent=1, ensure_ascii=False).encode())
    return Imported(
        lms,
        by,
        list(people),
        [student for student in people if student not in known],
        sorted(known - set(people) - set(renamed)),
    )


def _renamed(
    roster: Roster, lms: str, people: dict[str, dict[str, str]], others: set[str]
) -> list[str]:
    """Takes out of the roster under which other ids it had the same people, as where --id was forgotten at first."""

    def person(cells: dict[str, str]) -> list[str]:
        return [cells.get(name, "") for name in _IDS[lms]]

    who = [person(cells) for cells in people.values() if any(person(cells))]
    renamed = [student for student in others if person(roster.students[student][lms]) in who]
    for student in renamed:
        del roster.students[student][lms]
        if not roster.students[student]:
            del roster.students[student]
    return renamed


def strangers(course: Course, roster: Roster) -> list[str]:
    """Who has handed something in and is in no roster."""
    there = {student for name in course.assignments() for student in course.submissions(name)}
    return sorted(there - set(roster.students))


def _table(file: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The heads of the columns, and the rows with their line numbers."""
    try:
        (_, first), *rows = list(spreadsheet.read(file)) or [(1, [])]
    except spreadsheet.TableError as error:
        raise CourseError(str(error)) from None
    head = [name.strip() for name in first]
    missing = [""] * len(head)
    return head, [(line, dict(zip(head, [*cells, *missing], strict=False))) for line, cells in rows]


def _kind(file: Path, head: list[str]) -> str:
    """Whose file it is, by the columns that nobody else has."""
    if {"Student", "ID"} <= set(head) or {"LastName", "FirstName", "ID"} <= set(head):
        return CANVAS
    if "Email address" in head or {"First name", "ID number"} <= set(head):
        return MOODLE
    if "student_id" in head:
        return PLAIN
    raise CourseError(
        f"{file}: expected the columns of Canvas's gradebook export (Student, ID, SIS Login ID …), of Moodle's in "
        "English (First name, Last name, ID number, Email address …), or student_id, first_name, last_name, email; "
        f"got {', '.join(head) or 'nothing'}."
    )


def _check(file: Path, line: int, by: str, student: str) -> None:
    place = f"{file}, line {line}"
    if not student:
        raise CourseError(f"{place}: {by!r} is empty; name another column with --id.")
    if not possible(student) or re.search(r"[/\\+*]|^\.", student):
        raise CourseError(
            f"{place}: {student!a} cannot be the name of a folder in submitted/, which has no / \\ + *, begins "
            f"with no dot and has at most {LONGEST} characters; name another column with --id."
        )


def _into_gradebook(
    course: Course, lms: str, people: dict[str, dict[str, str]], renamed: list[str]
) -> None:
    with opened(course) as book:
        known: dict[Any, Student] = {student.id: student for student in book.students}
        for student in renamed:
            if student in known and not known[student].submissions:
                book.db.delete(known[student])
        for student, row in people.items():
            entry = known.get(student) or Student(id=student)
            for name, value in _facts(lms, row).items():
                if value:
                    setattr(entry, name, value[:LONGEST])
            book.db.add(entry)
        book.db.commit()


def _in_one(row: dict[str, str]) -> str:
    """The name as Canvas writes it, where the account is set to two columns; Canvas takes it back in one."""
    return ", ".join(filter(None, (row.get("LastName"), row.get("FirstName"))))


def _facts(lms: str, row: dict[str, str]) -> dict[str, str]:
    """What the gradebook keeps of a student."""
    if lms == CANVAS:
        last, _, first = (part.strip() for part in row["Student"].partition(","))
        return {"first_name": first, "last_name": last, "lms_user_id": row["ID"]}
    if lms == MOODLE:
        return {
            "first_name": row.get("First name", ""),
            "last_name": row.get("Surname") or row.get("Last name", ""),
            "email": row.get("Email address", ""),
            "lms_user_id": row.get("ID number", ""),
        }
    return {name: row.get(name, "") for name in COLUMNS[PLAIN][1:]}
