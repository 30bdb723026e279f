"""Other methods than the book's that a graded notebook may ask of `adamw_step`: when, and how, the weights decay."""

import numpy as np

from descent.checks.catalogue.adam.decayed import DECAY, Decayed, mistakes, own_adams, right
from descent.checks.exercise import Variant, Wrong


def less(h):
    """The book's factor."""
    return 1 - h


def _half(h):
    return 1 - h / 2


def _divided(h):
    return 1 / (1 + h)


def _adam(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def _halves(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    theta = (1 - lr * weight_decay / 2) * theta
    theta, m, v = _adam(theta, grad, m, v, t, lr, beta1, beta2, eps)
    return (1 - lr * weight_decay / 2) * theta, m, v


def _implicit(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    theta, m, v = _adam(theta, grad, m, v, t, lr, beta1, beta2, eps)
    return theta / (1 + lr * weight_decay), m, v


def _after(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    theta, m, v = _adam(theta, grad, m, v, t, lr, beta1, beta2, eps)
    return theta - lr * weight_decay * theta, m, v


HALVES = Decayed(before=_half, after=_half)
IMPLICIT = Decayed(after=_divided)
AFTER = Decayed(after=less)

_THE_BOOKS = "Adam's step, $-\\eta\\,\\hat m / (\\sqrt{\\hat v} + \\varepsilon)$, is the book's."

VARIANTS = (
    Variant(
        name="half before, half after",
        statement=rf"""The weights decay **by half before Adam's step, and by half after it**. {_THE_BOOKS}

$$\theta \leftarrow \Big(1 - \frac{{\eta\lambda}}2\Big)\theta, \qquad
\theta \leftarrow \theta - \eta\,\frac{{\hat m}}{{\sqrt{{\hat v}} + \varepsilon}}, \qquad
\theta \leftarrow \Big(1 - \frac{{\eta\lambda}}2\Big)\theta.$$""",
        hints=(
            "Shrink, step, shrink again, with the same factor both times.",
            "theta = (1 - lr * weight_decay / 2) * theta before Adam's step, and the same line after it.",
        ),
        reference=_halves,
        right=right(HALVES),
        wrong=(
            *mistakes(HALVES),
            *own_adams(HALVES, lambda step: step),
            Wrong(
                "whole before and after",
                Decayed(before=less, after=less),
                "Your weights decay twice as much: by the whole before the step, and once more after it.",
                "Half of lr * weight_decay comes before the step, half after it.",
                DECAY,
            ),
            Wrong(
                "only the half before",
                Decayed(before=_half),
                "The second half of the decay is missing.",
                "It comes after Adam's step, with the same factor.",
                DECAY,
            ),
            Wrong(
                "only the half after",
                Decayed(after=_half),
                "The first half of the decay is missing.",
                "It comes before Adam's step, with the same factor.",
                DECAY,
            ),
            Wrong(
                "both halves before",
                Decayed(before=lambda h: (1 - h / 2) ** 2),
                "Both halves of your decay come before Adam's step.",
                "The second must act on the theta that Adam has moved.",
                DECAY,
            ),
            Wrong(
                "both halves after",
                Decayed(after=lambda h: (1 - h / 2) ** 2),
                "Both halves of your decay come after Adam's step.",
                "The first must act on the old theta.",
                DECAY,
            ),
        ),
    ),
    Variant(
        name="divided after the step",
        statement=rf"""The weights decay **after Adam's step, by a division**. {_THE_BOOKS}

$$\theta \leftarrow \theta - \eta\,\frac{{\hat m}}{{\sqrt{{\hat v}} + \varepsilon}}, \qquad
\theta \leftarrow \frac{{\theta}}{{1 + \eta\lambda}}.$$""",
        hints=(
            "Take Adam's step with the gradient as it is; what it gives is divided.",
            "theta = theta / (1 + lr * weight_decay), after Adam's step.",
        ),
        reference=_implicit,
        right=right(IMPLICIT),
        wrong=(
            *mistakes(IMPLICIT),
            *own_adams(IMPLICIT, lambda step: step),
            Wrong(
                "divided before the step",
                Decayed(before=_divided),
                "You divide the old theta; the theta that Adam has moved is meant.",
                "The division comes last.",
                DECAY,
            ),
            Wrong(
                "multiplied by 1 + h",
                Decayed(after=lambda h: 1 + h),
                "You multiply by 1 + lr * weight_decay; divide by it.",
                "Multiplied, the weights grow.",
                DECAY,
            ),
            Wrong(
                "divided twice",
                Decayed(before=_divided, after=_divided),
                "You divide before the step and after it.",
                "Once, after the step.",
                DECAY,
            ),
        ),
    ),
    Variant(
        name="after the step",
        statement=rf"""The weights decay **after Adam's step**: the decay acts on the $\theta$ that Adam has moved. {_THE_BOOKS}

$$\theta \leftarrow \theta - \eta\,\frac{{\hat m}}{{\sqrt{{\hat v}} + \varepsilon}}, \qquad
\theta \leftarrow (1 - \eta\lambda)\,\theta.$$""",
        hints=(
            "Both lines are the book's; their order is another.",
            "theta = (1 - lr * weight_decay) * theta, after Adam's step.",
        ),
        reference=_after,
        right=right(AFTER),
        wrong=(
            *mistakes(AFTER),
            *own_adams(AFTER, lambda step: step),
            Wrong(
                "before and after",
                Decayed(before=less, after=less),
                "Your weights decay twice: before the step and after it.",
                "Once, after the step.",
                DECAY,
            ),
            Wrong(
                "divided before the step",
                Decayed(before=_divided),
                "You divide the old theta by 1 + lr * weight_decay.",
                "In your notebook the theta that Adam has moved is multiplied by 1 - lr * weight_decay.",
                DECAY,
            ),
        ),
    ),
)
