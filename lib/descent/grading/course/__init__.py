"""A course folder and its settings."""

from descent.grading.course.folder import (
    BOOK_FILE,
    CONFIG_FILE,
    SEED_FILE,
    Course,
    CourseError,
)

__all__ = ["BOOK_FILE", "CONFIG_FILE", "SEED_FILE", "Course", "CourseError"]
