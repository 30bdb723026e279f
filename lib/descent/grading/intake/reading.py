"""Reads a notebook's bytes: encodings, JSON, old formats."""

import json
import re
from pathlib import Path
from typing import Any

from descent.grading.intake.cells import CELLS_LIMIT
from descent.grading.intake.errors import UnreadableError
from descent.grading.intake.finding import contents

OBJECTS_LIMIT = 200_000  # JSON objects in a file: no file may fill the grader's memory
LISTS_LIMIT = 2_000_000  # brackets that may begin a list; those in texts count, too
_AGAIN = "Open it in Jupyter, save it, hand it in again."
_WHOLE = "Save the notebook in Jupyter once more, and hand in that file."
_CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)
_CELLS = re.compile(r'"cells"\s*:\s*\[')
_NEXT = re.compile(r"[^\s,]")


def read(path: Path) -> dict[str, Any]:
    """The notebook in a file of one's own, as nbformat 4 has it; a link is followed.

    Raises UnreadableError for what is no notebook, and OSError.
    """
    return parse(contents(path.resolve()))[0]


def parse(content: bytes) -> tuple[dict[str, Any], list[str]]:
    """The notebook in these bytes, as nbformat 4 has it, and remarks on what was put right.

    Raises UnreadableError for anything that is not a notebook.
    """
    text, remarks = _decoded(content)
    if not text.strip("\0 \t\r\n"):
        raise UnreadableError("The file is empty. Save the notebook in Jupyter, hand it in again.")
    notebook = _loaded(text, remarks)
    if isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        notebook = _upgraded(notebook)
        remarks.append(f"The notebook has an old format. It was read all the same. {_AGAIN}")
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise UnreadableError(f"The file is no notebook: it has no list of cells. {_AGAIN}")
    return notebook, remarks


def _decoded(content: bytes) -> tuple[str, list[str]]:
    encoding = json.detect_encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        said = "It is not in UTF-8, so letters with accents may be wrong in it."
        return content.decode("latin-1"), [f"{said} {_AGAIN}"]
    if encoding.startswith("utf-8"):
        return text, []
    return text, [f"The file is in {encoding.upper()}, not in UTF-8; it was read all the same."]


def _too_many() -> UnreadableError:
    said = f"The file holds more than {OBJECTS_LIMIT} parts"
    return UnreadableError(f"{said}: clear the outputs and save it again.")


def _loaded(text: str, remarks: list[str]) -> Any:
    """What the JSON holds, or as much of it as is whole.

    Of a key that stands twice the last counts, as everywhere; that is said.
    """
    objects, doubled = 0, set[str]()
    if text.count("[") > LISTS_LIMIT:
        raise _too_many()

    def together(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal objects
        objects += 1
        if objects > OBJECTS_LIMIT:
            raise _too_many()
        content = dict(pairs)
        if len(content) < len(pairs):
            met: set[str] = set()
            doubled.update(key for key, _ in pairs if key in met or met.add(key))
        return content

    decoder = json.JSONDecoder(object_pairs_hook=together)
    try:
        notebook = _whole(text, decoder, remarks)
    except RecursionError:
        raise UnreadableError(
            f"The file is no notebook: it is nested without end. {_AGAIN}"
        ) from None
    if doubled & {"cells", "source", "metadata", "nbgrader", "grade_id", "cell_type"}:
        remarks.append(f"In the file some parts stand twice; the last ones count. {_AGAIN}")
    return notebook


def _whole(text: str, decoder: json.JSONDecoder, remarks: list[str]) -> Any:
    """All that the file holds; or the notebook at its beginning; or the cells before its JSON breaks off."""
    text = text.rstrip("\0")  # a computer that went off while it saved
    start = len(text) - len(text.lstrip())
    try:
        notebook, end = decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        cells, place = _cells(text, decoder)
        if not cells or _CONFLICT.search(text):
            raise UnreadableError(_why(text, error)) from None
        line = text.count("\n", 0, place) + 1
        remarks.append(
            f"The file breaks off: of its cells the first {len(cells)} were read, nothing from line {line} on. {_WHOLE}"
        )
        return {"cells": cells}
    except ValueError as error:
        raise UnreadableError(_why(text, error)) from None
    if text[end:].strip():
        remarks.append(
            f"There is more in the file behind the notebook's end; it was not read. {_WHOLE}"
        )
    return notebook


def _cells(text: str, decoder: json.JSONDecoder) -> tuple[list[Any], int]:
    """The cells of a notebook that are whole, and where the first one stands that is not."""
    cells, begun = [], _CELLS.search(text)
    place = begun.end() if begun else len(text)
    while len(cells) <= CELLS_LIMIT and (following := _NEXT.search(text, place)):
        try:
            cell, place = decoder.raw_decode(text, following.start())
        except ValueError:
            return cells, following.start()
        cells.append(cell)
    return cells, place


def _why(text: str, error: ValueError) -> str:
    """What is in a file that is no JSON, as far as it can be told."""
    start = text.lstrip()[:200].lower()
    if start.startswith("<"):
        return "The file is a web page, no notebook: download the notebook itself (its raw file)."
    if start.startswith(("%pdf", "{\\rtf", "pk")):
        return f"The file is no notebook, only called so. {_AGAIN}"
    if _CONFLICT.search(text):
        return "The file holds both sides of a git conflict (<<<<<<<): keep one side, hand it in again."
    where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
    return f"The file is no notebook: its JSON breaks off{where}. {_WHOLE}"


def _upgraded(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook of nbformat 2 or 3 as one of 4: one list of cells, each with its source."""
    cells = []
    for sheet in notebook["worksheets"]:
        listed = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in listed if isinstance(listed, list) else ():
            if isinstance(cell, dict):
                cells.append(cell | {"source": cell.get("input", cell.get("source", ""))})
    return {"cells": cells, "metadata": notebook.get("metadata", {})}
