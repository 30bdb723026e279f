"""The first file of a process for students' code: run as a script, it never imports the package `descent`.

`python -I boot.py ROLE LIBRARY MEMORY SECONDS FOLDER`, where ROLE is "server" (forks a child for each
submission, with a folder in FOLDER) or "child" (serves one submission itself, in FOLDER, for systems that
cannot fork), LIBRARY is one of `libraries`, and MEMORY comes on top of what the libraries take. Modules that the process needs are imported without their packages, so the reference is never in memory; then a stub takes the name.
"""

import importlib.util
import os
import sys
import sysconfig
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]


def _import_without_packages() -> None:
    """Lets `descent.grading.sandbox.child` and its like be imported, but runs no `__init__`."""
    for name in ("descent", "descent.checks", "descent.grading", "descent.grading.sandbox"):
        folder = PACKAGE.parent.joinpath(*name.split("."))
        spec = importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)  # made, never executed


def _forget() -> None:
    """Removes every trace of where the package lies, unless all other libraries lie there, too."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "descent"]:
        del sys.modules[name]
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    sys.path[:] = [
        entry for entry in sys.path if entry in libraries or not (Path(entry) / "descent").is_dir()
    ]
    sys.argv[:] = [""]


def main() -> None:
    """Serves until the checker goes."""
    role, library, folder = sys.argv[1], sys.argv[2], Path(sys.argv[5]).resolve()
    memory, seconds = int(sys.argv[3]), int(sys.argv[4])
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"  # a process with threads must not fork
    _import_without_packages()
    from descent.grading.sandbox import child, forkserver, ladder, libraries, stub

    absent = libraries.load(library)
    memory += libraries.own_size()
    hidden = (PACKAGE, *libraries.folders(absent))
    stub.install(absent)
    _forget()
    if role == "server":
        forkserver.serve(memory, seconds, folder, hidden)
    else:
        child.serve_pipes(memory, seconds, ladder.file_rules(hidden), folder)


if __name__ == "__main__":
    main()
