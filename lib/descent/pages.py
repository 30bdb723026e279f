"""What the cells of a chapter need to hand their results to its text."""

from typing import Any


def note(**values: Any) -> None:
    """Gives each value its name, by which the text shows it: {glue:text}`name`, or {glue:text}`name:.2f`.

    NumPy scalars become Python numbers, so that formats apply.
    """
    from myst_nb import glue

    for name, value in values.items():
        glue(name, getattr(value, "item", lambda value=value: value)(), display=False)
