import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from descent import RULES, minimize, problem
from descent.explorers import Trajectories, settings


class _Mount(HTMLParser):
    """The attributes of the first element."""

    attributes: dict | None = None

    def handle_starttag(self, tag, attrs):
        self.attributes = self.attributes or dict(attrs)


def _mount(explorer):
    parser = _Mount()
    parser.feed(explorer._repr_html_())
    return parser.attributes


def test_defaults():
    assert Trajectories().state == {
        "surface": "quadratic",
        "method": "gradient_descent",
        "lr": 0.4,
        "start": [-5.0, -2.0],
    }


def test_hyper_parameters_come_with_the_rules_defaults():
    state = Trajectories("beale", "adam", beta2=0.95).state
    assert state["beta2"] == 0.95
    assert (state["beta1"], state["eps"]) == (0.9, 1e-8)


@pytest.mark.parametrize("surface", settings.SURFACES)
@pytest.mark.parametrize("method", settings.METHODS)
def test_picture_is_sound_and_described(surface, method):
    svg = ElementTree.fromstring(Trajectories(surface, method).picture())
    assert svg.get("role") == "img"
    words = svg.get("aria-label")
    title, steps = settings.SURFACES[surface]
    assert title in words
    assert settings.METHODS[method][0] in words
    run = minimize(
        RULES[method], problem(surface), lr=settings.learning_rate(surface, method), steps=steps
    )
    assert f"{run.losses[-1]:.2g}" in words
    numbers = " ".join(value for node in svg.iter() for value in node.attrib.values())
    assert not re.search(r"nan|inf", numbers, flags=re.IGNORECASE)


def test_picture_draws_descents_iterates():
    explorer = Trajectories(lr=0.3)
    (way,) = re.findall(
        r'<path d="M([^"]*)" fill="none" stroke="#d9622b" [^>]*/><circle', explorer.picture()
    )
    drawn = np.array([[float(x) for x in pair.split()] for pair in way.split("L")])
    iterates = minimize(RULES["gradient_descent"], problem("quadratic"), lr=0.3, steps=60).iterates
    (left, right), (bottom, top) = settings.frame(problem("quadratic"))
    share = (iterates - [left, bottom]) / [right - left, top - bottom]
    np.testing.assert_allclose(drawn, np.c_[432 * share[:, 0], 324 * (1 - share[:, 1])], atol=0.051)


def test_divergence_is_said_in_words():
    picture = Trajectories("rosenbrock", lr=0.05).picture()
    assert "it has diverged" in picture
    assert "nan" not in picture.lower()


def test_page_shows_mount_and_picture():
    attributes = _mount(Trajectories("himmelblau", "rmsprop", lr=0.02, start=(1, -2), rho=0.9))
    assert attributes["class"] == "descent-explorer"
    assert attributes["data-explorer"] == "trajectories"
    assert json.loads(attributes["data-model"])["state"] == {
        "surface": "himmelblau",
        "method": "rmsprop",
        "lr": 0.02,
        "start": [1.0, -2.0],
        "rho": 0.9,
        "eps": 1e-8,
    }


def test_live_notebook_gets_the_widget_and_the_site_html():
    explorer = Trajectories(lr=0.2)
    bundle = explorer._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"] == explorer._repr_html_()
    explorer.widget().state = {**explorer.state, "lr": 0.1}  # as the reader would
    assert explorer.state["lr"] == 0.1
    assert _mount(explorer) == _mount(Trajectories(lr=0.2))  # the page shows what was written


def test_without_anywidget_the_picture_remains(monkeypatch):
    from descent.explorers import explorer as module

    module._widget_class.cache_clear()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    assert set(Trajectories()._repr_mimebundle_()) == {"text/html", "text/plain"}
    monkeypatch.undo()
    module._widget_class.cache_clear()


def test_import_needs_numpy_alone():
    code = (
        "import sys, descent.explorers; descent.explorers.Trajectories(); descent.explorers.script();"
        "print([m for m in ('anywidget', 'ipywidgets', 'IPython', 'matplotlib', 'contourpy', 'torch')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"surface": "rosenbrok"},
            ValueError,
            "unknown surface 'rosenbrok' (did you mean 'rosenbrock'?)",
        ),
        ({"method": "adma"}, ValueError, "unknown method 'adma' (did you mean 'adam'?)"),
        ({"lr": 0}, ValueError, "lr must be a finite number > 0, got 0"),
        ({"lr": "fast"}, TypeError, "lr must be a real number, got str"),
        ({"start": (1, 2, 3)}, ValueError, "start must be a point (x, y)"),
        ({"start": (99, 0)}, ValueError, "x from -6 to 6 and y from -4.5 to 4.5, got (99, 0)"),
        ({"start": (float("nan"), 0)}, ValueError, "start must be a point"),
        ({"start": "here"}, ValueError, "start must be a point (x, y)"),
        (
            {"method": "adam", "beta": 0.9},
            TypeError,
            "hyper-parameter of adam 'beta' (did you mean 'beta",
        ),
        ({"method": "momentum", "beta": 1}, ValueError, "beta must be a finite number"),
        (
            {"method": "gradient_descent", "beta": 0.9},
            TypeError,
            "gradient_descent 'beta'; known: lr",
        ),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error) as caught:
        Trajectories(**arguments)
    assert message in str(caught.value)
