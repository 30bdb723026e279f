import pytest

from descent.book.numbering import chapter, renumbered


@pytest.mark.parametrize(
    ("docname", "number"),
    [("chapters/07_adam", 7), ("chapters/21_outlook", 21), ("chapters/appendix/proof", None)],
)
def test_chapter_is_read_off_the_file_name(docname, number):
    assert chapter(docname) == number


@pytest.mark.parametrize(
    ("docname", "counted", "shown"),
    [
        ("chapters/07_adam", (1,), (7,)),
        ("chapters/07_adam", [1, 3], (7, 3)),
        ("chapters/exercises/07_adam", (1, 9), None),
        ("chapters/appendix/proof", (4, 1), (4, 1)),
        ("chapters/07_adam", None, None),
    ],
)
def test_first_number_becomes_the_chapter(docname, counted, shown):
    assert renumbered(docname, counted) == shown
