"""Exercises, the cases that try an answer, and the sentences that say what is wrong with it."""

from descent.checks.catalogue import EXERCISES
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.checks.notebook import check, hint
from descent.checks.result import Result

__all__ = ["EXERCISES", "Exercise", "Probe", "Result", "Wrong", "check", "hint"]
