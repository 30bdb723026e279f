"""A step with clipped gradients, to be repaired: the given program clips after the step."""

from collections.abc import Callable

import numpy as np

from descent.checks.calling import Outcome
from descent.checks.catalogue.signals.clipping import CLIPPING, short_enough, too_long
from descent.checks.catalogue.signals.clipping_mistakes import (
    NORM,
    by_value,
    per_tensor,
    with_factor,
)
from descent.checks.exercise import Exercise, Probe, UnreadableError, Wrong
from descent.signals import clip_by_global_norm

ORDER = "sec-signals-clip-order"


def _step_too_long(rng):
    grads, max_norm = too_long(rng)
    return (
        [rng.normal(size=grad.shape) for grad in grads],
        grads,
        float(rng.uniform(0.05, 0.3)),
        max_norm,
    )


def _step_short(rng):
    grads, max_norm = short_enough(rng)
    return (
        [rng.normal(size=grad.shape) for grad in grads],
        grads,
        float(rng.uniform(1.5, 3)),
        max_norm,
    )


def _moved(thetas, grads, lr):
    return [theta - lr * grad for theta, grad in zip(thetas, grads, strict=True)]


def _clipped_step(thetas, grads, lr, max_norm):
    return _moved(thetas, clip_by_global_norm(grads, max_norm)[0], lr)


def _each(arguments: tuple, outcome: Outcome) -> tuple:
    if not isinstance(outcome.value, list | tuple):
        raise UnreadableError("Expected a list of arrays: the new parameters.")
    return tuple(outcome.value)


def _step_sizes(arguments: tuple, index: int, expected: np.ndarray) -> np.ndarray:
    """New parameters are compared relative to the step's length, whatever theirs is."""
    theta = arguments[0][index]
    moved = abs(expected - theta).max() if expected.shape == theta.shape else 0.0
    return np.full(expected.shape, moved + 1e-6)


def _clipped_through(clip: Callable) -> Callable:
    return lambda thetas, grads, lr, limit: _moved(thetas, clip(grads, limit)[0], lr)


def _late(thetas, grads, lr, max_norm):
    return _moved(thetas, grads, lr)


def _step_clipped(thetas, grads, lr, max_norm):
    return _moved(thetas, clip_by_global_norm([lr * grad for grad in grads], max_norm)[0], 1.0)


def _parameters_clipped(thetas, grads, lr, max_norm):
    return clip_by_global_norm(_moved(thetas, grads, lr), max_norm)[0]


def _uphill(thetas, grads, lr, max_norm):
    return _moved(thetas, clip_by_global_norm(grads, max_norm)[0], -lr)


def _steps_twice(thetas, grads, lr, max_norm):
    return _clipped_step(_moved(thetas, grads, lr), grads, lr, max_norm)


def _theta_in_place(thetas, grads, lr, max_norm):
    new = _clipped_step(thetas, grads, lr, max_norm)
    for theta, moved in zip(thetas, new, strict=True):
        theta[:] = moved
    return new


REPAIRED = Exercise(
    name="clipped_step_repaired",
    title="Spot the bug: clipping that changes nothing",
    section=ORDER,
    difficulty=1,
    minutes=5,
    signature="clipped_step_repaired(thetas, grads, lr, max_norm) -> thetas",
    reference=_clipped_step,
    probes=(
        Probe("gradients that are too long", 1.0, _step_too_long, observe=_each),
        Probe("gradients that are short enough", 0.5, _step_short, draws=2, observe=_each),
    ),
    untouched=0.5,
    scale=_step_sizes,
    hints=(
        "Which gradients does the step use: those before clipping, or those after?",
        "What is clipped after the step has no effect on anything that is returned.",
        "Move the line that computes thetas below the one that clips.",
    ),
    right=tuple(_clipped_through(clip) for clip in CLIPPING.right),
    wrong=(
        Wrong(
            "clips after the step",
            _late,
            "You clip after the step: the step has used the gradients as they came.",
            "Backward, clip, step is the order; what is clipped afterwards moves nothing.",
            ORDER,
        ),
        Wrong(
            "clips the step",
            _step_clipped,
            "You clip lr · gradient; the gradient itself is to be clipped.",
            "Then the limit means another length at every learning rate.",
            ORDER,
        ),
        Wrong(
            "clips the parameters",
            _parameters_clipped,
            "You clip the new parameters; the gradients are to be clipped.",
            "A limit on the length of theta pulls it towards zero, whatever the gradient is.",
            ORDER,
        ),
        Wrong(
            "per tensor",
            _clipped_through(per_tensor),
            "You clip every gradient by its own norm; one factor is for all.",
            "Cut apart, long gradients shrink and short ones don't, and the step takes another direction.",
            NORM,
        ),
        Wrong(
            "value for norm",
            _clipped_through(by_value),
            "You clip every number to ±max_norm; the length of all of them is meant.",
            "Clipping by value changes the direction of the step.",
            "sec-signals-clip-value",
        ),
        Wrong(
            "always scaled",
            _clipped_through(with_factor(lambda norm, limit: limit / norm)),
            "You scale short gradients, too: up to max_norm.",
            "Clipping only shortens: the factor is at most 1.",
            NORM,
        ),
        Wrong(
            "ascent",
            _uphill,
            "Your step goes uphill: it adds lr · gradient.",
            "Descent subtracts the gradient, clipped or not.",
            "sec-gd-rule",
        ),
        Wrong(
            "two steps",
            _steps_twice,
            "You step twice: once with the gradients as they came, and once with the clipped ones.",
            "Move the line of the step below the clipping; don't copy it there.",
            ORDER,
        ),
        Wrong(
            "parameters changed in place",
            _theta_in_place,
            "The numbers are right, but the parameters that were passed are changed.",
            "theta -= … writes into the caller's arrays; make a new list.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)
