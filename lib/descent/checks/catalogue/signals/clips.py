"""Gradients times one factor: what the variants of `clip_by_global_norm` are made of."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from descent.checks.exercise import Wrong

NORM = "sec-signals-clipping"


def _global(grads):
    return float(np.sqrt(sum(np.sum(grad**2) for grad in grads)))


def norms(grads):
    """The length of each gradient."""
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


def right(clip: Clip) -> tuple[Callable, ...]:
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


def mistakes(clip: Clip) -> tuple[Wrong, ...]:
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
            replace(clip, norm=lambda grads: sum(norms(grads))),
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


def with_factor(name: str, clip: Clip, factor: Callable, sentence: str, because: str) -> Wrong:
    """A wrong version by its factor."""
    return Wrong(name, replace(clip, factor=factor), sentence, because, NORM)


def always(clip: Clip, factor: Callable) -> tuple[Wrong, ...]:
    """Where a factor is for long gradients alone: it is used for all, or for the wrong ones."""
    return (
        with_factor(
            "always scaled",
            clip,
            lambda norm, limit: factor(norm, limit) if norm else 1.0,
            "You scale short gradients, too.",
            "Only where norm > max_norm is there anything to do: near a minimum steps must become short.",
        ),
        with_factor(
            "factor upside down",
            clip,
            lambda norm, limit: 1 / factor(norm, limit) if norm > limit else 1.0,
            "Your factor is upside down, which makes long gradients longer.",
            "It is below 1.",
        ),
        with_factor(
            "the short ones scaled",
            clip,
            lambda norm, limit: factor(norm, limit) if 0 < norm < limit else 1.0,
            "Your comparison is the wrong way round: you scale where the norm is below max_norm.",
            "Gradients are scaled where norm > max_norm.",
        ),
    )
