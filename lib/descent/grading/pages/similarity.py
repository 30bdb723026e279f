"""Which submissions are alike beyond what a class has in common: a reason to look at them, and no proof of anything.

Answers are compared as short runs of tokens, once as they are written, comments with them, and once with
every name made the same, so that renaming hides nothing. What many write counts for nothing: only runs
that few submissions hold make two of them alike. So no two submissions are held against each other: those
that share a rare run are found under it, and the cost grows with the class and not with its square.
"""

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations

import numpy as np

RUN = 8  # tokens
LEAST = 15  # runs that two must share
RARE = 10  # a run that more than so many hold is nobody's own
SHARE = 0.5  # of the rare runs of the shorter
MOST = 100  # pairs
_EMPTY = 20  # runs; shorter submissions say too little
_KEPT = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | {"np", "torch"}
# Bounded, so that no text makes the search for its end expensive: what is longer counts in pieces.
_LONG = r'"""(?s:.{0,2000}?)"""|' + r"'''(?s:.{0,2000}?)'''"
_SHORT = r'"(?:\\.|[^"\\\n]){0,200}"|' + r"'(?:\\.|[^'\\\n]){0,200}'"
_TOKEN = re.compile(
    rf"#[^\n]*|[a-zA-Z]{{0,2}}(?:{_LONG}|{_SHORT})|\d[\w.]*|\w+|[-+*/%@=<>!&|^~]+|[^\w\s]"
)
_WRITTEN, _RENAMED = (
    np.array([pow(base, n, 2**64) for n in range(1, RUN + 1)], dtype=np.uint64)
    for base in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)  # any odd numbers with many digits
)


@dataclass(frozen=True)
class Alike:
    """Submissions that are alike. share: of the rare runs of the one that has fewer; None: equal but for names and comments."""

    students: tuple[str, ...]
    share: float | None = None


def alike(answers: Mapping[str, Iterable[str]], given: Iterable[str] = ()) -> list[Alike]:
    """Groups of equal submissions, then pairs that share much, most alike first.

    answers: each student's code, in cells. given: what everybody was given.
    """
    groups, different = grouped(answers, given)
    return groups + pairs(different)


def grouped(
    answers: Mapping[str, Iterable[str]], given: Iterable[str] = ()
) -> tuple[list[Alike], dict[str, frozenset[int]]]:
    """The groups of equal submissions, largest first, and the runs of one of each group and of all others."""
    common = frozenset[int]().union(*chain.from_iterable(map(_runs, given)))
    first: dict[frozenset[int], frozenset[int]] = {}
    equal: dict[frozenset[int], list[str]] = {}
    for student, cells in answers.items():
        both = [_runs(cell) for cell in cells]
        form = frozenset[int]().union(*(renamed for _, renamed in both)) - common
        if len(form) >= _EMPTY:
            first.setdefault(form, form.union(*(written for written, _ in both)) - common)
            equal.setdefault(form, []).append(student)
    groups = [Alike(tuple(students)) for students in equal.values() if len(students) > 1]
    different = {students[0]: first[form] for form, students in equal.items()}
    return sorted(groups, key=lambda group: -len(group.students)), different


def pairs(written: Mapping[str, frozenset[int]]) -> list[Alike]:
    """Those of different submissions that share enough of what few hold. written: each one's runs."""
    names, sizes = list(written), [len(runs) for runs in written.values()]
    runs = np.fromiter(chain.from_iterable(written.values()), np.uint64, sum(sizes))
    order = np.argsort(runs, kind="stable")
    holders = np.repeat(np.arange(len(names)), sizes)[order]  # those of one run side by side
    starts = np.flatnonzero(np.diff(runs[order], prepend=~runs[order][:1]))
    counts = np.diff(starts, append=len(runs))
    limit = min(RARE, max(2, len(names) // 10))
    rare = np.bincount(holders[np.repeat(counts <= limit, counts)], minlength=len(names))
    both = [np.zeros(0, int)]
    for count in range(2, limit + 1):
        own = holders[starts[counts == count, np.newaxis] + np.arange(count)]  # a row for each run
        both += [own[:, i] * len(names) + own[:, j] for i, j in combinations(range(count), 2)]
    found, shared = np.unique(np.concatenate(both), return_counts=True)
    one, other = np.divmod(found, max(1, len(names)))
    share = shared / np.minimum(rare[one], rare[other])
    alike = sorted(
        (-round(float(share[n]), 2), names[one[n]], names[other[n]])
        for n in np.flatnonzero((shared >= LEAST) & (share >= SHARE))
    )
    return [Alike((one, other), -less) for less, one, other in alike[:MOST]]


@lru_cache(maxsize=4096)  # a class writes many answers alike
def _runs(source: str) -> tuple[frozenset[int], frozenset[int]]:
    """The runs of the tokens as they are written, comments word by word; and those with all names alike.

    Of the second kind comments are no part; names of attributes and the language's own stay.
    """
    tokens = _TOKEN.findall(source)
    code = [token for token in tokens if token[0] != "#"]
    renamed = [
        "name" if token.isidentifier() and token not in _KEPT and before != "." else token
        for before, token in zip(["", *code], code, strict=False)
    ]
    return _windows(" ".join(tokens).split(), _WRITTEN), _windows(renamed, _RENAMED)


def _windows(tokens: Sequence[str], factors: np.ndarray) -> frozenset[int]:
    """A number for each run of tokens, sum_n hash(token_n) factor_n modulo 2^64: equal runs, equal numbers."""
    if len(tokens) < RUN:
        return frozenset()
    codes = np.fromiter(map(hash, tokens), np.int64, len(tokens)).view(np.uint64)
    return frozenset(np.convolve(codes, factors, "valid").tolist())
