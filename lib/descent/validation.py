"""How sure a measured number is."""

from functools import cache
from typing import Any

import numpy as np

from descent.inputs import count, floating, number


@cache
def t_quantile(p: float, degrees: int) -> float:
    """The p-quantile of Student's t distribution with `degrees` >= 1 degrees of freedom, 0.5 <= p < 1.

    With t = √degrees · tan(angle), the probability of (-t, t) is a finite sum of powers of cos(angle), of even
    powers for even degrees and of odd ones for odd (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4). It grows
    with the angle, which is found by halving an interval.
    """
    p = number("p", p, at_least=0.5, below=1)
    degrees = count("degrees", degrees, at_least=1)
    odd = degrees % 2
    power = np.arange(2 + odd, degrees - 1, 2)

    def central(angle: float) -> float:
        terms = np.cumprod((power - 1) / power * np.cos(angle) ** 2)
        series = np.sin(angle) * np.cos(angle) ** odd * (1 + terms.sum()) * (degrees > 1)
        return (angle + series) * 2 / np.pi if odd else series

    low, high = 0.0, np.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if central(middle) < 2 * p - 1 else (low, middle)
    return float(np.sqrt(degrees) * np.tan(low))


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
