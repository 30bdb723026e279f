"""`he_init` and `glorot_init`. Random, so what is compared are facts that every right answer shares."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from descent.checks.calling import Outcome, Seeded, kind
from descent.checks.exercise import Exercise, Probe, UnreadableError, Wrong
from descent.signals import glorot_init, he_init

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


def _observed(variance: str) -> Callable[[list[tuple], Outcome], Mapping[str, Any]]:
    def observe(calls: list[tuple], outcome: Outcome) -> dict[str, Any]:
        first, other, again, turned = map(_weights, outcome.value)
        narrowing = _facts(calls[3], turned, variance)
        return {
            **_facts(calls[0], first, variance),
            "another Generator gives other weights": not np.array_equal(first, other),
            "an equal Generator gives equal weights": np.array_equal(first, again),
            **{f"where fan_in is the larger, {name}": fact for name, fact in narrowing.items()},
        }

    return observe


def _normal(sd: Variance) -> Callable:
    """A program with normal weights of the standard deviation sd(fan_in, fan_out)."""
    return lambda rng, fan_in, fan_out: rng.normal(0, sd(fan_in, fan_out), size=(fan_in, fan_out))


def _uniform(bound: Variance) -> Callable:
    """A program with uniform weights between -bound(fan_in, fan_out) and the bound."""

    def program(rng, fan_in, fan_out):
        a = bound(fan_in, fan_out)
        return rng.uniform(-a, a, size=(fan_in, fan_out))

    return program


def _box_muller(sd: Variance) -> Callable:
    def program(rng, fan_in, fan_out):
        u, angle = 1 - rng.random((fan_in, fan_out)), rng.random((fan_in, fan_out))
        return sd(fan_in, fan_out) * np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * angle)

    return program


def _by_columns(sd: Variance) -> Callable:
    def program(rng, fan_in, fan_out):
        W = np.empty((fan_in, fan_out))
        for j in range(fan_out):
            W[:, j] = sd(fan_in, fan_out) * rng.standard_normal(fan_in)
        return W

    return program


def _transposed(program: Callable) -> Callable:
    return lambda rng, fan_in, fan_out: program(rng, fan_in, fan_out).T


def _own_seed(program: Callable) -> Callable:
    return lambda rng, fan_in, fan_out: program(np.random.default_rng(0), fan_in, fan_out)


def _own_generator(program: Callable) -> Callable:
    return lambda rng, fan_in, fan_out: program(np.random.default_rng(), fan_in, fan_out)


def _he_sd(fan_in, fan_out):
    return np.sqrt(2 / fan_in)


def _glorot_bound(fan_in, fan_out):
    return np.sqrt(6 / (fan_in + fan_out))


def _positive(rng, fan_in, fan_out):
    return rng.uniform(0, _glorot_bound(fan_in, fan_out), size=(fan_in, fan_out))


def _truncated(rng, fan_in, fan_out):
    z = rng.standard_normal((fan_in, fan_out))
    while (far := abs(z) > 2).any():
        z[far] = rng.standard_normal(far.sum())
    return z * _he_sd(fan_in, fan_out) / 0.87962566103423978


def _one_column(rng, fan_in, fan_out):
    return np.repeat(rng.normal(0, _he_sd(fan_in, fan_out), size=(fan_in, 1)), fan_out, axis=1)


FIXED = (
    "You set a seed yourself: every layer gets the same weights, whatever rng is.",
    "A Generator made inside the function starts anew with each call; draw from the rng that is passed.",
    "sec-stochastic-seeds",
)
ELSEWHERE = (
    "You draw from another source than rng: the same Generator gives other weights.",
    "np.random.randn has a hidden state of its own; a run can be repeated only if all draws come from rng.",
    "sec-stochastic-seeds",
)
TURNED = (
    "Your weights are turned round: their shape is (fan_out, fan_in).",
    "Here a layer computes x @ W, so W has a row for each input; torch's Linear keeps the transpose.",
    "sec-signals-variance",
)

HE = Exercise(
    name="he_init",
    title="He's initialisation",
    section="sec-signals-he",
    difficulty=1,
    minutes=7,
    signature="he_init(rng, fan_in, fan_out) -> (fan_in, fan_out)",
    reference=he_init,
    probes=(
        Probe(
            "layers that widen and layers that narrow",
            2.0,
            _layers,
            1,
            observe=_observed("2/fan_in"),
        ),
    ),
    hints=(
        "Each output sums fan_in products, and ReLU then drops half of the mean square. Which variance makes up for both?",
        "The variance is 2/fan_in; NumPy asks for the standard deviation, which is its root.",
        "return rng.normal(0, np.sqrt(2 / fan_in), size=(fan_in, fan_out)).",
    ),
    right=(
        _normal(_he_sd),
        lambda rng, fan_in, fan_out: rng.standard_normal((fan_in, fan_out)) * (2 / fan_in) ** 0.5,
        _box_muller(_he_sd),
        _by_columns(_he_sd),
        _transposed(lambda rng, a, b: rng.normal(scale=np.sqrt(2 / a), size=(b, a))),
        lambda rng, fan_in, fan_out: (
            rng.standard_normal(fan_in * fan_out).reshape(fan_in, fan_out) / np.sqrt(fan_in / 2)
        ),
    ),
    wrong=(
        Wrong(
            "fan_out",
            _normal(lambda fan_in, fan_out: np.sqrt(2 / fan_out)),
            "Your variance is 2/fan_out; it is 2/fan_in.",
            "An output sums over the inputs, so their number sets its variance; fan_out does so for the gradients.",
            "sec-signals-backward",
        ),
        Wrong(
            "root missing",
            _normal(lambda fan_in, fan_out: 2 / fan_in),
            "Your standard deviation is 2/fan_in: that is the variance, and its root is missing.",
            "rng.normal takes the standard deviation, not the variance.",
            "sec-signals-he",
        ),
        Wrong(
            "root of the 2 alone",
            _normal(lambda fan_in, fan_out: np.sqrt(2) / fan_in),
            "Your root covers the 2 alone: the standard deviation is sqrt(2 / fan_in).",
            "With sqrt(2) / fan_in the variance is 2/fan_in², and the signal fades from layer to layer.",
            "sec-signals-he",
        ),
        Wrong(
            "factor 2 forgotten",
            _normal(lambda fan_in, fan_out: np.sqrt(1 / fan_in)),
            "Your variance is 1/fan_in: the 2 that ReLU needs is missing.",
            "ReLU drops half of the mean square, so without the 2 the signal halves its mean square in each layer.",
            "sec-signals-he",
        ),
        Wrong(
            "Glorot's variance",
            _normal(lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out))),
            "This is Glorot's variance, 2/(fan_in + fan_out).",
            "It is made for activations that are linear about 0; He's 2/fan_in is made for ReLU.",
            "sec-signals-glorot",
        ),
        Wrong(
            "the larger fan",
            _normal(lambda fan_in, fan_out: np.sqrt(2 / max(fan_in, fan_out))),
            "You divide by the larger of the two fans; fan_in counts, whichever is larger.",
            "In a layer that widens each output still sums fan_in products.",
            "sec-signals-he",
        ),
        Wrong(
            "uniform, right variance",
            _uniform(lambda fan_in, fan_out: np.sqrt(6 / fan_in)),
            "The variance is right, but your weights are uniform; normal ones are asked for.",
            "He's initialisation exists in both forms, and both keep the signal; here it is the normal one.",
            "sec-signals-he",
        ),
        Wrong(
            "standard deviation for the bound",
            _uniform(_he_sd),
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
            _normal(lambda fan_in, fan_out: 1.0),
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
        Wrong("turned round", _transposed(_normal(_he_sd)), *TURNED),
        Wrong("global seed", _own_seed(_normal(_he_sd)), *FIXED),
        Wrong("global generator", _own_generator(_normal(_he_sd)), *ELSEWHERE),
    ),
)

GLOROT = Exercise(
    name="glorot_init",
    title="Glorot's initialisation",
    section="sec-signals-glorot",
    difficulty=1,
    minutes=5,
    signature="glorot_init(rng, fan_in, fan_out) -> (fan_in, fan_out)",
    reference=glorot_init,
    probes=(
        Probe(
            "layers that widen and layers that narrow",
            2.0,
            _layers,
            1,
            observe=_observed("2/(fan_in + fan_out)"),
        ),
    ),
    hints=(
        "Uniform numbers between -a and a have the variance a²/3. Which a gives the variance that is wanted?",
        "a²/3 = 2/(fan_in + fan_out), so a is the root of 6/(fan_in + fan_out).",
        "a = np.sqrt(6 / (fan_in + fan_out)); return rng.uniform(-a, a, size=(fan_in, fan_out)).",
    ),
    right=(
        _uniform(_glorot_bound),
        lambda rng, m, n: (2 * rng.random((m, n)) - 1) * (6 / (m + n)) ** 0.5,
        lambda rng, m, n: np.sqrt(2 / (m + n)) * rng.uniform(-np.sqrt(3), np.sqrt(3), (m, n)),
        lambda rng, m, n: (
            np.array([rng.uniform(-1, 1, n) for _ in range(m)]) * np.sqrt(6 / (m + n))
        ),
        lambda rng, m, n: (
            rng.choice([-1, 1], (m, n)) * rng.uniform(0, np.sqrt(6 / (m + n)), (m, n))
        ),
        _transposed(lambda rng, m, n: np.sqrt(3 / ((m + n) / 2)) * (1 - 2 * rng.random((n, m)))),
    ),
    wrong=(
        Wrong(
            "standard deviation for the bound",
            _uniform(lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out))),
            "Your bound is the standard deviation: the variance comes out a third of what it should be.",
            "Uniform numbers between -a and a have the variance a²/3, so the bound needs a 6 for the 2.",
            "sec-signals-uniform",
        ),
        Wrong(
            "3 for 6",
            _uniform(lambda fan_in, fan_out: np.sqrt(3 / (fan_in + fan_out))),
            "Your bound has a 3 where a 6 belongs: the variance is half of what it should be.",
            "The variance is one over the *mean* of the fans, 2/(fan_in + fan_out), and the bound's square is three times "
            "that.",
            "sec-signals-uniform",
        ),
        Wrong(
            "root missing",
            _uniform(lambda fan_in, fan_out: 6 / (fan_in + fan_out)),
            "The root is missing from your bound.",
            "6/(fan_in + fan_out) is the square of the bound.",
            "sec-signals-uniform",
        ),
        Wrong(
            "root of the 6 alone",
            _uniform(lambda fan_in, fan_out: np.sqrt(6) / (fan_in + fan_out)),
            "Your root covers the 6 alone: the bound is sqrt(6 / (fan_in + fan_out)).",
            "Both the 6 and the fans stand under the root.",
            "sec-signals-uniform",
        ),
        Wrong(
            "fan_in alone",
            _uniform(lambda fan_in, fan_out: np.sqrt(3 / fan_in)),
            "Your variance is 1/fan_in; fan_out belongs in it too.",
            "1/fan_in keeps the signal and 1/fan_out the gradient; Glorot's takes the mean of the two fans.",
            "sec-signals-glorot",
        ),
        Wrong(
            "6/fan_in",
            _uniform(lambda fan_in, fan_out: np.sqrt(6 / fan_in)),
            "Your bound is sqrt(6 / fan_in), which is He's.",
            "It doubles the variance for ReLU, and leaves fan_out out.",
            "sec-signals-he",
        ),
        Wrong(
            "torch's default",
            _uniform(lambda fan_in, fan_out: np.sqrt(1 / fan_in)),
            "Your bound is 1/sqrt(fan_in), with which torch's Linear starts.",
            "Its variance is 1/(3 fan_in), a third of what keeps the signal.",
            "sec-signals-uniform",
        ),
        Wrong(
            "product of the fans",
            _uniform(lambda fan_in, fan_out: np.sqrt(6 / (fan_in * fan_out))),
            "You multiply the fans; they are added.",
            "The mean of the two fans is (fan_in + fan_out)/2.",
            "sec-signals-glorot",
        ),
        Wrong(
            "bound for the standard deviation",
            _normal(_glorot_bound),
            "Your weights are normal with the bound for their standard deviation.",
            "Uniform weights between -a and a are asked for; their standard deviation is a/sqrt(3).",
            "sec-signals-uniform",
        ),
        Wrong(
            "normal, right variance",
            _normal(lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out))),
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
        Wrong("turned round", _transposed(_uniform(_glorot_bound)), *TURNED),
        Wrong("global seed", _own_seed(_uniform(_glorot_bound)), *FIXED),
        Wrong("global generator", _own_generator(_uniform(_glorot_bound)), *ELSEWHERE),
    ),
)
