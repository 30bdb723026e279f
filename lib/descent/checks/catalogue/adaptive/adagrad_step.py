"""`adagrad_step`: one step of Adagrad."""

import math

import numpy as np

from descent.checks.catalogue.adaptive import variants
from descent.checks.catalogue.steps import epsilon, gradient, learning_rate, shape, sizes
from descent.checks.comparing import step_scale
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.methods import adagrad


def _reference(theta, grad, accumulator, lr, eps):
    theta, (accumulator,) = adagrad(theta, grad, (accumulator,), 1, lr=lr, eps=eps)
    return theta, accumulator


def _running(rng):
    d = shape(rng)
    accumulator = sizes(rng, d) ** 2
    return rng.normal(size=d), gradient(rng, d), accumulator, learning_rate(rng), epsilon(rng)


def _first_step(rng):
    """From an empty accumulator, with a zero in the gradient: 0 / (0 + eps) is 0."""
    theta, grad, accumulator, lr, eps = _running(rng)
    return theta, grad, np.zeros_like(accumulator), lr, eps


def _copies_in_place(theta, grad, accumulator, lr, eps):
    theta, accumulator = theta.copy(), accumulator.copy()
    accumulator += grad * grad
    theta -= lr * grad / (np.sqrt(accumulator) + eps)
    return theta, accumulator


def _own_rates(theta, grad, accumulator, lr, eps):
    accumulator = accumulator + np.square(grad)
    rates = lr / (eps + accumulator**0.5)
    return theta - rates * grad, accumulator


def _hypotenuse(theta, grad, accumulator, lr, eps):
    root = np.hypot(np.sqrt(accumulator), grad)
    return theta + lr * (-grad / (root + eps)), accumulator + grad**2


def _loop(theta, grad, accumulator, lr, eps):
    new_theta, new_accumulator = np.empty(theta.shape), np.empty(theta.shape)
    for i in np.ndindex(theta.shape):
        new_accumulator[i] = accumulator[i] + grad[i] ** 2
        new_theta[i] = theta[i] - lr * grad[i] / (math.sqrt(new_accumulator[i]) + eps)
    return [new_theta, new_accumulator]


def _diagonal(theta, grad, accumulator, lr, eps):
    total = (accumulator + grad * grad).ravel()
    metric = np.diag(np.sqrt(total) + eps)
    step = np.linalg.solve(metric, lr * grad.ravel()).reshape(theta.shape)
    return np.stack([theta - step, total.reshape(theta.shape)])


def _adagrad(add=lambda s, g: s + g**2, direct=lambda g, s, eps: g / (s**0.5 + eps)):
    """Adagrad but for what is added up, `add`, or for the direction of the step, `direct`."""

    def program(theta, grad, accumulator, lr, eps):
        accumulator = add(accumulator, grad)
        return theta - lr * direct(grad, accumulator, eps), accumulator

    return program


def _old_accumulator(theta, grad, accumulator, lr, eps):
    return theta - lr * grad / (accumulator**0.5 + eps), accumulator + grad**2


def _accumulator_not_kept(theta, grad, accumulator, lr, eps):
    return _reference(theta, grad, accumulator, lr, eps)[0], accumulator


def _root_kept(theta, grad, accumulator, lr, eps):
    theta, accumulator = _reference(theta, grad, accumulator, lr, eps)
    return theta, accumulator**0.5


def _in_place(theta, grad, accumulator, lr, eps):
    accumulator += grad**2
    return theta - lr * grad / (accumulator**0.5 + eps), accumulator


ADAGRAD = Exercise(
    name="adagrad_step",
    title="One step of Adagrad",
    section="sec-adagrad",
    difficulty=1,
    minutes=10,
    signature="adagrad_step(theta, grad, accumulator, lr, eps) -> (theta, accumulator)",
    reference=_reference,
    probes=(
        Probe("steps in mid-run", 1.5, _running),
        Probe("the first step", 0.5, _first_step, draws=2),
    ),
    untouched=1.0,
    scale=step_scale(0),
    hints=(
        "Each coordinate keeps the sum of its own squared gradients; nothing is shared between them.",
        "Add grad**2 first. The step divides grad by the root of the new sum, with eps outside the root.",
        "accumulator = accumulator + grad**2; theta = theta - lr * grad / (np.sqrt(accumulator) + eps).",
    ),
    right=(_copies_in_place, _own_rates, _hypotenuse, _loop, _diagonal),
    wrong=(
        Wrong(
            "sum of |g|",
            _adagrad(add=lambda s, g: s + np.abs(g)),
            "You add up |grad|; the squares are meant.",
            "The root of the sum turns squares back into the size of a gradient.",
            "sec-adagrad",
        ),
        Wrong(
            "accumulator ignored",
            _adagrad(add=lambda s, g: g**2),
            "You forget the accumulator: only the present gradient is squared.",
            "The sum runs over all steps; without it every step is lr long, whatever the gradient.",
            "sec-adagrad",
        ),
        Wrong(
            "whole-vector norm",
            _adagrad(add=lambda s, g: s + (g**2).sum()),
            "You add the squared norm of the whole gradient to every coordinate.",
            "Adagrad gives each coordinate a learning rate of its own, from its own gradients.",
            "sec-adagrad",
            mistake=4,
        ),
        Wrong(
            "sum of gradients",
            _adagrad(add=lambda s, g: s + g, direct=lambda g, s, eps: g / (np.abs(s) ** 0.5 + eps)),
            "You add up the gradients themselves; their squares are meant.",
            "Gradients of changing sign cancel in a sum; squares do not.",
            "sec-adagrad",
        ),
        Wrong(
            "old accumulator",
            _old_accumulator,
            "Your step divides by the sum from before this gradient.",
            "Add the square first; otherwise the first step divides by eps alone and is enormous.",
            "sec-adagrad",
        ),
        Wrong(
            "accumulator not kept",
            _accumulator_not_kept,
            "The step is right, but you return the old accumulator.",
            "The next step needs the new sum.",
            "sec-adagrad",
        ),
        Wrong(
            "root kept",
            _root_kept,
            "The step is right, but you return the root of the sum.",
            "The next step adds a square to the sum itself.",
            "sec-adagrad",
        ),
        Wrong(
            "epsilon inside the root",
            _adagrad(direct=lambda g, s, eps: g / (s + eps) ** 0.5),
            "Your eps stands inside the root.",
            "Optax and Keras write it so; inside, eps = 1e-8 acts like 1e-4 outside where gradients are small.",
            "sec-adaptive-epsilon",
            mistake=22,
        ),
        Wrong(
            "root missing",
            _adagrad(direct=lambda g, s, eps: g / (s + eps)),
            "You divide by the sum itself; its root is meant.",
            "The root makes the step independent of the gradient's unit.",
            "sec-adagrad",
        ),
        Wrong(
            "ascent",
            _adagrad(direct=lambda g, s, eps: -g / (s**0.5 + eps)),
            "Your step goes uphill: it adds where it should subtract.",
            "The gradient points uphill.",
            "sec-adagrad",
        ),
        Wrong(
            "epsilon missing",
            _adagrad(direct=lambda g, s, eps: g / s**0.5),
            "eps is missing.",
            "It keeps the step finite where the sum is zero, and short where gradients are tiny.",
            "sec-adaptive-epsilon",
        ),
        Wrong(
            "divided before eps is added",
            _adagrad(direct=lambda g, s, eps: g / s**0.5 / (1 + eps / s**0.5)),
            "Your formula divides by the root before eps is added: where the sum is zero it gives NaN.",
            "eps is there to keep the denominator from zero: add it to the root first.",
            "sec-adaptive-epsilon",
        ),
        Wrong(
            "accumulator changed in place",
            _in_place,
            "The numbers are right, but the accumulator you were given is changed.",
            "accumulator += … writes into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
    variants=variants.ADAGRAD,
)
