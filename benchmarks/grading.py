"""Times the grader against stock nbgrader on a generated class; prints a table. `python -m benchmarks grading`.

The class answers chapter 2's five exercises: most answers are right, in one of the catalogue's ways, some
wrong, blank or broken. No loop is endless: that costs 5 s here, and 30 s there. Processor time counts all
processes; wall time is honest on a quiet machine only.
"""

import contextlib
import copy
import io
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NUMPY, TORCH = "02_gradient_descent", "11_fair_comparison"
BROKEN = "def {call}\n    return 0\n"


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds on the clock, seconds of processors, bytes of memory at its largest."""

    wall: float
    cpu: float
    memory: int


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
            self._right = {name: found.right() for name, found in versions.items()}
            self._wrong = {name: found.wrong() for name, found in versions.items()}
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

    def hand_in(self, course: Path, assignment: str, count: int) -> None:
        """Writes the notebooks of the first `count` students into submitted/."""
        for number in range(count):
            folder = course / "submitted" / f"student{number:05d}" / assignment
            folder.mkdir(parents=True)
            (folder / f"{assignment}.ipynb").write_text(self.notebook(number))


@contextlib.contextmanager
def measured() -> Iterator[list[Cost]]:
    """Measures the block, with all processes that it starts and that end in it."""
    found: list[Cost] = []
    done, most = threading.Event(), [0]

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


def memory() -> int:
    """Bytes held by this process and all below it; pages that they share count once (PSS)."""
    total, waiting = 0, [os.getpid()]
    while waiting:
        process = Path(f"/proc/{waiting.pop()}")
        with contextlib.suppress(OSError):
            total += sum(
                int(line.split()[1]) * 1024
                for line in (process / "smaps_rollup").read_text().splitlines()
                if line.startswith("Pss:")
            )
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
    folder: Path, assignment: str, counts: list[int], notebooks: int, jobs: int
) -> dict[str, Any]:
    """Our cost for classes of these sizes, and stock nbgrader's for so many notebooks of the same class."""
    template = course_of(folder / "template", assignment)
    students = Class(template, assignment)
    rows: list[dict[str, Any]] = []

    def row(what: str, count: int, cost: Cost) -> None:
        rows.append(
            {
                "what": what,
                "submissions": count,
                "seconds": round(cost.wall, 2),
                "ms each": round(1e3 * cost.wall / count, 2),
                "CPU ms each": round(1e3 * cost.cpu / count, 2),
                "MiB": cost.memory >> 20,
            }
        )
        print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)

    for count in counts:
        course = folder / f"class{count}"
        shutil.copytree(template, course)
        students.hand_in(course, assignment, count)
        row("descent grade", count, graded(course, assignment, jobs))
        row("again, unchanged", count, graded(course, assignment, jobs))
        shutil.rmtree(course)
    course = folder / "stock"
    shutil.copytree(template, course)
    # stock has a fixed cost, which a class shares: it is measured with one notebook and taken off
    students.hand_in(course, assignment, 1)
    fixed = stock(course, assignment)
    shutil.rmtree(course / "submitted")
    students.hand_in(course, assignment, notebooks + 1)
    shutil.rmtree(course / "submitted" / "student00000")
    cost = stock(course, assignment)
    each = (cost.wall - fixed.wall) / (notebooks - 1)
    row("nbgrader autograde", notebooks, cost)
    ours = [r for r in rows if r["what"] == "descent grade"]
    whole = 1e3 * cost.wall / notebooks
    return {
        "rows": rows,
        "stock": each,
        "whole": {r["submissions"]: round(whole / r["ms each"], 1) for r in ours},
        "further": {r["submissions"]: round(1e3 * each / r["ms each"], 1) for r in ours},
    }


def main(counts: list[int], notebooks: int, jobs: int) -> None:
    """Prints the tables."""
    present = {path.stem for path in ROOT.glob("solutions/*/*.py")}
    for assignment, sizes in {NUMPY: counts, TORCH: [min(*counts, 200)]}.items():
        if assignment not in present:
            continue
        print(f"{assignment}, {jobs} jobs, load {os.getloadavg()[0]:.1f}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            found = compare(Path(folder), assignment, sizes, notebooks, jobs)
        print(f"times faster per submission, by size of the class: {found['whole']}")
        print(
            f"times faster than what stock takes for each further notebook, {found['stock']:.2f} s "
            f"without its fixed cost (ours with all of it): {found['further']}",
            flush=True,
        )
