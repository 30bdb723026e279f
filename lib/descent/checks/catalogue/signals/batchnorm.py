"""`batchnorm`: forward, in training and in evaluation, with its running statistics."""

from descent.checks.catalogue.signals.batchnorm_mistakes import MISTAKES
from descent.checks.catalogue.signals.batchnorm_right import RIGHT
from descent.checks.catalogue.signals.batchnorm_variants import VARIANTS
from descent.checks.exercise import Exercise, Probe
from descent.signals import batchnorm


def features(rng):
    """Examples (n, d) whose features have means and sizes of their own, with gamma and beta (d,), and eps."""
    d = int(rng.integers(2, 5))
    n = d + int(rng.integers(2, 6))
    x = rng.normal(size=(n, d)) * rng.uniform(0.2, 3, size=d) + rng.uniform(-3, 3, size=d)
    return x, rng.uniform(0.5, 2, size=d), rng.normal(size=d), (1e-5, 0.05)[rng.integers(2)]


def _case(rng, training):
    x, gamma, beta, eps = features(rng)
    d = len(gamma)
    running = rng.normal(size=d), rng.uniform(0.5, 2, size=d)
    return x, gamma, beta, *running, float(rng.uniform(0.05, 0.4)), eps, training


def _training(rng):
    return _case(rng, True)


def _evaluation(rng):
    return _case(rng, False)


BATCHNORM = Exercise(
    name="batchnorm",
    title="Batch normalisation",
    section="sec-signals-batchnorm",
    difficulty=2,
    minutes=13,
    signature=(
        "batchnorm(x (n, d), gamma (d,), beta (d,), running_mean (d,), running_var (d,), momentum, eps, training)"
        " -> (y (n, d), running_mean (d,), running_var (d,))"
    ),
    reference=batchnorm,
    probes=(
        Probe("in training", 2.0, _training),
        Probe("in evaluation", 1.5, _evaluation),
    ),
    untouched=0.5,
    hints=(
        "Decide first which mean and variance normalise: in training those of the batch, along axis 0, otherwise the "
        "running ones.",
        "The batch's variance enters twice, in two forms: divided by n it normalises, divided by n - 1 it goes into the "
        "running variance. In evaluation nothing is updated.",
        "In training: mean, var = x.mean(axis=0), x.var(axis=0); "
        "running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1), and the mean likewise.",
    ),
    right=RIGHT,
    wrong=MISTAKES,
    variants=VARIANTS,
)
