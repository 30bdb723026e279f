"""Chapters are numbered by their file names: 07_adam.md is chapter 7, whatever else is in the book.

Sphinx counts the chapters it finds. Messages, figures and equations say "§7.3" before chapters 1 to 6
are built (or when one page is built alone), so the first number of a section is read off the name.
"""

import copy
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import cast

from docutils import nodes
from sphinx.environment import BuildEnvironment
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles

_count = TocTreeCollectorWithStyles.assign_section_numbers


def chapter(docname: str) -> int | None:
    """The number that the last part of a document's name begins with, if any."""
    found = re.match(r"\d+", PurePosixPath(docname).name)
    return int(found.group()) if found else None


def renumbered(docname: str, numbers: Sequence[int] | None) -> tuple[int, ...] | None:
    """A section's number as the reader sees it; None for exercise pages, whose sections have none."""
    if not numbers or PurePosixPath(docname).parent.name == "exercises":
        return None
    first = chapter(docname)
    return tuple(numbers) if first is None else (first, *numbers[1:])


def assign_section_numbers(self: TocTreeCollectorWithStyles, env: BuildEnvironment) -> list[str]:
    """Sphinx's own numbers, renumbered; returns the documents whose numbers changed."""
    before = copy.deepcopy(env.toc_secnumbers)
    _count(self, env)
    for docname, sections in env.toc_secnumbers.items():
        for anchor, numbers in sections.items():
            cast(dict, sections)[anchor] = renumbered(docname, numbers)
        for node in (env.titles[docname], *env.tocs[docname].findall(nodes.reference)):
            if node.get("refuri", docname) == docname:
                node["secnumber"] = renumbered(docname, node.get("secnumber"))
    return [name for name, found in env.toc_secnumbers.items() if before.get(name) != found]


def install() -> None:
    """Puts these numbers in the place of Sphinx's count."""
    TocTreeCollectorWithStyles.assign_section_numbers = assign_section_numbers
