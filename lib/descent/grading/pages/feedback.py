"""The page that a student gets back: always one, small, readable on a phone, and nobody else's business in it.

It shows as much as the instructor chooses, by level: 0 the total; 1 also each question's score and whether
it is right; 2 also what was tried, the mistake by name and where to read; 3 also the hints.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from html import escape
from itertools import islice

from descent.checks import sections
from descent.checks.catalogue import EXERCISES
from descent.checks.result import Result, Test
from descent.grading import intake
from descent.grading.course import LONGEST, Course
from descent.grading.files import put
from descent.grading.gradebook.late import handed_in
from descent.grading.gradebook.standing import Standing, note_shown, standings
from descent.grading.marking.journal import Mark
from descent.grading.words import clean, html, marked_up, number, printable, so_many

SIZE_LIMIT = 50_000  # bytes of a page
_CUTS = (600, 120, 30)  # characters of one text; the next where the page would be too large
_ROW = 160  # characters of what is said to one thing that was tried
_STATES = {
    "passed": "right",
    "failed": "not right yet",
    "not attempted": "not attempted",
    "ungradable": "could not be read",
}
_NAMES = 10  # of notebooks in a folder; there should be one
_SECRET = "submission_secret.txt"  # nbgrader's: its exchange names a released page by it
_STYLE = """
:root { color-scheme: light dark; --line: #8886; --good: #186a3b; --bad: #a02c1c; }
@media (prefers-color-scheme: dark) { :root { --good: #7fd6a2; --bad: #ffa294; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere;
  background: Canvas; color: CanvasText; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; } h2 { font-size: 1.1rem; margin: 0; }
p, ul { margin: .5rem 0; } ul { padding-left: 0; list-style: none; }
section { border-top: 1px solid var(--line); padding: .8rem 0; }
.score { float: right; margin-left: 1rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.total { font-size: 1.2rem; font-weight: 600; } .passed { color: var(--good); } .failed { color: var(--bad); }
.note { border-left: 3px solid var(--line); padding-left: .8rem; white-space: pre-line; }
li { display: flex; gap: .6rem; } li > .name { flex: 1; } li > .earned { white-space: nowrap; }
ol li { display: list-item; } summary { cursor: pointer; padding: .3rem 0; }
small { opacity: .8; }
"""


def write(course: Course, assignment: str, marks: Iterable[Mark], disclose: int) -> None:
    """Writes the pages of an assignment, with what nbgrader's exchange needs to hand them back."""
    standing = standings(course, assignment)
    for mark in marks:
        path = course.feedback(mark.student, assignment)
        content = page(mark, course.book, disclose, standing.get(mark.student)).encode()
        for name in (assignment, *_other_names(course, mark.student, assignment)):
            put(path.with_name(f"{name}.html"), content)
        when = handed_in(course, mark.student, assignment)
        put(path.with_name("timestamp.txt"), f"{when or ''}\n".encode())
        put(path.with_name(_SECRET), _secret(course, mark.student, assignment).encode())
    note_shown(course, assignment, standing)


def page(mark: Mark, book: str = "", disclose: int = 2, standing: Standing | None = None) -> str:
    """The page for one submission.

    book: the address of the book's site, for links; empty: no links. disclose: the level, 0 to 3.
    standing: what the gradebook adds to the mark, such as points given by hand. A page that would be too
    large says less of everything, and at last shows less.
    """
    standing = standing or Standing(mark.score, mark.points)
    less = [(level, _CUTS[-1]) for level in range(disclose - 1, -1, -1)]
    for level, cut in [*((disclose, cut) for cut in _CUTS), *less]:
        content = _page(mark, book, level, standing, cut)
        if len(content.encode()) <= SIZE_LIMIT:
            return content
    return _page(mark, book, 0, replace(standing, manual={}), _CUTS[-1])


def _other_names(course: Course, student: str, assignment: str) -> list[str]:
    """What a student has called notebooks instead: the exchange asks for a page by the name that was handed in."""
    folder = course.root / "submitted" / student / assignment
    names = {path.stem for path in islice(folder.glob("*.ipynb"), _NAMES)} - {assignment}
    return sorted(name for name in names if name.isprintable() and len(name.encode()) <= LONGEST)


def _secret(course: Course, student: str, assignment: str) -> str:
    """What only the student's own folder holds; of a submission that came by hand, a name that nobody asks for."""
    try:
        text = intake.contents(course.root / "submitted" / student / assignment / _SECRET).decode()
    except (OSError, ValueError, intake.UnreadableError):
        text = ""
    own = f"{course.seed}|{student}|{assignment}"
    return text[:1000] or hashlib.sha256(own.encode()).hexdigest()


def _page(mark: Mark, book: str, disclose: int, standing: Standing, cut: int) -> str:
    title = f"{mark.assignment}: feedback for {mark.student}"
    body = [
        f"<h1>{escape(clean(mark.assignment, 200))}</h1>",
        f"<p>Feedback for {escape(clean(mark.student, 200))}</p>",
        f'<p class="total">{number(standing.total)} of {so_many(standing.points, "point")}</p>',
        *(f"<p>{text}</p>" for text in _counted(standing)),
    ]
    if mark.reason:
        body.append(f'<p class="note said">{html(mark.reason, cut)}</p>')
    elif disclose > 0:
        body += [_section(result, book, disclose, standing, cut) for result in mark.results]
    met = set() if mark.reason or disclose == 0 else {result.exercise for result in mark.results}
    body += [
        _by_hand(name, disclose, standing, cut)
        for name in standing.scores | standing.manual
        if name not in met
    ]
    if mark.remarks:
        rows = "".join(f"<li><span>{html(remark, cut)}</span></li>" for remark in mark.remarks[:20])
        body.append(f"<section><h2>About your file</h2><ul>{rows}</ul></section>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(clean(title, 200))}</title><style>{_STYLE}</style></head>\n"
        f"<body><main>\n{chr(10).join(part for part in body if part)}\n</main></body></html>\n"
    )


def _counted(standing: Standing) -> list[str]:
    """What else went into the total."""
    said = []
    late = standing.late
    if late.days:
        cost = f"{so_many(late.penalty, 'point')} less" if late.penalty else "this costs no points"
        used = f" Free late days used, with this assignment: {late.used} of {late.free}."
        said.append(
            f"Handed in {so_many(late.days, 'day')} late: {cost}.{used if late.free else ''}"
        )
    if standing.waiting:
        said.append("Some of it is still to be marked by a person, so the total may change.")
    return said


def _section(result: Result, book: str, disclose: int, standing: Standing, cut: int) -> str:
    exercise = EXERCISES[result.exercise].varied(result.variant)
    score, points = standing.scores.get(exercise.name, (result.score, result.points))
    asked = f", in your notebook’s variant “{escape(result.variant)}”" if result.variant else ""
    parts = [
        f'<span class="score">{number(score)} of {number(points)}</span>',
        f"<h2>{escape(exercise.title)}</h2>",
        f'<p><code>{escape(exercise.name)}</code>{asked}: <span class="{result.state.split()[-1]}">'
        f"{_said(result)}</span></p>",
        *_comment(exercise.name, standing, cut),
    ]
    if result.state != "passed" and disclose > 1:
        parts += [
            f'<p class="said">{html(text, cut)}</p>'
            for text in (result.message, result.detail)
            if text
        ]
        parts.append(_where(result.section or exercise.section, book))
    if result.tests and disclose > 1:
        rows = "".join(_row(test, result, min(cut, _ROW)) for test in result.tests)
        parts.append(f"<p><small>What was tried:</small></p><ul>{rows}</ul>")
    if result.state != "passed" and disclose > 2:
        rows = "".join(f"<li>{html(hint, cut)}</li>" for hint in exercise.hints)
        parts.append(f"<details><summary>Hints</summary><ol>{rows}</ol></details>")
    return f"<section>\n{chr(10).join(parts)}\n</section>"


def _by_hand(name: str, disclose: int, standing: Standing, cut: int) -> str:
    """A question that only a person marks, or of which the page shows no more than what a person says."""
    parts = _comment(name, standing, cut)
    if disclose > 0:
        score, points = standing.scores.get(name, (0.0, 0.0))
        said = (
            "to be marked" if name in standing.waiting else f"{number(score)} of {number(points)}"
        )
        parts.insert(0, f'<span class="score">{said}</span>')
    if not parts:
        return ""
    heading = EXERCISES[name].title if name in EXERCISES else name
    parts.insert(min(1, disclose), f"<h2>{escape(clean(heading, 100))}</h2>")
    return f"<section>\n{chr(10).join(parts)}\n</section>"


def _comment(name: str, standing: Standing, cut: int) -> list[str]:
    """What a person has given and written by hand."""
    score, comment = standing.manual.get(name, (None, ""))
    said = [] if score is None else ["<p><small>Marked by hand.</small></p>"]
    return (
        [*said, f'<p class="note said">{marked_up(printable(comment, 10 * cut))}</p>']
        if comment
        else said
    )


def _said(result: Result) -> str:
    return "partly right" if 0 < result.score < result.points else _STATES[result.state]


def _row(test: Test, result: Result, cut: int) -> str:
    text = html(result.said(test), cut)
    said = f'<br><small class="said">{text}</small>' if text else ""
    sign = "&#10003;" if test.passed else "&#10007;"
    points = f"{number(test.earned)} of {number(test.points)}"
    name = f'<span class="name">{escape(test.name)}{said}</span>'
    return f'<li><span>{sign}</span>{name}<span class="earned">{points}</span></li>'


def _where(section: str, book: str) -> str:
    chapter = sections.number(section)
    if not book:
        return f"<p>Read again: chapter {chapter} of the book.</p>"
    address = escape(f"{book}/chapters/{sections.page(section)}", quote=True)
    return f'<p>Read again: <a href="{address}">the section on this in chapter {chapter}</a>.</p>'
