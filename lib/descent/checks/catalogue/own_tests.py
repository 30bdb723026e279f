"""Tests that a student writes, tried on right functions, which they must accept, and on wrong ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from descent.checks.calling import kind
from descent.checks.exercise import Judge, Probe


@dataclass(frozen=True)
class Tried:
    """A function that a test is tried on, and whether it is right."""

    program: Callable
    right: bool

    def __call__(self, *arguments: Any) -> Any:
        """The program's results."""
        return self.program(*arguments)


def accepts(name: str, right: Sequence[Callable], thing: str) -> Probe:
    """The probe that the test accepts all of `right`, which round differently; each is a `thing`."""
    calls = [(Tried(program, True),) for program in right]
    judge = _judge(True, f"Your test rejects a right {thing} that is written another way.")
    return Probe(name, 1.0, lambda rng: calls, draws=1, judge=judge)


def rejects(what: str, program: Callable, right: Sequence[Callable]) -> Probe:
    """The probe that the test rejects `program`, of which `what` says what it is, and what is wrong with it.

    It is asked for before or after one of `right`, which must be accepted as at first: a test that counts its calls
    does not know which it is.
    """

    def draw(rng: np.random.Generator) -> list[tuple]:
        calls = [(Tried(program, False),), (Tried(right[int(rng.integers(len(right)))], True),)]
        return calls[:: rng.choice((1, -1))]

    judge = _judge(False, f"Your test accepts {what}.")
    first = _judge(True, "Your test rejects a right function at times: does it remember calls?")
    return Probe(f"rejects {what}", 0.5, draw, draws=1, judge=judge, first=first)


def of_changed(
    change: Callable[[Callable], Callable], at: str, otherwise: Sequence[Callable], what: str
) -> Callable[[Probe], Probe]:
    """Turns the probes of a test into those of a test for changed functions.

    at: the probe that has the test reject the functions `otherwise`, too; `what` says what they do wrong.
    """
    judge = _judge(False, f"Your test accepts a function that {what}.")

    def probe(book: Probe) -> Probe:
        def draw(rng: np.random.Generator) -> list[tuple]:
            drawn = book.draw(rng)
            assert isinstance(drawn, list)
            calls = [(replace(tried, program=change(tried.program)),) for (tried,) in drawn]
            more = otherwise if book.name == at else ()
            return calls + [(Tried(function, False),) for function in more]

        if book.name == at:
            return replace(book, name=f"{at}, or one that {what}", draw=draw, judge=judge)
        return replace(book, draw=draw)

    return probe


def _judge(right: bool, otherwise: str) -> Judge:
    """Says that of the functions which are `right`, or of those which are not, one is taken `otherwise`."""

    def judge(calls: list[tuple], values: tuple) -> str | None:
        if unclear := next(filter(None, map(_unclear, values)), None):
            return unclear
        own = (v for (tried,), v in zip(calls, values, strict=True) if tried.right is right)
        return None if all(value == right for value in own) else otherwise

    return judge


def _unclear(value: Any) -> str | None:
    if not isinstance(value, bool | np.bool_):
        return f"Return True or False, got {kind(value)}."
    return None
