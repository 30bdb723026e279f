"""Tests that a student writes, tried on right functions, which they must accept, and on wrong ones."""

from collections.abc import Callable, Sequence
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


def _unclear(value: Any) -> str | None:
    if not isinstance(value, bool | np.bool_):
        return f"Return True or False, got {kind(value)}."
    return None
