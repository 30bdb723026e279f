"""Functions among an exercise's arguments: noted where they are asked, or plain data that travels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

QUESTIONS = 10_000  # so often a candidate may ask a function argument within one call


def in_order(named: Mapping[str, Any]) -> None:
    """Raises TypeError where a function argument is called with names: nobody promised what they are."""
    if named:
        raise TypeError(
            f"this function takes its arguments in their order, without names such as {next(iter(named))}="
        )


def _too_often() -> RuntimeError:
    """What is raised where a function has been asked so often that it is asked no more."""
    return RuntimeError(f"the function was asked {QUESTIONS} times: does the loop ever end?")


@dataclass
class Recorder:
    """A function argument that notes what it was asked, and does not let itself be asked for ever."""

    function: Callable[..., Any]
    calls: list[tuple] = field(default_factory=list)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The function's answer."""
        in_order(named)
        if len(self.calls) >= QUESTIONS:
            raise _too_often()
        # A caller may reuse one buffer for all its questions: keep a copy.
        self.calls.append(tuple(np.array(a) for a in arguments))
        return self.function(*arguments)


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
