"""Right and wrong versions of an exercise as source text, as a student would hand them in."""

import ast
import builtins
import copy
import dis
import functools
import inspect
import math
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from types import BuiltinMethodType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from descent.checks.exercise import Exercise

_LIBRARY = __name__.partition(".")[0]


@dataclass(frozen=True)
class Versions:
    """An exercise's right and wrong versions in its order, each as the text of a cell."""

    right: list[str]
    wrong: list[str]


def programs(exercise: Exercise) -> Versions:
    """The versions of an exercise as cells that need nothing of this library.

    Raises TypeError where a version needs something of it that no text can stand for.
    """
    return Versions(
        [_cell(exercise, program) for program in exercise.right],
        [_cell(exercise, wrong.program) for wrong in exercise.wrong],
    )


def _cell(exercise: Exercise, program: Callable) -> str:
    cell = _Cell(exercise)
    answer = cell.expression(program if "(" in exercise.call else program(), "answer")
    return "\n\n".join([*cell.statements, f"{exercise.name} = {answer}"]) + "\n"


class _Cell:
    """The statements that define what a program uses, in an order that runs.

    A reference that is not among the right versions stays at home: the first of them does its work.
    """

    def __init__(self, exercise: Exercise) -> None:
        self.statements: list[str] = []
        self._bound: dict[str, Any] = dict.fromkeys((exercise.name, *dir(builtins)))
        self._defined: dict[int, str] = {}  # names by the ids of functions and classes
        self._reference = exercise.reference
        public = exercise.reference in exercise.right
        self._stand_in = exercise.reference if public else exercise.right[0]

    def expression(self, value: Any, name: str) -> str:
        """What gives this value in the cell. name: what its user calls it."""
        value = self._stand_in if value is self._reference else value
        if isinstance(value, FunctionType | type) and _is_own(value.__module__):
            return self._defined.get(id(value)) or self._definition(value, name)
        if isinstance(value, ModuleType):
            return self._imported(f"import {value.__name__}", value, name)
        if callable(value) and (home := _home(value)):
            return self._imported(f"from {home} import {value.__name__}", value, name)
        if isinstance(value, MethodType | BuiltinMethodType):
            return f"{self.expression(value.__self__, f'{name}_of')}.{value.__name__}"
        return self._literal(value, name)

    def _definition(self, value: FunctionType | type, name: str) -> str:
        """Adds the definition of a function or class, behind those of all that it uses."""
        node = _source(value)
        own = self._free(name if isinstance(node, ast.Lambda) else node.name, value)
        self._defined[id(value)] = own
        passed = {}
        for used, one in _outer(value, node):
            if one is not value and (expression := self._known_as(used, one, node)) != used:
                passed[used] = expression
        if isinstance(value, FunctionType):
            self._give_defaults(value, node.args)
        text, given = ast.unparse(node), ", ".join(passed.values())
        if isinstance(node, ast.Lambda):
            made = f"(lambda {', '.join(passed)}: {text})({given})" if passed else text
            text = f"{own} = {made}"
        elif passed or own != node.name:
            inner = "\n".join(f"    {line}" for line in [*text.splitlines(), f"return {node.name}"])
            text = f"def make_{own}({', '.join(passed)}):\n{inner}\n\n{own} = make_{own}({given})"
        self.statements.append(text)
        return own

    def _known_as(self, name: str, value: Any, user: ast.AST) -> str:
        """`name` itself where the value can have it in the cell, otherwise an expression."""
        value = self._stand_in if value is self._reference else value
        if isinstance(value, ModuleType) and _is_own(value.__name__):
            parts = {
                part.attr: self.expression(getattr(value, part.attr), part.attr)
                for part in ast.walk(user)
                if isinstance(part, ast.Attribute) and ast.unparse(part.value) == name
            }
            return f"{self.expression(types, 'types')}.SimpleNamespace({_pairs(parts)})"
        expression = self.expression(value, name)
        if expression != name and name not in self._bound:
            self.statements.append(f"{self._free(name, value)} = {expression}")
            return name
        return name if self._bound.get(name) is value else expression

    def _give_defaults(self, function: FunctionType, arguments: ast.arguments) -> None:
        """Puts the values of defaults where it says how they are computed."""

        def default(node: ast.expr, value: Any) -> ast.expr:
            if isinstance(node, ast.Constant):
                return node
            return ast.parse(self.expression(value, "default"), mode="eval").body

        plain, named = function.__defaults__ or (), function.__kwdefaults__ or {}
        arguments.defaults = list(map(default, arguments.defaults, plain))
        arguments.kw_defaults = [
            node and default(node, named[word.arg])
            for word, node in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        ]

    def _imported(self, statement: str, value: Any, name: str) -> str:
        """The name of what a statement imports, which is added if nothing has."""
        if value is getattr(builtins, name, None) or self._bound.get(name) is value:
            return name
        own = self._free(name, value)
        plain = statement.endswith(f" {own}")
        self.statements.append(statement if plain else f"{statement} as {own}")
        return own

    def _free(self, name: str, value: Any) -> str:
        """Takes the name, or one like it, for the value."""
        names = (name, *(f"{name}_{n}" for n in range(2, 1000)))
        own = next(one for one in names if one not in self._bound)
        self._bound[own] = value
        return own

    def _literal(self, value: Any, name: str) -> str:
        match value:
            case list() | tuple() | set() | frozenset():
                parts = ", ".join(self.expression(part, name) for part in value)
                return f"{type(value).__name__}([{parts}])"
            case dict():
                parts = (f"{k!r}: {self.expression(v, str(k))}" for k, v in value.items())
                return f"{{{', '.join(parts)}}}"
            case np.ndarray():
                array = f"{self.expression(np, 'np')}.array"
                return f"{array}({value.tolist()!r}, dtype={value.dtype.name!r})"
            case np.generic():
                return self._literal(value.item(), name)
            case float() if not math.isfinite(value):
                return f"float('{value}')"
            case None | bool() | int() | float() | complex() | str():
                return repr(value)
            case Fraction() | Decimal():
                return f"{self.expression(type(value), type(value).__name__)}('{value}')"
            case functools._lru_cache_wrapper():
                cache = self.expression(functools.cache, "cache")
                return f"{cache}({self.expression(value.__wrapped__, name)})"
            case _ if is_dataclass(value):
                own = {field.name: getattr(value, field.name) for field in fields(value)}
                parts = {part: self.expression(own[part], part) for part in own}
                return f"{self.expression(type(value), name)}({_pairs(parts)})"
        raise TypeError(f"no text can stand for {name}, a {type(value).__name__}")


def _pairs(parts: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={expression}" for name, expression in parts.items())


def _is_own(module: str) -> bool:
    return module.partition(".")[0] == _LIBRARY


def _home(value: Any) -> str:
    """The module of somebody else that has this function or class by its name, or nothing."""
    home = getattr(value, "__module__", None) or "numpy"  # ufuncs have none
    name = getattr(value, "__name__", "")
    known = not _is_own(home) and getattr(sys.modules.get(home), name, None) is value
    return home if known else ""


def _outer(value: FunctionType | type, node: ast.AST) -> Iterator[tuple[str, Any]]:
    """What a function or class uses from outside, by name."""
    if isinstance(value, FunctionType):
        code = value.__code__
        for name, cell in zip(code.co_freevars, value.__closure__ or (), strict=True):
            yield name, cell.cell_contents
        names, known = set(_globals(code)), value.__globals__
    else:
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        known = vars(sys.modules[value.__module__])
    yield from ((name, known[name]) for name in sorted(names & known.keys()))


def _globals(code: CodeType) -> Iterator[str]:
    yield from (i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL")
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals(constant)


@functools.cache
def _definitions(module: str) -> list[ast.AST]:
    """All functions, lambdas and classes of a module, those that lie within others behind them."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    kinds = ast.FunctionDef | ast.Lambda | ast.ClassDef
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def _source(value: FunctionType | type) -> Any:
    """A syntax tree of its own of what defines a function, a lambda or a class, without annotations."""
    if isinstance(value, type):
        module, name, within = value.__module__, value.__name__, None
    else:
        code = value.__code__
        module, name, within = value.__globals__["__name__"], code.co_name, _span(code)

    def defines(node: Any) -> bool:
        if getattr(node, "name", "<lambda>") != name:
            return False
        part = node.body if isinstance(node, ast.Lambda) else node
        ends = (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)
        return within is None or (ends[0] <= within[0] and within[1] <= ends[1])

    own = copy.deepcopy([node for node in _definitions(module) if defines(node)][-1])
    if isinstance(own, ast.FunctionDef):
        own.decorator_list = []  # the function is what they were given
    return _Plain().visit(own)


def _span(code: CodeType) -> tuple[tuple, tuple]:
    """First and last place, as (line, column), that any instruction stems from."""
    places = [place for place in code.co_positions() if None not in place]
    spans = [((a, c), (b, d)) for a, b, c, d in places if (a, c) < (b, d)]
    return min(first for first, _ in spans), max(last for _, last in spans)


class _Plain(ast.NodeTransformer):
    """Takes annotations off, except that the fields of a dataclass need one."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Name("object")
        return node
