"""Reads off a learning-rate range test which rates a model stands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.inputs import floating, number
from descent.schedules.schedule import askable


@dataclass(frozen=True)
class RangeTest:
    """What a range test says: the rates at which the loss fell fastest and where it was lowest."""

    steepest: float
    lowest: float


def read_range_test(
    schedule: Callable[[int], float], losses: Any, smoothing: float = 0.9
) -> RangeTest:
    """Reads an LR range test: where the smoothed loss falls fastest per log(lr), and where it is lowest.

    schedule: the rising rates of the run, such as `range_test(…)`. losses: (n,) floats, n >= 2, each
    the loss *after* the step of that number (`trajectory.losses[1:]`); what follows the first infinity
    or NaN is not read. smoothing: in [0, 1), of a moving average corrected for its start; 0 is none.
    A usual choice is a rate near the steepest, or a tenth of the lowest. Both are rough: the model
    changes during the test, and a rate that is good for a moment can be too large for a whole run.
    Raises ValueError where the loss never falls. Source: Smith (2017), section 3.3.
    """
    smoothing = number("smoothing", smoothing, at_least=0, below=1)
    losses = np.asarray(losses)
    if losses.ndim != 1:
        raise ValueError(f"losses must have shape (n,), got {losses.shape}")
    finite = np.isfinite(losses)
    losses = floating("losses", losses if finite.all() else losses[: finite.argmin()])
    average, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        average = smoothing * average + (1 - smoothing) * loss
        smooth.append(average / (1 - smoothing**t))
    lowest = int(np.argmin(smooth)) if smooth else 0
    if lowest == 0:
        raise ValueError(f"losses must fall at least once, got {losses!r}: start from a lower rate")
    rates = np.array([askable("schedule", schedule)(step) for step in range(lowest + 1)])
    slopes = np.gradient(smooth[: lowest + 1], np.log(rates))
    return RangeTest(steepest=float(rates[slopes.argmin()]), lowest=float(rates[lowest]))
