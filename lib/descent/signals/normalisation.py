"""Batch, layer and weight normalisation, forward and backward. For NumPy arrays and torch tensors.

The conventions are torch's: the biased variance (1/n) normalises, the unbiased one (1/(n - 1)) enters
the running average, and `momentum` is the share of the *new* batch in it.
"""

from typing import Any

from descent.inputs import floating, namespace, number


def batchnorm(
    x: Any,
    gamma: Any,
    beta: Any,
    running_mean: Any,
    running_var: Any,
    momentum: float,
    eps: float,
    training: bool,
) -> tuple[Any, Any, Any]:
    """γ · (x - μ)/√(σ² + ε) + β, each feature by itself; and the running statistics.

    Training: μ and σ² are the batch's, and running ← (1 - momentum) · running + momentum · batch, with
    the unbiased variance. Otherwise μ and σ² are the running ones, which stay.
    x: (n, d) floats, in training n >= 2. gamma, beta, running_mean, running_var: (d,) floats.
    0 <= momentum <= 1. eps: > 0. Nothing is changed in place.
    Returns (y, running_mean, running_var). Raises TypeError or ValueError that names the argument.
    Source: Ioffe & Szegedy (2015), algorithm 1.
    """
    x = _examples(x, at_least=2 if training else 1)
    gamma, beta, running_mean, running_var = _features(
        x, gamma=gamma, beta=beta, running_mean=running_mean, running_var=running_var
    )
    momentum = number("momentum", momentum, at_least=0, at_most=1)
    eps = number("eps", eps, above=0)
    if not training:
        x_hat = (x - running_mean) / (running_var + eps) ** 0.5
        return gamma * x_hat + beta, running_mean, running_var
    x_hat, mean, var = _standardised(x, 0, eps)
    unbiased = var[0] * x.shape[0] / (x.shape[0] - 1)
    running_mean = (1 - momentum) * running_mean + momentum * mean[0]
    running_var = (1 - momentum) * running_var + momentum * unbiased
    return gamma * x_hat + beta, running_mean, running_var  # eq-batchnorm


def batchnorm_backward(
    grad: Any, x: Any, gamma: Any, running_mean: Any, running_var: Any, eps: float, training: bool
) -> tuple[Any, Any, Any]:
    """The gradients for x, γ and β, from `grad`, the gradient for batchnorm's y.

    In training every example moves the batch's μ and σ², and so reaches every other; otherwise they
    are constants. grad: like x; the others as they went into `batchnorm`.
    Returns three arrays, (n, d), (d,), (d,). Raises TypeError or ValueError that names the argument.
    Source: Ioffe & Szegedy (2015), section 3.
    """
    x = _examples(x, at_least=2 if training else 1)
    gamma, running_mean, running_var = _features(
        x, gamma=gamma, running_mean=running_mean, running_var=running_var
    )
    grad, eps = _like_x(grad, x), number("eps", eps, above=0)
    if training:
        x_hat, _, var = _standardised(x, 0, eps)
        grad_x = _standardised_backward(gamma * grad, x_hat, var, 0, eps)
    else:
        sd = (running_var + eps) ** 0.5
        x_hat, grad_x = (x - running_mean) / sd, gamma * grad / sd
    return grad_x, (grad * x_hat).sum(0), grad.sum(0)


def layernorm(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
    """γ · (x - μ)/√(σ² + ε) + β, with μ and σ² those of each example: no batch, no running statistics.

    x: (n, d) floats. gamma, beta: (d,) floats. eps: > 0.
    Raises TypeError or ValueError that names the argument. Source: Ba, Kiros & Hinton (2016).
    """
    x = _examples(x)
    gamma, beta = _features(x, gamma=gamma, beta=beta)
    eps = number("eps", eps, above=0)
    x_hat, _, _ = _standardised(x, 1, eps)
    return gamma * x_hat + beta  # eq-layernorm


def layernorm_backward(grad: Any, x: Any, gamma: Any, eps: float) -> tuple[Any, Any, Any]:
    """The gradients for x, γ and β, from `grad`, the gradient for layernorm(x, γ, β, ε).

    grad: like x; the others as they went in. Returns three arrays, (n, d), (d,), (d,).
    Raises TypeError or ValueError that names the argument.
    """
    x = _examples(x)
    (gamma,) = _features(x, gamma=gamma)
    grad, eps = _like_x(grad, x), number("eps", eps, above=0)
    x_hat, _, var = _standardised(x, 1, eps)
    grad_x = _standardised_backward(gamma * grad, x_hat, var, 1, eps)
    return grad_x, (grad * x_hat).sum(0), grad.sum(0)


def weight_norm(v: Any, g: Any) -> Any:
    """w = g · v/‖v‖ for each column: its length and its direction are learned apart.

    v: (fan_in, fan_out) floats, no column all zero. g: (fan_out,) floats.
    Raises TypeError or ValueError that names the argument. Source: Salimans & Kingma (2016), equation 2.
    """
    v = _directions(v)
    (g,) = _features(v, g=g)
    return g * v / _lengths(v)  # eq-weight-norm


def weight_norm_backward(grad: Any, v: Any, g: Any) -> tuple[Any, Any]:
    """The gradients for v and g, from `grad`, the gradient for weight_norm(v, g).

    What lies along v changes the length alone and goes to g; the rest turns v.
    grad: like v. Returns two arrays, like v and like g.
    Raises TypeError or ValueError that names the argument. Source: Salimans & Kingma (2016), equation 3.
    """
    v = _directions(v)
    (g,) = _features(v, g=g)
    grad = _like_x(grad, v, "v")
    direction = v / _lengths(v)
    grad_g = (grad * direction).sum(0)
    return g / _lengths(v) * (grad - grad_g * direction), grad_g


def _standardised(x: Any, axis: int, eps: float) -> tuple[Any, Any, Any]:
    """(x - μ)/√(σ² + ε), μ and σ² along an axis, which μ and σ² keep with length 1."""
    xp = namespace(x)
    mean = xp.mean(x, axis=axis, keepdims=True)
    var = xp.mean((x - mean) ** 2, axis=axis, keepdims=True)
    return (x - mean) / (var + eps) ** 0.5, mean, var


def _standardised_backward(grad: Any, x_hat: Any, var: Any, axis: int, eps: float) -> Any:
    """What reaches x: `grad`, without its mean (through μ) and its share along x̂ (through σ²)."""
    xp = namespace(x_hat)
    mean = xp.mean(grad, axis=axis, keepdims=True)
    along = xp.mean(grad * x_hat, axis=axis, keepdims=True)
    return (grad - mean - along * x_hat) / (var + eps) ** 0.5  # eq-normalisation-backward


def _lengths(v: Any) -> Any:
    return (v**2).sum(0) ** 0.5


def _directions(v: Any) -> Any:
    v = _examples(v, "v", "(fan_in, fan_out)")
    if not bool((_lengths(v) > 0).all()):
        raise ValueError("v must have no column of zeros: it has no direction")
    return v


def _examples(x: Any, name: str = "x", shape: str = "(n, d)", at_least: int = 1) -> Any:
    x = floating(name, x)
    if x.ndim != 2 or x.shape[0] < at_least or not x.shape[1]:
        raise ValueError(
            f"{name} must have shape {shape} with at least {at_least} "
            f"row{'s' * (at_least > 1)} and a column, got {tuple(x.shape)}"
        )
    return x


def _features(x: Any, **vectors: Any) -> list[Any]:
    """The named vectors, if each holds one number for each column of x."""
    for name, vector in vectors.items():
        if tuple(floating(name, vector).shape) != (x.shape[1],):
            raise ValueError(
                f"{name} must have shape ({x.shape[1]},), one number for each column, "
                f"got {tuple(vector.shape)}"
            )
    return list(vectors.values())


def _like_x(grad: Any, x: Any, name: str = "x") -> Any:
    if floating("grad", grad).shape != x.shape:
        raise ValueError(f"grad must have {name}'s shape {tuple(x.shape)}, got {tuple(grad.shape)}")
    return grad
