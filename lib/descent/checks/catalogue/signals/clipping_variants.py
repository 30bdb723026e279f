"""Other ways to clip than the book's that a graded notebook may ask of `clip_by_global_norm`."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from descent.checks.exercise import Variant, Wrong

NORM = "sec-signals-clipping"


def _global(grads):
    return float(np.sqrt(sum(np.sum(grad**2) for grad in grads)))


def _norms(grads):
    return [float(np.sqrt(np.sum(grad**2))) for grad in grads]


@dataclass(frozen=True)
class Clip:
    """Every gradient times `factor`, of the `norm` of all of them and of max_norm; returns the norm as well."""

    factor: Callable
    norm: Callable = _global

    def __call__(self, grads, max_norm):
        """The gradients, and the norm that they had."""
        norm = self.norm(grads)
        factor = self.factor(norm, max_norm)
        return [factor * grad for grad in grads], norm


def _right(clip: Clip) -> tuple[Callable, ...]:
    """The same, written in five ways."""

    def copies(grads, max_norm):
        norm, copied = clip.norm(grads), [np.array(grad) for grad in grads]
        for grad in copied:
            grad *= clip.factor(norm, max_norm)
        return copied, norm

    def one_vector(grads, max_norm):
        norm = clip.norm(grads)
        flat = clip.factor(norm, max_norm) * np.concatenate([grad.ravel() for grad in grads])
        parts = np.split(flat, np.cumsum([grad.size for grad in grads])[:-1])
        return tuple(p.reshape(g.shape) for p, g in zip(parts, grads, strict=True)), norm

    def divided(grads, max_norm):
        norm = np.float64(clip.norm(grads))
        return [grad / (1 / clip.factor(norm, max_norm)) for grad in grads], norm

    def subtracted(grads, max_norm):
        norm = clip.norm(grads)
        too_much = 1 - clip.factor(norm, max_norm)
        return [grad - too_much * grad for grad in grads], norm

    return clip, copies, one_vector, divided, subtracted


def _mistakes(clip: Clip) -> tuple[Wrong, ...]:
    """The mistakes that clipping invites, by whatever factor."""

    def per_tensor(grads, max_norm):
        return [clip([grad], max_norm)[0][0] for grad in grads], clip.norm(grads)

    def norm_after(grads, max_norm):
        clipped, _ = clip(grads, max_norm)
        return clipped, clip.norm(clipped)

    def in_place(grads, max_norm):
        clipped, norm = clip(grads, max_norm)
        for grad, new in zip(grads, clipped, strict=True):
            grad[...] = new
        return grads, norm

    def nan_at_zero(norm, limit):
        return clip.factor(norm, limit) * (np.float64(norm) / norm)

    return (
        Wrong(
            "per tensor",
            per_tensor,
            "You scale every gradient by its own norm; one factor is for all.",
            "Cut apart, long gradients shrink more than short ones, and the step takes another direction.",
            NORM,
        ),
        Wrong(
            "value for norm",
            lambda grads, limit: ([np.clip(g, -limit, limit) for g in grads], clip.norm(grads)),
            "You clip every number to ±max_norm; one factor for all is meant.",
            "Clipping by value changes the direction.",
            "sec-signals-clip-value",
        ),
        Wrong(
            "not clipped",
            lambda grads, limit: (grads, clip.norm(grads)),
            "The norm is right, but the gradients come back as they were.",
            "grad = grad * factor in a loop gives a new array a name; it does not change the list.",
            NORM,
        ),
        Wrong(
            "norm after clipping",
            norm_after,
            "The gradients are right, but you return the norm that they have afterwards.",
            "The norm before is worth watching.",
            NORM,
        ),
        Wrong(
            "NaN at zero",
            replace(clip, factor=nan_at_zero),
            "Where all gradients are zero you divide zero by zero, and return NaN.",
            "Let nothing be divided by the norm where it may be zero.",
            NORM,
        ),
        Wrong(
            "sum of norms",
            replace(clip, norm=lambda grads: sum(_norms(grads))),
            "Your norm adds up the norms of the gradients.",
            "Lengths of parts add up like the sides of a right-angled triangle.",
            NORM,
        ),
        Wrong(
            "root missing",
            replace(clip, norm=lambda grads: clip.norm(grads) ** 2),
            "Your norm is the square of a length; the root is missing.",
            "A length is the root of the sum of squares.",
            NORM,
        ),
        Wrong(
            "gradients changed in place",
            in_place,
            "The numbers are right, but the gradients that were passed are changed.",
            "grad *= … writes into the caller's arrays; make a new list.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    )


def _with_factor(name: str, clip: Clip, factor: Callable, sentence: str, because: str) -> Wrong:
    return Wrong(name, replace(clip, factor=factor), sentence, because, NORM)


def _always(clip: Clip, factor: Callable) -> tuple[Wrong, ...]:
    """Where a factor is for long gradients alone: it is used for all, or for the wrong ones."""
    return (
        _with_factor(
            "always scaled",
            clip,
            lambda norm, limit: factor(norm, limit) if norm else 1.0,
            "You scale short gradients, too.",
            "Only where norm > max_norm is there anything to do: near a minimum steps must become short.",
        ),
        _with_factor(
            "factor upside down",
            clip,
            lambda norm, limit: 1 / factor(norm, limit) if norm > limit else 1.0,
            "Your factor is upside down, which makes long gradients longer.",
            "It is below 1.",
        ),
        _with_factor(
            "the short ones scaled",
            clip,
            lambda norm, limit: factor(norm, limit) if 0 < norm < limit else 1.0,
            "Your comparison is the wrong way round: you scale where the norm is below max_norm.",
            "Gradients are scaled where norm > max_norm.",
        ),
    )


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
LONGEST = Clip(lambda norm, limit: limit / norm if norm > limit else 1.0, lambda g: max(_norms(g)))
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
        right=_right(SOFTENED),
        wrong=(
            *_mistakes(SOFTENED),
            *_always(SOFTENED, lambda norm, limit: (limit / norm) ** 0.5),
            _with_factor(
                "square for root",
                SOFTENED,
                lambda norm, limit: (limit / norm) ** 2 if norm > limit else 1.0,
                "Your factor is the square of max_norm / norm; its root is meant.",
                "The root of a number below 1 is nearer to 1: it shortens less.",
            ),
            _with_factor(
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
        right=_right(LONGEST),
        wrong=(
            *_mistakes(LONGEST),
            *_always(LONGEST, lambda norm, limit: limit / norm),
            Wrong(
                "shortest",
                replace(LONGEST, norm=lambda grads: min(_norms(grads))),
                "Your norm is that of the shortest gradient.",
                "The longest counts.",
                NORM,
            ),
            Wrong(
                "last norm",
                replace(LONGEST, norm=lambda grads: _norms(grads)[-1]),
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
        right=_right(SMOOTH),
        wrong=(
            *_mistakes(SMOOTH),
            _with_factor(
                "only the long ones",
                SMOOTH,
                lambda norm, limit: limit / (limit + norm) if norm > limit else 1.0,
                "You leave gradients alone whose norm is below max_norm.",
                "Your notebook has no comparison: the factor is for all.",
            ),
            _with_factor(
                "only the short ones",
                SMOOTH,
                lambda norm, limit: limit / (limit + norm) if norm < limit else limit / norm,
                "You scale gradients that are too long to max_norm.",
                "Your notebook has no comparison: the factor is max_norm / (max_norm + norm) for all.",
            ),
            _with_factor(
                "norm above",
                SMOOTH,
                lambda norm, limit: norm / (limit + norm),
                "Your factor has the norm above the line; max_norm belongs there.",
                "Long gradients must be shortened the most.",
            ),
            _with_factor(
                "one for the limit",
                SMOOTH,
                lambda norm, limit: limit / (1 + norm),
                "You add 1 to the norm; max_norm is added.",
                "With 1 there the factor depends on the unit of the gradients.",
            ),
        ),
    ),
)
