"""`play`: a function of the book behind ipywidgets' sliders, with a picture where nothing runs."""

import functools
import inspect
import io
from collections.abc import Callable
from html import escape
from typing import Any

from descent.inputs import unknown


class Play:
    """A function with sliders; made by `play`."""

    def __init__(self, function: Callable[..., Any], ranges: dict[str, Any]):
        from ipywidgets import interactive

        self._function = _closing(function)
        self.widget = interactive(self._function, {"auto_display": True}, **ranges)
        self.defaults = dict(
            self.widget.kwargs
        )  # what the controls say before anyone has moved them

    def __repr__(self) -> str:
        return f"play({self._function.__name__}, {self._settings()})"

    def _settings(self) -> str:
        return ", ".join(f"{name} = {value}" for name, value in self.defaults.items())

    def _repr_html_(self) -> str:
        said = (inspect.getdoc(self._function) or self._function.__name__).splitlines()[0]
        words = f"{said.rstrip('.')}, with {self._settings()}."
        return f'<div class="descent-play">{_picture(self._function(**self.defaults), words)}</div>'

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        live = self.widget._repr_mimebundle_(**options) or {}
        return {**live, "text/html": self._repr_html_(), "text/plain": repr(self)}


def _closing(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, with a Matplotlib figure that it returns closed, or the notebook would show it twice."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if hasattr(result, "savefig"):
            import matplotlib.pyplot as plt

            plt.close(result)
        return result

    return call


def _picture(result: Any, words: str) -> str:
    """What a function returned, as HTML: a figure as SVG, rich objects as they show themselves, else text."""
    if hasattr(result, "savefig"):
        with io.StringIO() as file:
            result.savefig(file, format="svg", metadata={"Date": None})
            svg = file.getvalue()
        svg = svg[svg.index("<svg") :]
        return svg.replace("<svg", f'<svg role="img" aria-label="{escape(words)}"', 1)
    if hasattr(result, "_repr_html_"):
        return result._repr_html_()
    return f"<p>{escape(words)}</p><pre>{escape(str(result))}</pre>"


def play(function: Callable[..., Any], **ranges: Any) -> Play:
    """`function` with a control for every range, as ipywidgets' `interact` understands them.

    function: returns what is to be shown: a Matplotlib figure, an object with rich display, or a value.
    ranges: name = (low, high), (low, high, step), a list of options, a bool, or a widget. Parameters
    without a range keep their default. The first line of its docstring is the picture's text alternative.
    On a static page the result at the controls' first values is shown.
    Raises TypeError for a name that is no parameter of `function`. Needs ipywidgets (extra `book`).
    """
    parameters = inspect.signature(function).parameters
    open_ended = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    for name in ranges:
        if name not in parameters and not open_ended:
            raise TypeError(unknown(f"parameter of {function.__name__}", name, parameters))
    return Play(function, ranges)
