"""Reads a notebook's bytes: encodings, JSON, old formats."""

import json
import re
from pathlib import Path
from typing import Any

from descent.grading.intake.errors import UnreadableError
from descent.grading.intake.finding import contents

OBJECTS_LIMIT = 200_000  # JSON objects in a file: no file may fill the grader's memory
_AGAIN = "Open it in Jupyter, save it, hand it in again."


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


def _loaded(text: str, remarks: list[str]) -> Any:
    """What the JSON holds. Of a key that stands twice the last counts, as everywhere; that is said."""
    objects, doubled = 0, set[str]()

    def together(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal objects
        objects += 1
        if objects > OBJECTS_LIMIT:
            raise UnreadableError(
                f"The file holds more than {OBJECTS_LIMIT} parts: clear the outputs and save it again."
            )
        content = dict(pairs)
        if len(content) < len(pairs):
            met: set[str] = set()
            doubled.update(key for key, _ in pairs if key in met or met.add(key))
        return content

    try:
        notebook = json.loads(text, object_pairs_hook=together)
    except RecursionError:
        raise UnreadableError(
            f"The file is no notebook: it is nested without end. {_AGAIN}"
        ) from None
    except ValueError as error:
        raise UnreadableError(_why(text, error)) from None
    if doubled & {"cells", "source", "metadata", "nbgrader", "grade_id", "cell_type"}:
        remarks.append(f"In the file some parts stand twice; the last ones count. {_AGAIN}")
    return notebook


def _why(text: str, error: ValueError) -> str:
    """What is in a file that is no JSON, as far as it can be told."""
    start = text.lstrip()[:200].lower()
    if start.startswith("<"):
        return "The file is a web page, no notebook: download the notebook itself (its raw file)."
    if start.startswith(("%pdf", "{\\rtf", "pk")):
        return f"The file is no notebook, only called so. {_AGAIN}"
    if re.search(r"^<{7} ", text, flags=re.MULTILINE):
        return "The file holds both sides of a git conflict (<<<<<<<): keep one side, hand it in again."
    where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
    return f"The file is no notebook: its JSON breaks off{where}. {_AGAIN}"


def _upgraded(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook of nbformat 2 or 3 as one of 4: one list of cells, each with its source."""
    cells = []
    for sheet in notebook["worksheets"]:
        listed = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in listed if isinstance(listed, list) else ():
            if isinstance(cell, dict):
                cells.append(cell | {"source": cell.get("input", cell.get("source", ""))})
    return {"cells": cells, "metadata": notebook.get("metadata", {})}
