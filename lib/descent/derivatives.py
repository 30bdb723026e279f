"""Gradients from function values alone: what every gradient by hand is checked against."""

from collections.abc import Callable
from typing import Any

import numpy as np

from descent.inputs import floating, number


def numerical_gradient(f: Callable[[np.ndarray], Any], x: Any, h: float) -> np.ndarray:
    """The central difference (f(x + h eᵢ) - f(x - h eᵢ)) / 2h along every element eᵢ of x.

    f: array like x -> number. x: array of any shape; whole numbers become floats. h > 0: the error is
    f‴h²/6 of cutting the Taylor series and about 1e-16 |f|/h of rounding, so h near 1e-5 is good where f
    and its derivatives are near 1. f is called twice for each element, each time with a new array.
    Returns float64, of x's shape. Raises TypeError or ValueError that names the argument.
    Source: Nocedal & Wright (2006), section 8.1.
    """
    x = np.asarray(x)
    x = floating("x", x.astype(float) if x.dtype.kind in "iuf" else x)
    h = number("h", h, above=0)
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = h
        ahead, behind = number("f(x + h)", f(x + step)), number("f(x - h)", f(x - step))
        gradient[i] = (ahead - behind) / (2 * h)  # eq-central-difference
    return gradient
