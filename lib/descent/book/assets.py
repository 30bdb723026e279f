"""What the pages load, all from the site itself: KaTeX's stylesheet and fonts, the explorers, our own."""

import shutil
from pathlib import Path

from descent import explorers

OWN = Path(__file__).parent / "static"


def stage(folder: Path, modules: Path) -> Path:
    """Fills `folder` with the static files that are not our own: katex/ and explorers.{js,css}."""
    katex = modules / "katex" / "dist"
    (folder / "katex" / "fonts").mkdir(parents=True, exist_ok=True)
    shutil.copy2(katex / "katex.min.css", folder / "katex")
    for font in (katex / "fonts").glob("*.woff2"):
        shutil.copy2(font, folder / "katex" / "fonts")
    if not hasattr(explorers, "script"):
        return folder
    (folder / "explorers.js").write_text(explorers.script(), encoding="utf-8")
    (folder / "explorers.css").write_text(explorers.stylesheet(), encoding="utf-8")
    return folder
