"""What `he_init` and `glorot_init` share. Random, so what is compared are facts that every right answer shares."""

from collections.abc import Callable
from typing import Any

import numpy as np

from descent.checks.calling import Outcome, Seeded, kind
from descent.checks.exercise import Probe, UnreadableError, Wrong

Variance = Callable[[int, int], float]

# Distributions by their kurtosis E[w⁴]/E[w²]², and variances, that a right or a mistaken initialiser may
# have; far enough apart at the widths below. Each mistake has a fact of its own: what is not known is not named.
KURTOSIS = {"normal": 3.0, "uniform": 1.8, "normal without their tails": 2.366}
VARIANCES: dict[str, Variance] = {
    "1": lambda fan_in, fan_out: 1.0,
    "2/fan_in": lambda fan_in, fan_out: 2 / fan_in,
    "2/fan_out": lambda fan_in, fan_out: 2 / fan_out,
    "1/fan_in": lambda fan_in, fan_out: 1 / fan_in,
    "2/(fan_in + fan_out)": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "1/(fan_in + fan_out)": lambda fan_in, fan_out: 1 / (fan_in + fan_out),
    "a third of 2/fan_in": lambda fan_in, fan_out: 2 / fan_in / 3,
    "a third of 2/(fan_in + fan_out)": lambda fan_in, fan_out: 2 / (fan_in + fan_out) / 3,
    "a third of 1/fan_in": lambda fan_in, fan_out: 1 / fan_in / 3,
    "three times 2/(fan_in + fan_out)": lambda fan_in, fan_out: 6 / (fan_in + fan_out),
    "the square of 2/fan_in": lambda fan_in, fan_out: (2 / fan_in) ** 2,
    "2/fan_in²": lambda fan_in, fan_out: 2 / fan_in**2,
    "12/(fan_in + fan_out)²": lambda fan_in, fan_out: 12 / (fan_in + fan_out) ** 2,
    "2/(fan_in + fan_out)²": lambda fan_in, fan_out: 2 / (fan_in + fan_out) ** 2,
    "2/(fan_in · fan_out)": lambda fan_in, fan_out: 2 / (fan_in * fan_out),
}


def _layers(rng):
    """A widening layer with two Generators, the first of them twice; and the layer turned round."""
    narrow = int(rng.integers(60, 67))
    wide = 8 * narrow
    first, other, third = (Seeded(int(seed)) for seed in rng.integers(2**32, size=3))
    return [
        (first, narrow, wide),
        (other, narrow, wide),
        (first, narrow, wide),
        (third, wide, narrow),
    ]


def _weights(value: Any) -> np.ndarray:
    if not isinstance(value, np.ndarray | list) or np.asarray(value).dtype.kind not in "iuf":
        raise UnreadableError(f"Expected an array of weights, got {kind(value)}.")
    return np.asarray(value, dtype=float)


def _facts(call: tuple, weights: np.ndarray, variance: str) -> dict[str, Any]:
    """Facts about one layer, the right `variance` first.

    A mean square of n normal numbers strays by √(2/n) of itself, one of uniform numbers by less; seven
    times as much has a chance below 1e-9. The same holds for the mean and the kurtosis below.
    """
    _, fan_in, fan_out = call
    n = fan_in * fan_out
    squares = weights**2
    square = np.mean(squares)
    sevenfold = 7 * (2 / n) ** 0.5
    kurtosis = np.mean(squares**2) / square**2 if square else 0.0
    shape = weights.shape
    columns = weights.reshape(shape[0], -1) if weights.size else np.zeros((1, 1))

    def varies_by(name: str) -> bool:
        wanted = VARIANCES[name](fan_in, fan_out)
        return bool(abs(square / wanted - 1) <= sevenfold)

    return {
        "shape": np.array(shape, dtype=float),
        "the mean is 0": bool(abs(np.mean(weights)) <= 7 * (square / n) ** 0.5),
        **{
            f"the variance is {name}": varies_by(name)
            for name in (variance, *(name for name in VARIANCES if name != variance))
        },
        **{
            f"the weights are {name}": bool(abs(kurtosis - wanted) < 0.25)
            for name, wanted in KURTOSIS.items()
        },
        "all weights are 0": not weights.any(),
        "all units start alike": bool((columns == columns[:, :1]).all()),
    }


def layers(variance: str) -> Probe:
    """The probe that weights have the right shape, distribution and variance, a name among VARIANCES."""

    def observe(calls: list[tuple], outcome: Outcome) -> dict[str, Any]:
        first, other, again, turned = map(_weights, outcome.value)
        narrowing = _facts(calls[3], turned, variance)
        return {
            **_facts(calls[0], first, variance),
            "another Generator gives other weights": not np.array_equal(first, other),
            "an equal Generator gives equal weights": np.array_equal(first, again),
            **{f"where fan_in is the larger, {name}": fact for name, fact in narrowing.items()},
        }

    return Probe("layers that widen and layers that narrow", 2.0, _layers, 1, observe=observe)


def normal(sd: Variance) -> Callable:
    """A program with normal weights of the standard deviation sd(fan_in, fan_out)."""
    return lambda rng, fan_in, fan_out: rng.normal(0, sd(fan_in, fan_out), size=(fan_in, fan_out))


def uniform(bound: Variance) -> Callable:
    """A program with uniform weights between -bound(fan_in, fan_out) and the bound."""

    def program(rng, fan_in, fan_out):
        a = bound(fan_in, fan_out)
        return rng.uniform(-a, a, size=(fan_in, fan_out))

    return program


def transposed(program: Callable) -> Callable:
    """The program whose weights are this one's, turned round."""
    return lambda rng, fan_in, fan_out: program(rng, fan_in, fan_out).T


def shared_mistakes(right: Callable) -> tuple[Wrong, ...]:
    """The mistakes that any initialiser invites, made of a right one."""
    return (
        Wrong(
            "turned round",
            transposed(right),
            "Your weights are turned round: their shape is (fan_out, fan_in).",
            "Here a layer computes x @ W, so W has a row for each input; torch's Linear keeps the transpose.",
            "sec-signals-variance",
        ),
        Wrong(
            "global seed",
            lambda rng, fan_in, fan_out: right(np.random.default_rng(0), fan_in, fan_out),
            "You set a seed yourself: every layer gets the same weights, whatever rng is.",
            "A Generator made inside the function starts anew with each call; draw from the rng that is passed.",
            "sec-stochastic-seeds",
        ),
        Wrong(
            "global generator",
            lambda rng, fan_in, fan_out: right(np.random.default_rng(), fan_in, fan_out),
            "You draw from another source than rng: the same Generator gives other weights.",
            "np.random.randn has a hidden state of its own; a run can be repeated only if all draws come from rng.",
            "sec-stochastic-seeds",
        ),
    )
