"""`clip_by_global_norm` with one mistake each, and the words for it."""

from collections.abc import Callable

import numpy as np

from descent.checks.catalogue.signals.clipping_right import global_norm, scaled
from descent.checks.exercise import Wrong
from descent.signals import clip_by_global_norm

NORM = "sec-signals-clipping"


def _with_norm(norm: Callable) -> Callable:
    """A wrong version with another length of the list of gradients."""

    def program(grads, max_norm):
        length = norm(grads)
        return scaled(grads, min(1.0, max_norm / length) if length else 1.0), length

    return program


def with_factor(factor: Callable) -> Callable:
    """A wrong version with another factor, a function of the norm and max_norm."""

    def program(grads, max_norm):
        norm = global_norm(grads)
        return scaled(grads, factor(norm, max_norm)), norm

    return program


def per_tensor(grads, max_norm):
    """Wrong: every gradient by its own norm."""
    return [clip_by_global_norm([grad], max_norm)[0][0] for grad in grads], global_norm(grads)


def by_value(grads, max_norm):
    """Wrong: every number for itself."""
    return [np.clip(grad, -max_norm, max_norm) for grad in grads], global_norm(grads)


def _norm_after(grads, max_norm):
    clipped, _ = clip_by_global_norm(grads, max_norm)
    return clipped, global_norm(clipped)


def _longest_only(grads, max_norm):
    longest = max(range(len(grads)), key=lambda i: global_norm([grads[i]]))
    clipped, norm = clip_by_global_norm(grads, max_norm)
    return [clipped[i] if i == longest else grads[i] for i in range(len(grads))], norm


def _factor_alone(grads, max_norm):
    return grads, global_norm(grads)


def _in_place(grads, max_norm):
    norm = global_norm(grads)
    if norm > max_norm:
        for grad in grads:
            grad *= max_norm / norm
    return grads, norm


MISTAKES = (
    Wrong(
        "per tensor",
        per_tensor,
        "You clip every gradient by its own norm; one factor is for all.",
        "Cut apart, long gradients shrink and short ones don't, and the step takes another direction.",
        NORM,
    ),
    Wrong(
        "value for norm",
        by_value,
        "You clip every number to ±max_norm; the length of all of them is meant.",
        "Clipping by value changes the direction, and lets the length be as large as max_norm times the root of the "
        "count.",
        "sec-signals-clip-value",
    ),
    Wrong(
        "NaN at zero",
        with_factor(lambda norm, limit: np.minimum(1.0, np.float64(limit) * norm / norm**2)),
        "Where all gradients are zero you divide zero by zero, and return NaN.",
        "Scale only where norm > max_norm: then the norm is never zero.",
        NORM,
    ),
    Wrong(
        "always scaled",
        with_factor(lambda norm, limit: limit / norm if norm else 1.0),
        "You scale short gradients, too: up to max_norm.",
        "Clipping only shortens: the factor is at most 1. Near a minimum steps must become short.",
        NORM,
    ),
    Wrong(
        "the short ones scaled",
        with_factor(lambda norm, limit: limit / norm if 0 < norm < limit else 1.0),
        "Your comparison is the wrong way round: you scale where the norm is below max_norm.",
        "Gradients are cut where norm > max_norm.",
        NORM,
    ),
    Wrong(
        "factor upside down",
        with_factor(lambda norm, limit: max(1.0, norm / limit)),
        "Your factor is norm / max_norm, which makes long gradients longer.",
        "The factor is max_norm / norm, below 1.",
        NORM,
    ),
    Wrong(
        "divided by the norm",
        with_factor(lambda norm, limit: 1 / norm if norm > limit else 1.0),
        "You bring long gradients to the length 1; max_norm is the length that is allowed.",
        "The factor is max_norm / norm.",
        NORM,
    ),
    Wrong(
        "torch's 1e-6",
        with_factor(lambda norm, limit: min(1.0, limit / (norm + 1e-6))),
        "You add a small number to the norm, as torch does; here the norm stands alone.",
        "It guards against division by zero, and makes the result a little too short: compare norm with max_norm instead.",
        NORM,
    ),
    Wrong(
        "norm after clipping",
        _norm_after,
        "The gradients are right, but you return the norm that they have after clipping.",
        "The norm before clipping is worth watching; the other one is never above max_norm.",
        NORM,
    ),
    Wrong(
        "root missing",
        _with_norm(lambda grads: sum(float(np.sum(grad**2)) for grad in grads)),
        "Your norm is the sum of squares; the root is missing.",
        "A length is the root of the sum of squares.",
        NORM,
    ),
    Wrong(
        "sum of norms",
        _with_norm(lambda grads: sum(global_norm([grad]) for grad in grads)),
        "You add up the norms of the gradients; add up their squares, and take the root of that.",
        "Lengths of parts add up like the sides of a right-angled triangle.",
        NORM,
    ),
    Wrong(
        "largest norm",
        _with_norm(lambda grads: max(global_norm([grad]) for grad in grads)),
        "Your norm is that of the longest gradient; the length of all together is meant.",
        "The global norm is the root of the sum of all squares.",
        NORM,
    ),
    Wrong(
        "last norm",
        _with_norm(lambda grads: global_norm(grads[-1:])),
        "Your norm is that of the last gradient alone.",
        "In the loop add each gradient's squares up: total = total + …, not total = ….",
        NORM,
    ),
    Wrong(
        "sum of sizes",
        _with_norm(lambda grads: sum(float(abs(grad).sum()) for grad in grads)),
        "Your norm adds up absolute values; the Euclidean length is meant.",
        "A length is the root of the sum of squares.",
        NORM,
    ),
    Wrong(
        "largest element",
        _with_norm(lambda grads: max(float(abs(grad).max()) for grad in grads)),
        "Your norm is the largest absolute value; the Euclidean length is meant.",
        "A length is the root of the sum of squares.",
        NORM,
    ),
    Wrong(
        "root mean square",
        _with_norm(lambda grads: global_norm(grads) / sum(grad.size for grad in grads) ** 0.5),
        "Your norm is the root of the mean of the squares; their sum is meant.",
        "Divided by the count, the limit would not be one on the length of the step.",
        NORM,
    ),
    Wrong(
        "only the longest clipped",
        _longest_only,
        "You scale the longest gradient alone; the factor is for all.",
        "Only one factor for all leaves the direction as it is.",
        NORM,
    ),
    Wrong(
        "not clipped",
        _factor_alone,
        "The norm is right, but the gradients come back unclipped.",
        "grad = grad * factor in a loop gives a new array a name; it does not change the list.",
        NORM,
    ),
    Wrong(
        "gradients changed in place",
        _in_place,
        "The numbers are right, but the gradients that were passed are changed.",
        "grad *= … writes into the caller's arrays; make a new list.",
        "sec-gd-aliasing",
        mistake=32,
    ),
)
