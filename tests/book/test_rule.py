import numpy as np
import pytest

from descent.book.rule import labels, listing
from descent.methods import RULES


def test_listing_is_signature_and_body():
    assert listing(RULES["gradient_descent"]) == (
        "def gradient_descent(theta, grad, state, t, *, lr):\n    return theta - lr * grad, state"
    )


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
