"""Repairs of the theme's pages: scripts that nothing uses, and names that assistive software needs."""

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

UNUSED = ("thebe", "design-tabs", "widget-state")  # live code by remote servers, tabs, live widgets


def adjust(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Drops unused scripts and loads the explorers where a page shows one."""
    scripts = context["script_files"]
    scripts[:] = [script for script in scripts if not _unused(script)]
    if "descent-explorer" in context.get("body", ""):
        app.add_css_file("explorers.css")
        app.add_js_file("explorers.js", defer="defer")


def _unused(script: object) -> bool:
    text = f"{script} {getattr(script, 'attributes', '')}".lower()
    return any(name in text for name in UNUSED)


def finish(app: Sphinx, error: Exception | None) -> None:
    """Repairs the pages' names and roles, and writes index.html, which leads to the first page."""
    if error is not None:
        return
    discard(Path(app.outdir), app.env.found_docs)
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if (repaired := repair(text)) != text:
            page.write_text(repaired, encoding="utf-8")
    first = f"{app.config.root_doc}.html"
    Path(app.outdir, "index.html").write_text(INDEX.format(first=first), encoding="utf-8")


def discard(site: Path, documents: set[str]) -> None:
    """Deletes what earlier builds left: pages, pictures and downloads that are no longer of the book."""
    shutil.rmtree(site / "reports", ignore_errors=True)  # of pages that once failed
    pages = {site / f"{name}.html" for name in {*documents, "search"}}
    for page in {*site.glob("*.html"), *site.glob("chapters/**/*.html")} - pages:
        page.unlink()
    kept = " ".join(page.read_text(encoding="utf-8") for page in pages if page.exists())
    for file in [*site.glob("_images/*"), *site.glob("_downloads/*/*")]:
        if file.relative_to(site).as_posix() not in kept:
            file.unlink()


def repair(page: str) -> str:
    """A page with what axe finds missing in the theme's HTML; a repaired page comes back as it is.

    Buttons are called by the words on them, the sidebar is a landmark, and the arrows that open a chapter's
    list of pages have a name.
    """
    for pattern, replacement in REPAIRS:
        page = re.sub(pattern, replacement, page)
    return page


REPAIRS = [
    (r'(?s)<script type="text/x-thebe-config">.*?</script>', ""),
    (r'(<button class="btn search-button-field[^"]*") title="[^"]*" aria-label="[^"]*"', r"\1"),
    (r'<summary aria-label="Toggle hidden content"', "<summary"),
    (
        r'<div id="pst-primary-sidebar" class=',
        '<div id="pst-primary-sidebar" role="region" aria-label="The book" class=',
    ),
    (
        r'<summary>(?=<span class="toctree-toggle")',
        '<summary aria-label="Pages of this chapter">',
    ),
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
    (r'(<div class="citation" id="[^"]*") role="doc-biblioentry"', r"\1"),
]

INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Descent</title>
<link rel="icon" href="data:,">
<meta http-equiv="refresh" content="0; url={first}">
<main><h1>Descent</h1><a href="{first}">Open the book</a></main>
</html>
"""
