"""`leaky_relu` and `prelu`: two slopes that meet at 0, with their derivatives."""

from typing import Any

import numpy as np

from descent.checks.calling import Outcome
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.signals import leaky_relu, leaky_relu_derivative, prelu, prelu_backward

SIDES = "sec-signals-activations"
LEARNED = "sec-signals-prelu"


def _numbers(rng, shape):
    """Positive and negative numbers of all sizes, both for certain."""
    x = 10 ** rng.uniform(-3, 1, size=shape) * rng.choice([-1.0, 1.0], size=shape)
    x.flat[0], x.flat[-1] = abs(x.flat[0]), -abs(x.flat[-1])
    return x


def _both_sides(rng):
    shape = ((7,), (3, 4), (2, 3, 2))[rng.integers(3)]
    return _numbers(rng, shape), float(rng.uniform(0.05, 0.6))


def _with_zeros(rng):
    x, slope = _both_sides(rng)
    x = abs(x)
    x.flat[1] = 0.0
    return x, slope


def _leaky(x, slope):
    return leaky_relu(x, slope), leaky_relu_derivative(x, slope)


def _leaky_masks(x, slope):
    positive = x > 0
    derivative = positive + slope * ~positive
    return x * derivative, derivative


def _leaky_loop(x, slope):
    y, derivative = np.empty(x.shape), np.empty(x.shape)
    for i in np.ndindex(x.shape):
        derivative[i] = 1 if x[i] > 0 else slope
        y[i] = derivative[i] * x[i]
    return y, derivative


def _leaky_copy(x, slope):
    y, derivative = x.copy(), np.ones_like(x)
    y[x <= 0] *= slope
    derivative[x <= 0] = slope
    return [y, derivative]


def _leaky_with(value: Any, derivative: Any) -> Any:
    return lambda x, slope: (value(x, slope), derivative(x, slope))


def _steps(x, slope):
    return np.where(x > 0, 1.0, slope)


def _leaky_in_place(x, slope):
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
    reference=_leaky,
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
        _leaky_with(lambda x, s: np.maximum(x, s * x), _steps),
        _leaky_with(lambda x, s: np.maximum(x, 0) + s * np.minimum(x, 0), _steps),
        _leaky_masks,
        _leaky_loop,
        _leaky_copy,
        _leaky_with(
            lambda x, s: (1 + s) / 2 * x + (1 - s) / 2 * abs(x), lambda x, s: s + (1 - s) * (x > 0)
        ),
    ),
    wrong=(
        Wrong(
            "the other derivative at 0",
            _leaky_with(leaky_relu, lambda x, s: np.where(x >= 0, 1.0, s)),
            "At 0 your derivative is 1, the one from the right; the one from the left is asked for.",
            "At a kink both are defensible; one must be chosen, and here, as in torch, it is the slope.",
            SIDES,
        ),
        Wrong(
            "no derivative at 0",
            _leaky_with(leaky_relu, lambda x, s: np.where(x > 0, 1.0, np.where(x < 0, s, 0.0))),
            "At 0 your derivative is 0, which is that of neither side.",
            "np.sign(0) is 0; ask x > 0, and let everything else have the slope.",
            SIDES,
        ),
        Wrong(
            "slope on the wrong side",
            _leaky_with(
                lambda x, s: np.where(x > 0, s * x, x), lambda x, s: np.where(x > 0, s, 1.0)
            ),
            "Your slope is on the wrong side: it belongs where x is negative.",
            "Positive numbers pass as they are.",
            SIDES,
        ),
        Wrong(
            "derivative on the wrong side",
            _leaky_with(leaky_relu, lambda x, s: np.where(x > 0, s, 1.0)),
            "The values are right, but your derivative has the slope on the wrong side.",
            "Where x is positive, y = x and the derivative is 1.",
            SIDES,
        ),
        Wrong(
            "derivative of ReLU",
            _leaky_with(leaky_relu, lambda x, s: np.where(x > 0, 1.0, 0.0)),
            "Your derivative is that of ReLU: 0 where x is negative.",
            "That the derivative is not 0 there is what the slope is for.",
            SIDES,
        ),
        Wrong(
            "plain ReLU",
            _leaky_with(lambda x, s: np.maximum(x, 0), lambda x, s: np.where(x > 0, 1.0, 0.0)),
            "This is ReLU: the slope is not used.",
            "Negative numbers come out as slope · x, not as 0.",
            SIDES,
        ),
        Wrong(
            "slope for its product",
            _leaky_with(lambda x, s: np.where(x > 0, x, s), _steps),
            "Where x is negative you return the slope itself; it is multiplied by x.",
            "The slope is a derivative, not a value.",
            SIDES,
        ),
        Wrong(
            "bent upwards",
            _leaky_with(lambda x, s: np.where(x > 0, x, -s * x), _steps),
            "Where x is negative your values are positive.",
            "slope · x has the sign of x; with a minus the function folds up.",
            SIDES,
        ),
        Wrong(
            "minimum for maximum",
            _leaky_with(lambda x, s: np.minimum(x, s * x), _steps),
            "np.minimum takes the lower of the two lines; Leaky ReLU is the upper one.",
            "For a slope below 1 it is the maximum of x and slope · x.",
            SIDES,
        ),
        Wrong(
            "a slope of your own",
            _leaky_with(
                lambda x, s: leaky_relu(x, 0.01), lambda x, s: leaky_relu_derivative(x, 0.01)
            ),
            "Your slope is always 0.01; use the one that is passed.",
            "0.01 is the usual choice, but it is an argument here.",
            SIDES,
        ),
        Wrong(
            "results swapped",
            lambda x, slope: _leaky(x, slope)[::-1],
            "You return the derivative first; the value comes first.",
            "The order is (y, derivative).",
            SIDES,
        ),
        Wrong(
            "x changed in place",
            _leaky_in_place,
            "The numbers are right, but the x that was passed is changed.",
            "x *= … writes into the caller's array, which the backward pass still needs.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)


def _features(rng):
    n, d = int(rng.integers(4, 8)), int(rng.integers(2, 4))
    x, slope, grad = (_numbers(rng, shape) for shape in ((n, d), (d,), (n, d)))
    x[0], x[1] = abs(x[0]), -abs(x[1])
    return x, abs(slope) / (1 + abs(slope)), grad


def _features_with_zeros(rng):
    x, slope, grad = _features(rng)
    x = abs(x)
    x[-1] = 0.0
    return x, slope, grad


def _prelu(x, slope, grad):
    return prelu(x, slope), *prelu_backward(grad, x, slope)


def _three_results(arguments: tuple, outcome: Outcome) -> tuple:
    """The results one by one: as a tuple or list, never as an array that happens to have three rows."""
    y, grad_x, grad_slope = outcome.value
    return y, grad_x, grad_slope


def _prelu_masks(x, slope, grad):
    negative = x <= 0
    factor = np.where(negative, slope, 1.0)
    return x * factor, grad * factor, (grad * x * negative).sum(axis=0)


def _prelu_loop(x, slope, grad):
    y, grad_x, grad_slope = np.zeros(x.shape), np.zeros(x.shape), np.zeros(slope.shape)
    for i, j in np.ndindex(x.shape):
        if x[i, j] > 0:
            y[i, j], grad_x[i, j] = x[i, j], grad[i, j]
        else:
            y[i, j], grad_x[i, j] = slope[j] * x[i, j], slope[j] * grad[i, j]
            grad_slope[j] += grad[i, j] * x[i, j]
    return y, grad_x, grad_slope


def _prelu_parts(x, slope, grad):
    up, down = np.maximum(x, 0), np.minimum(x, 0)
    opened = np.heaviside(x, 0.0)
    return (
        up + slope * down,
        grad * (opened + slope * (1 - opened)),
        np.einsum("ij,ij->j", grad, down),
    )


def _prelu_diagonal(x, slope, grad):
    down = np.minimum(x, 0)
    return [x + (slope - 1) * down, np.where(x > 0, 1, slope) * grad, np.diag(grad.T @ down)]


def _prelu_columns(x, slope, grad):
    columns = [_prelu_masks(x[:, [j]], slope[[j]], grad[:, [j]]) for j in range(len(slope))]
    y, grad_x, grad_slope = (np.concatenate(parts, axis=-1) for parts in zip(*columns, strict=True))
    return y, grad_x, grad_slope


def _prelu_with(**changed: Any) -> Any:
    """A wrong version: some of y, grad_x, grad_slope by another formula of (x, slope, grad)."""

    def program(x, slope, grad):
        right = dict(zip(("y", "grad_x", "grad_slope"), _prelu(x, slope, grad), strict=True))
        return tuple((right | {name: f(x, slope, grad) for name, f in changed.items()}).values())

    return program


def _collected(x, slope, grad):
    return np.minimum(x, 0) * grad


def _prelu_in_place(x, slope, grad):
    y, grad_x, grad_slope = _prelu(x, slope, grad)
    grad[:] = grad_x
    return y, grad, grad_slope


PRELU = Exercise(
    name="prelu",
    title="PReLU: a slope that learns",
    section=LEARNED,
    difficulty=2,
    minutes=8,
    signature="prelu(x (n, d), slope (d,), grad (n, d)) -> (y (n, d), grad_x (n, d), grad_slope (d,))",
    reference=_prelu,
    probes=(
        Probe("examples on both sides of 0", 1.5, _features, observe=_three_results),
        Probe(
            "positive examples and one of zeros",
            0.5,
            _features_with_zeros,
            draws=2,
            observe=_three_results,
        ),
    ),
    untouched=0.5,
    hints=(
        "grad is the loss's gradient for y. By the chain rule it is multiplied by dy/dx, and by dy/dslope.",
        "dy/dslope is x where x <= 0, and 0 elsewhere. A slope serves all examples: add up what they send it.",
        "y = np.where(x > 0, x, slope * x); grad_x = np.where(x > 0, grad, slope * grad); "
        "grad_slope = np.where(x > 0, 0, x * grad).sum(axis=0).",
    ),
    right=(_prelu_masks, _prelu_loop, _prelu_parts, _prelu_diagonal, _prelu_columns),
    wrong=(
        Wrong(
            "the other derivative at 0",
            _prelu_with(grad_x=lambda x, s, g: np.where(x >= 0, g, s * g)),
            "At 0 you let the whole gradient through; the derivative from the left is asked for, the slope.",
            "At a kink both are defensible; one must be chosen, and here, as in torch, it is the slope.",
            SIDES,
        ),
        Wrong(
            "slope on the wrong side",
            lambda x, slope, grad: (
                np.where(x > 0, slope * x, x),
                np.where(x > 0, slope * grad, grad),
                (np.maximum(x, 0) * grad).sum(axis=0),
            ),
            "Your slope is on the wrong side: it belongs where x is negative.",
            "Positive numbers pass as they are.",
            SIDES,
        ),
        Wrong(
            "slope learns from the wrong side",
            _prelu_with(grad_slope=lambda x, s, g: (np.maximum(x, 0) * g).sum(axis=0)),
            "Your slope collects its gradient where x is positive, where it does nothing.",
            "y = slope · x holds for x <= 0; only there does the loss depend on the slope.",
            LEARNED,
        ),
        Wrong(
            "slope learns from both sides",
            _prelu_with(grad_slope=lambda x, s, g: (x * g).sum(axis=0)),
            "Your slope collects its gradient from all examples, also from those with x > 0.",
            "Where x is positive the slope does not enter y, so it gets nothing.",
            LEARNED,
        ),
        Wrong(
            "not summed",
            _prelu_with(grad_slope=_collected),
            "The slopes' gradient is not added up over the examples.",
            "One slope serves a whole column, so its gradient is a sum over that column.",
            LEARNED,
        ),
        Wrong(
            "averaged",
            _prelu_with(grad_slope=lambda x, s, g: _collected(x, s, g).mean(axis=0)),
            "You average the slopes' gradient over the examples; add it up.",
            "If the loss is a mean, its 1/n is in grad already.",
            LEARNED,
        ),
        Wrong(
            "wrong axis",
            _prelu_with(grad_slope=lambda x, s, g: _collected(x, s, g).sum(axis=1)),
            "You add the slopes' gradient up over the features; the sum runs over the examples.",
            "There is one slope for each column of x: axis=0.",
            LEARNED,
        ),
        Wrong(
            "one slope for all",
            _prelu_with(grad_slope=lambda x, s, g: np.full(s.shape, _collected(x, s, g).sum())),
            "You give all slopes the same gradient, added up over everything.",
            "Each feature has a slope of its own: axis=0.",
            LEARNED,
        ),
        Wrong(
            "chain rule forgotten for the slope",
            _prelu_with(grad_slope=lambda x, s, g: np.minimum(x, 0).sum(axis=0)),
            "The slopes' gradient lacks the factor grad.",
            "You return dy/dslope; the loss's gradient is that times grad.",
            LEARNED,
        ),
        Wrong(
            "chain rule forgotten for x",
            _prelu_with(grad_x=lambda x, s, g: np.where(x > 0, 1.0, s)),
            "Your gradient for x lacks the factor grad.",
            "You return dy/dx; the loss's gradient is that times grad.",
            LEARNED,
        ),
        Wrong(
            "gradient of ReLU",
            _prelu_with(grad_x=lambda x, s, g: np.where(x > 0, g, 0.0)),
            "Your gradient for x is that of ReLU: nothing comes through where x is negative.",
            "There dy/dx is the slope.",
            SIDES,
        ),
        Wrong(
            "output for input",
            _prelu_with(grad_slope=lambda x, s, g: s * _collected(x, s, g).sum(axis=0)),
            "The slopes' gradient uses slope · x where x belongs.",
            "y = slope · x; its derivative by the slope is x.",
            LEARNED,
        ),
        Wrong(
            "order",
            lambda x, slope, grad: [_prelu(x, slope, grad)[i] for i in (0, 2, 1)],
            "You return the slopes' gradient before that of x.",
            "The order is (y, grad_x, grad_slope).",
            LEARNED,
        ),
        Wrong(
            "grad changed in place",
            _prelu_in_place,
            "The numbers are right, but the grad that was passed is changed.",
            "grad *= … writes into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)
