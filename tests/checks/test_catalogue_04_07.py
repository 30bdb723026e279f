"""Chapters 4 to 7: answers of many kinds, and what the notebooks say."""

import re
from pathlib import Path

import numpy as np
import pytest

from descent import RULES, minimize, problem
from descent.checks import EXERCISES
from descent.checks.catalogue.adam import mistakes
from descent.checks.catalogue.adam.right import reference
from descent.stepsize import best_heavy_ball, ema_half_life

SOLUTIONS = Path(__file__).parents[2] / "solutions"


def source(chapter):
    return SOLUTIONS / chapter / f"{chapter}.py"


def adam_in_single_precision(theta, grad, *rest):
    single = [np.float32(x) if isinstance(x, np.ndarray) else x for x in (theta, grad, *rest)]
    return reference(*single)


def test_single_precision_has_its_own_sentence(mark):
    result = mark("adam_step", adam_in_single_precision)
    assert "float32" in result.message
    assert result.diagnosis == ""


def test_mistakes_written_another_way_are_named(mark):
    def folded_without_correction(theta, grad, m, v, t, lr, beta1, beta2, eps):
        m = m + (1 - beta1) * (grad - m)
        v = v - (1 - beta2) * (v - grad * grad)
        return [theta - m * lr / (eps + np.sqrt(v)), m, v]

    def keras(theta, grad, m, v, t, lr, beta1, beta2, eps):
        eps = eps / np.sqrt(1 - beta2**t)
        return reference(theta, grad, m, v, t, lr, beta1, beta2, eps)

    assert mark("adam_step", folded_without_correction).diagnosis == "no bias correction"
    assert mark("adam_step", keras).diagnosis == "epsilon before the correction"


def test_unknown_mistakes_are_rejected_without_a_name(mark):
    def third_power(theta, grad, m, v, t, lr, beta1, beta2, eps):
        theta, m, _ = reference(theta, grad, m, v, t, lr, beta1, beta2, eps)
        return theta, m, beta2 * v + (1 - beta2) * np.abs(grad) ** 3

    result = mark("adam_step", third_power)
    assert result.diagnosis == ""
    assert result.message.startswith("`v`: expected")


def test_the_gradient_is_asked_for_once_and_ahead(mark):
    def never_asks(grad_fn, theta, velocity, lr, beta):
        return theta - lr * beta * velocity, beta * velocity

    told = {test.name: test.message for test in mark("nesterov_lookahead", never_asks).tests}
    assert "asked 0 times" in told["one gradient, asked for ahead"]


def test_groups_may_come_in_any_order_and_unreadable_ones_are_told(mark):
    def reversed_lists(named_shapes):
        decay = [name for name, shape in named_shapes if len(shape) >= 2]
        return decay[::-1], [name for name, _ in named_shapes if name not in decay][::-1]

    assert mark("decay_groups", reversed_lists).state == "passed"
    assert "got 3" in mark("decay_groups", lambda named_shapes: ([], [], [])).message
    assert "not among" in mark("decay_groups", lambda named_shapes: (["x"], [])).message
    assert mark("decay_groups", lambda named_shapes: 3).state == "failed"


def test_own_test_may_ask_by_position_only(mark):
    def by_keyword(adam_step):
        zero = np.zeros(1)
        adam_step(zero, zero, zero, zero, 1, 0.1, 0.9, 0.999, eps=1e-8)
        return True

    assert mark("test_adam_step", by_keyword).score == 0


def test_predictions_earn_their_point_whatever_they_say(mark):
    assert mark("predicted_first_step", 0.32).score == 1
    assert mark("predicted_first_step", float("nan")).score == 0
    assert mark("predicted_momentum_steps", 2.5).score == 0
    assert mark("predicted_invariant", ["rmsprop"]).score == 1
    assert mark("predicted_invariant", "rmsprop").score == 0


# What the notebooks and the sentences say.


def said_in(chapter):
    return re.sub(r"\s*\n# ?", " ", source(chapter).read_text())


def steps_needed(rule, toy, tolerance, **hyper):
    run = minimize(RULES[rule], toy, **hyper)
    return int(np.argmax(run.distances(toy.minimisers[0]) < tolerance))


def test_steps_of_gradient_descent_in_chapters_4_and_5():
    toy = problem("quadratic", condition=20, smallest=0.2)
    steps = steps_needed("gradient_descent", toy, 1e-6, lr=2 / 4.2, steps=200)
    assert f"after {steps} steps" in said_in("04_momentum")
    ravine = problem("quadratic", condition=1000, smallest=0.01)
    start = np.array([1.0, 1.0])
    steps = steps_needed(
        "gradient_descent", ravine, 2**0.5 / 1000, lr=2 / 10.01, steps=4000, start=start
    )
    assert f"needs {steps:,} steps" in said_in("05_nesterov")


def test_momentum_under_a_schedule_ends_where_the_notebook_says():
    theta, state = np.zeros(1), (np.zeros(1),)
    for t, lr in enumerate((0.1, 0.1, 0.01), start=1):
        theta, state = RULES["momentum"](theta, np.ones(1), state, t, lr=lr, beta=0.9)
    assert f"ends at −{-theta[0]:.4f}." in said_in("04_momentum")


def test_worked_numbers_of_the_statements():
    assert best_heavy_ball(1, 9) == pytest.approx((0.25, 0.25))
    assert f"for $\\rho = 0.9$ it is {ema_half_life(0.9):.2f}" in said_in("06_adagrad_rmsprop")
    step = EXERCISES["momentum_step"].reference
    assert step(0.8, 1.6, 2.0, 0.1, 0.5) == pytest.approx((0.54, 2.6))
    step = EXERCISES["nesterov_step"].reference
    assert step(0.9, 1.8, 2.0, 0.1, 0.5) == pytest.approx((0.58, 2.8))
    step = EXERCISES["rmsprop_step"].reference
    assert step(np.array(1.0), np.array(2.0), np.array(0.0), 0.1, 0.75, 0.0) == pytest.approx(
        (0.8, 1.0)
    )
    assert EXERCISES["ema_to_classical"].reference(0.5, 0.75) == 0.125


def test_epsilon_inside_the_root_makes_small_gradients_ten_times_slower():
    zero, grad = np.zeros(1), np.full(1, 1e-5)
    arguments = (zero, grad, zero, zero, 1, 1.0, 0.9, 0.999, 1e-8)
    right, wrong = (-program(*arguments)[0][0] for program in (reference, mistakes.epsilon_inside))
    assert right == pytest.approx(0.999, abs=1e-4)
    assert wrong == pytest.approx(0.0995, abs=1e-4)


def test_corrected_moments_stall_and_right_ones_do_not():
    def last(program):
        theta, m, v = np.ones(1), np.zeros(1), np.zeros(1)
        with np.errstate(all="ignore"):
            for t in range(1, 1001):
                theta, m, v = program(theta, 2 * theta, m, v, t, 0.01, 0.9, 0.999, 1e-8)
        return theta[0]

    assert last(mistakes.corrected_moments_stored) == pytest.approx(0.9871, abs=1e-4)
    assert abs(last(reference)) < 1e-3
