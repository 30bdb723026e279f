"""What formgrader shows: each student's notebook with the grader's words in it, and of its own outputs the pictures.

Stock nbgrader leaves such notebooks in autograded/ when it runs them; here nothing of a student's is run to make one.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from descent.grading import intake
from descent.grading.course import Course
from descent.grading.files import put
from descent.grading.gradebook.pictures import Pictures
from descent.grading.marking.journal import Mark
from descent.grading.words import clean

_KEY = "descent_mark"  # in the notebook's metadata: the digest of what it was made for
_FILE = "descent_file"  # and of what was handed in
_LONGEST = 50_000  # characters of a cell that are shown
_MOST = 500  # cells
_REMARKS = 20
_HEAD = 1_000  # bytes of a notebook, which hold the digests
_KINDS = ("code", "markdown")
_KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


@dataclass(frozen=True)
class Paper:
    """A notebook for formgrader.

    written: the written answers by grade_id, empty where nothing was written. new: the names of all answers,
    programs too, that formgrader has not shown before as they are now; of what a person marks that has no answer's
    cell, such as nbgrader's tasks, all if another file was handed in.
    """

    path: Path
    content: bytes
    written: dict[str, str]
    new: frozenset[str]

    def save(self) -> None:
        """Puts it where formgrader looks for it."""
        put(self.path, self.content)


class Shelf:
    """The notebooks of one assignment."""

    def __init__(self, course: Course, assignment: str) -> None:
        self._course, self._assignment = course, assignment
        self._master = _named(_cells(course.source(assignment)))
        released = _named(_cells(course.released(assignment)))
        self._blank = {name: intake.cell_text(cell).strip() for name, cell in released.items()}
        self._form = json.dumps([self._master, self._blank], sort_keys=True)
        self._answers = [name for name, cell in self._master.items() if _is(cell, "solution")]
        self._manual = [name for name in self._answers if _is(self._master[name], "grade")]

    def has(self, mark: Mark) -> bool:
        """Whether the notebook that is there was made for this mark."""
        return self._key(mark).encode() in self._head(mark)

    def handed_in_again(self, mark: Mark) -> bool:
        """Whether the notebook that is there was made of another file than the one that is handed in now."""
        head = self._head(mark)
        return bool(head) and _digest(self._handed_in(mark)).encode() not in head

    def paper(self, mark: Mark) -> Paper:
        """The notebook for a mark; that of a submission that cannot be read says why."""
        content = self._handed_in(mark)
        cells = self._shown([] if mark.reason else _readable(content), mark)
        answers = {name: intake.cell_text(cell) for name, cell in _named(cells).items()}
        written = {name: self._written(name, answers.get(name, "")) for name in self._manual}
        before = _named(_cells(self._path(mark)))
        seen = {name: intake.cell_text(cell) for name, cell in before.items()}
        new = frozenset(name for name in self._answers if seen.get(name) != answers.get(name))
        notebook = {  # what is looked up again comes first: `_head` reads no more
            "metadata": {_KEY: self._key(mark), _FILE: _digest(content), "kernelspec": _KERNEL},
            "cells": [{**cell, "id": f"cell-{place}"} for place, cell in enumerate(cells)],
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        if self.handed_in_again(mark):
            checked = {f"{result.exercise}_check" for result in mark.results}
            new |= set(self._master) - set(self._answers) - checked
        return Paper(self._path(mark), json.dumps(notebook).encode(), written, new)

    def _head(self, mark: Mark) -> bytes:
        """The beginning of the notebook that is there, with its metadata; empty if there is none."""
        try:
            with self._path(mark).open("rb") as file:
                return file.read(_HEAD)
        except OSError:
            return b""

    def _path(self, mark: Mark) -> Path:
        folder = self._course.root / "autograded" / mark.student / mark.assignment
        return folder / f"{mark.assignment}.ipynb"

    def _key(self, mark: Mark) -> str:
        parts = (mark.key, mark.file, mark.reason, self._form)
        return hashlib.sha256("|".join(parts).encode(errors="backslashreplace")).hexdigest()

    def _handed_in(self, mark: Mark) -> bytes:
        folder = self._course.root / "submitted" / mark.student / mark.assignment
        try:
            return intake.find(folder, mark.assignment).content
        except (intake.UnreadableError, OSError):
            return b""

    def _shown(self, handed_in: list[dict[str, Any]], mark: Mark) -> list[dict[str, Any]]:
        """The student's cells in their order, with the instructor's own in place of what is locked or missing."""
        said = {f"{result.exercise}_check": repr(result) for result in mark.results}
        cells, met, pictures = [], set(), Pictures()
        if mark.reason:
            cells.append(_cell("markdown", f"**Not graded.** {clean(mark.reason, 1000)}"))
        if mark.remarks:
            about = (f"- {clean(remark, 1000)}" for remark in mark.remarks[:_REMARKS])
            cells.append(_cell("markdown", "\n".join(["**About the file**", "", *about])))
        for own in handed_in:
            name, text = intake.cell_name(own), intake.cell_text(own)
            kind = own.get("cell_type")
            if name in self._master and name not in met:
                met.add(name)
                master = self._master[name]
                text = text if _is(master, "solution") else intake.cell_text(master)
                shown = pictures.of(own) if _is(master, "solution") else []
                cells.append(_cell(master["cell_type"], text, master, said.get(name, ""), shown))
            elif text.strip():
                shown = pictures.of(own)
                cells.append(_cell(kind if kind in _KINDS else "markdown", text, shown=shown))
        for name, master in self._master.items():
            if name not in met:
                text = self._blank.get(name, "") if _is(master, "solution") else None
                text = intake.cell_text(master) if text is None else text
                cells.append(_cell(master["cell_type"], text, master, said.get(name, "")))
        return cells

    def _written(self, name: str, text: str) -> str:
        """A written answer; empty where the cell is as it was given out."""
        return "" if text.strip() == self._blank.get(name, "") else text.strip()


def _cell(
    kind: str,
    text: str,
    master: dict[str, Any] | None = None,
    said: str = "",
    shown: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """A cell of the notebook. said: the grader's words; shown: the student's pictures."""
    text = text.encode("utf-8", "replace").decode()
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}\n… ({len(text) - _LONGEST} more characters)"
    metadata = {"nbgrader": master["metadata"]["nbgrader"]} if master else {}
    cell: dict[str, Any] = {"cell_type": kind, "metadata": metadata, "source": text}
    if kind == "code":
        outputs = [{"output_type": "stream", "name": "stdout", "text": clean(said, 4000)}]
        cell |= {"execution_count": None, "outputs": [*(outputs if said else []), *shown]}
    return cell


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _readable(content: bytes) -> list[dict[str, Any]]:
    """The cells of what was handed in; none if it has changed since it was marked, which the next run sees."""
    try:
        cells = intake.parse(content)[0]["cells"]
    except intake.UnreadableError:
        return []
    return [cell for cell in cells[:_MOST] if isinstance(cell, dict)]


def _cells(path: Path) -> list[dict[str, Any]]:
    """The cells of a notebook of the course's own; none where there is none."""
    try:
        return intake.read(path)["cells"]
    except (intake.UnreadableError, OSError):
        return []


def _named(cells: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The cells that nbgrader knows, by grade_id."""
    return {name: cell for cell in cells if (name := intake.cell_name(cell))}


def _is(cell: dict[str, Any], *flags: str) -> bool:
    return all(cell["metadata"]["nbgrader"].get(flag) for flag in flags)
