"""Activations, element by element, with their derivatives. For NumPy arrays and torch tensors.

At the kink at 0 the derivative is the one from the left, as in torch.
"""

import math
from typing import Any

import numpy as np

from descent.inputs import floating, namespace, number


def relu(x: Any) -> Any:
    """max(x, 0). x: floats of any shape. Source: Nair & Hinton (2010)."""
    x = floating("x", x)
    xp = namespace(x)
    return xp.where(x > 0, x, xp.zeros_like(x))  # eq-relu


def relu_derivative(x: Any) -> Any:
    """1 where x > 0, else 0. x: floats of any shape."""
    return leaky_relu_derivative(x, 0.0)


def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """x where x > 0, else slope · x. x: floats of any shape. Source: Maas, Hannun & Ng (2013)."""
    x, slope = floating("x", x), number("slope", slope)
    return namespace(x).where(x > 0, x, slope * x)  # eq-leaky-relu


def leaky_relu_derivative(x: Any, slope: float = 0.01) -> Any:
    """1 where x > 0, else `slope`. x: floats of any shape."""
    x, slope = floating("x", x), number("slope", slope)
    xp = namespace(x)
    one = xp.ones_like(x)
    return xp.where(x > 0, one, slope * one)


def prelu(x: Any, slope: Any) -> Any:
    """x where x > 0, else slope · x, with slopes that are learned.

    x: (..., d) floats. slope: (d,) floats, one for each feature, or (1,), one for all.
    Raises TypeError or ValueError that names the argument. Source: He et al. (2015).
    """
    x, slope = _with_slope(x, slope)
    return namespace(x).where(x > 0, x, slope * x)


def prelu_backward(grad: Any, x: Any, slope: Any) -> tuple[Any, Any]:
    """The gradients for x and for the slopes, from `grad`, the gradient for prelu(x, slope).

    grad: like x. x, slope: as for `prelu`. A slope collects from every x <= 0 that it served.
    Returns two arrays, like x and like slope. Raises TypeError or ValueError that names the argument.
    """
    x, slope = _with_slope(x, slope)
    grad = floating("grad", grad)
    if grad.shape != x.shape:
        raise ValueError(f"grad must have x's shape {tuple(x.shape)}, got {tuple(grad.shape)}")
    xp = namespace(x)
    by_slope = xp.where(x > 0, xp.zeros_like(x), x * grad)
    return (
        xp.where(x > 0, grad, slope * grad),
        xp.sum(xp.reshape(by_slope, (-1, slope.shape[0])), axis=0),
    )


def _with_slope(x: Any, slope: Any) -> tuple[Any, Any]:
    x, slope = floating("x", x), floating("slope", slope)
    if not x.ndim or tuple(slope.shape) not in {(1,), (x.shape[-1],)}:
        raise ValueError(
            f"slope must have shape (1,) or that of x's last axis, got {tuple(slope.shape)} "
            f"for x of shape {tuple(x.shape)}"
        )
    return x, slope


def gelu(x: Any) -> Any:
    """x · Φ(x), with Φ the standard normal distribution function.

    x: floats of any shape. Exact, not the tanh approximation; Φ comes from erfc, which keeps its
    digits where x is far below 0. Source: Hendrycks & Gimpel (2016).
    """
    x = floating("x", x)
    return x * _normal_cdf(x)  # eq-gelu


def gelu_derivative(x: Any) -> Any:
    """Φ(x) + x · φ(x), with φ the standard normal density. x: floats of any shape."""
    x = floating("x", x)
    density = namespace(x).exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return _normal_cdf(x) + x * density


def _normal_cdf(x: Any) -> Any:
    return _erfc(-x / math.sqrt(2)) / 2


def _erfc(x: Any) -> Any:
    """1 - erf(x). NumPy has none, the standard library has one for a number at a time."""
    if isinstance(x, np.ndarray | np.generic):
        return np.vectorize(math.erfc, otypes=[x.dtype])(x)
    return namespace(x).special.erfc(x)
