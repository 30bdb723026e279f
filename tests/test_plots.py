import io
import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from descent import minimize, plots
from descent.methods import gradient_descent
from descent.problems import linear_regression, quadratic


@pytest.fixture(autouse=True)
def styled():
    with plt.rc_context(), plt.style.context("default"):
        plt.switch_backend("svg")
        plots.use_style()
        yield
        plt.close("all")


def luminance(colour):
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


@pytest.mark.parametrize("colour", [*plots.COLOURS, plots.GREY])
def test_colours_have_the_contrast_of_text_on_white(colour):
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_lines_differ_without_colour():
    lines = plt.plot(np.arange(3), np.ones((3, len(plots.COLOURS))))
    for one, other in itertools.combinations(lines, 2):
        assert one.get_marker() != other.get_marker()
        assert one._dash_pattern != other._dash_pattern
        assert one.get_color() != other.get_color()


def test_figures_are_opaque_and_reproducible():
    def draw():
        plots.trajectories({"run": np.array([[0.0, 0.0], [1.0, 2.0]])}, plots.contours(quadratic()))
        file = io.BytesIO()
        plt.savefig(file, format="svg", metadata={"Date": None})
        plt.close()
        return file.getvalue()

    assert plt.rcParams["savefig.facecolor"] == "white"
    assert not plt.rcParams["savefig.transparent"]
    assert draw() == draw()


def test_contours_mark_the_minimisers_and_leave_the_first_style_to_the_first_line():
    toy = quadratic(degrees=30)
    ax = plots.contours(toy)
    stars = ax.collections[-1].get_offsets()
    assert np.array_equal(stars, toy.minimisers)
    assert (ax.get_xlim(), ax.get_ylim()) == toy.window
    assert ax.plot([0, 1], [0, 1])[0].get_color() == plots.COLOURS[0]


def test_contours_need_a_plane_problem():
    with pytest.raises(ValueError, match="linear regression has no window"):
        plots.contours(linear_regression(np.eye(3), np.ones(3)))


def test_trajectories_draw_every_point():
    run = minimize(gradient_descent, quadratic(), lr=0.4, steps=50)
    ax = plots.trajectories({"run": run, "points": run.iterates[:5]}, mark=10)
    whole, part = ax.lines
    assert np.array_equal(whole.get_xydata(), run.iterates)
    assert np.array_equal(part.get_xydata(), run.iterates[:5])
    assert list(whole.get_markevery()) == list(range(10))
    assert list(part.get_markevery()) == list(range(5))
    assert [text.get_text() for text in ax.get_legend().texts] == ["run", "points"]


@pytest.mark.parametrize("ends", [(1, 1, 1, 1), (1, 1.01, 50, 51), (1e-9, 1, 1e3, 1e3)])
def test_labels_at_the_ends_never_overlap(ends):
    ax = plots.losses({f"line {i}": np.geomspace(10, end, 20) for i, end in enumerate(ends)})
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert [text.get_text() for text in ax.texts] == [f"line {i}" for i in range(len(ends))]
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    for text, line in zip(ax.texts, ax.lines, strict=True):
        assert text.get_color() == line.get_color()


def test_a_lone_label_stands_at_its_line():
    ax = plots.losses({"falling": np.geomspace(1, 1e-6, 10)})
    height = ax.transAxes.transform(ax.texts[0].xy)[1]
    assert height == pytest.approx(ax.transData.transform(ax.lines[0].get_xydata()[-1])[1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_apart_keeps_order_and_room(wanted):
    placed = np.array(plots._apart(wanted, 0.1))
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(placed[order]) >= 0.1 - 1e-12)
    if np.all(np.diff(np.array(wanted)[order]) >= 0.1):
        assert np.allclose(placed, wanted)


def test_wall_begins_where_it_should():
    _, ax = plt.subplots()
    ax.set_xlim(0, 1)
    plots.wall(ax, 0.5, "2/L")
    (region,) = ax.patches
    assert (region.get_x(), region.get_x() + region.get_width()) == (0.5, 1)
    assert region.get_hatch()
    with pytest.raises(ValueError, match="lr must be"):
        plots.wall(ax, 0, "2/L")
