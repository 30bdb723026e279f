"""nbgrader's exchange, but that no link is followed and no student's folder stops the others.

Students may write into the exchange, and `nbgrader collect` runs with the instructor's rights. As it comes
it follows links: one to the instructor's own notebook would be collected as an answer, one to /dev/zero
without end. A module among the files would stand before the library of its name when stock nbgrader runs
the notebook. And it ends where a folder is too large, or bears a time that is none.
"""

import os
import stat
import tempfile
from datetime import datetime
from importlib.machinery import all_suffixes
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect

MODULES = tuple(all_suffixes())  # how the names of what Python imports end


class CollectFiles(ExchangeCollect):
    """Collects ordinary files and folders alone, as many as are allowed, and says what it left behind."""

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """Whose hand-in a folder of the exchange is; one with an unreadable time counts as the oldest."""
        try:
            return super()._path_to_record(path)
        except (ValueError, OverflowError):
            name = os.path.basename(path)
            student = name.rsplit("+", 3)[0]
            return {"username": student, "filename": name, "timestamp": datetime.min}

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copies a student's folder: first its files into a folder of the instructor's own, then as nbgrader does."""
        with tempfile.TemporaryDirectory() as own:
            copy = Path(own) / "copy"
            copy.mkdir()
            try:
                self._copy_files(src, copy)
            except (OSError, RecursionError) as error:
                self.log.warning("%s could not be collected whole: %s", src, error)
            super().do_copy(str(copy), dest, log)

    def _copy_files(self, source: str, copy: Path) -> None:
        """Copies what is a file while it is held open: nobody can put a link in its place meanwhile."""
        course: Any = self.coursedir
        room = 1000 * course.max_dir_size  # bytes
        if os.path.islink(source):
            self.log.warning("%s is a link, and was left behind", source)
        for place, folders, files, number in os.fwalk(source):
            target = copy / os.path.relpath(place, source)
            target.mkdir(exist_ok=True)
            for name in (*files, *folders):
                path = os.path.join(place, name)
                about = os.lstat(name, dir_fd=number)
                if stat.S_ISDIR(about.st_mode):
                    continue
                if not stat.S_ISREG(about.st_mode):
                    self.log.warning("%s is a link or no ordinary file, and was left behind", path)
                elif name.endswith(MODULES):
                    self.log.warning("%s is a Python module, and was left behind", path)
                elif about.st_size > room:
                    self.log.warning("%s is too large, and was left behind", path)
                else:
                    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
                    with os.fdopen(os.open(name, flags, dir_fd=number), "rb") as file:
                        content = file.read(about.st_size)
                    (target / name).write_bytes(content)
                    os.utime(target / name, ns=(about.st_atime_ns, about.st_mtime_ns))
                    room -= len(content)
