"""What students' code finds under the name `descent` while it is marked, and instead of some libraries.

`check` and `hint` do nothing, plots draw nothing, the digits are there; all else says that it is not.
"""

import importlib.abc
import importlib.machinery
import sys
import types
from typing import Any

import numpy as np

from descent import data

SILENT = ("matplotlib", "seaborn", "plotly", "ipywidgets", "IPython", "tqdm")
SILENT_PARTS = ("plots", "explorers")  # of descent


class Nothing:
    """Does nothing, whatever it is asked."""

    def __call__(self, *args: Any, **kwargs: Any) -> "Nothing":
        """Itself."""
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return (lambda *args, **kwargs: (self, self)) if name == "subplots" else self

    def __getitem__(self, key: Any) -> "Nothing":
        return self

    def __iter__(self) -> Any:
        return iter(())

    def __enter__(self) -> "Nothing":
        return self

    def __exit__(self, *args: object) -> None:
        return None


class Absent:
    """Something of a library that is kept away: it can be imported, and says on use that it is not there."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        library = self._name.partition(".")[0]
        whose = "the book's library" if library == "descent" else library
        raise RuntimeError(
            f"{self._name} belongs to {whose}, which is not there while your answers are marked: "
            "write these steps yourself"
        )

    __call__ = __getitem__ = __iter__ = __len__ = __array__ = __float__ = _refuse

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Absent(f"{self._name}.{name}")


class _Module(types.ModuleType):
    """A module that has every attribute."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"
        return getattr(Nothing(), name) if _is_silent(full) else Absent(full)


def _is_silent(name: str) -> bool:
    top, _, rest = name.partition(".")
    return top in SILENT or rest.partition(".")[0] in SILENT_PARTS


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a stub for every module of `descent`, of the plotting libraries, and of those that are kept away."""

    def __init__(self, given: dict[str, dict[str, Any]], absent: tuple[str, ...]) -> None:
        self._given, self._names = given, (*SILENT, *absent, "descent")

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        """A stub's specification, or None for any other module."""
        if fullname.partition(".")[0] not in self._names:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType:
        """The stub."""
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Gives it what it may have."""
        vars(module).update(self._given.get(module.__name__, {}))


def install(absent: tuple[str, ...] = ()) -> None:
    """Puts the stubs before all that could be imported. absent: libraries to be kept away, too."""
    images, labels = data.digits()

    def digits() -> tuple[np.ndarray, np.ndarray]:
        """The digits, as in the book's library."""
        return images.copy(), labels.copy()

    nothing = {"check": Nothing(), "hint": Nothing()}
    given = {
        "descent": nothing,
        "descent.checks": nothing,
        "descent.data": {"digits": digits},
    }
    sys.meta_path.insert(0, _Finder(given, absent))
