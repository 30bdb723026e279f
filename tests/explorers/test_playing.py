from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from descent.explorers import play

mpl.use("agg")


def power(base, exponent=2):
    """A power."""
    return base**exponent


def figure(lr):
    """The step for a learning rate."""
    import matplotlib.pyplot as plt

    drawn, axes = plt.subplots(figsize=(3, 2))
    axes.plot([0, 1], [0, lr])
    return drawn


def test_defaults_are_what_the_controls_say():
    assert play(power, base=(0, 10, 1)).defaults == {"base": 5, "exponent": 2}


def test_page_shows_the_value_at_the_defaults():
    html = play(power, base=(0, 10, 1))._repr_html_()
    assert "<pre>25</pre>" in html
    assert "A power, with base = 5, exponent = 2." in html


def test_page_shows_a_figure_with_a_text_alternative():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    html = play(figure, lr=(0.0, 1.0))._repr_html_()
    svg = ElementTree.fromstring(html).find("{http://www.w3.org/2000/svg}svg")
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "The step for a learning rate, with lr = 0.5."
    assert plt.get_fignums() == before  # or the notebook would show them twice


def test_rich_results_show_themselves():
    class Rich:
        def _repr_html_(self):
            return "<b>rich</b>"

    html = play(lambda x: Rich(), x=(0, 1))._repr_html_()
    assert html == '<div class="descent-play"><b>rich</b></div>'


def test_live_notebook_gets_the_widget():
    data = play(power, base=(0, 10, 1))._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"} <= set(data)


def test_an_unknown_parameter_is_named():
    with pytest.raises(
        TypeError, match=r"unknown parameter of power 'bas' \(did you mean 'base'\?\)"
    ):
        play(power, bas=(0, 10))
