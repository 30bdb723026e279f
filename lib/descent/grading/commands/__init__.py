"""What the commands of the command line do. Each prints what it did, and returns the exit status."""

from descent.grading.commands.courses import new_course, release, roster, secret
from descent.grading.commands.marks import export, feedback, grade, merge, report, sample_class
from descent.grading.commands.trying import check, doctor, prove

__all__ = [
    "check",
    "doctor",
    "export",
    "feedback",
    "grade",
    "merge",
    "new_course",
    "prove",
    "release",
    "report",
    "roster",
    "sample_class",
    "secret",
]
