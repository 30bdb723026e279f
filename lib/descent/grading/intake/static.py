"""Looks at students' code without running it: what reaches for more than an answer needs is said, to them and to you.

No mark depends on it. That such code earns nothing is the two processes' doing, not this list's.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_LIBRARY = (
    "The book's library is not there while your answers are marked: write these steps yourself."
)
_OPTIMISERS = "PyTorch's own optimisers are not there while your answers are marked: write the update yourself."
_MACHINE = "An answer has no need of it, and it reaches nothing here; your instructor sees that it was tried."
_WRITTEN = (
    "Code that is put together while it runs cannot be read by who marks it: write it out. "
    "Your instructor sees that it was tried."
)
_MACHINERY = "It looks into Python's own machinery, where there is no answer; your instructor sees that it was tried."

_MODULES: dict[str, str] = {
    "descent": _LIBRARY,
    "torch.optim": _OPTIMISERS,
    **dict.fromkeys(("gc", "inspect", "importlib", "imp", "pkgutil", "runpy", "code"), _MACHINERY),
    **dict.fromkeys(
        (
            "asyncio", "atexit", "cffi", "ctypes", "faulthandler", "fcntl", "ftplib", "http",
            "mmap", "multiprocessing", "paramiko", "pty", "pickle", "ptrace",
            "requests", "resource", "shelve", "shutil", "signal", "smtplib", "socket", "sqlite3",
            "subprocess", "tempfile", "urllib",
        ),
        _MACHINE,
    ),
}  # fmt: skip
_CALLS: dict[str, str] = {
    **dict.fromkeys(("exec", "eval", "compile", "__import__"), _WRITTEN),
    **dict.fromkeys(("open", "breakpoint", "input"), _MACHINE),
}
_ATTRIBUTES: dict[str, str] = dict.fromkeys(
    (
        "__bases__", "__builtins__", "__code__", "__globals__", "__loader__", "__mro__", "__reduce__",
        "__spec__", "__subclasses__", "_current_frames", "_getframe", "ag_frame", "cr_frame", "f_back",
        "f_builtins", "f_globals", "f_locals", "gi_frame", "meta_path", "mro", "setprofile", "settrace",
        "tb_frame",
    ),
    _MACHINERY,
)  # fmt: skip
_OF_SYSTEM = (
    "_exit",
    "abort",
    "dup2",
    "execv",
    "fork",
    "kill",
    "killpg",
    "popen",
    "system",
    "walk",
)
_FREE = {"descent": {"check", "hint"}}  # what a cell may take from a module all the same
_MOST = 5  # findings of one cell


@dataclass(frozen=True)
class Finding:
    """Something in a cell. line: counted from 1. what: as it is written there. why: a sentence for the student."""

    line: int
    what: str
    why: str


def findings(tree: ast.Module) -> list[Finding]:
    """What there is to say about a cell, the first of each kind, by line."""
    found: dict[str, Finding] = {}
    for node in ast.walk(tree):
        for what, why in _said(node):
            line = getattr(node, "lineno", 0)
            if what not in found or line < found[what].line:
                found[what] = Finding(line, what, why)
    return sorted(found.values(), key=lambda finding: (finding.line, finding.what))[:_MOST]


def _said(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield from _module(alias.name, f"import {alias.name}")
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            if alias.name in _FREE.get(node.module, ()):
                continue
            yield from _module(
                f"{node.module}.{alias.name}", f"from {node.module} import {alias.name}"
            )
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in _CALLS:
        yield node.id, _CALLS[node.id]
    elif isinstance(node, ast.Attribute):
        yield from _attribute(node)


def _module(name: str, what: str) -> Iterator[tuple[str, str]]:
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        if why := _MODULES.get(".".join(parts[:length])):
            yield what, why
            return


def _attribute(node: ast.Attribute) -> Iterator[tuple[str, str]]:
    owner = node.value.id if isinstance(node.value, ast.Name) else ""
    if why := _ATTRIBUTES.get(node.attr):
        yield node.attr, why
    elif f"{owner}.{node.attr}" == "torch.optim":
        yield "torch.optim", _OPTIMISERS
    elif owner == "os" and node.attr in _OF_SYSTEM:
        yield f"os.{node.attr}", _MACHINE
    elif owner == "builtins" and node.attr in _CALLS:
        yield f"builtins.{node.attr}", _CALLS[node.attr]
