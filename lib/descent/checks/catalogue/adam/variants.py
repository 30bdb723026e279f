"""Other methods than the book's that a graded notebook may ask of `adam_step`."""

from dataclasses import replace

import numpy as np

from descent.checks.catalogue.adam.parts import BIAS, EPSILON, RULE, Adam, mistakes, right
from descent.checks.exercise import Variant, Wrong


def _other(name: str, adam: Adam, sentence: str, because: str, section: str = EPSILON) -> Wrong:
    return Wrong(name, adam, sentence, because, section)


def _larger(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / np.maximum(np.sqrt(v_hat), eps), m, v


def _begun_earlier(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1 ** (t + 1)), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def _half_gradient(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * (m_hat + grad) / 2 / (np.sqrt(v_hat) + eps), m, v


LARGER = Adam(denominator=lambda v_hat, eps: np.maximum(v_hat**0.5, eps))
BEGUN_EARLIER = Adam(count=lambda t: t + 1)
HALF_GRADIENT = Adam(direction=lambda m_hat, g, denominator: (m_hat + g) / 2 / denominator)

_MOMENTS = r"""$$m \leftarrow \beta_1 m + (1 - \beta_1)\,g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\,g^2,$$"""

VARIANTS = (
    Variant(
        name="the larger of root and epsilon",
        statement=rf"""**$\varepsilon$ is not added, but a lower bound**: the denominator is the larger of the root and $\varepsilon$, element
by element.

{_MOMENTS}

$$\hat m = \frac{{m}}{{1 - \beta_1^t}}, \qquad \hat v = \frac{{v}}{{1 - \beta_2^t}}, \qquad
\theta \leftarrow \theta - \eta\,\frac{{\hat m}}{{\max(\sqrt{{\hat v}},\, \varepsilon)}}.$$""",
        hints=(
            "np.maximum compares two arrays, or an array and a number, element by element.",
            "All lines are Adam's but the last: theta = theta - lr * m_hat / np.maximum(np.sqrt(v_hat), eps).",
        ),
        reference=_larger,
        right=right(LARGER),
        wrong=(
            *mistakes(LARGER),
            _other(
                "larger before the root",
                Adam(denominator=lambda v_hat, eps: np.maximum(v_hat, eps) ** 0.5),
                "You compare eps with v_hat itself; its root is meant.",
                "Take the root first: eps is a size of gradients, not of their squares.",
            ),
            _other(
                "smaller for larger",
                Adam(denominator=lambda v_hat, eps: np.minimum(v_hat**0.5, eps)),
                "You divide by the smaller of the two; the larger is meant.",
                "eps keeps the denominator from falling below it.",
            ),
            _other(
                "root missing",
                Adam(denominator=np.maximum),
                "The root is missing.",
                "It has the unit of a gradient, so that the step has none.",
            ),
            _other(
                "epsilon squared under the root",
                Adam(denominator=lambda v_hat, eps: (v_hat + eps**2) ** 0.5),
                "You add the square of eps under the root; the larger of root and eps is meant.",
                "Use np.maximum.",
            ),
        ),
    ),
    Variant(
        name="first moment begun a step earlier",
        statement=rf"""The first moment is corrected as if it **had begun one step earlier**: its power is $t + 1$, that of the second moment
is $t$.

{_MOMENTS}

$$\hat m = \frac{{m}}{{1 - \beta_1^{{t + 1}}}}, \qquad \hat v = \frac{{v}}{{1 - \beta_2^t}}, \qquad
\theta \leftarrow \theta - \eta\,\frac{{\hat m}}{{\sqrt{{\hat v}} + \varepsilon}}.$$""",
        hints=(
            "Only one of the two corrections has another power than the book's.",
            "m_hat = m / (1 - beta1 ** (t + 1)); v_hat = v / (1 - beta2**t).",
        ),
        reference=_begun_earlier,
        right=right(BEGUN_EARLIER),
        wrong=(
            *mistakes(BEGUN_EARLIER),
            _other(
                "both begun earlier",
                Adam(count=lambda t: t + 1, count2=lambda t: t + 1),
                "You use t + 1 in both corrections.",
                "In your notebook only the first moment has begun a step earlier.",
                BIAS,
            ),
            _other(
                "second begun earlier",
                Adam(count2=lambda t: t + 1),
                "You use t + 1 for the second moment; it belongs to the first.",
                "m is divided by 1 - beta1 ** (t + 1), v by 1 - beta2 ** t.",
                BIAS,
            ),
            _other(
                "epsilon inside the root",
                Adam(
                    count=lambda t: t + 1,
                    denominator=lambda v_hat, eps: (v_hat + eps) ** 0.5,
                ),
                "Your eps stands inside the root.",
                "It is added last, in your notebook as in the book.",
            ),
            _other(
                "epsilon missing",
                Adam(count=lambda t: t + 1, denominator=lambda v_hat, eps: v_hat**0.5),
                "eps is missing.",
                "It keeps the step finite where v is zero, and short where gradients are tiny.",
            ),
        ),
    ),
    Variant(
        name="half gradient, half first moment",
        statement=rf"""The step goes along the **mean of the corrected first moment and the gradient itself**:

{_MOMENTS}

$$\hat m = \frac{{m}}{{1 - \beta_1^t}}, \qquad \hat v = \frac{{v}}{{1 - \beta_2^t}}, \qquad
\theta \leftarrow \theta - \eta\,\frac{{\frac12(\hat m + g)}}{{\sqrt{{\hat v}} + \varepsilon}}.$$""",
        hints=(
            "The moments and their corrections are Adam's; only the numerator of the step is another.",
            "theta = theta - lr * (m_hat + grad) / 2 / (np.sqrt(v_hat) + eps).",
        ),
        reference=_half_gradient,
        right=right(HALF_GRADIENT),
        wrong=(
            *mistakes(HALF_GRADIENT),
            _other(
                "sum for mean",
                Adam(direction=lambda m_hat, g, denominator: (m_hat + g) / denominator),
                "You add the two; their mean is meant.",
                "The mean of two is half their sum.",
                RULE,
            ),
            _other(
                "gradient alone",
                Adam(direction=lambda m_hat, g, denominator: g / denominator),
                "Your step goes along the gradient alone.",
                "It goes along the mean of m_hat and the gradient.",
                RULE,
            ),
            _other(
                "only the moment halved",
                Adam(direction=lambda m_hat, g, denominator: (m_hat / 2 + g) / denominator),
                "You halve the moment, but not the gradient.",
                "The mean is (m_hat + grad) / 2, with parentheses.",
                RULE,
            ),
            _other(
                "epsilon inside the root",
                replace(HALF_GRADIENT, denominator=lambda v_hat, eps: (v_hat + eps) ** 0.5),
                "Your eps stands inside the root.",
                "It is added last, in your notebook as in the book.",
            ),
            _other(
                "epsilon missing",
                replace(HALF_GRADIENT, denominator=lambda v_hat, eps: v_hat**0.5),
                "eps is missing.",
                "It keeps the step finite where v is zero, and short where gradients are tiny.",
            ),
        ),
    ),
)
