import sys

import pytest
from sphinxcontrib.katex import KaTeXServer

from descent.book import katex


def refusing(times):
    calls = []

    def start():
        calls.append(katex._begin([sys.executable, "-c", "import time; time.sleep(600)"]))
        if len(calls) <= times:
            raise ConnectionRefusedError
        return "server"

    return start, calls


def test_a_server_that_refuses_at_first_is_tried_again(monkeypatch):
    start, calls = refusing(3)
    monkeypatch.setattr(katex, "_start", start)
    monkeypatch.setattr(katex.time, "sleep", lambda seconds: None)
    assert katex.patient_start() == "server"
    assert [call.poll() is None for call in calls] == [
        False,
        False,
        False,
        True,
    ]  # ended but the last
    katex._end_last()


def test_a_server_that_always_refuses_is_an_error(monkeypatch):
    start, calls = refusing(10**6)
    monkeypatch.setattr(katex, "_start", start)
    monkeypatch.setattr(katex.time, "sleep", lambda seconds: None)
    with pytest.raises(ConnectionRefusedError):
        katex.patient_start()
    assert len(calls) == katex.TRIES
    assert all(call.returncode for call in calls)


def test_the_real_server_starts_under_the_wheels_node(monkeypatch):
    monkeypatch.setattr(KaTeXServer, "start", KaTeXServer.start)  # restored afterwards
    katex.prepare()
    server = KaTeXServer.start()  # it ends with this process
    assert "katex" in server.render({"latex": "x^2", "katex_options": {}}, timeout=60)["html"]
