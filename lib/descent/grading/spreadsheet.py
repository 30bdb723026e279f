"""CSV files: read as spreadsheets and others write them, written so that no text in them becomes a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from descent.grading.files import put

_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
_FORMULA = ("=", "+", "@", "-", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # how one begins
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # Excel's "Unicode text"


class TableError(Exception):
    """A file that is no table; the message names the file, the line where there is one, and what is wrong."""


def read(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, with their line numbers; cells stand between commas, semicolons or tabs.

    Raises TableError.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}.") from None
    if content.startswith(b"PK"):
        raise TableError(f"{path} is a spreadsheet or another packed file: save it as CSV first.")
    try:
        text = content.decode("utf-16" if content[:2] in _UTF_16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")  # as Excel writes it
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        for cells in rows:
            if any(cell.strip() for cell in cells):
                yield rows.line_num, cells
    except csv.Error as error:
        raise TableError(
            f"{path}, line {rows.line_num}: {error}. Is there a quotation mark too many, or too few?"
        ) from None


def write(path: Path, rows: Iterable[Iterable[object]]) -> Path:
    """Writes the rows as CSV; returns the path. Every cell is quoted: a semicolon does not end one, either."""
    text = io.StringIO(newline="")
    table = csv.writer(text, quoting=csv.QUOTE_ALL)
    table.writerows([harmless(cell) for cell in row] for row in rows)
    put(path, text.getvalue().encode())
    return path


def harmless(cell: object) -> object:
    """A text that a spreadsheet would take for a formula gets a quote before it; numbers stay, and a lone dash."""
    if not isinstance(cell, str) or not cell.startswith(_FORMULA) or cell == "-":
        return cell
    return cell if _NUMBER.fullmatch(cell) else f"'{cell}"
