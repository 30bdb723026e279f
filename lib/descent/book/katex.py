"""KaTeX's render server: which node runs it, and patience while it starts."""

import time

import sphinxcontrib.katex
from sphinxcontrib.katex import KaTeXServer

from descent.book import node

TRIES = 50

_start = KaTeXServer.start


def prepare() -> None:
    """Has formulas rendered by the wheel's node, and a server that refuses tried again."""
    sphinxcontrib.katex.NODEJS_BINARY = str(node.executable())
    sphinxcontrib.katex.STARTUP_TIMEOUT = 60.0
    KaTeXServer.start = patient_start


def patient_start() -> KaTeXServer:
    """A server that answers: on a busy machine its socket may exist before it listens."""
    for _ in range(TRIES - 1):
        try:
            return _start()
        except ConnectionRefusedError:
            time.sleep(0.1)
    return _start()
