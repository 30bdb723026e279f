"""The class report: how it went, question by question, which mistakes were made, what to look at."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

from descent.checks.catalogue import EXERCISES
from descent.checks.result import Result
from descent.grading import intake, spreadsheet
from descent.grading.course import Course
from descent.grading.files import put
from descent.grading.gradebook.standing import standings
from descent.grading.marking.batch import exercises_of
from descent.grading.marking.journal import Mark
from descent.grading.pages.similarity import Alike, alike
from descent.grading.words import clean, number

_LIST = "; "  # between students in a cell of a table: names may hold blanks


@dataclass(frozen=True)
class Question:
    """How an exercise went. seconds, slowest: of marking it, the median and the most."""

    name: str
    points: float
    mean: float
    full: int
    part: int
    none: int
    blank: int
    seconds: float
    slowest: float


@dataclass(frozen=True)
class Mistake:
    """A mistake that was made. name: the wrong version's, or empty where no wrong version has these outcomes."""

    question: str
    name: str
    said: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """A reason to look at submissions."""

    students: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Report:
    """What there is to say about an assignment. totals: the points that count, by student."""

    assignment: str
    points: float
    totals: dict[str, float]
    left: int
    waiting: int
    ungradable: tuple[str, ...]
    questions: tuple[Question, ...]
    mistakes: tuple[Mistake, ...]
    unmatched: tuple[Mistake, ...]
    look: tuple[Look, ...]


def made(course: Course, assignment: str, marks: list[Mark], left: int = 0) -> Report:
    """The report on these marks; left: how many submissions are not graded."""
    standing = standings(course, assignment)
    own = {mark.student: standing.get(mark.student) for mark in marks}
    totals = {m.student: s.total if (s := own[m.student]) else m.score for m in marks}
    graded = [mark for mark in marks if not mark.reason]
    return Report(
        assignment,
        max([s.points for s in own.values() if s] + [mark.points for mark in marks], default=0.0),
        totals,
        left,
        sum(bool(s and s.waiting) for s in own.values()),
        tuple(mark.student for mark in marks if mark.reason),
        tuple(_questions(graded)),
        tuple(_mistakes(graded)),
        tuple(_unmatched(graded)),
        tuple(_look(course, assignment, graded)),
    )


def write(course: Course, report: Report) -> list[Path]:
    """Writes the page and its tables as CSV into report/; returns their paths, the page first."""
    from descent.grading.pages.reportpage import page

    folder, name = course.root / "report", report.assignment
    tables: dict[str, list[list[object]]] = {
        "points": [
            ["from", "to", "how many"],
            *([*label.split("–"), count] for label, count in counted(report)),
        ],
        "questions": [
            ["question", "points", "mean", "full", "part", "none", "not attempted", "median seconds", "most seconds"],
            *([q.name, number(q.points), f"{q.mean:.3f}", q.full, q.part, q.none, q.blank, f"{q.seconds:.3f}", f"{q.slowest:.3f}"] for q in report.questions),
        ],
        "mistakes": [
            ["question", "mistake", "what was said to the first", "how many", "students"],
            *([m.question, m.name, m.said, len(m.students), _LIST.join(m.students)] for m in report.mistakes),
        ],
        "unmatched": [
            ["question", "what was said to the first", "how many", "students"],
            *([m.question, m.said, len(m.students), _LIST.join(m.students)] for m in report.unmatched),
        ],
        "look-at": [["students", "why"], *([_LIST.join(x.students), x.why] for x in report.look)],
    }  # fmt: skip
    html = folder / f"{name}.html"
    put(html, page(report).encode())
    return [
        html,
        *(spreadsheet.write(folder / f"{name}-{t}.csv", rows) for t, rows in tables.items()),
    ]


def _questions(marks: list[Mark]) -> Iterable[Question]:
    results: dict[str, list[Result]] = defaultdict(list)
    for mark in marks:
        for result in mark.results:
            results[result.exercise].append(result)
    for name, own in results.items():
        points = own[0].points
        blank = sum(r.state == "not attempted" for r in own)
        full = sum(r.score >= points for r in own)
        part = sum(0 < r.score < points for r in own)
        none = len(own) - full - part - blank
        times = [r.seconds for r in own]
        scores = [r.score for r in own]
        yield Question(
            name, points, mean(scores), full, part, none, blank, median(times), max(times)
        )


def _mistakes(marks: list[Mark]) -> Iterable[Mistake]:
    """Those with a name, the most frequent first."""
    made: dict[tuple[str, str], list[str]] = defaultdict(list)
    said: dict[tuple[str, str], str] = {}
    for mark in marks:
        for result in mark.results:
            if result.diagnosis:
                made[result.exercise, result.diagnosis].append(mark.student)
                said.setdefault((result.exercise, result.diagnosis), result.message)
    for (question, name), students in sorted(made.items(), key=lambda m: (-len(m[1]), m[0])):
        yield Mistake(question, name, clean(said[question, name], 300), tuple(students))


def _unmatched(marks: list[Mark]) -> Iterable[Mistake]:
    """Failures without a name, those with equal outcomes together: the large groups ask for a name."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    said: dict[tuple[str, str], str] = {}
    for mark in marks:
        for result in mark.results:
            if result.state == "failed" and not result.diagnosis:
                own = (result.exercise, result.outcome or result.message)
                groups[own].append(mark.student)
                said.setdefault(own, result.message)
    for own, students in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
        yield Mistake(own[0], "", clean(said[own], 300), tuple(students))


def _look(course: Course, assignment: str, marks: list[Mark]) -> Iterable[Look]:
    """Submissions whose code reaches for what an answer has no need of or had to be ended, and those that are alike."""
    for mark in marks:
        if said := [*mark.events, *mark.noted]:
            yield Look((mark.student,), clean("; ".join(s.rstrip(".") for s in said), 300))
    answers, given = _answers(course, assignment, marks)
    for found in alike(answers, given):
        yield Look(found.students, _said(found))


def _said(found: Alike) -> str:
    if found.share is None:
        return "The same answers, but for names and comments."
    return (
        f"Of what one of them has and few others have, {found.share:.0%} stands in the other, too."
    )


def _answers(
    course: Course, assignment: str, marks: list[Mark]
) -> tuple[dict[str, list[str]], list[str]]:
    """Each student's code, all of it, since an answer may be in any cell; and that which the notebook came with."""
    tests = exercises_of(course, assignment)
    books = [EXERCISES[name] for name in tests.values() if name in EXERCISES]
    given = [variant.given for book in books for variant in book.variants]
    try:
        released = intake.submission(intake.read(course.released(assignment)), tests, [])
        given += [cell.source for cell in released.cells]
    except (intake.UnreadableError, OSError):
        pass  # not released from here
    answers = {}
    folders = course.submissions(assignment)
    for mark in marks:
        try:
            content = intake.find(folders[mark.student], assignment).content
            submission = intake.submission(intake.parse(content)[0], tests, [])
        except (intake.UnreadableError, OSError, KeyError):
            continue  # changed since it was marked
        answers[mark.student] = [cell.source for cell in submission.cells]
    return answers, given


def counted(report: Report, bins: int = 10) -> list[tuple[str, int]]:
    """How many have how many points: the ranges and their counts, from none to all points."""
    top = report.points or 1.0
    found = Counter(min(bins - 1, int(bins * max(0.0, t) / top)) for t in report.totals.values())
    edges = [number(top * n / bins) for n in range(bins + 1)]
    return [(f"{edges[n]}–{edges[n + 1]}", found[n]) for n in range(bins)]


def title(question: str) -> str:
    """What a question is called in the book."""
    return EXERCISES[question].title if question in EXERCISES else question
