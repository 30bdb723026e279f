"""KaTeX's render server: which node runs it, and patience while it starts."""

import subprocess
import time
from typing import Any

import sphinxcontrib.katex
from sphinxcontrib.katex import KaTeXServer

from descent.book import node

TRIES = 50

_start = KaTeXServer.start
_begun: list[subprocess.Popen] = []  # servers, the last of which may not have answered yet


def prepare() -> None:
    """Has formulas rendered by the wheel's node, and a server that refuses tried again."""
    sphinxcontrib.katex.NODEJS_BINARY = str(node.executable())
    sphinxcontrib.katex.STARTUP_TIMEOUT = 60.0
    sphinxcontrib.katex.Popen = _begin
    KaTeXServer.start = patient_start


def patient_start() -> KaTeXServer:
    """A server that answers: on a busy machine its socket may exist before it listens. One that refuses is ended."""
    tries = 0
    while True:
        try:
            return _start()
        except ConnectionRefusedError:
            _end_last()
            tries += 1
            if tries == TRIES:
                raise
            time.sleep(0.1)


def _begin(*arguments: Any, **named: Any) -> subprocess.Popen:
    _begun.append(subprocess.Popen(*arguments, **named))
    return _begun[-1]


def _end_last() -> None:
    """Nobody else would: it would outlive the build, and hold its output open."""
    with _begun.pop() as server:
        server.kill()
