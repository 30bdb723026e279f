"""Steps that divide the gradient by a memory of its size: what `adagrad_step` and `rmsprop_step` vary.

    state <- remember(state, grad, …),    theta <- theta - lr * grad / denominator(old state, state, eps),

where … is rho for RMSprop and nothing for Adagrad. Both formulas serve for arrays and for numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from descent.checks.exercise import Wrong


def added(state, grad):
    """Adagrad's memory."""
    return state + grad**2


def averaged(state, grad, rho):
    """RMSprop's memory."""
    return rho * state + (1 - rho) * grad**2


@dataclass(frozen=True)
class Scaled:
    """A step function with this memory and this denominator."""

    remember: Callable
    denominator: Callable

    def __call__(self, theta, grad, state, lr, *settings):
        """One step."""
        *rho, eps = settings
        new = self.remember(state, grad, *rho)
        return theta - lr * grad / self.denominator(state, new, eps), new


def right(remember: Callable, denominator: Callable) -> tuple[Callable, ...]:
    """The step, written in five ways."""

    def copies_in_place(theta, grad, state, lr, *settings):
        *rho, eps = settings
        new, theta = remember(state.copy(), grad, *rho), theta.copy()
        step = lr * grad
        step /= denominator(state, new, eps)
        theta -= step
        return theta, new

    def own_rates(theta, grad, state, lr, *settings):
        *rho, eps = settings
        new = remember(state, grad, *rho)
        rates = lr / denominator(state, new, eps)
        return [theta + rates * -grad, new]

    def loop(theta, grad, state, lr, *settings):
        *rho, eps = settings
        new_theta, new = np.empty(theta.shape), np.empty(theta.shape)
        for i in np.ndindex(theta.shape):
            new[i] = remember(float(state[i]), float(grad[i]), *rho)
            step = float(grad[i]) / denominator(float(state[i]), float(new[i]), eps)
            new_theta[i] = theta[i] - lr * step
        return new_theta, new

    def diagonal(theta, grad, state, lr, *settings):
        *rho, eps = settings
        new = remember(state, grad, *rho)
        metric = np.diag(denominator(state, new, eps).ravel())
        step = np.linalg.solve(metric, lr * grad.ravel())
        return np.stack([theta - step.reshape(theta.shape), new])

    return Scaled(remember, denominator), copies_in_place, own_rates, loop, diagonal


def mistakes(remember: Callable, denominator: Callable, state: str, rule: str) -> tuple[Wrong, ...]:
    """The mistakes that any such step invites. state: its name among the arguments. rule: the section that teaches it."""
    step = Scaled(remember, denominator)

    def ascent(theta, grad, old, lr, *settings):
        return step(theta, grad, old, -lr, *settings)

    def not_kept(theta, grad, old, *settings):
        return step(theta, grad, old, *settings)[0], old

    def norm(old, grad, *rho):
        return remember(old, np.sqrt(np.sum(grad**2)), *rho)

    def forgets(old, grad, *rho):
        return remember(0 * old, grad, *rho)

    def divides_first(theta, grad, old, lr, *settings):
        *rho, eps = settings
        new = remember(old, grad, *rho)
        without = denominator(old, new, 0.0)
        return theta - lr * grad / without * (without / denominator(old, new, eps)), new

    def old_one(old, new, eps):
        return denominator(old, old, eps)

    def in_place(theta, grad, old, *settings):
        theta, new = step(theta, grad, old, *settings)
        old[...] = new
        return theta, old

    return (
        Wrong(
            "ascent",
            ascent,
            "Your step goes uphill: it adds where it should subtract.",
            "The gradient points uphill.",
            rule,
        ),
        Wrong(
            f"{state} not kept",
            not_kept,
            f"The step is right, but you return the old {state}.",
            "The next step needs the new one.",
            rule,
        ),
        Wrong(
            "whole-vector norm",
            Scaled(norm, denominator),
            "You remember the norm of the whole gradient in every coordinate.",
            "Each coordinate has a learning rate of its own, from its own gradients.",
            rule,
            mistake=4,
        ),
        Wrong(
            f"{state} ignored",
            Scaled(forgets, denominator),
            f"You forget the {state} that you were given: only the present gradient counts.",
            "It holds all gradients before this one.",
            rule,
        ),
        Wrong(
            f"old {state}",
            Scaled(remember, old_one),
            f"Your step divides by the {state} from before this gradient.",
            "Update it first; otherwise the first step divides by eps alone and is enormous.",
            rule,
        ),
        Wrong(
            "divided before eps is added",
            divides_first,
            "Your formula divides before eps has a say: where gradient and memory are zero it gives NaN.",
            "eps is there to keep the denominator from zero.",
            "sec-adaptive-epsilon",
        ),
        Wrong(
            f"{state} changed in place",
            in_place,
            f"The numbers are right, but the {state} you were given is changed.",
            "*= and += write into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    )


def divisor(
    name: str,
    remember: Callable,
    denominator: Callable,
    sentence: str,
    because: str,
    section: str = "sec-adaptive-epsilon",
) -> Wrong:
    """A wrong version by its memory and its denominator."""
    return Wrong(name, Scaled(remember, denominator), sentence, because, section)
