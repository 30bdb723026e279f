"""Finds the notebook in what a student handed in: a folder with copies, folders, zip files, links, anything."""

import errno
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath

from descent.grading.intake import zips
from descent.grading.intake.errors import UnreadableError
from descent.grading.intake.zips import SIZE_LIMIT
from descent.grading.words import clean, shortened

FILES_LIMIT = 1_000  # files and folders that are looked at
DEPTH_LIMIT = 8  # of folders within folders
_LISTED = 10_000  # of a folder's entries, however many it has
_SAME_TIME = 2.0  # seconds: as exact as a zip file's clock
_PACKED = (".zip",)
_OTHER_PACKED = (".7z", ".gz", ".rar", ".tar", ".tgz", ".xz")
_SAVED_BY_PROGRAMS = (".ipynb_checkpoints", "__MACOSX")  # folders of copies that nobody made
_NBGRADERS = ("timestamp.txt", "submission_secret.txt")  # files that its exchange puts there
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True)
class Found:
    """The file to be read: its name and its bytes; remarks say how it was chosen."""

    name: str
    content: bytes
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Candidate:
    """A notebook that could be the one. path: within the folder. time: when it was changed."""

    path: PurePosixPath
    time: float
    size: int
    bytes: Callable[[], bytes]


def find(folder: Path, assignment: str) -> Found:
    """The notebook in a submission's folder.

    Those whose name holds the assignment's come first; of several the newest is taken. Empty ones, and
    copies that Jupyter or the system keeps for itself, are passed over. Raises UnreadableError if there is
    none that can be read.
    """
    remarks: list[str] = []
    seen: list[str] = []
    notebooks = list(_notebooks(folder, remarks, seen))
    if not notebooks:
        said = f"There is no notebook here; expected {assignment}.ipynb."
        if seen:
            said += f" There is: {', '.join(sorted(seen)[:5])}{' …' if len(seen) > 5 else ''}."
        raise UnreadableError(" ".join([said, *remarks]))
    newest = _newest(notebooks, assignment)
    chosen = min(newest, key=lambda n: (n.path.stem != assignment, len(n.path.parts), str(n.path)))
    if chosen.path.name != f"{assignment}.ipynb":
        remarks.append(f"The file is called {_word(chosen.path)}; it should be {assignment}.ipynb.")
    others = [notebook for notebook in notebooks if notebook is not chosen]
    if others:
        names = shortened([_word(other.path) for other in others], 5)
        why = (
            "Of several copies the newest is taken, those with the assignment's name first"
            if len(newest) == 1
            else "Some bear the same time, so that none is the newest, and the name decided"
        )
        remarks.append(
            f"There are {len(notebooks)} notebooks: {_word(chosen.path)} was marked, {names} not. "
            f"{why}; leave only one."
        )
    try:
        return Found(_word(chosen.path), chosen.bytes(), remarks)
    except OSError as error:  # its own words name folders of the server
        raise UnreadableError(
            f"{_word(chosen.path)} cannot be opened ({error.strerror}): show this to your instructor."
        ) from None


def contents(path: Path) -> bytes:
    """The bytes of an ordinary file: no link is followed, nothing else is opened, no more is read than allowed.

    Raises UnreadableError for anything else, and OSError where it cannot be opened.
    """
    if not _NOFOLLOW and path.is_symlink():
        raise UnreadableError(_link(path))
    try:
        number = os.open(path, os.O_RDONLY | _NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ELOOP and path.is_symlink():
            raise UnreadableError(_link(path)) from None
        if path.is_dir():  # which not every system opens
            raise UnreadableError(_folder(path)) from None
        raise
    about = os.fstat(number)
    if not stat.S_ISREG(about.st_mode):
        os.close(number)
        ordinary = f"{_word(path)} is no ordinary file: hand in a notebook."
        raise UnreadableError(_folder(path) if stat.S_ISDIR(about.st_mode) else ordinary)
    with os.fdopen(number, "rb") as file:
        if about.st_size > SIZE_LIMIT:
            raise UnreadableError(_too_large(_word(path), about.st_size))
        return file.read(SIZE_LIMIT)


def _link(path: Path) -> str:
    return f"{_word(path)} is a link, and links are not followed: hand in the file."


def _folder(path: Path) -> str:
    return f"{_word(path)} is a folder: name the notebook in it."


def _too_large(name: str, size: int) -> str:
    return (
        f"{name} has {size / 2**20:.0f} MiB, more than {SIZE_LIMIT >> 20} MiB: clear the outputs "
        "(Kernel, Restart and clear) and save it again."
    )


def _newest(notebooks: list[_Candidate], assignment: str) -> list[_Candidate]:
    """The newest of those that hold something and bear the assignment's name, if there are such.

    There are several where their times are the same, as in a folder that was copied without them.
    """
    key = _letters(assignment)
    filled = [n for n in notebooks if n.size] or notebooks
    named = [n for n in filled if key in _letters(n.path.stem)] or filled
    last = max(notebook.time for notebook in named)
    return [n for n in named if last - n.time <= _SAME_TIME]


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _notebooks(folder: Path, remarks: list[str], seen: list[str]) -> Iterator[_Candidate]:
    """Every notebook below the folder, those in zip files too. remarks: what was passed over; seen: other files."""
    for path, about in _files(folder, remarks):
        inside = PurePosixPath(path.relative_to(folder).as_posix())
        suffix = path.suffix.lower()
        if suffix not in (".ipynb", *_PACKED):
            if inside.name not in _NBGRADERS:
                seen.append(_word(inside))
            if suffix in _OTHER_PACKED:
                remarks.append(f"{_word(inside)} was not unpacked: hand in the notebook itself.")
        elif suffix in _PACKED or _is_zip(path):
            yield from _packed(path, inside, remarks)
        else:
            yield _Candidate(
                inside, about.st_mtime, about.st_size, lambda path=path: contents(path)
            )


def _is_zip(path: Path) -> bool:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | _NOFOLLOW), "rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def _packed(path: Path, inside: PurePosixPath, remarks: list[str]) -> Iterator[_Candidate]:
    name = _word(inside)
    try:
        members = zips.notebooks(contents(path))
        for number, member in enumerate(members.notebooks):
            if not _kept_by_programs(member.path.parts):
                when = time.mktime((*member.date, 0, 0, -1))
                own = partial(_unpacked, path, number)  # it holds no archive: there may be many
                yield _Candidate(inside / member.path.name, when, member.size, own)
        remarks += [f"{name}: {remark}" for remark in members.remarks]
        if members.notebooks:
            remarks.append(f"{name} was unpacked; hand in the notebook itself next time.")
    except UnreadableError as error:
        remarks.append(str(error) if name in str(error) else f"{name}: {error}")
    except (OSError, OverflowError, ValueError):
        remarks.append(f"{name} cannot be read: hand in the notebook itself, not packed.")


def _unpacked(path: Path, number: int) -> bytes:
    """The notebook that has this number in a zip file."""
    return zips.notebooks(contents(path)).notebooks[number].bytes()


def _files(folder: Path, remarks: list[str]) -> Iterator[tuple[Path, os.stat_result]]:
    """The ordinary files below the folder; links are not followed, and what is no file is not opened."""
    if folder.is_symlink():
        raise UnreadableError("The submission is a link, and links are not followed.")
    waiting, met = [(folder, 0)], 0
    while waiting:
        place, depth = waiting.pop()
        for entry in _entries(place, remarks):
            met += 1
            if met > FILES_LIMIT:
                remarks.append(f"There are more than {FILES_LIMIT} files; the rest was not read.")
                return
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode) and not _kept_by_programs([entry.name]):
                if depth < DEPTH_LIMIT:
                    waiting.append((Path(entry.path), depth + 1))
                else:
                    remarks.append(f"{_word(entry.name)}: folders so deep were not read.")
            elif stat.S_ISLNK(mode):
                remarks.append(
                    f"{_word(entry.name)} is a link, and links are not followed: hand in the file."
                )
            elif stat.S_ISREG(mode) and not _kept_by_programs([entry.name]):
                yield Path(entry.path), entry.stat(follow_symlinks=False)
            elif not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
                remarks.append(f"{_word(entry.name)} is no ordinary file and was not opened.")


def _entries(place: Path, remarks: list[str]) -> Iterable[os.DirEntry[str]]:
    try:
        with os.scandir(place) as entries:
            return sorted(islice(entries, _LISTED), key=lambda entry: entry.name)
    except OSError:
        remarks.append(f"The folder {_word(place)} could not be opened.")
        return []


def _kept_by_programs(parts: Iterable[str]) -> bool:
    return any(part in _SAVED_BY_PROGRAMS or part.startswith("._") for part in parts)


def _word(path: PurePosixPath | Path | str) -> str:
    """A file's name, fit to be printed, in one line."""
    return clean(PurePosixPath(path).name.replace("`", "'").replace("\n", "�"), 100)
