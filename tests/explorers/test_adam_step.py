import math
import re

import numpy as np
import pytest

from descent import RULES
from descent.explorers import AdamStep
from descent.explorers.anatomy import SEQUENCES, SPIKE, anatomy
from descent.minimize import follow

HYPER = {"beta1": 0.83, "beta2": 0.96, "eps": 3e-3}  # no default anywhere
VARIANTS = [(corrected, inside) for corrected in (True, False) for inside in (True, False)]


@pytest.fixture(scope="module")
def site(page_with):
    return page_with(AdamStep(), AdamStep("spike", corrected=False, step=25))


def test_anatomy_is_that_of_descents_adam():
    rng = np.random.default_rng(3)
    gradients = rng.normal(size=50) * 10.0 ** rng.integers(-6, 2, size=50)
    parts = anatomy(gradients, **HYPER)
    state = RULES["adam"].init(np.zeros(1))
    for k, gradient in enumerate(gradients):
        _, state = RULES["adam"](np.zeros(1), np.array([gradient]), state, k + 1, lr=1.0, **HYPER)
        assert (parts["m"][k], parts["v"][k]) == pytest.approx(
            (state[0][0], state[1][0]), rel=1e-12
        )
    positions = follow(RULES["adam"], np.zeros(1), gradients[:, None], lr=lambda k: 1.0, **HYPER)
    np.testing.assert_allclose(-np.cumsum(parts["step"]), positions[1:, 0], rtol=1e-12, atol=1e-12)


def test_defaults_are_the_rules():
    state = AdamStep().state
    assert {name: state[name] for name in HYPER} == {
        name: RULES["adam"].defaults[name] for name in HYPER
    }


@pytest.mark.parametrize(("corrected", "inside"), VARIANTS)
def test_variants_are_their_formulas(corrected, inside):
    m = v = 0.0
    gradients = SEQUENCES["noisy"][1]
    parts = anatomy(gradients, **HYPER, corrected=corrected, eps_inside=inside)
    for k, g in enumerate(gradients):
        m, v = 0.83 * m + 0.17 * g, 0.96 * v + 0.04 * g * g
        m_hat = m / (1 - 0.83 ** (k + 1)) if corrected else m
        v_hat = v / (1 - 0.96 ** (k + 1)) if corrected else v
        below = math.sqrt(v_hat + 3e-3) if inside else math.sqrt(v_hat) + 3e-3
        assert parts["step"][k] == pytest.approx(m_hat / below, rel=1e-12)
        assert parts["m_hat"][k] == pytest.approx(m_hat, rel=1e-12)
        assert parts["v_hat"][k] == pytest.approx(v_hat, rel=1e-12)


def test_javascript_equals_python(in_node):
    given = [
        {"gradients": (size * unit).tolist(), "corrected": corrected, "eps_inside": inside, **HYPER}
        for _, unit in SEQUENCES.values()
        for size in (1e-4, 7.3)
        for corrected, inside in VARIANTS
    ]
    code = "answer(given.map(({ gradients, ...hyper }) => anatomy(gradients, hyper)));"
    names = {"g": "g", "m": "m", "m_hat": "mHat", "v": "v", "v_hat": "vHat", "step": "step"}
    for settings, theirs in zip(given, in_node("adam_step", code, given), strict=True):
        for ours, name in names.items():
            np.testing.assert_allclose(
                [parts[name] for parts in theirs], anatomy(**settings)[ours], rtol=1e-12
            )


def test_no_gradient_and_no_epsilon_is_no_step(in_node):
    hyper = {"beta1": 0.9, "beta2": 0.999, "eps": 0.0}
    assert anatomy([0.0, 0.0], **hyper)["step"].tolist() == [0, 0]
    code = "answer(anatomy([0, 0], given).map(({ step }) => step));"
    assert in_node("adam_step", code, hyper) == [0, 0]


def test_the_facts_the_words_rest_on():
    usual = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    for g in (1e-3, -50.0):
        assert anatomy([g], **usual)["step"][0] == pytest.approx(math.copysign(1, g), rel=1e-4)
        uncorrected = anatomy([g], **usual, corrected=False)["step"][0]
        assert abs(uncorrected) == pytest.approx(0.1 / 0.001**0.5, rel=1e-3)  # 3.16
    assert anatomy([1e-5], **usual)["step"][0] == pytest.approx(0.999, abs=5e-4)
    assert anatomy([1e-5], **usual, eps_inside=True)["step"][0] == pytest.approx(0.0995, abs=5e-5)
    spike = SEQUENCES["spike"][1]
    assert (spike[SPIKE - 1], np.delete(spike, SPIKE - 1).tolist()) == (SPIKE, [1.0] * 59)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"gradients": "spikes"}, ValueError, "unknown gradients 'spikes' (did you mean 'spike'?)"),
        ({"size": 0}, ValueError, "size must be a finite number > 0"),
        ({"beta1": 1}, ValueError, "beta1 must be a finite number >= 0 and < 1, got 1"),
        ({"eps": -1}, ValueError, "eps must be a finite number >= 0"),
        ({"corrected": 1}, TypeError, "corrected must be True or False, got int: 1"),
        ({"eps_inside": "yes"}, TypeError, "eps_inside must be True or False"),
        ({"step": 61}, ValueError, "step must be at most 60, got 61"),
        ({"step": 0}, ValueError, "step must be at least 1, got 0"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=re.escape(message)):
        AdamStep(**arguments)


def test_picture_names_every_part():
    picture = AdamStep("alternating", size=2.0, step=2).picture()
    assert "at step 2, in learning rates: g -2, m -0.02, m_hat -0.105, v 0.008" in picture
    assert "nan" not in picture


def _first(page):
    return page.locator("#adam_step-1")


def _reading(page, name):
    return _first(page).locator(f"[data-reading={name}]").inner_text()


@pytest.mark.browser
def test_words_explain_the_first_step(visit):
    page = visit()
    words = _first(page).locator(".dx-words")
    assert words.inner_text().startswith("First step = lr · sign(g)")
    _first(page).get_by_label("Bias correction").uncheck()
    assert words.inner_text().startswith("The uncorrected first step is 3.16 times too large.")
    assert _reading(page, "step") == "3.16"


@pytest.mark.browser
def test_epsilon_inside_the_root_shrinks_small_gradients_steps(visit):
    page = visit("#adam_step-1?size=1e-5")
    assert _reading(page, "step") == "0.999"
    _first(page).get_by_label("ε inside the root").check()
    assert _reading(page, "step") == "0.0995"
    assert "ε makes up 90 % of the divisor" in _first(page).locator(".dx-words").inner_text()


@pytest.mark.browser
def test_steps_are_led_through(visit):
    page = visit()
    _first(page).get_by_role("button", name="Step").click()
    _first(page).get_by_role("slider", name="Step", exact=True).press("ArrowRight")
    parts = anatomy(np.ones(60), beta1=0.9, beta2=0.999, eps=1e-8)
    assert _reading(page, "m") == f"{parts['m'][2]:.3g}"
    assert _reading(page, "m") == "0.271"


@pytest.mark.browser
def test_ticked_boxes_survive_in_the_address(visit):
    page = visit()
    _first(page).get_by_label("Bias correction").uncheck()
    _first(page).get_by_label("ε inside the root").check()
    page.wait_for_url("**eps_inside=true**")
    again = visit(page.url[page.url.index("#") :])
    assert not _first(again).get_by_label("Bias correction").is_checked()
    assert _first(again).get_by_label("ε inside the root").is_checked()
