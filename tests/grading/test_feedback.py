from html.parser import HTMLParser

import pytest

from descent.checks.result import Result, Test
from descent.grading import feedback
from descent.grading.journal import Mark

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
        mark(student=EVIL, results=(result,), remarks=(EVIL,)), "https://book.example"
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
    }
    assert tags.attributes <= {"lang", "charset", "name", "content", "class", "href"}
    assert "secret" not in page


@pytest.mark.parametrize("text", ["x" * 10**6, "'" * 10**6, "θ" * 10**6])
def test_a_page_stays_small(text):
    tests = tuple(Test("t", 1.0, 0.0, False, text + str(n)) for n in range(6))
    result = Result("gradient_descent", "failed", 4.0, tests, text, text)
    page = feedback.page(mark(results=(result,) * 6, remarks=(text,) * 100))
    assert len(page.encode()) <= feedback.SIZE_LIMIT


def test_a_page_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "deep" / "page.html"
    feedback.write(path, mark())
    feedback.write(path, mark(student="eve"))
    assert "eve" in path.read_text()
    assert list(path.parent.iterdir()) == [path]
