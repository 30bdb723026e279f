"""Other ways to clip than the book's that a graded notebook may ask of `clip_by_global_norm`."""

from dataclasses import replace

import numpy as np

from descent.checks.catalogue.signals.clips import (
    NORM,
    Clip,
    always,
    mistakes,
    norms,
    right,
    with_factor,
)
from descent.checks.exercise import Variant, Wrong


def _softened(grads, max_norm):
    norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
    if norm > max_norm:
        grads = [grad * np.sqrt(max_norm / norm) for grad in grads]
    return grads, norm


def _longest(grads, max_norm):
    norm = max(np.sqrt(np.sum(grad**2)) for grad in grads)
    if norm > max_norm:
        grads = [grad * (max_norm / norm) for grad in grads]
    return grads, norm


def _smooth(grads, max_norm):
    norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
    return [grad * max_norm / (max_norm + norm) for grad in grads], norm


SOFTENED = Clip(lambda norm, limit: (limit / norm) ** 0.5 if norm > limit else 1.0)
LONGEST = Clip(lambda norm, limit: limit / norm if norm > limit else 1.0, lambda g: max(norms(g)))
SMOOTH = Clip(lambda norm, limit: limit / (limit + norm))

VARIANTS = (
    Variant(
        name="softened",
        statement=r"""Gradients that are too long are shortened **by the root of the usual factor**, so that they keep something of their
length: where the global norm $N$ exceeds the limit $c$, which is `max_norm`,

$$g_i \leftarrow \sqrt{\frac{c}{N}}\; g_i \qquad \text{for all } i.$$

Gradients that are short enough stay as they are. Return the list, and $N$ as it was before.""",
        hints=(
            "Only the factor is another: its square is the book's.",
            "if norm > max_norm: grads = [grad * np.sqrt(max_norm / norm) for grad in grads]; return grads, norm.",
        ),
        reference=_softened,
        right=right(SOFTENED),
        wrong=(
            *mistakes(SOFTENED),
            *always(SOFTENED, lambda norm, limit: (limit / norm) ** 0.5),
            with_factor(
                "square for root",
                SOFTENED,
                lambda norm, limit: (limit / norm) ** 2 if norm > limit else 1.0,
                "Your factor is the square of max_norm / norm; its root is meant.",
                "The root of a number below 1 is nearer to 1: it shortens less.",
            ),
            with_factor(
                "root of the limit alone",
                SOFTENED,
                lambda norm, limit: limit**0.5 / norm if norm > limit else 1.0,
                "You take the root of max_norm alone.",
                "The root is over the whole of max_norm / norm.",
            ),
        ),
    ),
    Variant(
        name="by the longest gradient",
        statement=r"""The norm that counts is **that of the longest gradient of the list**, not that of all together:

$$N = \max_i \lVert g_i \rVert, \qquad g_i \leftarrow \frac{c}{N}\, g_i \quad \text{for all } i, \quad \text{where } N > c,$$

with $c$ for `max_norm`. One factor is for all. Gradients that are short enough stay as they are. Return the list, and $N$
as it was before.""",
        hints=(
            "Find the length of each gradient, and of these the largest.",
            "norm = max(np.sqrt(np.sum(grad**2)) for grad in grads); all else is the book's.",
        ),
        reference=_longest,
        right=right(LONGEST),
        wrong=(
            *mistakes(LONGEST),
            *always(LONGEST, lambda norm, limit: limit / norm),
            Wrong(
                "shortest",
                replace(LONGEST, norm=lambda grads: min(norms(grads))),
                "Your norm is that of the shortest gradient.",
                "The longest counts.",
                NORM,
            ),
            Wrong(
                "last norm",
                replace(LONGEST, norm=lambda grads: norms(grads)[-1]),
                "Your norm is that of the last gradient.",
                "The longest counts, wherever it stands in the list.",
                NORM,
            ),
            Wrong(
                "largest element",
                replace(LONGEST, norm=lambda grads: max(float(abs(g).max()) for g in grads)),
                "Your norm is the largest absolute value; the length of the longest gradient is meant.",
                "A length is the root of the sum of squares.",
                NORM,
            ),
        ),
    ),
    Variant(
        name="smooth",
        statement=r"""Every gradient is shortened, **smoothly**: there is no comparison. With $N$ the global norm and $c$ for `max_norm`,

$$g_i \leftarrow \frac{c}{c + N}\; g_i \qquad \text{for all } i,$$

whether $N$ is above the limit or below it; the result is always shorter than $c$. Return the list, and $N$ as it was
before.""",
        hints=(
            "No if is needed: the factor is close to 1 for short gradients, and about c / N for long ones.",
            "grads = [grad * max_norm / (max_norm + norm) for grad in grads]; return grads, norm.",
        ),
        reference=_smooth,
        right=right(SMOOTH),
        wrong=(
            *mistakes(SMOOTH),
            with_factor(
                "only the long ones",
                SMOOTH,
                lambda norm, limit: limit / (limit + norm) if norm > limit else 1.0,
                "You leave gradients alone whose norm is below max_norm.",
                "Your notebook has no comparison: the factor is for all.",
            ),
            with_factor(
                "only the short ones",
                SMOOTH,
                lambda norm, limit: limit / (limit + norm) if norm < limit else limit / norm,
                "You scale gradients that are too long to max_norm.",
                "Your notebook has no comparison: the factor is max_norm / (max_norm + norm) for all.",
            ),
            with_factor(
                "norm above",
                SMOOTH,
                lambda norm, limit: norm / (limit + norm),
                "Your factor has the norm above the line; max_norm belongs there.",
                "Long gradients must be shortened the most.",
            ),
            with_factor(
                "one for the limit",
                SMOOTH,
                lambda norm, limit: limit / (1 + norm),
                "You add 1 to the norm; max_norm is added.",
                "With 1 there the factor depends on the unit of the gradients.",
            ),
        ),
    ),
)
