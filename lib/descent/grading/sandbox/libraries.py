"""What students' code finds of PyTorch: nothing where NumPy is asked for, all of it where a network is given,
all but the optimisers where the answer is to be one.
"""

import os
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import Any

NUMPY, TORCH, TORCH_OPTIM = "numpy", "torch", "torch.optim"
ABSENT = ("torch", "jax", "optax", "keras", "tensorflow")  # they hold what is asked for


def load(library: str) -> tuple[str, ...]:
    """Imports what children are to have; returns the names of the libraries that they are to be without.

    No operation of torch runs here: its threads would not survive the fork.
    """
    if library == NUMPY:
        return ABSENT
    import torch
    import torch._dynamo  # which optimisers would import at their first step

    torch.set_num_threads(1)
    if library == TORCH:
        _forbid_optimisers(torch)
    return ABSENT[1:]


def folders(names: Iterable[str]) -> tuple[Path, ...]:
    """Where the packages with these names lie, if they are installed; none is imported."""
    found = [find_spec(name) for name in names]
    return tuple(Path(p) for spec in found if spec for p in spec.submodule_search_locations or ())


def _forbid_optimisers(torch: Any) -> None:
    """Makes each optimiser's step, as a method, a function and a kernel, say whose work it is."""
    for kind in vars(torch.optim).values():
        if isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer):
            kind.step = _raiser(f"torch.optim.{kind.__name__}.step")
            module = sys.modules[kind.__module__]
            for name, part in list(vars(module).items()):
                if isinstance(part, FunctionType) and name.endswith(kind.__name__.lower()):
                    setattr(module, name, _raiser(f"{module.__name__}.{name}"))
    functional = torch.optim._functional
    for name, part in list(vars(functional).items()):
        if isinstance(part, FunctionType):
            setattr(functional, name, _raiser(f"torch.optim._functional.{name}"))
    for name in ("adagrad", "adam", "adamw", "sgd"):
        kernel = f"_fused_{name}_"
        setattr(torch, kernel, _raiser(f"torch.{kernel}"))
        setattr(torch.ops.aten, kernel, _raiser(f"torch.ops.aten.{kernel}"))


def _raiser(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            f"{name} is not there while your answers are marked: the rule is what you are asked to write"
        )

    return refuse


def own_size() -> int:
    """Bytes of address space that this process has taken before any code of a student ran; 0 where not known."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 0
