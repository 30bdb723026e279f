"""`he_init`: normal weights of the variance that ReLU needs."""

import numpy as np

from descent.checks.catalogue.signals.initialisers import (
    layers,
    normal,
    shared_mistakes,
    transposed,
    uniform,
)
from descent.checks.exercise import Exercise, Wrong
from descent.signals import he_init


def _sd(fan_in, fan_out):
    return np.sqrt(2 / fan_in)


def _box_muller(rng, fan_in, fan_out):
    u, angle = 1 - rng.random((fan_in, fan_out)), rng.random((fan_in, fan_out))
    return _sd(fan_in, fan_out) * np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * angle)


def _by_columns(rng, fan_in, fan_out):
    W = np.empty((fan_in, fan_out))
    for j in range(fan_out):
        W[:, j] = _sd(fan_in, fan_out) * rng.standard_normal(fan_in)
    return W


def _truncated(rng, fan_in, fan_out):
    z = rng.standard_normal((fan_in, fan_out))
    while (far := abs(z) > 2).any():
        z[far] = rng.standard_normal(far.sum())
    return z * _sd(fan_in, fan_out) / 0.87962566103423978  # z's own deviation


def _one_column(rng, fan_in, fan_out):
    return np.repeat(rng.normal(0, _sd(fan_in, fan_out), size=(fan_in, 1)), fan_out, axis=1)


HE = Exercise(
    name="he_init",
    title="He's initialisation",
    section="sec-signals-he",
    difficulty=1,
    minutes=7,
    signature="he_init(rng, fan_in, fan_out) -> (fan_in, fan_out)",
    reference=he_init,
    probes=(layers("2/fan_in"),),
    hints=(
        "Each output sums fan_in products, and ReLU then drops half of the mean square. Which variance makes up for both?",
        "The variance is 2/fan_in; NumPy asks for the standard deviation, which is its root.",
        "return rng.normal(0, np.sqrt(2 / fan_in), size=(fan_in, fan_out)).",
    ),
    right=(
        normal(_sd),
        lambda rng, fan_in, fan_out: rng.standard_normal((fan_in, fan_out)) * (2 / fan_in) ** 0.5,
        _box_muller,
        _by_columns,
        transposed(lambda rng, a, b: rng.normal(scale=np.sqrt(2 / a), size=(b, a))),
        lambda rng, fan_in, fan_out: (
            rng.standard_normal(fan_in * fan_out).reshape(fan_in, fan_out) / np.sqrt(fan_in / 2)
        ),
    ),
    wrong=(
        Wrong(
            "fan_out",
            normal(lambda fan_in, fan_out: np.sqrt(2 / fan_out)),
            "Your variance is 2/fan_out; it is 2/fan_in.",
            "An output sums over the inputs, so their number sets its variance; fan_out does so for the gradients.",
            "sec-signals-backward",
        ),
        Wrong(
            "root missing",
            normal(lambda fan_in, fan_out: 2 / fan_in),
            "Your standard deviation is 2/fan_in: that is the variance, and its root is missing.",
            "rng.normal takes the standard deviation, not the variance.",
            "sec-signals-he",
        ),
        Wrong(
            "root of the 2 alone",
            normal(lambda fan_in, fan_out: np.sqrt(2) / fan_in),
            "Your root covers the 2 alone: the standard deviation is sqrt(2 / fan_in).",
            "With sqrt(2) / fan_in the variance is 2/fan_in², and the signal fades from layer to layer.",
            "sec-signals-he",
        ),
        Wrong(
            "factor 2 forgotten",
            normal(lambda fan_in, fan_out: np.sqrt(1 / fan_in)),
            "Your variance is 1/fan_in: the 2 that ReLU needs is missing.",
            "ReLU drops half of the mean square, so without the 2 the signal halves its mean square in each layer.",
            "sec-signals-he",
        ),
        Wrong(
            "Glorot's variance",
            normal(lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out))),
            "This is Glorot's variance, 2/(fan_in + fan_out).",
            "It is made for activations that are linear about 0; He's 2/fan_in is made for ReLU.",
            "sec-signals-glorot",
        ),
        Wrong(
            "the larger fan",
            normal(lambda fan_in, fan_out: np.sqrt(2 / max(fan_in, fan_out))),
            "You divide by the larger of the two fans; fan_in counts, whichever is larger.",
            "In a layer that widens each output still sums fan_in products.",
            "sec-signals-he",
        ),
        Wrong(
            "uniform, right variance",
            uniform(lambda fan_in, fan_out: np.sqrt(6 / fan_in)),
            "The variance is right, but your weights are uniform; normal ones are asked for.",
            "He's initialisation exists in both forms, and both keep the signal; here it is the normal one.",
            "sec-signals-he",
        ),
        Wrong(
            "standard deviation for the bound",
            uniform(_sd),
            "Your weights are uniform, and reach to the standard deviation only.",
            "Uniform numbers between -a and a have the variance a²/3; and normal ones are asked for.",
            "sec-signals-uniform",
        ),
        Wrong(
            "tails cut off",
            _truncated,
            "The variance is right, but your normal numbers are cut off at two standard deviations.",
            "Some libraries cut the tails off; here plain normal numbers are asked for.",
            "sec-signals-he",
        ),
        Wrong(
            "not scaled",
            normal(lambda fan_in, fan_out: 1.0),
            "Your weights have the variance 1, whatever the layer's width.",
            "Each layer would multiply the signal by about sqrt(fan_in / 2).",
            "sec-signals-variance",
        ),
        Wrong(
            "all units alike",
            _one_column,
            "All units of your layer start with the same weights.",
            "They get the same gradients too, and stay copies of one another for ever: draw each weight by itself.",
            "sec-signals-zero",
        ),
        Wrong(
            "zeros",
            lambda rng, fan_in, fan_out: np.zeros((fan_in, fan_out)),
            "Your weights are all zero.",
            "Zero weights pass on neither a signal nor a gradient, and nothing tells the units apart.",
            "sec-signals-zero",
        ),
        *shared_mistakes(normal(_sd)),
    ),
)
