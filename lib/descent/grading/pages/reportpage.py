"""The class report as one page that needs nothing else: no script, no picture, no network."""

from collections.abc import Iterable
from html import escape
from statistics import mean, median

from descent.grading.pages.report import Look, Mistake, Report, counted, title
from descent.grading.words import clean, html, number, so_many

_ROWS = 200  # of a table; the CSV files have all
_NAMES = 8  # students named in a row
_STYLE = """
:root { color-scheme: light dark; --line: #8886; --bar: #2b6cb0; }
@media (prefers-color-scheme: dark) { :root { --bar: #7fb2e5; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem;
  background: Canvas; color: CanvasText; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .3rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; } td:first-child > code { white-space: nowrap; } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
caption { text-align: left; padding: .3rem 0; }
.bars { padding: 0; list-style: none; font-variant-numeric: tabular-nums; }
.bars li { display: grid; grid-template-columns: 7rem 1fr; align-items: center; }
.bar { display: flex; align-items: center; gap: .5rem; }
.bar::before { content: ""; width: calc(var(--share) * (100% - 3rem)); height: 1.1rem; background: var(--bar); }
@media (max-width: 40rem) {
  thead { display: none; } tr { display: block; border-bottom: 1px solid var(--line); padding: .4rem 0; }
  td { display: block; border: 0; padding: .1rem 0; } td.n { display: inline-block; padding-right: .9rem; }
  td.n::before { content: attr(data-head) " "; opacity: .8; }
}
"""


def page(report: Report) -> str:
    """The report as HTML."""
    name = escape(clean(report.assignment, 200))
    body = [
        f"<h1>{name}: class report</h1>",
        *(f"<p>{text}</p>" for text in _summary(report)),
        "<h2>Points</h2>",
        _histogram(report),
        "<h2>Questions</h2>",
        _questions(report),
        "<h2>Mistakes by name</h2>",
        _mistakes(report.mistakes, "Which mistakes how many made, the most frequent first."),
        "<h2>Failures without a name</h2>",
        _mistakes(
            report.unmatched,
            "Those whose answers came to the same stand together; a large group is a mistake that deserves a name.",
        ),
        "<h2>To look at</h2>",
        _look(report.look),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}: class report</title><style>{_STYLE}</style></head>\n"
        f"<body><main>\n{chr(10).join(body)}\n</main></body></html>\n"
    )


def _summary(report: Report) -> Iterable[str]:
    totals = list(report.totals.values())
    if totals:
        yield (
            f"{so_many(len(totals), 'submission')}; of {so_many(report.points, 'point')} the mean is {number(mean(totals))}, "
            f"the median {number(median(totals))}. Marks by hand and late days are counted."
        )
    if report.waiting:
        yield f"Waiting for marks by hand: {so_many(report.waiting, 'submission')}."
    if report.left:
        yield f"Not graded as it stands now: {so_many(report.left, 'submission')}. Run descent grade."
    if report.ungradable:
        yield f"Could not be read: {_names(report.ungradable)}. These count here, and not in the tables below."


def _histogram(report: Report) -> str:
    bins = counted(report)
    most = max(count for _, count in bins) or 1
    rows = "".join(
        f'<li><span>{label}</span><span class="bar" style="--share: {count / most:.3f}">{count or ""}</span></li>'
        for label, count in bins
    )
    return f'<p>How many have how many points.</p><ul class="bars">{rows}</ul>'


def _questions(report: Report) -> str:
    heads = ["Question", "Points", "Mean", "Full", "Part", "None", "Blank", "Seconds", "Most"]
    rows = [
        [
            f"{escape(title(q.name))}<br><code>{escape(q.name)}</code>",
            number(q.points),
            number(q.mean),
            *map(str, (q.full, q.part, q.none, q.blank)),
            f"{q.seconds:.2f}",
            f"{q.slowest:.2f}",
        ]
        for q in report.questions
    ]
    said = (
        "As the grader marked them: how many earned all points, a part, none, or left it blank; seconds: of marking, "
        "the median and the most."
    )
    return _table(said, heads, rows, numbers=range(1, 9))


def _mistakes(mistakes: tuple[Mistake, ...], said: str) -> str:
    rows = [
        [
            f"<code>{escape(m.question)}</code>" + (f"<br>{escape(m.name)}" if m.name else ""),
            html(m.said, 300),
            str(len(m.students)),
            _names(m.students),
        ]
        for m in mistakes
    ]
    return _table(
        said, ["Question", "What was said to the first", "Made by", "Students"], rows, numbers=[2]
    )


def _look(look: tuple[Look, ...]) -> str:
    rows = [[_names(one.students), html(one.why, 300)] for one in look]
    said = "Equal code is no proof of copying, and code that reaches far is no proof of intent: look at it, and ask."
    return _table(said, ["Students", "Why"], rows)


def _table(said: str, heads: list[str], rows: list[list[str]], numbers: Iterable[int] = ()) -> str:
    """A table; its cells are HTML. numbers: the columns that hold some."""
    if not rows:
        return "<p>None.</p>"
    right = set(numbers)

    def cell(n: int, text: str) -> str:
        return (
            f'<td class="n" data-head="{heads[n]}">{text}</td>'
            if n in right
            else f"<td>{text}</td>"
        )

    head = "".join(
        f'<th scope="col"{number}>{text}</th>'
        for n, text in enumerate(heads)
        for number in [' class="n"' if n in right else ""]
    )
    body = "\n".join(
        f"<tr>{''.join(cell(n, text) for n, text in enumerate(row))}</tr>" for row in rows[:_ROWS]
    )
    more = f"<p>… and {len(rows) - _ROWS} more: the CSV file has all.</p>" if rows[_ROWS:] else ""
    return (
        f'<div class="wide" tabindex="0"><table><caption>{escape(said)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{body}\n</tbody></table></div>{more}"
    )


def _names(students: tuple[str, ...]) -> str:
    shown = ", ".join(escape(clean(student, 60)) for student in students[:_NAMES])
    return f"{shown} and {len(students) - _NAMES} more" if students[_NAMES:] else shown
