"""Which submissions are alike beyond what a class has in common: a reason to look at them, and no proof of anything.

Answers are compared as short runs of tokens, once as they are written, comments with them, and once with
every name made the same, so that renaming hides nothing. What many write counts for nothing: only runs
that few submissions hold make two of them alike.
"""

import builtins
import io
import keyword
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

RUN = 8  # tokens
LEAST = 15  # runs that two must share
RARE = 10  # a run that more than so many hold is nobody's own
_SHARE = 0.5  # of the rare runs of the shorter
_EMPTY = 20  # runs; shorter submissions say too little
_MOST = 100  # pairs
_KEPT = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | {"np", "torch"}
_SKIPPED = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@dataclass(frozen=True)
class Alike:
    """Submissions that are alike. share: of their rare runs, 1 where they are equal but for names and comments."""

    students: tuple[str, ...]
    share: float


def alike(answers: Mapping[str, Iterable[str]], given: Iterable[str] = ()) -> list[Alike]:
    """Groups of equal submissions, then pairs that share much, most alike first.

    answers: each student's code, in cells. given: what everybody was given.
    """
    common = frozenset[int]().union(*map(_runs, given), *map(_renamed, given))
    written: dict[str, frozenset[int]] = {}
    equal: dict[frozenset[int], list[str]] = {}
    for student, cells in answers.items():
        sources = list(cells)
        form = frozenset[int]().union(*map(_renamed, sources)) - common
        if len(form) >= _EMPTY:
            written[student] = form | frozenset[int]().union(*map(_runs, sources)) - common
            equal.setdefault(form, []).append(student)
    groups = [Alike(tuple(students), 1.0) for students in equal.values() if len(students) > 1]
    first = {students[0]: written[students[0]] for students in equal.values()}
    return sorted(groups, key=lambda group: -len(group.students)) + _pairs(first)


def _pairs(written: Mapping[str, frozenset[int]]) -> list[Alike]:
    """Those of different submissions that share enough of what few hold."""
    counts = Counter(run for runs in written.values() for run in runs)
    limit = min(RARE, max(2, len(written) // 10))
    holders: dict[int, list[str]] = {}
    rare: Counter[str] = Counter()
    for student, runs in written.items():
        for run in runs:
            if counts[run] <= limit:
                rare[student] += 1
                holders.setdefault(run, []).append(student)
    shared = Counter(pair for students in holders.values() for pair in combinations(students, 2))
    found = [
        Alike((a, b), round(n / min(rare[a], rare[b]), 2))
        for (a, b), n in shared.items()
        if n >= LEAST and n / min(rare[a], rare[b]) >= _SHARE
    ]
    return sorted(found, key=lambda pair: (-pair.share, pair.students))[:_MOST]


@lru_cache(maxsize=4096)  # a class writes many answers alike
def _renamed(source: str) -> frozenset[int]:
    """The runs of the tokens with all names alike; names of attributes and the language's own stay."""
    tokens, before = [], ""
    for kind, text in _tokens(source):
        if kind in (tokenize.COMMENT, *_SKIPPED):
            continue
        own = kind == tokenize.NAME and text not in _KEPT and before != "."
        tokens.append("name" if own else text)
        before = text
    return _windows("renamed", tokens)


@lru_cache(maxsize=4096)
def _runs(source: str) -> frozenset[int]:
    """The runs of the tokens as they are written; comments count word by word."""
    words = (text for kind, text in _tokens(source) if kind not in _SKIPPED)
    return _windows("written", [word for text in words for word in text.split()])


def _windows(of: str, tokens: list[str]) -> frozenset[int]:
    return frozenset(hash((of, *tokens[i : i + RUN])) for i in range(len(tokens) - RUN + 1))


def _tokens(source: str) -> list[tuple[int, str]]:
    try:
        return [(t.type, t.string) for t in tokenize.generate_tokens(io.StringIO(source).readline)]
    except (tokenize.TokenError, SyntaxError, ValueError):
        return [(tokenize.NAME, word) for word in re.findall(r"\w+|[^\w\s]", source)]
