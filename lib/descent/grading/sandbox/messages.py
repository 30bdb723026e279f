"""What the checker and a child say to each other."""

from dataclasses import dataclass
from typing import Any

from descent.checks.calling import Failure


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
class Calls:
    """Checker: so many `Call`s of what has this name will follow; each gets an answer of its own."""

    name: str
    count: int


@dataclass(frozen=True)
class Call:
    """Checker: the arguments of one call."""

    arguments: Any


@dataclass(frozen=True)
class Ask:
    """Child, during a call: the value of its function argument with this number, please."""

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
    """Child: the call's value. echo: the arguments as the call left them, by `echo.of`."""

    value: Any
    echo: bytes


@dataclass(frozen=True)
class Failed:
    """Child: the call gave no value. echo: as above; empty where the arguments are no longer data."""

    failure: Failure
    echo: bytes


@dataclass(frozen=True)
class Left:
    """Child, within an answer: the arguments as the call left them; None stands for functions, which cannot change."""

    arguments: Any


@dataclass(frozen=True)
class Noted:
    """Child, between all others: its code reached for something. place: a file that must be there for it to count."""

    text: str
    place: str


@dataclass(frozen=True)
class Ended:
    """The child's guard: the child is gone, with this exit status (negative: the signal)."""

    status: int


ALL = (
    Ready,
    Run,
    Ran,
    List,
    Listed,
    Calls,
    Call,
    Ask,
    Answer,
    Decline,
    Returned,
    Failed,
    Left,
    Noted,
    Ended,
)
