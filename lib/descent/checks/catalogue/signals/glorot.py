"""`glorot_init`: uniform weights of a variance between what signal and gradient need."""

import numpy as np

from descent.checks.catalogue.signals.initialisers import (
    layers,
    normal,
    shared_mistakes,
    transposed,
    uniform,
)
from descent.checks.exercise import Exercise, Wrong
from descent.signals import glorot_init


def _bound(fan_in, fan_out):
    return np.sqrt(6 / (fan_in + fan_out))


def _positive(rng, fan_in, fan_out):
    return rng.uniform(0, _bound(fan_in, fan_out), size=(fan_in, fan_out))


GLOROT = Exercise(
    name="glorot_init",
    title="Glorot's initialisation",
    section="sec-signals-glorot",
    difficulty=1,
    minutes=5,
    signature="glorot_init(rng, fan_in, fan_out) -> (fan_in, fan_out)",
    reference=glorot_init,
    probes=(layers("2/(fan_in + fan_out)"),),
    hints=(
        "Uniform numbers between -a and a have the variance a²/3. Which a gives the variance that is wanted?",
        "a²/3 = 2/(fan_in + fan_out), so a is the root of 6/(fan_in + fan_out).",
        "a = np.sqrt(6 / (fan_in + fan_out)); return rng.uniform(-a, a, size=(fan_in, fan_out)).",
    ),
    right=(
        uniform(_bound),
        lambda rng, m, n: (2 * rng.random((m, n)) - 1) * (6 / (m + n)) ** 0.5,
        lambda rng, m, n: np.sqrt(2 / (m + n)) * rng.uniform(-np.sqrt(3), np.sqrt(3), (m, n)),
        lambda rng, m, n: (
            np.array([rng.uniform(-1, 1, n) for _ in range(m)]) * np.sqrt(6 / (m + n))
        ),
        lambda rng, m, n: (
            rng.choice([-1, 1], (m, n)) * rng.uniform(0, np.sqrt(6 / (m + n)), (m, n))
        ),
        transposed(lambda rng, m, n: np.sqrt(3 / ((m + n) / 2)) * (1 - 2 * rng.random((n, m)))),
    ),
    wrong=(
        Wrong(
            "standard deviation for the bound",
            uniform(lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out))),
            "Your bound is the standard deviation: the variance comes out a third of what it should be.",
            "Uniform numbers between -a and a have the variance a²/3, so the bound needs a 6 for the 2.",
            "sec-signals-uniform",
        ),
        Wrong(
            "3 for 6",
            uniform(lambda fan_in, fan_out: np.sqrt(3 / (fan_in + fan_out))),
            "Your bound has a 3 where a 6 belongs: the variance is half of what it should be.",
            "The variance is one over the *mean* of the fans, 2/(fan_in + fan_out), and the bound's square is three times "
            "that.",
            "sec-signals-uniform",
        ),
        Wrong(
            "root missing",
            uniform(lambda fan_in, fan_out: 6 / (fan_in + fan_out)),
            "The root is missing from your bound.",
            "6/(fan_in + fan_out) is the square of the bound.",
            "sec-signals-uniform",
        ),
        Wrong(
            "root of the 6 alone",
            uniform(lambda fan_in, fan_out: np.sqrt(6) / (fan_in + fan_out)),
            "Your root covers the 6 alone: the bound is sqrt(6 / (fan_in + fan_out)).",
            "Both the 6 and the fans stand under the root.",
            "sec-signals-uniform",
        ),
        Wrong(
            "fan_in alone",
            uniform(lambda fan_in, fan_out: np.sqrt(3 / fan_in)),
            "Your variance is 1/fan_in; fan_out belongs in it too.",
            "1/fan_in keeps the signal and 1/fan_out the gradient; Glorot's takes the mean of the two fans.",
            "sec-signals-glorot",
        ),
        Wrong(
            "6/fan_in",
            uniform(lambda fan_in, fan_out: np.sqrt(6 / fan_in)),
            "Your bound is sqrt(6 / fan_in), which is He's.",
            "It doubles the variance for ReLU, and leaves fan_out out.",
            "sec-signals-he",
        ),
        Wrong(
            "torch's default",
            uniform(lambda fan_in, fan_out: np.sqrt(1 / fan_in)),
            "Your bound is 1/sqrt(fan_in), with which torch's Linear starts.",
            "Its variance is 1/(3 fan_in), a third of what keeps the signal.",
            "sec-signals-uniform",
        ),
        Wrong(
            "product of the fans",
            uniform(lambda fan_in, fan_out: np.sqrt(6 / (fan_in * fan_out))),
            "You multiply the fans; they are added.",
            "The mean of the two fans is (fan_in + fan_out)/2.",
            "sec-signals-glorot",
        ),
        Wrong(
            "bound for the standard deviation",
            normal(_bound),
            "Your weights are normal with the bound for their standard deviation.",
            "Uniform weights between -a and a are asked for; their standard deviation is a/sqrt(3).",
            "sec-signals-uniform",
        ),
        Wrong(
            "normal, right variance",
            normal(lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out))),
            "The variance is right, but your weights are normal; uniform ones are asked for.",
            "Glorot's initialisation exists in both forms, and both keep the signal; here it is the uniform one.",
            "sec-signals-glorot",
        ),
        Wrong(
            "positive only",
            _positive,
            "Your weights lie between 0 and the bound: none is negative.",
            "With a mean other than 0 all units answer alike, and the signal grows with the width.",
            "sec-signals-variance",
        ),
        *shared_mistakes(uniform(_bound)),
    ),
)
