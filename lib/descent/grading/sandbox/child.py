"""The child: runs one submission's cells, and answers calls of what they define. It knows nothing else."""

import builtins
import contextlib
import linecache
import os
import random
import sys
import types
from pathlib import Path
from typing import IO, Any

import numpy as np

from descent.checks.calling import (
    Failure,
    LocalCandidate,
    NotDataError,
    Outcome,
    failure_of,
    plain,
)
from descent.checks.functions import in_order
from descent.grading.sandbox import echo, ladder, messages, noticing, scratch, wire
from descent.grading.sandbox.outbox import Outbox
from descent.grading.sandbox.stub import Nothing

_IPYTHON = ("display", "get_ipython")  # names that are there in every notebook


class Handle:
    """A function argument: a call becomes a question to the checker."""

    def __init__(self, number: int, reader: IO[bytes], writer: Outbox) -> None:
        self._number, self._reader, self._writer = number, reader, writer

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The checker's answer; raises what the function raised there."""
        in_order(named)
        try:
            wire.send(self._writer, messages.Ask(self._number, plain(arguments)))
        except NotDataError as error:
            raise TypeError(f"this function takes numbers and arrays: {error}") from None
        answer = wire.receive(self._reader)
        if isinstance(answer, messages.Answer):
            return answer.value
        kind = getattr(builtins, answer.error, RuntimeError)
        raise kind(answer.message)


class Child:
    """One submission's namespace, and the messages that it answers."""

    def __init__(self, reader: IO[bytes], writer: Outbox) -> None:
        self._reader, self._writer = reader, writer
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main  # where dataclasses and the like look for their module
        self._namespace = vars(main)
        self._namespace |= dict.fromkeys(_IPYTHON, Nothing())

    def serve(self) -> None:
        """Answers until the checker has gone."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._answer(wire.receive(self._reader, self._handle))

    def _handle(self, number: int) -> Handle:
        return Handle(number, self._reader, self._writer)

    def _answer(self, message: Any) -> None:
        if isinstance(message, messages.Run):
            wire.send(self._writer, messages.Ran(self._run(message)))
        elif isinstance(message, messages.List):
            names = [n for n in list(self._namespace) if isinstance(n, str) and n[:1] != "_"]
            names = [n for n in names if n not in _IPYTHON]
            wire.send(self._writer, messages.Listed(names[:1000]))
        elif isinstance(message, messages.Calls):
            # All are read before the first is answered: neither side waits for the other to read.
            calls = [wire.receive(self._reader, self._handle) for _ in range(message.count)]
            for call in calls:
                self._writer.answer(self._called(message.name, call.arguments))
            self._writer.release()

    def _run(self, cell: messages.Run) -> Failure | None:
        lines = cell.source.splitlines(keepends=True)
        linecache.cache[cell.name] = (len(cell.source), None, lines, cell.name)
        try:
            exec(compile(cell.source, cell.name, "exec"), self._namespace)
        except SyntaxError as error:
            line = error.text or linecache.getline(cell.name, error.lineno or 0)
            number = error.lineno or 0
            return Failure("exception", type(error).__name__, error.msg, line.strip(), number)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            return failure_of(error)
        return None

    def _called(self, name: str, arguments: tuple) -> bytes:
        """The frame of what the call came to."""
        outcome = LocalCandidate(self._namespace.get(name)).call(arguments)
        try:
            return wire.frame(_message(outcome))
        except NotDataError as error:
            return wire.frame(messages.Failed(Failure("refused", message=str(error)), b""))


def _message(outcome: Outcome) -> Any:
    now = echo.of(outcome.arguments)
    if outcome.failure:
        return messages.Failed(outcome.failure, now)
    return messages.Returned(outcome.value, now)


def begin(
    reader: IO[bytes],
    writer: Outbox,
    memory: int,
    seconds: int,
    rules: ladder.FileRules,
    separated: bool,
    folder: Path,
) -> None:
    """Locks this process down, says how far, and serves. folder: its own."""
    random.seed()
    np.random.seed(random.getrandbits(32))  # a forked generator gives every child the same numbers
    if "torch" in sys.modules:
        sys.modules["torch"].seed()
    scratch.enter(folder)
    level = ladder.lock_down(memory, seconds, rules, separated, folder)
    wire.send(writer, messages.Ready(level))
    own = noticing.Own.of((folder, *rules.allowed), rules.hidden)
    noticing.notice(own, lambda *seen: wire.send(writer, messages.Noted(*seen)))
    Child(reader, writer).serve()


def serve_pipes(memory: int, seconds: int, rules: ladder.FileRules, folder: Path) -> None:
    """Serves one submission over standard input and output, which students' code does not see."""
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "r+b", buffering=0) as null:
        for standard in (0, 1, 2):
            os.dup2(null.fileno(), standard)
    begin(reader, Outbox(writer), memory, seconds, rules, separated=False, folder=folder)
    os._exit(0)
