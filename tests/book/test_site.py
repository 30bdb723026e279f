"""The built site: what lies in its files, and how it behaves in a browser."""

import contextlib
import functools
import http.server
import re
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from bs4 import BeautifulSoup

from descent.book import node

ROOT = Path(__file__).parents[2]
AXE = "axe.run({ exclude: ['.katex'] }, { resultTypes: ['violations'] })"  # formulas are MathML and text
CODE = ["code", "pre", "script", "style"]
CHAPTER = "chapters/02_gradient_descent.html"


@pytest.fixture(scope="module")
def site():
    """The folder of the site, brought up to date by the documented command."""
    command = [sys.executable, "-m", "descent.book", "build"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return ROOT / "_build" / "html"


@pytest.fixture(scope="module")
def pages(site):
    """Every page as a parsed document, by its path in the site."""
    files = (file for file in site.rglob("*.html") if "_static" not in file.parts)
    return {
        file.relative_to(site).as_posix(): BeautifulSoup(file.read_text("utf-8"), "html.parser")
        for file in files
        if file.name != "index.html" or file.parent != site  # which leads on to the first page
    }


def test_no_solution_and_no_hidden_test_is_published(site):
    telling = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN)")
    text = {".html", ".ipynb", ".js", ".md", ".txt", ".py", ".json"}
    files = [file for file in site.rglob("*") if file.suffix in text]
    assert any(file.suffix == ".ipynb" for file in files)
    assert not [file for file in files if telling.search(file.read_text("utf-8"))]
    assert not (site / "_sources").exists()


def test_no_file_names_a_folder_of_the_machine(site):
    files = [file for file in site.rglob("*") if file.suffix in {".html", ".ipynb", ".js", ".inv"}]
    assert not [file for file in files if str(ROOT).encode() in file.read_bytes()]


def test_formulas_are_right_and_need_no_script(pages):
    assert pages[CHAPTER].select(".katex-display")
    for name, page in pages.items():
        assert not page.select(".katex-error"), name
        assert "#cc0000" not in str(page), name


def test_no_markup_is_left_in_the_text(pages):
    for name, page in pages.items():
        texts = [t for t in page.find_all(string=True) if not t.find_parents(CODE)]
        assert not re.findall(r"&\w+;|\{[\w:]+\}`", " ".join(texts)), name


def test_every_image_says_what_it_shows(pages):
    for name, page in pages.items():
        for image in page.select("img"):
            assert len(image.get("alt", "")) > 20, (name, image)
            assert not re.search(r"[0-9a-f]{20}|\.(svg|png)$", image["alt"]), (name, image)
        for picture in page.select(".descent-explorer > svg"):
            assert picture["role"] == "img", name


def test_links_and_anchors_resolve(site, pages):
    anchors = {
        name: {tag["id"] for tag in page.select("[id]")}
        | {tag["name"] for tag in page.select("a[name]")}
        for name, page in pages.items()
    }
    broken = []
    for name, page in pages.items():
        for tag in page.select("[href], [src]"):
            target, anchor = urldefrag(tag.get("href") or tag.get("src"))
            if urlsplit(target).scheme in {"http", "https", "mailto", "data"}:
                continue
            file = (site / name).parent / unquote(urlsplit(target).path) if target else site / name
            found = file.resolve().relative_to(site).as_posix()
            if not file.exists() or (anchor and found in pages and anchor not in anchors[found]):
                broken.append((name, target, anchor))
    assert not broken


def test_nothing_is_loaded_from_elsewhere(pages):
    """Links may leave the site; scripts, styles, pictures and frames may not."""
    for name, page in pages.items():
        for tag in page.select("script[src], link[href], img[src], iframe[src], source[src]"):
            assert not urlsplit(tag.get("src") or tag.get("href")).netloc, (name, tag)


def test_rules_stand_without_decorator_and_docstring(pages):
    plates = pages[CHAPTER].select(".rule")
    assert "def gradient_descent(theta, grad, state, t, *, lr):" in plates[0].get_text()
    assert "Cauchy 1847" in plates[0].get_text()
    for plate in plates:
        assert not re.search(r'"""|@rule|# eq-', plate.get_text())
        assert plate.select("a.reference"), "a rule leads to its equation"


def test_chapters_are_numbered_by_their_file_names(pages):
    assert pages[CHAPTER].select_one("article h1").get_text().startswith("2. ")
    assert re.match(r"2\.1\. ", pages[CHAPTER].select_one("article h2").get_text())


# --- in the browser -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def host(site):
    """The site behind a web server; its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def copyfile(self, source, outputfile):
            with contextlib.suppress(BrokenPipeError):  # a page that was closed early
                super().copyfile(source, outputfile)

    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def visit(chromium, host):
    """Opens pages in a fresh profile; at the end nothing may have failed or gone to another host."""
    contexts, faults = [], []

    def open_page(address, *, width=1280, scheme="light"):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        own = ("file:", "data:", host)
        page.on("console", lambda m: m.type in ("error", "warning") and faults.append(m.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("requestfailed", lambda request: faults.append(f"failed: {request.url}"))
        page.on("request", lambda r: r.url.startswith(own) or faults.append(f"left: {r.url}"))
        page.on("response", lambda r: r.status >= 400 and faults.append(f"{r.status}: {r.url}"))
        page.goto(address)
        page.wait_for_load_state("load")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_accessible_and_fits(visit, host, pages, width):
    """In both themes, with all that folds open. Three pages at a time, each in a process of its own."""
    axe = (node.packages(ROOT) / "axe-core" / "axe.min.js").read_text("utf-8")
    names, found = sorted(pages), {}
    for first in range(0, len(names), 3):
        opened = {name: visit(host + name, width=width) for name in names[first : first + 3]}
        for page in opened.values():
            page.locator("details").evaluate_all("boxes => boxes.forEach(box => (box.open = true))")
            page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
            page.evaluate(axe)
        for scheme in ("light", "dark"):
            for page in opened.values():
                page.emulate_media(color_scheme=scheme)
                page.evaluate(f"setTimeout(() => report = {AXE}); report = null")
            for name, page in opened.items():
                if wrong := _faults(page, scheme):
                    found[name, scheme] = wrong
        for page in opened.values():
            page.close()
    assert not found


def _faults(page, scheme):
    """What is wrong with an open page, once axe has reported."""
    page.wait_for_function("report")
    report = page.evaluate("report")
    wrong = [(v["id"], v["nodes"][0]["html"][:150]) for v in report["violations"]]
    edge = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    if (over := page.evaluate(edge)) > 0:
        wrong.append(("overflow", over))
    if page.evaluate("document.documentElement.dataset.theme") != scheme:
        wrong.append(("theme", scheme))
    return wrong


@pytest.mark.browser
@pytest.mark.parametrize("name", ["chapters/index.html", CHAPTER])
def test_explorer_answers_to_keys(visit, host, name):
    page = visit(host + name)
    start = page.get_by_role("slider", name="Start point").first
    way = page.locator(".descent-explorer .dx-map .dx-done").first
    before = way.get_attribute("d")
    start.focus()
    page.keyboard.press("ArrowRight")
    assert way.get_attribute("d") != before


@pytest.mark.browser
def test_site_works_from_a_folder(visit, site):
    page = visit((site / "index.html").as_uri())
    page.wait_for_url("**/chapters/index.html")
    page.get_by_role("slider", name="Start point").first.wait_for()
    page.get_by_role("link", name="Gradient descent", exact=True).click()
    page.wait_for_url("**/02_gradient_descent.html")
    assert page.locator("article h1").inner_text().startswith("2. Gradient descent")


@pytest.mark.browser
def test_a_wide_formula_can_be_reached_by_the_keyboard(visit, host):
    page = visit(host + CHAPTER, width=280)
    wide = "nodes => nodes.filter(n => n.scrollWidth > n.clientWidth).map(n => n.tabIndex)"
    formulas = page.locator(".katex-display")
    assert set(formulas.evaluate_all(wide)) == {0}
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function("!document.querySelector('.katex-display[tabindex]')")


@pytest.mark.browser
def test_search_finds_a_word(visit, host):
    page = visit(host + "search.html?q=backtracking")
    page.locator("#search-results li a").first.wait_for()
    assert "Gradient descent" in page.locator("#search-results").inner_text()
