"""Steps in which velocity and gradient enter linearly: what `momentum_step` and `nesterov_step` vary.

    velocity <- a * velocity + b * grad,    theta <- theta - (c * velocity + d * grad),

with the old velocity on the right, and four weights that lr and beta give.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from descent.checks.exercise import Wrong

Weights = Callable[[float, float], tuple[float, float, float, float]]


@dataclass(frozen=True)
class Linear:
    """A step function with these weights."""

    weights: Weights

    def __call__(self, theta, grad, velocity, lr, beta):
        """One step."""
        a, b, c, d = self.weights(lr, beta)
        return theta - (c * velocity + d * grad), a * velocity + b * grad


def right(weights: Weights) -> tuple[Callable, ...]:
    """The step with these weights, written in five ways."""

    def copies_in_place(theta, grad, velocity, lr, beta):
        a, b, c, d = weights(lr, beta)
        theta, new = theta.copy(), velocity.copy()
        theta -= c * velocity
        theta -= d * grad
        new *= a
        new += b * grad
        return theta, new

    def matrix(theta, grad, velocity, lr, beta):
        a, b, c, d = weights(lr, beta)
        turn, push = np.array([[1.0, -c], [0.0, a]]), np.array([-d, b])
        return np.tensordot(turn, np.stack([theta, velocity]), axes=1) + np.multiply.outer(
            push, grad
        )

    def loop(theta, grad, velocity, lr, beta):
        a, b, c, d = weights(lr, beta)
        new_theta, new_velocity = np.empty(theta.shape), np.empty(theta.shape)
        for i in np.ndindex(theta.shape):
            new_theta[i] = theta[i] - c * velocity[i] - d * grad[i]
            new_velocity[i] = a * velocity[i] + b * grad[i]
        return [new_theta, new_velocity]

    def through_the_new_velocity(theta, grad, velocity, lr, beta):
        a, b, c, d = weights(lr, beta)
        new = a * velocity + b * grad
        return theta - (c / a * new + (d - c / a * b) * grad), new

    return Linear(weights), copies_in_place, matrix, loop, through_the_new_velocity


def mistakes(weights: Weights, rule: str) -> tuple[Wrong, ...]:
    """The mistakes that a step with any weights invites. rule: the section that teaches the step."""
    step = Linear(weights)

    def ascent(lr, beta):
        a, b, c, d = weights(lr, beta)
        return a, b, -c, -d

    def faster(lr, beta):
        a, b, c, d = weights(lr, beta)
        return a / beta, b, c / beta, d

    def not_kept(lr, beta):
        return 1.0, 0.0, *weights(lr, beta)[2:]

    def swapped(*arguments):
        return step(*arguments)[::-1]

    def stops(theta, grad, velocity, lr, beta):
        return step(theta, grad, velocity, lr, beta) if grad.any() else (theta, velocity)

    def in_place(theta, grad, velocity, lr, beta):
        theta, new = step(theta, grad, velocity, lr, beta)
        velocity[...] = new
        return theta, velocity

    return (
        Wrong(
            "ascent",
            Linear(ascent),
            "Your step goes uphill: it adds where it should subtract.",
            "Velocity and gradient both point uphill.",
            rule,
        ),
        Wrong(
            "beta missing once",
            Linear(faster),
            "The old velocity has one factor beta too few, in the velocity and in the step.",
            "It fades by beta before the gradient is added.",
            rule,
        ),
        Wrong(
            "velocity not kept",
            Linear(not_kept),
            "The step is right, but you return the old velocity.",
            "The next step needs the new one.",
            rule,
        ),
        Wrong(
            "results swapped",
            swapped,
            "You return the velocity first; the parameters come first.",
            "The order is (theta, velocity).",
            rule,
        ),
        Wrong(
            "stops where the gradient is zero",
            stops,
            "Your step stands still where the gradient is zero.",
            "A velocity carries on without a gradient, and fades by beta a step.",
            rule,
        ),
        Wrong(
            "velocity changed in place",
            in_place,
            "The numbers are right, but the velocity you were given is changed.",
            "velocity *= beta and velocity[:] = … write into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    )


def mistake(name: str, weights: Weights, sentence: str, because: str, section: str) -> Wrong:
    """A wrong version by its weights."""
    return Wrong(name, Linear(weights), sentence, because, section)
