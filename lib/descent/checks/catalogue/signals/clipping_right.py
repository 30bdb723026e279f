"""`clip_by_global_norm`, written correctly in many ways."""

import numpy as np


def global_norm(grads):
    """The length of all gradients as one vector."""
    return float(np.sqrt(sum(np.sum(grad**2) for grad in grads)))


def scaled(grads, factor):
    """Each gradient times the factor."""
    return [factor * grad for grad in grads]


def _textbook(grads, max_norm):
    norm = global_norm(grads)
    return (scaled(grads, max_norm / norm) if norm > max_norm else grads), norm


def _one_vector(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([grad.ravel() for grad in grads]))
    factor = 1.0 if norm <= max_norm else max_norm / norm
    return tuple(grad * factor for grad in grads), norm


def _norm_of_norms(grads, max_norm):
    norm = np.hypot.reduce([np.linalg.norm(grad) for grad in grads])
    return [grad / max(1, norm / max_norm) for grad in grads], norm


def _by_maximum(grads, max_norm):
    total = 0.0
    for grad in grads:
        total += float(np.vdot(grad, grad))
    norm = total**0.5
    return [max_norm * grad / max(norm, max_norm) for grad in grads], norm


def _copies(grads, max_norm):
    clipped = [np.array(grad) for grad in grads]
    norm = np.sqrt(np.sum([np.square(grad).sum() for grad in grads]))
    if norm > max_norm:
        for grad in clipped:
            grad *= max_norm
            grad /= norm
    return clipped, norm


RIGHT = (_textbook, _one_vector, _norm_of_norms, _by_maximum, _copies)
