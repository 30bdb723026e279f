"""`clip_by_global_norm`: gradients that are too long, cut, all by one factor."""

import numpy as np

from descent.checks.calling import Outcome
from descent.checks.catalogue.signals.clipping_mistakes import MISTAKES
from descent.checks.catalogue.signals.clipping_right import RIGHT, global_norm
from descent.checks.catalogue.signals.clipping_variants import VARIANTS
from descent.checks.exercise import Exercise, Probe, UnreadableError
from descent.signals import clip_by_global_norm


def _gradients(rng):
    """Three gradients: of a matrix, a vector and a matrix; so small that 1e-6 shows beside their norm."""
    shapes = (3, 2), (2,), (2, 4)
    sizes = rng.permutation([1e-4, 1e-3, 1e-2])
    return [size * rng.normal(size=shape) for size, shape in zip(sizes, shapes, strict=True)]


def too_long(rng):
    """Gradients, and a limit well below their norm."""
    grads = _gradients(rng)
    return grads, float(global_norm(grads) * rng.uniform(0.05, 0.3))


def short_enough(rng):
    """Gradients, and a limit a little above their norm."""
    grads = _gradients(rng)
    return grads, float(global_norm(grads) * rng.uniform(1.05, 1.2))


def _zero(rng):
    return [np.zeros_like(grad) for grad in _gradients(rng)], float(rng.uniform(0.01, 0.1))


def _flat(arguments: tuple, outcome: Outcome) -> tuple:
    """The gradients one by one, then the norm."""
    if len(outcome.value) != 2 or not isinstance(outcome.value[0], list | tuple):
        raise UnreadableError("Expected two results: the list of gradients, and the norm.")
    grads, norm = outcome.value
    return *grads, norm


CLIPPING = Exercise(
    name="clip_by_global_norm",
    title="Clip gradients by their global norm",
    section="sec-signals-clipping",
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
    right=RIGHT,
    wrong=MISTAKES,
    variants=VARIANTS,
)
