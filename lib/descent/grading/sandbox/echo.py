"""What a call has done to its arguments comes back with its answer, as a frame within the answer's.

Where it is, to the byte, the one that was expected, nothing was changed, and it need not be read. It is
empty where nothing could be changed: read-only arrays lie in the bytes of the message that brought them.
"""

import io
from typing import Any

import numpy as np

from descent.checks.calling import Seeded
from descent.grading.sandbox import messages, wire


def of(arguments: tuple) -> bytes:
    """The arguments as they are now; functions cannot change. Raises as `wire.frame` does."""
    if all(map(_is_fixed, arguments)):
        return b""
    return wire.frame(messages.Left(tuple(None if callable(part) else part for part in arguments)))


def left(sent: tuple, echo: bytes) -> tuple:
    """The arguments as the call left them; what does not fit counts as unchanged. Raises WireError."""
    if not echo:
        return sent
    try:
        message = wire.receive(io.BytesIO(echo))
    except EOFError as error:
        raise wire.WireError(str(error)) from None
    now = message.arguments if isinstance(message, messages.Left) else ()
    if not (isinstance(now, tuple) and len(now) == len(sent)):
        return sent
    return tuple(was if callable(was) else is_ for was, is_ in zip(sent, now, strict=True))


def _is_fixed(part: Any) -> bool:
    """Whether nothing that is done to it can change it."""
    if type(part) is np.ndarray:
        return type(part.base) is bytes
    if type(part) is tuple:
        return all(map(_is_fixed, part))
    plain = part is None or part is ... or isinstance(part, bool | int | float | complex | str)
    return plain or isinstance(part, np.generic | Seeded) or callable(part)
