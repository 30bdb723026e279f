"""`ema_to_classical`: from one form of momentum to the other."""

from fractions import Fraction

import numpy as np

from descent.checks.exercise import Exercise, Probe, Wrong
from descent.conventions import ema_to_classical


def _ordinary(rng):
    return float(10 ** rng.uniform(-4, 0)), float(rng.uniform(0.55, 0.99))


def _no_memory(rng):
    return float(10 ** rng.uniform(-4, 0)), 0.0


def _product(lr, beta):
    return lr * (1 - beta)


def _difference(lr, beta):
    return lr - lr * beta


def _geometric_series(lr, beta):
    return lr / sum(beta**k for k in range(4000))


def _first_step(lr, beta):
    """The first step of the average, from rest, under a gradient of 1."""
    theta, mean, gradient = 0.0, 0.0, 1.0
    mean = beta * mean + (1 - beta) * gradient
    theta = theta - lr * mean
    return np.float64(-theta)


def _exact(lr, beta):
    return float(Fraction(lr) * (1 - Fraction(beta)))


def _array(lr, beta):
    return np.array(lr) * np.subtract(1.0, beta)


CONVERSION = Exercise(
    name="ema_to_classical",
    title="From one form to the other",
    section="sec-momentum-forms",
    difficulty=1,
    minutes=6,
    signature="ema_to_classical(lr, beta) -> float",
    reference=ema_to_classical,
    probes=(
        Probe("learning rates to convert", 1.5, _ordinary),
        Probe("no memory at all", 0.5, _no_memory, draws=2),
    ),
    hints=(
        "Write down the first step of both forms from rest. What multiplies the gradient in each?",
        "The moving average is 1 - beta times the velocity, in every step. Which lr makes up for it?",
        "The velocity is 1/(1 - beta) times the average, so its learning rate is 1 - beta times the other.",
    ),
    right=(_product, _difference, _geometric_series, _first_step, _exact, _array),
    wrong=(
        Wrong(
            "beta for 1 - beta",
            lambda lr, beta: lr * beta,
            "You multiply by beta; the factor is 1 - beta.",
            "The gradient enters the average with 1 - beta; beta is what the old average keeps.",
            "sec-momentum-forms",
        ),
        Wrong(
            "the other way",
            lambda lr, beta: lr / (1 - beta),
            "This converts the other way, from the velocity's form to the average's.",
            "The velocity is the larger of the two, so its learning rate must be the smaller.",
            "sec-momentum-forms",
        ),
        Wrong(
            "unchanged",
            lambda lr, beta: lr,
            "You return lr as it is; the two forms differ by a factor.",
            "With the same lr the velocity's form takes steps 1/(1 - beta) times as long: ten times at 0.9.",
            "sec-momentum-forms",
        ),
        Wrong(
            "divided by beta",
            lambda lr, beta: lr / beta,
            "You divide by beta; the factor is 1 - beta, and it multiplies.",
            "The average is 1 - beta times the velocity.",
            "sec-momentum-forms",
        ),
        Wrong(
            "lr and beta together",
            lambda lr, beta: (lr * (1 - beta), beta),
            "Return the learning rate alone: beta stays as it is.",
            "Both forms forget at the same rate; only the learning rate is converted.",
            "sec-momentum-forms",
        ),
        Wrong(
            "through a quotient by beta",
            lambda lr, beta: lr * beta * (1 / beta - 1),
            "Your formula divides by beta, which fails where beta is 0.",
            "beta = 0 is plain gradient descent, in both forms with the same lr.",
            "sec-momentum-forms",
        ),
    ),
)
