"""Tests that a student writes, tried on right functions, which they must accept, and on wrong ones."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from descent.checks.calling import kind
from descent.checks.exercise import Probe


def accepts(name: str, right: Sequence[Callable], thing: str) -> Probe:
    """The probe that the test accepts all of `right`, which round differently; each is a `thing`."""

    def judge(calls: Any, values: tuple) -> str | None:
        unclear = next(filter(None, map(_unclear, values)), None)
        if unclear or all(values):
            return unclear
        return f"Your test rejects a right {thing} that is written another way."

    return Probe(name, 1.0, lambda rng: [(program,) for program in right], draws=1, judge=judge)


def rejects(what: str, program: Callable) -> Probe:
    """The probe that the test rejects `program`, of which `what` says what it is, and what is wrong with it."""

    def judge(arguments: tuple, value: Any) -> str | None:
        return _unclear(value) or (f"Your test accepts {what}." if value else None)

    return Probe(f"rejects {what}", 0.5, lambda rng: (program,), draws=1, judge=judge)


def of_changed(
    change: Callable[[Callable], Callable], at: str, otherwise: Sequence[Callable], what: str
) -> Callable[[Probe], Probe]:
    """Turns the probes of a test into those of a test for changed functions.

    at: the probe that has the test reject the functions `otherwise`, too; `what` says what they do wrong.
    """

    def judge(calls: Any, values: tuple) -> str | None:
        unclear = next(filter(None, map(_unclear, values)), None)
        return unclear or (f"Your test accepts a function that {what}." if any(values) else None)

    def probe(book: Probe) -> Probe:
        def draw(rng: np.random.Generator) -> tuple | list[tuple]:
            drawn = book.draw(rng)
            several = isinstance(drawn, list)
            calls = [(change(function),) for (function,) in (drawn if several else [drawn])]
            if book.name == at:
                return calls + [(function,) for function in otherwise]
            return calls if several else calls[0]

        if book.name == at:
            return replace(book, name=f"{at}, or one that {what}", draw=draw, judge=judge)
        return replace(book, draw=draw)

    return probe


def _unclear(value: Any) -> str | None:
    if not isinstance(value, bool | np.bool_):
        return f"Return True or False, got {kind(value)}."
    return None
