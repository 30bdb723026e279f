"""Every quantity inside Adam's steps along a sequence of gradients, for one coordinate."""

from typing import Any

import numpy as np

from descent.methods import RULES

STEPS = 60
SPIKE = 20  # the step at which it comes, and its size

SEQUENCES = {
    "constant": ("constant", np.ones(STEPS)),
    "noisy": (
        "noise with a small mean",
        np.round(0.3 + np.random.default_rng(4).normal(size=STEPS), 3),
    ),
    "spike": (
        "constant with one spike",
        np.where(np.arange(1, STEPS + 1) == SPIKE, float(SPIKE), 1.0),
    ),
    "alternating": ("alternating sign", (-1.0) ** np.arange(STEPS)),
}  # name: (title, gradients (STEPS,), to be multiplied by their size)

HYPER = ("beta1", "beta2", "eps")


def defaults() -> dict[str, float]:
    """Adam's own hyper-parameters."""
    return {name: RULES["adam"].defaults[name] for name in HYPER}


def anatomy(
    gradients: Any,
    *,
    beta1: float,
    beta2: float,
    eps: float,
    corrected: bool = True,
    eps_inside: bool = False,
) -> dict[str, np.ndarray]:
    """g, m, m_hat, v, v_hat and the step in learning rates, each (n,), for gradients (n,).

    corrected: divide m by 1 - beta1^t and v by 1 - beta2^t; otherwise m_hat is m and v_hat is v.
    eps_inside: divide by sqrt(v_hat + eps) instead of sqrt(v_hat) + eps.
    A step of 0/0 counts as 0.
    """
    g = np.asarray(gradients, dtype=float)
    m, v = np.zeros_like(g), np.zeros_like(g)
    fading_m = fading_v = 0.0
    for k, gradient in enumerate(g):
        m[k] = fading_m = beta1 * fading_m + (1 - beta1) * gradient
        v[k] = fading_v = beta2 * fading_v + (1 - beta2) * gradient**2
    t = np.arange(1, len(g) + 1)
    m_hat, v_hat = (m / (1 - beta1**t), v / (1 - beta2**t)) if corrected else (m, v)
    below = np.sqrt(v_hat + eps) if eps_inside else np.sqrt(v_hat) + eps
    step = np.divide(m_hat, below, out=np.zeros_like(g), where=below > 0)
    return {"g": g, "m": m, "m_hat": m_hat, "v": v, "v_hat": v_hat, "step": step}


def facts() -> dict[str, Any]:
    """What the JavaScript must know, JSON-ready."""
    return {
        "steps": STEPS,
        "sequences": {
            name: {"title": title, "gradients": gradients.tolist()}
            for name, (title, gradients) in SEQUENCES.items()
        },
        "defaults": defaults(),
    }
