import pytest

from descent.book.theme import discard, repair


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '<button class="btn search-button-field x" title="Search" aria-label="Search" id="a">',
            '<button class="btn search-button-field x" id="a">',
        ),
        ('<summary aria-label="Toggle hidden content">', "<summary>"),
        (
            '<summary><span class="toctree-toggle">',
            '<summary aria-label="Pages of this chapter"><span class="toctree-toggle">',
        ),
        (
            '<div id="pst-primary-sidebar" class="a">',
            '<div id="pst-primary-sidebar" role="region" aria-label="The book" class="a">',
        ),
        ('<div role="list" class="citation-list">', '<div class="citation-list">'),
        (
            '<div class="citation" id="id6" role="doc-biblioentry">',
            '<div class="citation" id="id6">',
        ),
        ('a<script type="text/x-thebe-config">\n{}\n</script>b', "ab"),
        ("<p>anything else</p>", "<p>anything else</p>"),
    ],
)
def test_repair(before, after):
    assert repair(before) == after
    assert repair(after) == after


def test_what_earlier_builds_left_is_deleted(tmp_path):
    files = {
        "search.html": "",
        "chapters/new.html": '<img src="../_images/kept.svg"><a href="../_downloads/1/kept.ipynb">',
        "_images/kept.svg": "",
        "_downloads/1/kept.ipynb": "",
        "_static/page.html": "",
        "chapters/old.html": '<img src="../_images/old.svg">',
        "old-index.html": "",
        "_images/old.svg": "",
        "_downloads/2/old.ipynb": "",
        "reports/chapters/old.err.log": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    discard(tmp_path, {"chapters/new"})
    left = [file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file()]
    assert sorted(left) == sorted(list(files)[:5])
