"""The book's Sphinx extension: what turns Jupyter Book's pages into this site."""

import os
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from descent.book import ahead, assets, cache, exercises, katex, node, numbering, proof, theme
from descent.book.breaks import KeepTogether
from descent.book.rule import ListingDirective, RuleDirective


def setup(app: Sphinx) -> dict:
    """Registers the directives, and what happens when."""
    numbering.install()
    app.add_directive("rule", RuleDirective)
    app.add_directive("listing", ListingDirective)
    app.add_post_transform(KeepTogether)
    app.connect("config-inited", prepare, priority=100)  # before the table of contents is read
    app.connect("env-before-read-docs", ahead.execute)
    app.connect("html-page-context", theme.adjust, priority=900)
    app.connect("build-finished", theme.finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def prepare(app: Sphinx, config: Config) -> None:
    """Lays ready what pages are made from: the cache's folder, the static files, the generated pages."""
    root, build = Path(app.srcdir), Path(app.outdir).parent
    chapters, pins = root / "chapters", root / "constraints.txt"
    shown = (root / "results").glob("*.json")
    outputs = cache.key(pins, cache.PAGES_DO_NOT_CALL, also=shown)
    os.environ.setdefault(
        "OMP_NUM_THREADS", "1"
    )  # a page's arrays are small: more threads cost more than they give
    config.nb_execution_cache_path = str(build / "cache" / "outputs" / outputs)

    katex.prepare()
    staged = assets.stage(build / "assets", node.packages(root))
    config.html_static_path = [*config.html_static_path, str(assets.OWN), str(staged)]

    exercises.write_all(root / "solutions", chapters / "exercises")
    exercises.write(chapters / "appendix" / "proof.md", proof.page(proof.proofs(root)))
