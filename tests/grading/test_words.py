import pytest

from descent.checks.result import Result
from descent.grading.words import clean, explained, html, number, so_many


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("No such file: '/home/ada/course/x.csv'", "No such file: 'x.csv'"),
        ("cannot import (/opt/venv/lib/numpy/__init__.py)", "cannot import (__init__.py)"),
        (r"open C:\Users\ada\x.csv", "open x.csv"),
        ("return a/b/c + f(x)/y/z - H[0]/p/q", "return a/b/c + f(x)/y/z - H[0]/p/q"),
        ("file:///home/ada/x.csv", "file://x.csv"),
        ("see https://book.example/a/b.html#c", "see https://book.example/a/b.html#c"),
        (
            "http://127.0.0.1:8000/a/b or [x](https://x/a/b)",
            "http://127.0.0.1:8000/a/b or [x](https://x/a/b)",
        ),
        ("tab\x00and\x1b[31m", "tab�and�[31m"),
        ("θ₀ ≤ 1", "θ₀ ≤ 1"),
    ],
)
def test_no_folder_and_no_control_character_stays(text, cleaned):
    assert clean(text, 100) == cleaned


def test_long_texts_are_cut():
    assert clean("x" * 50, 10) == "x" * 9 + "…"


def test_numbers_have_no_needless_digits():
    assert [number(x) for x in (0.0, 2.0, 2.5, 0.25, 10.0)] == ["0", "2", "2.5", "0.25", "10"]


def test_one_is_no_plural():
    assert [so_many(x, "day") for x in (0, 1.0, 1.5, 2)] == [
        "0 days",
        "1 day",
        "1.5 days",
        "2 days",
    ]


def test_what_is_explained_is_message_and_detail():
    assert explained(Result("f", "failed", 1.0, (), "One.", "Two.")) == "One. Two."


def test_what_stands_between_back_ticks_is_code():
    assert html("`a < b` and <b>", 100) == "<code>a &lt; b</code> and &lt;b&gt;"
    assert html("one ` alone", 100) == "one ` alone"
