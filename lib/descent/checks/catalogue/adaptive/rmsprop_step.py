"""`rmsprop_step`: one step of RMSprop; and the same function to be repaired."""

import math
from dataclasses import replace

import numpy as np

from descent.checks.catalogue.adaptive import variants
from descent.checks.catalogue.steps import epsilon, gradient, learning_rate, shape, sizes
from descent.checks.comparing import step_scale
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.methods import rmsprop


def _reference(theta, grad, average, lr, rho, eps):
    theta, (average,) = rmsprop(theta, grad, (average,), 1, lr=lr, rho=rho, eps=eps)
    return theta, average


def _running(rng):
    d = shape(rng)
    theta, grad, average = rng.normal(size=d), gradient(rng, d), sizes(rng, d) ** 2
    return theta, grad, average, learning_rate(rng), rng.uniform(0.7, 0.999), epsilon(rng)


def _first_step(rng):
    theta, grad, average, lr, rho, eps = _running(rng)
    return theta, grad, np.zeros_like(average), lr, rho, eps


def _at_rest(rng):
    """The gradient vanishes: theta stays, the average fades."""
    theta, grad, average, lr, rho, eps = _running(rng)
    return theta, np.zeros_like(grad), average, lr, rho, eps


def _copies_in_place(theta, grad, average, lr, rho, eps):
    theta, average = theta.copy(), average.copy()
    average *= rho
    average += (1 - rho) * grad * grad
    theta -= lr * grad / (np.sqrt(average) + eps)
    return theta, average


def _correction(theta, grad, average, lr, rho, eps):
    average = average + (1 - rho) * (np.square(grad) - average)
    rates = lr / (eps + average**0.5)
    return theta - rates * grad, average


def _hypotenuse(theta, grad, average, lr, rho, eps):
    root = np.hypot(np.sqrt(rho * average), math.sqrt(1 - rho) * grad)
    return theta + lr * (-grad / (root + eps)), rho * average + (1 - rho) * grad**2


def _loop(theta, grad, average, lr, rho, eps):
    new_theta, new_average = np.empty(theta.shape), np.empty(theta.shape)
    for i in np.ndindex(theta.shape):
        new_average[i] = rho * average[i] + (1 - rho) * grad[i] ** 2
        new_theta[i] = theta[i] - lr * grad[i] / (math.sqrt(new_average[i]) + eps)
    return [new_theta, new_average]


def _weights(theta, grad, average, lr, rho, eps):
    new = np.tensordot([rho, 1 - rho], np.stack([average, grad * grad]), axes=1)
    return np.stack([theta - lr * np.divide(grad, np.sqrt(new) + eps), new])


def _rmsprop(
    average=lambda v, g, rho: rho * v + (1 - rho) * g**2,
    direct=lambda g, v, eps: g / (v**0.5 + eps),
):
    """RMSprop but for the moving average, `average`, or for the direction of the step, `direct`."""
    moving = average

    def program(theta, grad, average, lr, rho, eps):
        average = moving(average, grad, rho)
        return theta - lr * direct(grad, average, eps), average

    return program


def _old_average(theta, grad, average, lr, rho, eps):
    new = rho * average + (1 - rho) * grad**2
    return theta - lr * grad / (average**0.5 + eps), new


def _average_not_kept(theta, grad, average, lr, rho, eps):
    return _reference(theta, grad, average, lr, rho, eps)[0], average


def _stops(theta, grad, average, lr, rho, eps):
    if not grad.any():
        return theta, average
    return _reference(theta, grad, average, lr, rho, eps)


def _in_place(theta, grad, average, lr, rho, eps):
    average *= rho
    average += (1 - rho) * grad**2
    return theta - lr * grad / (average**0.5 + eps), average


RMSPROP = Exercise(
    name="rmsprop_step",
    title="One step of RMSprop",
    section="sec-rmsprop",
    difficulty=2,
    minutes=12,
    signature="rmsprop_step(theta, grad, average, lr, rho, eps) -> (theta, average)",
    reference=_reference,
    probes=(
        Probe("steps in mid-run", 1.5, _running),
        Probe("the first step", 0.5, _first_step, draws=2),
        Probe("steps where the gradient is zero", 0.5, _at_rest, draws=2),
    ),
    untouched=0.5,
    scale=step_scale(0),
    hints=(
        "Adagrad with another memory: the squares fade instead of adding up for ever.",
        "The average keeps rho of itself and takes 1 - rho of the new square. eps stays outside the root.",
        "average = rho * average + (1 - rho) * grad**2; theta = theta - lr * grad / (np.sqrt(average) + eps).",
    ),
    right=(_copies_in_place, _correction, _hypotenuse, _loop, _weights),
    wrong=(
        Wrong(
            "accumulates g",
            _rmsprop(
                average=lambda v, g, rho: rho * v + (1 - rho) * g,
                direct=lambda g, v, eps: g / (np.abs(v) ** 0.5 + eps),
            ),
            "You average the gradients themselves; their squares are meant.",
            "Gradients of changing sign cancel in a mean; squares do not.",
            "sec-rmsprop",
            mistake=4,
        ),
        Wrong(
            "root of a mean gradient",
            _rmsprop(average=lambda v, g, rho: rho * v + (1 - rho) * g),
            "You average the gradients themselves, and the root of a negative mean is NaN.",
            "Average the squares, which are never negative.",
            "sec-rmsprop",
            mistake=4,
        ),
        Wrong(
            "accumulates |g|",
            _rmsprop(average=lambda v, g, rho: rho * v + (1 - rho) * np.abs(g)),
            "You average |grad|; the squares are meant.",
            "The root of the average turns squares back into the size of a gradient.",
            "sec-rmsprop",
        ),
        Wrong(
            "rho and 1 - rho swapped",
            _rmsprop(average=lambda v, g, rho: (1 - rho) * v + rho * g**2),
            "Your factors are exchanged: rho belongs to the old average, 1 - rho to the new square.",
            "rho near 1 means a long memory; exchanged, it means almost none.",
            "sec-adaptive-memory",
        ),
        Wrong(
            "sum instead of average",
            _rmsprop(average=lambda v, g, rho: v + g**2),
            "This is Adagrad: the squares add up and never fade.",
            "RMSprop forgets, so that its steps need not shrink for ever.",
            "sec-rmsprop",
        ),
        Wrong(
            "1 - rho missing",
            _rmsprop(average=lambda v, g, rho: rho * v + g**2),
            "The factor 1 - rho is missing before the new square.",
            "The weights of an average must sum to 1.",
            "sec-adaptive-memory",
        ),
        Wrong(
            "larger instead of sum",
            _rmsprop(average=lambda v, g, rho: np.maximum(rho * v, (1 - rho) * g**2)),
            "You keep the larger of the two parts; an average is their sum.",
            "Adamax keeps a maximum, of |grad| and without 1 - rho; RMSprop adds.",
            "sec-rmsprop",
        ),
        Wrong(
            "epsilon inside the root",
            _rmsprop(direct=lambda g, v, eps: g / (v + eps) ** 0.5),
            "Your eps stands inside the root.",
            "Optax and Keras write it so; inside, eps = 1e-8 acts like 1e-4 outside where gradients are small.",
            "sec-adaptive-epsilon",
            mistake=22,
        ),
        Wrong(
            "whole-vector norm",
            _rmsprop(average=lambda v, g, rho: rho * v + (1 - rho) * (g**2).sum()),
            "You average the squared norm of the whole gradient.",
            "RMSprop gives each coordinate a learning rate of its own, from its own gradients.",
            "sec-rmsprop",
            mistake=4,
        ),
        Wrong(
            "root missing",
            _rmsprop(direct=lambda g, v, eps: g / (v + eps)),
            "You divide by the average itself; its root is meant.",
            "The root makes the step independent of the gradient's unit.",
            "sec-rmsprop",
        ),
        Wrong(
            "ascent",
            _rmsprop(direct=lambda g, v, eps: -g / (v**0.5 + eps)),
            "Your step goes uphill: it adds where it should subtract.",
            "The gradient points uphill.",
            "sec-rmsprop",
        ),
        Wrong(
            "old average",
            _old_average,
            "Your step divides by the average from before this gradient.",
            "Update the average first; otherwise the first step divides by eps alone and is enormous.",
            "sec-rmsprop",
        ),
        Wrong(
            "average not kept",
            _average_not_kept,
            "The step is right, but you return the old average.",
            "The next step needs the new one.",
            "sec-rmsprop",
        ),
        Wrong(
            "epsilon missing",
            _rmsprop(direct=lambda g, v, eps: g / v**0.5),
            "eps is missing.",
            "It keeps the step finite where the average is zero, and short where gradients are tiny.",
            "sec-adaptive-epsilon",
        ),
        Wrong(
            "divided before eps is added",
            _rmsprop(direct=lambda g, v, eps: g / v**0.5 / (1 + eps / v**0.5)),
            "Your formula divides by the root before eps is added: where the average is zero it gives NaN.",
            "eps is there to keep the denominator from zero: add it to the root first.",
            "sec-adaptive-epsilon",
        ),
        Wrong(
            "stops where the gradient is zero",
            _stops,
            "Your average stands still where the gradient is zero.",
            "A zero is a gradient like any other: the parameters stay, but the average fades by rho.",
            "sec-adaptive-memory",
        ),
        Wrong(
            "average changed in place",
            _in_place,
            "The numbers are right, but the average you were given is changed.",
            "average *= rho writes into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
    variants=variants.RMSPROP,
)

REPAIRED = replace(
    RMSPROP,
    name="rmsprop_repaired",
    title="Spot the bug: no progress where gradients are small",
    section="sec-adaptive-epsilon",
    minutes=8,
    variants=(),
    signature="rmsprop_repaired(theta, grad, average, lr, rho, eps) -> (theta, average)",
    hints=(
        "With gradients of size 1 the given program is right to eight digits. Try one of 1e-5.",
        "Which number is larger where gradients are small: the average of their squares, or eps?",
        "Take eps out of the root: np.sqrt(average) + eps.",
    ),
)
