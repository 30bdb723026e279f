"""What an instructor may set in a course's nbgrader_config.py: `c.Descent.late_days = 3` and the like."""

from datetime import UTC, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from traitlets import Float, Int, TraitError, Unicode, validate
from traitlets.config import Config, Configurable
from traitlets.config.loader import PyFileConfigLoader

from descent.grading.course import CONFIG_FILE, Course, CourseError
from descent.inputs import unknown


class Descent(Configurable):
    """The settings of this grader; those of nbgrader stand beside them, in the same file."""

    disclose = Int(
        2,
        min=0,
        max=3,
        help="What a feedback page shows: 0 the total; 1 also each question's score and whether it is "
        "right; 2 also what was tried, the mistake by name and where to read; 3 also the hints.",
    ).tag(config=True)
    late_days = Int(
        0, min=0, help="Days that each student may be late in all, over the whole course."
    ).tag(config=True)
    late_penalty = Float(
        0.0,
        min=0,
        max=1,
        help="What each day beyond these, begun or whole, costs: a part of the assignment's points.",
    ).tag(config=True)
    time_zone = Unicode(
        "UTC",
        help="By whose clock things are due and days are counted, such as Europe/Berlin.",
    ).tag(config=True)

    @validate("time_zone")
    def _known(self, proposal: Any) -> str:
        try:
            _zone(proposal.value)
        except (ValueError, KeyError, OSError):
            raise TraitError(
                f"time_zone must be such as 'Europe/Berlin', got {proposal.value!r}"
            ) from None
        return proposal.value

    @property
    def clock(self) -> tzinfo:
        """The course's time zone."""
        return _zone(self.time_zone)


def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)  # which needs a table of zones


def settings(course: Course) -> Descent:
    """The course's settings, or the defaults where its file has none.

    Raises CourseError for a file that cannot be run, a name that does not exist, a value that will not do.
    """
    config, known = configuration(course), Descent.class_trait_names(config=True)
    for name in config.Descent:
        if name not in known:
            raise CourseError(
                f"{_path(course)}: c.Descent.{name}: {unknown('setting', name, known)}"
            )
    try:
        return Descent(config=config)
    except TraitError as error:
        raise CourseError(f"{_path(course)}: {error}") from None


def database(course: Course) -> tuple[str, str]:
    """The address of the gradebook and the course's name in it, as formgrader reads them from the same file."""
    directory = configuration(course).CourseDirectory
    own = f"sqlite:///{(course.root / 'gradebook.db').resolve()}"
    return directory.get("db_url", own), directory.get("course_id", "") or "default_course"


def configuration(course: Course) -> Config:
    """Everything that the course's file sets; nothing where there is no file."""
    path = _path(course)
    return _loaded(path, path.stat().st_mtime_ns) if path.exists() else Config()


@lru_cache(maxsize=8)
def _loaded(path: Path, changed: int) -> Any:
    try:
        return PyFileConfigLoader(path.name, str(path.parent)).load_config()
    except (Exception, SystemExit) as error:  # it is a program: anything may happen
        raise CourseError(f"{path}: {type(error).__name__}: {error}") from None


def _path(course: Course) -> Path:
    return course.root.resolve() / CONFIG_FILE
