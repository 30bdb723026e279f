"""A view of the files for a process in namespaces of its own: where nothing else is, nothing can be looked up.

Landlock says what can be opened; but whether a path exists, how large and how old a file is, it lets everybody ask.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from descent.grading.sandbox.libc import libc

_NOSUID, _NODEV, _BIND, _REC, _PRIVATE = 2, 4, 1 << 12, 1 << 14, 1 << 18
_DETACH = 2
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}


def narrow(shown: Iterable[Path], hidden: Iterable[Path], root: Path) -> bool:
    """Leaves only the files `shown` in view of this process and its children, under the names that they have.

    What is in the folders `hidden` is out of view, too; `root`, an empty folder, stays one. False, and all is as before,
    where that cannot be done.
    """
    kernel, pivot = libc(), _PIVOT_ROOT.get(os.uname().machine)
    if pivot is None or kernel.mount(None, b"/", None, _REC | _PRIVATE, None) != 0:
        return False
    if not _empty(root):
        return False
    if _fill(shown, hidden, root):
        os.chdir(root)
        if kernel.syscall(pivot, b".", b".") == 0:
            _take_away(b".")  # the old root, which now lies over the new one
            os.chdir("/")
            return True
        os.chdir("/")
    _take_away(os.fsencode(root))
    return False


def _empty(folder: Path) -> bool:
    """Puts an empty file system of its own over a folder."""
    name, flags, size = b"tmpfs", _NOSUID | _NODEV, b"size=1m,mode=755"
    return libc().mount(name, os.fsencode(folder), name, flags, size) == 0


def _take_away(place: bytes) -> None:
    """Takes a file system away; where that fails, ends the process: whoever tidied up here would remove others' files."""
    if libc().umount2(place, _DETACH) != 0:
        os._exit(1)


def _fill(shown: Iterable[Path], hidden: Iterable[Path], root: Path) -> bool:
    """Makes places in `root` for all that is shown, and only then shows it there: nothing is made in what is shown."""
    names = [path for path in shown if path.exists()]
    places = {name.resolve() for name in names}
    places = {p for p in places if not any(p != q and p.is_relative_to(q) for q in places)}
    with contextlib.suppress(OSError):
        for name in names:
            _lead(name, root)
        for place in (*places, root):
            new = _within(root, place)
            if place.is_dir():
                new.mkdir(parents=True, exist_ok=True)
            else:
                new.parent.mkdir(parents=True, exist_ok=True)
                new.touch()
        if not all(_show(place, root) for place in places):
            return False
        covered = [_within(root, folder.resolve()) for folder in hidden]
        return all(_empty(folder) for folder in covered if folder.exists())
    return False


def _show(place: Path, root: Path) -> bool:
    """Shows in `root` what is at this place."""
    old, new = os.fsencode(place), os.fsencode(_within(root, place))
    return libc().mount(old, new, None, _BIND | _REC, None) == 0


def _lead(name: Path, root: Path) -> None:
    """Makes the links in `root` by which a name leads to its file."""
    for part in (*reversed(name.parents), name):
        if part.is_symlink():
            new, aim = _within(root, part), part.readlink()
            new.parent.mkdir(parents=True, exist_ok=True)
            if not new.is_symlink():
                new.symlink_to(aim)
            _lead(part.parent / aim / name.relative_to(part), root)
            return


def _within(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")
