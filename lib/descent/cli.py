"""The command line: `descent …`. Each command is one call into the library."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from descent.grading.course import Course, CourseError, new_course, release


def _new_course(options: argparse.Namespace) -> int:
    course = new_course(options.dir, options.solutions)
    print(f"{course.root}: {', '.join(course.assignments())}")
    print(f"Next: descent release --course {course.root}")
    return 0


def _release(options: argparse.Namespace) -> int:
    course = Course(options.course)
    for assignment in course.chosen(options.assignment):
        print(release(course, assignment))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="descent", description=__doc__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    new = commands.add_parser("new-course", help="make a course folder in nbgrader's layout")
    new.add_argument("dir", type=Path, metavar="DIR")
    new.add_argument(
        "--solutions",
        type=Path,
        default=Path("solutions"),
        metavar="DIR",
        help="where the instructor's notebooks are (default: solutions, in a clone of the book)",
    )
    new.set_defaults(run=_new_course)

    of_course = argparse.ArgumentParser(add_help=False)
    of_course.add_argument(
        "--course", type=Path, default=Path(), metavar="DIR", help="the course folder (default: .)"
    )
    of_assignments = argparse.ArgumentParser(add_help=False)
    of_assignments.add_argument(
        "assignment", nargs="*", metavar="ASSIGNMENT", help="default: all of them"
    )

    command = commands.add_parser(
        "release", parents=[of_assignments, of_course], help="make the students' notebooks"
    )
    command.set_defaults(run=_release)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status: 0, 1 when work failed, 2 when it was not understood."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except CourseError as error:
        print(f"descent: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
