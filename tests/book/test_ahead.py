"""Pages are executed before they are read, and only those that need it."""

from types import SimpleNamespace

import pytest
from jupyter_cache import get_cache
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from myst_parser.config.main import MdParserConfig

from descent.book import ahead

HEAD = """---
file_format: mystnb
kernelspec:
  name: python3
---
# A page

"""
PAGES = {
    "counts": HEAD
    + "```{code-cell} ipython3\nprint(4, end='', flush=True)\nprint(2, flush=True)\nprint(3)\n```\n",
    "fails": HEAD + "```{code-cell} ipython3\n1 / 0\n```\n",
    "words": "# Only words\n",
}


@pytest.fixture
def book(tmp_path):
    for name, text in PAGES.items():
        (tmp_path / f"{name}.md").write_text(text)
    config = NbParserConfig(execution_mode="cache", execution_cache_path=str(tmp_path / "cache"))
    return SimpleNamespace(
        mystnb_config=config,
        myst_config=MdParserConfig(),
        doc2path=lambda name: str(tmp_path / f"{name}.md"),
    )


def outputs(book, name):
    """What MyST-NB will find for a page; KeyError if it has to execute it."""
    config = book.mystnb_config
    reader = create_nb_reader(f"{name}.md", book.myst_config, config, PAGES[name])
    cache = get_cache(config.execution_cache_path)
    _, notebook = cache.merge_match_into_notebook(reader.read(PAGES[name]))
    return [cell.outputs[0].text for cell in notebook.cells if cell.cell_type == "code"]


def test_fills_the_cache_once_and_leaves_failures_to_be_reported(book, monkeypatch):
    ahead.execute(None, book, list(PAGES))
    assert outputs(book, "counts") == ["42\n3\n"]
    with pytest.raises(KeyError):
        outputs(book, "fails")
    monkeypatch.setattr(ahead, "single_nb_execution", lambda *_, **__: pytest.fail("once more"))
    ahead.execute(None, book, ["counts", "words"])


def test_touches_nothing_where_pages_are_not_cached(book, tmp_path):
    book.mystnb_config.execution_mode = "off"
    ahead.execute(None, book, list(PAGES))
    assert not (tmp_path / "cache").exists()
