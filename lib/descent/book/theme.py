"""Repairs of the theme's pages: scripts that nothing uses, and labels that assistive software needs."""

from pathlib import Path

from sphinx.application import Sphinx

UNUSED = ("thebe", "design-tabs")  # live code through a remote server, and tabs


def declare_parallel(app: Sphinx) -> None:
    """Says of an extension that forgot to that pages can be read at once: it only counts sections."""
    app.extensions["sphinx_multitoc_numbering"].parallel_read_safe = True


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
    """Writes index.html, which leads to the first page."""
    if error is None:
        first = f"{app.config.root_doc}.html"
        Path(app.outdir, "index.html").write_text(INDEX.format(first=first), encoding="utf-8")


INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Descent</title>
<meta http-equiv="refresh" content="0; url={first}">
<main><h1>Descent</h1><a href="{first}">Open the book</a></main>
</html>
"""
