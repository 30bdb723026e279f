import re

import pytest

from descent import RULES, minimize
from descent.explorers import MomentumPhases, heavy_ball
from descent.explorers.momentum_phases import MODE


@pytest.fixture(scope="module")
def site(page_with):
    return page_with(MomentumPhases())


def test_defaults():
    assert MomentumPhases().state == {"lr": 0.2, "beta": 0.9}
    assert repr(MomentumPhases(0.5, 1)) == "MomentumPhases(lr=1.0, beta=0.5)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"beta": 1}, "beta must be a finite number >= 0 and <= 0.99, got 1"),
        ({"beta": -0.1}, "beta must be"),
        ({"lr": 0}, "lr must be a finite number >= 0.001 and <= 4.2, got 0"),
        ({"lr": float("nan")}, "lr must be"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        MomentumPhases(**arguments)


@pytest.mark.parametrize("name", ["monotone", "oscillating", "alternating", "unstable"])
def test_picture_says_region_and_factor(name):
    a, beta = heavy_ball.PLACES[name]
    words = MomentumPhases(beta, a).picture()
    assert heavy_ball.REGIONS[name] in words
    assert f"multiplies the error by {heavy_ball.contraction(a, beta):.3g}." in words


def _words(page):
    return page.locator(".dx-words").inner_text()


@pytest.mark.browser
def test_numbers_equal_descents(visit):
    page = visit("#momentum_phases-1?lr=0.37&beta=0.71")
    assert page.locator("[data-reading='Factor a step']").inner_text() == f"{0.71**0.5:.3f}"
    best = (1 - 0.37**0.5) ** 2
    fastest = heavy_ball.contraction(0.37, best)
    assert f"best β is {best:.3g}, with {fastest:.3f}." in _words(page)
    first = heavy_ball.eigenvalues(0.37, 0.71)[0]
    said = f"{first.real:.3f} ± {first.imag:.3f}i"
    assert page.locator("[data-reading=Eigenvalues]").inner_text() == said
    label = page.locator(".dx-curve").get_attribute("aria-label")
    run = minimize(RULES["momentum"], MODE, lr=0.37, beta=0.71, steps=60)
    mantissa, exponent = f"{run.final[0]:.1e}".split("e")
    digits = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    assert f"{mantissa}·10{digits} after 60 steps".replace("-", "−") in label
    (way,) = re.findall("M(.*)", page.locator(".dx-curve .dx-done").get_attribute("d"))
    heights = [float(pair.split()[1]) for pair in way.split("L")]
    drawn = [(heights[0] - y) / (heights[0] - heights[-1]) for y in heights]  # affine in the error
    wanted = [(1 - e) / (1 - run.final[0]) for e in run.iterates[:, 0]]
    assert drawn == pytest.approx(wanted, abs=0.005)


@pytest.mark.browser
def test_the_point_is_dragged_and_moved_by_keys(visit):
    page = visit()
    point = page.get_by_role("slider", name="Learning rate and momentum")
    point.press("ArrowRight")
    point.press("Shift+ArrowDown")
    assert point.get_attribute("aria-valuetext") == "learning rate times curvature 0.21, beta 0.8"
    for _ in range(60):
        point.press("Shift+ArrowRight")
    assert point.get_attribute("aria-valuetext").startswith("learning rate times curvature 4.2,")
    assert _words(page).startswith("Unstable")
    box = page.locator(".dx-map").bounding_box()
    point.hover()
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4.2, box["y"] + box["height"], steps=3)
    page.mouse.up()
    assert _words(page).startswith("Critically damped")  # a = 1, beta = 0: one step
    assert page.locator("[data-reading='Factor a step']").inner_text() == "0.000"
