from docutils import nodes
from docutils.utils import new_document

from descent.book.breaks import KeepTogether


def transformed(*children):
    document = new_document("page")
    document += nodes.paragraph("", "", *children)
    KeepTogether(document).run()
    return document[0]


def test_punctuation_joins_its_formula():
    line = transformed(nodes.Text("for "), nodes.math("x", "x"), nodes.Text("), or"))
    assert line.astext() == "for x), or"
    assert [child.astext() for child in line] == ["for ", "x),", " or"]
    assert line[1]["classes"] == ["together"]
    assert isinstance(line[1][0], nodes.math)


def test_other_words_may_stand_on_the_next_line():
    line = transformed(nodes.math("x", "x"), nodes.Text(" and "), nodes.math("y", "y"))
    assert [child.astext() for child in line] == ["x", " and ", "y"]
    assert not list(line.findall(nodes.inline))
