import inspect

import numpy as np
import pytest

from descent import signals
from descent.book.rule import labels, listing, published
from descent.methods import RULES
from descent.schedules import SCHEDULES, constant, cosine


def test_listing_is_signature_and_body():
    assert listing(RULES["gradient_descent"]) == (
        "def gradient_descent(theta, grad, state, t, *, lr):\n    return theta - lr * grad, state"
    )


def test_a_schedule_is_shown_as_its_formula_without_types():
    assert listing(SCHEDULES["step_decay"]) == (
        "def step_decay(step, base_lr, every, factor):\n"
        "    return base_lr * factor ** (step // every)"
    )
    assert labels(SCHEDULES["step_decay"]) == ["eq-step-decay"]


def test_no_name_is_both_a_rule_and_a_schedule():
    assert not RULES.keys() & SCHEDULES.keys()


ARGUMENTS = {
    "start_div": 5.0,
    "final_div": 3.0,
    "milestones": (2, 5),
    "first": constant(0.3),
    "then": cosine(0.5, 4),
    "warmup_fraction": 0.4,
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_s_listing_computes_what_it_computes(name):
    text, formula = listing(SCHEDULES[name]), SCHEDULES[name].formula
    assert max(map(len, text.splitlines())) <= 76
    assert not any(
        unwanted in text for unwanted in ('"""', "@schedule", "# eq-", ": int", ": float", "->")
    )
    scope = dict(formula.__globals__)
    exec(text, scope)
    _, *names = inspect.signature(formula).parameters
    shares = {
        "factor",
        "gamma",
        "base_lr",
        "max_lr",
        "final_lr",
        "low_lr",
        "high_lr",
        "low",
        "high",
    }
    arguments = [ARGUMENTS.get(n, 0.5 if n in shares else 3) for n in names]
    for step in (0, 2, 3, 40):
        assert scope[name](step, *arguments) == formula(step, *arguments)


def test_labels_in_the_order_of_the_lines():
    assert labels(RULES["gradient_descent"]) == ["eq-gradient-descent"]
    assert labels(RULES["adam"])[:2] == ["eq-adam-m", "eq-adam-v"]


@pytest.mark.parametrize("name", RULES)
def test_a_listing_computes_what_the_rule_computes(name):
    rule = RULES[name]
    text = listing(rule)
    assert not any(unwanted in text for unwanted in ('"""', "@rule", "# eq-"))
    scope = dict(rule.__globals__)
    exec(text, scope)
    theta, grad = np.array([1.0, -2.0]), np.array([0.3, 4.0])
    hyper = {name: rule.defaults.get(name, 0.1) for name in rule.hyper_names}
    state = rule.init(theta, **hyper)
    for found, expected in zip(
        scope[name](theta, grad, state, 1, **hyper),
        rule(theta, grad, state, 1, **hyper),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


def test_a_function_is_shown_without_the_checks_of_its_arguments():
    he_init, source = published("signals.he_init")
    assert he_init is signals.he_init
    assert source == "He et al. (2015), equation 10"
    assert listing(he_init) == (
        "def he_init(rng, fan_in, fan_out, *, gain=math.sqrt(2), distribution='normal'):\n"
        "    sd = gain / math.sqrt(fan_in)\n"
        "    return sd * _draw(rng, distribution, (fan_in, fan_out))"
    ).replace("math.sqrt(2), d", "math.sqrt(2),\n            d")


FUNCTIONS = ("leaky_relu", "batchnorm", "layernorm", "weight_norm", "glorot_init", "gelu")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_s_listing_is_short_and_runs(name):
    function, source = published(f"signals.{name}")
    text = listing(function)
    assert "Source" not in source
    assert "\n" not in source
    assert max(map(len, text.splitlines())) <= 76
    assert 'number("' not in text
    exec(text, dict(function.__globals__))


@pytest.mark.parametrize("name", ["signals.nothing", "nowhere.he_init", "signals.relu_derivative"])
def test_what_cannot_be_shown_is_named(name):
    with pytest.raises(ValueError, match=name.replace(".", r"\.")):
        published(name)
