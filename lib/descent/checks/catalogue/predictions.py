"""Predictions, recorded before a run: any sensible one earns the point, and none earns more for being right."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from descent.checks.exercise import Exercise, Probe, Wrong


def number_prediction(
    name: str, *, section: str, signature: str, hint: str, whole: bool
) -> Exercise:
    """An exercise whose answer is a positive number: any that is finite, and from 1 if it is `whole`."""
    kind = "whole number from 1" if whole else "positive number"

    def recorded(arguments: tuple, value: Any) -> str | None:
        try:
            x = float(value)
        except (TypeError, ValueError):
            return f"Expected a {kind}, got {type(value).__name__}."
        sensible = np.isfinite(x) and x > 0 and (x == round(x) or not whole)
        return None if sensible else f"Expected a {kind}, got {value!r}."

    return prediction(
        name,
        section=section,
        signature=signature,
        hint=hint,
        recorded=recorded,
        right=(1, 10, np.int64(345), 1e3, np.array(10**6)),
        wrong=(
            Wrong(
                "not a number",
                lambda: "many",
                "Write your prediction as a number.",
                f"It is compared with the run below; any {kind} earns the point.",
                section,
            ),
            Wrong(
                "negative",
                lambda: -3,
                "Your prediction cannot be negative.",
                f"Any {kind} earns the point.",
                section,
            ),
        ),
    )


def prediction(
    name: str,
    *,
    section: str,
    signature: str,
    hint: str,
    recorded: Callable[[tuple, Any], str | None],
    right: Sequence[Any],
    wrong: tuple[Wrong, ...],
) -> Exercise:
    """An exercise whose answer is a value that `recorded` finds sensible. right: values that are."""
    return Exercise(
        name=name,
        title="Predict, then run",
        section=section,
        difficulty=1,
        minutes=3,
        signature=signature,
        reference=lambda: right[0],
        probes=(Probe("a prediction is recorded", 1.0, lambda rng: (), draws=1, judge=recorded),),
        hints=(
            "Write down what you expect; it is compared with the run below.",
            hint,
            "Any sensible value earns the point, so there is nothing to lose.",
        ),
        right=tuple(lambda value=value: value for value in right),
        wrong=wrong,
    )
