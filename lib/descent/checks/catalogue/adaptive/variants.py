"""Other methods than the book's that a graded notebook may ask of `adagrad_step` and `rmsprop_step`."""

import numpy as np

from descent.checks.catalogue.adaptive.scaled import (
    Scaled,
    added,
    averaged,
    divisor,
    mistakes,
    right,
)
from descent.checks.exercise import Variant, Wrong

SUM, AVERAGE, MEMORY = "sec-adagrad", "sec-rmsprop", "sec-adaptive-memory"


def _squared_epsilon(old, new, eps):
    return (new + eps**2) ** 0.5


def _larger(old, new, eps):
    return np.maximum(new**0.5, eps)


def _mean(old, new, eps):
    return ((old + new) / 2) ** 0.5 + eps


def _of_memory(old, new, eps):
    return new + eps


def _absolute(average, grad, rho):
    return rho * average + (1 - rho) * abs(grad)


def _about_epsilon(remember) -> tuple[Wrong, ...]:
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


def _about_the_larger(remember) -> tuple[Wrong, ...]:
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


def _about_the_mean(remember) -> tuple[Wrong, ...]:
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


def _adagrads_own(denominator) -> tuple[Wrong, ...]:
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


def _rmsprops_own(remember, denominator, part) -> tuple[Wrong, ...]:
    """part: what of the gradient is averaged, its square or its size."""
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


def _adagrad_squared_epsilon(theta, grad, accumulator, lr, eps):
    accumulator = accumulator + grad**2
    return theta - lr * grad / np.sqrt(accumulator + eps**2), accumulator


def _adagrad_larger(theta, grad, accumulator, lr, eps):
    accumulator = accumulator + grad**2
    return theta - lr * grad / np.maximum(np.sqrt(accumulator), eps), accumulator


def _adagrad_mean(theta, grad, accumulator, lr, eps):
    old, accumulator = accumulator, accumulator + grad**2
    return theta - lr * grad / (np.sqrt((old + accumulator) / 2) + eps), accumulator


ADAGRAD = (
    Variant(
        name="epsilon squared under the root",
        statement=r"""**$\varepsilon$ stands under the root, squared.** With $s$ the accumulator:

$$s \leftarrow s + g^2, \qquad \theta \leftarrow \theta - \eta\,\frac{g}{\sqrt{s + \varepsilon^2}}.$$""",
        hints=(
            "The sum is the book's. What changes is the denominator: one root over two squares.",
            "theta = theta - lr * grad / np.sqrt(accumulator + eps**2), with the new accumulator.",
        ),
        reference=_adagrad_squared_epsilon,
        right=right(added, _squared_epsilon),
        wrong=(*_adagrads_own(_squared_epsilon), *_about_epsilon(added)),
    ),
    Variant(
        name="the larger of root and epsilon",
        statement=r"""**$\varepsilon$ is not added, but a lower bound**: the denominator is the larger of the root and $\varepsilon$, element
by element. With $s$ the accumulator:

$$s \leftarrow s + g^2, \qquad \theta \leftarrow \theta - \eta\,\frac{g}{\max(\sqrt{s},\, \varepsilon)}.$$""",
        hints=(
            "np.maximum compares two arrays, or an array and a number, element by element.",
            "theta = theta - lr * grad / np.maximum(np.sqrt(accumulator), eps), with the new accumulator.",
        ),
        reference=_adagrad_larger,
        right=right(added, _larger),
        wrong=(*_adagrads_own(_larger), *_about_the_larger(added)),
    ),
    Variant(
        name="mean of the old and the new sum",
        statement=r"""The denominator is the root of the **mean of the old and the new accumulator**. With $s$ the old one and $s'$ the
new one, which is what you return:

$$s' = s + g^2, \qquad \theta \leftarrow \theta - \eta\,\frac{g}{\sqrt{(s + s')/2} + \varepsilon}.$$""",
        hints=(
            "You need both sums in the denominator: keep the old one under another name.",
            "new = accumulator + grad**2; theta = theta - lr * grad / (np.sqrt((accumulator + new) / 2) + eps).",
        ),
        reference=_adagrad_mean,
        right=right(added, _mean),
        wrong=(*_adagrads_own(_mean), *_about_the_mean(added)),
    ),
)


def _rmsprop_squared_epsilon(theta, grad, average, lr, rho, eps):
    average = rho * average + (1 - rho) * grad**2
    return theta - lr * grad / np.sqrt(average + eps**2), average


def _rmsprop_mean(theta, grad, average, lr, rho, eps):
    old, average = average, rho * average + (1 - rho) * grad**2
    return theta - lr * grad / (np.sqrt((old + average) / 2) + eps), average


def _rmsprop_absolute(theta, grad, average, lr, rho, eps):
    average = rho * average + (1 - rho) * np.abs(grad)
    return theta - lr * grad / (average + eps), average


RMSPROP = (
    Variant(
        name="epsilon squared under the root",
        statement=r"""**$\varepsilon$ stands under the root, squared.** With $v$ the average:

$$v \leftarrow \rho v + (1 - \rho)\,g^2, \qquad \theta \leftarrow \theta - \eta\,\frac{g}{\sqrt{v + \varepsilon^2}}.$$""",
        hints=(
            "The average is the book's. What changes is the denominator: one root over two squares.",
            "theta = theta - lr * grad / np.sqrt(average + eps**2), with the new average.",
        ),
        reference=_rmsprop_squared_epsilon,
        right=right(averaged, _squared_epsilon),
        wrong=(
            *_rmsprops_own(averaged, _squared_epsilon, np.square),
            *_about_epsilon(averaged),
        ),
    ),
    Variant(
        name="mean of the old and the new average",
        statement=r"""The denominator is the root of the **mean of the old and the new average**. With $v$ the old one and $v'$ the new
one, which is what you return:

$$v' = \rho v + (1 - \rho)\,g^2, \qquad \theta \leftarrow \theta - \eta\,\frac{g}{\sqrt{(v + v')/2} + \varepsilon}.$$""",
        hints=(
            "You need both averages in the denominator: keep the old one under another name.",
            "new = rho * average + (1 - rho) * grad**2; "
            "theta = theta - lr * grad / (np.sqrt((average + new) / 2) + eps); return theta and new.",
        ),
        reference=_rmsprop_mean,
        right=right(averaged, _mean),
        wrong=(*_rmsprops_own(averaged, _mean, np.square), *_about_the_mean(averaged)),
    ),
    Variant(
        name="average of absolute values",
        statement=r"""The **absolute values** of the gradients are averaged, not their squares, so that no root is needed. With $v$ the
average:

$$v \leftarrow \rho v + (1 - \rho)\,|g|, \qquad \theta \leftarrow \theta - \eta\,\frac{g}{v + \varepsilon}.$$""",
        hints=(
            "The average has the unit of a gradient already: divide by it as it is, with eps added.",
            "average = rho * average + (1 - rho) * np.abs(grad); theta = theta - lr * grad / (average + eps).",
        ),
        reference=_rmsprop_absolute,
        right=right(_absolute, _of_memory),
        wrong=(
            *_rmsprops_own(_absolute, _of_memory, np.abs),
            divisor(
                "squares",
                averaged,
                _of_memory,
                "You average the squares; in your notebook it is the absolute values.",
                "Without a root the denominator would have the unit of a squared gradient.",
                MEMORY,
            ),
            divisor(
                "root taken",
                _absolute,
                lambda old, new, eps: new**0.5 + eps,
                "You take the root of the average; your notebook has none.",
                "The average of |grad| has the size of a gradient as it is.",
                MEMORY,
            ),
            divisor(
                "gradients themselves",
                lambda v, g, rho: rho * v + (1 - rho) * g,
                lambda old, new, eps: abs(new) + eps,
                "You average the gradients themselves; their absolute values are meant.",
                "Gradients of changing sign cancel in a mean.",
                MEMORY,
            ),
            divisor(
                "epsilon missing",
                _absolute,
                lambda old, new, eps: new,
                "eps is missing.",
                "It keeps the step finite where the average is zero, and short where gradients are tiny.",
            ),
        ),
    ),
)
