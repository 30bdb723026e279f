"""The class as a table in the terminal."""

from collections.abc import Iterable

from descent.grading.marking.journal import Mark
from descent.grading.words import clean, number


def table(marks: Iterable[Mark]) -> str:
    """One line for each student: mark, points of each question, and what there is to say.

    A question that was not attempted shows "-".
    """
    marks = list(marks)
    names = [result.exercise for result in marks[0].results]
    rows = [
        [
            clean(mark.student, 40),
            "ungradable" if mark.reason else f"{number(mark.score)}/{number(mark.points)}",
            *(
                "-" if r.state in ("not attempted", "ungradable") else number(r.score)
                for r in mark.results
            ),
        ]
        for mark in marks
    ]
    heads = ["student", "mark", *(f"Q{n}" for n in range(1, len(names) + 1))]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    lines = [_line(heads, widths)]
    for mark, row in zip(marks, rows, strict=True):
        lines.append(f"{_line(row, widths)}  {_note(mark)}".rstrip())
    lines += ["", *(f"Q{n} is {name}" for n, name in enumerate(names, 1))]
    lines.append(
        "Marks are the grader's; those by hand and late days count in the report and the exports."
    )
    return "\n".join(lines)


def _line(cells: list[str], widths: list[int]) -> str:
    first, *others = (
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *others])


def _note(mark: Mark) -> str:
    """The reason, or the mistakes by name, or else the first remark."""
    if mark.reason:
        return clean(mark.reason, 100)
    named = [f"Q{n}: {r.diagnosis}" for n, r in enumerate(mark.results, 1) if r.diagnosis]
    unnamed = [
        f"Q{n}: {clean(r.message, 60)}"
        for n, r in enumerate(mark.results, 1)
        if r.state == "failed" and not r.diagnosis
    ]
    return "; ".join([*named, *unnamed, *mark.remarks])[:110]
