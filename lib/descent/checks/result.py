"""What a check comes to: marks, a sentence, and the tests behind them; as text and as HTML."""

from dataclasses import dataclass, field
from html import escape

from descent.checks import sections


@dataclass(frozen=True)
class Test:
    """One test of an exercise: whether it passed, what it earned, and what is to be said."""

    __test__ = False  # not a pytest class

    name: str
    points: float
    earned: float
    passed: bool
    message: str = ""


@dataclass(frozen=True)
class Result:
    """The outcome of checking one exercise.

    state: "passed", "failed", "not attempted" or "ungradable". message: the one sentence that matters.
    diagnosis: the name of the wrong version that the answer equals, if it equals one. detail: expected and
    got, or the line that raised. section: the anchor in the book that helps. variant: the exercise's, if it
    was not the book's own. outcome: a digest of what a failed answer came to, if no wrong version equals it.
    seconds: that the marking took; results that differ in nothing else are equal.
    """

    exercise: str
    state: str
    points: float
    tests: tuple[Test, ...] = ()
    message: str = ""
    detail: str = ""
    diagnosis: str = ""
    section: str = ""
    variant: str = ""
    outcome: str = ""
    seconds: float = field(default=0.0, compare=False)

    @property
    def where(self) -> str:
        """Where in the book to read on, or nothing."""
        if not self.section:
            return ""
        number, page = sections.number(self.section), sections.page(self.section)
        return f"Read again: chapter {number}, {page}"

    @property
    def score(self) -> float:
        """The marks, a Python float in [0, points]: what the last line of a test cell must be."""
        return float(sum(test.earned for test in self.tests))

    def said(self, test: Test) -> str:
        """What there is to say of one of its tests that its own message has not said."""
        if test.passed:
            return "counts once the first line is right" if test.earned < test.points else ""
        return "" if test.message == self.message else test.message

    @property
    def _earned(self) -> str:
        return f"{self.score:g} of {self.points:g} point{'' if self.points == 1 else 's'}"

    def __repr__(self) -> str:
        lines = [f"{self.exercise}: {self.state}, {self._earned}"]
        lines += [text for text in (self.message, self.detail, self.where) if text]
        for test in self.tests:
            mark = "ok  " if test.passed else "FAIL"
            said = f": {text}" if (text := self.said(test)) else ""
            lines.append(f"  {mark} {test.name} ({test.earned:g}/{test.points:g}){said}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{'&#10003;' if test.passed else '&#10007;'}</td><td>{escape(test.name)}</td>"
            f"<td>{test.earned:g} / {test.points:g}</td></tr>"
            for test in self.tests
        )
        texts = (self.message, self.detail, self.where)
        said = "".join(f"<p>{escape(text)}</p>" for text in texts if text)
        return (
            '<div class="descent-result">'
            f"<p><strong>{escape(self.exercise)}</strong>: {self.state}, "
            f"{self._earned}</p>{said}<table>{rows}</table></div>"
        )
