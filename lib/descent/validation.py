"""How sure a measured number is."""

from functools import cache
from typing import Any

import numpy as np

from descent.inputs import count, floating, number


@cache
def t_quantile(p: float, degrees: int) -> float:
    """The p-quantile of Student's t distribution with `degrees` >= 1 degrees of freedom, 0.5 <= p < 1.

    With t = √degrees · tan(angle) the density of the angle is proportional to cos(angle)^(degrees - 1),
    which is smooth on a finite interval: summed there, its relative error is below 1e-7 up to p = 0.9995.
    """
    p = number("p", p, at_least=0.5, below=1)
    degrees = count("degrees", degrees, at_least=1)
    angle = np.linspace(0, np.pi / 2, 200_001)
    density = np.cos(angle) ** (degrees - 1)
    area = np.concatenate([[0], np.cumsum(density[1:] + density[:-1])])
    return float(np.sqrt(degrees) * np.tan(np.interp(2 * p - 1, area / area[-1], angle)))


def mean_interval(samples: Any, level: float = 0.95) -> tuple[float, float, float]:
    """(mean, low, high): the mean of independent `samples`, and its t-interval at `level`.

    mean ± t · s/√n with the (1 + level)/2 quantile t at n - 1 degrees of freedom and the sample deviation s.
    samples: (n,) floats, n >= 2; for a paired comparison give the differences. 0 < level < 1.
    Raises TypeError or ValueError that names the argument. Source: Student (1908).
    """
    samples = floating("samples", np.asarray(samples))
    level = number("level", level, above=0, below=1)
    if samples.ndim != 1 or len(samples) < 2:
        raise ValueError(f"samples must have shape (n,) with n >= 2, got {samples.shape}")
    mean = samples.mean()
    error = samples.std(ddof=1) / len(samples) ** 0.5
    reach = t_quantile((1 + level) / 2, len(samples) - 1) * error
    return float(mean), float(mean - reach), float(mean + reach)
