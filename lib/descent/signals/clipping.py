"""Gradients that are too long, cut. For lists of NumPy arrays or torch tensors."""

import math
from collections.abc import Sequence
from typing import Any

from descent.inputs import floating, namespace, number


def clip_by_global_norm(
    grads: Sequence[Any], max_norm: float, *, raise_on_nonfinite: bool = True
) -> tuple[list[Any], float]:
    """All gradients times min(1, max_norm/‖g‖), where ‖g‖ is the length of all of them as one vector.

    So the direction stays, which clipping each alone would change. With m the largest |gᵢ| the length is
    m · ‖g/m‖, which holds where squares would overflow or vanish. grads: floats of any shapes; new ones
    come back where something is cut, those given where nothing is. max_norm: > 0.
    raise_on_nonfinite: raise ValueError, which names the gradient, for NaN or infinity; otherwise the
    gradients come back as they are, and the norm says it (NaN or infinity): skip that step.
    Returns the gradients and the norm before clipping, a float.
    Raises TypeError or ValueError that names the argument.
    Source: Pascanu, Mikolov & Bengio (2013), algorithm 1.
    """
    max_norm = number("max_norm", max_norm, above=0)
    if raise_on_nonfinite:
        grads = [floating(f"grads[{i}]", grad) for i, grad in enumerate(grads)]
    filled = [grad for grad in grads if 0 not in grad.shape]
    peaks = [float(abs(grad).max()) for grad in filled]
    if not all(map(math.isfinite, peaks)):
        return list(grads), sum(peaks)
    # at least the smallest normal number, whose inverse is finite: so all-zero gradients are no special case
    smallest = [float(namespace(g).finfo(g.dtype).smallest_normal) for g in filled]
    largest = max(peaks + smallest, default=1.0)
    length = math.hypot(*(float(namespace(g).linalg.vector_norm(g / largest)) for g in filled))
    norm = largest * length  # eq-global-norm
    if norm <= max_norm:
        return list(grads), norm
    return [grad / largest * (max_norm / length) for grad in grads], norm  # eq-clip-by-norm


def clip_by_value(grads: Sequence[Any], limit: float) -> list[Any]:
    """Every element of every gradient, moved into [-limit, limit]. It changes the direction.

    grads: floats of any shapes, finite. limit: > 0. Returns new gradients.
    Raises TypeError or ValueError that names the argument.
    """
    limit = number("limit", limit, above=0)
    grads = [floating(f"grads[{i}]", grad) for i, grad in enumerate(grads)]
    return [namespace(grad).clip(grad, -limit, limit) for grad in grads]  # eq-clip-by-value
