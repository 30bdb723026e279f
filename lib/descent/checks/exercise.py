"""What an exercise is: its statement's facts, the cases that try a candidate, and its right and wrong versions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.checks.calling import Outcome

Judge = Callable[[Any, Any], str | None]
Scale = Callable[[Any, int, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Probe:
    """One kind of case, worth `points`.

    draw: rng -> the arguments of one call, or a list of them for several calls, whose values make a tuple.
    draws: cases at the public level (hidden: five times as many).
    judge: (arguments, value) -> a sentence on what is wrong, or None; without a judge the value is
    compared with the reference's. observe: (arguments, outcome) -> facts that take the value's place,
    such as where a function argument was asked; they are judged, compared and diagnosed like a value.
    A dict of facts has them named in what is said. Where the value is not even readable, `observe` raises
    `UnreadableError` with a sentence. For a random function the facts are what does not depend on how
    the Generator was used.
    """

    name: str
    points: float
    draw: Callable[[np.random.Generator], tuple | list[tuple]]
    draws: int = 4
    judge: Judge | None = None
    observe: Callable[[Any, Outcome], Any] | None = None


class UnreadableError(Exception):
    """Raised by an `observe` for a value whose facts cannot be told; its text says so to the student."""


@dataclass(frozen=True)
class Wrong:
    """A misconception: a program that makes a typical mistake, and the words for it.

    sentence: names the mistake to who made it. because: explains it in one sentence. section: the anchor
    in the book that teaches it. mistake: its number among the documents' mistakes, if it is one of them.
    twins: names of wrong versions whose numbers cannot be told from these.
    """

    name: str
    program: Callable[..., Any]
    sentence: str
    because: str
    section: str
    mistake: int | None = None
    twins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """One function (or value) that a student writes.

    chapter: the assignment's folder name. signature: how it is called, with shapes. untouched: the points
    for leaving the arguments as they were. scale: (arguments, number of the result, expected) -> the
    magnitudes to which its differences are relative (default: the largest in each row of `expected`).
    The first probe carries the exercise: the others earn nothing while it fails. needs: the library beside
    NumPy that its programs import ("torch"), or nothing.
    """

    name: str
    title: str
    chapter: str
    section: str
    difficulty: int
    minutes: int
    signature: str
    reference: Callable[..., Any]
    probes: tuple[Probe, ...]
    hints: tuple[str, ...]
    right: tuple[Callable[..., Any], ...]
    wrong: tuple[Wrong, ...]
    untouched: float = 0.0
    scale: Scale | None = None
    needs: str = ""

    @property
    def points(self) -> float:
        """The most that can be earned."""
        return sum(probe.points for probe in self.probes) + self.untouched

    @property
    def call(self) -> str:
        """The call without shapes and result, e.g. `f(x, h)`."""
        return self.signature.partition(" -> ")[0]
