"""Jupyter with nbgrader's formgrader in a course folder, and a browser on it: what an instructor has who marks by hand."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

PATIENCE = 60  # seconds for Jupyter to start, and for a page of it


class Formgrader:
    """A running `jupyter lab`, with the extensions as installed and the login as it comes, and a page on it."""

    def __init__(self, course, browser):
        port, self._token = free_port(), secrets.token_hex()
        self._address = f"http://127.0.0.1:{port}"
        options = {
            "ServerApp.port": port,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "IdentityProvider.token": self._token,
        }
        folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
        own = {name: str(course.root.parent / "jupyter" / name) for name in folders}
        self._server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *(f"--{k}={v}" for k, v in options.items())],
            cwd=course.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | own,
        )
        self._wait()
        self.page = browser.new_page()
        self.page.set_default_timeout(1000 * PATIENCE)
        self.page.route("https://**", lambda route: route.abort())  # what typesets formulas
        self.refused = []
        self.page.on("response", self._see)
        self.page.goto(f"{self._address}/lab?token={self._token}")

    def _wait(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._server.poll() is None:
            try:
                return urllib.request.urlopen(f"{self._address}/login", timeout=5)
            except OSError:
                time.sleep(0.2)
        self.close()
        pytest.fail("Jupyter did not start")

    def _see(self, response):
        if ("/formgrader" in response.url and response.status >= 400) or "/login" in response.url:
            self.refused.append((response.status, response.url))

    def close(self):
        self._server.terminate()
        self._server.wait()

    def menu(self):
        """The list of assignments, as the menu Nbgrader opens it within JupyterLab: its lines, by name."""
        self.page.locator(".jp-Launcher").wait_for()  # until then menus are still being filled
        self.page.locator(".lm-MenuBar-item", has_text="Nbgrader").click()
        self.page.locator(".lm-Menu-itemLabel").get_by_text("Formgrader", exact=True).click()
        frame = self.page.frame_locator("iframe[src*=formgrader]")
        frame.locator("tbody tr a").first.wait_for()
        return lines(frame)

    def list(self, place):
        """One of formgrader's lists: its lines, by what stands first in each."""
        self.page.goto(f"{self._address}/formgrader/{place}")
        self.page.locator("tbody tr a").first.wait_for()
        return lines(self.page)

    def submission(self, assignment, student):
        """A student's notebook, found as one finds it: assignment, notebook, and the student's name in the list."""
        self.list("gradebook")
        for place in (assignment, f"{assignment}/{assignment}"):
            self.page.locator("tbody").get_by_role("link", name=assignment).click()
            self.page.wait_for_url(f"**/gradebook/{place}")
        self.page.get_by_text("Submission #1", exact=True).wait_for()
        self.page.get_by_text("Show All Names").click()
        self.page.locator("tbody").get_by_role("link", name=student, exact=True).click()
        self.page.wait_for_function("document.querySelector('textarea')?.placeholder")
        return self.page

    def give(self, question, points, comment):
        """Points and a comment, typed into the page that is open."""
        for field, said in zip(self._fields(question), (points, comment), strict=True):
            with self.page.expect_response(
                lambda it: it.request.method == "PUT" and "/formgrader/api/" in it.url
            ):
                field.fill(said)
                field.blur()

    def given(self, question):
        """Points and comment as the page that is open has them."""
        return tuple(field.input_value() for field in self._fields(question))

    def _fields(self, question):
        points = f"input[id='{question}'], input[id='{question}_check']"
        return self.page.locator(points), self.page.locator(f"textarea[id='{question}-comment']")


def lines(page):
    rows = [row.split("\t") for row in page.locator("tbody tr").all_inner_texts()]
    rows = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    return {row[0]: row[1:] for row in rows if row}


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
