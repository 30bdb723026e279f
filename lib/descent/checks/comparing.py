"""Compares what a candidate returned with what the reference returned, and says the difference in words."""

from typing import Any

import numpy as np

from descent.checks.calling import Outcome
from descent.checks.exercise import Exercise, Scale

EXACT = 1e-9  # relative: right answers, however written, agree to this
NAMED = 1e-6  # relative: so close to a wrong version, it is that version
ROUNDING = 4  # units in the last place of theta: right forms of a step round differently


def step_scale(place: int) -> Scale:
    """The scale of a step function: new parameters relative to the step, its state relative to itself.

    place: where theta stands among the arguments. The new parameters are the first result. Relative to
    theta itself a wrong step would pass for right wherever steps are small.
    """

    def scale(arguments: tuple, index: int, expected: np.ndarray) -> np.ndarray:
        if index > 0:
            return np.abs(expected)
        theta = arguments[place]
        ulp = np.spacing(np.maximum(np.abs(theta), np.abs(expected)))
        return np.abs(expected - theta) + ROUNDING * ulp / EXACT

    return scale


def as_arrays(value: Any, expected: Any) -> list[np.ndarray] | str:
    """A returned value as float arrays, one for each part of `expected`, or a sentence on why it is none.

    A tuple, a list or a stacked array serves for several results; lists, NumPy scalars and tensors for arrays.
    """
    parts = expected if isinstance(expected, tuple) else (expected,)
    if value is None:
        return "Your function returned None: is there a `return` at its end?"
    if isinstance(expected, tuple):
        try:
            values = list(value)
        except TypeError:
            return f"Expected {len(parts)} results, got one {type(value).__name__}."
        if len(values) != len(parts):
            return f"Expected {len(parts)} results, got {len(values)}."
    else:
        values = [value]
    arrays = []
    for part in values:
        if hasattr(part, "detach"):
            part = part.detach().cpu()
        try:
            array = np.asarray(part, dtype=float)
        except (TypeError, ValueError):
            return f"Expected numbers, got {type(part).__name__}."
        arrays.append(array)
    return arrays


def _numbers(expected: Any) -> list[np.ndarray]:
    parts = expected if isinstance(expected, tuple) else (expected,)
    return [np.asarray(part, dtype=float) for part in parts]


def _scale(exercise: Exercise, arguments: tuple, index: int, expected: np.ndarray) -> np.ndarray:
    if exercise.scale is not None:
        return exercise.scale(arguments, index, expected)
    if expected.ndim == 0:
        return np.abs(expected)
    return np.abs(expected).max(axis=-1, keepdims=True, initial=0.0)


def _close(
    exercise: Exercise, arguments: tuple, index: int, a: np.ndarray, b: np.ndarray, rtol: float
) -> Any:
    """Element by element: whether |a - b| <= rtol * scale of a, equal infinities and NaNs included."""
    with np.errstate(all="ignore"):
        near = np.abs(a - b) <= rtol * _scale(exercise, arguments, index, a)
    return near | (a == b) | (np.isnan(a) & np.isnan(b))


def same(exercise: Exercise, arguments: tuple, a: Outcome, b: Outcome, rtol: float) -> bool:
    """Whether two outcomes are the same: equal numbers, or the same kind of exception."""
    if a.failure or b.failure:
        return bool(
            a.failure
            and b.failure
            and (a.failure.kind, a.failure.error) == (b.failure.kind, b.failure.error)
        )
    left, right = as_arrays(a.value, a.value), as_arrays(b.value, a.value)
    if isinstance(left, str) or isinstance(right, str):
        return left == right
    return all(
        x.shape == y.shape and bool(_close(exercise, arguments, index, x, y, rtol).all())
        for index, (x, y) in enumerate(zip(left, right, strict=True))
    )


def difference(exercise: Exercise, arguments: tuple, expected: Any, value: Any) -> str | None:
    """None if the value is right to a relative 1e-9, otherwise the first difference in words."""
    got = as_arrays(value, expected)
    if isinstance(got, str):
        return got
    wanted = _numbers(expected)
    for index, (want, have) in enumerate(zip(wanted, got, strict=True)):
        which = f"Result {index + 1}: e" if len(wanted) > 1 else "E"
        if want.shape != have.shape:
            return f"{which}xpected shape {want.shape}, got {have.shape}."
        if np.isnan(have).any() and not np.isnan(want).any():
            return f"{which}xpected finite numbers, got NaN."
        close = _close(exercise, arguments, index, want, have, EXACT)
        if not close.all():
            if _close(exercise, arguments, index, want, have, NAMED).all() or _single(want, have):
                return "The numbers agree only to 1e-6: is something cast to float32 on the way?"
            place = tuple(int(i) for i in np.argwhere(~close)[0])
            where = f" at {list(place)}" if place else ""
            return f"{which}xpected {_digits(want[place])}{where}, got {_digits(have[place])}" + (
                _ratio(want, have)
            )
    return None


def _single(want: np.ndarray, have: np.ndarray) -> bool:
    """Whether `have` is `want` in single precision, all of whose numbers have few digits."""
    with np.errstate(all="ignore"):
        few_digits = have == have.astype(np.float32)
    return bool(few_digits.all()) and np.allclose(have, want, rtol=NAMED, atol=0)


def _digits(x: Any) -> str:
    return f"{float(x):.7g}"


def _ratio(want: np.ndarray, have: np.ndarray) -> str:
    """A factor common to all elements, which often is the mistake itself."""
    nonzero = want != 0
    with np.errstate(all="ignore"):
        ratios = have[nonzero] / want[nonzero]
    if (
        ratios.size
        and np.isfinite(ratios).all()
        and np.allclose(ratios, ratios[0], rtol=1e-6, atol=0)
    ):
        return f": {'every number' if ratios.size > 1 else 'it'} is {_digits(ratios[0])} times the right one."
    return "."
