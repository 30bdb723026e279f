"""`prelu`: leaky ReLU whose slope is learned, with both its gradients."""

from collections.abc import Callable

import numpy as np

from descent.checks.calling import Outcome
from descent.checks.catalogue.signals.leaky_relu import SIDES, numbers
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.signals import prelu, prelu_backward

LEARNED = "sec-signals-prelu"


def _features(rng):
    n, d = int(rng.integers(4, 8)), int(rng.integers(2, 4))
    x, slope, grad = (numbers(rng, shape) for shape in ((n, d), (d,), (n, d)))
    x[0], x[1] = abs(x[0]), -abs(x[1])
    return x, abs(slope) / (1 + abs(slope)), grad


def _with_zeros(rng):
    x, slope, grad = _features(rng)
    x = abs(x)
    x[-1] = 0.0
    return x, slope, grad


def _reference(x, slope, grad):
    return prelu(x, slope), *prelu_backward(grad, x, slope)


def _three_results(arguments: tuple, outcome: Outcome) -> tuple:
    """The results one by one: as a tuple or list, never as an array that happens to have three rows."""
    y, grad_x, grad_slope = outcome.value
    return y, grad_x, grad_slope


def _masks(x, slope, grad):
    negative = x <= 0
    factor = np.where(negative, slope, 1.0)
    return x * factor, grad * factor, (grad * x * negative).sum(axis=0)


def _loop(x, slope, grad):
    y, grad_x, grad_slope = np.zeros(x.shape), np.zeros(x.shape), np.zeros(slope.shape)
    for i, j in np.ndindex(x.shape):
        if x[i, j] > 0:
            y[i, j], grad_x[i, j] = x[i, j], grad[i, j]
        else:
            y[i, j], grad_x[i, j] = slope[j] * x[i, j], slope[j] * grad[i, j]
            grad_slope[j] += grad[i, j] * x[i, j]
    return y, grad_x, grad_slope


def _parts(x, slope, grad):
    up, down = np.maximum(x, 0), np.minimum(x, 0)
    opened = np.heaviside(x, 0.0)
    return (
        up + slope * down,
        grad * (opened + slope * (1 - opened)),
        np.einsum("ij,ij->j", grad, down),
    )


def _diagonal(x, slope, grad):
    down = np.minimum(x, 0)
    return [x + (slope - 1) * down, np.where(x > 0, 1, slope) * grad, np.diag(grad.T @ down)]


def _columns(x, slope, grad):
    columns = [_masks(x[:, [j]], slope[[j]], grad[:, [j]]) for j in range(len(slope))]
    y, grad_x, grad_slope = (np.concatenate(parts, axis=-1) for parts in zip(*columns, strict=True))
    return y, grad_x, grad_slope


def _with(**changed: Callable) -> Callable:
    """A wrong version: some of y, grad_x, grad_slope by another formula of (x, slope, grad)."""

    def program(x, slope, grad):
        right = dict(zip(("y", "grad_x", "grad_slope"), _reference(x, slope, grad), strict=True))
        return tuple((right | {name: f(x, slope, grad) for name, f in changed.items()}).values())

    return program


def _collected(x, slope, grad):
    return np.minimum(x, 0) * grad


def _in_place(x, slope, grad):
    y, grad_x, grad_slope = _reference(x, slope, grad)
    grad[:] = grad_x
    return y, grad, grad_slope


PRELU = Exercise(
    name="prelu",
    title="PReLU: a slope that learns",
    section=LEARNED,
    difficulty=2,
    minutes=8,
    signature="prelu(x (n, d), slope (d,), grad (n, d)) -> (y (n, d), grad_x (n, d), grad_slope (d,))",
    reference=_reference,
    probes=(
        Probe("examples on both sides of 0", 1.5, _features, observe=_three_results),
        Probe(
            "positive examples and one of zeros",
            0.5,
            _with_zeros,
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
    right=(_masks, _loop, _parts, _diagonal, _columns),
    wrong=(
        Wrong(
            "the other derivative at 0",
            _with(grad_x=lambda x, s, g: np.where(x >= 0, g, s * g)),
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
            _with(grad_slope=lambda x, s, g: (np.maximum(x, 0) * g).sum(axis=0)),
            "Your slope collects its gradient where x is positive, where it does nothing.",
            "y = slope · x holds for x <= 0; only there does the loss depend on the slope.",
            LEARNED,
        ),
        Wrong(
            "slope learns from both sides",
            _with(grad_slope=lambda x, s, g: (x * g).sum(axis=0)),
            "Your slope collects its gradient from all examples, also from those with x > 0.",
            "Where x is positive the slope does not enter y, so it gets nothing.",
            LEARNED,
        ),
        Wrong(
            "not summed",
            _with(grad_slope=_collected),
            "The slopes' gradient is not added up over the examples.",
            "One slope serves a whole column, so its gradient is a sum over that column.",
            LEARNED,
        ),
        Wrong(
            "averaged",
            _with(grad_slope=lambda x, s, g: _collected(x, s, g).mean(axis=0)),
            "You average the slopes' gradient over the examples; add it up.",
            "If the loss is a mean, its 1/n is in grad already.",
            LEARNED,
        ),
        Wrong(
            "wrong axis",
            _with(grad_slope=lambda x, s, g: _collected(x, s, g).sum(axis=1)),
            "You add the slopes' gradient up over the features; the sum runs over the examples.",
            "There is one slope for each column of x: axis=0.",
            LEARNED,
        ),
        Wrong(
            "one slope for all",
            _with(grad_slope=lambda x, s, g: np.full(s.shape, _collected(x, s, g).sum())),
            "You give all slopes the same gradient, added up over everything.",
            "Each feature has a slope of its own: axis=0.",
            LEARNED,
        ),
        Wrong(
            "chain rule forgotten for the slope",
            _with(grad_slope=lambda x, s, g: np.minimum(x, 0).sum(axis=0)),
            "The slopes' gradient lacks the factor grad.",
            "You return dy/dslope; the loss's gradient is that times grad.",
            LEARNED,
        ),
        Wrong(
            "chain rule forgotten for x",
            _with(grad_x=lambda x, s, g: np.where(x > 0, 1.0, s)),
            "Your gradient for x lacks the factor grad.",
            "You return dy/dx; the loss's gradient is that times grad.",
            LEARNED,
        ),
        Wrong(
            "gradient of ReLU",
            _with(grad_x=lambda x, s, g: np.where(x > 0, g, 0.0)),
            "Your gradient for x is that of ReLU: nothing comes through where x is negative.",
            "There dy/dx is the slope.",
            SIDES,
        ),
        Wrong(
            "output for input",
            _with(grad_slope=lambda x, s, g: s * _collected(x, s, g).sum(axis=0)),
            "The slopes' gradient uses slope · x where x belongs.",
            "y = slope · x; its derivative by the slope is x.",
            LEARNED,
        ),
        Wrong(
            "order",
            lambda x, slope, grad: [_reference(x, slope, grad)[i] for i in (0, 2, 1)],
            "You return the slopes' gradient before that of x.",
            "The order is (y, grad_x, grad_slope).",
            LEARNED,
        ),
        Wrong(
            "grad changed in place",
            _in_place,
            "The numbers are right, but the grad that was passed is changed.",
            "grad *= … writes into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)
