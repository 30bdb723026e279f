"""Every exercise of the book, by name, in the order of the chapters: a folder each, a module for each exercise.

`NAME.py` holds an exercise: its cases, its right versions, its wrong versions with their words. One that
outgrows some 300 lines keeps its cases, and its right and wrong versions go to `NAME_right.py`, which ends
in `RIGHT`, and `NAME_mistakes.py`, which ends in `MISTAKES`; variants with programs of their own are in `NAME_variants.py`. (The
exercise that a chapter is about, such as Adam's, leaves `NAME_` out.) `changes.py` holds the variants that
are made from the book's programs, and gives all of the chapter's exercises theirs.
"""

from descent.checks.catalogue import (
    adam,
    adaptive,
    batch_size,
    comparison,
    gradient_descent,
    losses,
    momentum,
    nesterov,
    schedules,
    signals,
    stochastic,
)
from descent.checks.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for module in (
        losses,
        gradient_descent,
        stochastic,
        momentum,
        nesterov,
        adaptive,
        adam,
        schedules,
        batch_size,
        signals,
        comparison,
    )
    for exercise in module.EXERCISES
}

# The same with each variant as an exercise of its own, by label.
VARIED: dict[str, Exercise] = {
    one.label: one for exercise in EXERCISES.values() for one in exercise.family
}
