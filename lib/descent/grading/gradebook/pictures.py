"""The pictures that a student's own run has left in a notebook: whoever marks an answer about a plot has to see it.

Nothing is run to make them, so they show what was handed in and prove nothing. Of all outputs only these are
kept: bytes that are a PNG file, of a size that a browser bears, encoded anew.
"""

import base64
import struct
from collections.abc import Iterator
from typing import Any

LARGEST = 300_000  # bytes of a picture
ROOM = 600_000  # bytes of all pictures of a notebook
PIXELS = 10_000_000  # of a picture: few bytes may unfold to many
MOST = 20  # pictures of a notebook
_BEGINS = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


class Pictures:
    """Takes the pictures from a notebook's cells, as many as there is room for."""

    def __init__(self) -> None:
        self._room, self._left = ROOM, MOST

    def of(self, cell: dict[str, Any]) -> list[dict[str, Any]]:
        """The outputs that show a cell's pictures, each with a line that says whose it is."""
        shown: list[dict[str, Any]] = []
        for picture in _pictures(cell):
            if self._left == 0 or len(picture) > self._room:
                break
            self._left, self._room = self._left - 1, self._room - len(picture)
            data = {"image/png": base64.b64encode(picture).decode()}
            shown += [
                {"output_type": "stream", "name": "stdout", "text": "As handed in, not run again:"},
                {"output_type": "display_data", "data": data, "metadata": {}},
            ]
        return shown


def _pictures(cell: dict[str, Any]) -> Iterator[bytes]:
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        data = output.get("data") if isinstance(output, dict) else None
        said = data.get("image/png") if isinstance(data, dict) else None
        if isinstance(said, list):
            said = "".join(part for part in said if isinstance(part, str))
        if isinstance(said, str) and len(said) <= 2 * LARGEST:
            try:
                content = base64.b64decode("".join(said.split()), validate=True)
            except ValueError:
                continue
            if len(content) <= LARGEST and _is_png(content):
                yield content


def _is_png(content: bytes) -> bool:
    if not content.startswith(_BEGINS) or len(content) < 24:
        return False
    width, height = struct.unpack(">II", content[16:24])
    return 0 < width * height <= PIXELS
