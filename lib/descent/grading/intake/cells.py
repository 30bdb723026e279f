"""Takes from a notebook the cells that will run. Nothing in a student's metadata is trusted further than to find an answer."""

import ast
import hashlib
import re
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from descent.checks.catalogue import EXERCISES
from descent.grading.intake.static import Finding, findings
from descent.grading.words import clean

CELLS_LIMIT = 2_000
LENGTH_LIMIT = 200_000  # characters of a cell
TEXT_LIMIT = 1_000_000  # characters of all cells
REMARKS_LIMIT = 40
VERSION = "descent_version"  # in the notebook's metadata: which release of the assignment it is
# Nothing is gone back on (`*+`, `++`): a long line costs no more than its length.
_MAGIC = re.compile(
    r"^(\s*+)(%{1,2}[A-Za-z]|!|\?|[\w.]++\?{1,2}\s*+$|\w[\w, ]*+=\s*+[!%]\s*+[A-Za-z])"
)
_VARIANT = re.compile(r"\bvariant\s*=\s*[\"']([^\"'\n]{1,100})[\"']")
_MEASURES = re.compile(r"^(\s*)%(?:time|prun)\s+(?!-)(?=\S)")  # they run what follows
_STILL_PYTHON = ("%%time", "%%timeit", "%%capture", "%%prun")


@dataclass(frozen=True)
class Cell:
    """A code cell that will run. name: its place in the notebook. answers: the exercise, by grade_id."""

    name: str
    source: str
    answers: str = ""


@dataclass(frozen=True)
class Submission:
    """What a notebook holds: the cells to run.

    remarks: what was put right or left out, for the student. events: what the instructor may want to look at.
    variants: those that the test cells name, by exercise, which the student may have written.
    """

    cells: list[Cell]
    remarks: list[str] = field(default_factory=list)
    digest: str = ""
    events: list[str] = field(default_factory=list)
    variants: dict[str, str] = field(default_factory=dict)

    def defines(self, name: str) -> Cell | None:
        """The last cell that answers an exercise: by its grade_id, else by what it defines."""
        by_id = [cell for cell in self.cells if cell.answers == name]
        by_name = [cell for cell in self.cells if name in _reading(cell.source).defined]
        return next(iter((by_id or by_name)[::-1]), None)


def submission(
    notebook: dict[str, Any], tests: dict[str, str], remarks: list[str], current: str = ""
) -> Submission:
    """The cells to run: given, answer and added cells, in order; tests never.

    tests: the exercise of each test cell's grade_id, as the instructor's notebook has them. current: the
    version that is released now; empty: not known.
    """
    said, events, cells = list(remarks), list[str](), list[Cell]()
    if current and version(notebook) not in ("", current):
        said.append(
            "Your notebook is another version of the assignment than the one released now. It was marked "
            "all the same; to be sure, copy your answers into the present one."
        )
    needed = {EXERCISES[name].needs for name in tests.values() if name in EXERCISES}
    met: set[str] = set()
    variants: dict[str, str] = {}
    room = TEXT_LIMIT
    for place, item in enumerate(notebook["cells"], start=1):
        if place > CELLS_LIMIT:
            said.append(f"There are more than {CELLS_LIMIT} cells; the rest was not read.")
            break
        if not isinstance(item, dict):
            continue
        grade_id = cell_name(item)
        answers = grade_id if grade_id in tests.values() else ""
        if item.get("cell_type") != "code":
            if not (answers and item.get("cell_type") in ("markdown", "raw")):
                continue
            said.append(
                f"Cell {place} with your answer to {answers} is a text cell; it was read as code."
            )
        if grade_id and grade_id in met:
            said.append(f"Cell {place} is a copy of the cell {_quoted(grade_id)}.")
        met.add(grade_id)
        source = cell_text(item)
        if grade_id in tests:
            if named := _VARIANT.search(source[:LENGTH_LIMIT]):
                variants[tests[grade_id]] = named[1]
            if tests[grade_id] in _reading(source[:LENGTH_LIMIT]).defined:
                said.append(f"Cell {place} is a test cell: what you wrote into it is not run.")
            continue
        if len(source) > min(LENGTH_LIMIT, room):
            said.append(f"Cell {place} is not run: it is too long ({len(source)} characters).")
            continue
        room -= len(source)
        source, taken_out = neutralised(source)
        said += [f"Cell {place}, line {n}: `{line}` is not run." for n, line in taken_out]
        reading = _reading(source)
        if answers or reading.defined & set(tests.values()):
            for finding in reading.findings:
                if finding.what in needed:
                    continue
                found = f"Cell {place}, line {finding.line}: `{finding.what}`"
                said.append(f"{found}. {finding.why}")
                events.append(found)
        cells.append(Cell(f"cell {place}", source, answers))
    said, events = _few(said), _few(events)
    all_of_it = ([(cell.source, cell.answers) for cell in cells], said, events)
    digest = hashlib.sha256(repr(all_of_it).encode("utf-8", "surrogatepass")).hexdigest()
    return Submission(cells, said, digest, events, variants)


def _few(sentences: list[str]) -> list[str]:
    """The sentences, fit to be shown, not too many, each once."""
    cleaned = list(dict.fromkeys(clean(sentence, 500) for sentence in sentences))
    more = len(cleaned) - REMARKS_LIMIT
    return cleaned if more <= 0 else [*cleaned[:REMARKS_LIMIT], f"… and {more} more of the kind."]


def _quoted(grade_id: str) -> str:
    return repr(clean(grade_id, 60))


def neutralised(source: str) -> tuple[str, list[tuple[int, str]]]:
    """The source with IPython's magics and shell lines made into comments, and those lines with their numbers."""
    if _reading(source).python:
        return source, []  # only what is no Python can hold a magic
    lines, taken_out = source.split("\n"), []
    # A cell magic changes the language of its cell, save those that only measure or keep quiet.
    first = next((n for n, line in enumerate(lines, start=1) if line.strip()), 1)
    magic = re.match(r"%%\w*", lines[first - 1])
    foreign = magic is not None and magic[0] not in _STILL_PYTHON
    continued = False
    for number, line in enumerate(lines, start=1):
        if foreign and number > first:
            lines[number - 1] = f"# {line}"
        elif _MEASURES.match(line):
            lines[number - 1] = _MEASURES.sub(r"\1", line)
        elif continued:
            lines[number - 1] = f"# {line}"
            continued = line.endswith("\\")
        elif match := _MAGIC.match(line):
            taken_out.append((number, line.strip()[:80].replace("`", "'")))
            # `pass` keeps the block whole in which the line stood.
            lines[number - 1] = f"{match[1]}pass  # {line.strip()}"
            continued = line.endswith("\\")
    return "\n".join(lines), taken_out


def test_cells(notebook: dict[str, Any]) -> dict[str, str]:
    """The exercise of each test cell, by grade_id: a test of `exercise` is called `exercise_check`."""
    ids = [cell_name(item) for item in notebook["cells"] if isinstance(item, dict)]
    return {name: name.removesuffix("_check") for name in ids if name.endswith("_check")}


def version(notebook: dict[str, Any]) -> str:
    """Which release of the assignment a notebook is, or empty where it does not say."""
    metadata = notebook.get("metadata")
    said = metadata.get(VERSION) if isinstance(metadata, dict) else None
    return said if isinstance(said, str) else ""


def cell_name(item: dict[str, Any]) -> str:
    """A cell's grade_id, or empty."""
    metadata = item.get("metadata")
    ours = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = ours.get("grade_id") if isinstance(ours, dict) else None
    return grade_id if isinstance(grade_id, str) else ""


def cell_text(item: dict[str, Any]) -> str:
    """What is written in a cell, whatever stands in its place."""
    source = item.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


@dataclass(frozen=True)
class _Reading:
    """What a cell's text says: whether it is Python, the names it gives a value to, what there is to say about it."""

    python: bool
    defined: frozenset[str]
    findings: tuple[Finding, ...] = ()


@lru_cache(maxsize=128)  # a class hands in the same given cells a thousand times
def _reading(source: str) -> _Reading:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        guess = re.findall(r"^(?:def\s+)?(\w+)\s*[(=]", source, flags=re.MULTILINE)
        return _Reading(False, frozenset(guess))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return _Reading(True, frozenset(names), tuple(findings(tree)))
