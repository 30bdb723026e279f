"""Builds the site as `jupyter-book build . -W -n --keep-going` does."""

from pathlib import Path

from jupyter_book.sphinx import build_sphinx


def build(root: Path) -> Path:
    """Builds the book in `root` into `_build/html` and returns its first page.

    root: the folder of `_config.yml`. Only what changed is built again: pages are executed several at
    a time (`descent.book.ahead`) and read one after the other, since sphinx-proof cannot merge what
    several processes have read. Raises SystemExit(1) where there was a warning or an error.
    """
    out = root / "_build" / "html"
    failed = build_sphinx(
        root,
        out,
        noconfig=True,
        path_config=root / "_config.yml",
        confoverrides={
            "external_toc_path": "_toc.yml",
            "latex_individualpages": False,
            "nitpicky": True,
        },
        warningiserror=True,
        keep_going=True,
    )
    if failed:
        raise SystemExit(1)
    return out / "index.html"
