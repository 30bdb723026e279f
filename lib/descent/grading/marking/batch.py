"""Grades an assignment's submissions, several at a time; none of them stops the others."""

import hashlib
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from descent.checks.catalogue import EXERCISES
from descent.checks.result import Result
from descent.grading import intake
from descent.grading.course import Course, CourseError
from descent.grading.marking import journal, shards, worker
from descent.grading.marking.engine import StartError, WeakSandboxError
from descent.grading.marking.executors import Executor, executor, held_back, lost
from descent.grading.marking.journal import Journal, Mark, key
from descent.grading.marking.lock import locked
from descent.grading.marking.worker import Terms
from descent.grading.sandbox import ladder
from descent.grading.sandbox.limits import Limits
from descent.grading.sandbox.machine import processors
from descent.grading.variants import graded
from descent.grading.words import clean

Progress = Callable[[int, int, Mark], None]  # done, of how many, the last one
Meanwhile = Callable[[], object]
_TRIES = 2  # so often a submission is tried whose worker dies
_REASON = 2_000  # characters of why a submission cannot be read


@dataclass(frozen=True)
class Options:
    """How to grade.

    jobs: submissions at a time. require_sandbox: the least sandbox level. allow_weak_sandbox: whether
    levels 0 and 1 will do. max_time: seconds after which none is begun. shard: (i, n), to grade the i-th
    of n parts of the class. executor: "local", "dask", or "dask:" and a scheduler's address.
    """

    jobs: int = processors()
    require_sandbox: int = 0
    allow_weak_sandbox: bool = False
    max_time: float = float("inf")
    shard: tuple[int, int] = (1, 1)
    executor: str = "local"


@dataclass(frozen=True)
class _Work:
    """A submission on its way: where it lies, and once it is read, what is in it."""

    mark: Mark
    folder: Path
    submission: intake.Submission | None = None
    tries: int = 1


def exercises_of(course: Course, assignment: str) -> dict[str, str]:
    """The exercise of each test cell's grade_id, from the instructor's notebook; raises CourseError."""
    try:
        tests = intake.test_cells(intake.read(course.source(assignment)))
    except (intake.UnreadableError, OSError) as error:
        raise CourseError(f"{course.source(assignment)}: {error}") from None
    unknown = sorted(set(tests.values()) - set(EXERCISES))
    if unknown or not tests:
        raise CourseError(
            f"{course.source(assignment)} tests no exercise of the book"
            + (f": {', '.join(unknown)} is unknown." if unknown else ".")
        )
    return tests


def alone(course: Course, shard: tuple[int, int] = (1, 1)) -> AbstractContextManager[None]:
    """Holds the course for one run, or one for each shard; raises CourseError if another has it, or if it is none."""
    course.assignments()
    return locked(course.root / "journal" / f"lock{shards.part(shard)}")


def grade(
    course: Course,
    assignment: str,
    options: Options,
    progress: Progress,
    meanwhile: Meanwhile = lambda: None,
) -> tuple[list[Mark], int]:
    """The marks of all submissions, by student, and how many were left when the time was up.

    meanwhile: called while the workers start, if any are needed. Unchanged submissions are taken from the
    journal; a shard has a journal of its own. Raises CourseError if there are no submissions, or if the
    sandbox does not reach the level asked for.
    """
    ladder.keep_out()
    batch = _Batch(course, assignment, options, meanwhile)
    handed_in = course.submissions(assignment)
    if not handed_in:
        raise CourseError(
            f"{assignment} has no submissions: expected submitted/STUDENT/{assignment}/{assignment}.ipynb "
            f"in {course.root}."
        )
    folders = {s: folder for s, folder in handed_in.items() if shards.holds(options.shard, s)}
    marks: dict[str, Mark] = {}
    with Journal(shards.journal_of(course, assignment, options.shard)) as written:
        work: list[_Work] = []
        for student, folder in folders.items():
            file = batch.file(student, folder)
            known = written.find_file(file)
            if known and batch.counts(known):
                marks[student] = known
            else:
                blank = Mark(student, assignment, "", batch.ungraded, file=file)
                work.append(_Work(blank, folder))
        done = len(marks)
        for mark in batch.marked(work, written):
            done += 1
            marks[mark.student] = mark
            if written.find(mark.key) != mark:
                progress(done, len(folders), mark)
                if mark.key:
                    written.append(mark)
    return [marks[student] for student in folders if student in marks], len(folders) - len(marks)


def known(course: Course, assignment: str) -> tuple[list[Mark], int]:
    """The marks that earlier runs have given to what is handed in now, and how many submissions have none."""
    batch = _Batch(course, assignment, Options())
    folders = course.submissions(assignment)
    marks = []
    with Journal(course.journal(assignment)) as written:
        for student, folder in folders.items():
            file = batch.file(student, folder)
            blank = Mark(student, assignment, "", batch.ungraded, file=file)
            mark = written.find_file(file) or batch.read(_Work(blank, folder), written)
            if isinstance(mark, Mark):
                marks.append(mark)
    return marks, len(folders) - len(marks)


class _Batch:
    """What all submissions to one assignment have in common, and their way through the workers."""

    def __init__(
        self, course: Course, assignment: str, options: Options, meanwhile: Meanwhile = lambda: None
    ) -> None:
        self._assignment, self._options, self._meanwhile = assignment, options, meanwhile
        self._tests = exercises_of(course, assignment)
        self._current = _released_version(course, assignment)
        least = max(options.require_sandbox, 0 if options.allow_weak_sandbox else 2)
        names = tuple(self._tests.values())
        self._graded = graded.find(course, assignment)
        varied = self._graded is not None
        self._terms = Terms(names, course.seed, Limits(), least, journal.library_digest(), varied)
        self._depends = (assignment, course.seed, repr(self._terms.limits), *names)
        self.ungraded = tuple(Result(name, "ungradable", EXERCISES[name].points) for name in names)

    def variants(self, student: str) -> dict[str, str]:
        """What the student's own notebook asks for, from name and secret: the submission has no say in it."""
        return self._graded.of(student) if self._graded else {}

    def _key(self, student: str, *parts: str) -> str:
        """The digest of these parts and of all else that the student's mark depends on."""
        return key(student, *parts, repr(self.variants(student)), *self._depends)

    def file(self, student: str, folder: Path) -> str:
        """The digest of what was handed in, to the byte; empty if nothing can be read."""
        try:
            found = intake.find(folder, self._assignment)
        except (intake.UnreadableError, OSError):
            return ""
        content = hashlib.sha256(found.content).hexdigest()
        return self._key(student, "file", content, self._current, *found.remarks)

    def marked(self, work: list[_Work], written: Journal) -> Iterator[Mark]:
        """The marks in the order in which they are done; hands out no more work when the time is up."""
        end = time.monotonic() + self._options.max_time
        waiting = work[::-1]
        workers: Executor | None = None
        running: dict[Future, _Work] = {}
        ended = False
        try:
            while running or (waiting and time.monotonic() < end):
                while waiting and time.monotonic() < end:
                    item = waiting.pop()
                    mark = self.read(item, written) if item.submission is None else item
                    if isinstance(mark, Mark):
                        yield mark
                        continue
                    if workers is None:
                        workers = executor(self._options.executor, self._options.jobs)
                        self._try(workers)
                    future = workers.submit(
                        worker.marked,
                        self._terms,
                        mark.submission,
                        self.variants(mark.mark.student),
                    )
                    running[future] = mark
                    if len(running) >= 2 * workers.slots:
                        break
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    item = running.pop(future)
                    if lost(future.exception()) and item.tries < _TRIES:
                        waiting.append(replace(item, tries=item.tries + 1))
                    else:
                        yield self._result(item, future)
            ended = True
        finally:
            if workers:
                workers.close(now=not ended)

    def read(self, item: _Work, written: Journal) -> Mark | _Work:
        """What is in the submission; or its mark, where it needs no work: unreadable, or known."""
        mark = item.mark
        try:
            found = intake.find(item.folder, self._assignment)
            submission = intake.take_in(found, self._tests, self._current)
        except (intake.UnreadableError, OSError) as error:
            reason = clean(str(error), _REASON)
            return replace(mark, key=self._key(mark.student, reason), reason=reason)
        except Exception as error:
            return _own_fault(mark, error)
        strange = graded.foreign(submission, self.variants(mark.student))
        said, events = (*submission.remarks, *strange), (*submission.events, *strange)
        own = self._key(mark.student, submission.digest)
        if (known := written.find(own)) and self.counts(known):
            return replace(known, remarks=said, events=events, file=mark.file)
        mark = replace(mark, key=own, remarks=said, events=events)
        return replace(item, mark=mark, submission=submission)

    def counts(self, mark: Mark) -> bool:
        """Whether an earlier mark was given within the sandbox that is required now."""
        return bool(mark.reason) or mark.level >= self._options.require_sandbox

    def _try(self, workers: Executor) -> None:
        """Raises CourseError where nothing can be marked, before anything is."""
        for _ in range(_TRIES):
            trials = [
                workers.submit(worker.sandbox_level, self._terms) for _ in range(workers.slots)
            ]
            with held_back():
                self._meanwhile()
            try:
                for trial in trials:
                    trial.result()
            except WeakSandboxError as error:
                raise CourseError(_too_weak(error, self._options)) from None
            except (worker.OtherLibraryError, StartError) as error:
                raise CourseError(f"{error}. Nothing was graded.") from None
            except Exception as error:
                if not lost(error):
                    raise
            else:
                return
        raise CourseError(
            "The processes that mark were ended before they had begun, as the system does when memory runs "
            "out. Nothing was graded."
        )

    def _result(self, item: _Work, future: Future) -> Mark:
        """The mark."""
        try:
            results, noted, level, seconds = future.result()
        except Exception as error:
            return _own_fault(item.mark, error)
        return replace(item.mark, results=results, noted=noted, level=level, seconds=seconds)


def _own_fault(mark: Mark, error: Exception) -> Mark:
    """The mark where the grader itself fails: that costs nobody else anything, and is not kept."""
    traceback.print_exception(error)
    what = f"{type(error).__name__}: {error}"
    return replace(mark, key="", reason=f"The grader itself failed ({what}); grade it again.")


def _released_version(course: Course, assignment: str) -> str:
    try:
        return intake.version(intake.read(course.released(assignment)))
    except (intake.UnreadableError, OSError):
        return ""  # not released from here: nothing to compare with


def _too_weak(error: WeakSandboxError, options: Options) -> str:
    if options.require_sandbox:
        return f"{error}. Nothing was graded."
    names = sorted(ladder.NAMES.items(), reverse=True)
    levels = "; ".join(f"{level}: {name}" for level, name in names)
    return (
        f"{error}. Nothing was graded. Students' code could read files of this machine. Marks and the batch "
        f"are safe all the same: to grade here, add --allow-weak-sandbox. (Levels: {levels}.)"
    )
