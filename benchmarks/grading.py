"""Times the grader against stock nbgrader on a generated class; prints a table. `python -m benchmarks grading`.

The class answers chapter 2's five exercises: most answers are right, in one of the catalogue's ways, some
wrong, blank or broken. No loop is endless: that costs 5 s here, and 30 s there. Processor time counts all
processes; time on the clock is honest on a quiet machine only. Whether the cost of a submission depends on
how many there are is seen in one run: `--submissions 100 1000 5000`, about seven minutes a round. A machine
that grows slower with the hours makes the last size look dear; every other round goes from large to small.
"""

import contextlib
import copy
import io
import json
import math
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

ROOT = Path(__file__).parents[1]
NUMPY, TORCH = "02_gradient_descent", "11_fair_comparison"
OURS, STOCK = "descent grade", "nbgrader autograde"
UNITS = {"ms each": "time on the clock", "CPU ms each": "processor time"}
STOCK_TIMES = 3  # in each round
BROKEN = "def {call}\n    return 0\n"


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds on the clock, seconds of processors, bytes of memory at its largest."""

    wall: float
    cpu: float
    memory: float


class Class:
    """Makes the notebooks of made-up students."""

    def __init__(self, course: Path, assignment: str) -> None:
        from descent.checks import EXERCISES
        from descent.grading import intake
        from descent.grading.marking.programs import programs

        file = Path(assignment) / f"{assignment}.ipynb"
        self._notebook = json.loads((course / "release" / file).read_text())
        names = intake.test_cells(self._notebook).values()
        self._calls = {name: EXERCISES[name].call for name in names}
        if assignment == NUMPY:
            versions = {name: programs(EXERCISES[name]) for name in names}
            self._right = {name: found.right for name, found in versions.items()}
            self._wrong = {name: found.wrong for name, found in versions.items()}
        else:
            cells = json.loads((course / "source" / file).read_text())["cells"]
            answers = {
                c["metadata"].get("nbgrader", {}).get("grade_id"): c["source"] for c in cells
            }
            self._right = {name: ["".join(answers[name])] for name in names}
            self._wrong = {name: [""] for name in names}

    def notebook(self, number: int) -> str:
        """The notebook of student `number`, always the same."""
        rng = random.Random(number)
        notebook = copy.deepcopy(self._notebook)
        for cell in notebook["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if name in self._calls:
                cell["source"] = self._answer(name, rng) or cell["source"]
        return json.dumps(notebook, indent=1)

    def _answer(self, name: str, rng: random.Random) -> str:
        luck = rng.random()
        if luck < 0.70:
            return rng.choice(self._right[name])
        if luck < 0.92:
            return rng.choice(self._wrong[name])
        return "" if luck < 0.98 else BROKEN.format(call=self._calls[name])

    def hand_in(self, course: Path, assignment: str, numbers: Iterable[int]) -> None:
        """Writes the notebooks of these students into submitted/."""
        for number in numbers:
            folder = course / "submitted" / f"student{number:05d}" / assignment
            folder.mkdir(parents=True)
            (folder / f"{assignment}.ipynb").write_text(self.notebook(number))


@contextlib.contextmanager
def measured() -> Iterator[list[Cost]]:
    """Measures the block, with all processes that it starts and that end in it."""
    found: list[Cost] = []
    done, most = threading.Event(), [0.0]

    def look() -> None:
        while not done.wait(0.25):
            most[0] = max(most[0], memory())

    watcher = threading.Thread(target=look)
    watcher.start()
    wall, cpu = time.perf_counter(), processors()
    try:
        yield found
    finally:
        done.set()
        watcher.join()
        found.append(Cost(time.perf_counter() - wall, processors() - cpu, most[0]))


def processors() -> float:
    """Seconds of processor time of this process and of its ended children."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(use.ru_utime + use.ru_stime for use in map(resource.getrusage, kinds))


def memory() -> float:
    """Bytes held by this process and all below it; pages that they share count once (PSS).

    Without end where one of them lets nobody but root see it, as the workers do.
    """
    total, waiting = 0.0, [os.getpid()]
    while waiting:
        process = Path(f"/proc/{waiting.pop()}")
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            try:
                lines = (process / "smaps_rollup").read_text().splitlines()
            except PermissionError:
                return math.inf
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
            for task in (process / "task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return total


def graded(course: Path, assignment: str, jobs: int) -> Cost:
    """`descent grade`, in a process of its own: everything from reading to the feedback pages."""
    command = [sys.executable, "-m", "descent.cli", "grade", assignment, "--course", str(course)]
    with measured() as cost:
        subprocess.run(
            [*command, "--jobs", str(jobs), "--allow-weak-sandbox"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    return cost[0]


def stock(course: Path, assignment: str) -> Cost:
    """Stock `nbgrader autograde` of the whole class, with this course's configuration."""
    from descent.grading.course import Course

    environment = os.environ | {"DESCENT_SEED": Course(course).seed}
    with measured() as cost:
        subprocess.run(
            [sys.executable, "-m", "nbgrader", "autograde", assignment],
            cwd=course, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    return cost[0]


def course_of(folder: Path, assignment: str) -> Path:
    """A course with this assignment released."""
    from descent.grading.release import making

    made = making.new_course(folder, ROOT / "solutions")
    with contextlib.redirect_stderr(io.StringIO()):
        making.release(made, assignment)
    return folder


def compare(
    folder: Path, assignment: str, counts: list[int], notebooks: int, jobs: int, rounds: int = 1
) -> dict[str, Any]:
    """Our cost for classes of these sizes, and stock nbgrader's for so many notebooks of the same class.

    All are measured in turns, in so many rounds, and the least of each counts: what else the machine does
    meets all alike. What a further submission costs is a difference: it is taken of means.
    """
    template = course_of(folder / "template", assignment)
    students = Class(template, assignment)
    costs: dict[tuple[str, int], list[Cost]] = {}
    for turn in range(rounds):
        # both have a fixed cost, which a class shares: it is measured with one notebook, to be taken off
        for count in sorted((1, *counts), reverse=bool(turn % 2)):
            with _handed_in(folder, template, students, assignment, 0, count) as course:
                for what in (OURS, "again, unchanged"):
                    costs.setdefault((what, count), []).append(graded(course, assignment, jobs))
        # its kernels now and then take seconds to end: the least of several times is fair to it
        for first, last in STOCK_TIMES * ((0, 1), (1, notebooks + 1)):
            with _handed_in(folder, template, students, assignment, first, last) as course:
                costs.setdefault((STOCK, last - first), []).append(stock(course, assignment))
    rows = [_row(what, count, taken) for (what, count), taken in costs.items()]
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    ours = {count: taken for (what, count), taken in costs.items() if what == OURS}
    return {"rows": rows, "each further": _further(ours)} | {
        unit: _times(rows, unit, notebooks) for unit in UNITS
    }


@contextlib.contextmanager
def _handed_in(
    folder: Path, template: Path, students: Class, assignment: str, first: int, last: int
) -> Iterator[Path]:
    """A course with the notebooks of these students, for as long as the block runs."""
    course = folder / "class"
    shutil.copytree(template, course)
    students.hand_in(course, assignment, range(first, last))
    os.sync()  # no run waits for what another has written
    yield course
    shutil.rmtree(course)


def _row(what: str, count: int, costs: list[Cost]) -> dict[str, Any]:
    wall, cpu = min(cost.wall for cost in costs), min(cost.cpu for cost in costs)
    return {
        "what": what,
        "submissions": count,
        "seconds": round(wall, 2),
        "ms each": round(1e3 * wall / count, 2),
        "CPU ms each": round(1e3 * cpu / count, 2),
        "MiB": f"{max(cost.memory for cost in costs) / 2**20:.0f}",
    }


def _further(costs: dict[int, list[Cost]]) -> dict[str, tuple[float, float]]:
    """What each further submission costs, from one size of the class to the next: ms on the clock, and of processors."""

    def each(fewer: int, more: int, unit: str) -> float:
        least, most = (mean(getattr(cost, unit) for cost in costs[n]) for n in (fewer, more))
        return round(1e3 * (most - least) / (more - fewer), 2)

    sizes = pairwise(sorted(costs))
    return {f"{a} to {b}": (each(a, b, "wall"), each(a, b, "cpu")) for a, b in sizes}


def _times(rows: list[dict[str, Any]], unit: str, notebooks: int) -> dict[str, Any]:
    """How many times faster per submission, by size of the class: with stock's fixed cost, and without it."""
    each = {row["submissions"]: row[unit] for row in rows if row["what"] == STOCK}
    ours = {row["submissions"]: row[unit] for row in rows if row["what"] == OURS}
    del ours[1]
    further = (notebooks * each[notebooks] - each[1]) / (notebooks - 1)
    return {
        "whole": {count: round(each[notebooks] / own, 1) for count, own in ours.items()},
        "further": {count: round(further / own, 1) for count, own in ours.items()},
    }


def main(counts: list[int], notebooks: int, jobs: int, rounds: int) -> None:
    """Prints the tables."""
    present = {path.stem for path in ROOT.glob("solutions/*/*.py")}
    for assignment, sizes in {NUMPY: counts, TORCH: [min(max(counts), 1000)]}.items():
        if assignment not in present:
            continue
        print(f"{assignment}, {jobs} jobs, load {os.getloadavg()[0]:.1f}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            found = compare(Path(folder), assignment, sizes, notebooks, jobs, rounds)
        for unit, what in UNITS.items():
            print(f"times faster per submission, in {what}, by size of the class:")
            print(f"  {found[unit]['whole']}")
            print(f"  {found[unit]['further']} without stock's fixed cost, ours with all of it")
        print("ms on the clock and of processors for each further submission, from size to size:")
        print(f"  {found['each further']}")
