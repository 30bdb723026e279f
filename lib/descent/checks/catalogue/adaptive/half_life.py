"""`ema_half_life`: how long a moving average remembers."""

import math

import numpy as np

from descent.checks.exercise import Exercise, Probe, Wrong
from descent.stepsize import ema_half_life


def _long_memory(rng):
    return (1 - float(10 ** rng.uniform(-3.5, -2.2)),)


def _short_memory(rng):
    return (float(rng.uniform(0.05, 0.45)),)


def _bisection(rho):
    low, high = 0.0, 1e6
    while True:
        k = (low + high) / 2
        if k in (low, high):
            return k
        low, high = (k, high) if rho**k > 0.5 else (low, k)


def _newton(rho):
    """The root of exp(k ln rho) = 1/2."""
    slope = math.log(rho)
    k = 0.0
    for _ in range(60):
        value = math.exp(k * slope)
        k -= (value - 0.5) / (slope * value)
    return k


HALF_LIFE = Exercise(
    name="ema_half_life",
    title="How long an average remembers",
    section="sec-adaptive-memory",
    difficulty=1,
    minutes=6,
    signature="ema_half_life(rho) -> float",
    reference=ema_half_life,
    probes=(
        Probe("averages with a long memory", 1.5, _long_memory),
        Probe("averages that forget at once", 0.5, _short_memory, draws=2),
    ),
    hints=(
        "After k steps a value's weight has been multiplied by rho k times.",
        "Solve rho**k = 1/2 for k, a real number: take logarithms of both sides.",
        "math.log(0.5) / math.log(rho)",
    ),
    right=(
        lambda rho: math.log(0.5) / math.log(rho),
        lambda rho: -1 / np.log2(rho),
        lambda rho: math.log(0.5, rho),
        lambda rho: np.log10(2) / np.log10(1 / np.array(rho)),
        _bisection,
        _newton,
    ),
    wrong=(
        Wrong(
            "sign",
            lambda rho: math.log(2) / math.log(rho),
            "Your half-life is negative.",
            "ln rho is negative for rho < 1, and so is ln(1/2): their quotient is positive.",
            "sec-adaptive-memory",
        ),
        Wrong(
            "upside down",
            lambda rho: math.log(rho) / math.log(0.5),
            "Your quotient is upside down.",
            "From k ln rho = ln(1/2) follows k = ln(1/2) / ln rho.",
            "sec-adaptive-memory",
        ),
        Wrong(
            "mean age",
            lambda rho: 1 / (1 - rho),
            "1/(1 - rho) is the sum of all the weights' factors, a usual measure of memory, but not the half-life.",
            "After 1/(1 - rho) steps about a factor e is lost; a factor 2 is lost sooner, by about ln 2.",
            "sec-adaptive-memory",
        ),
        Wrong(
            "approximation",
            lambda rho: math.log(2) / (1 - rho),
            "ln 2/(1 - rho) is the half-life only for rho close to 1.",
            "-ln rho is 1 - rho plus higher powers, which count: at 0.9 the approximation is five per cent too large.",
            "sec-adaptive-memory",
        ),
        Wrong(
            "1 - rho for rho",
            lambda rho: math.log(0.5) / math.log(1 - rho),
            "You take the logarithm of 1 - rho; the old average is multiplied by rho.",
            "1 - rho is the weight of the newest value.",
            "sec-adaptive-memory",
        ),
        Wrong(
            "rounded up",
            lambda rho: math.ceil(math.log(0.5) / math.log(rho)),
            "You round up to a whole number of steps.",
            "The half-life is a real number, so that averages can be compared: at 0.9 it is 6.58 steps.",
            "sec-adaptive-memory",
        ),
        Wrong(
            "two kinds of logarithm",
            lambda rho: math.log10(0.5) / math.log(rho),
            "You divide a logarithm to base 10 by a natural one.",
            "Any base serves, but it must be the same above and below.",
            "sec-adaptive-memory",
        ),
        Wrong(
            "a third left",
            lambda rho: -1 / math.log(rho),
            "After this many steps 1/e is left, not a half.",
            "This is the time constant; the half-life is ln 2 times as long.",
            "sec-adaptive-memory",
        ),
        Wrong(
            "counts to 100",
            lambda rho: min(100.0, math.log(0.5) / math.log(rho)),
            "You stop counting at 100 steps.",
            "An average with rho = 0.999 needs 693 steps to forget a half; a formula needs no loop.",
            "sec-adaptive-memory",
        ),
        Wrong(
            "at least one step",
            lambda rho: max(1.0, math.log(0.5) / math.log(rho)),
            "You do not let the half-life fall below one step.",
            "For rho < 1/2 more than half is gone after one step, so the half-life is shorter than a step.",
            "sec-adaptive-memory",
        ),
    ),
)
