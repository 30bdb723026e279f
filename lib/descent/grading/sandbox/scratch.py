"""A folder for each child, empty, its working folder, and the only one where it may write; gone when it is."""

import contextlib
import os
import tempfile
from pathlib import Path
from uuid import uuid4

SIZE = 64 * 2**20  # bytes that it may hold
FILES = 1_000  # files and folders in it
TOO_FULL = f"It wrote more than {SIZE >> 20} MB, or more than {FILES:,} files"


def of(root: Path, number: int) -> Path:
    """The folder of the child that has this number."""
    return root / str(number)


def enter(folder: Path) -> None:
    """Makes it this process's working folder, and that of all that asks for a home or for a temporary folder."""
    os.chdir(folder)
    os.environ |= dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), str(folder))
    tempfile.tempdir = None  # which may have been found before


def too_full(folder: Path) -> bool:
    """Whether it holds more than it may; also where somebody has seen to it that this cannot be told."""
    waiting, size, files = [folder], 0, 0
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    size += 512 * entry.stat(follow_symlinks=False).st_blocks
                    files += 1
                    if size > SIZE or files > FILES:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
        except FileNotFoundError:
            continue
        except OSError:  # a path too long, a folder that cannot be read
            return True
    return False


def remove(folder: Path) -> None:
    """Removes it with all that is in it; no link is followed, no depth too deep, no mode in the way."""
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
        while names := os.listdir(folder):
            for name in names:
                if _is_folder(path := folder / name):
                    _dissolve(path, folder)
                else:
                    path.unlink()
        folder.rmdir()


def _dissolve(path: Path, top: Path) -> None:
    """Removes a folder; those within it are moved to the top, so that no path grows long."""
    path.chmod(0o700)
    for name in os.listdir(path):
        if _is_folder(inner := path / name):
            inner.chmod(0o700)  # what cannot be written cannot be moved
            inner.rename(top / uuid4().hex)
        else:
            inner.unlink()
    path.rmdir()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
