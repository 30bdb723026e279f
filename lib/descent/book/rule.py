"""The directives `{rule} name` and `{listing} module.name`: the library's code as the reader should see it.

They show the signature and the body, without decorator, types, docstring and the checks of arguments,
and below it which equations the lines implement and who published the method.
"""

import ast
import copy
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Set
from typing import Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from descent.inputs import lookup
from descent.methods import RULES
from descent.schedules import SCHEDULES

LABEL = re.compile(r"\s*# (eq-[\w-]+)$", re.MULTILINE)
WIDTH = 76  # characters of a line that fit on the page

SOURCE = re.compile(r"\bSource: (.+?)\.?\s*\Z", re.DOTALL)  # at the end of a docstring

SHOWN: dict[str, Any] = {**RULES, **SCHEDULES}


def listing(function: Callable) -> str:
    """A function's source without decorators, types, docstring, checks and the names of its equations."""
    function = inspect.unwrap(function)
    source = textwrap.dedent(inspect.getsource(function))
    node = cast(ast.FunctionDef, ast.parse(source).body[0])
    lines = source.splitlines()
    documented = ast.get_docstring(node) is not None
    arguments = inspect.signature(function).parameters.keys()
    first = next(each for each in node.body[documented:] if not _checks(each, arguments))
    typed = node.returns is not None
    signature = _untyped(node) if typed else lines[node.lineno - 1 : node.body[0].lineno - 1]
    body = lines[first.lineno - 1 : node.end_lineno]
    return LABEL.sub("", "\n".join(signature + body))


def _checks(statement: ast.stmt, arguments: Set[str]) -> bool:
    """Whether a statement only passes arguments through calls, as in `lr = number("lr", lr, above=0)`."""
    if not isinstance(statement, ast.Assign):
        return False
    targets = [node.id for node in ast.walk(statement.targets[0]) if isinstance(node, ast.Name)]
    value = statement.value
    values = value.elts if isinstance(value, ast.Tuple) else [value]
    return set(targets) <= arguments and all(isinstance(each, ast.Call) for each in values)


def _untyped(node: ast.FunctionDef) -> list[str]:
    """The lines of a function's signature, without types."""
    arguments = copy.deepcopy(node.args)
    for each in ast.walk(arguments):
        if isinstance(each, ast.arg):
            each.annotation = None
    begin = f"def {node.name}("
    signature = f"{begin}{ast.unparse(arguments)}):"
    return textwrap.wrap(signature, WIDTH, subsequent_indent=" " * len(begin))


def labels(function: Callable) -> list[str]:
    """The labels of the display equations that a function's lines implement, in order."""
    return LABEL.findall(inspect.getsource(function))


class RuleDirective(SphinxDirective):
    """`{rule} adam` shows `descent.methods.RULES["adam"]`, `{rule} cosine` the formula of that schedule."""

    required_arguments = 1

    def shown(self, name: str) -> tuple[Callable, str]:
        """The function of that name, and who published it."""
        rule = lookup("rule or schedule", name, SHOWN)
        return inspect.unwrap(rule), rule.source

    def run(self) -> list[nodes.Node]:
        """The plate: the listing, then its caption."""
        function, source = self.shown(self.arguments[0])
        self.env.note_dependency(str(inspect.getsourcefile(function)))
        code = nodes.literal_block(listing(function), listing(function), language="python")
        caption = nodes.paragraph(classes=["rule-caption"])
        for label in labels(function):
            caption += [self._equation(label), nodes.Text(" · ")]
        caption += [nodes.Text(f"{source} · "), nodes.literal(text=function.__module__)]
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


class ListingDirective(RuleDirective):
    """`{listing} signals.he_init` shows `descent.signals.he_init`, whose docstring ends in its source."""

    def shown(self, name: str) -> tuple[Callable, str]:
        """The function of that name within the package, and who published it."""
        return published(name)


def published(name: str) -> tuple[Callable, str]:
    """The function `module.name` of the package, and the source in its docstring.

    Raises ValueError where there is no such function, or it names no source.
    """
    module, _, function_name = name.rpartition(".")
    try:
        function = getattr(importlib.import_module(f"descent.{module}"), function_name)
    except (ImportError, AttributeError):
        raise ValueError(f"the package has no function {name!r}") from None
    source = SOURCE.search(inspect.getdoc(function) or "")
    if source is None:
        raise ValueError(f"the docstring of {name} ends in no source")
    return function, " ".join(source[1].split())
