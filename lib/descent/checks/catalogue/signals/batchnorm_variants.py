"""Other methods than the book's that a graded notebook may ask of `batchnorm`."""

from dataclasses import replace

import numpy as np

from descent.checks.catalogue.signals.norms import MODES, RULE, Norm, mistakes, right
from descent.checks.exercise import Variant, Wrong


def _exchanged(x, gamma, beta, running_mean, running_var, momentum, eps, training):
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0, ddof=1)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0)
    return gamma * (x - mean) / np.sqrt(var + eps) + beta, running_mean, running_var


def _outside(x, gamma, beta, running_mean, running_var, momentum, eps, training):
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    return gamma * (x - mean) / (np.sqrt(var) + eps) + beta, running_mean, running_var


EXCHANGED = Norm(less=1, kept_less=0)
OUTSIDE = Norm(sd=lambda var, eps: var**0.5 + eps)

VARIANTS = (
    Variant(
        name="the sample variance normalises",
        statement=r"""**The two variances change places.** In training the batch is normalised by the sample's variance, divided by
$n - 1$; into the running variance goes the population's, divided by $n$. With $m$ for `momentum` and $\mu$ the batch's mean:

$$\hat x = \frac{x - \mu}{\sqrt{s^2 + \varepsilon}}, \quad s^2 = \frac1{n - 1}\sum_i (x_i - \mu)^2, \qquad
v \leftarrow (1 - m)\,v + m\,\frac1n \sum_i (x_i - \mu)^2.$$""",
        hints=(
            "NumPy's var divides by n; with ddof=1 it divides by n - 1.",
            "x.var(axis=0, ddof=1) normalises; x.var(axis=0) goes into running_var.",
        ),
        reference=_exchanged,
        right=right(EXCHANGED),
        wrong=(
            *mistakes(EXCHANGED),
            Wrong(
                "population variance normalises",
                Norm(less=0, kept_less=0),
                "You normalise by the variance divided by n; in your notebook the divisor is n - 1.",
                "x.var(axis=0, ddof=1) divides by n - 1.",
                MODES,
            ),
            Wrong(
                "sample variance kept",
                Norm(less=1, kept_less=1),
                "Your running variance takes in the variance divided by n - 1; in your notebook that divisor is n.",
                "x.var(axis=0) divides by n.",
                MODES,
            ),
            Wrong(
                "epsilon outside the root",
                replace(EXCHANGED, sd=lambda var, eps: var**0.5 + eps),
                "Your epsilon is added to the standard deviation; it belongs under the root.",
                "Adam adds its epsilon outside of the root; normalisation layers add it inside.",
                RULE,
            ),
            Wrong(
                "variance for standard deviation",
                replace(EXCHANGED, sd=lambda var, eps: var + eps),
                "You divide by the variance; the root is missing.",
                "The output has variance 1 only if the standard deviation divides.",
                RULE,
            ),
        ),
    ),
    Variant(
        name="epsilon outside the root",
        statement=r"""**$\varepsilon$ is added to the standard deviation**, outside the root, in training as in evaluation:

$$y = \gamma\,\frac{x - \mu}{\sqrt{\sigma^2} + \varepsilon} + \beta.$$

Which mean and variance these are, and what becomes of the running ones, is as above.""",
        hints=(
            "The root is taken before eps is added.",
            "y = gamma * (x - mean) / (np.sqrt(var) + eps) + beta.",
        ),
        reference=_outside,
        right=right(OUTSIDE),
        wrong=(
            *mistakes(OUTSIDE),
            Wrong(
                "unbiased variance normalises",
                replace(OUTSIDE, less=1),
                "You normalise by the unbiased variance, divided by n - 1; here the divisor is n.",
                "The unbiased one is for the running average.",
                MODES,
            ),
            Wrong(
                "biased running variance",
                replace(OUTSIDE, kept_less=0),
                "Your running variance takes in the biased variance, divided by n; there the divisor is n - 1.",
                "The running variance estimates that of all data.",
                MODES,
            ),
            Wrong(
                "root missing",
                replace(OUTSIDE, sd=lambda var, eps: var + eps),
                "You divide by the variance; the root is missing.",
                "The output has variance 1 only if the standard deviation divides.",
                RULE,
            ),
        ),
    ),
)
