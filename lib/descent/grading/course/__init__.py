"""A course folder and its settings."""

from descent.grading.course.folder import (
    BOOK_FILE,
    CONFIG_FILE,
    LONGEST,
    SEED_FILE,
    Course,
    CourseError,
    possible,
)

__all__ = ["BOOK_FILE", "CONFIG_FILE", "LONGEST", "SEED_FILE", "Course", "CourseError", "possible"]
