"""`layernorm` and `weight_norm`: the same division, along other axes and of other things."""

from collections.abc import Callable

import numpy as np

from descent.checks.catalogue.signals.batchnorm import features
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.signals import layernorm, weight_norm

LAYER = "sec-signals-layernorm"
WEIGHT = "sec-signals-weight-norm"


def _examples(rng):
    x, gamma, beta, eps = features(rng)
    x[0] = rng.normal()  # an example without any contrast
    return x, gamma, beta, eps


def _layer(
    *,
    mean: Callable = lambda x: x.mean(1, keepdims=True),
    var: Callable = lambda x: x.var(1, keepdims=True),
    sd: Callable = lambda var, eps: np.sqrt(var + eps),
    shift: Callable = lambda x_hat, gamma, beta: gamma * x_hat + beta,
) -> Callable:
    """A version with some of its formulas exchanged."""
    return lambda x, gamma, beta, eps: shift((x - mean(x)) / sd(var(x), eps), gamma, beta)


def _layer_transposed(x, gamma, beta, eps):
    rows = x.T
    return ((rows - rows.mean(0)) / np.sqrt(rows.var(0) + eps)).T * gamma + beta


def _layer_row_by_row(x, gamma, beta, eps):
    return [gamma * (row - np.mean(row)) / (np.var(row) + eps) ** 0.5 + beta for row in x]


def _layer_matrices(x, gamma, beta, eps):
    d = x.shape[1]
    centred = x @ (np.eye(d) - np.full((d, d), 1 / d))
    var = np.einsum("ij,ij->i", centred, centred) / d
    return (centred.T / np.sqrt(var + eps)).T @ np.diag(gamma) + beta


def _layer_copies(x, gamma, beta, eps):
    y = np.array(x)
    y -= np.average(y, axis=1)[:, None]
    y /= np.sqrt(np.mean(y * y, axis=-1, keepdims=True) + eps)
    return y * gamma[None, :] + beta


def _layer_in_place(x, gamma, beta, eps):
    x -= x.mean(1, keepdims=True)
    return layernorm(x, gamma, beta, eps)


LAYERNORM = Exercise(
    name="layernorm",
    title="Layer normalisation",
    section=LAYER,
    difficulty=1,
    minutes=5,
    signature="layernorm(x (n, d), gamma (d,), beta (d,), eps) -> (n, d)",
    reference=layernorm,
    probes=(Probe("examples, one of them all alike", 1.5, _examples),),
    untouched=0.5,
    hints=(
        "What batch normalisation does to a column, this does to a row.",
        "Take the mean and the variance along axis 1, with keepdims=True, so that they fit to x again.",
        "mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True); "
        "return gamma * (x - mean) / np.sqrt(var + eps) + beta.",
    ),
    right=(_layer(), _layer_transposed, _layer_row_by_row, _layer_matrices, _layer_copies),
    wrong=(
        Wrong(
            "wrong axis",
            _layer(mean=lambda x: x.mean(0), var=lambda x: x.var(0)),
            "You average over the examples of each feature; average over the features of each example.",
            "That is batch normalisation; here every example stands for itself: axis=1.",
            "sec-signals-batchnorm",
        ),
        Wrong(
            "one mean for all",
            _layer(mean=np.mean, var=np.var),
            "You take one mean and one variance over the whole array; each example has its own.",
            "x.mean() runs over everything; axis=1 gives one number for each example.",
            LAYER,
        ),
        Wrong(
            "unbiased variance",
            _layer(var=lambda x: x.var(1, ddof=1, keepdims=True)),
            "Your variance divides by d - 1; here the divisor is d.",
            "Nothing is estimated: it is the variance of these very features; torch.var divides by d - 1 unless told.",
            LAYER,
        ),
        Wrong(
            "mean not subtracted",
            lambda x, gamma, beta, eps: (
                gamma * x / np.sqrt((x**2).mean(1, keepdims=True) + eps) + beta
            ),
            "You divide by the root mean square, and subtract no mean.",
            "That is RMSNorm, a method of its own, which saves the mean.",
            LAYER,
        ),
        Wrong(
            "mean square for variance",
            _layer(var=lambda x: (x**2).mean(1, keepdims=True)),
            "Your variance is the mean of x²: the mean is not subtracted first.",
            "The variance is the mean of (x - mean)².",
            LAYER,
        ),
        Wrong(
            "epsilon outside the root",
            _layer(sd=lambda var, eps: np.sqrt(var) + eps),
            "Your epsilon is added to the standard deviation; it belongs under the root, to the variance.",
            "Adam adds its epsilon outside of the root; normalisation layers add it inside.",
            LAYER,
        ),
        Wrong(
            "epsilon missing",
            _layer(sd=lambda var, eps: np.sqrt(var)),
            "Epsilon is missing.",
            "An example whose features are all alike has variance 0, and you divide by it.",
            LAYER,
        ),
        Wrong(
            "variance for standard deviation",
            _layer(sd=lambda var, eps: var + eps),
            "You divide by the variance; the root is missing.",
            "The output has variance 1 only if the standard deviation divides.",
            LAYER,
        ),
        Wrong(
            "gamma and beta forgotten",
            _layer(shift=lambda x_hat, gamma, beta: x_hat),
            "gamma and beta are not used.",
            "They are learned: gamma * x_hat + beta.",
            LAYER,
        ),
        Wrong(
            "shifted before it is scaled",
            _layer(shift=lambda x_hat, gamma, beta: gamma * (x_hat + beta)),
            "You add beta before you multiply by gamma.",
            "gamma * x_hat + beta: first the size, then the place.",
            LAYER,
        ),
        Wrong(
            "x changed in place",
            _layer_in_place,
            "The numbers are right, but the x that was passed is changed.",
            "x -= … writes into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)


def _columns(rng):
    """As many columns as rows, or fewer; lengths and scales of all kinds, a negative one among them."""
    fan_out = int(rng.integers(2, 5))
    fan_in = fan_out + int(rng.integers(0, 3))
    v = rng.normal(size=(fan_in, fan_out)) * rng.uniform(0.2, 4, size=fan_out)
    g = rng.uniform(0.5, 2, size=fan_out)
    g[0] = -g[0]
    return v, g


def _weight_loop(v, g):
    w = np.empty(v.shape)
    for j in range(v.shape[1]):
        w[:, j] = g[j] / np.sqrt(v[:, j] @ v[:, j]) * v[:, j]
    return w


def _weight_in_place(v, g):
    v /= np.linalg.norm(v, axis=0)
    return g * v


WEIGHT_NORM = Exercise(
    name="weight_norm",
    title="Weight normalisation",
    section=WEIGHT,
    difficulty=1,
    minutes=4,
    signature="weight_norm(v (fan_in, fan_out), g (fan_out,)) -> (fan_in, fan_out)",
    reference=weight_norm,
    probes=(Probe("columns of all lengths", 1.5, _columns),),
    untouched=0.5,
    hints=(
        "Make every column of v as long as 1, then as long as its g.",
        "np.linalg.norm(v, axis=0) gives the length of each column.",
        "return g * v / np.linalg.norm(v, axis=0).",
    ),
    right=(
        lambda v, g: v * (g / np.sqrt((v**2).sum(axis=0))),
        lambda v, g: v / np.linalg.norm(v, axis=0, keepdims=True) * g[None, :],
        _weight_loop,
        lambda v, g: v @ np.diag(g / np.sqrt(np.diag(v.T @ v))),
        lambda v, g: (v.T / np.linalg.norm(v.T, axis=1)[:, None] * g[:, None]).T,
    ),
    wrong=(
        Wrong(
            "wrong axis",
            lambda v, g: g * v / np.linalg.norm(v, axis=1, keepdims=True),
            "You divide each row by its length; the columns are the units.",
            "In x @ W the weights of one unit stand in a column: axis=0.",
            WEIGHT,
        ),
        Wrong(
            "length of the whole matrix",
            lambda v, g: g * v / np.linalg.norm(v),
            "You divide by the length of the whole matrix; each column has its own.",
            "np.linalg.norm(v) runs over everything; axis=0 gives one length for each unit.",
            WEIGHT,
        ),
        Wrong(
            "squared length",
            lambda v, g: g * v / (v**2).sum(axis=0),
            "You divide by the squared length; the root is missing.",
            "Only v/‖v‖ has the length 1.",
            WEIGHT,
        ),
        Wrong(
            "sum of sizes",
            lambda v, g: g * v / abs(v).sum(axis=0),
            "You divide by the sum of the absolute values; the Euclidean length is meant.",
            "‖v‖ is the root of the sum of squares.",
            WEIGHT,
        ),
        Wrong(
            "not divided",
            lambda v, g: g * v,
            "You multiply by g, but v keeps its length.",
            "g is to be the whole length of a column: divide by ‖v‖ first.",
            WEIGHT,
        ),
        Wrong(
            "g forgotten",
            lambda v, g: v / np.linalg.norm(v, axis=0),
            "All your columns have the length 1: g is not used.",
            "The direction comes from v, the length from g.",
            WEIGHT,
        ),
        Wrong(
            "standard deviation for length",
            lambda v, g: g * v / v.std(axis=0),
            "You divide by the standard deviation of a column; its length is meant.",
            "Weight normalisation subtracts no mean, and its columns have the length |g|.",
            WEIGHT,
        ),
        Wrong(
            "standardised",
            lambda v, g: g * (v - v.mean(axis=0)) / v.std(axis=0),
            "You standardise the columns; only their length is to be changed.",
            "Weight normalisation divides by ‖v‖ and leaves the direction alone.",
            WEIGHT,
        ),
        Wrong(
            "v changed in place",
            _weight_in_place,
            "The numbers are right, but the v that was passed is changed.",
            "v /= … writes into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)
