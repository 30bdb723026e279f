"""`check`: what a student's notebook calls."""

import difflib
import os
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any

from descent.checks.calling import LocalCandidate
from descent.checks.catalogue import EXERCISES
from descent.checks.examination import LEVELS, Examination
from descent.checks.result import Result
from descent.inputs import lookup, unknown

SEED_VARIABLE = "DESCENT_SEED"  # where stock nbgrader's hidden tests find the course's secret


def check(name: str, candidate: Any = None, level: str = "public", *, variant: str = "") -> Result:
    """Checks an answer and returns the result, which a notebook shows as a report. Never raises.

    name: the exercise. candidate: the function or value, or a namespace to find it in (default: the
    caller's). level: "public", or "hidden" for more cases under the seed in the environment.
    variant: that of a graded notebook, whose cells name it (default: none, as in the book).
    """
    for kind, said, known in (("exercise", name, EXERCISES), ("level", level, LEVELS)):
        if not isinstance(said, str) or said not in known:
            return Result(str(name), "ungradable", 0.0, message=unknown(kind, said, known))
    try:
        exercise = EXERCISES[name].varied(variant)
    except (ValueError, TypeError) as error:
        return Result(name, "ungradable", EXERCISES[name].points, message=str(error))
    namespace = sys._getframe(1).f_globals if candidate is None else candidate
    if isinstance(namespace, Mapping):
        if name not in namespace:
            return missing(name, namespace)
        candidate = namespace[name]
    needed = exercise.needs.partition(".")[0]
    if needed and find_spec(needed) is None:
        said = f"This exercise needs {needed}, which is not installed here: `pip install {needed}`, then restart."
        return Result(name, "ungradable", exercise.points, message=said)
    seed = os.environ.get(SEED_VARIABLE, "") if level == "hidden" else ""
    return Examination(exercise, level, seed).mark(LocalCandidate(candidate))


def hint(name: str, number: int = 1, *, variant: str = "") -> str:
    """The exercise's hint of that number, from 1: each says more than the one before.

    variant: as for `check`. Raises ValueError where there is no such exercise, variant or hint.
    """
    hints = lookup("exercise", name, EXERCISES).varied(variant).hints
    if number not in range(1, len(hints) + 1):
        raise ValueError(f"number must be 1 to {len(hints)} for {name}, got {number!r}")
    return hints[int(number) - 1]


def missing(name: str, names: Iterable, otherwise: str = ": has its cell been run?") -> Result:
    """The result where nothing of that name is defined; names the nearest one that is, or ends in `otherwise`."""
    public = [n for n in names if isinstance(n, str) and not n.startswith("_")]
    near = difflib.get_close_matches(name, public, n=1, cutoff=0.6)
    said = f"Nothing named `{name}` is defined" + (
        f": you have `{near[0]}`; rename it." if near else otherwise
    )
    return Result(name, "not attempted", EXERCISES[name].points, message=said)
