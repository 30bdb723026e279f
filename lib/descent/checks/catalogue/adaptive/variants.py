"""Other methods than the book's that a graded notebook may ask of `adagrad_step` and `rmsprop_step`."""

import numpy as np

from descent.checks.catalogue.adaptive.denominators import (
    MEMORY,
    about_epsilon,
    about_the_larger,
    about_the_mean,
    absolute,
    adagrads_own,
    larger,
    mean,
    of_memory,
    rmsprops_own,
    squared_epsilon,
)
from descent.checks.catalogue.adaptive.scaled import added, averaged, divisor, right
from descent.checks.exercise import Variant


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
        right=right(added, squared_epsilon),
        wrong=(*adagrads_own(squared_epsilon), *about_epsilon(added)),
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
        right=right(added, larger),
        wrong=(*adagrads_own(larger), *about_the_larger(added)),
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
        right=right(added, mean),
        wrong=(*adagrads_own(mean), *about_the_mean(added)),
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
        right=right(averaged, squared_epsilon),
        wrong=(
            *rmsprops_own(averaged, squared_epsilon, np.square),
            *about_epsilon(averaged),
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
        right=right(averaged, mean),
        wrong=(*rmsprops_own(averaged, mean, np.square), *about_the_mean(averaged)),
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
        right=right(absolute, of_memory),
        wrong=(
            *rmsprops_own(absolute, of_memory, np.abs),
            divisor(
                "squares",
                averaged,
                of_memory,
                "You average the squares; in your notebook it is the absolute values.",
                "Without a root the denominator would have the unit of a squared gradient.",
                MEMORY,
            ),
            divisor(
                "root taken",
                absolute,
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
                absolute,
                lambda old, new, eps: new,
                "eps is missing.",
                "It keeps the step finite where the average is zero, and short where gradients are tiny.",
            ),
        ),
    ),
)
