from html import escape
from html.parser import HTMLParser

import pytest

from descent.checks import EXERCISES
from descent.checks.result import Result, Test
from descent.grading.course import Course
from descent.grading.gradebook.records import opened
from descent.grading.gradebook.standing import Late, Standing
from descent.grading.marking.journal import Mark
from descent.grading.pages import feedback

EVIL = "<script>alert(1)</script>\" onload='x' `<b>` & /home/ada/secret/x.py"


def mark(**changes):
    tests = (Test("ordinary runs", 1.5, 0.0, False, "said"), Test("more", 2.5, 0.0, True))
    result = Result(
        "gradient_descent", "failed", 4.0, tests, "Uphill.", "Because.", "ascent", "sec-gd-rule"
    )
    return Mark(
        **{"student": "ada", "assignment": "02", "key": "k", "results": (result,)} | changes
    )


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.seen, self.attributes, self.open = set(), set(), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_says_what_there_is_to_say():
    page = feedback.page(mark(remarks=("Renamed.",)), "https://book.example")
    for text in ("0 of 4 points", "Uphill.", "Because.", "ordinary runs", "said", "Renamed."):
        assert text in page
    assert 'href="https://book.example/chapters/02_gradient_descent.html#sec-gd-rule"' in page
    assert "counts once the first line is right" in page


def test_without_a_book_there_is_no_link():
    page = feedback.page(mark())
    assert "href" not in page
    assert "chapter 2 of the book" in page


def test_an_ungradable_one_gets_its_reason():
    page = feedback.page(mark(reason="The file is empty."))
    assert "The file is empty." in page
    assert "ordinary runs" not in page


def test_nothing_of_a_student_becomes_html():
    tests = (Test("ordinary runs", 1.0, 0.0, False, EVIL),)
    result = Result("gradient_descent", "failed", 4.0, tests, EVIL, EVIL, EVIL, "sec-gd-rule")
    page = feedback.page(
        mark(student=EVIL, results=(result,), remarks=(EVIL,)),
        "https://book.example",
        3,
        Standing(
            manual={"gradient_descent": (1.0, EVIL[:-24]), EVIL: (1.0, EVIL[:-24])}, waiting={EVIL}
        ),
    )
    tags = Tags(page)
    assert tags.open == []
    assert tags.seen <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "section",
        "h1",
        "h2",
        "p",
        "ul",
        "li",
        "a",
        "code",
        "small",
        "span",
        "br",
        "ol",
        "details",
        "summary",
    }
    assert tags.attributes <= {"lang", "charset", "name", "content", "class", "href"}
    assert "secret" not in page


@pytest.mark.parametrize("text", ["x" * 10**6, "'" * 10**6, "θ" * 10**6])
def test_a_page_stays_small(text):
    tests = tuple(Test("t", 1.0, 0.0, False, text + str(n)) for n in range(6))
    result = Result("gradient_descent", "failed", 4.0, tests, text, text)
    page = feedback.page(mark(results=(result,) * 6, remarks=(text,) * 100))
    assert len(page.encode()) <= feedback.SIZE_LIMIT


@pytest.mark.parametrize("level", range(4))
def test_a_page_stays_small_whatever_there_is_to_say(level):
    loud = "'" * 10**5
    tests = tuple(Test("t", 1.0, 0.0, False, loud + str(n)) for n in range(30))
    results = (Result("gradient_descent", "failed", 4.0, tests, loud, loud),) * 30
    own = Standing(1.0, 9.0, manual={f"essay {n}": (1.0, loud) for n in range(500)})
    page = feedback.page(mark(results=results, remarks=(loud,) * 100), "", level, own)
    assert len(page.encode()) <= feedback.SIZE_LIMIT
    assert "1 of 9 points" in page


def test_what_a_person_wrote_is_shown_as_it_was_written():
    said = "See https://book.example/a/b.html, /usr/share/dict/words and:\n`a < b`\n" + "x" * 5000
    page = feedback.page(mark(), "", 0, Standing(manual={"essay": (1.0, said)}))
    assert f"{escape(said)}</p>".replace("`a &lt; b`", "<code>a &lt; b</code>") in page


LEVELS = {  # what is first shown at each level
    0: ["0 of 4 points", "See me."],
    1: ["gradient_descent", "not right yet"],
    2: ["Uphill.", "Because.", "What was tried", "ordinary runs", "Read again"],
    3: ["Hints", escape(EXERCISES["gradient_descent"].hints[-1]).replace("`", "")],
}


@pytest.mark.parametrize("level", LEVELS)
def test_a_page_shows_what_its_level_discloses(level):
    own = Standing(0.0, 4.0, manual={"gradient_descent": (None, "See me.")})
    page = feedback.page(mark(), "", level, own)
    page = page.replace("<code>", "").replace("</code>", "")
    for at, texts in LEVELS.items():
        for text in texts:
            assert (text in page) is (at <= level), text


def test_a_right_answer_needs_no_hints():
    right = Result("gradient_descent", "passed", 4.0, (Test("t", 4.0, 4.0, True),), "Right.")
    assert "Hints" not in feedback.page(mark(results=(right,)), "", 3)


def test_what_a_person_gave_is_in_the_total_and_on_the_page():
    own = Standing(
        score=4.5,
        points=7.0,
        manual={"gradient_descent": (2.5, "Nearly."), "essay": (2.0, "")},
        scores={"gradient_descent": (2.5, 4.0), "essay": (2.0, 3.0)},
        late=Late(2, penalty=0.7),
    )
    page = feedback.page(mark(), "", 1, own)
    for text in (
        "3.8 of 7 points",
        "2 days late: 0.7 points less",
        "2.5 of 4",
        "2 of 3",
        "Nearly.",
    ):
        assert text in page
    own.waiting = {"essay"}
    page = feedback.page(mark(), "", 1, own)
    assert "still to be marked by a person" in page
    assert "2 of 3" not in page


def test_late_days_say_what_they_cost():
    page = feedback.page(mark(), "", 0, Standing(1.0, 1.0, late=Late(1, penalty=1.0)))
    assert "0 of 1 point<" in page
    assert "1 day late: 1 point less." in page
    page = feedback.page(mark(), "", 0, Standing(1.0, 4.0, late=Late(2)))
    assert "2 days late: this costs no points.</p>" in page
    assert "late" not in feedback.page(mark(), "", 0, Standing(1.0, 4.0, late=Late(0, 2, 3)))


def test_free_days_that_are_used_up_are_said_where_the_course_has_some():
    page = feedback.page(mark(), "", 0, Standing(1.0, 4.0, late=Late(2, 3, 3, 0.4)))
    assert (
        "2 days late: 0.4 points less. Free late days used, with this assignment: 3 of 3.</p>"
        in page
    )


@pytest.fixture
def course(tmp_path):
    """A course of one submission, whose gradebook has nothing yet."""
    course = Course(tmp_path)
    (tmp_path / "secret_seed").write_text("s")
    course.source("02").parent.mkdir(parents=True)
    course.source("02").write_text("{}")
    with opened(course) as book:
        book.add_assignment("02")
    return course


def test_pages_go_where_the_exchange_looks_for_them(course):
    folder = course.root / "submitted" / "ada" / "02"
    folder.mkdir(parents=True)
    (folder / "submission_secret.txt").write_text("between us")
    (folder / "timestamp.txt").write_text("2026-02-01 11:00:00 UTC")
    (course.root / "submitted" / "eve" / "02").mkdir(parents=True)
    (course.root / "submitted" / "eve" / "02" / "submission_secret.txt").write_bytes(b"\xff")
    feedback.write(course, "02", [mark(), mark(student="eve")], 2)
    feedback.write(course, "02", [mark(student="eve", reason="Gone.")], 2)
    own, other = (course.feedback(name, "02").parent for name in ("ada", "eve"))
    assert {path.name for path in own.iterdir()} == {
        "02.html",
        "submission_secret.txt",
        "timestamp.txt",
    }
    assert (own / "submission_secret.txt").read_text() == "between us"
    (folder / "Untitled.ipynb").touch()
    for odd in ("odd\n", "ä" * 124):  # of which no page could be made
        (folder / f"{odd}.ipynb").touch()
    feedback.write(course, "02", [mark()], 2)
    assert {path.name for path in own.glob("*.html")} == {"02.html", "Untitled.html"}
    assert (own / "Untitled.html").read_text() == (own / "02.html").read_text()
    assert len((other / "submission_secret.txt").read_text()) == 64
    assert "Gone." in (other / "02.html").read_text()
