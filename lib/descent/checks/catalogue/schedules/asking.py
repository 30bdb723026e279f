"""How schedules are asked for their rates: each case is one run, and begins with step 0."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from descent.checks.calling import Outcome
from descent.checks.exercise import Wrong


def calls(steps: Iterable[int], *arguments: float) -> list[tuple]:
    """One call for each of the steps, with the same other arguments."""
    return [(int(step), *arguments) for step in steps]


def jumbled(rng: np.random.Generator, early: int, late: int) -> list[int]:
    """Step 0, the late step, four of 1, 2, … below the early one in any order, and step 0 again."""
    return [0, late, *rng.choice(np.arange(1, early), size=4, replace=False), 0]


def rates(arguments: list[tuple], outcome: Outcome) -> dict[str, object]:
    """The values by the names under which a difference is told."""
    named: dict[str, object] = {}
    for (step, *_), value in zip(arguments, outcome.value, strict=True):
        name = f"learning rate of step {step}"
        while name in named:
            name += ", asked again"
        named[name] = value
    return named


@dataclass
class OnlyForwards:
    """A schedule that keeps its place: asked for an earlier step, it stays where it was."""

    formula: Callable[..., float]
    place: int = 0

    def __call__(self, step: int, *arguments: float) -> float:
        """The rate of the furthest step so far; step 0 is taken for a new run."""
        self.place = max(self.place, step) if step else 0
        return self.formula(self.place, *arguments)


@dataclass
class CountsItsCalls:
    """A schedule that does not look at the step, but counts how often it was asked."""

    formula: Callable[..., float]
    calls: int = 0

    def __call__(self, step: int, *arguments: float) -> float:
        """The rate of as many steps as there were calls since step 0."""
        self.calls = self.calls + 1 if step else 0
        return self.formula(self.calls, *arguments)


def stateful(formula: Callable[..., float]) -> tuple[Wrong, Wrong]:
    """The wrong versions of a formula that remember what they were asked before."""
    return (
        Wrong(
            "stateful",
            OnlyForwards(formula),
            "Your schedule remembers how far it has come: asked for an earlier step, it gives a later rate.",
            "A schedule is a function of the step alone, so a run can be resumed, and plotted, at any step.",
            "sec-schedules-function",
        ),
        Wrong(
            "counts its calls",
            CountsItsCalls(formula),
            "Your schedule counts how often it is called instead of reading the step.",
            "Whoever plots it, or logs the rate, moves it on: compute the rate from `step` and nothing else.",
            "sec-schedules-function",
        ),
    )
