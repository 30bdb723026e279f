"""Denominators other than the book's, and the mistakes that each of them, Adagrad and RMSprop invite."""

import numpy as np

from descent.checks.catalogue.adaptive.scaled import Scaled, added, divisor, mistakes
from descent.checks.exercise import Wrong

SUM, AVERAGE, MEMORY = "sec-adagrad", "sec-rmsprop", "sec-adaptive-memory"


def squared_epsilon(old, new, eps):
    """The root of the new memory and epsilon squared."""
    return (new + eps**2) ** 0.5


def larger(old, new, eps):
    """The larger of root and epsilon."""
    return np.maximum(new**0.5, eps)


def mean(old, new, eps):
    """The root of the mean of old and new, with epsilon added."""
    return ((old + new) / 2) ** 0.5 + eps


def of_memory(old, new, eps):
    """The memory as it is, with epsilon added."""
    return new + eps


def absolute(average, grad, rho):
    """A memory of the sizes of gradients, not of their squares."""
    return rho * average + (1 - rho) * abs(grad)


def about_epsilon(remember) -> tuple[Wrong, ...]:
    """Where else than under the root, squared, epsilon may stand."""
    return (
        divisor(
            "epsilon not squared",
            remember,
            lambda old, new, eps: (new + eps) ** 0.5,
            "Your eps stands inside the root, but is not squared.",
            "Squared, it has the unit of what it is added to: the square of a gradient.",
        ),
        divisor(
            "epsilon squared outside the root",
            remember,
            lambda old, new, eps: new**0.5 + eps**2,
            "Your eps is squared, but stands outside the root.",
            "Your notebook adds its square under the root.",
        ),
        divisor(
            "root missing",
            remember,
            lambda old, new, eps: new + eps**2,
            "The root is missing.",
            "It makes the step independent of the gradient's unit.",
        ),
    )


def about_the_larger(remember) -> tuple[Wrong, ...]:
    """What else than the larger of the root and epsilon may divide."""
    return (
        divisor(
            "smaller for larger",
            remember,
            lambda old, new, eps: np.minimum(new**0.5, eps),
            "You divide by the smaller of the two; the larger is meant.",
            "eps keeps the denominator from falling below it.",
        ),
        divisor(
            "larger before the root",
            remember,
            lambda old, new, eps: np.maximum(new, eps) ** 0.5,
            "You compare eps with the memory itself; its root is meant.",
            "Take the root first: eps is a size of gradients, not of their squares.",
        ),
        divisor(
            "root missing",
            remember,
            lambda old, new, eps: np.maximum(new, eps),
            "The root is missing.",
            "It makes the step independent of the gradient's unit.",
        ),
    )


def about_the_mean(remember) -> tuple[Wrong, ...]:
    """What else than the root of the mean of old and new may divide."""
    return (
        divisor(
            "sum for mean",
            remember,
            lambda old, new, eps: (old + new) ** 0.5 + eps,
            "You take the root of the sum of old and new; their mean is meant.",
            "The mean of two is half their sum.",
            MEMORY,
        ),
        divisor(
            "mean of the roots",
            remember,
            lambda old, new, eps: (old**0.5 + new**0.5) / 2 + eps,
            "You take the mean of the two roots; the root of the mean is meant.",
            "First the mean of old and new, then its root.",
            MEMORY,
        ),
        divisor(
            "halved outside the root",
            remember,
            lambda old, new, eps: (old + new) ** 0.5 / 2 + eps,
            "You halve the root; what is under it is to be halved.",
            "The mean is taken before the root.",
            MEMORY,
        ),
        divisor(
            "epsilon inside the root",
            remember,
            lambda old, new, eps: ((old + new) / 2 + eps) ** 0.5,
            "Your eps stands inside the root.",
            "In your notebook it is added last.",
        ),
    )


def adagrads_own(denominator) -> tuple[Wrong, ...]:
    """The mistakes that Adagrad invites, whatever divides."""
    step = Scaled(added, denominator)

    def root_kept(theta, grad, accumulator, lr, eps):
        theta, accumulator = step(theta, grad, accumulator, lr, eps)
        return theta, accumulator**0.5

    return (
        *mistakes(added, denominator, "accumulator", SUM),
        divisor(
            "sum of |g|",
            lambda s, g: s + abs(g),
            denominator,
            "You add up |grad|; the squares are meant.",
            "The root of the sum turns squares back into the size of a gradient.",
            SUM,
        ),
        Wrong(
            "root kept",
            root_kept,
            "The step is right, but you return the root of the sum.",
            "The next step adds a square to the sum itself.",
            SUM,
        ),
    )


def rmsprops_own(remember, denominator, part) -> tuple[Wrong, ...]:
    """The mistakes that RMSprop invites. part: what of the gradient is averaged, its square or its size."""
    step = Scaled(remember, denominator)

    def stops(theta, grad, average, lr, rho, eps):
        return step(theta, grad, average, lr, rho, eps) if grad.any() else (theta, average)

    return (
        *mistakes(remember, denominator, "average", AVERAGE),
        divisor(
            "rho and 1 - rho swapped",
            lambda v, g, rho: (1 - rho) * v + rho * part(g),
            denominator,
            "Your factors are exchanged: rho belongs to the old average, 1 - rho to what is new.",
            "rho near 1 means a long memory; exchanged, it means almost none.",
            MEMORY,
        ),
        divisor(
            "sum instead of average",
            lambda v, g, rho: v + part(g),
            denominator,
            "Your memory adds up and never fades, as Adagrad's does.",
            "An average forgets, so that the steps need not shrink for ever.",
            AVERAGE,
        ),
        divisor(
            "1 - rho missing",
            lambda v, g, rho: rho * v + part(g),
            denominator,
            "The factor 1 - rho is missing before what is new.",
            "The weights of an average must sum to 1.",
            MEMORY,
        ),
        divisor(
            "larger instead of sum",
            lambda v, g, rho: np.maximum(rho * v, (1 - rho) * part(g)),
            denominator,
            "Your average is the larger of its two parts; it is their sum.",
            "Adamax keeps a maximum, and without 1 - rho; an average adds.",
            AVERAGE,
        ),
        Wrong(
            "stops where the gradient is zero",
            stops,
            "Your average stands still where the gradient is zero.",
            "A zero is a gradient like any other: the parameters stay, but the average fades by rho.",
            MEMORY,
        ),
    )
