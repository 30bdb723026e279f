"""Checks of arguments that every public function shares.

Each error names the argument, what came and what was expected. Also `namespace`, through which the
same line serves NumPy arrays and torch tensors.
"""

import difflib
import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any


def namespace(array: Any) -> Any:
    """The library that an array belongs to: `numpy`, `torch`, or the array's own answer."""
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    library = type(array).__module__.partition(".")[0]
    if library in {"numpy", "torch"} and hasattr(array, "dtype"):  # NumPy 2.0's scalars, tensors
        return sys.modules[library]
    raise TypeError(
        f"expected a NumPy array or a torch tensor, got {type(array).__name__}: {array!r}"
    )


def is_finite(array: Any) -> bool:
    """Whether no element is NaN or infinite. A Python float counts as an array of one."""
    if isinstance(array, float):
        return math.isfinite(array)
    xp = namespace(array)
    return bool(xp.all(xp.isfinite(array)))


def floating(name: str, array: Any) -> Any:
    """`array` unchanged, if it is a floating-point array with finite elements.

    Raises TypeError for anything but an array of floats, ValueError for NaN or infinity.
    """
    xp = namespace(array)
    if array.dtype not in (getattr(xp, "float16", None), xp.float32, xp.float64) and (
        str(array.dtype) != "torch.bfloat16"
    ):
        raise TypeError(
            f"{name} must hold floating-point numbers, got dtype {array.dtype}; "
            f"write {name} with a decimal point, or convert it to float64"
        )
    if not is_finite(array):
        raise ValueError(f"{name} must be finite, got {array!r}")
    return array


def number(
    name: str,
    value: Any,
    *,
    above: float = -math.inf,
    at_least: float = -math.inf,
    below: float = math.inf,
    at_most: float = math.inf,
) -> float:
    """`value` as a float, if it is a finite real number within the bounds.

    Raises TypeError for what is no number, ValueError for NaN, infinity or a number out of bounds.
    """
    try:
        if isinstance(value, str | bytes | bool):  # float("0.1") would pass
            raise TypeError
        result = float(value)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(
            f"{name} must be a real number, got {type(value).__name__}: {value!r}"
        ) from None
    bounds = [
        (f"> {above:g}", result > above),
        (f">= {at_least:g}", result >= at_least),
        (f"< {below:g}", result < below),
        (f"<= {at_most:g}", result <= at_most),
    ]
    if not math.isfinite(result) or not all(holds for _, holds in bounds):
        wanted = " and ".join(text for text, _ in bounds if "inf" not in text)
        raise ValueError(
            f"{name} must be a finite number{' ' + wanted if wanted else ''}, got {value!r}"
        )
    return result


def count(name: str, value: Any, *, at_least: int = 0) -> int:
    """`value` as an int, if it is a whole number of at least `at_least`."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be a whole number, got {type(value).__name__}: {value!r}")
    if value.__index__() < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value!r}")
    return value.__index__()


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """The message for a name that does not exist: what came, the nearest name, all names."""
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    suggestion = f" (did you mean {near[0]!r}?)" if near else ""
    return f"unknown {kind} {name!r}{suggestion}; known: {', '.join(names)}"


def lookup(kind: str, name: str, table: Mapping[str, Any]) -> Any:
    """`table[name]`, or a ValueError that suggests the nearest name."""
    if name not in table:
        raise ValueError(unknown(kind, name, table))
    return table[name]
