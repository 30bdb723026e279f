import re

import numpy as np
import pytest

from descent.explorers import SignalPropagation, random_network
from descent.explorers.random_network import ACTIVATIONS, MARKS, normals, simulate
from descent.signals import gain, glorot_init, he_init, propagate

SETTINGS = [
    {"activation": name, "gain": gain_, "depth": depth, "width": width, "seed": seed}
    for name in ACTIVATIONS
    for gain_, depth, width, seed in [(0.5, 12, 16, 3), (2**0.5, 50, 8, 0), (4.0, 9, 64, 2**31)]
]


@pytest.fixture(scope="module")
def site(page_with):
    return page_with(SignalPropagation())


@pytest.fixture(scope="module")
def javascript(in_node):
    code = """answer(given.map(({ activation, ...state }) =>
        [propagate(activation, state), simulate(activation, state)]));"""
    return in_node("signal_propagation", code, SETTINGS)


def _theory(activation, *, gain, depth, **_):
    _, f, derivative = ACTIVATIONS[activation]
    return propagate(f, derivative, gain=gain, depth=depth)


def test_javascript_equals_the_library(javascript):
    for settings, (theirs, _) in zip(SETTINGS, javascript, strict=True):
        ours = _theory(**settings)
        for name in ("signals", "gradients"):
            np.testing.assert_allclose(
                theirs[name], getattr(ours, name), rtol=1e-12, err_msg=f"{settings}"
            )


def test_javascript_draws_the_same_networks(javascript):
    for settings, (_, theirs) in zip(SETTINGS, javascript, strict=True):
        given = dict(settings)
        ours = simulate(given.pop("activation"), **given)
        for name in ("signals", "gradients"):
            # a network whose gradients grow makes more of a rounding error
            np.testing.assert_allclose(
                theirs[name], getattr(ours, name), rtol=1e-9, err_msg=f"{settings}"
            )


def test_the_numbers_are_normal_and_independent():
    x = normals(seed=5, layer=2, n=16_384)
    assert x.mean() == pytest.approx(0, abs=0.03)
    assert (x**2).mean() == pytest.approx(1, abs=0.04)
    assert (x**4).mean() == pytest.approx(3, abs=0.3)
    for other in (normals(5, 3, 16_384), normals(6, 2, 16_384), np.roll(x, 1), np.roll(x, 128)):
        assert (x * other).mean() == pytest.approx(0, abs=0.03)
        assert (x**2 * other**2).mean() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_network_stays_near_the_limit_of_great_width(name):
    given = {"gain": 1.2, "depth": 4, "width": 128}
    networks = [simulate(name, **given, seed=seed) for seed in range(12)]
    sizes = _theory(name, **given)
    for part in ("signals", "gradients"):
        squares = np.mean([getattr(network, part) ** 2 for network in networks], axis=0)
        np.testing.assert_allclose(np.sqrt(squares), getattr(sizes, part), rtol=0.2)


def test_the_marks_are_the_gains_of_the_initialisers():
    n, rng = 400, np.random.default_rng(0)
    for mark, init in (("Glorot", glorot_init), ("He", he_init)):
        assert init(rng, n, n).std() * n**0.5 == pytest.approx(MARKS[mark], rel=0.01)
    assert MARKS["He"] == pytest.approx(gain(ACTIVATIONS["relu"][1]))
    (low, high), marks = random_network.GAINS, MARKS.values()
    assert low < min(marks) < max(marks) < high


def test_picture_says_both_sizes():
    words = SignalPropagation("relu", gain=1, depth=20).picture()
    assert (
        f"the signal goes from 1 to {2**-10:.3g}, from output to input the gradient from 1 to"
        in words
    )
    assert "nan" not in SignalPropagation("relu", gain=0.25, depth=100, width=8).picture()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"activation": "rleu"}, "unknown activation 'rleu' (did you mean 'relu'?)"),
        ({"gain": 0}, "gain must be a finite number >= 0.25 and <= 4, got 0"),
        ({"depth": 101}, "depth must be at most 100, got 101"),
        ({"width": 4}, "width must be at least 8, got 4"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        SignalPropagation(**arguments)


def _words(page):
    return page.locator(".dx-words").inner_text()


@pytest.mark.browser
def test_a_mark_sets_the_gain(visit):
    page = visit()
    assert "Signal and gradient fade." in _words(page)
    page.get_by_role("button", name="He").click()
    assert page.get_by_label("Gain of the weights").last.is_visible()
    assert page.locator("[data-reading='Last signal']").inner_text() == "1"
    assert _words(page).startswith("Signal and gradient keep their size.")
    page.get_by_role("button", name="too large").click()
    assert "Signal and gradient explode." in _words(page)


@pytest.mark.browser
def test_numbers_equal_the_librarys(visit):
    page = visit("#signal_propagation-1?activation=tanh&gain=1.6&depth=17&width=100")
    sizes = _theory("tanh", gain=1.6, depth=17)
    readings = page.locator("[data-reading]").all_inner_texts()
    assert readings == [f"{x:.3g}" for x in (sizes.signals[-1], sizes.gradients[0], 0.16)]


@pytest.mark.browser
def test_another_network_is_drawn(visit):
    page = visit()
    dots = page.locator(".dx-dots").first
    before = dots.get_attribute("d")
    line = page.locator(".dx-done").first.get_attribute("d")
    page.get_by_role("button", name="Redraw").click()
    assert dots.get_attribute("d") != before
    assert page.locator(".dx-done").first.get_attribute("d") == line
    page.wait_for_function(
        "document.querySelector('[aria-live]').textContent === 'Another random network is drawn.'"
    )
    assert page.url.endswith("seed=1")
