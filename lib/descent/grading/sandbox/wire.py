"""Typed messages between the checker and a child: a JSON header, then raw arrays. Nothing is ever unpickled.

A frame is three lengths (big-endian, 4 bytes each), a header in JSON, the arrays' bytes one after
the other, and what the message holds of bytes. The header names the message and its fields; an array in it
is a reference to the bytes. Whatever comes in is checked against the message's fields and the caps below
before it is used. Headers recur, since numbers stand in the arrays: a short one that came before is not
read again.
"""

import json
import math
import struct
from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, get_args, get_origin, get_type_hints

import numpy as np

from descent.checks.calling import LARGEST, Failure, NotDataError, Seeded, extent
from descent.checks.calling import kind as kind_of
from descent.checks.functions import Formula
from descent.checks.networks import Network, Optimiser
from descent.grading.sandbox import messages

HEADER_LIMIT = 2 * 2**20  # bytes
BODY_LIMIT = 8 * 2**20  # bytes
QUESTION_LIMIT = (
    2**20
)  # bytes of a header and of a body, where a function is asked, and where it answers
ARRAYS_LIMIT = 100_000
DEPTH_LIMIT = 30  # of lists within lists
TEXT_LIMIT = 2_000  # characters of a failure's texts
DTYPES = ("<f8", "<i8", "|b1", "<f4", "<f2", "<c8", "<c16", "|i1", "|u1")
DTYPES += ("<i2", "<i4", "<u2", "<u4", "<u8")
_CHILDS_FAILURES = (
    "exception",
    "signature",
    "refused",
    "interrupted",
)  # the others are the checker's to find


class Readable(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, or fewer at the end."""
        ...


class Writable(Protocol):
    """Anything that bytes can be sent on."""

    def write(self, data: bytes, /) -> object:
        """Takes bytes."""
        ...

    def flush(self) -> object:
        """Sends them."""
        ...


class WireError(ValueError):
    """What came is no message; the message says why."""


_TALK = ("Ask", "Answer")  # of a child with a function that the checker holds
_MESSAGES = {message.__name__: message for message in messages.ALL}
_HINTS = {name: tuple(get_type_hints(message).values()) for name, message in _MESSAGES.items()}
_FIELDS = {message: [field.name for field in fields(message)] for message in _MESSAGES.values()}
_SIZES = struct.Struct(">III")
_ALIGNED = 16  # bytes: where the arrays begin, so that they can be used where they lie
_SHORT = 1_000  # bytes of a header that is kept
_json = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode
LIMIT = 2**25  # bytes that come within one call: its answer, and what it asks


def _test(hint: Any) -> Callable[[Any], bool]:
    """Whether a value is of a type."""
    if get_origin(hint) is tuple:
        fits = _test(get_args(hint)[0])
        return lambda value: type(value) is tuple and all(map(fits, value))
    kinds = get_args(hint) or (hint,)
    return lambda value: type(value) in kinds


_RECORDS = {
    record: {name: _test(hint) for name, hint in get_type_hints(record).items() if name != "asked"}
    for record in (Seeded, Formula, Network, Optimiser)
}
_NAMED = {record.__name__: record for record in _RECORDS}


class _Form(NamedTuple):
    """Where an array lies in the body, and what it is."""

    dtype: str
    shape: tuple[int, ...]
    writable: bool
    start: int


def send(stream: Writable, message: Any) -> None:
    """Writes a message; raises as `frame` does."""
    stream.write(frame(message))
    stream.flush()


def frame(message: Any, functions: list | None = None) -> bytes:
    """A message as bytes; function arguments are put into `functions`, and their numbers stand for them.

    Raises NotDataError for a value that is not data (functions among them where `functions` is None), and
    for one over the caps.
    """
    arrays: list[np.ndarray] = []
    kind, content, tail = type(message), [], b""
    for field in _FIELDS[kind]:
        part = getattr(message, field)
        if type(part) is bytes:
            part, tail = None, part
        content.append(_text(part, arrays, functions))
    forms = [(a.dtype.str, a.shape, a.flags.writeable) for a in arrays]
    header = _json((kind.__name__, content, forms)).encode()
    header += b" " * (-len(header) % _ALIGNED)
    most, size = _most(kind.__name__), len(tail) + sum(array.nbytes for array in arrays)
    least = min(HEADER_LIMIT, most)
    if len(header) > least or size > most or len(arrays) > ARRAYS_LIMIT:
        room = (least if len(header) > least else most) >> 20
        raise NotDataError(f"Expected fewer numbers, got more than {room} MiB of them.")
    body = b"".join([array.tobytes() for array in arrays])
    return b"".join((_SIZES.pack(len(header), len(body), len(tail)), header, body, tail))


def receive(stream: Readable, function: Callable[[int], Any] | None = None) -> Any:
    """Reads a message; `function` gives the function argument of a number.

    Raises EOFError where the stream ends, and WireError for anything that is not a message.
    """
    header_size, body_size, tail_size = _SIZES.unpack(_read(stream, _SIZES.size))
    if header_size > HEADER_LIMIT or body_size + tail_size > BODY_LIMIT:
        raise WireError("the message is too large")
    rest = _read(stream, header_size + body_size + tail_size)
    header, tail = rest[:header_size], rest[header_size + body_size :]
    try:
        name, content, forms, size = (_known if header_size <= _SHORT else _parsed)(header)
        if name in _TALK and max(header_size, size) > QUESTION_LIMIT:
            raise WireError("the question is too large")
        if size != body_size:
            raise WireError(f"{size} bytes of arrays are announced, {body_size} came")
        arrays = {n: _taken(form, rest, header_size) for n, form in enumerate(forms)}
        hints = _HINTS[name]
        if tail and bytes not in hints:
            raise WireError("it is followed by more")
        values: list[Any] = [
            tail if hint is bytes else _checked(item, hint, arrays, function)
            for item, hint in zip(content, hints, strict=True)
        ]
        return _MESSAGES[name](*values)
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise WireError(f"not a message: {type(error).__name__}") from None


def _most(name: str) -> int:
    """Bytes that the arrays of a message with this name may take; of a question also its header."""
    return QUESTION_LIMIT if name in _TALK else BODY_LIMIT


def _read(stream: Readable, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("the other side has gone")
    return data


def _parsed(header: bytes) -> tuple[str, list, list[_Form], int]:
    """A header's message, fields and arrays, and the size of the body."""
    name, content, entries = json.loads(header)
    if type(content) is not list:
        raise WireError("a message's fields are a list")
    if len(entries) > ARRAYS_LIMIT:
        raise WireError("too many arrays")
    forms, offset = [], 0
    for dtype, shape, writable in entries:
        if (
            dtype not in DTYPES
            or len(shape) > 16
            or any(type(n) is not int or n < 0 for n in shape)
            or extent(shape) > LARGEST
        ):
            raise WireError(f"no array: {dtype!r} of shape {shape!r}")
        forms.append(_Form(dtype, tuple(shape), bool(writable), offset))
        offset += math.prod(shape) * int(dtype[2:])
    return name, content, forms, offset


_known = lru_cache(maxsize=1_000)(_parsed)


def _taken(form: _Form, content: bytes, begin: int) -> np.ndarray:
    """An array from a message's body, which begins there: a copy where it may be written."""
    array = np.ndarray(form.shape, form.dtype, content, begin + form.start)
    if form.writable or not array.flags.aligned:
        array = array.copy()
        array.flags.writeable = form.writable
    return array


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
    if kind is np.ndarray:
        arrays.append(_array(value))
        return {"array": len(arrays) - 1}
    if value is None or kind in (bool, str, float) or (kind is int and abs(value) < 2**63):
        return value
    if value is Ellipsis:
        return {"ellipsis": 0}
    if kind in _RECORDS:
        parts = [getattr(value, name) for name in _RECORDS[kind]]
        return {kind.__name__: [_packed(part, arrays, functions, depth + 1) for part in parts]}
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
    if array.dtype.str in DTYPES:
        return array
    dtype = array.dtype.newbyteorder("<")
    if dtype.str not in DTYPES and dtype.kind in "fc":
        dtype = np.dtype({"f": "<f8", "c": "<c16"}[dtype.kind])
    if dtype.str not in DTYPES:
        raise NotDataError(f"Expected numbers, got {kind_of(value)}.")
    return array.astype(dtype, copy=False)


def _checked(item: Any, hint: Any, arrays: dict, function: Callable | None) -> Any:
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


def _unpacked(item: Any, arrays: dict, function: Callable | None) -> Any:
    """A value from JSON."""
    if item is None or type(item) in (bool, str, float, int):
        return item
    ((kind, content),) = item.items()
    if kind in ("list", "tuple"):
        parts = [_unpacked(part, arrays, function) for part in content]
        return parts if kind == "list" else tuple(parts)
    if kind == "ellipsis":
        return Ellipsis
    if kind in _NAMED:
        return _record(_NAMED[kind], [_unpacked(part, arrays, function) for part in content])
    if type(content) is not int or content < 0:
        raise WireError(f"no number of a {kind}: {content!r}")
    if kind == "function" and function is not None:
        return function(content)
    if kind == "scalar":
        return arrays.pop(content).reshape(())[()]
    if kind == "array":
        return arrays.pop(
            content
        )  # each stands in one place: a list of one array a million times is a bomb
    raise WireError(f"no such kind of value: {kind!r}")


def _record(record: type, values: list) -> Any:
    """A record whose fields are what it declares."""
    tests = _RECORDS[record].values()
    if not all(fits(value) for fits, value in zip(tests, values, strict=True)):
        raise WireError(f"no {record.__name__}")
    return record(*values)
