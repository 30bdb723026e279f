"""Typed messages between the checker and a child: a JSON header, then raw arrays. Nothing is ever unpickled.

A frame is two lengths (big-endian, 4 bytes each), a header in JSON, and the arrays' bytes one after
the other. The header names the message and its fields; an array in it is a reference to the bytes.
Whatever comes in is checked against the message's fields and the caps below before it is used.
"""

import json
import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import IO, Any, Protocol, get_type_hints

import numpy as np

from descent.checks.calling import Failure, NotDataError, Seeded
from descent.checks.calling import kind as kind_of

HEADER_LIMIT = 8 * 2**20  # bytes
BODY_LIMIT = 64 * 2**20  # bytes
ARRAYS_LIMIT = 100_000
DEPTH_LIMIT = 30  # of lists within lists
TEXT_LIMIT = 2_000  # characters of a failure's texts
DTYPES = ("|b1", "|i1", "|u1", *(f"<{kind}{n}" for kind in "iu" for n in (2, 4, 8)))
DTYPES += ("<f2", "<f4", "<f8", "<c8", "<c16")
_CHILDS_FAILURES = ("exception", "signature", "refused")  # the others are the checker's to find


class Readable(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, or fewer at the end."""
        ...


class WireError(ValueError):
    """What came is no message; the message says why."""


@dataclass(frozen=True)
class Ready:
    """Child: it is locked down as far as this level of the sandbox."""

    level: int


@dataclass(frozen=True)
class Run:
    """Checker: run this cell."""

    name: str
    source: str


@dataclass(frozen=True)
class Ran:
    """Child: the cell ended, perhaps in a failure."""

    failure: Failure | None


@dataclass(frozen=True)
class List:
    """Checker: what names are there?"""


@dataclass(frozen=True)
class Listed:
    """Child: the public names of its namespace."""

    names: list[str]


@dataclass(frozen=True)
class Call:
    """Checker: call what has this name."""

    name: str
    arguments: Any


@dataclass(frozen=True)
class Ask:
    """Child, during a call: the value of the function argument with this number, please."""

    function: int
    arguments: Any


@dataclass(frozen=True)
class Answer:
    """Checker: the function's value."""

    value: Any


@dataclass(frozen=True)
class Decline:
    """Checker: the function raised this."""

    error: str
    message: str


@dataclass(frozen=True)
class Returned:
    """Child: the call's value, and the arguments as it left them."""

    value: Any
    arguments: Any


@dataclass(frozen=True)
class Failed:
    """Child: the call gave no value."""

    failure: Failure
    arguments: Any


@dataclass(frozen=True)
class Ended:
    """The child's guard: the child is gone, with this exit status (negative: the signal)."""

    status: int


_MESSAGES = {
    message.__name__: message
    for message in (
        Ready, Run, Ran, List, Listed, Call, Ask, Answer, Decline, Returned, Failed, Ended,
    )
}  # fmt: skip
_HINTS = {name: get_type_hints(message) for name, message in _MESSAGES.items()}


def send(stream: IO[bytes], message: Any, functions: list | None = None) -> None:
    """Writes a message; function arguments are put into `functions`, and their numbers sent.

    Raises NotDataError for a value that is not data (functions among them where `functions` is None), and
    for one over the caps.
    """
    arrays: list[np.ndarray] = []
    content = {
        field.name: _text(getattr(message, field.name), arrays, functions)
        for field in fields(message)
    }
    forms = [[a.dtype.str, list(a.shape), bool(a.flags.writeable)] for a in arrays]
    header = json.dumps([type(message).__name__, content, forms]).encode()
    body = sum(array.nbytes for array in arrays)
    if len(header) > HEADER_LIMIT or body > BODY_LIMIT or len(arrays) > ARRAYS_LIMIT:
        raise NotDataError(f"it is too large: more than {BODY_LIMIT >> 20} MiB")
    stream.write(struct.pack(">II", len(header), body) + header)
    for array in arrays:
        stream.write(array.tobytes())
    stream.flush()


def receive(stream: Readable, function: Callable[[int], Any] | None = None) -> Any:
    """Reads a message; `function` gives the function argument of a number.

    Raises EOFError where the stream ends, and WireError for anything that is not a message.
    """
    header_size, body_size = struct.unpack(">II", _read(stream, 8))
    if header_size > HEADER_LIMIT or body_size > BODY_LIMIT:
        raise WireError("the message is too large")
    header, body = _read(stream, header_size), _read(stream, body_size)
    try:
        name, content, forms = json.loads(header)
        hints = _HINTS[name]
        if content.keys() != hints.keys():
            raise WireError(f"a {name} has the fields {list(hints)}")
        arrays = _arrays(forms, body)
        return _MESSAGES[name](
            **{key: _checked(content[key], hints[key], arrays, function) for key in hints}
        )
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise WireError(f"not a message: {type(error).__name__}") from None


def _read(stream: Readable, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("the other side has gone")
    return data


def _text(value: Any, arrays: list, functions: list | None) -> Any:
    """A field as JSON."""
    if isinstance(value, Failure):
        return [value.kind, value.error, value.message, value.line, value.line_number]
    return _packed(value, arrays, functions, 0)


def _packed(value: Any, arrays: list, functions: list | None, depth: int) -> Any:
    """A value as JSON; arrays go to `arrays`."""
    if depth > DEPTH_LIMIT:
        raise NotDataError(f"its lists are nested more than {DEPTH_LIMIT} deep")
    kind = type(value)
    if value is None or kind in (bool, str, float) or (kind is int and abs(value) < 2**63):
        return value
    if value is Ellipsis:
        return {"ellipsis": 0}
    if kind is Seeded:
        return {"seeded": value.seed}
    if kind in (list, tuple):
        return {kind.__name__: [_packed(part, arrays, functions, depth + 1) for part in value]}
    if functions is not None and callable(value):
        functions.append(value)
        return {"function": len(functions) - 1}
    arrays.append(_array(value))
    return {"scalar" if isinstance(value, np.generic) else "array": len(arrays) - 1}


def _array(value: Any) -> np.ndarray:
    """A value as an array of a permitted type; wider floats are rounded."""
    array = np.asarray(value)
    dtype = array.dtype.newbyteorder("<")
    if dtype.str not in DTYPES and dtype.kind in "fc":
        dtype = np.dtype({"f": "<f8", "c": "<c16"}[dtype.kind])
    if dtype.str not in DTYPES:
        raise NotDataError(f"Expected numbers, got {kind_of(value)}.")
    return array.astype(dtype, copy=False)


def _arrays(forms: list, body: bytes) -> list[np.ndarray]:
    """The arrays of a message's body."""
    arrays, offset = [], 0
    if len(forms) > ARRAYS_LIMIT:
        raise WireError("too many arrays")
    for dtype, shape, writable in forms:
        if (
            dtype not in DTYPES
            or len(shape) > 16
            or any(type(n) is not int or n < 0 for n in shape)
        ):
            raise WireError(f"no array: {dtype!r} of shape {shape!r}")
        end = offset + math.prod(shape) * int(dtype[2:])
        if end > len(body):
            raise WireError("the arrays are longer than what came")
        array = np.frombuffer(bytearray(body[offset:end]), dtype=dtype).reshape(shape).copy()
        array.flags.writeable = bool(writable)
        arrays.append(array)
        offset = end
    if offset != len(body):
        raise WireError("the arrays are shorter than what came")
    return arrays


def _checked(item: Any, hint: Any, arrays: Sequence, function: Callable | None) -> Any:
    """A field from JSON, of the type that the message declares."""
    if hint is Any:
        return _unpacked(item, arrays, function)
    if hint in (str, int):
        if type(item) is not hint:
            raise WireError(f"expected {hint.__name__}, got {type(item).__name__}")
        return item
    if hint == list[str]:
        names = _unpacked(item, arrays, None)
        if not isinstance(names, list) or not all(type(name) is str for name in names):
            raise WireError("expected a list of texts")
        return names
    if item is None and hint != Failure:
        return None
    if not isinstance(item, list):
        raise WireError("not a failure")
    kind, error, message, line, number = item
    if kind not in _CHILDS_FAILURES or type(number) is not int:
        raise WireError("not a failure")
    texts = [_checked(text, str, arrays, None)[:TEXT_LIMIT] for text in (error, message, line)]
    return Failure(kind, *texts, line_number=number)


def _unpacked(item: Any, arrays: Sequence, function: Callable | None) -> Any:
    """A value from JSON."""
    if item is None or type(item) in (bool, str, float, int):
        return item
    ((kind, content),) = item.items()
    if kind in ("list", "tuple"):
        parts = [_unpacked(part, arrays, function) for part in content]
        return parts if kind == "list" else tuple(parts)
    if kind == "ellipsis":
        return Ellipsis
    if type(content) is not int or content < 0:
        raise WireError(f"no number of a {kind}: {content!r}")
    if kind == "seeded":
        return Seeded(content)
    if kind == "function" and function is not None:
        return function(content)
    if kind == "scalar":
        return arrays[content].reshape(())[()]
    if kind == "array":
        return arrays[content]
    raise WireError(f"no such kind of value: {kind!r}")
