"""What a page weighs; nothing here is timed."""

from benchmarks.site import loaded, weights

PAGE = """<html><head><link rel="stylesheet" href="style.css?v=1"><link rel="icon" href="icon.svg">
<script src="https://elsewhere.org/a.js"></script></head><body><img src="a%20b.png"></body></html>"""


def test_a_page_weighs_what_it_loads(tmp_path):
    for name, size in {"style.css": 100, "icon.svg": 1000, "a b.png": 10}.items():
        (tmp_path / name).write_bytes(b"x" * size)
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    assert loaded(page) == {tmp_path / "style.css", tmp_path / "a b.png"}
    ((name, plain, zipped),) = weights(tmp_path)
    assert (name, plain) == ("page.html", len(PAGE.encode()) + 110)
    assert zipped < plain
