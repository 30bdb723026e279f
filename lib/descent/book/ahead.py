"""Executes the pages that have changed before Sphinx reads them, several at a time.

Sphinx reads pages one after the other here, because sphinx-proof cannot merge what several processes
have read; and to read a page is to wait for its cells. The outputs go where MyST-NB looks for them.
"""

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

logger = logging.getLogger(__name__)


def execute(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Fills the cache for those of `docnames` that are not in it. A page that fails is left to MyST-NB.

    Each page has a process of its own, as many at a time as there are processors.
    """
    config = env.mystnb_config  # pyright: ignore[reportAttributeAccessIssue]
    if config.execution_mode != "cache":
        return
    cache = get_cache(config.execution_cache_path)
    pages = {}
    for path in map(Path, map(env.doc2path, docnames)):
        notebook = _notebook(env, path)
        if notebook is not None and not _cached(cache, notebook):
            pages[path] = notebook
    if pages:
        logger.info("executing %d pages", len(pages))

    def run(path: Path) -> tuple[Path, ExecutionResult]:
        return path, single_nb_execution(
            pages[path],
            cwd=str(path.parent),
            timeout=config.execution_timeout,
            allow_errors=config.execution_allow_errors,
        )

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in as_completed([pool.submit(run, path) for path in pages]):
            path, result = done.result()
            if result.err is None:
                join_streams(result.nb)
                bundle = CacheBundleIn(
                    result.nb, str(path), data={"execution_seconds": result.time}
                )
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def join_streams(notebook: NotebookNode) -> None:
    """Puts printed text that came in pieces together as it was printed, for every cell of `notebook`.

    A piece may end within a line; MyST-NB takes each for whole lines.
    """
    for cell in notebook.cells:
        first = {}
        for output in [*cell.get("outputs", [])]:
            if output.output_type != "stream" or first.setdefault(output.name, output) is output:
                continue
            first[output.name].text += output.text
            cell.outputs.remove(output)


def _cached(cache: JupyterCacheAbstract, notebook: NotebookNode) -> bool:
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


def _notebook(env: BuildEnvironment, path: Path) -> NotebookNode | None:
    """The page as a notebook, if it has code to execute."""
    config = env.mystnb_config  # pyright: ignore[reportAttributeAccessIssue]
    if any(path.match(pattern) for pattern in config.execution_excludepatterns):
        return None
    text = path.read_text("utf-8")
    markdown = env.myst_config  # pyright: ignore[reportAttributeAccessIssue]
    reader = create_nb_reader(str(path), markdown, config, text)
    notebook = reader.read(text) if reader else None
    has_code = notebook and any(cell.cell_type == "code" for cell in notebook.cells)
    return notebook if has_code else None
