"""`leaky_relu`: two slopes that meet at 0, with their derivative."""

from collections.abc import Callable

import numpy as np

from descent.checks.exercise import Exercise, Probe, Wrong
from descent.signals import leaky_relu, leaky_relu_derivative

SIDES = "sec-signals-activations"


def numbers(rng, shape):
    """Positive and negative numbers of all sizes, both for certain."""
    x = 10 ** rng.uniform(-3, 1, size=shape) * rng.choice([-1.0, 1.0], size=shape)
    x.flat[0], x.flat[-1] = abs(x.flat[0]), -abs(x.flat[-1])
    return x


def _both_sides(rng):
    shape = ((7,), (3, 4), (2, 3, 2))[rng.integers(3)]
    return numbers(rng, shape), float(rng.uniform(0.05, 0.6))


def _with_zeros(rng):
    x, slope = _both_sides(rng)
    x = abs(x)
    x.flat[1] = 0.0
    return x, slope


def _reference(x, slope):
    return leaky_relu(x, slope), leaky_relu_derivative(x, slope)


def _masks(x, slope):
    positive = x > 0
    derivative = positive + slope * ~positive
    return x * derivative, derivative


def _loop(x, slope):
    y, derivative = np.empty(x.shape), np.empty(x.shape)
    for i in np.ndindex(x.shape):
        derivative[i] = 1 if x[i] > 0 else slope
        y[i] = derivative[i] * x[i]
    return y, derivative


def _copy(x, slope):
    y, derivative = x.copy(), np.ones_like(x)
    y[x <= 0] *= slope
    derivative[x <= 0] = slope
    return [y, derivative]


def _with(value: Callable, derivative: Callable) -> Callable:
    """A version by its two formulas of (x, slope)."""
    return lambda x, slope: (value(x, slope), derivative(x, slope))


def _steps(x, slope):
    return np.where(x > 0, 1.0, slope)


def _in_place(x, slope):
    derivative = _steps(x, slope)
    x *= derivative
    return x, derivative


LEAKY_RELU = Exercise(
    name="leaky_relu",
    title="Leaky ReLU and its derivative",
    section=SIDES,
    difficulty=1,
    minutes=5,
    signature="leaky_relu(x, slope) -> (y, derivative)",
    reference=_reference,
    probes=(
        Probe("numbers on both sides of 0", 1.0, _both_sides),
        Probe("positive numbers and 0", 0.5, _with_zeros, draws=2),
    ),
    untouched=0.5,
    hints=(
        "Two cases, and one question decides both results: is x > 0?",
        "np.where(x > 0, a, b) picks element by element. At 0 the question is answered with no.",
        "return np.where(x > 0, x, slope * x), np.where(x > 0, 1.0, slope).",
    ),
    right=(
        _with(lambda x, s: np.maximum(x, s * x), _steps),
        _with(lambda x, s: np.maximum(x, 0) + s * np.minimum(x, 0), _steps),
        _masks,
        _loop,
        _copy,
        _with(
            lambda x, s: (1 + s) / 2 * x + (1 - s) / 2 * abs(x), lambda x, s: s + (1 - s) * (x > 0)
        ),
    ),
    wrong=(
        Wrong(
            "the other derivative at 0",
            _with(leaky_relu, lambda x, s: np.where(x >= 0, 1.0, s)),
            "At 0 your derivative is 1, the one from the right; the one from the left is asked for.",
            "At a kink both are defensible; one must be chosen, and here, as in torch, it is the slope.",
            SIDES,
        ),
        Wrong(
            "no derivative at 0",
            _with(leaky_relu, lambda x, s: np.where(x > 0, 1.0, np.where(x < 0, s, 0.0))),
            "At 0 your derivative is 0, which is that of neither side.",
            "np.sign(0) is 0; ask x > 0, and let everything else have the slope.",
            SIDES,
        ),
        Wrong(
            "slope on the wrong side",
            _with(lambda x, s: np.where(x > 0, s * x, x), lambda x, s: np.where(x > 0, s, 1.0)),
            "Your slope is on the wrong side: it belongs where x is negative.",
            "Positive numbers pass as they are.",
            SIDES,
        ),
        Wrong(
            "derivative on the wrong side",
            _with(leaky_relu, lambda x, s: np.where(x > 0, s, 1.0)),
            "The values are right, but your derivative has the slope on the wrong side.",
            "Where x is positive, y = x and the derivative is 1.",
            SIDES,
        ),
        Wrong(
            "derivative of ReLU",
            _with(leaky_relu, lambda x, s: np.where(x > 0, 1.0, 0.0)),
            "Your derivative is that of ReLU: 0 where x is negative.",
            "That the derivative is not 0 there is what the slope is for.",
            SIDES,
        ),
        Wrong(
            "plain ReLU",
            _with(lambda x, s: np.maximum(x, 0), lambda x, s: np.where(x > 0, 1.0, 0.0)),
            "This is ReLU: the slope is not used.",
            "Negative numbers come out as slope · x, not as 0.",
            SIDES,
        ),
        Wrong(
            "slope for its product",
            _with(lambda x, s: np.where(x > 0, x, s), _steps),
            "Where x is negative you return the slope itself; it is multiplied by x.",
            "The slope is a derivative, not a value.",
            SIDES,
        ),
        Wrong(
            "bent upwards",
            _with(lambda x, s: np.where(x > 0, x, -s * x), _steps),
            "Where x is negative your values are positive.",
            "slope · x has the sign of x; with a minus the function folds up.",
            SIDES,
        ),
        Wrong(
            "minimum for maximum",
            _with(lambda x, s: np.minimum(x, s * x), _steps),
            "np.minimum takes the lower of the two lines; Leaky ReLU is the upper one.",
            "For a slope below 1 it is the maximum of x and slope · x.",
            SIDES,
        ),
        Wrong(
            "a slope of your own",
            _with(lambda x, s: leaky_relu(x, 0.01), lambda x, s: leaky_relu_derivative(x, 0.01)),
            "Your slope is always 0.01; use the one that is passed.",
            "0.01 is the usual choice, but it is an argument here.",
            SIDES,
        ),
        Wrong(
            "results swapped",
            lambda x, slope: _reference(x, slope)[::-1],
            "You return the derivative first; the value comes first.",
            "The order is (y, derivative).",
            SIDES,
        ),
        Wrong(
            "x changed in place",
            _in_place,
            "The numbers are right, but the x that was passed is changed.",
            "x *= … writes into the caller's array, which the backward pass still needs.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)
