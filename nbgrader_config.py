"""Settings of a course: `descent new-course` copies this file into each course folder it makes.

Plain nbgrader reads it too: `nbgrader autograde`, `nbgrader formgrader`.
"""

from pathlib import Path

from descent.grading.stock import configure

c = configure(get_config(), Path(__file__).resolve().parent)  # noqa: F821  nbgrader defines it
