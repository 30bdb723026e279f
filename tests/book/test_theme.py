import pytest

from descent.book.theme import repair


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
