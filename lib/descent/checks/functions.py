"""Functions among an exercise's arguments: noted where they are asked, or plain data that travels."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np

QUESTIONS = 10_000  # so often a candidate may ask a function argument within one call
NOTED = 200_000  # so many numbers of these questions are noted
_FRAME = 16  # numbers that would take the room of an array without any
ARGUMENTS = 16  # of one question
WIDEST = 300_000  # numbers that its arguments may come to, each set against each
COUNTED = 10_000  # so far whole numbers stay what they are


def in_order(named: Mapping[str, Any]) -> None:
    """Raises TypeError where a function argument is called with names: nobody promised what they are."""
    if named:
        raise TypeError(
            f"this function takes its arguments in their order, without names such as {next(iter(named))}="
        )


def _too_often() -> RuntimeError:
    """What is raised where a function has been asked so often that it is asked no more."""
    return RuntimeError(f"the function was asked {QUESTIONS} times: does the loop ever end?")


def _asked(argument: Any) -> Any:
    """An argument that no function reckons with for ever: a list as an array, a large whole number as a float.

    A power of whole numbers would have digits without end, a multiple of a list members.
    """
    if isinstance(argument, list | tuple | str):
        return np.array(argument, dtype=float)
    return float(argument) if isinstance(argument, int) and abs(argument) > COUNTED else argument


def _width(arrays: Sequence[np.ndarray]) -> int:
    """So many numbers hold all that can come of these arrays, whichever is set against which."""
    shapes = (array.shape[::-1] for array in arrays)
    return math.prod(max(lengths) for lengths in zip_longest(*shapes, fillvalue=1))


@dataclass
class Recorder:
    """A function argument that notes what it was asked, and cannot be asked for ever, or for more than fits into memory.

    calls: the first questions, as many as come to `NOTED` numbers.
    """

    function: Callable[..., Any]
    calls: list[tuple] = field(default_factory=list)
    _asked: int = field(default=0, compare=False)
    _room: int = field(default=NOTED, compare=False)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The function's answer."""
        in_order(named)
        if self._asked >= QUESTIONS:
            raise _too_often()
        if len(arguments) > ARGUMENTS:
            raise TypeError(f"this function takes fewer arguments, got {len(arguments)}")
        given = [_asked(argument) for argument in arguments]
        copies = tuple(map(np.array, given))  # a caller may reuse one buffer for all its questions
        if any(copy.dtype.kind not in "biufc" for copy in copies) or _width(copies) > WIDEST:
            raise TypeError("this function takes numbers and arrays, and not so many of them")
        self._asked += 1
        self._room -= sum(copy.size + _FRAME for copy in copies)
        if self._room >= 0:
            self.calls.append(copies)
        return self.function(*given)


@dataclass
class Formula:
    """A function argument that is plain data, so that asking it costs no message to another process.

    name: of FORMULAS. numbers: its constants. What it is asked is counted and not noted: where an
    exercise observes that, it takes `Formula.value`, which is a function like any other.
    """

    name: str
    numbers: tuple[np.ndarray, ...]
    asked: int = field(default=0, compare=False)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The formula's value."""
        in_order(named)
        if self.asked >= QUESTIONS:
            raise _too_often()
        self.asked += 1
        return FORMULAS[self.name](*self.numbers, *arguments)

    def value(self, *arguments: Any) -> Any:
        """The same, not counted."""
        return FORMULAS[self.name](*self.numbers, *arguments)


def _bowl(H, centre, theta):
    away = theta - centre
    return 0.5 * away @ H @ away


def _bowl_gradient(H, centre, theta):
    return H @ (theta - centre)


def _waves(a, b, c, x):
    return np.sum(a * np.sin(b * x)) + 0.3 * np.sum(c * x) ** 3


def _squares(a, c, x):
    return np.sum(a * x**2) + np.sum(c * x) ** 2


FORMULAS: dict[str, Callable[..., Any]] = {
    "bowl": _bowl,
    "gradient of a bowl": _bowl_gradient,
    "waves": _waves,
    "squares": _squares,
}
