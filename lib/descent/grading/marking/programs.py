"""Right and wrong versions of an exercise as source text, as a student would hand them in."""

import ast
import inspect
import re
from typing import Any

from descent.checks.exercise import Exercise

_HEAD = "from collections.abc import Callable\nfrom typing import Any\n\nimport numpy as np\n"


class Values:
    """The versions of an exercise whose answer is a value."""

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise

    def right(self) -> list[str]:
        """The right values, each as the text of a cell."""
        return [self._cell(program()) for program in self._exercise.right]

    def wrong(self) -> list[str]:
        """The wrong values, each as the text of a cell, in the exercise's order."""
        return [self._cell(wrong.program()) for wrong in self._exercise.wrong]

    def _cell(self, value: Any) -> str:
        value = value.tolist() if hasattr(value, "tolist") else value
        return f"{self._exercise.name} = {value!r}\n"


class Functions:
    """The versions of an exercise whose answer is a function, cut out of the module that defines it."""

    def __init__(self, exercise: Exercise) -> None:
        module = inspect.getmodule(exercise.wrong[0].program)
        assert module is not None
        self._exercise, self._module = exercise, module
        self._stand_in = f"correct_{exercise.name}"
        self._text = inspect.getsource(module)
        tree = ast.parse(self._text)
        self._functions = {
            node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)
        }
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self._parts = next(
            parts
            for parts in ({word.arg: word.value for word in call.keywords} for call in calls)
            if getattr(parts.get("name"), "value", None) == exercise.name
        )

    def right(self) -> list[str]:
        """The right versions, each as the text of a cell."""
        return [self._cell(expression) for expression in _members(self._parts["right"])]

    def wrong(self) -> list[str]:
        """The wrong versions, each as the text of a cell, in the exercise's order."""
        calls = _members(self._parts["wrong"])
        return [self._cell(call.args[1]) for call in calls if isinstance(call, ast.Call)]

    @property
    def _references(self) -> list[str]:
        """The module's names for the reference."""
        reference = self._exercise.reference
        return [name for name, value in vars(self._module).items() if value is reference]

    def _cell(self, expression: ast.expr) -> str:
        """A cell that gives the exercise's name to this expression, after all that it needs."""
        needed: dict[str, str] = {}
        self._collect(expression, needed)
        name, value = self._exercise.name, ast.unparse(expression)
        if isinstance(expression, ast.Name):  # a function: it takes the exercise's name itself
            needed[value] = re.sub(rf"\b{value}\b", name, needed[value])
        else:
            needed["end"] = f"{name} = {value}"
        return "\n\n".join([_HEAD, *needed.values()]) + "\n"

    def _collect(self, node: ast.AST, needed: dict[str, str]) -> None:
        """Puts what a piece of the module uses into `needed`, in an order that runs."""
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        for name in sorted(names - set(needed)):
            if name in self._references:
                # The reference stays at home; a right version does its work under another name.
                stand_in = _members(self._parts["right"])[0]
                self._collect(stand_in, needed)
                needed[name] = f"{self._stand_in} = {ast.unparse(stand_in)}"
            elif name in self._functions:
                needed[name] = ""  # it may call itself
                self._collect(self._functions[name], needed)
                del needed[name]
                text = ast.get_source_segment(self._text, self._functions[name]) or ""
                for reference in self._references:
                    text = re.sub(rf"\b{reference}\b", self._stand_in, text)
                needed[name] = text


def _members(node: ast.expr) -> list[ast.expr]:
    assert isinstance(node, ast.Tuple)
    return node.elts


def programs(exercise: Exercise) -> Values | Functions:
    """The versions of an exercise as source text."""
    return Functions(exercise) if "(" in exercise.call else Values(exercise)
