"""Chapter 10: random weights are judged by facts alone."""

import numpy as np
import pytest

from descent.checks import EXERCISES
from descent.checks.catalogue.signals.initialisers import VARIANCES


def test_how_the_generator_was_used_does_not_matter(mark):
    def backwards(rng, fan_in, fan_out):
        rng.random(17)
        return -np.sqrt(2 / fan_in) * rng.standard_normal((fan_out, fan_in))[::-1].T

    assert mark("he_init", backwards).state == "passed"


def test_a_mistake_is_named_however_the_generator_was_used(mark):
    def other_draws(rng, fan_in, fan_out):
        return 2 / fan_in * rng.standard_normal((fan_out, fan_in))[::-1].T

    assert mark("he_init", other_draws).diagnosis == "root missing"


def test_an_unknown_variance_is_told_as_a_fact(mark):
    result = mark("he_init", lambda rng, m, n: rng.normal(0, 0.9 * np.sqrt(2 / m), size=(m, n)))
    assert (result.state, result.diagnosis) == ("failed", "")
    assert result.message == "The variance is 2/fan_in: expected yes, got no."


@pytest.mark.parametrize(
    "value", [None, 3.0, "W", np.zeros(0), [["a"]], np.full((60, 480), np.nan)]
)
def test_what_is_no_layer_of_weights_is_refused_without_a_crash(value, mark):
    result = mark("glorot_init", lambda rng, fan_in, fan_out: value)
    assert result.state == "failed"
    assert result.score == 0
    assert result.message


def test_the_variances_that_are_told_apart_lie_apart():
    """A right answer has one of them; sampling error reaches seven deviations, on either side."""
    for narrow in range(60, 67):
        n = narrow * 8 * narrow
        reach = 1 + 7 * (2 / n) ** 0.5
        for fans in ((narrow, 8 * narrow), (8 * narrow, narrow)):
            for right in ("2/fan_in", "2/(fan_in + fan_out)"):
                others = [v(*fans) / VARIANCES[right](*fans) for v in VARIANCES.values()]
                apart = [max(ratio, 1 / ratio) for ratio in others if not np.isclose(ratio, 1)]
                assert min(apart) > reach


def test_numbers_of_the_statements():
    def answer(name, *arguments):
        return EXERCISES[name].reference(*(np.array(a, dtype=float) for a in arguments))

    y, derivative = answer("leaky_relu", [-2, 0, 3], 0.5)
    np.testing.assert_array_equal(y, [-1, 0, 3])
    np.testing.assert_array_equal(derivative, [0.5, 0.5, 1])
    for got, want in zip(
        answer("prelu", [[-2], [3]], [0.5], [[1], [10]]),
        ([[-1], [3]], [[0.5], [10]], [-2]),
        strict=True,
    ):
        np.testing.assert_array_equal(got, want)
    batchnorm = EXERCISES["batchnorm"].reference
    for training, wanted in ((True, ([[3], [7]], [1], [1.5])), (False, ([[7], [11]], [0], [1]))):
        one = [np.array(a, dtype=float) for a in ([[1], [3]], [2], [5], [0], [1])]
        for got, want in zip(batchnorm(*one, 0.5, 1e-12, training), wanted, strict=True):
            np.testing.assert_allclose(got, want)
    np.testing.assert_allclose(answer("weight_norm", [[3], [4]], [10]), [[6], [8]])
    clip = EXERCISES["clip_by_global_norm"].reference
    (first, second), norm = clip([np.array([3.0, 0]), np.array([4.0])], 1)
    assert norm == pytest.approx(5)
    np.testing.assert_allclose(np.r_[first, second], [0.6, 0, 0.8])
    assert np.sqrt(2 / 50) == pytest.approx(0.2)
    assert np.sqrt(6 / 24) == pytest.approx(0.5)
