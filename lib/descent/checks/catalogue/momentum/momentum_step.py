"""`momentum_step`: one step of momentum, in torch's form; and the same function to be repaired."""

from dataclasses import replace

import numpy as np

from descent.checks.catalogue.momentum.mistakes import MISTAKES
from descent.checks.catalogue.momentum.right import RIGHT, reference
from descent.checks.catalogue.momentum.variants import VARIANTS
from descent.checks.catalogue.steps import direction, gradient, learning_rate, shape
from descent.checks.comparing import step_scale
from descent.checks.exercise import Exercise, Probe


def running(rng):
    """A step in the middle of a run."""
    d = shape(rng)
    lr, beta = learning_rate(rng), rng.uniform(0.1, 0.95)
    return rng.normal(size=d), gradient(rng, d), direction(rng, d), lr, beta


def coasting(rng):
    """A step from where the gradient vanishes."""
    theta, grad, velocity, lr, beta = running(rng)
    return theta, np.zeros_like(grad), velocity, lr, beta


MOMENTUM = Exercise(
    name="momentum_step",
    title="One step of momentum",
    section="sec-momentum-rule",
    difficulty=1,
    minutes=8,
    signature="momentum_step(theta, grad, velocity, lr, beta) -> (theta, velocity)",
    reference=reference,
    probes=(
        Probe("steps in mid-run", 1.5, running),
        Probe("steps where the gradient is zero", 0.5, coasting, draws=2),
    ),
    untouched=1.0,
    scale=step_scale(0),
    hints=(
        "First the velocity, then the parameters. Which velocity moves them, the old or the new one?",
        "The velocity fades by beta and takes the gradient as it is: no 1 - beta, and no lr.",
        "velocity = beta * velocity + grad; theta = theta - lr * velocity; return both, theta first.",
    ),
    right=RIGHT,
    wrong=MISTAKES,
    variants=VARIANTS,
)


REPAIRED = replace(
    MOMENTUM,
    name="momentum_repaired",
    title="Spot the bug: a schedule that comes too late",
    section="sec-momentum-schedule",
    difficulty=2,
    minutes=10,
    variants=(),
    signature="momentum_repaired(theta, grad, velocity, lr, beta) -> (theta, velocity)",
    hints=(
        "With a constant lr the given program walks the right path. What does it keep from one lr to the next?",
        "A gradient that came under a large lr is still multiplied by it after lr has dropped.",
        "Take lr out of the velocity's line and put it into the step: theta - lr * velocity.",
    ),
)
