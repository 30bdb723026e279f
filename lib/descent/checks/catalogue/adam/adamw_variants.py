"""Other methods than the book's that a graded notebook may ask of `adamw_step`: when, and how, the weights decay."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from descent.checks.catalogue.adam import mistakes, right
from descent.checks.exercise import Variant, Wrong

DECAY = "sec-adamw"


@dataclass(frozen=True)
class Decayed:
    """Adam's step between two decays: each multiplies theta by a factor, given h = lr * weight_decay."""

    before: Callable = lambda h: 1.0
    after: Callable = lambda h: 1.0
    adam: Callable = right.reference

    def __call__(self, theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
        """One step."""
        h = lr * weight_decay
        theta = self.before(h) * theta
        theta, m, v = self.adam(theta, grad, m, v, t, lr, beta1, beta2, eps)
        return self.after(h) * theta, m, v


def _right(step: Decayed) -> tuple[Callable, ...]:
    """The step around Adams that are written differently."""
    return tuple(replace(step, adam=adam) for adam in right.RIGHT)


def _mistakes(step: Decayed) -> tuple[Wrong, ...]:
    """The mistakes that a decay invites, whenever it comes."""

    def l2(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
        grad = grad + weight_decay * theta
        return right.reference(theta, grad, m, v, t, lr, beta1, beta2, eps)

    def with_rate(rate: Callable) -> Callable:
        """With another h, a function of lr and weight_decay."""

        def program(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
            weight_decay = rate(lr, weight_decay) / lr
            return step(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay)

        return program

    def in_place(theta, *rest):
        new, m, v = step(theta, *rest)
        theta[...] = new
        return theta, m, v

    def with_adam(name, adam, sentence, because, section):
        said = f"The decay is right, but {sentence}"
        return Wrong(name, replace(step, adam=adam), said, because, section)

    return (
        Wrong(
            "L2 in the gradient",
            l2,
            "You add weight_decay * theta to the gradient, which is an L2 penalty.",
            "Adam divides that by the size of the gradients too, so weights with large gradients hardly decay.",
            DECAY,
            mistake=24,
        ),
        Wrong(
            "no decay",
            Decayed(),
            "This is plain Adam: weight_decay is not used.",
            "The weights must shrink by a factor that lr and weight_decay give.",
            DECAY,
        ),
        Wrong(
            "decay without lr",
            with_rate(lambda lr, weight_decay: weight_decay),
            "Your decay is not multiplied by lr.",
            "In your notebook lr and weight_decay are multiplied.",
            DECAY,
        ),
        Wrong(
            "lr twice",
            with_rate(lambda lr, weight_decay: lr**2 * weight_decay),
            "Your decay is multiplied by lr twice.",
            "Once is enough.",
            DECAY,
        ),
        Wrong(
            "wrong sign",
            with_rate(lambda lr, weight_decay: -lr * weight_decay),
            "Your weights grow: the decay has the wrong sign.",
            "They must shrink towards zero.",
            DECAY,
        ),
        with_adam(
            "no bias correction",
            mistakes.no_bias_correction,
            "your Adam has no bias correction.",
            "Averages that start at zero are too small at first; dividing by 1 - beta**t makes up for it.",
            "sec-adam-bias",
        ),
        with_adam(
            "corrected moments stored",
            mistakes.corrected_moments_stored,
            "you return the corrected moments.",
            "m_hat and v_hat serve one step only; m and v themselves must be kept.",
            "sec-adam-bias",
        ),
        with_adam(
            "epsilon inside the root",
            mistakes.epsilon_inside,
            "your eps stands inside the root.",
            "Adam's step is the book's here: eps is added last.",
            "sec-adam-epsilon",
        ),
        with_adam(
            "|g| for g squared",
            mistakes.absolute,
            "you average |grad| in v; the squares are meant.",
            "v is the second moment, the mean of squares.",
            "sec-adam-moments",
        ),
        with_adam(
            "divided before eps is added",
            mistakes.divided_first,
            "you divide by the root of v before eps is added: where v is zero it gives NaN.",
            "eps is there to keep the denominator from zero: add it to the root first.",
            "sec-adam-epsilon",
        ),
        with_adam(
            "stops where the gradient is zero",
            mistakes.zero_skipped,
            "where the gradient is zero you do not step.",
            "The moments fade, and m still moves the parameters.",
            "sec-adam-rule",
        ),
        Wrong(
            "theta changed in place",
            in_place,
            "The numbers are right, but the theta you were given is changed.",
            "theta *= … writes into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    )


def _less(h):
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
AFTER = Decayed(after=_less)

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
        right=_right(HALVES),
        wrong=(
            *_mistakes(HALVES),
            Wrong(
                "whole before and after",
                Decayed(before=_less, after=_less),
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
        right=_right(IMPLICIT),
        wrong=(
            *_mistakes(IMPLICIT),
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
        right=_right(AFTER),
        wrong=(
            *_mistakes(AFTER),
            Wrong(
                "before and after",
                Decayed(before=_less, after=_less),
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
