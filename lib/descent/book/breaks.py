"""Punctuation stays on the line of its formula.

KaTeX sets a formula as a row of boxes, and browsers may break a line after a box, even before a comma.
"""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform


class KeepTogether(SphinxPostTransform):
    """Puts a formula and the punctuation after it into one span, in which the style sheet forbids a break."""

    default_priority = 900

    def run(self, **kwargs: object) -> None:
        """Changes `self.document`."""
        for formula in list(self.document.findall(nodes.math)):
            line = formula.parent
            after = line.index(formula) + 1
            text = line[after] if after < len(line) else ""
            found = re.match(r"[,.;:!?)\]’”]+", text) if isinstance(text, str) else None
            if found:
                line[after] = nodes.Text(found.string[found.end() :])
                span = nodes.inline("", "", formula.deepcopy(), nodes.Text(found[0]))
                span["classes"].append("together")
                formula.replace_self(span)
