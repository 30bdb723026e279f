"""Looks into zip files: nothing is unpacked to the disk, and a bomb is not let off."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from descent.grading.intake.errors import UnreadableError

MEMBERS_LIMIT = 1_000
SIZE_LIMIT = 20 * 2**20  # bytes of a notebook, and of a zip file
RATIO_LIMIT = 200  # of the unpacked to the packed size
_ENTRY = b"PK\x01\x02"  # begins each entry of a zip file's list of contents
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class Member:
    """A notebook in a zip file. date: year, month, day, hour, minute, second, of its clock."""

    path: PurePosixPath
    date: tuple[int, int, int, int, int, int]
    size: int
    bytes: Callable[[], bytes]


@dataclass(frozen=True)
class Members:
    """The notebooks of a zip file, and what there is to say about the rest."""

    notebooks: list[Member] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def notebooks(content: bytes) -> Members:
    """The notebooks in a zip file; zip files in it are not opened.

    Raises UnreadableError for one that cannot be read or holds too much.
    """
    if content.count(_ENTRY) > MEMBERS_LIMIT:  # before the list is read into memory
        raise UnreadableError(f"it holds more than {MEMBERS_LIMIT} files: hand in the notebook.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError):
        raise UnreadableError(
            "it is no complete zip file: hand in the notebook itself, not packed."
        ) from None
    found = Members()
    for info in archive.infolist():
        path = PurePosixPath(info.filename)
        if path.suffix.lower() == ".zip":
            found.remarks.append(
                "a zip file within it was not opened: hand in the notebook itself."
            )
        if path.suffix.lower() == ".ipynb" and not info.is_dir():
            found.notebooks.append(
                Member(
                    path, info.date_time, info.file_size, lambda info=info: _bytes(archive, info)
                )
            )
    if not found.notebooks:
        found.remarks.append("there is no notebook in it.")
    return found


def _bytes(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """What a member holds. Raises UnreadableError for more than is allowed, and for what cannot be unpacked."""
    again = "Hand in the notebook itself, not packed."
    if info.flag_bits & 1:
        raise UnreadableError(f"The zip file is locked with a password. {again}")
    if info.compress_type not in _METHODS:
        raise UnreadableError(f"The zip file is packed in a way that is not read here. {again}")
    if info.file_size > SIZE_LIMIT or info.file_size > RATIO_LIMIT * max(1, info.compress_size):
        raise UnreadableError(f"What is in the zip file is far larger than a notebook. {again}")
    try:
        with archive.open(info) as member:
            content = member.read(SIZE_LIMIT + 1)
    except Exception:  # whatever a damaged file makes zipfile and zlib raise
        raise UnreadableError(f"The zip file is damaged. {again}") from None
    if len(content) > SIZE_LIMIT:
        raise UnreadableError(f"What is in the zip file is far larger than a notebook. {again}")
    return content
