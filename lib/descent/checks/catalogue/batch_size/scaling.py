"""`scale_lr`: the learning rate for another batch size."""

import math

import numpy as np

from descent.batches import SCALING, scale_lr
from descent.checks.catalogue.steps import learning_rate
from descent.checks.exercise import Exercise, Probe, Wrong

LINEAR = tuple(name for name, power in SCALING.items() if power == 1)
ROOT = tuple(name for name in SCALING if name not in LINEAR)


def _multiple(optimisers):
    """Batches that are a whole multiple of the base, one call for each of the optimisers."""

    def draw(rng):
        lr, base, factor = learning_rate(rng), int(rng.integers(2, 65)), int(rng.integers(2, 20))
        return [(lr, base * factor, base, name) for name in optimisers]

    return draw


def _any_ratio(rng):
    """A smaller batch and one that is no multiple of the base."""
    lr, base = learning_rate(rng), 2 * int(rng.integers(10, 40))
    calls = ((int(rng.integers(1, base)), base), (base + base // 2 + 1, base))
    return [(lr, *sizes, LINEAR[0]) for sizes in calls]


def _if_else(lr, batch, base_batch, optimiser):
    if optimiser in ("gradient_descent", "momentum", "nesterov"):
        return lr * batch / base_batch
    return lr * (batch / base_batch) ** 0.5


def _table(lr, batch, base_batch, optimiser):
    powers = {"adagrad": 1 / 2, "rmsprop": 1 / 2, "adam": 1 / 2, "adamw": 1 / 2}
    return np.multiply(lr, np.power(batch / base_batch, powers.get(optimiser, 1)))


def _roots(lr, batch, base_batch, optimiser):
    factor = math.sqrt(batch) / math.sqrt(base_batch)
    adaptive = optimiser.startswith("ada") or optimiser == "rmsprop"
    return lr * factor if adaptive else lr * factor * factor


def _logarithms(lr, batch, base_batch, optimiser):
    power = 0.5 if optimiser[0] in "ar" else 1.0
    return math.exp(math.log(lr) + power * (math.log(batch) - math.log(base_batch)))


def _hypot(lr, batch, base_batch, optimiser):
    linear = lr / base_batch * batch
    if optimiser in {"momentum", "gradient_descent", "nesterov"}:
        return linear
    return np.sqrt(lr * linear)  # the geometric mean of the old and the linear one


def _scaled(power, ratio=lambda batch, base: batch / base):
    """A wrong version: lr * ratio ** power(optimiser)."""

    def program(lr, batch, base_batch, optimiser):
        return lr * ratio(batch, base_batch) ** power(optimiser)

    return program


def _root_of_rate(lr, batch, base_batch, optimiser):
    linear = lr * batch / base_batch
    return linear if optimiser in LINEAR else linear**0.5


SCALE = Exercise(
    name="scale_lr",
    title="A learning rate for another batch size",
    section="sec-batch-scaling",
    difficulty=1,
    minutes=8,
    signature="scale_lr(lr, batch, base_batch, optimiser) -> float",
    reference=scale_lr,
    probes=(
        Probe("gradient descent, momentum, Nesterov", 0.75, _multiple(LINEAR)),
        Probe("methods that divide by the gradient's size", 0.75, _multiple(ROOT)),
        Probe("smaller batches, and no multiples", 0.5, _any_ratio),
    ),
    hints=(
        "There are two kinds of methods. Double the gradient: does the step double, or stay?",
        "With k = batch / base_batch: k small steps of gradient descent add up, so one big step must be k times as "
        "long. Where the step is divided by the size of a noisy gradient, only √k of it is left to make up for.",
        "power = 1 for gradient_descent, momentum and nesterov, otherwise 0.5; lr * (batch / base_batch) ** power.",
    ),
    right=(_if_else, _table, _roots, _logarithms, _hypot),
    wrong=(
        Wrong(
            "linear for Adam",
            _scaled(lambda name: 1),
            "You scale all methods linearly; Adam and its kin go with the square root.",
            "They divide by the root of a mean square, in which the noise is already measured.",
            "sec-batch-scaling",
        ),
        Wrong(
            "square root for all",
            _scaled(lambda name: 0.5),
            "You take the square root for all methods; gradient descent and momentum scale linearly.",
            "Their step is proportional to the gradient, so one step in place of k must be k times as long.",
            "sec-batch-scaling",
        ),
        Wrong(
            "the two rules swapped",
            _scaled(lambda name: 0.5 if name in LINEAR else 1),
            "You have the two rules swapped: linear is for gradient descent, the square root for Adam.",
            "Linear goes with steps that are proportional to the gradient.",
            "sec-batch-scaling",
        ),
        Wrong(
            "adam alone",
            _scaled(lambda name: 0.5 if name == "adam" else 1),
            "You take the square root for adam alone; adamw, rmsprop and adagrad divide by the same kind of root.",
            "The rule does not hang on the name, but on the division by the gradient's size.",
            "sec-batch-scaling",
        ),
        Wrong(
            "momentum as an adaptive method",
            _scaled(lambda name: 1 if name == "gradient_descent" else 0.5),
            "You count momentum among the adaptive methods; it scales linearly.",
            "Its velocity is a sum of gradients: double them all, and the step doubles.",
            "sec-momentum-adaptive",
            mistake=19,
        ),
        Wrong(
            "Adam left alone",
            _scaled(lambda name: 1 if name in LINEAR else 0),
            "You leave the learning rate of adaptive methods as it is.",
            "They adapt to the gradient's size, noise included: with less noise the same step may be longer.",
            "sec-batch-scaling",
        ),
        Wrong(
            "not scaled",
            lambda lr, batch, base_batch, optimiser: lr,
            "You return lr as it is.",
            "A larger batch has less noise, and fewer steps to go the same way: the step must grow.",
            "sec-batch-confusion",
            mistake=16,
        ),
        Wrong(
            "upside down",
            _scaled(SCALING.get, lambda batch, base: base / batch),
            "Your ratio is upside down: a larger batch wants a larger learning rate.",
            "The factor is batch / base_batch, above 1 when the batch grows.",
            "sec-batch-scaling",
        ),
        Wrong(
            "root of the whole",
            _root_of_rate,
            "You take the square root of the learning rate, too; only the ratio is under it.",
            "With batch equal to base_batch nothing may change.",
            "sec-batch-scaling",
        ),
        Wrong(
            "integer division",
            _scaled(SCALING.get, lambda batch, base: batch // base),
            "Your ratio is a whole number: // cuts the rest off, and a smaller batch gets 0.",
            "// is division without remainder; use /.",
            "sec-batch-scaling",
        ),
        Wrong(
            "never smaller",
            _scaled(SCALING.get, lambda batch, base: max(batch / base, 1)),
            "Your learning rate never shrinks; a smaller batch wants a smaller one.",
            "The rule works in both directions.",
            "sec-batch-scaling",
        ),
    ),
)
