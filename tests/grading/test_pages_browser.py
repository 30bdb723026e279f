"""A student's page and the class report in a browser: on a phone, light and dark, for everybody."""

from pathlib import Path

import pytest

from descent.book import node
from descent.checks import EXERCISES
from descent.checks.result import Result, Test
from descent.grading.gradebook.standing import Late, Standing
from descent.grading.marking.journal import Mark
from descent.grading.pages import feedback
from descent.grading.pages.report import Look, Report, _mistakes, _questions, _unmatched
from descent.grading.pages.reportpage import page

ROOT = Path(__file__).parents[2]
PHONE = {"width": 390, "height": 844}
LONG = "A" * 300

pytestmark = pytest.mark.browser


def marks():
    for n, exercise in enumerate(EXERCISES.values()):
        wrong = exercise.wrong[0]
        tests = tuple(Test(p.name, p.points, 0.0, False, LONG) for p in exercise.probes)
        said = (
            f"`return {LONG[:100]}` {wrong.sentence}",
            f"`{LONG}`",
            wrong.name if n % 2 else "",
            wrong.section,
        )
        yield Result(exercise.name, "failed", exercise.points, tests, *said)


def mark():
    return Mark("ada", "02", "k", tuple(marks())[:8], remarks=(LONG,), events=("os.fork",))


def feedback_page():
    own = Standing(
        1.0, 9.0, {"essay": (1.0, LONG)}, {"essay": (1.0, 3.0)}, {"f"}, Late(2, 3, 3, 0.5)
    )
    return feedback.page(mark(), "https://book.example", 3, own)


def report_page():
    one = [mark()]
    tables = (tuple(made(one)) for made in (_questions, _mistakes, _unmatched))
    return page(Report("02", 4.0, {"ada": 1.0}, 1, 1, ("b",), *tables, (Look(("ada",), LONG),)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("made", [feedback_page, report_page])
def test_it_fits_a_phone_and_axe_finds_nothing(chromium, tmp_path, made, scheme):
    (tmp_path / "page.html").write_text(made(), encoding="utf-8")
    view = chromium.new_page(viewport=PHONE, color_scheme=scheme)
    asked = []
    view.on("request", lambda request: asked.append(request.url))
    view.goto((tmp_path / "page.html").as_uri())
    assert view.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    wider = "[...document.querySelectorAll('.wide')].filter((e) => e.scrollWidth > e.clientWidth).length"
    assert view.evaluate(wider) == 0  # a table is read without moving it
    assert len(asked) == 1  # the page itself
    view.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    view.add_script_tag(path=node.packages(ROOT) / "axe-core" / "axe.min.js")
    found = view.evaluate("axe.run().then((r) => r.violations.map((v) => [v.id, v.nodes[0].html]))")
    view.close()
    assert found == []
