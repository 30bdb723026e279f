"""Adam's step with any of its parts written otherwise: what the variants of `adam_step` are made of."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from descent.checks.exercise import Wrong

RULE, BIAS, MOMENTS, EPSILON = (
    "sec-adam-rule",
    "sec-adam-bias",
    "sec-adam-moments",
    "sec-adam-epsilon",
)


@dataclass(frozen=True)
class Adam:
    """One step of Adam, with any of its parts written otherwise; the parts serve for arrays and for numbers.

    count, count2: of t, what stands in the powers of beta1 and of beta2. direction: of m_hat, grad and the
    denominator.
    """

    first: Callable = lambda m, g, beta: beta * m + (1 - beta) * g
    second: Callable = lambda v, g, beta: beta * v + (1 - beta) * g**2
    count: Callable = lambda t: t
    count2: Callable = lambda t: t
    denominator: Callable = lambda v_hat, eps: v_hat**0.5 + eps
    direction: Callable = lambda m_hat, g, denominator: m_hat / denominator

    def __call__(self, theta, grad, m, v, t, lr, beta1, beta2, eps):
        """One step."""
        m, v = self.first(m, grad, beta1), self.second(v, grad, beta2)
        m_hat, v_hat = m / (1 - beta1 ** self.count(t)), v / (1 - beta2 ** self.count2(t))
        return theta - lr * self.direction(m_hat, grad, self.denominator(v_hat, eps)), m, v


def right(adam: Adam) -> tuple[Callable, ...]:
    """The step with these parts, written in five ways; its averages are Adam's."""

    def step(adam, theta, grad, m_hat, v_hat, lr, eps):
        return theta - lr * adam.direction(m_hat, grad, adam.denominator(v_hat, eps))

    def copies_in_place(theta, grad, m, v, t, lr, beta1, beta2, eps):
        m, v, theta = m.copy(), v.copy(), theta.copy()
        m *= beta1
        m += (1 - beta1) * grad
        v *= beta2
        v += (1 - beta2) * grad * grad
        m_hat, v_hat = m / (1 - beta1 ** adam.count(t)), v / (1 - beta2 ** adam.count2(t))
        theta -= lr * adam.direction(m_hat, grad, adam.denominator(v_hat, eps))
        return theta, m, v

    def pulled(theta, grad, m, v, t, lr, beta1, beta2, eps):
        m, v = m + (1 - beta1) * (grad - m), v + (1 - beta2) * (grad**2 - v)
        m_hat = m / -math.expm1(adam.count(t) * math.log(beta1))
        v_hat = v / -math.expm1(adam.count2(t) * math.log(beta2))
        return [step(adam, theta, grad, m_hat, v_hat, lr, eps), m, v]

    def looped(theta, grad, m, v, t, lr, beta1, beta2, eps):
        result = np.empty((3, *theta.shape))
        for i in np.ndindex(theta.shape):
            numbers = (float(theta[i]), float(grad[i]), float(m[i]), float(v[i]))
            result[(slice(None), *i)] = adam(*numbers, t, lr, beta1, beta2, eps)
        return result

    def weighted(theta, grad, m, v, t, lr, beta1, beta2, eps):
        m = np.tensordot([beta1, 1 - beta1], np.stack([m, grad]), axes=1)
        v = np.tensordot([beta2, 1 - beta2], np.stack([v, np.square(grad)]), axes=1)
        m_hat = m / sum((1 - beta1) * beta1**k for k in range(adam.count(t)))
        v_hat = v / sum((1 - beta2) * beta2**k for k in range(adam.count2(t)))
        return step(adam, theta, grad, m_hat, v_hat, lr, eps), m, v

    return adam, copies_in_place, pulled, looped, weighted


def mistakes(adam: Adam) -> tuple[Wrong, ...]:
    """The mistakes that Adam's step invites, whatever its parts."""

    def wrong(name, sentence, because, section, **parts):
        return Wrong(name, replace(adam, **parts), sentence, because, section)

    def corrected_kept(theta, grad, m, v, t, lr, beta1, beta2, eps):
        theta, m, v = adam(theta, grad, m, v, t, lr, beta1, beta2, eps)
        return theta, m / (1 - beta1 ** adam.count(t)), v / (1 - beta2 ** adam.count2(t))

    def betas_exchanged(theta, grad, m, v, t, lr, beta1, beta2, eps):
        return adam(theta, grad, m, v, t, lr, beta2, beta1, eps)

    def exchanged(*arguments):
        theta, m, v = adam(*arguments)
        return theta, v, m

    def stops(theta, grad, m, v, *rest):
        return adam(theta, grad, m, v, *rest) if grad.any() else (theta, m, v)

    def divides_first(theta, grad, m, v, t, lr, beta1, beta2, eps):
        moved, m, v = adam(theta, grad, m, v, t, lr, beta1, beta2, eps)
        return moved + 0 * (m / v), m, v

    def in_place(theta, grad, m, v, *rest):
        theta, m[...], v[...] = adam(theta, grad, m, v, *rest)
        return theta, m, v

    return (
        wrong(
            "no bias correction",
            "These are the numbers without any bias correction.",
            "Averages that start at zero are too small at first; dividing by 1 minus a power of beta makes up for it.",
            BIAS,
            count=lambda t: math.inf,
            count2=lambda t: math.inf,
        ),
        wrong(
            "ignores t",
            "You divide by 1 - beta in every step, as if t were always 1.",
            "The correction fades: t is in the power.",
            BIAS,
            count=lambda t: adam.count(1),
            count2=lambda t: adam.count2(1),
        ),
        wrong(
            "second moment uncorrected",
            "You correct m but not v.",
            "Both start at zero; without v's correction the first steps are far too long.",
            BIAS,
            count2=lambda t: math.inf,
        ),
        wrong(
            "first moment uncorrected",
            "You correct v but not m.",
            "Both start at zero; without m's correction the first steps are too short.",
            BIAS,
            count=lambda t: math.inf,
        ),
        wrong(
            "|g| for g squared",
            "You average |grad| in v; the squares are meant.",
            "v is the second moment, the mean of squares; its root has the size of a gradient.",
            MOMENTS,
            second=lambda v, g, beta: beta * v + (1 - beta) * abs(g),
        ),
        wrong(
            "1 - beta missing",
            "The factors 1 - beta are missing before the new gradient and its square.",
            "The weights of an average must sum to 1.",
            MOMENTS,
            first=lambda m, g, beta: beta * m + g,
            second=lambda v, g, beta: beta * v + g**2,
        ),
        wrong(
            "ascent",
            "Your step goes uphill: it adds where it should subtract.",
            "m is a mean of gradients, and gradients point uphill.",
            RULE,
            direction=lambda m_hat, g, denominator: -adam.direction(m_hat, g, denominator),
        ),
        Wrong(
            "corrected moments stored",
            corrected_kept,
            "You return the corrected moments, so the next step corrects them again.",
            "m_hat and v_hat serve one step only; m and v themselves must be kept.",
            BIAS,
            mistake=29,
        ),
        Wrong(
            "betas exchanged",
            betas_exchanged,
            "Your betas are exchanged: beta1 belongs to m, beta2 to v.",
            "The squares need the longer memory.",
            MOMENTS,
        ),
        Wrong(
            "results exchanged",
            exchanged,
            "You return v before m.",
            "The order is (theta, m, v).",
            RULE,
        ),
        Wrong(
            "stops where the gradient is zero",
            stops,
            "Your step stands still where the gradient is zero.",
            "A zero is a gradient like any other: the moments fade, and m still moves the parameters.",
            RULE,
        ),
        Wrong(
            "divided by v alone",
            divides_first,
            "Somewhere you divide by v itself: where it is zero that gives NaN.",
            "eps is there to keep the denominator from zero: let nothing be divided without it.",
            EPSILON,
        ),
        Wrong(
            "arguments changed in place",
            in_place,
            "The numbers are right, but you write into the arrays that you were given.",
            "m *= beta1 and theta -= … change the caller's arrays; make new ones.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    )
