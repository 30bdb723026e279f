"""A digest of code that changes when the code does, not when its comments do."""

import ast
import hashlib
import inspect
import io
import textwrap
import tokenize
from collections.abc import Iterable
from importlib import import_module
from operator import attrgetter
from typing import Any


def digest(names: Iterable[str]) -> str:
    """SHA-256 of the code of "module" or "module:object", all together, in any order."""
    parts = (f"{name}\n{bare(inspect.getsource(found(name)))}" for name in sorted(names))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def found(name: str) -> Any:
    """What the name stands for: "descent.methods:adam" is `adam` of `descent.methods`."""
    module, _, path = name.partition(":")
    return attrgetter(path)(import_module(module)) if path else import_module(module)


def bare(source: str) -> str:
    """`source` without comments, docstrings and blank lines."""
    source = textwrap.dedent(source)
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, owners) and ast.get_docstring(node) is not None:
            text = node.body[0]
            lines[text.lineno - 1 : text.end_lineno] = [""] * (text.end_lineno - text.lineno + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())
