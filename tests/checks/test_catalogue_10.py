"""Chapter 10: the plan's exercises and mistakes are there; random weights are judged by facts alone."""

import numpy as np
import pytest

from descent.checks import EXERCISES
from descent.checks.calling import LocalCandidate
from descent.checks.catalogue import signals
from descent.checks.catalogue.signals.initialisers import VARIANCES
from descent.checks.examination import Examination

CALLS = {
    "he_init": "he_init(rng, fan_in, fan_out)",
    "glorot_init": "glorot_init(rng, fan_in, fan_out)",
    "predicted_fading": "predicted_fading",
    "leaky_relu": "leaky_relu(x, slope)",
    "prelu": "prelu(x (n, d), slope (d,), grad (n, d))",
    "batchnorm": (
        "batchnorm(x (n, d), gamma (d,), beta (d,), running_mean (d,), running_var (d,), momentum, eps, training)"
    ),
    "layernorm": "layernorm(x (n, d), gamma (d,), beta (d,), eps)",
    "weight_norm": "weight_norm(v (fan_in, fan_out), g (fan_out,))",
    "clip_by_global_norm": "clip_by_global_norm(grads, max_norm)",
    "clipped_step_repaired": "clipped_step_repaired(thetas, grads, lr, max_norm)",
}
RESULTS = {
    "he_init": "(fan_in, fan_out)",
    "glorot_init": "(fan_in, fan_out)",
    "clip_by_global_norm": "(grads, norm)",
    "batchnorm": "(y (n, d), running_mean (d,), running_var (d,))",
}
# The plan's mistakes, by the names that they have here.
PLANNED = {
    "he_init": {"fan_out", "root missing"},
    "glorot_init": {
        "root missing",
        "standard deviation for the bound",
        "3 for 6",
        "root of the 6 alone",
    },
    "leaky_relu": {"the other derivative at 0", "slope on the wrong side"},
    "prelu": {"the other derivative at 0", "slope on the wrong side"},
    "batchnorm": {
        "wrong axis",
        "unbiased variance normalises",
        "biased running variance",
        "the two variances exchanged",
        "running statistics updated in eval",
        "momentum convention reversed",
        "batch statistics in eval",
    },
    "layernorm": {"wrong axis", "unbiased variance"},
    "weight_norm": {"wrong axis"},
    "clip_by_global_norm": {"per tensor", "value for norm", "NaN at zero"},
    "clipped_step_repaired": {"clips after the step"},
}


def test_the_chapter_holds_the_planned_exercises_and_no_others():
    own = {e.name: e for e in EXERCISES.values() if e.chapter == "10_signal_propagation"}
    assert list(own) == list(CALLS)
    assert {name: e.signature.partition(" -> ")[0] for name, e in own.items()} == CALLS
    for name, result in RESULTS.items():
        assert own[name].signature == f"{CALLS[name]} -> {result}"


@pytest.mark.parametrize("name", PLANNED)
def test_every_planned_mistake_is_there(name):
    assert PLANNED[name] <= {wrong.name for wrong in EXERCISES[name].wrong}


@pytest.mark.parametrize("exercise", signals.EXERCISES, ids=lambda exercise: exercise.name)
def test_right_versions_pass_and_wrong_ones_are_named(exercise):
    examination = Examination(exercise, "public", "chapter 10")
    for program in exercise.right:
        assert examination.mark(LocalCandidate(program)).state == "passed"
    for wrong in exercise.wrong:
        result = examination.mark(LocalCandidate(wrong.program))
        assert result.score < result.points
        assert result.diagnosis in {wrong.name, *wrong.twins}


def mark(name, program):
    return Examination(EXERCISES[name], "public", "own").mark(LocalCandidate(program))


def test_how_the_generator_was_used_does_not_matter():
    def backwards(rng, fan_in, fan_out):
        rng.random(17)
        return -np.sqrt(2 / fan_in) * rng.standard_normal((fan_out, fan_in))[::-1].T

    assert mark("he_init", backwards).state == "passed"


def test_a_mistake_is_named_however_the_generator_was_used():
    def other_draws(rng, fan_in, fan_out):
        return 2 / fan_in * rng.standard_normal((fan_out, fan_in))[::-1].T

    assert mark("he_init", other_draws).diagnosis == "root missing"


def test_an_unknown_variance_is_told_as_a_fact():
    result = mark("he_init", lambda rng, m, n: rng.normal(0, 0.9 * np.sqrt(2 / m), size=(m, n)))
    assert (result.state, result.diagnosis) == ("failed", "")
    assert result.message == "The variance is 2/fan_in: expected yes, got no."


@pytest.mark.parametrize(
    "value", [None, 3.0, "W", np.zeros(0), [["a"]], np.full((60, 480), np.nan)]
)
def test_what_is_no_layer_of_weights_is_refused_without_a_crash(value):
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
