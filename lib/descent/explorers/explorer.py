"""The base of every explorer's Python class: a widget in a live notebook, a mount on a static page."""

import json
from functools import cache
from html import escape
from typing import Any, ClassVar

from descent.explorers import bundle


@cache
def _widget_class(name: str) -> type:
    import anywidget
    import traitlets

    class ExplorerWidget(anywidget.AnyWidget):
        _esm = bundle.module(name)
        _css = bundle.stylesheet()
        state = traitlets.Dict().tag(sync=True)

    return ExplorerWidget


class Explorer:
    """An interactive figure. `name` is its JavaScript module; `state` its settings, JSON-ready.

    Shown in a live notebook it is an anywidget whose `state` follows what the reader does. On a static
    page it is a picture, computed by Descent, that `script()` replaces by the same figure to play with.
    """

    name: ClassVar[str]

    def __init__(self, state: dict[str, Any]):
        self._state = state
        self._widget: Any = None

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.state.items())
        return f"{type(self).__name__}({settings})"

    @property
    def state(self) -> dict[str, Any]:
        """The settings: as given, or as the reader has left them in a live notebook."""
        return dict(self._state if self._widget is None else self._widget.state)

    def picture(self) -> str:
        """The static picture as one <svg> with role=img and a text alternative."""
        raise NotImplementedError

    def widget(self) -> Any:
        """The live widget, made on first use. Needs anywidget (extra `book`)."""
        if self._widget is None:
            self._widget = _widget_class(self.name)(state=self._state)
        return self._widget

    def _repr_html_(self) -> str:
        model = escape(json.dumps({"state": self._state}))
        return (
            f'<div class="descent-explorer" data-explorer="{self.name}" data-model="{model}">\n'
            f"{self.picture()}\n</div>"
        )

    def _repr_mimebundle_(self, **options: Any) -> Any:
        static = {"text/html": self._repr_html_(), "text/plain": repr(self)}
        try:
            live = self.widget()._repr_mimebundle_(**options)
        except ImportError:  # without anywidget the picture remains
            return static
        data, *metadata = live if isinstance(live, tuple) else (live,)
        return ({**(data or {}), **static}, *metadata)
