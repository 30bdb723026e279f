"""CSV files that a spreadsheet may open: no text in them becomes a formula."""

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from descent.grading.files import put

_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
_FORMULA = ("=", "+", "@", "-", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # how one begins


def write(path: Path, rows: Iterable[Iterable[object]]) -> Path:
    """Writes the rows as CSV; returns the path. Every cell is quoted: a semicolon does not end one, either."""
    text = io.StringIO(newline="")
    table = csv.writer(text, quoting=csv.QUOTE_ALL)
    table.writerows([harmless(cell) for cell in row] for row in rows)
    put(path, text.getvalue().encode())
    return path


def harmless(cell: object) -> object:
    """A text that a spreadsheet would take for a formula gets a quote before it; numbers stay."""
    if not isinstance(cell, str) or not cell.startswith(_FORMULA):
        return cell
    return cell if _NUMBER.fullmatch(cell) else f"'{cell}"
