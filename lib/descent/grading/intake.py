"""Reads what students hand in, whatever state it is in. NumPy and nbformat are not needed here."""

import ast
import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SIZE_LIMIT = 20 * 2**20  # bytes of a notebook
CELLS_LIMIT = 2_000
_MAGIC = re.compile(r"^(\s*)(%{1,2}[A-Za-z]|!|\?|[\w.]+\?{1,2}\s*$)")
_STILL_PYTHON = ("%%time", "%%timeit", "%%capture", "%%prun")


class UnreadableError(Exception):
    """A submission that cannot be read; the message says why, to the student."""


@dataclass(frozen=True)
class Cell:
    """A code cell that will run. name: the exercise whose answer it is, or its place in the notebook."""

    name: str
    source: str
    answers: str = ""  # the exercise, by grade_id


@dataclass(frozen=True)
class Submission:
    """What a notebook holds: the cells to run, and remarks on what was put right."""

    cells: list[Cell]
    remarks: list[str] = field(default_factory=list)
    digest: str = ""

    def defines(self, name: str) -> Cell | None:
        """The last cell that answers an exercise: by its grade_id, else by what it defines."""
        by_id = [cell for cell in self.cells if cell.answers == name]
        by_name = [cell for cell in self.cells if name in _defined(cell.source)]
        return next(iter((by_id or by_name)[::-1]), None)


def find_notebook(folder: Path, expected: str) -> tuple[Path, list[str]]:
    """The notebook in a submission's folder, and remarks; a renamed one is taken if there is no other.

    Raises UnreadableError if there is none.
    """
    right = folder / f"{expected}.ipynb"
    if right.is_file():
        return right, []
    others = [
        p for p in folder.rglob("*.ipynb") if p.is_file() and ".ipynb_checkpoints" not in p.parts
    ]
    if not others:
        raise UnreadableError(f"There is no notebook here; expected {expected}.ipynb.")
    newest = max(sorted(others), key=lambda path: path.stat().st_mtime)
    remark = f"The file is called {newest.name}; it should be {expected}.ipynb."
    if len(others) > 1:
        remark += f" Of {len(others)} notebooks the newest was taken."
    return newest, [remark]


def read(path: Path) -> dict[str, Any]:
    """The notebook's JSON. Raises UnreadableError for anything that is not a notebook."""
    size = path.stat().st_size
    if size > SIZE_LIMIT:
        raise UnreadableError(
            f"The file has {size / 2**20:.0f} MiB, more than {SIZE_LIMIT >> 20} MiB: "
            "clear the outputs (Kernel, Restart and clear) and save it again."
        )
    return read_text(path.read_bytes().decode("utf-8-sig", errors="replace"))


def read_text(text: str) -> dict[str, Any]:
    """The JSON of a notebook's text. Raises UnreadableError for anything that is not a notebook."""
    if not text.strip():
        raise UnreadableError("The file is empty.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableError(
            f"The file is no notebook: its JSON breaks off{where}. Open it in Jupyter, save it, hand it in again."
        ) from None
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise UnreadableError("The file is no notebook: it has no list of cells.")
    return content


def submission(notebook: dict[str, Any], tests: dict[str, str], remarks: list[str]) -> Submission:
    """The cells to run: given, answer and added cells, in order; tests never.

    tests: the exercise of each test cell's grade_id, as the instructor's notebook has them. Nothing in
    the student's metadata is trusted further than to find an answer.
    """
    remarks = list(remarks)
    cells: list[Cell] = []
    met: set[str] = set()
    for place, item in enumerate(notebook["cells"][:CELLS_LIMIT], start=1):
        if not isinstance(item, dict) or item.get("cell_type") != "code":
            continue
        grade_id = _grade_id(item)
        if grade_id and grade_id in met:
            remarks.append(f"Cell {place} is a copy of the cell {grade_id!r}.")
        met.add(grade_id)
        if grade_id in tests:
            continue
        source, taken_out = neutralised(_source(item))
        remarks += [f"Cell {place}, line {n}: `{line}` is not run." for n, line in taken_out]
        answers = grade_id if grade_id in tests.values() else ""
        cells.append(Cell(f"cell {place}", source, answers))
    digest = hashlib.sha256(repr([(cell.source, cell.answers) for cell in cells]).encode())
    return Submission(cells, remarks, digest.hexdigest())


def neutralised(source: str) -> tuple[str, list[tuple[int, str]]]:
    """The source with IPython's magics and shell lines made into comments, and those lines with their numbers."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass  # only what is no Python can hold a magic
    else:
        return source, []
    lines, taken_out = source.split("\n"), []
    # A cell magic changes the language of its cell, save those that only measure or keep quiet.
    foreign = lines[0].startswith("%%") and lines[0].split()[0] not in _STILL_PYTHON
    for number, line in enumerate(lines, start=1):
        if match := _MAGIC.match(line):
            taken_out.append((number, line.strip()[:80]))
            # `pass` keeps the block whole in which the line stood.
            lines[number - 1] = f"{match[1]}pass  # {line.strip()}"
        elif foreign:
            lines[number - 1] = f"# {line}"
    return "\n".join(lines), taken_out


def test_cells(notebook: dict[str, Any]) -> dict[str, str]:
    """The exercise of each test cell, by grade_id: a test of `exercise` is called `exercise_check`."""
    ids = [_grade_id(item) for item in notebook["cells"] if isinstance(item, dict)]
    return {name: name.removesuffix("_check") for name in ids if name.endswith("_check")}


def _grade_id(item: dict[str, Any]) -> str:
    metadata = item.get("metadata")
    ours = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = ours.get("grade_id") if isinstance(ours, dict) else None
    return grade_id if isinstance(grade_id, str) else ""


def _source(item: dict[str, Any]) -> str:
    source = item.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def _defined(source: str) -> set[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(re.findall(r"^(?:def\s+)?(\w+)\s*[(=]", source, flags=re.MULTILINE))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names
