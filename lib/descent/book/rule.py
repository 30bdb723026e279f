"""The directive `{rule} name`: an update rule or a schedule of the library as the reader should see it.

It shows the signature and the body, without decorator, types and docstring, and below it which
equations the lines implement and who published the method.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from descent.inputs import lookup
from descent.methods import RULES
from descent.schedules import SCHEDULES

LABEL = re.compile(r"\s*# (eq-[\w-]+)$", re.MULTILINE)
WIDTH = 76  # characters of a line that fit on the page

SHOWN: dict[str, Any] = {**RULES, **SCHEDULES}


def listing(function: Callable) -> str:
    """A function's source without decorators, types, docstring and the names of its equations."""
    function = inspect.unwrap(function)
    source = textwrap.dedent(inspect.getsource(function))
    node = cast(ast.FunctionDef, ast.parse(source).body[0])
    lines = source.splitlines()
    first, *rest = node.body
    if ast.get_docstring(node) is not None:
        first = rest[0]
    typed = node.returns is not None
    signature = _untyped(function) if typed else lines[node.lineno - 1 : node.body[0].lineno - 1]
    body = lines[first.lineno - 1 : node.end_lineno]
    return LABEL.sub("", "\n".join(signature + body))


def _untyped(function: Callable) -> list[str]:
    """The lines of a function's signature, without types."""
    signature = inspect.signature(function)
    arguments = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    bare = signature.replace(parameters=arguments, return_annotation=signature.empty)
    begin = f"def {function.__name__}"
    return textwrap.wrap(f"{begin}{bare}:", WIDTH, subsequent_indent=" " * (len(begin) + 1))


def labels(function: Callable) -> list[str]:
    """The labels of the display equations that a function's lines implement, in order."""
    return LABEL.findall(inspect.getsource(function))


class RuleDirective(SphinxDirective):
    """`{rule} adam` shows `descent.methods.RULES["adam"]`, `{rule} cosine` the formula of that schedule."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The plate: the listing, then its caption."""
        shown = lookup("rule or schedule", self.arguments[0], SHOWN)
        function = inspect.unwrap(shown)
        self.env.note_dependency(str(inspect.getsourcefile(function)))
        code = nodes.literal_block(listing(function), listing(function), language="python")
        caption = nodes.paragraph(classes=["rule-caption"])
        for label in labels(function):
            caption += [self._equation(label), nodes.Text(" · ")]
        caption += [nodes.Text(f"{shown.source} · "), nodes.literal(text=function.__module__)]
        plate = nodes.container("", code, caption, classes=["rule"])
        self.set_source_info(code)
        return [plate]

    def _equation(self, label: str) -> nodes.Node:
        reference = addnodes.pending_xref(
            "",
            nodes.literal("", label, classes=["xref", "eq"]),
            refdomain="math",
            reftype="eq",
            reftarget=label,
            refdoc=self.env.docname,
            refwarn=True,
        )
        self.set_source_info(reference)
        return reference
