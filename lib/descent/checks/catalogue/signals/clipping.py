"""`clip_by_global_norm`: gradients that are too long, cut, all by one factor."""

from collections.abc import Callable

import numpy as np

from descent.checks.calling import Outcome
from descent.checks.catalogue.signals.clipping_variants import VARIANTS
from descent.checks.exercise import Exercise, Probe, UnreadableError, Wrong
from descent.signals import clip_by_global_norm

NORM = "sec-signals-clipping"


def _gradients(rng):
    """Three gradients: of a matrix, a vector and a matrix; so small that 1e-6 shows beside their norm."""
    shapes = (3, 2), (2,), (2, 4)
    sizes = rng.permutation([1e-4, 1e-3, 1e-2])
    return [size * rng.normal(size=shape) for size, shape in zip(sizes, shapes, strict=True)]


def _norm(grads):
    return float(np.sqrt(sum(np.sum(grad**2) for grad in grads)))


def too_long(rng):
    """Gradients, and a limit well below their norm."""
    grads = _gradients(rng)
    return grads, float(_norm(grads) * rng.uniform(0.05, 0.3))


def short_enough(rng):
    """Gradients, and a limit a little above their norm."""
    grads = _gradients(rng)
    return grads, float(_norm(grads) * rng.uniform(1.05, 1.2))


def _zero(rng):
    return [np.zeros_like(grad) for grad in _gradients(rng)], float(rng.uniform(0.01, 0.1))


def _flat(arguments: tuple, outcome: Outcome) -> tuple:
    """The gradients one by one, then the norm."""
    if len(outcome.value) != 2 or not isinstance(outcome.value[0], list | tuple):
        raise UnreadableError("Expected two results: the list of gradients, and the norm.")
    grads, norm = outcome.value
    return *grads, norm


def _scaled(grads, factor):
    return [factor * grad for grad in grads]


def _textbook(grads, max_norm):
    norm = _norm(grads)
    return (_scaled(grads, max_norm / norm) if norm > max_norm else grads), norm


def _one_vector(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([grad.ravel() for grad in grads]))
    factor = 1.0 if norm <= max_norm else max_norm / norm
    return tuple(grad * factor for grad in grads), norm


def _norm_of_norms(grads, max_norm):
    norm = np.hypot.reduce([np.linalg.norm(grad) for grad in grads])
    return [grad / max(1, norm / max_norm) for grad in grads], norm


def _by_maximum(grads, max_norm):
    total = 0.0
    for grad in grads:
        total += float(np.vdot(grad, grad))
    norm = total**0.5
    return [max_norm * grad / max(norm, max_norm) for grad in grads], norm


def _copies(grads, max_norm):
    clipped = [np.array(grad) for grad in grads]
    norm = np.sqrt(np.sum([np.square(grad).sum() for grad in grads]))
    if norm > max_norm:
        for grad in clipped:
            grad *= max_norm
            grad /= norm
    return clipped, norm


def _with_norm(norm: Callable) -> Callable:
    """A wrong version with another length of the list of gradients."""

    def program(grads, max_norm):
        length = norm(grads)
        return _scaled(grads, min(1.0, max_norm / length) if length else 1.0), length

    return program


def with_factor(factor: Callable) -> Callable:
    """A wrong version with another factor, a function of the norm and max_norm."""

    def program(grads, max_norm):
        norm = _norm(grads)
        return _scaled(grads, factor(norm, max_norm)), norm

    return program


def per_tensor(grads, max_norm):
    """Wrong: every gradient by its own norm."""
    return [clip_by_global_norm([grad], max_norm)[0][0] for grad in grads], _norm(grads)


def by_value(grads, max_norm):
    """Wrong: every number for itself."""
    return [np.clip(grad, -max_norm, max_norm) for grad in grads], _norm(grads)


def _norm_after(grads, max_norm):
    clipped, _ = _textbook(grads, max_norm)
    return clipped, _norm(clipped)


def _longest_only(grads, max_norm):
    longest = max(range(len(grads)), key=lambda i: _norm([grads[i]]))
    clipped, norm = _textbook(grads, max_norm)
    return [clipped[i] if i == longest else grads[i] for i in range(len(grads))], norm


def _factor_alone(grads, max_norm):
    return grads, _norm(grads)


def _in_place(grads, max_norm):
    norm = _norm(grads)
    if norm > max_norm:
        for grad in grads:
            grad *= max_norm / norm
    return grads, norm


CLIPPING = Exercise(
    name="clip_by_global_norm",
    title="Clip gradients by their global norm",
    section=NORM,
    difficulty=2,
    minutes=9,
    signature="clip_by_global_norm(grads, max_norm) -> (grads, norm)",
    reference=clip_by_global_norm,
    probes=(
        Probe("gradients that are too long", 1.5, too_long, observe=_flat),
        Probe("gradients that are short enough", 0.5, short_enough, draws=2, observe=_flat),
        Probe("gradients that are all zero", 0.5, _zero, draws=1, observe=_flat),
    ),
    untouched=0.5,
    hints=(
        "All gradients are parts of one long vector. Find its length first; then one factor is for all.",
        "The length is the root of the sum of all squares. The factor is max_norm / norm, but only where norm > max_norm.",
        "norm = np.sqrt(sum(np.sum(grad**2) for grad in grads)); "
        "if norm > max_norm: grads = [grad * (max_norm / norm) for grad in grads]; return grads, norm.",
    ),
    right=(_textbook, _one_vector, _norm_of_norms, _by_maximum, _copies),
    wrong=(
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
            _with_norm(lambda grads: sum(_norm([grad]) for grad in grads)),
            "You add up the norms of the gradients; add up their squares, and take the root of that.",
            "Lengths of parts add up like the sides of a right-angled triangle.",
            NORM,
        ),
        Wrong(
            "largest norm",
            _with_norm(lambda grads: max(_norm([grad]) for grad in grads)),
            "Your norm is that of the longest gradient; the length of all together is meant.",
            "The global norm is the root of the sum of all squares.",
            NORM,
        ),
        Wrong(
            "last norm",
            _with_norm(lambda grads: _norm(grads[-1:])),
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
            _with_norm(lambda grads: _norm(grads) / sum(grad.size for grad in grads) ** 0.5),
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
    ),
    variants=VARIANTS,
)
