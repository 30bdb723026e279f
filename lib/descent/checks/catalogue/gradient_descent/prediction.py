"""`predicted_steps`: a prediction, recorded before the run."""

import numpy as np

from descent.checks.catalogue.gradient_descent.bowls import CHAPTER
from descent.checks.exercise import Exercise, Probe, Wrong


def _recorded(arguments, value):
    """A prediction is any whole number of steps from 1; whether it is right earns nothing."""
    try:
        steps = float(value)
    except (TypeError, ValueError):
        return f"Expected a number of steps, got {type(value).__name__}."
    if not (np.isfinite(steps) and steps >= 1 and steps == round(steps)):
        return f"Expected a whole number of steps from 1, got {value!r}."
    return None


PREDICTION = Exercise(
    name="predicted_steps",
    title="Predict, then run",
    chapter=CHAPTER,
    section="sec-gd-rate",
    difficulty=1,
    minutes=3,
    signature="predicted_steps -> a whole number",
    reference=lambda: 1,
    probes=(Probe("a prediction is recorded", 1.0, lambda rng: (), draws=1, judge=_recorded),),
    hints=("Any whole number earns the point. How much of the error is left after one step?",),
    right=tuple(lambda n=n: n for n in (1, 10, np.int64(345), 1e3, np.array(10**6))),
    wrong=(
        Wrong(
            "not a number",
            lambda: "many",
            "Write your prediction as a number.",
            "It is compared with the run below; any whole number from 1 earns the point.",
            "sec-gd-rate",
        ),
        Wrong(
            "negative",
            lambda: -3,
            "A number of steps cannot be negative.",
            "Any whole number from 1 earns the point.",
            "sec-gd-rate",
        ),
    ),
)
