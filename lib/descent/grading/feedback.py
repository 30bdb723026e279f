"""The page that a student gets back: always one, small, readable on a phone, and nobody else's business in it."""

from html import escape
from pathlib import Path

from descent.checks import sections
from descent.checks.catalogue import EXERCISES
from descent.checks.result import Result, Test
from descent.grading.journal import Mark
from descent.grading.words import clean, number

SIZE_LIMIT = 50_000  # bytes of a page
_CUTS = (600, 120, 30)  # characters of one text; the next where the page would be too large
_STATES = {
    "passed": "right",
    "failed": "not right yet",
    "not attempted": "not attempted",
    "ungradable": "could not be read",
}
_STYLE = """
:root { color-scheme: light dark; --line: #8886; --good: #186a3b; --bad: #a02c1c; }
@media (prefers-color-scheme: dark) { :root { --good: #7fd6a2; --bad: #ffa294; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; } h2 { font-size: 1.1rem; margin: 0; }
p, ul { margin: .5rem 0; } ul { padding-left: 0; list-style: none; }
code, .said { overflow-wrap: anywhere; }
section { border-top: 1px solid var(--line); padding: .8rem 0; }
.score { float: right; margin-left: 1rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.total { font-size: 1.2rem; font-weight: 600; } .passed { color: var(--good); } .failed { color: var(--bad); }
.note { border-left: 3px solid var(--line); padding-left: .8rem; }
li { display: flex; gap: .6rem; } li > .name { flex: 1; } li > .earned { white-space: nowrap; }
small { opacity: .8; }
"""


def page(mark: Mark, book: str = "") -> str:
    """The page for one submission. book: the address of the book's site, for links; empty: no links."""
    for cut in _CUTS:
        html = _page(mark, book, cut)
        if len(html.encode()) <= SIZE_LIMIT:
            break
    return html


def write(path: Path, mark: Mark, book: str = "") -> None:
    """Writes the page; one that is already there is replaced as a whole, or left if it is the same."""
    html = page(mark, book).encode()
    if path.exists() and path.read_bytes() == html:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(html)
    unfinished.replace(path)


def _page(mark: Mark, book: str, cut: int) -> str:
    title = f"{mark.assignment}: feedback for {mark.student}"
    body = [
        f"<h1>{escape(clean(mark.assignment, 200))}</h1>",
        f"<p>Feedback for {escape(clean(mark.student, 200))}</p>",
        f'<p class="total">{number(mark.score)} of {number(mark.points)} points</p>',
    ]
    if mark.reason:
        body.append(f'<p class="note said">{_html(mark.reason, cut)}</p>')
    else:
        body += [_section(result, book, cut) for result in mark.results]
    if mark.remarks:
        rows = "".join(f"<li>{_html(remark, cut)}</li>" for remark in mark.remarks[:20])
        body.append(f"<section><h2>About your file</h2><ul>{rows}</ul></section>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(clean(title, 200))}</title><style>{_STYLE}</style></head>\n"
        f"<body><main>\n{chr(10).join(body)}\n</main></body></html>\n"
    )


def _section(result: Result, book: str, cut: int) -> str:
    exercise = EXERCISES[result.exercise]
    parts = [
        f'<span class="score">{number(result.score)} of {number(result.points)}</span>',
        f"<h2>{escape(exercise.title)}</h2>",
        f'<p><code>{escape(exercise.name)}</code>: <span class="{result.state.split()[-1]}">'
        f"{_said(result)}</span></p>",
    ]
    if result.state != "passed":
        parts += [
            f'<p class="said">{_html(text, cut)}</p>'
            for text in (result.message, result.detail)
            if text
        ]
        parts.append(_where(result.section or exercise.section, book))
    if result.tests:
        rows = "".join(_row(test, result) for test in result.tests)
        parts.append(f"<p><small>What was tried:</small></p><ul>{rows}</ul>")
    return f"<section>\n{chr(10).join(parts)}\n</section>"


def _said(result: Result) -> str:
    return "partly right" if 0 < result.score < result.points else _STATES[result.state]


def _row(test: Test, result: Result) -> str:
    said = ""
    if not test.passed and test.message and test.message != result.message:
        said = f'<br><small class="said">{_html(test.message, 160)}</small>'
    elif test.passed and test.earned < test.points:
        said = "<br><small>counts once the first line is right</small>"
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


def _html(text: str, cut: int) -> str:
    """Cleaned and escaped; what stands between back-ticks becomes code."""
    parts = escape(clean(text, cut)).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))
