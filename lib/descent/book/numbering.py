"""Chapters are numbered by their file names: 07_adam.md is chapter 7, whatever else is in the book.

Sphinx counts the chapters it finds. Messages, figures and equations say "§7.3" before chapters 1 to 6
are built (or when one page is built alone), so the first number of a section is read off the name.
"""

import copy
import re
from pathlib import PurePosixPath

from docutils import nodes
from sphinx.environment import BuildEnvironment
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles

_count = TocTreeCollectorWithStyles.assign_section_numbers


def chapter(docname: str) -> int | None:
    """The number that the last part of a document's name begins with, if any."""
    found = re.match(r"\d+", PurePosixPath(docname).name)
    return int(found.group()) if found else None


def assign_section_numbers(self: TocTreeCollectorWithStyles, env: BuildEnvironment) -> list[str]:
    """Sphinx's own numbers with the first part replaced; returns the documents whose numbers changed."""
    before = copy.deepcopy(env.toc_secnumbers)
    _count(self, env)
    for docname, sections in env.toc_secnumbers.items():
        first = chapter(docname)
        if first is None:
            continue
        for anchor, numbers in sections.items():
            sections[anchor] = numbers and (first, *numbers[1:])
        for reference in env.tocs[docname].findall(nodes.reference):
            if reference.get("secnumber") and reference["refuri"] == docname:
                reference["secnumber"] = [first, *reference["secnumber"][1:]]
        title = env.titles[docname]
        if title.get("secnumber"):
            title["secnumber"] = [first, *title["secnumber"][1:]]
    return [name for name, found in env.toc_secnumbers.items() if before.get(name) != found]


def install() -> None:
    """Puts these numbers in the place of Sphinx's count."""
    TocTreeCollectorWithStyles.assign_section_numbers = assign_section_numbers
