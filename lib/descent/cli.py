"""Exercises checked, courses graded."""

import argparse
import atexit
import errno
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from descent.grading import commands
from descent.grading.course import Course, CourseError
from descent.grading.marking.batch import Options
from descent.grading.marking.engine import StartError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="descent", description=__doc__, epilog="descent COMMAND --help says more about each."
    )
    verbs = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        said = run.__doc__.partition("\n")[0]
        verb = verbs.add_parser(name, help=said, description=said, parents=parents)
        verb.set_defaults(run=run)
        return verb

    course = argparse.ArgumentParser(add_help=False)
    course.add_argument(
        "--course",
        type=lambda text: Course(Path(text)),
        default=Course(Path()),
        metavar="DIR",
        help="the course folder (default: .)",
    )
    assignments = argparse.ArgumentParser(add_help=False)
    assignments.add_argument("assignment", nargs="*", help="its name (default: all assignments)")
    disclosing = argparse.ArgumentParser(add_help=False)
    disclosing.add_argument(
        "--disclose",
        type=int,
        choices=range(4),
        metavar="LEVEL",
        help="what feedback pages show: 0 the total; 1 each question's score; 2 also what was tried and the "
        "mistake by name; 3 also hints (default: the course's setting, which is 2 if there is none)",
    )
    making = argparse.ArgumentParser(add_help=False)
    making.add_argument("dir", type=Path, metavar="DIR", help="the folder to make")
    making.add_argument(
        "--solutions",
        type=Path,
        default=Path("solutions"),
        metavar="DIR",
        help="the instructor's notebooks (default: solutions, in a clone of the book)",
    )
    making.add_argument(
        "--book", default="", metavar="URL", help="the book's site, to which feedback links"
    )

    command("new-course", commands.new_course, making)
    verb = command("release", commands.release, assignments, course)
    verb.add_argument(
        "--graded",
        action="store_true",
        help="for marks that count: a notebook for each student, with variants of exercises",
    )
    verb.add_argument(
        "--student",
        action="append",
        default=[],
        metavar="ID",
        help="whose, in the roster or not; may be repeated (default: all in the roster)",
    )
    verb.add_argument(
        "--due",
        default="",
        metavar="TIME",
        help="when it is to be handed in, such as '2026-02-01 23:59 Europe/Berlin'; counts for late days",
    )
    verb = command("secret", commands.secret, course)
    verb.add_argument(
        "action", choices=("backup", "restore"), help="out of this course, or into it"
    )
    verb.add_argument("file", type=Path, help="made anew by backup, read by restore")
    verb = command("check", commands.check)
    verb.add_argument("notebook", type=Path, help="its file, such as 02_gradient_descent.ipynb")
    verb = command("grade", commands.grade, assignments, course, disclosing)
    verb.add_argument(
        "--jobs",
        type=_positive,
        default=Options.jobs,
        metavar="N",
        help="submissions graded at a time (default: as many as there are processors to use)",
    )
    verb.add_argument(
        "--require-sandbox",
        type=int,
        choices=range(4),
        default=0,
        metavar="LEVEL",
        help="grade nothing unless the sandbox reaches this level, 0 to 3 (see descent doctor)",
    )
    verb.add_argument(
        "--allow-weak-sandbox",
        action="store_true",
        help="grade even where students' code could read files (levels 0 and 1)",
    )
    verb.add_argument(
        "--max-time",
        type=float,
        default=float("inf"),
        metavar="SECONDS",
        help="begin no submission after this time; the next run goes on from there",
    )
    verb.add_argument(
        "--shard",
        type=_shard,
        default=(1, 1),
        metavar="I/N",
        help="grade the I-th of N parts of the class, one on each machine; then descent merge",
    )
    verb.add_argument(
        "--executor",
        type=_executor,
        default="local",
        metavar="NAME",
        help="local (default), dask, or dask:ADDRESS of a scheduler",
    )
    verb.add_argument(
        "--dry-run",
        action="store_true",
        help="write no marks and no pages; say whose marks would change, and why",
    )
    command("feedback", commands.feedback, assignments, course, disclosing)
    verb = command("merge", commands.merge, course)
    verb.add_argument(
        "journal", nargs="*", type=Path, help="their files (default: all in the course's journal/)"
    )
    command("report", commands.report, assignments, course)
    verb = command("roster", commands.roster, course)
    verb.add_argument("file", type=Path, help="the LMS's export of its gradebook, a CSV file")
    verb.add_argument(
        "--id",
        default="",
        metavar="COLUMN",
        help="the column that holds the names of the folders in submitted/ (default: the first of SIS Login "
        "ID, Username … that the file has)",
    )
    verb = command("export", commands.export, course)
    verb.add_argument(
        "--format",
        action="append",
        choices=("nbgrader", "canvas", "moodle", "questions", "comments"),
        help="which table (default: all)",
    )
    command("prove", commands.prove)
    command("doctor", commands.doctor)
    command("sample-class", commands.sample_class, making)
    return parser


_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)  # full, or not ours


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def _shard(text: str) -> tuple[int, int]:
    i, _, n = text.partition("/")
    if not (i.isdigit() and n.isdigit() and 1 <= int(i) <= int(n)):
        raise argparse.ArgumentTypeError(
            f"expected I/N with 1 <= I <= N, such as 2/4, got {text!r}"
        )
    return int(i), int(n)


def _executor(text: str) -> str:
    if text.partition(":")[0] not in ("local", "dask"):
        raise argparse.ArgumentTypeError(f"expected local, dask or dask:ADDRESS, got {text!r}")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status: 0, 1 when something fails, 2 when it cannot begin, 130 when stopped."""
    options = vars(_parser().parse_args(arguments))
    run = options.pop("run")
    if run is commands.grade:
        options["options"] = Options(
            **{name: options.pop(name) for name in Options.__dataclass_fields__}
        )
    try:
        return run(**options)
    except (CourseError, StartError) as error:
        print(f"descent: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("descent"):
            raise
        print(
            f"descent: this command needs {error.name}, which is not installed. Install the library with all that "
            "a course needs: pip install './descent_book-….whl[course]', or in a clone of the book: make setup",
            file=sys.stderr,
        )
        return 2
    except BrokenPipeError:  # whoever read what was printed has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno not in _DISK:
            raise
        place = f"{error.filename}: " if error.filename else ""
        said = "What was written before is whole; the same command goes on from there."
        print(f"descent: {place}{error.strerror}. {said}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("descent: stopped. What was graded is kept; the next run goes on.", file=sys.stderr)
        return 130


def program() -> None:
    """The command as a process of its own: what its modules hold stays, and is not looked through for garbage."""
    gc.freeze()
    atexit.register(gc.freeze)  # with nbgrader loaded, the last look alone would take 0.2 s
    sys.exit(main())


if __name__ == "__main__":
    program()
