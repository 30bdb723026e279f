import re

import numpy as np
import pytest

from descent.explorers import Rotation, settings
from descent.explorers.rotation import apart, arrival, turned
from descent.problems import quadratic
from descent.problems import rotation as turn

ANGLES = (0, 7.5, 30, 45, 63, 90)


@pytest.fixture(scope="module")
def site(page_with):
    return page_with(Rotation("rmsprop", 30))


@pytest.mark.parametrize("degrees", ANGLES)
def test_the_turned_ravine_is_descents(in_node, degrees):
    points = np.random.default_rng(1).normal(size=(20, 2))
    code = """const surface = quadratic(given.degrees);
    answer(given.points.map((p) => [surface.value(p), surface.gradient(p), surface.turn(p)]));"""
    theirs = in_node("rotation", code, {"degrees": degrees, "points": points.tolist()})
    ravine = quadratic(degrees=degrees)
    for point, (value, gradient, moved) in zip(points, theirs, strict=True):
        assert value == pytest.approx(float(ravine.value(point)), rel=1e-12, abs=1e-12)
        np.testing.assert_allclose(gradient, ravine.gradient(point), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(moved, turn(degrees) @ point, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("method", [*settings.TURNED, "gradient_descent"])
def test_runs_equal_descent(in_node, method):
    lr = settings.TURNED.get(method)
    run = "plainlyTurned(degrees)" if lr is None else "turned({ ...given, degrees })"
    code = f"answer(given.angles.map((degrees) => {run}));"
    given = {"method": method, "lr": lr, "angles": ANGLES}
    for degrees, theirs in zip(ANGLES, in_node("rotation", code, given), strict=True):
        ours = turned(method, degrees, lr)
        assert theirs["arrival"] == arrival(ours)
        # later, free-running adaptive methods may make more of a rounding error
        np.testing.assert_allclose(
            theirs["points"][:100], ours.iterates[:100], rtol=1e-12, atol=1e-12
        )


def test_ellipses_lie_on_their_level(in_node):
    code = "answer(ellipse(0.7, quadratic(given).turn));"
    loop = in_node("rotation", code, 33)
    values = [float(quadratic(degrees=33).value(np.array(point))) for point in loop]
    assert values == pytest.approx([0.7] * len(loop), rel=1e-12)


def test_apart_equals_python(in_node):
    rng = np.random.default_rng(2)
    points, others = rng.normal(size=(9, 2)), rng.normal(size=(7, 2))
    given = [points.tolist(), others.tolist()]
    expected = np.linalg.norm(points[:7] - others, axis=1).max()
    assert in_node("rotation", "answer(apart(...given));", given) == pytest.approx(expected)
    assert apart(points, others) == pytest.approx(expected)


def test_gradient_descent_turns_with_the_ravine_and_the_others_do_not():
    for method, lr in {"gradient_descent": None, **settings.TURNED}.items():
        along = turned(method, 0, lr).iterates @ turn(45).T
        distance = apart(turned(method, 45, lr).iterates, along)
        if lr is None:
            assert distance < 1e-12
        else:
            assert distance > 1, method
    assert {arrival(turned("gradient_descent", degrees)) for degrees in range(91)} == {155}


def test_a_run_ends_where_it_arrives():
    run = turned("rmsprop", 30, 0.3)
    distances = run.distances(np.zeros(2))
    assert distances[-1] < settings.NEAR
    assert (distances[:-1] >= settings.NEAR).all()
    assert arrival(turned("adagrad", 45, 0.01)) is None


@pytest.mark.parametrize("method", settings.TURNED)
def test_picture_says_how_many_steps(method):
    words = Rotation(method, 45).picture()
    ours = arrival(turned(method, 45, settings.TURNED[method]))
    assert f"needs {ours} steps, gradient descent 155 steps." in words
    assert not re.search("nan|inf", words)


def test_picture_of_a_method_that_never_arrives():
    assert "needs more than 400 steps" in Rotation("adagrad", 45, lr=0.01).picture()
    assert "nan" not in Rotation("adam", 45, lr=1e300).picture()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"method": "momentum"}, ValueError, "unknown method 'momentum'"),
        ({"method": "adma"}, ValueError, "did you mean 'adam'?"),
        ({"degrees": 91}, ValueError, "degrees must be a finite number >= 0 and <= 90, got 91"),
        ({"lr": 0}, ValueError, "lr must be a finite number > 0, got 0"),
        ({"lr": "fast"}, TypeError, "lr must be a real number, got str"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=re.escape(message)):
        Rotation(**arguments)


@pytest.mark.browser
def test_numbers_equal_descents(visit):
    page = visit()
    ours = turned("rmsprop", 30, 0.3)
    away = apart(ours.iterates, turned("rmsprop", 0, 0.3).iterates @ turn(30).T)
    readings = page.locator("[data-reading]").all_inner_texts()
    assert readings == [f"{arrival(ours)} steps", "155 steps", f"{away:.2f}"]


@pytest.mark.browser
def test_the_ravine_turns(visit):
    page = visit()
    levels = page.locator(".dx-level").first.get_attribute("d")
    page.get_by_label("Angle in degrees").press("Home")
    page.get_by_label("Angle in degrees").press("PageUp")
    assert page.locator(".dx-level").first.get_attribute("d") != levels
    assert page.locator("[data-reading='Off its turned path']").inner_text() != "0.00"
    page.get_by_label("Angle in degrees").fill("0")
    assert page.locator("[data-reading='Off its turned path']").inner_text() == "0.00"
