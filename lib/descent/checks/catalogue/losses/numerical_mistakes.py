"""`numerical_gradient` with one mistake each, and the words for it."""

from collections.abc import Callable

import numpy as np

from descent.checks.exercise import Wrong
from descent.derivatives import numerical_gradient


def _central(f, x, h, gradient, moved):
    """Fills `gradient` with central differences; `moved(x, i, h)` is x with h added to its element i."""
    for i in np.ndindex(x.shape):
        gradient[i] = (f(moved(x, i, h)) - f(moved(x, i, -h))) / (2 * h)
    return gradient


def _moved(x, i, h):
    x = x.copy()
    x[i] += h
    return x


def _float_moved(x, i, h):
    return _moved(np.array(x, dtype=float), i, h)


def _one_sided(sign: int) -> Callable:
    def difference(f, x, h):
        here = f(x)
        gradient = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            gradient[i] = (f(_float_moved(x, i, sign * h)) - here) / (sign * h)
        return gradient

    return difference


def _first_element(f, x, h):
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        gradient[i] = (f(_float_moved(x, i, h)) - f(_float_moved(x, i, -h))) / (2 * h)
        return gradient


def _divided_by_h(f, x, h):
    return 2 * numerical_gradient(f, x, h)


def _multiplied_out(f, x, h):
    return h**2 * numerical_gradient(f, x, h)


def _not_divided(f, x, h):
    return 2 * h * numerical_gradient(f, x, h)


def _wrong_sign(f, x, h):
    return -numerical_gradient(f, x, h)


def _own_h(f, x, h):
    return numerical_gradient(f, x, 1e-5)


def _input_mutated(f, x, h):
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        above = f(x)
        x[i] = old - h
        gradient[i] = (above - f(x)) / (2 * h)
        x[i] = old
    return gradient


def _floats_mutated(f, x, h):
    if x.dtype.kind == "i":
        return numerical_gradient(f, x, h)
    return _input_mutated(f, x, h)


def _never_moved_back(f, x, h):
    walking = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        walking[i] += h
        above = f(walking)
        walking[i] -= 2 * h
        gradient[i] = (above - f(walking)) / (2 * h)
    return gradient


def _truncated_steps(f, x, h):
    return _central(f, x, h, np.zeros(x.shape), _moved)


def _truncated_result(f, x, h):
    return _central(f, x, h, np.zeros_like(x), _float_moved)


def _truncated_both(f, x, h):
    return _central(f, x, h, np.zeros_like(x), _moved)


def _single_precision(f, x, h):
    x = np.array(x, dtype=np.float32)
    return _central(f, x, h, np.zeros_like(x), _moved)


def _single_result(f, x, h):
    return numerical_gradient(f, x, h).astype(np.float32)


def _all_at_once(f, x, h):
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


def _one_number(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def _rows_only(f, x, h):
    gradient = np.zeros(x.shape)
    for k in range(len(x)):
        gradient[k] = (f(_float_moved(x, k, h)) - f(_float_moved(x, k, -h))) / (2 * h)
    return gradient


def _flattened(f, x, h):
    return numerical_gradient(f, x, h).ravel()


MISTAKES = (
    Wrong(
        "forward difference",
        _one_sided(1),
        "This is the forward difference, (f(x + h) - f(x)) / h; the central one is wanted.",
        "One-sided differences are off by f″h/2, central ones only by f‴h²/6.",
        "sec-losses-numerical",
    ),
    Wrong(
        "backward difference",
        _one_sided(-1),
        "This is the backward difference, (f(x) - f(x - h)) / h; the central one is wanted.",
        "One-sided differences are off by f″h/2, central ones only by f‴h²/6.",
        "sec-losses-numerical",
    ),
    Wrong(
        "divided by h",
        _divided_by_h,
        "You divide by h; x + h and x - h are 2h apart.",
        "A slope is the difference of the values over the distance of the points.",
        "sec-losses-numerical",
    ),
    Wrong(
        "precedence",
        _multiplied_out,
        "You wrote / 2 * h, which divides by 2 and then multiplies by h.",
        "Python works from left to right: write / (2 * h).",
        "sec-losses-numerical",
    ),
    Wrong(
        "not divided",
        _not_divided,
        "This is the difference of the values; divide it by 2h.",
        "A slope is the difference of the values over the distance of the points.",
        "sec-losses-numerical",
    ),
    Wrong(
        "wrong sign",
        _wrong_sign,
        "Every number has the wrong sign: it is f(x + h) - f(x - h), in this order.",
        "Where f grows with x the slope is positive.",
        "sec-losses-numerical",
    ),
    Wrong(
        "own h",
        _own_h,
        "You use an h of your own, and ignore the argument.",
        "The caller chooses h: it decides between the error of cutting off and that of rounding.",
        "sec-losses-numerical",
    ),
    Wrong(
        "input mutated",
        _input_mutated,
        "Your function moves the elements of x itself; work on a copy.",
        "Putting them back is not enough: x + h - h is not always x, f may still hold the array, and an x of "
        "whole numbers does not move at all.",
        "sec-losses-wrong",
    ),
    Wrong(
        "floats mutated",
        _floats_mutated,
        "The numbers are right, but your function moves the elements of x itself on the way.",
        "np.asarray makes no copy of an array that already holds floats; np.array does.",
        "sec-losses-wrong",
    ),
    Wrong(
        "never moved back",
        _never_moved_back,
        "You never put an element back: from the second on, the others no longer stand where x has them.",
        "A partial derivative moves one element and keeps all others; make a fresh copy for each.",
        "sec-losses-numerical",
    ),
    Wrong(
        "integer input truncates",
        _truncated_steps,
        "With an x of whole numbers your steps are cut to whole numbers.",
        "An array of integers stays one when floats are stored in it; make the copy with dtype=float.",
        "sec-losses-wrong",
    ),
    Wrong(
        "integer result",
        _truncated_result,
        "With an x of whole numbers your gradient is cut to whole numbers.",
        "np.zeros_like(x) has the type of x; use np.zeros(x.shape).",
        "sec-losses-wrong",
    ),
    Wrong(
        "integers throughout",
        _truncated_both,
        "With an x of whole numbers both your steps and your gradient are cut to whole numbers.",
        "x.copy() and np.zeros_like(x) have the type of x; convert it to float first.",
        "sec-losses-wrong",
    ),
    Wrong(
        "result in float32",
        _single_result,
        "Your result is rounded to single precision (float32): only 7 digits are right.",
        "NumPy computes in float64 unless you ask for less; leave the dtype out.",
        "sec-losses-numerical",
    ),
    Wrong(
        "cast to float32",
        _single_precision,
        "Your copy of x is in single precision (float32), and the difference loses most of its digits.",
        "Single precision keeps 7 digits; a difference of two nearly equal values keeps far fewer.",
        "sec-losses-numerical",
    ),
    Wrong(
        "all at once",
        _all_at_once,
        "You move all elements together, and give every one the slope in that direction.",
        "x + h adds h to every element; a partial derivative moves one of them.",
        "sec-losses-numerical",
    ),
    Wrong(
        "one number",
        _one_number,
        "You move all elements together, and return one slope; one for each element is wanted.",
        "x + h adds h to every element; a partial derivative moves one of them.",
        "sec-losses-numerical",
    ),
    Wrong(
        "first element only",
        _first_element,
        "You compute the first element and no other: `return` stands in the loop.",
        "A function ends at its first return; move it to the left, below the loop.",
        "sec-losses-numerical",
    ),
    Wrong(
        "rows only",
        _rows_only,
        "With a matrix you move whole rows together.",
        "range(len(x)) counts rows; np.ndindex(x.shape) gives every element.",
        "sec-losses-numerical",
    ),
    Wrong(
        "flattened",
        _flattened,
        "Your gradient has lost the shape of x.",
        "A gradient has one entry for each element of x, in the same place; reshape it to x.shape.",
        "sec-losses-numerical",
    ),
)
