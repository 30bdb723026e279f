"""What stock nbgrader keeps of a notebook that it has run: outputs of a bearable size, and no hidden test for students.

nbgrader itself limits lines, of printed text and tracebacks alone: one line of 100 MB, or a picture, stays. And the
pages that it makes for students show the hidden tests, their lines again in tracebacks, and folders of the server.
"""

import re
from typing import Any

from nbconvert.filters import strip_ansi
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

from descent.grading.words import clean

OUTPUTS = 50  # of a cell
WORD = 50  # characters that always stay: a mark is one number
TEXT = 10_000  # characters of a cell's outputs
ROOM = 200_000  # and of all cells
PICTURES = 800_000  # characters of all pictures, as PNG in base64
_CUT = "… (cut short)"
_HIDDEN = re.compile(
    r"^[^\n]*BEGIN HIDDEN TESTS.*?(?:^[^\n]*END HIDDEN TESTS[^\n]*\n?|\Z)", re.M | re.S
)
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


class ShortenOutputs(NbGraderPreprocessor):
    """Cuts outputs short, after a run and before it is marked; what a mark is read off stays."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Goes through the cells with so much room for all of them."""
        self._text, self._pictures = ROOM, PICTURES
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Leaves the first outputs of a cell, each as far as there is room."""
        if cell.cell_type == "code":
            # The first that decides is what nbgrader reads the mark off.
            kept = cell.outputs[:OUTPUTS] + list(filter(_decides, cell.outputs[OUTPUTS:]))[:1]
            self._left = min(TEXT, self._text)
            self._text -= self._left
            cell.outputs = [self._short(output) for output in kept]
            self._text += self._left
        return cell, resources

    def _short(self, output: Any) -> Any:
        if output.output_type == "stream":
            output.text = self._cut(output.text)
        elif output.output_type == "error":
            output.ename, output.evalue = self._cut(output.ename), self._cut(output.evalue)
            output.traceback = [self._cut("\n".join(output.traceback))]
        else:
            output.metadata = {}
            output.data = {
                kind: own for kind, text in output.data.items() if (own := self._fits(kind, text))
            }
        return output

    def _fits(self, kind: str, text: Any) -> str:
        """What is kept of one form of an output; empty for nothing."""
        if not isinstance(text, str):
            return ""  # JSON, for widgets
        if kind == "text/plain":
            return self._cut(text)
        if kind == "image/png" and len(text) <= self._pictures and _BASE64.fullmatch(text):
            self._pictures -= len(text)
            return text
        if kind.startswith("text/") and len(text) <= self._left:
            return self._cut(text)
        return ""

    def _cut(self, text: str) -> str:
        if len(text) <= WORD:
            return text
        short = text if len(text) <= self._left else text[: self._left] + _CUT
        self._left = max(0, self._left - len(text))
        return short


class HideTests(NbGraderPreprocessor):
    """For the pages that stock nbgrader makes for students: hidden tests and folders of the server leave."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Takes the hidden part out of a test cell, and out of its traceback all but the error."""
        test = is_grade(cell) and not is_solution(cell)
        if test:
            cell.source = _HIDDEN.sub("", cell.source).rstrip("\n")
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                said = f"{output.ename}: {output.evalue}" if test else "\n".join(output.traceback)
                output.traceback = [clean(strip_ansi(said), TEXT)]
        return cell, resources


def _decides(output: Any) -> bool:
    """Whether nbgrader reads the mark of a test cell off this."""
    return output.output_type in ("error", "execute_result") or output.get("name") == "stderr"
