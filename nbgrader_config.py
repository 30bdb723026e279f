"""Settings of a course: `descent new-course` copies this file into each course folder it makes.

Plain nbgrader reads it too: `nbgrader autograde` and formgrader.
"""

from pathlib import Path

from descent.grading.release.stock import configure

c = configure(get_config(), Path(__file__).resolve().parent)  # noqa: F821  nbgrader defines it

# What a course may set besides; the page "Teaching with this book" explains it.
# c.Descent.disclose = 2        # what feedback pages show, 0 to 3
# c.Descent.late_days = 3       # days that each student may be late in all
# c.Descent.late_penalty = 0.1  # part of an assignment's points for each day beyond them
# c.Descent.time_zone = "Europe/Berlin"  # by whose clock things are due and days are counted
# c.CourseDirectory.course_id = "opt101"  # for nbgrader's exchange, and for Postgres
