"""Compares what a candidate returned with what the reference returned, and says the difference in words."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from descent.checks.calling import Failure, Outcome, kind
from descent.checks.exercise import Exercise, Scale

EXACT = 1e-9  # relative: right answers, however written, agree to this
NAMED = 1e-6  # relative: so close to a wrong version, it is that version
LOOKED_AT = 1_000  # texts of a value that its digest is made of: answers of many parts cost no more
ROUNDING = 4  # units in the last place of theta: right forms of a step round differently
_ADDRESS = re.compile(r"0x[0-9a-f]+")  # of an object in memory


def step_scale(place: int) -> Scale:
    """The scale of a step function: new parameters relative to the step, its state relative to itself.

    place: where theta stands among the arguments. The new parameters are the first result. Relative to
    theta itself a wrong step would pass for right wherever steps are small.
    """

    def scale(arguments: tuple, index: int, expected: np.ndarray) -> np.ndarray:
        theta = arguments[place]
        if index > 0 or expected.shape != np.shape(theta):
            return np.abs(expected)
        ulp = np.spacing(np.maximum(np.abs(theta), np.abs(expected)))
        return np.abs(expected - theta) + ROUNDING * ulp / EXACT

    return scale


def as_arrays(value: Any, expected: Any, names: Sequence[str] = ()) -> list[np.ndarray] | str:
    """Plain data as float arrays, one for each part of `expected`, or a sentence on why it is none.

    A tuple, a list or a stacked array serves for several results; lists and scalars for arrays. names:
    what the results are called, if they have names.
    """
    if value is None:
        return "Your function returned None: is there a `return` at its end?"
    wanted = len(_parts(expected))
    values = _parts(value) if isinstance(expected, tuple | dict) else [value]
    if isinstance(expected, tuple) and isinstance(value, list | np.ndarray):
        values = np.atleast_1d(value) if isinstance(value, np.ndarray) else value
    if len(values) != wanted:
        called = f", ({', '.join(names)})" if names else ""
        return f"Expected {wanted} results{called}, got {_counted(value)}."
    arrays = []
    for part in values:
        try:
            array = np.asarray(part)
            if array.dtype.kind not in "biufO":
                raise TypeError
            arrays.append(array.astype(float, copy=False))
        except (TypeError, ValueError, OverflowError):
            return f"Expected real numbers, got {kind(part)}."
    return arrays


def _parts(value: Any) -> list:
    """The results in a value: the members of a tuple, the facts in a dict, otherwise itself."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, tuple) else [value]


def _labels(exercise: Exercise, expected: Any) -> list[str]:
    """How each of the results is spoken of: by its name in the signature, if it has one there."""
    if isinstance(expected, dict):
        return [f"{name[:1].upper()}{name[1:]}: e" for name in expected]
    parts = _parts(expected)
    if len(parts) == 1:
        return ["E"]
    names = _names(exercise, len(parts))
    return [f"`{name}`: e" for name in names] or [f"Result {i + 1}: e" for i in range(len(parts))]


def _names(exercise: Exercise, count: int) -> list[str]:
    """What the signature calls its `count` results; empty if it does not name them."""
    results = re.sub(r" \([^()]*\)", "", exercise.signature.partition(" -> ")[2])  # without shapes
    names = results.strip("()").split(", ")
    return names if len(names) == count and all(map(str.isidentifier, names)) else []


def _scale(exercise: Exercise, arguments: Any, index: int, expected: np.ndarray) -> np.ndarray:
    if exercise.scale is not None:
        return exercise.scale(arguments, index, expected)
    if expected.ndim == 0:
        return np.abs(expected)
    return np.abs(expected).max(axis=-1, keepdims=True, initial=0.0)


def _close(
    exercise: Exercise, arguments: Any, index: int, a: np.ndarray, b: np.ndarray, rtol: float
) -> Any:
    """Element by element: whether |a - b| <= rtol * scale of a, equal infinities and NaNs included."""
    with np.errstate(all="ignore"):
        scale = _scale(exercise, arguments, index, a)
        near = (np.abs(a - b) <= rtol * scale) & np.isfinite(scale)
    return near | (a == b) | (np.isnan(a) & np.isnan(b))


def same(exercise: Exercise, arguments: Any, a: Outcome, b: Outcome, rtol: float) -> bool:
    """Whether two outcomes are the same: equal numbers, or the same kind of exception."""
    if a.failure and b.failure:
        return _failed_as(a.failure) == _failed_as(b.failure)
    if a.failure or b.failure:
        return False
    left, right = as_arrays(a.value, a.value), as_arrays(b.value, a.value)
    if isinstance(left, str) or isinstance(right, str):
        return left == right
    return all(
        x.shape == y.shape and bool(_close(exercise, arguments, index, x, y, rtol).all())
        for index, (x, y) in enumerate(zip(left, right, strict=True))
    )


def _failed_as(failure: Failure) -> tuple[str, str]:
    """What makes two failures one: the exception's type, or the sentence on what is not data."""
    return failure.kind, failure.message if failure.kind == "refused" else failure.error


class Yardstick:
    """A right value, and how far from each of its numbers is right too: measured once, held to many values."""

    def __init__(self, exercise: Exercise, arguments: Any, expected: Any) -> None:
        self._exercise, self._arguments, self._expected = exercise, arguments, expected
        self._names = _names(exercise, len(expected)) if isinstance(expected, tuple) else ()

    @cached_property
    def _marks(self) -> list[tuple[Any, np.ndarray, np.ndarray]]:
        """Each result, as an array, and how near is right; nothing is near to what is not finite."""
        marks = []
        for index, part in enumerate(_parts(self._expected)):
            want = np.asarray(part, dtype=float)
            scale = _scale(self._exercise, self._arguments, index, want)
            marks.append((part, want, np.where(np.isfinite(scale), EXACT * scale, -1.0)))
        return marks

    def difference(self, value: Any) -> str | None:
        """None if the value is right to a relative 1e-9, otherwise the first difference in words."""
        got = as_arrays(value, self._expected, self._names)
        if isinstance(got, str):
            return got
        with np.errstate(all="ignore"):
            for index, ((part, want, near), have) in enumerate(zip(self._marks, got, strict=True)):
                alike = want.shape == have.shape and bool((np.abs(want - have) <= near).all())
                if not alike or isinstance(part, bool):
                    said = self._words(index, part, want, have)
                    if said:
                        return said
        return None

    def _words(self, index: int, part: Any, want: np.ndarray, have: np.ndarray) -> str | None:
        """The first difference between two arrays; None where there is none: infinities and NaNs may be equal."""
        exercise, arguments = self._exercise, self._arguments
        label = _labels(exercise, self._expected)[index]
        if want.shape != have.shape:
            if isinstance(self._expected, dict) and want.ndim == have.ndim == 1:
                return f"{label}xpected {_listed(want)}, got {_listed(have)}."
            if want.ndim and have.ndim:
                return f"{label}xpected shape {want.shape}, got {have.shape}."
            return f"{label}xpected {_form(want)}, got {_form(have)}."
        if isinstance(part, bool) and want != have:
            return f"{label}xpected {_yes(want)}, got {_yes(have)}."
        if np.isnan(have).any() and not np.isnan(want).any():
            return f"{label}xpected finite numbers, got NaN."
        close = _close(exercise, arguments, index, want, have, EXACT)
        if close.all():
            return None
        if _close(exercise, arguments, index, want, have, NAMED).all() or _single(want, have):
            return "The numbers agree only to 1e-6: is something cast to float32 on the way?"
        place = tuple(int(i) for i in np.argwhere(~close)[0])
        where = f" at {list(place)}" if place else ""
        one, other = _apart(want[place], have[place])
        return f"{label}xpected {one}{where}, got {other}{_ratio(want, have)}"


def _counted(value: Any) -> str:
    """How many results there are, or what stands in their place."""
    if isinstance(value, tuple | list):
        return str(len(value))
    return "one number" if np.ndim(value) == 0 and not isinstance(value, str) else _one(value)


def _one(value: Any) -> str:
    return f"one array of shape {value.shape}" if isinstance(value, np.ndarray) else kind(value)


def _form(array: np.ndarray) -> str:
    return f"an array of shape {array.shape}" if array.ndim else "a single number"


def _yes(fact: np.ndarray) -> str:
    return "yes" if fact else "no"


def _listed(numbers: np.ndarray) -> str:
    shown = ", ".join(map(_digits, numbers[:12]))
    return f"[{shown}{', …' if len(numbers) > 12 else ''}]"


def _single(want: np.ndarray, have: np.ndarray) -> bool:
    """Whether `have` is `want` in single precision, all of whose numbers have few digits."""
    with np.errstate(all="ignore"):
        few_digits = have == have.astype(np.float32)
    return bool(few_digits.all()) and np.allclose(have, want, rtol=NAMED, atol=0)


def _digits(x: Any, count: int = 7) -> str:
    return f"{float(x):.{count}g}"


def _apart(want: Any, have: Any) -> tuple[str, str]:
    """Two numbers with so many digits that they are seen to differ."""
    pairs = ((_digits(want, count), _digits(have, count)) for count in (7, 10, 13, 17))
    return next(pair for pair in pairs if pair[0] != pair[1])


def _ratio(want: np.ndarray, have: np.ndarray) -> str:
    """A factor common to all elements, which often is the mistake itself."""
    nonzero = want != 0
    with np.errstate(all="ignore"):
        ratios = have[nonzero] / want[nonzero]
    if (
        ratios.size
        and np.isfinite(want).all()
        and not have[~nonzero].any()
        and np.isfinite(ratios).all()
        and np.allclose(ratios, ratios[0], rtol=NAMED, atol=0)
        and not np.isclose(ratios[0], 1, rtol=NAMED, atol=0)
    ):
        return f": {'every number' if ratios.size > 1 else 'it'} is {_digits(ratios[0])} times the right one."
    return "."


def fingerprint(outcomes: Iterable[Outcome]) -> str:
    """A digest of what came back: the same for answers whose numbers agree to about four digits."""
    digest = hashlib.sha256()
    for outcome in outcomes:
        failure = outcome.failure
        said = [failure.error, _ADDRESS.sub("", failure.message)] if failure else []
        for text in [*said, str(outcome.wrote), *islice(_texts(outcome.value), LOOKED_AT)]:
            digest.update(text.encode("utf-8", "replace") + b"|")
    return digest.hexdigest()[:16]


def _texts(value: Any) -> Iterator[str]:
    """A value in words, its numbers in four digits of the largest beside them."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple):
        for part in value:
            yield from _texts(part)
        return
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError, OverflowError):
        yield kind(value)
        return
    finite = np.where(np.isfinite(array), array, 0.0)
    largest = float(np.abs(finite).max(initial=0.0))
    digits = np.round(array / (largest or 1.0), 4) + 0.0  # no negative zeros
    yield f"{array.shape} {largest:.3e}"
    yield hashlib.sha256(digits.tobytes()).hexdigest()
