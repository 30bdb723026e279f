"""Right and wrong versions of an exercise as source text, as a student would hand them in."""

import ast
import inspect
import re

from descent.checks.exercise import Exercise

_HEAD = "from collections.abc import Callable\nfrom typing import Any\n\nimport numpy as np\n"


class Programs:
    """The versions of one exercise, cut out of the module that defines it."""

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
        """The right versions, each as the text of a cell; none where they are not a list of functions."""
        return [self._cell(expression) for expression in self._right]

    def wrong(self) -> list[str]:
        """The wrong versions, each as the text of a cell, in the exercise's order."""
        wrong = self._parts["wrong"]
        assert isinstance(wrong, ast.Tuple)
        return [self._cell(call.args[1]) for call in wrong.elts if isinstance(call, ast.Call)]

    @property
    def _references(self) -> list[str]:
        """The module's names for the reference."""
        reference = self._exercise.reference
        return [name for name, value in vars(self._module).items() if value is reference]

    @property
    def _right(self) -> list[ast.expr]:
        right = self._parts["right"]
        return right.elts if isinstance(right, ast.Tuple) else []

    def _cell(self, expression: ast.expr) -> str:
        """A cell that gives the exercise's name to this expression, after all that it needs."""
        needed: dict[str, str] = {}
        self._collect(expression, needed)
        name, value = self._exercise.name, ast.unparse(expression)
        if isinstance(expression, ast.Name):  # a function: it takes the exercise's name itself
            needed[value] = re.sub(rf"\b{value}\b", name, needed[value])
        elif "(" in self._exercise.call:
            needed["end"] = f"{name} = {value}"
        else:
            needed["end"] = f"{name} = ({value})()"
        return "\n\n".join([_HEAD, *needed.values()]) + "\n"

    def _collect(self, node: ast.AST, needed: dict[str, str]) -> None:
        """Puts what a piece of the module uses into `needed`, in an order that runs."""
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        for name in sorted(names - set(needed)):
            if name in self._references:
                # The reference stays at home; a right version does its work under another name.
                stand_in = self._right[0]
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
